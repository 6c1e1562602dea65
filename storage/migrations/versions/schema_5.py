"""What proves a decision: the trail is only appended to, and checkpoints of it are signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from storage.guarding import GUARDS, TAKEN_AWAY
from storage.migrations.refusing import refuse_events, refuse_rows

revision, down_revision, readable_from = "0005", "0004", "0005"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OVERRIDDEN = sa.text("status = 'overridden'")
_NEWS = (
    "override_asked",
    "overridden",
    "override_reviewed",
    "passkey_added",
    "passkey_removed",
    "key_used",
    "unasked",
    "erased",
)
"""Kinds of audit entries that the program of before cannot read."""


def upgrade(op: Operations) -> None:
    op.create_table(
        "checkpoint",
        sa.Column("size", _BIG, primary_key=True, autoincrement=False),
        sa.Column("root", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", _BIG, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.add_column("attestation", sa.Column("summary", sa.Text))
    op.create_table(
        "glance",
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    _step_up(op)
    op.create_index(
        "signoff_overridden",
        "signoff",
        ["opened_at"],
        sqlite_where=_OVERRIDDEN,
        postgresql_where=_OVERRIDDEN,
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade(op: Operations) -> None:
    refuse_events(op, _NEWS)
    refuse_rows(op, "passkey", "security keys of people")
    for statement in TAKEN_AWAY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("signoff_overridden", "signoff")
    op.drop_column("attestation", "summary")
    for name in ("visit", "passkey", "glance", "tile", "checkpoint"):
        op.drop_table(name)


def _step_up(op: Operations) -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("sign_count", _BIG, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'active', 'revoked')", name="passkey_state"),
    )
    op.create_index("ix_passkey_person", "passkey", ["person"])
    op.create_table(
        "visit",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("nonce", sa.String, nullable=False),
        sa.Column("verifier", sa.String, nullable=False),
        sa.Column("wanted", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("csrf", sa.String, nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True)),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage IN ('leaving', 'here')", name="visit_stage"),
    )
    op.create_index("ix_visit_until", "visit", ["until"])

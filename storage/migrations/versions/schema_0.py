"""The first tables: signoffs, their trail, what leaves and comes in, and where cards hang."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision, down_revision, readable_from = "0000", None, "0000"

_WAITING = sa.text("state = 'waiting'")
_PENDING, _DUE = sa.text("status = 'pending'"), sa.text("next_due IS NOT NULL")
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade(op: Operations) -> None:
    _signoff(op)
    _outbox(op)
    _inbox(op)
    op.create_table(
        "audit",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("signoff_id", sa.String, nullable=False),
        sa.Column("prev", sa.String, nullable=False),
        sa.Column("leaf", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_signoff_id", "audit", ["signoff_id"])
    op.create_table(
        "card_ref",
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("surface", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
    )
    op.create_table(
        "attestation",
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("envelope", sa.Text, nullable=False),
    )


def _signoff(op: Operations) -> None:
    op.create_table(
        "signoff",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("connection", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("change_digest", sa.String, nullable=False),
        sa.Column("repository", sa.String, nullable=False),
        sa.Column("environment", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True)),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("signoff_key", "signoff", ["connection", "key"], unique=True)
    op.create_index(
        "signoff_pending",
        "signoff",
        ["connection", "repository", "environment"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "signoff_due", "signoff", ["next_due"], sqlite_where=_DUE, postgresql_where=_DUE
    )
    op.create_index("ix_signoff_opened_at", "signoff", ["opened_at"])


def _outbox(op: Operations) -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("signoff_id", sa.String, nullable=False),
        sa.Column("lane", sa.String, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'parked')", name="outbox_state"),
    )
    op.create_index(
        "outbox_due", "outbox", ["due_at"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index("ix_outbox_signoff_id", "outbox", ["signoff_id"])


def _inbox(op: Operations) -> None:
    op.create_table(
        "inbox",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.CheckConstraint("state IN ('done', 'waiting', 'parked')", name="inbox_state"),
    )
    op.create_index(
        "inbox_due", "inbox", ["due_at"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )

"""What all revisions of a change showed, who was asked for what, and who is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from storage.migrations.refusing import refuse_events, refuse_rows

revision, down_revision, readable_from = "0001", "0000", "0000"

EVENTS = ("declared", "evidence_set_aside")


def upgrade(op: Operations) -> None:
    op.create_table(
        "dossier",
        sa.Column("connection", sa.String, primary_key=True),
        sa.Column("repository", sa.String, primary_key=True),
        sa.Column("lineage", sa.String, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.Boolean, nullable=False),
    )
    op.create_index("invitation_load", "invitation", ["at", "waiting", "person"])
    op.create_table(
        "leave",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("deputy", sa.String, nullable=False),
    )


def downgrade(op: Operations) -> None:
    refuse_events(op, EVENTS)
    refuse_rows(op, "dossier", "what earlier revisions of changes showed")
    refuse_rows(op, "leave", "who is away")
    for name in ("leave", "invitation", "dossier"):
        op.drop_table(name)

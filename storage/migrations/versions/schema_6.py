"""What people look at: figures that follow the trail, incidents, and hours on our own pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from storage.migrations.refusing import refuse_events

revision, down_revision, readable_from = "0006", "0005", "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NEWS = ("incident_opened", "incident_resolved", "incident_linked", "rolled_back", "parcel_handled")
"""Kinds of audit entries that the program of before cannot read."""

_SUMS = [
    "opened",
    "approved",
    "rejected",
    "expired",
    "superseded",
    "withdrawn",
    "overridden",
    "not_required",
    "in_time",
    "due",
    "asked",
    "reviews",
    "shipped",
    "ship_failed",
    "failed",
    "took_n",
    "lead_n",
]


def upgrade(op: Operations) -> None:
    _counted(op)
    op.create_table(
        "daily",
        _word("sort", primary_key=True),
        _word("name", primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        *(_number(name) for name in _SUMS),
        *(_number(name, _BIG) for name in ("took", "looked", "lead", "wait")),
    )
    op.create_table(
        "mark",
        _word("name", primary_key=True),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
    )
    _incidents(op)
    op.add_column("visit", sa.Column("sort", sa.String, nullable=False, server_default="fresh"))
    op.add_column("visit", sa.Column("how", sa.String, nullable=False, server_default="provider"))
    op.create_index("inbox_lately", "inbox", ["source", "received_at"])


def downgrade(op: Operations) -> None:
    refuse_events(op, _NEWS)
    op.drop_index("inbox_lately", "inbox")
    op.execute("DELETE FROM visit")
    op.drop_column("visit", "how")
    op.drop_column("visit", "sort")
    for name in ("incident_of", "incident", "mark", "daily", "counted_name", "counted"):
        op.drop_table(name)


def _counted(op: Operations) -> None:
    op.create_table(
        "counted",
        _word("signoff_id", primary_key=True),
        sa.Column("seq", _BIG, nullable=False),
        *map(_word, ("connection", "key", "repository", "environment", "kind")),
        _time("opened_at", nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        *map(_word, ("status", "ai", "tier")),
        _time("decided_at"),
        *(sa.Column(name, sa.Integer) for name in ("took", "reviewed_in", "in_time")),
        *map(_number, ("asked", "reviews", "looked", "lines", "escalated", "shadow")),
        _time("committed_at"),
        _time("shipped_at"),
        _number("ship_failed"),
        _number("failed"),
        _word("failed_how"),
        sa.CheckConstraint(
            "failed_how IN ('', 'said', 'nearby', 'rollback')", name="counted_failed_how"
        ),
    )
    op.create_index("counted_took", "counted", ["day", "took"])
    op.create_index("counted_opened", "counted", ["opened_at", "signoff_id"])
    op.create_index("counted_repository", "counted", ["repository", "opened_at"])
    op.create_index("counted_status", "counted", ["status", "opened_at"])
    op.create_index("counted_shipped", "counted", ["environment", "shipped_at"])
    op.create_table(
        "counted_name",
        _word("sort", primary_key=True),
        _word("name", primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        _word("signoff_id", primary_key=True),
        _word("status"),
        _word("ai"),
        sa.Column("took", sa.Integer),
        *map(_number, ("looked", "shipped", "failed")),
    )
    op.create_index("counted_name_of", "counted_name", ["signoff_id"])


def _incidents(op: Operations) -> None:
    op.create_table(
        "incident",
        _word("id", primary_key=True),
        _word("source"),
        _word("key"),
        sa.Column("title", sa.Text, nullable=False),
        _word("severity"),
        _word("environment"),
        sa.Column("repositories", sa.Text, nullable=False),
        _time("started_at", nullable=False),
        _time("resolved_at"),
        sa.Column("seq", _BIG, nullable=False),
    )
    op.create_index("incident_told", "incident", ["source", "key"], unique=True)
    op.create_index("ix_incident_started_at", "incident", ["started_at"])
    op.create_table(
        "incident_of",
        _word("incident_id", primary_key=True),
        _word("signoff_id", primary_key=True),
        _word("how"),
        _word("by"),
        sa.Column("seq", _BIG, nullable=False),
        sa.CheckConstraint(
            "how IN ('said', 'nearby', 'perhaps', 'struck')", name="incident_of_how"
        ),
    )
    op.create_index("incident_of_signoff", "incident_of", ["signoff_id"])


def _word(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, primary_key=primary_key, nullable=False)


def _number(name: str, type: sa.types.TypeEngine[int] | None = None) -> sa.Column[int]:
    return sa.Column(name, type or sa.Integer(), nullable=False, server_default=sa.text("0"))


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

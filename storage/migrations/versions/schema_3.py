"""For several processes: who took what, how each destination does, and which policy is in force."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic.operations import Operations

from storage.migrations.refusing import refuse_said

revision, down_revision, readable_from = "0003", "0002", "0003"

_WAITING, _PENDING = sa.text("state = 'waiting'"), sa.text("status = 'pending'")
_WANTING = sa.text("state = 'wanting'")
_URGENT_FIRST: Sequence[str | sa.TextClause] = [
    "lane",
    sa.text("urgency DESC"),
    "due_at",
    "made_at",
    "subject",
    "name",
]
_PARKED, _EXPIRED = sa.text("state = 'parked'"), sa.text("status = 'expired'")

_UNKNOWN = {
    '"kind":"widen"': "plans by which more people are asked",
    '"kind":"managers"': "plans by which managers are asked",
    '"],"kind":"escalate"': "plans by which groups join one after the other",
}
"""Parts of audit entries. The program of before stops at the first two, and by the third would let
all groups in at once. What documents hold of them comes from there."""

_LINEAGE = {
    "sqlite": "coalesce(json_extract(document, '$.change.lineage'), '')",
    "postgresql": "coalesce(CAST(document AS json) #>> '{change,lineage}', '')",
}
"""Documents hold the truth; this column is new."""

_FILL = "UPDATE signoff SET judged_by = 'an earlier version', lineage = "


def upgrade(op: Operations) -> None:
    _signoff(op)
    _outbox(op)
    op.drop_index("invitation_load", "invitation")
    op.create_index("invitation_of", "invitation", ["person", "waiting"])
    op.create_index("invitation_lately", "invitation", ["person", "at"])
    op.create_index("surface_since", "surface", ["since"])
    op.drop_index("surface_wanting", "surface")
    wanting = {"surface_wanting": _URGENT_FIRST, "surface_put_off": ["not_before"]}
    for name, columns in wanting.items():
        op.create_index(name, "surface", columns, sqlite_where=_WANTING, postgresql_where=_WANTING)
    op.create_index(
        "inbox_parked", "inbox", ["source"], sqlite_where=_PARKED, postgresql_where=_PARKED
    )
    op.add_column("inbox", sa.Column("leased_until", sa.DateTime(timezone=True)))
    op.create_table(
        "destination",
        sa.Column("lane", sa.String, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("error", sa.String, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("task", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "rulebook",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "turn",
        sa.Column("holder", sa.String, primary_key=True),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade(op: Operations) -> None:
    """Who holds what, and what was judged by which policy, is found out anew."""
    for said, what in _UNKNOWN.items():
        refuse_said(op, said, what)
    for name in ("turn", "rulebook", "lease", "destination"):
        op.drop_table(name)
    op.create_index("invitation_load", "invitation", ["at", "waiting", "person"])
    op.drop_column("inbox", "leased_until")
    op.drop_index("inbox_parked", "inbox")
    for name in ("surface_since", "surface_put_off", "surface_wanting"):
        op.drop_index(name, "surface")
    op.create_index(
        "surface_wanting",
        "surface",
        ["lane", "not_before"],
        sqlite_where=_WANTING,
        postgresql_where=_WANTING,
    )
    for name in ("invitation_lately", "invitation_of"):
        op.drop_index(name, "invitation")
    for name in ("outbox_line", "outbox_parked", "outbox_due"):
        op.drop_index(name, "outbox")
    op.create_index(
        "outbox_due", "outbox", ["due_at"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.drop_column("outbox", "lease")
    for name in ("signoff_expired", "signoff_open", "signoff_judged"):
        op.drop_index(name, "signoff")
    for name in ("judged_by", "lineage"):
        op.drop_column("signoff", name)


def _signoff(op: Operations) -> None:
    for name in ("lineage", "judged_by"):
        op.add_column("signoff", sa.Column(name, sa.String, nullable=False, server_default=""))
    op.execute(_FILL + _LINEAGE[op.get_bind().dialect.name])
    op.create_index(
        "signoff_judged",
        "signoff",
        ["judged_by"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "signoff_expired",
        "signoff",
        ["opened_at"],
        sqlite_where=_EXPIRED,
        postgresql_where=_EXPIRED,
    )
    op.create_index(
        "signoff_open",
        "signoff",
        ["opened_at", "id"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )


def _outbox(op: Operations) -> None:
    op.add_column(
        "outbox", sa.Column("lease", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.drop_index("outbox_due", "outbox")
    for name, columns in (
        ("outbox_due", ["lane", "due_at", "id"]),
        ("outbox_line", ["lane", "signoff_id", "id"]),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index(
        "outbox_parked", "outbox", ["lane"], sqlite_where=_PARKED, postgresql_where=_PARKED
    )

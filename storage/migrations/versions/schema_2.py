"""What hangs in the chat is a row that is made true, instead of an effect that is carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from storage.migrations.refusing import refuse_events, refuse_rows

revision, down_revision, readable_from = "0002", "0001", "0002"

EVENTS = (
    "review_taken_back",
    "settled",
    "claimed",
    "released",
    "delegated",
    "inquired",
    "answered",
    "renewed",
    "shipped",
)

_WANTING, _PARKED = sa.text("state = 'wanting'"), sa.text("state = 'parked'")

_HUNG = """
INSERT INTO surface (subject, name, sort, place, lane, channel, message, wanted, digest, made_at,
                     since, not_before, urgency, attempts, doubtful, again, state, error)
SELECT signoff_id, sort || ' ' || place, sort, place,
       CASE WHEN message = '' THEN 'post ' || place ELSE 'change' END,
       channel, message, 1, '', opened_at, opened_at, opened_at, 1, 0, FALSE, FALSE,
       CASE WHEN stale THEN 'wanting' ELSE 'true' END, ''
FROM (
    SELECT card_ref.signoff_id, channel, message, opened_at,
           CASE WHEN surface LIKE 'stray %' THEN 'stray ' || message
                WHEN surface LIKE 'question %' THEN 'question' ELSE 'card' END AS sort,
           CASE WHEN surface LIKE 'stray %' THEN channel
                WHEN surface LIKE 'question %' THEN substr(surface, 10) ELSE surface END AS place,
           status = 'pending' OR EXISTS (
               SELECT 1 FROM outbox WHERE outbox.signoff_id = card_ref.signoff_id
                AND effect LIKE '%"kind":"show_card"%') AS stale
    FROM card_ref JOIN signoff ON signoff.id = card_ref.signoff_id
) AS known
"""
"""What is decided and was shown so is left as it hangs; all else is shown again."""

_FOR_PEOPLE = """
DELETE FROM outbox WHERE effect LIKE '%"kind":"show_card"%' OR effect LIKE '%"kind":"remind"%'
    OR effect LIKE '%"kind":"ask_author"%'
"""

_CARDS = """
INSERT INTO card_ref (signoff_id, surface, channel, message, shown)
SELECT subject, CASE WHEN sort = 'card' THEN place WHEN sort = 'question' THEN name
                     ELSE 'stray ' || channel || ' ' || message END, channel, message, -1
FROM surface JOIN signoff ON signoff.id = subject
WHERE message <> '' AND (sort IN ('card', 'question') OR sort LIKE 'stray %')
"""

_SHOW = """
INSERT INTO outbox (signoff_id, lane, effect, since, due_at, attempts, state, error)
SELECT DISTINCT subject, '@chat', '{"kind":"show_card"}', signoff.opened_at, signoff.opened_at, 0,
       'waiting', ''
FROM surface JOIN signoff ON signoff.id = subject WHERE surface.state = 'wanting'
"""


def upgrade(op: Operations) -> None:
    op.add_column(
        "signoff", sa.Column("renewal", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.drop_index("signoff_key", "signoff")
    op.create_index("signoff_key", "signoff", ["connection", "key", "renewal"], unique=True)
    _surface(op)
    _lists(op)
    for statement in (_HUNG, _FOR_PEOPLE):
        op.execute(statement)
    # The first of all versions called its own lane so.
    op.execute("UPDATE outbox SET lane = '@inside' WHERE lane = 'inside'")
    op.drop_table("card_ref")


def downgrade(op: Operations) -> None:
    refuse_events(op, EVENTS)
    refuse_rows(op, "preference", "what people prefer")
    refuse_rows(op, "signoff", "signoffs that were asked for again", "renewal > 0")
    op.create_table(
        "card_ref",
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("surface", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
    )
    for statement in (_CARDS, _SHOW):
        op.execute(statement)
    for name in ("surface", "pause", "nudge", "listing", "listed", "preference"):
        op.drop_table(name)
    op.drop_index("signoff_key", "signoff")
    op.drop_column("signoff", "renewal")
    op.create_index("signoff_key", "signoff", ["connection", "key"], unique=True)


def _surface(op: Operations) -> None:
    op.create_table(
        "surface",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        *(sa.Column(it, sa.String, nullable=False) for it in ("sort", "place", "lane")),
        *(sa.Column(it, sa.String, nullable=False) for it in ("channel", "message")),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.CheckConstraint("state IN ('true', 'wanting', 'parked', 'gone')", name="surface_state"),
    )
    op.create_index(
        "surface_wanting",
        "surface",
        ["lane", "not_before"],
        sqlite_where=_WANTING,
        postgresql_where=_WANTING,
    )
    op.create_index("surface_at", "surface", ["channel", "message"])
    op.create_index(
        "surface_parked", "surface", ["place"], sqlite_where=_PARKED, postgresql_where=_PARKED
    )
    op.create_table(
        "pause",
        sa.Column("lane", sa.String, primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def _lists(op: Operations) -> None:
    op.create_table(
        "nudge",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("snoozed", sa.Boolean, nullable=False),
    )
    op.create_index("ix_nudge_signoff_id", "nudge", ["signoff_id"])
    op.create_index("ix_nudge_due_at", "nudge", ["due_at"])
    op.create_table(
        "listing",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("reader", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("more", sa.Integer, nullable=False),
    )
    op.create_index("listing_of", "listing", ["kind", "reader", "at"])
    op.create_table(
        "listed",
        sa.Column("listing_id", sa.String, primary_key=True),
        sa.Column("signoff_id", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_index("ix_listed_signoff_id", "listed", ["signoff_id"])
    op.create_table(
        "preference",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("hours", sa.String, nullable=False),
        sa.Column("quiet", sa.String, nullable=False),
        sa.Column("digest", sa.Boolean, nullable=False),
    )

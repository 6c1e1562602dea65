"""Which tables are there? Documents hold the truth; columns are only what we look up by."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
    text,
)
from sqlmodel import Field, SQLModel

from storage.guarding import guard

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is a plain INTEGER."""


WAITING, WANTING = literal_column("'waiting'", String), literal_column("'wanting'", String)
EXPIRED = literal_column("'expired'", String)
PENDING, PARKED = literal_column("'pending'", String), literal_column("'parked'", String)
"""Written out, not bound: an index of some rows is only used where the query says which."""


class SignoffRow(SQLModel, table=True):
    """`next_due` is when its next deadline passes: reminders, escalation and expiry wake by it.
    `line` names what is built upon each other: `domain/unshipped.py`. `judged_by` is the digest of the rulebook that judged it last, with all that was known of its
    change; empty: it is to be judged anew.
    """

    __tablename__ = "signoff"
    __table_args__: ClassVar = (
        Index("signoff_key", "connection", "key", "renewal", unique=True),
        Index(
            "signoff_pending",
            "connection",
            "repository",
            "environment",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "signoff_due",
            "next_due",
            sqlite_where=text("next_due IS NOT NULL"),
            postgresql_where=text("next_due IS NOT NULL"),
        ),
        Index(
            "signoff_judged",
            "judged_by",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "signoff_open",
            "opened_at",
            "id",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "signoff_expired",
            "opened_at",
            sqlite_where=text("status = 'expired'"),
            postgresql_where=text("status = 'expired'"),
        ),
        Index(
            "signoff_overridden",
            "opened_at",
            sqlite_where=text("status = 'overridden'"),
            postgresql_where=text("status = 'overridden'"),
        ),
        Index("signoff_line", "connection", "line", "revision"),
    )

    id: str = Field(primary_key=True)
    connection: str
    key: str
    renewal: int = 0
    change_digest: str
    repository: str
    environment: str
    lineage: str = ""
    revision: str = Field(default="", sa_column_kwargs={"server_default": ""})
    line: str = Field(default="", sa_column_kwargs={"server_default": ""})
    status: str
    opened_at: datetime = Field(index=True)
    next_due: datetime | None = None
    judged_by: str = ""
    document: str = Field(sa_type=Text)


class AuditRow(SQLModel, table=True):
    """`body` are the exact bytes that `leaf` is the hash of; `prev` is the leaf before."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    signoff_id: str = Field(index=True)
    prev: str
    leaf: str
    body: str = Field(sa_type=Text)


class OutboxRow(SQLModel, table=True):
    """An effect that is decided; `lane` names its destination. Done rows are deleted.

    `lease` counts how often it was taken: who took it earlier has no say in it any more.
    """

    __tablename__ = "outbox"
    __table_args__: ClassVar = (
        CheckConstraint("state IN ('waiting', 'parked')", name="outbox_state"),
        Index(
            "outbox_due",
            "lane",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "outbox_parked",
            "lane",
            sqlite_where=text("state = 'parked'"),
            postgresql_where=text("state = 'parked'"),
        ),
        Index(
            "outbox_line",
            "lane",
            "signoff_id",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    signoff_id: str = Field(index=True)
    lane: str
    effect: str = Field(sa_type=Text)
    since: datetime
    due_at: datetime
    attempts: int = 0
    leased_until: datetime | None = None
    lease: int = 0
    state: str = "waiting"
    error: str = ""


class DestinationRow(SQLModel, table=True):
    """How a lane of the outbox does. After too many `failures` in a row nothing goes there before
    `open_until`, and then one alone, to see.
    """

    __tablename__ = "destination"

    lane: str = Field(primary_key=True)
    failures: int = 0
    open_until: datetime | None = None
    error: str = ""


class LeaseRow(SQLModel, table=True):
    """A task that one process has at a time; `epoch` counts who had it, so that one that slept
    through the end of its lease is known by it.
    """

    __tablename__ = "lease"

    task: str = Field(primary_key=True)
    holder: str
    epoch: int
    until: datetime


class RulebookRow(SQLModel, table=True):
    """A policy, roster and calendars that a process was started with; of those that were `seen`
    lately the newest is in force.
    """

    __tablename__ = "rulebook"

    digest: str = Field(primary_key=True)
    since: datetime
    seen: datetime


class TurnRow(SQLModel, table=True):
    """The last turn each process on PostgreSQL wrote in, by a token that only it knows: whoever lost
    the connection over a commit finds its own there, or an older one.
    """

    __tablename__ = "turn"

    holder: str = Field(primary_key=True)
    token: str
    at: datetime


class SurfaceRow(SQLModel, table=True):
    """What hangs at a place in the chat, or should: the card of a signoff (the `subject`), a
    question, a list, somebody's own page. It is `wanting` while it does not show what is wanted.
    """

    __tablename__ = "surface"
    __table_args__: ClassVar = (
        CheckConstraint("state IN ('true', 'wanting', 'parked', 'gone')", name="surface_state"),
        Index(
            "surface_wanting",
            "lane",
            text("urgency DESC"),
            "due_at",
            "made_at",
            "subject",
            "name",
            sqlite_where=text("state = 'wanting'"),
            postgresql_where=text("state = 'wanting'"),
        ),
        Index(
            "surface_put_off",
            "not_before",
            sqlite_where=text("state = 'wanting'"),
            postgresql_where=text("state = 'wanting'"),
        ),
        Index("surface_at", "channel", "message"),
        Index("surface_since", "since"),
        Index(
            "surface_parked",
            "place",
            sqlite_where=text("state = 'parked'"),
            postgresql_where=text("state = 'parked'"),
        ),
    )

    subject: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    sort: str
    place: str
    lane: str
    channel: str = ""
    message: str = ""
    wanted: int = 1
    digest: str = ""
    made_at: datetime
    since: datetime
    not_before: datetime
    due_at: datetime | None = None
    urgency: int = 0
    attempts: int = 0
    doubtful: bool = False
    again: bool = False
    state: str = "wanting"
    error: str = ""


class PauseRow(SQLModel, table=True):
    """A lane of the chat that takes nothing before this moment."""

    __tablename__ = "pause"

    lane: str = Field(primary_key=True)
    until: datetime


class NudgeRow(SQLModel, table=True):
    """Somebody is to be reminded of a signoff; `snoozed` if they said when."""

    __tablename__ = "nudge"

    person: str = Field(primary_key=True)
    signoff_id: str = Field(primary_key=True, index=True)
    due_at: datetime = Field(index=True)
    urgent: bool = False
    snoozed: bool = False


class ListingRow(SQLModel, table=True):
    """A list of signoffs that was sent, to a person ("@ada") or a group, and when."""

    __tablename__ = "listing"
    __table_args__: ClassVar = (Index("listing_of", "kind", "reader", "at"),)

    id: str = Field(primary_key=True)
    kind: str
    reader: str
    at: datetime
    more: int = 0


class ListedRow(SQLModel, table=True):
    """What stands on a list, in which order."""

    __tablename__ = "listed"

    listing_id: str = Field(primary_key=True)
    signoff_id: str = Field(primary_key=True, index=True)
    place: int


class PreferenceRow(SQLModel, table=True):
    """What a person wants of us: their own working hours, when to be left alone, a daily list."""

    __tablename__ = "preference"

    person: str = Field(primary_key=True)
    hours: str = ""
    quiet: str = ""
    digest: bool = False


class InboxRow(SQLModel, table=True):
    """What reached us, once: a click, or a delivery whose facts still have to be fetched."""

    __tablename__ = "inbox"
    __table_args__: ClassVar = (
        CheckConstraint("state IN ('done', 'waiting', 'parked')", name="inbox_state"),
        Index(
            "inbox_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "inbox_parked",
            "source",
            sqlite_where=text("state = 'parked'"),
            postgresql_where=text("state = 'parked'"),
        ),
        Index("inbox_lately", "source", "received_at"),
    )

    source: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    received_at: datetime
    due_at: datetime
    headers: str = Field(default="{}", sa_type=Text)
    body: bytes = b""
    attempts: int = 0
    leased_until: datetime | None = None
    state: str = "done"
    error: str = ""


class DossierRow(SQLModel, table=True):
    """What is known of a change through all its revisions."""

    __tablename__ = "dossier"

    connection: str = Field(primary_key=True)
    repository: str = Field(primary_key=True)
    lineage: str = Field(primary_key=True)
    document: str = Field(sa_type=Text)


class PlaceRow(SQLModel, table=True):
    """The signoff that was opened last in a line, and the revision that went on last; empty: none."""

    __tablename__ = "place"

    connection: str = Field(primary_key=True)
    line: str = Field(primary_key=True)
    newest: str
    went_on: str = Field(default="", sa_column_kwargs={"server_default": ""})


class InvitationRow(SQLModel, table=True):
    """Who was asked, and when; `waiting` until the signoff is decided."""

    __tablename__ = "invitation"
    __table_args__: ClassVar = (
        Index("invitation_of", "person", "waiting"),
        Index("invitation_lately", "person", "at"),
    )

    signoff_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    at: datetime
    waiting: bool = True


class LeaveRow(SQLModel, table=True):
    """Who is away, until when (NULL: until they say so), and who stands in for them."""

    __tablename__ = "leave"

    person: str = Field(primary_key=True)
    until: datetime | None = None
    deputy: str = ""


class AttestationRow(SQLModel, table=True):
    """What was signed of a decision; `summary` is its verdict in the words of SLSA, where it is one."""

    __tablename__ = "attestation"

    signoff_id: str = Field(primary_key=True)
    envelope: str = Field(sa_type=Text)
    summary: str | None = Field(default=None, sa_type=Text)


class CheckpointRow(SQLModel, table=True):
    """A signed `note` that the first `size` audit entries hash to `root` (hex)."""

    __tablename__ = "checkpoint"

    size: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    root: str
    note: str = Field(sa_type=Text)
    at: datetime


class TileRow(SQLModel, table=True):
    """The root (hex) of the audit entries from `number` * 256^`level` on, 256^`level` of them."""

    __tablename__ = "tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    hash: str


class GlanceRow(SQLModel, table=True):
    """When somebody first looked at the evidence of a signoff."""

    __tablename__ = "glance"

    signoff_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    at: datetime


class PasskeyRow(SQLModel, table=True):
    """A WebAuthn credential; `by` let it in, and until somebody did it is `waiting`."""

    __tablename__ = "passkey"
    __table_args__: ClassVar = (
        CheckConstraint("state IN ('waiting', 'active', 'revoked')", name="passkey_state"),
    )

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    public_key: str = Field(sa_type=Text)
    sign_count: int = Field(sa_type=BIG)
    label: str
    at: datetime
    state: str
    by: str = ""


class VisitRow(SQLModel, table=True):
    """Somebody on our pages, by the hash of their cookie: `leaving` to sign in, or `here`.

    `sort` is "fresh" for a few minutes of deciding by key, or "seat" for hours on the dashboard;
    `how` is who was asked who they are: the "provider" of step-up, or "slack".
    """

    __tablename__ = "visit"
    __table_args__: ClassVar = (
        CheckConstraint("stage IN ('leaving', 'here')", name="visit_stage"),
    )

    id: str = Field(primary_key=True)
    stage: str
    sort: str = Field(default="fresh", sa_column_kwargs={"server_default": "fresh"})
    how: str = Field(default="provider", sa_column_kwargs={"server_default": "provider"})
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    wanted: str = ""
    person: str = ""
    subject: str = ""
    csrf: str = ""
    signed_in_at: datetime | None = None
    until: datetime = Field(index=True)


def table(name: str) -> Table:
    """A table for the hot paths, which speak SQLAlchemy Core."""
    return SQLModel.metadata.tables[name]


guard(table("audit"))

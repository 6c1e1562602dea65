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

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is a plain INTEGER."""


WAITING, WANTING = literal_column("'waiting'", String), literal_column("'wanting'", String)
PENDING, PARKED = literal_column("'pending'", String), literal_column("'parked'", String)
"""Written out, not bound: an index of some rows is only used where the query says which."""


class SignoffRow(SQLModel, table=True):
    """`next_due` is when its next deadline passes: reminders, escalation and expiry wake by it."""

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
    )

    id: str = Field(primary_key=True)
    connection: str
    key: str
    renewal: int = 0
    change_digest: str
    repository: str
    environment: str
    status: str
    opened_at: datetime = Field(index=True)
    next_due: datetime | None = None
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
    """An effect that is decided; `lane` names its destination. Done rows are deleted."""

    __tablename__ = "outbox"
    __table_args__: ClassVar = (
        CheckConstraint("state IN ('waiting', 'parked')", name="outbox_state"),
        Index(
            "outbox_due",
            "due_at",
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
    state: str = "waiting"
    error: str = ""


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
            "not_before",
            sqlite_where=text("state = 'wanting'"),
            postgresql_where=text("state = 'wanting'"),
        ),
        Index("surface_at", "channel", "message"),
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
    )

    source: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    received_at: datetime
    due_at: datetime
    headers: str = Field(default="{}", sa_type=Text)
    body: bytes = b""
    attempts: int = 0
    state: str = "done"
    error: str = ""


class DossierRow(SQLModel, table=True):
    """What is known of a change through all its revisions."""

    __tablename__ = "dossier"

    connection: str = Field(primary_key=True)
    repository: str = Field(primary_key=True)
    lineage: str = Field(primary_key=True)
    document: str = Field(sa_type=Text)


class InvitationRow(SQLModel, table=True):
    """Who was asked, and when; `waiting` until the signoff is decided."""

    __tablename__ = "invitation"
    __table_args__: ClassVar = (Index("invitation_load", "at", "waiting", "person"),)

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
    __tablename__ = "attestation"

    signoff_id: str = Field(primary_key=True)
    envelope: str = Field(sa_type=Text)


def table(name: str) -> Table:
    """A table for the hot paths, which speak SQLAlchemy Core."""
    return SQLModel.metadata.tables[name]

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


WAITING = literal_column("'waiting'", String)
"""Written out, not bound: an index of some rows is only used where the query says which."""


class SignoffRow(SQLModel, table=True):
    """`next_due` is when its next deadline passes: reminders, escalation and expiry wake by it."""

    __tablename__ = "signoff"
    __table_args__: ClassVar = (
        Index("signoff_key", "connection", "key", unique=True),
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


class CardRefRow(SQLModel, table=True):
    """Where a card hangs, and which version of the signoff it shows; -1 is none yet."""

    __tablename__ = "card_ref"

    signoff_id: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    channel: str
    message: str
    shown: int = -1


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

"""Which tables are there to be looked at only? All of it can be made anew from the trail.

No decision reads them, and none waits for them: `bot/engine/counting.py` follows the trail.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from storage.tables import BIG


def _number() -> int:
    number: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    return number


def _sum() -> int:
    number: int = Field(default=0, sa_type=BIG, sa_column_kwargs={"server_default": text("0")})
    return number


class CountedRow(SQLModel, table=True):
    """A signoff as figures see it, as it was after entry `seq`.

    `day` is of `opened_at`, in days since 1970 (UTC); `took`, `reviewed_in` and `looked` are seconds.
    `in_time`: 1 people decided, 0 it expired, NULL neither. What is 0 or 1 is a number, so that both
    databases sum it in the same words.
    """

    __tablename__ = "counted"
    __table_args__: ClassVar = (
        Index("counted_took", "day", "took"),
        Index("counted_opened", "opened_at", "signoff_id"),
        Index("counted_repository", "repository", "opened_at"),
        Index("counted_status", "status", "opened_at"),
        Index("counted_shipped", "environment", "shipped_at"),
        CheckConstraint(
            "failed_how IN ('', 'said', 'nearby', 'rollback')", name="counted_failed_how"
        ),
    )

    signoff_id: str = Field(primary_key=True)
    seq: int = Field(sa_type=BIG)
    connection: str
    key: str
    repository: str
    environment: str
    kind: str
    opened_at: datetime
    day: int
    status: str
    ai: str
    tier: str = ""
    decided_at: datetime | None = None
    took: int | None = None
    reviewed_in: int | None = None
    in_time: int | None = None
    asked: int = _number()
    reviews: int = _number()
    looked: int = _number()
    lines: int = _number()
    escalated: int = _number()
    shadow: int = _number()
    committed_at: datetime | None = None
    shipped_at: datetime | None = None
    ship_failed: int = _number()
    failed: int = _number()
    failed_how: str = ""


class CountedNameRow(SQLModel, table=True):
    """One of the names that a signoff is counted under: a group, a rule, a tool, a path…

    What was deployed unasked stands here as well: its `signoff_id` is "@" and the entry's number.
    """

    __tablename__ = "counted_name"
    __table_args__: ClassVar = (Index("counted_name_of", "signoff_id"),)

    sort: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    signoff_id: str = Field(primary_key=True)
    status: str
    ai: str
    took: int | None = None
    looked: int = _number()
    shipped: int = _number()
    failed: int = _number()


class DailyRow(SQLModel, table=True):
    """The sums of one day under one name; nothing of one person is summed.

    Each is computed anew from the two tables above, and never added to.
    """

    __tablename__ = "daily"

    sort: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    opened: int = _number()
    approved: int = _number()
    rejected: int = _number()
    expired: int = _number()
    superseded: int = _number()
    withdrawn: int = _number()
    overridden: int = _number()
    not_required: int = _number()
    in_time: int = _number()
    due: int = _number()
    asked: int = _number()
    reviews: int = _number()
    shipped: int = _number()
    ship_failed: int = _number()
    failed: int = _number()
    took_n: int = _number()
    lead_n: int = _number()
    took: int = _sum()
    looked: int = _sum()
    lead: int = _sum()
    wait: int = _sum()


class MarkRow(SQLModel, table=True):
    """How far the trail was followed, and by which version of what follows it."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True)
    seq: int = Field(sa_type=BIG)
    made: int


class IncidentRow(SQLModel, table=True):
    """Something went wrong outside, as `source` told it under its own `key`.

    `repositories`: which it may be about, as JSON; empty where nobody said.
    """

    __tablename__ = "incident"
    __table_args__: ClassVar = (Index("incident_told", "source", "key", unique=True),)

    id: str = Field(primary_key=True)
    source: str
    key: str
    title: str = Field(sa_type=Text)
    severity: str
    environment: str
    repositories: str = Field(sa_type=Text)
    started_at: datetime = Field(index=True)
    resolved_at: datetime | None = None
    seq: int = Field(sa_type=BIG)


class IncidentOfRow(SQLModel, table=True):
    """Which signoff an incident is of, and how that is known: somebody said so, or by time alone.

    "perhaps": one of several, and not counted. "struck": somebody said that it is not.
    """

    __tablename__ = "incident_of"
    __table_args__: ClassVar = (
        CheckConstraint("how IN ('said', 'nearby', 'perhaps', 'struck')", name="incident_of_how"),
        Index("incident_of_signoff", "signoff_id"),
    )

    incident_id: str = Field(primary_key=True)
    signoff_id: str = Field(primary_key=True)
    how: str
    by: str
    seq: int = Field(sa_type=BIG)

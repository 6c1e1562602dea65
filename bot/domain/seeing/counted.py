"""What of a signoff is counted, under which names, and what does it add to the sums of a day?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from bot.domain.erasing import PSEUDONYM
from bot.domain.seeing.question import day_of
from bot.domain.signoff import Review, Signoff, Status

FailedHow = Literal["", "said", "nearby", "rollback"]
RANK: Final[Sequence[FailedHow]] = ("", "nearby", "said", "rollback")
"""How sure it is that it failed; of several the surest is kept."""

Cell = tuple[str, str, int]
"""A sort, a name of it, and a day: one sum of many."""

Name = tuple[str, str]

OF_ALL, WENT_OUT, UNASKED, REVIEWER = "all", "went out", "unasked", "reviewer"
BY_COLUMN = (OF_ALL, "ai", "tier", "ai tier", "environment", "connection", "repository")
"""Sorts whose names are columns: of these there are no rows of names."""

BY_NAME = ("group", "rule", "rule alone", "tool", "path")
"""Sorts of names that are summed. Reviewers are not: nothing of one person is."""

SUMS = (
    *("opened", "approved", "rejected", "expired", "superseded", "withdrawn", "overridden"),
    *("not_required", "in_time", "due", "asked", "reviews", "shipped", "ship_failed", "failed"),
    *("took_n", "lead_n", "took", "looked", "lead", "wait"),
)
ENDS = SUMS[1:8]

UNSEEN, AT_MOST = timedelta(minutes=10), timedelta(minutes=30)
"""How long somebody looked whom nobody saw open the evidence, and how long anybody does."""

_WRITTEN_WITHIN = timedelta(days=90)
"""What was written earlier than that was not written for this."""

_PEOPLE_DECIDED = (Status.APPROVED, Status.REJECTED)
_PATHS, _FOLDERS, _LONGEST, _MOST = 8, 2, 200, 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """As the columns of `counted`. `names`: what it is counted under besides."""

    signoff_id: str
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
    asked: int = 0
    reviews: int = 0
    looked: int = 0
    lines: int = 0
    escalated: int = 0
    shadow: int = 0
    committed_at: datetime | None = None
    shipped_at: datetime | None = None
    ship_failed: int = 0
    failed: int = 0
    failed_how: FailedHow = ""
    names: tuple[Name, ...] = ()


def row_of(signoff: Signoff, failed_how: FailedHow = "") -> Counted:
    """`failed_how` is how it is known that what it let go on failed; empty: it is not."""
    change, opened, it = signoff.change, signoff.opened_at, signoff.shipment
    fresh = [review for review in signoff.reviews if review.carried is None]
    reviewed_at = min((review.at for review in fresh), default=None)
    return Counted(
        signoff_id=signoff.id,
        connection=change.connection,
        key=change.key,
        repository=change.repository,
        environment=change.environment,
        kind=change.kind.value,
        opened_at=opened,
        day=day_at(opened),
        status=signoff.status.value,
        ai=signoff.provenance.status.value,
        tier=signoff.risk.tier.value if signoff.risk else "",
        decided_at=signoff.decided_at,
        took=_took(signoff, reviewed_at),
        reviewed_in=_seconds(reviewed_at - opened) if reviewed_at else None,
        in_time=_in_time(signoff.status),
        asked=len(signoff.invited),
        reviews=len(fresh),
        looked=sum(_looked(review) for review in fresh),
        lines=min(change.additions + change.deletions, _MOST),
        escalated=int(signoff.escalated),
        shadow=int(signoff.requirement.shadow),
        committed_at=_committed_at(signoff),
        shipped_at=it.at if it and it.succeeded else None,
        ship_failed=int(it is not None and not it.succeeded),
        failed=int(failed_how != ""),
        failed_how=failed_how,
        names=tuple(dict.fromkeys((sort, _short(name)) for sort, name in _names(signoff, fresh))),
    )


def day_at(moment: datetime) -> int:
    """Days since 1970, by UTC."""
    return day_of(moment.astimezone(UTC).date())


def cells_of(row: Counted) -> Iterator[Cell]:
    """The sums that it is a part of."""
    yield from ((sort, name, row.day) for sort, name in _by_column(row))
    yield from ((sort, name, row.day) for sort, name in row.names if sort in BY_NAME)
    if row.shipped_at:
        yield WENT_OUT, row.environment, day_at(row.shipped_at)


def sums_of(row: Counted) -> dict[str, int]:
    """What it adds to each of them, by the columns of `daily`."""
    shipped, led = row.shipped_at is not None, _led(row)
    return {
        "opened": 1,
        **{status: int(row.status == status) for status in ENDS},
        "in_time": row.in_time or 0,
        "due": int(row.in_time is not None),
        "asked": row.asked,
        "reviews": row.reviews,
        "shipped": int(shipped),
        "ship_failed": row.ship_failed,
        "failed": row.failed if shipped else 0,
        "took_n": int(row.took is not None),
        "lead_n": int(led is not None),
        "took": row.took or 0,
        "looked": row.looked,
        "lead": led[0] if led else 0,
        "wait": led[1] if led else 0,
    }


def _by_column(row: Counted) -> Iterator[Name]:
    yield OF_ALL, OF_ALL
    yield "ai", row.ai
    yield "tier", row.tier
    yield "ai tier", f"{row.ai} {row.tier}"
    yield "environment", row.environment
    yield "connection", row.connection
    yield "repository", row.repository


def _names(signoff: Signoff, fresh: Sequence[Review]) -> Iterator[Name]:
    asked = signoff.requirement
    circles = [ask.groups | ask.wider if signoff.escalated else ask.groups for ask in asked.asks]
    yield from (("group", it) for it in sorted(frozenset(asked.owners).union(*circles)))
    yield from (("rule", it) for it in asked.rules)
    if len(asked.rules) == 1:
        yield "rule alone", asked.rules[0]
    yield from (("tool", it) for it in signoff.provenance.tools)
    folders = dict.fromkeys(_folder(path) for path in signoff.change.paths)
    yield from (("path", it) for it in list(folders)[:_PATHS])
    people = dict.fromkeys(review.person for review in fresh)
    yield from ((REVIEWER, it) for it in people if not it.startswith(PSEUDONYM))


def _folder(path: str) -> str:
    """The first two folders that it is in; "/" of what is in none."""
    folders = path.strip("/").split("/")[:-1]
    return "/".join(folders[:_FOLDERS]) + "/"


def _short(name: str) -> str:
    """As an index takes it, whatever came from outside."""
    return name.replace("\0", "")[:_LONGEST]


def _took(signoff: Signoff, reviewed_at: datetime | None) -> int | None:
    """What was carried on at once took nobody any time."""
    if signoff.status not in _PEOPLE_DECIDED or reviewed_at is None:
        return None
    return _seconds((signoff.decided_at or reviewed_at) - signoff.opened_at)


def _in_time(status: Status) -> int | None:
    if status is Status.EXPIRED:
        return 0
    return 1 if status in _PEOPLE_DECIDED else None


def _looked(review: Review) -> int:
    seen = review.at - review.looked_at if review.looked_at else UNSEEN
    return _seconds(min(seen, AT_MOST))


def _committed_at(signoff: Signoff) -> datetime | None:
    """When the first line of it was written, as the commits say."""
    opened = signoff.opened_at
    said = (commit.authored_at for commit in signoff.change.commits if commit.authored_at)
    return min((at for at in said if opened - _WRITTEN_WITHIN < at <= opened), default=None)


def _led(row: Counted) -> tuple[int, int] | None:
    """Whole seconds from the first line to the deployment, and of the wait for a decision in it."""
    if row.committed_at is None or row.decided_at is None or row.shipped_at is None:
        return None
    return (
        max(0, _whole(row.shipped_at) - _whole(row.committed_at)),
        max(0, _whole(row.decided_at) - _whole(row.opened_at)),
    )


def _whole(moment: datetime) -> int:
    return int(moment.timestamp())


def _seconds(length: timedelta) -> int:
    return min(max(0, int(length.total_seconds())), _MOST)

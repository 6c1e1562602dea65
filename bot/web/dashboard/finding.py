"""How does somebody find a sign-off that waits no more? By its id or key, or by what is known of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from bot.domain.signoff import Signoff, Status
from bot.domain.spans import harmless
from bot.engine.board import Board
from bot.engine.browsing import After, Brief, Browsing
from bot.ports import Malformed

A_PAGE = 50
LONGEST_NAME = 200

_PLACE = re.compile(r"([0-9T:.+-]{19,40})~(sgn_[A-Za-z0-9_]{1,60})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What somebody looks for; `name` is an id, the beginning of one, or a key. Empty is anything."""

    name: str = ""
    repository: str = ""
    status: str = ""
    since: str = ""
    before: str = ""

    @property
    def any(self) -> bool:
        return bool(self.name or self.repository or self.status or self.since)

    def admits(self, brief: Brief) -> bool:
        return (
            self.repository.casefold() in brief.repository.casefold()
            and self.status in ("", brief.status)
            and (not self.since or brief.opened_at >= _day(self.since))
        )

    def address(self, before: After | None) -> str:
        """What stands behind the "?" for the same, from there on."""
        said = {"repository": self.repository, "status": self.status, "since": self.since}
        return urlencode({n: it for n, it in {**said, "before": written(before)}.items() if it})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`more` is the address of the next page, if there may be one."""

    signoffs: Sequence[Signoff] = ()
    more: str = ""


def sought(request: web.Request) -> Sought:
    """Raises Malformed."""
    said = {name: request.query.get(name, "").strip() for name in ("repository", "status", "since")}
    if said["status"] not in ("", *STATUSES):
        raise Malformed("there is no such status")
    if said["since"]:
        _day(said["since"])
    return Sought(
        name=harmless(request.query.get("q", ""), LONGEST_NAME),
        repository=said["repository"][:LONGEST_NAME],
        status=said["status"],
        since=said["since"],
        before=request.query.get("before", ""),
    )


STATUSES = tuple(status.value for status in Status)


async def find(board: Board, it: Sought) -> Found:
    """By the name alone, where one is given: it says more than all else."""
    if it.name:
        return Found(signoffs=await board.named(it.name))
    if not it.any:
        return Found()
    browsing, before = Browsing(board.store), place_of(it.before)
    page = await browsing.search(it.admits, before, A_PAGE)
    earliest = page.more.opened_at if page.more else None
    over = earliest is not None and bool(it.since) and earliest < _day(it.since)
    return Found(signoffs=page.found, more=it.address(page.more) if page.more and not over else "")


def written(place: After | None) -> str:
    return f"{place.opened_at.isoformat()}~{place.id}" if place else ""


def place_of(said: str) -> After | None:
    """Where a page begins, as its address says. Raises Malformed."""
    if not said:
        return None
    found = _PLACE.fullmatch(said)
    try:
        moment = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None or moment.tzinfo is None:
        raise Malformed("it does not say where the page begins")
    return After(moment, found[2])


def _day(said: str) -> datetime:
    """Its first moment, in UTC. Raises Malformed."""
    try:
        day = datetime.strptime(said, "%Y-%m-%d")  # noqa: DTZ007 -- it is a day of UTC
    except ValueError:
        raise Malformed("since is no day, as in 2026-07-01") from None
    return day.replace(tzinfo=UTC)

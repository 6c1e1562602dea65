"""What did GitHub deliver that we did not take? It never tries again by itself, so we ask it to."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel

from bot.clock import Clock
from bot.pipelines.github.api import GitHubApp
from bot.pipelines.github.questions import NAME, PER_PAGE
from bot.pipelines.platform import read_all
from bot.pipelines.told import Number
from bot.ports import Undelivered

LOOKED_BACK = timedelta(days=3)
"""GitHub keeps a delivery for so long, at least."""

TRIES = 3
"""How often one delivery is asked for: what we refuse each time is not for us."""

MOST_PAGES = 10
"""Of each list, a hundred attempts to a page."""

AT_ONCE = 60
"""Asked for in one go: GitHub takes eighty requests that make something in a minute."""

KNOWN_AT_MOST = 10_000

log = logging.getLogger(__name__)


class Attempt(BaseModel):
    """One attempt; `guid` is the delivery's own id, the same at each of them. `redelivery`: somebody
    asked for it.
    """

    id: Number
    guid: str
    event: str = ""
    delivered_at: AwareDatetime
    redelivery: bool = False


@dataclass(slots=True, kw_only=True)
class Missed:
    """Of one App; deliveries of other events than these are left alone.

    GitHub keeps the attempt that failed in its list, even if a later one was taken; so what is known
    of a delivery is read there anew, whichever process asked for it: how often that failed, and
    whether it reached us since. Our own memory only spares questions. Where GitHub's list of what
    we took is longer than we read, a new process asks for a delivery again that it need not have:
    what reached us already is known by its id, and is one.
    """

    app: GitHubApp
    clock: Clock
    events: frozenset[str]
    _asked: Counter[str] = field(default_factory=Counter)

    async def ask_again(self) -> int:
        """For what failed, the oldest first; how many. The rest has its turn the next time.

        Raises Undelivered or Unreachable.
        """
        since = self.clock() - LOOKED_BACK
        failed = [it for it in await self._listed("failure", since) if it.event in self.events]
        tried = Counter(it.guid for it in failed if it.redelivery)
        wanted = {
            it.guid: it
            for it in reversed(failed)
            if max(self._asked[it.guid], tried[it.guid]) < TRIES
        }
        if wanted:
            wanted = await self._without_arrived(wanted)
        asked = 0
        for attempt in list(wanted.values())[:AT_ONCE]:
            asked += await self._ask_for(attempt)
        if asked:
            log.warning("asked GitHub for %d deliveries that had not reached us", asked)
        if len(self._asked) > KNOWN_AT_MOST:
            self._asked.clear()
        return asked

    async def _ask_for(self, attempt: Attempt) -> bool:
        """It counts as asked for once GitHub answered: what never reached it is asked for again."""
        try:
            await self.app.ask("POST", f"/app/hook/deliveries/{attempt.id}/attempts")
        except Undelivered as problem:
            if not problem.final:  # GitHub is down, or wants us to be slower: so it will be for all
                raise
            # One that cannot be had is not to hide the others.
            log.warning("delivery %s cannot be asked for: %s", attempt.guid, problem)
            self._asked[attempt.guid] += 1
            return False
        self._asked[attempt.guid] += 1
        return True

    async def _without_arrived(self, wanted: dict[str, Attempt]) -> dict[str, Attempt]:
        """Those of them that no later attempt brought."""
        oldest = min(it.delivered_at for it in wanted.values())
        taken = {it.guid for it in await self._listed("success", oldest)}
        self._asked.update(dict.fromkeys(wanted.keys() & taken, TRIES))
        return {guid: it for guid, it in wanted.items() if guid not in taken}

    async def _listed(self, status: str, since: datetime) -> list[Attempt]:
        """The newest first, as far back as that or as we read."""
        found: list[Attempt] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            path = f"/app/hook/deliveries?per_page={PER_PAGE}&status={status}"
            answer, cursor = await self.app.ask_for_page(
                "GET", f"{path}&cursor={quote(cursor)}" if cursor else path
            )
            page = read_all(NAME, Attempt, answer)
            found.extend(it for it in page if it.delivered_at >= since)
            if not cursor or not page or page[-1].delivered_at < since:
                break
        return found

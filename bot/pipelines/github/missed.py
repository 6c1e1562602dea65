"""What did GitHub deliver that we did not take? It never tries again by itself, so we ask it to."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ValidationError

from bot.clock import Clock
from bot.pipelines.github.api import GitHubApp
from bot.pipelines.github.questions import PER_PAGE
from bot.pipelines.told import Number
from bot.ports import Undelivered

LOOKED_BACK = timedelta(days=3)
"""GitHub keeps a delivery for so long, at least."""

TRIES = 3
"""How often one delivery is asked for: what we refuse each time is not for us."""

KNOWN_AT_MOST = 10_000

log = logging.getLogger(__name__)


class Attempt(BaseModel):
    """One attempt; `guid` is the delivery's own id, the same at each of them."""

    id: Number
    guid: str
    event: str = ""
    delivered_at: AwareDatetime


@dataclass(slots=True, kw_only=True)
class Missed:
    """Of one App; deliveries of other events than these are left alone."""

    app: GitHubApp
    clock: Clock
    events: frozenset[str]
    _asked: Counter[str] = field(default_factory=Counter)

    async def ask_again(self) -> int:
        """For the newest hundred that failed; how many. What reached us after all is known by its id.

        Raises Undelivered or Unreachable.
        """
        path = f"/app/hook/deliveries?per_page={PER_PAGE}&status=failure"
        failed = _read(await self.app.ask("GET", path))
        since = self.clock() - LOOKED_BACK
        wanted = {
            it.guid: it
            for it in reversed(failed)
            if it.event in self.events and it.delivered_at > since and self._asked[it.guid] < TRIES
        }
        asked = 0
        for attempt in wanted.values():
            self._asked[attempt.guid] += 1
            try:
                await self.app.ask("POST", f"/app/hook/deliveries/{attempt.id}/attempts")
                asked += 1
            except Undelivered as problem:  # one that cannot be had is not to hide the others
                log.warning("delivery %s cannot be asked for: %s", attempt.guid, problem)
        if asked:
            log.warning("asked GitHub for %d deliveries that had not reached us", asked)
        if len(self._asked) > KNOWN_AT_MOST:
            self._asked.clear()
        return asked


def _read(listed: object) -> list[Attempt]:
    if not isinstance(listed, list):
        raise Undelivered("GitHub's list of deliveries cannot be read")
    try:
        return [Attempt.model_validate(it) for it in listed]
    except ValidationError as error:
        raise Undelivered("GitHub's list of deliveries cannot be read") from error

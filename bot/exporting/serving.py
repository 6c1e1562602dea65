"""How is a period exported for somebody at the dashboard? In a process of its own, so that whoever
clicks meanwhile does not wait for it: the whole trail is looked through.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot import auditing
from bot.auditing import Asked
from bot.clock import Clock
from bot.exporting import write
from bot.exporting.forms import JsonLines
from bot.exporting.population import Period
from bot.exporting.wanting import Wanted
from bot.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    chosen: Settings
    clock: Clock

    async def export(self, since: datetime, until: datetime, out: Path) -> bool:
        """Write what was asked for from `since` on and before `until` there, as lines of JSON, whose
        last says whether it is complete. Whether that is done; whoever gives up, ends it.
        """
        asked = await asyncio.to_thread(self._asked)
        period = Period(since=since, until=until, environments=frozenset())
        made = multiprocessing.get_context("spawn").Process(
            target=write_lines, args=(asked, period, out, self.clock()), daemon=True
        )
        made.start()
        try:
            await asyncio.to_thread(made.join)
        finally:
            made.kill()
            made.join()
        if made.exitcode:
            log.error("an export for the dashboard ended with %s", made.exitcode)
        return made.exitcode == 0

    def _asked(self) -> Asked:
        nothing_more = argparse.Namespace(checkpoint=[], key=[], quick=True)
        return auditing.asked_for(
            nothing_more, lambda: self.chosen.database_url, lambda: self.chosen
        )


def write_lines(asked: Asked, period: Period, out: Path, at: datetime) -> None:
    """As the command does, beside the server and on one snapshot."""
    wanted = Wanted(
        period=period, sample=None, makes=JsonLines, out=out, beside=None, allow_gaps=True, at=at
    )
    write(wanted, asked)

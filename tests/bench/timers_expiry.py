"""What is it that falls due? The expiry of a signoff, with all that follows; the same for everybody.

The signoff's row and document, an audit entry, the report to the pipeline and what hangs in Slack are
written in one transaction. Who asks for one signoff at a time shares its transaction with all that
ask meanwhile, as our own units do: that is the kindest we can be to an engine that knows no batches.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlmodel import col, select

from bot import main
from bot.domain.errors import Outdated
from bot.domain.lifecycle import begin
from bot.domain.signoff import Deadline, DeadlineKind, Status
from bot.engine.heartbeat import Heartbeat
from storage import audit, moment, recording
from storage.store import Session, Store
from storage.tables import AuditRow, SignoffRow
from tests.bench.rivals.contest import Happened, Timer
from tests.builders import a_change, a_requirement, opened
from tests.engine.house import House, furnish

FILLED_AT_ONCE = 500
NOT_YET = 0.001
"""Seconds until it is tried again: its engine's clock may be ahead of the database's by a moment."""


@dataclass(slots=True)
class _Job:
    signoff_id: str
    fresh: bool = False
    over: bool = False


class Expiries:
    """An Effect, and the house that it happens in."""

    def __init__(self, url: str) -> None:
        sys.setswitchinterval(main.TURN)  # as we are served
        store = Store(url)
        self.house: House = furnish(store, store.clock, pipelines={})  # type: ignore[arg-type]

    def heart(self) -> Heartbeat:
        """By which we find ourselves what is due; not started yet."""
        house = self.house
        heart = Heartbeat(
            duties=(house.signoffs.pass_deadlines,),
            next_due=house.board.next_due,
            clock=house.store.clock,
        )
        house.bell.listen(heart.nudge)
        return heart

    async def expect(self, timers: Sequence[Timer]) -> None:
        for start in range(0, len(timers), FILLED_AT_ONCE):
            some = timers[start : start + FILLED_AT_ONCE]
            await self.house.store.write(partial(self._insert, timers=some))

    async def record(self, timer: int) -> bool:
        job = _Job(name_of(timer))
        await self.house.store.write_with_others(self._pass, job)
        while not job.over:
            await asyncio.sleep(NOT_YET)
            await self.house.store.write_with_others(self._pass, job)
        self.house.bell.ring(job.signoff_id)
        return job.fresh

    async def all(self) -> Sequence[Happened]:
        return await self.house.store.read(expired)

    async def close(self) -> None:
        await self.house.store.close()

    def _insert(self, session: Session, timers: Sequence[Timer]) -> None:
        digest = self.house.signoffs.rulebook.digest
        for timer in timers:
            change = a_change(key=f"key-{timer.id}", repository=f"acme/{timer.id}")
            at = datetime.fromtimestamp(timer.due, UTC)
            requirement = a_requirement(deadlines=(Deadline(at, DeadlineKind.EXPIRE),))
            event = opened(signoff_id=name_of(timer.id), change=change, requirement=requirement)
            recording.insert(session, event, begin(event), judged_by=digest)

    def _pass(self, session: Session, jobs: Sequence[_Job]) -> None:
        """As `Signoffs.pass_deadlines` does for those that it finds by itself."""
        keeper, now = self.house.signoffs._keeper, moment.now(session)
        if not keeper.is_current(session):
            raise Outdated
        for job in jobs:
            signoff = keeper.load(session, job.signoff_id)
            job.fresh = not signoff.status.is_final
            job.over = keeper._kept_up(session, signoff, now).status.is_final


def name_of(timer: int) -> str:
    return f"sgn_{timer}"


def number_of(signoff_id: str) -> int:
    return int(signoff_id.removeprefix("sgn_"))


def expired(session: Session) -> Sequence[Happened]:
    """By the audit trail, so that one that expired twice is there twice, with the moment it says; and
    only of signoffs that are stored as expired."""
    assert audit.verify(session) is None
    query = (
        select(AuditRow.signoff_id, AuditRow.body)
        .join(SignoffRow, col(SignoffRow.id) == col(AuditRow.signoff_id))
        .where(col(AuditRow.body).contains('"kind":"deadline_passed"'))
        .where(SignoffRow.status == Status.EXPIRED.value)
    )
    return [Happened(number_of(id), _said_at(body)) for id, body in session.exec(query)]


def _said_at(body: str) -> float:
    event: dict[str, str] = json.loads(body)["event"]
    return datetime.fromisoformat(event["at"]).timestamp()

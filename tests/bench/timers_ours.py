"""What if each deadline is what it is in the house: the expiry of a signoff, with all that follows?

Its row and its document, an audit entry, the report to the pipeline and what hangs in Slack are written
in the transaction that passes it; the heartbeat finds it as it does in the server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlmodel import col, select

from bot import main
from bot.clock import system_clock
from bot.domain.lifecycle import begin
from bot.domain.signoff import Deadline, DeadlineKind
from bot.engine.heartbeat import Heartbeat
from storage import recording
from storage.store import Session, Store
from storage.tables import AuditRow
from tests.bench.rivals.contest import Contender, Fired, Place, Tally, Timer, seconds
from tests.builders import a_change, a_requirement, opened
from tests.engine.house import House, furnish

FILLED_AT_ONCE = 500
FAR = timedelta(days=365)
CROWD = 10**9
"""Numbers from here on are of those that only wait."""


@dataclass(slots=True)
class State:
    house: House
    place: Place


async def prepare(place: Place) -> State:
    sys.setswitchinterval(main.TURN)  # as we are served
    store = Store(place.url)
    house = furnish(store, store.clock, pipelines={})  # type: ignore[arg-type]
    far = system_clock() + FAR
    await _arm(house, [(CROWD + number, far) for number in range(place.crowd)])
    return State(house, place)


async def run(state: State, timers: Sequence[Timer]) -> Fired:
    house, tally = state.house, Tally(expected=len(timers))
    heart = Heartbeat(
        duties=(house.signoffs.pass_deadlines,),
        next_due=house.board.next_due,
        clock=house.store.clock,
    )
    bell = house.signoffs.bell
    bell.listen(heart.nudge)
    bell.tell(lambda ids: [tally.note(int(id.removeprefix("sgn_")), True) for id in ids])
    await _arm(house, [(timer.id, datetime.fromtimestamp(timer.due, UTC)) for timer in timers])
    armed = seconds()
    heart.start()
    await tally.wait(max(timer.due for timer in timers) + state.place.patience)
    await heart.stop()
    effects = await house.store.read(_expired)
    await house.store.close()
    return Fired(armed=armed, committed=tally.committed, effects=effects, refused=tally.refused)


async def _arm(house: House, wanted: list[tuple[int, datetime]]) -> None:
    for start in range(0, len(wanted), FILLED_AT_ONCE):
        some = wanted[start : start + FILLED_AT_ONCE]
        await house.store.write(partial(_insert, house=house, wanted=some))


def _insert(session: Session, house: House, wanted: list[tuple[int, datetime]]) -> None:
    for number, at in wanted:
        change = a_change(key=f"key-{number}", repository=f"acme/{number}")
        plan = (Deadline(at, DeadlineKind.EXPIRE),)
        requirement = a_requirement(deadlines=plan)
        event = opened(signoff_id=f"sgn_{number}", change=change, requirement=requirement)
        step = begin(event)
        recording.insert(session, event, step, judged_by=house.signoffs.rulebook.digest)


def _expired(session: Session) -> list[int]:
    """By the audit trail, so that one that expired twice is there twice."""
    passed = col(AuditRow.body).contains('"kind":"deadline_passed"')
    ids = session.exec(select(AuditRow.signoff_id).where(passed)).all()
    return [int(id.removeprefix("sgn_")) for id in ids]


CONTENDERS = {
    "Countersign on SQLite": Contender(prepare=prepare, run=run),
    "Countersign on PostgreSQL": Contender(prepare=prepare, run=run),
}

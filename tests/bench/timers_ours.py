"""What if each deadline is what it is in the house: the heartbeat finds what is due, and passes it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.rivals.contest import Contender, Fired, Place, Tally, Timer, crowd_of, seconds
from tests.bench.timers_expiry import Expiries, number_of


@dataclass(slots=True)
class State:
    expiries: Expiries
    place: Place


async def prepare(place: Place) -> State:
    expiries = Expiries(place.url)
    await expiries.expect(crowd_of(place))
    return State(expiries, place)


async def run(state: State, timers: Sequence[Timer]) -> Fired:
    tally, expiries = Tally(expected=len(timers)), state.expiries
    heart = expiries.heart()

    def tell(signoff_ids: tuple[str, ...]) -> None:
        for signoff_id in signoff_ids:
            tally.note(number_of(signoff_id), True)

    expiries.house.bell.tell(tell)
    await expiries.expect(timers)
    armed = seconds()
    heart.start()
    await tally.wait(max(timer.due for timer in timers) + state.place.patience)
    await heart.stop()
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=expiries.all,
        refused=tally.refused,
    )


CONTENDERS = {
    "Countersign on SQLite": Contender(prepare=prepare, run=run),
    "Countersign on PostgreSQL": Contender(prepare=prepare, run=run),
}

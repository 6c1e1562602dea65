"""How does a month go by, and how does it end? `simulate` is one seed, from its first day to its last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.events import Reviewed
from tests.faults.evidence import Evidence, InForce, Waiting
from tests.faults.simulation.company import POLICIES, START, book
from tests.faults.simulation.people import live
from tests.faults.simulation.process import Process
from tests.faults.simulation.trouble import break_things
from tests.faults.simulation.world import MONTH, SWEEP, House, seconds

END = START + MONTH
CALM_FOR = timedelta(days=9)
"""Afterwards, with nothing in the way: more than the longest wait between two tries, several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What was left of it, how often what happened, and its story if that was wanted."""

    evidence: Evidence
    counts: Counter[str]
    told: tuple[str, ...]


def simulate(seed: int, *, telling: bool = False) -> Month:
    """The same seed is the same month."""
    house = House(seed=seed, telling=telling)
    house.book = book(0, house.chance.randrange(len(POLICIES)))
    names = ("first", "second", "third")[: house.chance.randint(2, 3)]
    house.processes = [Process(name=it, world=house, book=house.book) for it in names]
    for process in house.processes:
        house.start(process)
    live(house, END)
    break_things(house)
    house.run(END)
    _let_be(house)
    house.run(END + CALM_FOR)
    _count(house)
    return Month(evidence=_evidence(house), counts=house.counts, told=tuple(house.told))


def _let_be(house: House) -> None:
    """Nothing is in the way any more; what was given up is tried again by hand."""
    house.tell("all is well from here on")
    house.calm = house.pipeline.calm = house.pipeline.up = house.db_up = True
    house.down_until = house.now
    for process in house.processes:
        house.start(process)
    parked = sum(row.parked for row in house.db.outbox.values())
    house.counts["given up on, and tried by hand"] += parked
    house.db.write(house.now, house.desk().retry_parked)
    house.at(house.now + timedelta(days=7), _retry_again(house))


def _retry_again(house: House) -> Callable[[], None]:
    def retry() -> None:
        house.db.write(house.now, house.desk().retry_parked)
        house.rouse()

    return retry


def _count(house: House) -> None:
    """How often what happened: a month in which nothing does proves nothing."""
    counts, db = house.counts, house.db
    counts.update(it.status.value for it in db.signoffs.values())
    counts.update(entry.event.kind for entry in db.entries)
    counts.update("escalated" for it in db.signoffs.values() if it.escalated)
    told: Counter[str] = Counter(it.signoff for it in house.pipeline.received)
    counts["reported more than once"] += sum(often > 1 for often in told.values())
    reviews = [it.event for it in db.entries if isinstance(it.event, Reviewed)]
    ends = {id: it.expires_at for id, it in db.signoffs.items()}
    last = [ends[it.signoff] for it in db.entries if isinstance(it.event, Reviewed)]
    near = zip(reviews, last, strict=True)
    counts["reviewed in the last minute"] += sum(
        end is not None and end - review.at < seconds(60) for review, end in near
    )


def _evidence(house: House) -> Evidence:
    """What an inspector finds afterwards."""
    books = [(since, book(*number)) for since, number in house.db.books.values()]
    return Evidence(
        entries=house.db.entries,
        stored=house.db.signoffs,
        received=house.pipeline.received,
        ended_at=house.now,
        waiting=[
            Waiting(signoff=row.signoff, effect=row.effect.kind, parked=row.parked)
            for row in house.db.outbox.values()
        ],
        attested=frozenset(house.db.attested),
        in_force=[
            InForce(since=since, roster=it.roster, policy_digest=it.policy_digest)
            for since, it in books
        ],
        presses=list(house.presses.values()),
        reminders=house.db.reminders,
        acknowledged=frozenset(house.acknowledged),
        outages=house.outages,
        sweep=SWEEP,
    )

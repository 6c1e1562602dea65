"""What breaks, and when? Machines, lines, clocks; and people who change the rules meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.simulation.company import (
    POLICIES,
    PRESSERS,
    ROSTERS,
    START,
    WITHOUT,
    book,
)
from tests.faults.simulation.world import House, seconds


def break_things(house: House) -> None:
    """Where something happens, or it would not matter."""
    chance = house.chance
    for began in [moment for moment in house.moments if moment > START + seconds(30)]:
        for share, strike in _STRIKES:
            if chance.random() < share:
                moment = began + seconds(chance.uniform(0, chance.choice((900, 30_000))))
                house.at(moment, lambda strike=strike: strike(house))  # type: ignore[misc]


def _lose_the_database(house: House) -> None:
    house.count("the database is down")
    house.tell("the database is down")
    house.db_up = False
    house.look_who_is_able()

    def back() -> None:
        house.db_up = True
        house.tell("the database is back")
        house.rouse()

    house.after(house.chance.choice((20, 3600)) * house.chance.random(), back)


def _lose_the_house(house: House) -> None:
    """A whole machine room, for hours."""
    house.count("all are down")
    house.tell("all are down")
    house.down_until = house.now + seconds(house.chance.uniform(60, 6 * 3600))
    for process in house.processes:
        house.stop(process)
        house.start_later(process, house.chance.uniform(0, 60))


def _lose_the_pipeline(house: House) -> None:
    house.count("the pipeline is down")
    house.tell("the pipeline is down")
    house.pipeline.up = False

    def back() -> None:
        house.pipeline.up = True
        house.tell("the pipeline is back")

    hours = house.chance.choice((0.1, 2, 30, 30, 110))
    house.after(3600 * hours * house.chance.uniform(0.3, 1), back)


def change_the_book(house: House, person: str = "") -> None:
    """People join, leave (this `person`, say) and are promoted; rules change; one process after
    the other is restarted.
    """
    house.count("roster or policy changed")
    chance, before = house.chance, house.book.number[1]
    roster = chance.choice(WITHOUT.get(person, range(len(ROSTERS))))
    policy = before if person else chance.choice((before, chance.randrange(len(POLICIES))))
    house.book = book(roster, policy)
    house.tell(f"roster and policy are {house.book.number} from now on")
    soon = chance.choice((10, 900))
    for process in house.processes:
        house.after(chance.uniform(0, soon), lambda it=process: house.start(it))  # type: ignore[misc]


def _go_on_leave(house: House) -> None:
    house.count("somebody goes on leave, or is back")
    house.away ^= {house.chance.choice(PRESSERS)}


def _step_a_clock(house: House) -> None:
    house.count("a clock is stepped")
    house.chance.choice(house.processes).skew = seconds(house.chance.uniform(-7200, 7200))


_STRIKES: tuple[tuple[float, Callable[[House], None]], ...] = (
    (0.15, _lose_the_database),
    (0.12, _lose_the_house),
    (0.25, _lose_the_pipeline),
    (0.40, change_the_book),
    (0.25, _go_on_leave),
    (0.30, _step_a_clock),
)

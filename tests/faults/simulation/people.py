"""What do people do all month? They push, look at cards, press, press again, and think better of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from bot.domain.change import Change
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff, Verdict
from tests.builders import a_change
from tests.faults.evidence import Press
from tests.faults.simulation.company import AUTHORS, PLACES, PRESSERS
from tests.faults.simulation.process import Process
from tests.faults.simulation.trouble import change_the_book
from tests.faults.simulation.units import Click
from tests.faults.simulation.world import House, seconds

REPEATED_AFTER = (1.0, 60.0, 300.0)
"""What the chat does when it gets no answer; a pipeline goes on for longer."""

ANSWER_WITHIN = 3.0
TOLD_AT_MOST = 14


@dataclass(slots=True, eq=False)
class Street:
    """Everybody outside. `numbers` make whatever they do unlike all else."""

    house: House
    numbers: count[int]

    def push(self, author: str, place: str, revision: int) -> None:
        """A pipeline tells of a change, soon or late, once or more often."""
        house, number = self.house, next(self.numbers)
        change = a_change(
            author,
            key=f"change-{number}",
            environment=place,
            revision=f"{number:040x}",
        )
        house.tell(f"{author} pushes {change.key} to {place}")
        late = house.chance.random() < 0.15
        self.tell_of(change, house.chance.uniform(0, 3600 if late else 5))
        if house.chance.random() < 0.3:
            house.count("told of twice")
            self.tell_of(change, house.chance.choice((1, 60, 7200)) * house.chance.random())
        for _ in range(house.chance.randint(2, 5)):
            self._come_and_look(change)
        if revision < 3 and house.chance.random() < 0.4:
            wait = house.chance.choice((60, 1800, 36_000)) * house.chance.random()
            house.after(wait, lambda: self.push(author, place, revision + 1))

    def tell_of(self, change: Change, wait: float, tried: int = 0) -> None:
        """Until somebody says that they have it."""
        house = self.house
        told: list[bool] = []

        def has() -> None:
            told.append(True)
            house.acknowledged.add(change.key)

        def tell() -> None:
            if process := self._somebody():
                house.begin(process, process.serve_change(change, has))
            house.after(10, again)

        def again() -> None:
            if not told and tried < TOLD_AT_MOST:
                self.tell_of(change, min(10.0 * 2**tried, 7200), tried + 1)

        house.after(wait, tell)

    def _somebody(self) -> Process | None:
        """The balancer knows who is dead, not who sleeps."""
        ready = [it for it in self.house.processes if it.ready]
        return self.house.chance.choice(ready) if ready else None

    def _come_and_look(self, change: Change) -> None:
        chance = self.house.chance
        wait = chance.uniform(10, chance.choice((600, 3600, 30_000, 170_000)))
        person = chance.choice(PRESSERS)
        self.house.after(wait, lambda: self.look(change, person))

    def look(self, change: Change, person: str) -> None:
        """What they see is what they press on, however long they think."""
        house, chance = self.house, self.house.chance
        id = house.db.keys.get(change.key)
        if id is None:
            return
        seen = house.db.signoffs[id]
        wait = self._thinks(seen)
        house.after(wait, lambda: self.decide(seen, person))
        if chance.random() < 0.4:
            other = chance.choice(PRESSERS)
            house.after(wait + chance.uniform(-0.3, 0.3), lambda: self.decide(seen, other))

    def _thinks(self, seen: Signoff) -> float:
        chance, end = self.house.chance, seen.expires_at
        left = (end - self.house.now).total_seconds() if end else 0.0
        if left > 0 and chance.random() < 0.35:
            return max(1.0, left + chance.choice((2, 90, 3600)) * chance.uniform(-1, 1))
        return 1 + chance.choice((60, 600, 10_000)) * chance.random()

    def decide(self, seen: Signoff, person: str) -> None:
        chance, number = self.house.chance, next(self.numbers)
        if self.house.db.signoffs[seen.id].status.is_final and chance.random() < 0.85:
            return  # the card says so
        lot = chance.random()
        verdict = Verdict.REJECT if lot > 0.93 else Verdict.APPROVE
        click = Click(
            id=f"click-{number}",
            signoff=self._meant(seen),
            person=person,
            revision=seen.change.revision,
            policy_digest=seen.requirement.policy_digest,
            words=f"because of {number}",
            verdict=verdict,
        )
        if person in seen.contributors.people and lot < 0.3:
            click = replace(click, withdraws=True)
        self.press(click)
        if lot < 0.35:
            self._think_better_of_it(click)

    def _meant(self, seen: Signoff) -> str:
        """A command names the place, so it may be about a newer change than they looked at."""
        if self.house.chance.random() < 0.75:
            return seen.id
        here = [
            it for it in self.house.db.pending if it.change.environment == seen.change.environment
        ]
        return here[0].id if here else seen.id

    def _think_better_of_it(self, click: Click) -> None:
        house = self.house
        taken_back = replace(click, id=f"{click.id} back", verdict=None, withdraws=False)
        wait = house.chance.uniform(1, 70)
        house.after(wait, lambda: self.press(taken_back))
        if house.chance.random() < 0.5:
            house.after(wait + house.chance.uniform(1, 60), lambda: self._deliver(click, 9))

    def press(self, click: Click) -> None:
        house = self.house
        house.count("pressed")
        house.tell(f"{click.person} presses {click.id} ({click.verdict}) on {click.signoff}")
        if click.verdict is not None and not click.withdraws:
            house.presses[click.id] = Press(id=click.id, person=click.person, words=click.words)
        self._deliver(click)
        if house.chance.random() < 0.25:
            house.count("the same click twice")
            wait = house.chance.choice((0.2, 5, 300)) * house.chance.random()
            house.after(wait, lambda: self._deliver(click, 9))

    def _deliver(self, click: Click, tried: int = 0) -> None:
        house = self.house
        heard: list[Signoff | Refusal] = []

        def hear(outcome: Signoff | Refusal) -> None:
            heard.append(outcome)
            self._hear(click, outcome)

        def again() -> None:
            if not heard and tried < len(REPEATED_AFTER):
                house.count("the chat repeats a click")
                wait = REPEATED_AFTER[tried]
                house.after(wait, lambda: self._deliver(click, tried + 1))

        if process := self._somebody():
            house.begin(process, process.serve_click(click, hear))
        house.after(ANSWER_WITHIN, again)

    def _hear(self, click: Click, outcome: Signoff | Refusal) -> None:
        house = self.house
        if isinstance(outcome, Refusal):
            house.count(type(outcome).__name__)
            house.tell(f"{click.person} hears of {click.id}: {outcome}")
            return
        house.count("told that it counts")
        house.tell(f"{click.person} hears that {click.id} counts")
        if known := house.presses.get(click.id):
            house.presses[click.id] = replace(known, counted=True)
        if click.verdict and not outcome.status.is_final:
            self._go_on(click, outcome)

    def _go_on(self, click: Click, signoff: Signoff) -> None:
        """More is wanted: a colleague is asked, and some leave in the middle of it."""
        house, chance = self.house, self.house.chance
        other = chance.choice(PRESSERS)
        house.after(chance.uniform(5, 1500), lambda: self.look(signoff.change, other))
        if chance.random() < 0.25:
            house.after(chance.uniform(1, 300), lambda: change_the_book(house, click.person))


def live(house: House, until: datetime) -> None:
    """Three to eight changes, any time of the month."""
    street, chance = Street(house, count(1)), house.chance
    span = (until - house.now).total_seconds() - 3 * 86_400
    for _ in range(chance.randint(3, 8)):
        author, place = chance.choice(AUTHORS), chance.choice((PLACES[0], *PLACES))
        moment = house.now + seconds(chance.uniform(60, span))
        house.at(moment, lambda a=author, p=place: street.push(a, p, 1))  # type: ignore[misc]

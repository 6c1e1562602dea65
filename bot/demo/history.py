"""How does the demo come by a past? The invented quarter is lived through, by the engine itself.

Every change is opened, asked about, decided, signed and shipped by the code that does so for a real
one, in the order of time, on a clock that is set forward from one event to the next. Nothing is
written around it: the trail verifies, and figures are counted from it as from any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from bot.core import Core, make_core
from bot.demo.habits import SOLVED, TROUBLE
from bot.demo.quarter import CONFIG, Planned, Quarter, a_quarter
from bot.demo.timeline import MINUTE, Clock, Step, Timeline
from bot.domain.card import card_of
from bot.domain.errors import Refusal
from bot.domain.outcomes import PEOPLE
from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.carrying_out import Carrier
from bot.engine.clicks import Click
from bot.engine.counting import Counting
from bot.engine.dispatcher import Dispatcher
from bot.engine.glancing import Glancing
from bot.engine.incidents import Telling
from bot.engine.patience import Patience
from bot.parts import signer_of
from bot.ports import Landing, Request, Response
from bot.settings import Settings
from storage import nudges, reading, searching, surfaces
from storage.store import Session, Store

__all__ = ["CONFIG", "live_through"]

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

LOOK_AGAIN = timedelta(hours=2)
"""Whoever is asked later, by a reminder or in the place of somebody, is seen within that time."""

SETTLED_EVERY = timedelta(minutes=30)
"""What was decided is signed together, as on a busy day; here all days go by in a minute."""

COUNTED_EVERY = timedelta(days=1)

Told = Callable[[int, int], None]


async def live_through(
    chosen: Settings, seed: int, signoffs: int, ends: datetime, told: Told = lambda done, of: None
) -> None:
    """The quarter up to `ends`, into the database of these settings, which has to be empty.

    `told` hears how many of the changes have come.
    """
    roster = chosen.config.roster
    quarter = a_quarter(seed, signoffs, roster, ends)
    clock = Clock(quarter.begins)
    store = Store(chosen.database_url, clock=clock)
    try:
        core = make_core(chosen, Patience(), signer_of(chosen), store, _nobody)
        core.checkpointing.apart = 0
        await core.signoffs.enter()
        life = _Life(
            quarter=quarter,
            core=core,
            clock=clock,
            dispatcher=_dispatcher(core),
            counting=Counting(store=store),
            line=Timeline(ends=quarter.ends),
            told=told,
        )
        await life.live()
    finally:
        await store.close()


async def _nobody(request: Request) -> Response:
    """Nothing of the past leaves the house."""
    raise RuntimeError(f"{request.url} was to be told of the past")


@dataclass(slots=True, kw_only=True)
class _Life:
    quarter: Quarter
    core: Core
    clock: Clock
    dispatcher: Dispatcher
    counting: Counting
    line: Timeline
    told: Told
    _numbers: count[int] = field(default_factory=count)
    _asked: dict[str, set[str]] = field(default_factory=dict)

    async def live(self) -> None:
        settled = counted = self.quarter.begins
        for planned in self.quarter.changes:
            self.line.at(planned.at, self._opening(planned))
        while following := self.line.next():
            now, steps = following
            await self._pass_time(now)
            await asyncio.gather(*(step() for step in steps))
            if now >= settled + SETTLED_EVERY:
                await self.dispatcher.settle()
                settled = now
            if now >= counted + COUNTED_EVERY:
                await self._count()
                counted = now
        await self._pass_time(self.quarter.ends)
        await self.dispatcher.settle()
        await self.core.store.write(self._take_down)
        await self._count()

    async def _count(self) -> None:
        """So that every figure is there at once, and incidents are linked by time as they come."""
        while await self.counting.turn():
            pass
        await self.core.outcomes.beat()
        while await self.counting.turn():
            pass

    async def _pass_time(self, until: datetime) -> None:
        """Deadlines pass at their own moment: a grace is over, somebody is reminded, it expires."""
        while (due := await self.core.store.read(_next_deadline)) and due <= until:
            self.clock.set(due)
            await self.core.signoffs.pass_deadlines()
        self.clock.set(until)

    def _opening(self, planned: Planned) -> Step:
        async def step() -> None:
            opening = await self.core.signoffs.open(planned.change)
            self._asked[opening.signoff.id] = set()
            self.told(planned.number, len(self.quarter.changes))
            signoff = opening.signoff
            if planned.emergency and not signoff.status.is_final:
                self.line.at(self.clock.now + 4 * MINUTE, self._overriding(planned, signoff.id))
            await self._follow(planned, signoff)

        return step

    async def _follow(self, planned: Planned, signoff: Signoff) -> None:
        """Whoever is asked will look; what may go on is deployed."""
        if signoff.status.proceed:
            self.line.at(self.clock.now + planned.lands_after, self._landing(planned, signoff.id))
        if signoff.status.is_final:
            return
        seen = self._asked[signoff.id]
        for person in signoff.asked:
            if person not in seen and not planned.emergency:
                seen.add(person)
                at = self.quarter.looks_at(person, planned.number, self.clock.now)
                if at is not None:
                    self.line.at(at, self._looking(planned, signoff.id, person))
        self.line.at(self.clock.now + LOOK_AGAIN, self._checking(planned, signoff.id))

    def _checking(self, planned: Planned, signoff_id: str) -> Step:
        async def step() -> None:
            signoff = await self._known(signoff_id)
            if not signoff.status.is_final:
                await self._follow(planned, signoff)

        return step

    def _looking(self, planned: Planned, signoff_id: str, person: str) -> Step:
        async def step() -> None:
            signoff = await self._known(signoff_id)
            if signoff.status.is_final:
                return
            if self._luck("opens", planned, person).random() < 0.85:
                await self._glancing.looked(signoff, person)
            lines = planned.change.additions + planned.change.deletions
            takes = self.quarter.reads_for(person, planned.number, lines)
            self.line.at(self.clock.now + takes, self._deciding(planned, signoff_id, person))

        return step

    def _deciding(self, planned: Planned, signoff_id: str, person: str) -> Step:
        async def step() -> None:
            signoff = await self._known(signoff_id)
            if signoff.status.is_final:
                return
            reason = self.quarter.rejects(person, planned)
            verdict = Verdict.REJECT if reason else Verdict.APPROVE
            card = card_of(signoff, self.quarter.roster)
            if not reason and card.approve_reason:
                reason = self._luck("words", planned, person).choice(SOLVED)
            click = self._click(signoff, person)
            try:
                after = await self.core.signoffs.review(click, verdict, reason, card.checklist)
            except Refusal:
                return
            if after.status is Status.PENDING:
                self.line.at(self.clock.now + MINUTE, self._counting(planned, signoff_id))
            else:
                await self._follow(planned, after)

        return step

    def _counting(self, planned: Planned, signoff_id: str) -> Step:
        """Once the time to think better of it is over."""

        async def step() -> None:
            signoff = await self._known(signoff_id)
            if signoff.status.is_final:
                await self._follow(planned, signoff)

        return step

    def _landing(self, planned: Planned, signoff_id: str) -> Step:
        async def step() -> None:
            key, connection = planned.change.key, planned.change.connection
            fails = self._luck("deploy", planned, "").random() < 0.02
            await self.core.signoffs.shipped(
                Landing(
                    connection=connection,
                    key=key,
                    succeeded=not fails,
                    detail="health checks failed" if fails else "",
                    what=planned.change.revision,
                    environment=planned.change.environment,
                )
            )
            if planned.breaks and not fails and planned.change.environment == "production":
                after = 10 * MINUTE * self._luck("breaks", planned, "").lognormvariate(1.5, 0.8)
                self.line.at(self.clock.now + after, self._breaking(planned, signoff_id))

        return step

    def _breaking(self, planned: Planned, signoff_id: str) -> Step:
        """Half of the time somebody knows at once which change it was."""

        async def step() -> None:
            luck, outcomes = self._luck("incident", planned, ""), self.core.outcomes
            known = await outcomes.open(
                Telling(
                    source=PEOPLE,
                    key=f"INC-{4000 + planned.number}",
                    title=luck.choice(TROUBLE[planned.team]),
                    by="pat",
                    severity=luck.choice(("SEV1", "SEV2", "SEV2", "SEV3")),
                    environment="production",
                    repositories=(planned.change.repository,),
                    signoffs=(signoff_id,) if luck.random() < 0.5 else (),
                )
            )
            lasts = 10 * MINUTE * luck.lognormvariate(1.6, 0.9)
            if luck.random() < 0.4:
                signoff = await self._known(signoff_id)
                await outcomes.rolled_back(signoff, "", "pat")
                lasts /= 3
            self.line.at(self.clock.now + lasts, self._mending(known.incident.id))

        return step

    def _mending(self, incident_id: str) -> Step:
        async def step() -> None:
            await self.core.outcomes.resolve(incident_id, "pat")

        return step

    def _overriding(self, planned: Planned, signoff_id: str) -> Step:
        async def step() -> None:
            signoff = await self._known(signoff_id)
            if signoff.status.is_final:
                return
            incident = f"INC-{4000 + planned.number}"
            try:
                after = await self.core.signoffs.override(
                    self._click(signoff, "pat"), incident, "Checkout is down, and this is the fix."
                )
            except Refusal:
                return
            await self.dispatcher.settle()  # it is told while it lasts
            await self._follow(planned, after)
            self.line.at(self.clock.now + 10 * LOOK_AGAIN, self._reviewing(signoff_id))

        return step

    def _reviewing(self, signoff_id: str) -> Step:
        async def step() -> None:
            signoff = await self._known(signoff_id)
            for person in ("grace", "tom", "yuki"):
                click = replace(self._click(signoff, person), id=f"override review {signoff_id}")
                try:
                    await self.core.signoffs.review_override(
                        click, "The fix was right, and a test was added the day after.", fine=True
                    )
                except Refusal:
                    continue
                return

        return step

    def _click(self, signoff: Signoff, person: str) -> Click:
        return Click(
            id=f"history {signoff.id} {person} {next(self._numbers)}",
            signoff_id=signoff.id,
            person=person,
            revision=signoff.change.revision,
            policy_digest=signoff.requirement.policy_digest,
        )

    async def _known(self, signoff_id: str) -> Signoff:
        found = await self.core.board.signoff(signoff_id)
        if found is None:
            raise LookupError(signoff_id)
        return found

    def _luck(self, about: str, planned: Planned, person: str) -> Random:
        return self.quarter.luck(about, planned.number, person)

    def _take_down(self, session: Session) -> None:
        """Nobody is shown cards of the past: what is decided is not hung up any more."""
        over = set(self._asked) - {it.id for it in searching.each_pending(session)}
        surfaces.forget(session, over)
        for signoff_id in over:
            nudges.forget(session, signoff_id)

    @property
    def _glancing(self) -> Glancing:
        return Glancing(self.core.store)


def _dispatcher(core: Core) -> Dispatcher:
    carrier = Carrier(
        store=core.store,
        signoffs=core.signoffs,
        pipelines=core.pipelines,
        attest=core.attesting.made,
        clock=core.clock,
        bell=core.bell,
        patience=core.patience,
    )
    return Dispatcher(store=core.store, carrier=carrier, bell=core.bell)


def _next_deadline(session: Session) -> datetime | None:
    return reading.next_deadline(session, LONG_AGO)

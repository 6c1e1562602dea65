"""Who can ask for it? What may be asked of a signoff: every public method is one transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot import logs
from bot.clock import Clock
from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier, grown
from bot.domain.errors import (
    Refusal,
)
from bot.domain.events import (
    Opened,
    Reported,
    Superseded,
    Withdrawn,
)
from bot.domain.facts import NEVER_DRAWN
from bot.domain.provenance import Statement
from bot.domain.signoff import Report, Review, SetAside, Signoff, Verdict
from bot.engine.bell import Bell
from bot.engine.circumstances import Circumstances
from bot.engine.clicks import Click, Clicks
from bot.engine.inviting import Inviting
from bot.engine.keeping import Keeper
from bot.engine.opening import Opener
from bot.engine.rulebook import Rulebook
from bot.ports import Closed, Sighting
from storage import dossiers, outbox, reading
from storage.documents import digest_of_change
from storage.store import Session, Store

log = logging.getLogger(__name__)


class KeyReused(Exception):
    """The connection told us of another change under the same key before."""

    def __init__(self, signoff: Signoff) -> None:
        super().__init__(signoff.id)
        self.signoff = signoff


@dataclass(frozen=True, slots=True)
class Opening:
    """The signoff of a change, whether it is `new`, and those that it superseded."""

    signoff: Signoff
    new: bool
    superseded: tuple[str, ...] = ()


def _draw() -> int:
    """A lot that nobody can foresee."""
    return secrets.randbelow(NEVER_DRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signoffs:
    """`keep_older` are connections whose newer changes do not supersede older ones; `stuck` are
    signoffs that time or policy could not be applied to: they do not hold up the others.
    """

    store: Store
    rulebook: Rulebook
    clock: Clock
    new_id: Callable[[], str]
    bell: Bell
    circumstances: Circumstances
    keep_older: frozenset[str] = field(default_factory=frozenset)
    new_draw: Callable[[], int] = _draw
    stuck: set[str] = field(default_factory=set)

    async def open(self, change: Change) -> Opening:
        """Start a signoff; a change told twice is the one already open. Raises KeyReused."""
        dossier = await self._dossier(change)
        event = await self._opener.judge(change, dossier)
        opening = await self.store.write(lambda session: self._open(session, event, dossier))
        if opening.new:
            with logs.bind(opening.signoff.id):
                log.info("opened for %s, %s", change.key, opening.signoff.status)
            self.bell.ring(opening.signoff.id, *opening.superseded)
        return opening

    async def see(self, sighting: Sighting) -> None:
        """Remember what a revision shows, and let what waits for its change know of it."""
        change = sighting.change
        event = await self._opener.judge(change, await self._dossier(change))
        touched = await self.store.write(lambda session: self._see(session, event))
        self.bell.ring(*touched)

    async def review(
        self, click: Click, verdict: Verdict, reason: str = "", checklist: tuple[str, ...] = ()
    ) -> Signoff:
        """Count a person's review; the same click twice is one. Raises the Refusal that says why not."""
        review = Review(
            person=click.person,
            verdict=verdict,
            at=self.clock(),
            revision=click.revision,
            policy_digest=click.policy_digest,
            reason=reason,
            checklist=checklist,
        )
        return await self._settle(
            lambda session: self._clicks.review(session, click, review), click
        )

    async def withdraw(self, click: Click, reason: str) -> Signoff:
        """Take a pending signoff back; only a contributor may."""
        withdrawn = Withdrawn(by=click.person, reason=reason, at=self.clock())
        return await self._settle(lambda s: self._clicks.withdraw(s, click, withdrawn), click)

    async def declare(self, click: Click, *, assisted: bool) -> Signoff:
        """A contributor says whether AI helped to make this revision."""
        statement = Statement(
            person=click.person, assisted=assisted, at=self.clock(), revision=click.revision
        )
        return await self._settle(lambda s: self._clicks.declare(s, click, statement), click)

    async def set_aside(self, click: Click, finding: str, reason: str) -> Signoff:
        """Somebody who may review takes evidence away that is wrong, and says why."""
        aside = SetAside(finding=finding, by=click.person, at=self.clock(), reason=reason)
        return await self._settle(lambda s: self._clicks.set_aside(s, click, aside), click)

    async def pass_deadlines(self) -> int:
        """Act on every deadline that has passed, the longest overdue first; how many signoffs."""
        now, total, before = self.clock(), 0, list[str]()
        while due := await self.store.read(lambda s: reading.due(s, now, without=self.stuck)):
            if due == before:  # a row that contradicts its document would keep us here for ever
                log.error("still due after their deadlines were passed: %s", ", ".join(due))
                self.stuck.update(due)
            for signoff_id in due:
                await self._catch_up_alone(signoff_id, now)
            total, before = total + len(due), list(due)
        return total

    async def reassess_pending(self) -> None:
        """After a start: what another policy judged is judged anew."""
        now = self.clock()
        for signoff_id in await self.store.read(reading.pending_ids):
            await self._catch_up_alone(signoff_id, now)
        self.bell.ring()

    async def reported(self, item: outbox.Item, report: Report | None) -> None:
        """The pipeline took our answer: the effect is carried out. None: it had no address."""
        await self.store.write(lambda session: self._reported(session, item, report))
        self.bell.ring(item.signoff_id)

    async def refused(self, item: outbox.Item, report: Report) -> None:
        """The pipeline did not take our answer for good: parked, where people see it."""
        await self.store.write(lambda session: self._refused(session, item, report))
        self.bell.ring(item.signoff_id)

    @property
    def inviting(self) -> Inviting:
        return Inviting(self.rulebook.roster, self.circumstances)

    @property
    def _keeper(self) -> Keeper:
        return Keeper(rulebook=self.rulebook, inviting=self.inviting)

    @property
    def _clicks(self) -> Clicks:
        return Clicks(keeper=self._keeper, rulebook=self.rulebook)

    @property
    def _opener(self) -> Opener:
        return Opener(
            rulebook=self.rulebook,
            inviting=self.inviting,
            circumstances=self.circumstances,
            clock=self.clock,
            new_id=self.new_id,
            new_draw=self.new_draw,
        )

    async def _dossier(self, change: Change) -> Dossier:
        if not change.lineage:
            return EMPTY
        return await self.store.read(lambda session: dossiers.of(session, change))

    async def _catch_up_alone(self, signoff_id: str, now: datetime) -> None:
        try:
            await self.store.write(partial(self._pass, signoff_id=signoff_id, now=now))
        except Closed:
            raise
        except Exception:  # one that cannot be read must not stop the clock of all others
            log.exception("cannot apply time and policy to %s", signoff_id)
            self.stuck.add(signoff_id)
        self.bell.ring(signoff_id)

    def _open(self, session: Session, event: Opened, dossier: Dossier) -> Opening:
        change, keeper = event.change, self._keeper
        before = reading.before(session, change)
        if before.known:
            if before.digest != digest_of_change(change) and before.known.change != change:
                raise KeyReused(before.known)
            return Opening(before.known, new=False)
        older = () if change.connection in self.keep_older else before.older
        for signoff in older:
            keeper.record(session, signoff, Superseded(by=event.signoff_id, at=event.at))
        step = self._opener.open(session, event, dossier)
        return Opening(step.signoff, new=True, superseded=tuple(o.id for o in older))

    def _see(self, session: Session, event: Opened) -> tuple[str, ...]:
        change, keeper = event.change, self._keeper
        known = dossiers.of(session, change)
        dossiers.keep(session, change, grown(known, event.provenance, event.contributors))
        touched = reading.pending_of(session, change)
        for signoff in touched:
            keeper.catch_up(session, signoff, event.at)
        return tuple(signoff.id for signoff in touched)

    def _pass(self, session: Session, signoff_id: str, now: datetime) -> None:
        keeper = self._keeper
        keeper.catch_up(session, keeper.load(session, signoff_id), now)

    def _reported(self, session: Session, item: outbox.Item, report: Report | None) -> None:
        outbox.complete(session, item)
        if report:
            signoff = self._keeper.load(session, item.signoff_id)
            self._keeper.record(session, signoff, Reported(report=report))

    def _refused(self, session: Session, item: outbox.Item, report: Report) -> None:
        outbox.park(session, item, report.detail)
        signoff = self._keeper.load(session, item.signoff_id)
        self._keeper.record(session, signoff, Reported(report=report))

    async def _settle(self, unit: Callable[[Session], Signoff | Refusal], click: Click) -> Signoff:
        outcome = await self.store.write(unit)
        refused = type(outcome).__name__ if isinstance(outcome, Refusal) else ""
        with logs.bind(click.signoff_id):
            log.info("click of %s: %s", click.person, refused or "counted")
        self.bell.ring(click.signoff_id)
        if isinstance(outcome, Refusal):
            signoff = await self.store.read(
                lambda session: self._keeper.load(session, click.signoff_id)
            )
            raise self.rulebook.explain(outcome, signoff)
        return outcome

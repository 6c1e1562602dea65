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
from bot.domain.dossier import EMPTY, Dossier
from bot.domain.effects import ShowCard
from bot.domain.errors import Refusal
from bot.domain.events import Reported, Shipped, Withdrawn
from bot.domain.facts import NEVER_DRAWN
from bot.domain.provenance import Statement
from bot.domain.signoff import Delegation, Report, Review, SetAside, Shipment, Signoff, Verdict
from bot.engine.bell import Bell
from bot.engine.circumstances import Circumstances
from bot.engine.clicks import Click, Clicks
from bot.engine.inviting import Inviting
from bot.engine.keeping import Keeper
from bot.engine.opening import Opener, Opening, Renewal
from bot.engine.rulebook import Rulebook
from bot.engine.showing import Showing
from bot.ports import Closed, Landing, Sighting
from storage import dossiers, outbox, reading
from storage.store import Session, Store

log = logging.getLogger(__name__)


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
    fallback_channel: str = ""
    keep_older: frozenset[str] = field(default_factory=frozenset)
    new_draw: Callable[[], int] = _draw
    stuck: set[str] = field(default_factory=set)

    async def open(self, change: Change) -> Opening:
        """Start a signoff; a change told twice is the one already open. Raises KeyReused."""
        dossier = await self._dossier(change)
        event = await self._opener.judge(change, dossier)
        keep_older = change.connection in self.keep_older
        opening = await self.store.write(
            lambda session: self._opener.open(session, event, dossier, keep_older=keep_older)
        )
        if opening.new:
            with logs.bind(opening.signoff.id):
                log.info("opened for %s, %s", change.key, opening.signoff.status)
            self.bell.ring(opening.signoff.id, *opening.superseded)
        return opening

    async def see(self, sighting: Sighting) -> None:
        """Remember what a revision shows, and let what waits for its change know of it."""
        change = sighting.change
        event = await self._opener.judge(change, await self._dossier(change))
        touched = await self.store.write(lambda session: self._opener.see(session, event))
        self.bell.ring(*touched)

    async def renew(self, expired: Signoff, by: str = "") -> Signoff:
        """Ask again for what expired; `by` is the person who wants it, empty for the pipeline.

        The new signoff. Raises the Refusal that says why not.
        """
        renewal = Renewal(of=expired.id, new_id=self.new_id(), by=by, at=self.clock())
        keep_older = expired.change.connection in self.keep_older
        outcome = await self.store.write(
            lambda session: self._opener.renew(session, renewal, keep_older=keep_older)
        )
        if isinstance(outcome, Refusal):
            raise outcome
        with logs.bind(outcome.id):
            log.info("asks again for %s", expired.id)
        self.bell.ring(expired.id, outcome.id)
        return outcome

    async def shipped(self, landing: Landing) -> None:
        """The pipeline told what came of a change that was let go on; of others nothing is kept."""
        shipment = Shipment(at=self.clock(), succeeded=landing.succeeded, detail=landing.detail)
        known = await self.store.write(lambda session: self._shipped(session, landing, shipment))
        if known:
            self.bell.ring(known)

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

    async def take_back(self, click: Click) -> Signoff:
        """What this person said of it, while it waits."""
        at = self.clock()
        return await self._settle(lambda s: self._clicks.take_back(s, click, at), click)

    async def claim(self, click: Click) -> Signoff:
        """This person is looking at it, for a while; again: for longer."""
        at = self.clock()
        return await self._settle(lambda s: self._clicks.claim(s, click, at), click)

    async def release(self, click: Click) -> Signoff:
        """This person is not looking at it any more."""
        at = self.clock()
        return await self._settle(lambda s: self._clicks.release(s, click, at), click)

    async def delegate(self, click: Click, to: str, reason: str) -> Signoff:
        """Have somebody else asked who may review it."""
        passed = Delegation(by=click.person, to=to, at=self.clock(), reason=reason)
        return await self._settle(lambda s: self._clicks.delegate(s, click, passed), click)

    async def inquire(self, click: Click, question: str) -> Signoff:
        """Ask those who made the change something."""
        at = self.clock()
        return await self._settle(lambda s: self._clicks.inquire(s, click, question, at), click)

    async def answer(self, click: Click, number: int, answer: str) -> Signoff:
        """One who made the change answers such a question."""
        at = self.clock()
        return await self._settle(
            lambda s: self._clicks.answer(s, click, number, answer, at), click
        )

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
        """After a start: what another policy judged is judged anew, and hangs where it should now."""
        now = self.clock()
        for signoff_id in await self.store.read(reading.pending_ids):
            await self._catch_up_alone(signoff_id, now, anew=True)
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
    def showing(self) -> Showing:
        return Showing(self.rulebook.roster, self.fallback_channel)

    @property
    def _keeper(self) -> Keeper:
        return Keeper(rulebook=self.rulebook, inviting=self.inviting, showing=self.showing)

    @property
    def _clicks(self) -> Clicks:
        return Clicks(keeper=self._keeper, rulebook=self.rulebook)

    @property
    def _opener(self) -> Opener:
        return Opener(
            keeper=self._keeper,
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

    async def _catch_up_alone(self, signoff_id: str, now: datetime, *, anew: bool = False) -> None:
        try:
            await self.store.write(partial(self._pass, signoff_id=signoff_id, now=now, anew=anew))
        except Closed:
            raise
        except Exception:  # one that cannot be read must not stop the clock of all others
            log.exception("cannot apply time and policy to %s", signoff_id)
            self.stuck.add(signoff_id)
        self.bell.ring(signoff_id)

    def _pass(self, session: Session, signoff_id: str, now: datetime, *, anew: bool) -> None:
        keeper = self._keeper
        signoff = keeper.catch_up(session, keeper.load(session, signoff_id), now)
        if anew:
            keeper.showing.follow(session, signoff, (ShowCard(),), now)

    def _shipped(self, session: Session, landing: Landing, shipment: Shipment) -> str:
        signoff = reading.by_key(session, landing.connection, landing.key)
        if signoff is None or _is_known(shipment, signoff):
            return ""
        if not signoff.status.proceed:
            log.error("%s was shipped, though it is %s", signoff.id, signoff.status)
            return ""
        self._keeper.record(session, signoff, Shipped(shipment=shipment))
        return signoff.id

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
            raise self.rulebook.explain(outcome, signoff, click.person)
        return outcome


def _is_known(shipment: Shipment, signoff: Signoff) -> bool:
    """Pipelines tell us more than once."""
    known = signoff.shipment
    told = (shipment.succeeded, shipment.detail)
    return known is not None and (known.succeeded, known.detail) == told

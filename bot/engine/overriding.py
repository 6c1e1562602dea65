"""What lets a change go on in an emergency, and who says afterwards that it was fine?

Each method is a unit of work, within the transaction of its session, like those of a click.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot import logs
from bot.domain.errors import Outdated, Refusal, StaleRevision
from bot.domain.events import Event, OverrideReviewed
from bot.domain.override import OverrideReview, OverrideRules, OverrideWanted
from bot.domain.override_attempt import Attempt
from bot.domain.proving import BY_COMMAND, Shown
from bot.domain.signoff import Signoff
from bot.engine.clicks import Click, Clicks, Proof
from bot.engine.stepping_up import use
from bot.engine.vouching import Vouching
from storage import moment, overrides
from storage.store import Session

log = logging.getLogger(__name__)

TYPED = Proof(how=BY_COMMAND)
"""A command of the chat proves a session there, and nothing more."""


def tell_of_override(signoff: Signoff) -> Signoff:
    """In the log as well, where those who watch over it look."""
    it, asked = signoff.override, signoff.override_asked
    with logs.bind(signoff.id):
        if it:
            log.warning("overridden by %s for %s until %s", it.by, it.incident, it.until)
        elif asked:
            log.warning("%s asks to override it for %s", asked.by, asked.incident)
    return signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Overriding:
    """A Refusal is returned, not raised, as by `Clicks`. Whoever asks twice by one click asks once."""

    clicks: Clicks

    @property
    def rules(self) -> OverrideRules:
        return self.clicks.rulebook.overrides

    def ask(
        self, session: Session, click: Click, incident: str, reason: str, proof: Proof
    ) -> Signoff | Refusal:
        """It goes on at once; or, where it takes two, once somebody else has confirmed it."""
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            return self._attempt(session, click, at, proof).ask(signoff, incident, reason)

        return self._once(session, click, at, happening)

    def confirm(
        self, session: Session, click: Click, wanted: OverrideWanted | None, proof: Proof
    ) -> Signoff | Refusal:
        """Somebody else has asked for it: for exactly this, if it is known what they read."""
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            return self._attempt(session, click, at, proof).confirm(signoff, wanted)

        return self._once(session, click, at, happening)

    def review(self, session: Session, click: Click, note: str, *, fine: bool) -> Signoff | Refusal:
        """Somebody who had no part in it says whether it was fine."""
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            said = OverrideReview(by=click.person, fine=fine, note=note, at=at)
            standing = self.clicks.standing(click.person)
            return OverrideReviewed(review=said, standing=standing, rules=self.rules)

        return self._once(session, click, at, happening)

    def _once(
        self,
        session: Session,
        click: Click,
        at: datetime,
        happening: Callable[[Signoff], Event],
    ) -> Signoff | Refusal:
        """What is over is not caught up with, and who may is read from our rulebook all the same."""

        def current(signoff: Signoff) -> Event:
            if not self.clicks.keeper.is_current(session):
                raise Outdated
            if click.revision != signoff.change.revision:
                raise StaleRevision
            return happening(signoff)

        return self.clicks.once(session, click, at, current)

    def _attempt(self, session: Session, click: Click, at: datetime, proof: Proof) -> Attempt:
        late = overrides.overdue(session, at)
        return Attempt(
            person=click.person,
            at=at,
            nth=overrides.this_month(session, at) + 1,
            late=late.id if late else "",
            rules=self.rules,
            show=partial(_used, session, proof, self.clicks.vouching),
            standings=self.clicks.rulebook.standings,
        )


def _used(session: Session, proof: Proof, vouching: Vouching) -> Shown:
    """How they showed that it is they. Raises KeyRefused for a key that is theirs no more."""
    if proof.used and (refusal := use(session, proof.used, vouching)):
        raise refusal
    return Shown(how=proof.how, assertion=proof.assertion)

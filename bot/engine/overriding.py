"""What lets a change go on in an emergency, and who says afterwards that it was fine?

Each method is a unit of work, within the transaction of its session, like those of a click.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import logs
from bot.domain.errors import NoOverrideAsked, Outdated, OverrideUnreviewed, Refusal
from bot.domain.events import Event, Overridden, OverrideAsked, OverrideReviewed
from bot.domain.override import OverrideReview, OverrideRules
from bot.domain.overriding import override_of, wanted_of
from bot.domain.signoff import Signoff
from bot.engine.clicks import Click, Clicks
from storage import moment, overrides
from storage.store import Session

log = logging.getLogger(__name__)


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

    def ask(self, session: Session, click: Click, incident: str, reason: str) -> Signoff | Refusal:
        """It goes on at once; or, where it takes two, once somebody else has confirmed it."""
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            self._check_none_is_overdue(session, at)
            standing = self.clicks.standing(click.person)
            if self.rules.second:
                wanted = wanted_of(click.person, reason, incident, at)
                return OverrideAsked(wanted=wanted, standing=standing, rules=self.rules)
            override = override_of(click.person, reason, incident, self.rules, at)
            return Overridden(override=override, standings=(standing,), rules=self.rules)

        return self._once(session, click, at, happening)

    def confirm(self, session: Session, click: Click) -> Signoff | Refusal:
        """Somebody else has asked for it."""
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            self._check_none_is_overdue(session, at)
            asked = signoff.override_asked
            if asked is None:
                raise NoOverrideAsked
            override = override_of(
                asked.by, asked.reason, asked.incident, self.rules, at, second=click.person
            )
            standings = self.clicks.rulebook.standings((asked.by, click.person))
            return Overridden(override=override, standings=standings, rules=self.rules)

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
            return happening(signoff)

        return self.clicks.once(session, click, at, current)

    def _check_none_is_overdue(self, session: Session, at: datetime) -> None:
        """What was done in an emergency is looked at before the next one."""
        if late := overrides.overdue(session, at):
            raise OverrideUnreviewed(signoff=late.id)

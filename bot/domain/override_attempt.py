"""What comes of asking to override, or of confirming it? The engine does it; our page tries it first.

In one order for both: what is late comes first, and nobody touches their key for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.errors import NoOverrideAsked, OverrideUnreviewed, UnknownPerson
from bot.domain.events import Overridden, OverrideAsked
from bot.domain.override import OverrideRules, OverrideWanted
from bot.domain.overriding import override_of, takes_two, wanted_of
from bot.domain.people import Standing
from bot.domain.proving import Shown
from bot.domain.signoff import Signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """By this person, as the `nth` of the month. What is `late` should have been reviewed by now;
    `show` is how they show that it is they, and is not asked before that may help.
    """

    person: str
    at: datetime
    nth: int
    late: str
    rules: OverrideRules
    show: Callable[[], Shown]
    standings: Callable[[Iterable[str]], tuple[Standing, ...]]

    def ask(self, signoff: Signoff, incident: str, reason: str) -> OverrideAsked | Overridden:
        """It goes on at once; or, where it takes two, waits for somebody else. Raises a Refusal."""
        self._check_none_is_late()
        standing = next(iter(self.standings((self.person,))), None)
        if standing is None:
            raise UnknownPerson
        wanted = wanted_of(self.person, reason, incident, self.at, self.show(), self.nth)
        if takes_two(self.rules, self.nth, signoff):
            return OverrideAsked(wanted=wanted, standing=standing, rules=self.rules)
        override = override_of(wanted, self.rules)
        return Overridden(override=override, standings=(standing,), rules=self.rules)

    def confirm(self, signoff: Signoff, wanted: OverrideWanted | None = None) -> Overridden:
        """What somebody else asked, and exactly this if it is known. Raises a Refusal."""
        self._check_none_is_late()
        asked = signoff.override_asked
        if asked is None or wanted not in (None, asked):
            raise NoOverrideAsked
        begins = override_of(replace(asked, at=self.at, nth=self.nth), self.rules)
        override = replace(begins, second=self.person, second_shown=self.show())
        standings = self.standings((asked.by, self.person))
        return Overridden(override=override, standings=standings, rules=self.rules)

    def _check_none_is_late(self) -> None:
        """What was done in an emergency is looked at before the next one."""
        if self.late:
            raise OverrideUnreviewed(signoff=self.late)

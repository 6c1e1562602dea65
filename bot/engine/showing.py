"""What should hang where, who is to be reminded, and whose page is not true any more?

Told within the transaction that changed a signoff, so that nothing of it can be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.effects import Effect, Remind, ShowCard
from bot.domain.notes import makers
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.overriding import may_override
from bot.domain.people import Roster
from bot.domain.quiet import quiet_until
from bot.domain.quorum import is_current
from bot.domain.risk.reasons import RiskTier
from bot.domain.signoff import Signoff, Status
from bot.ports import Surface
from storage import listings, nudges, preferences, surfaces
from storage.store import Session
from storage.surfaces import CARD, Want

QUESTION, INQUIRY, ANSWER, BYPASS = "question", "inquiry", "answer", "bypass"
"""Sorts of surfaces beside the card; some with a number."""

OVERRIDE, OVERRIDE_WANTED, OVERDUE = "override", "override_wanted", "override_overdue"
EMERGENCIES = (OVERRIDE, OVERRIDE_WANTED, OVERDUE)
"""Messages about an override: each stands by itself, for in a thread it could be overlooked."""

OVERDUE_AT_MOST = 14
"""So many days in a row it is said that a review is overdue."""

AUTHOR_HEARS = (Status.REJECTED, Status.EXPIRED)
"""Ends after which something is left to do for whoever made it."""

URGENT, OVER = RiskTier.CRITICAL.rank, RiskTier.CRITICAL.rank + 1
"""What is urgent, from there on; and how urgent it is to say that something is decided."""


@dataclass(frozen=True, slots=True)
class Showing:
    """`fallback` is the channel for what has no other, or whose own cannot be reached; `overrides`
    say who hears of those.
    """

    roster: Roster
    fallback: str = ""
    overrides: OverrideRules = NOBODY_MAY

    def follow(
        self, session: Session, signoff: Signoff, effects: Iterable[Effect], at: datetime
    ) -> None:
        for effect in effects:
            match effect:
                case ShowCard():
                    self._show(session, signoff, at)
                case Remind():
                    people = self._to_remind(signoff)
                    nudges.add(session, signoff.id, people, at, urgent=_is_critical(signoff))
                case _:
                    pass

    def wants(self, session: Session, signoff: Signoff, at: datetime) -> list[Want]:
        """Direct messages are only begun while there is something to decide; but who made it hears
        of an end that leaves something to them.
        """
        if signoff.status is Status.NOT_REQUIRED:
            return []
        channels = self.channels(signoff)
        wanted = [(CARD, place) for place in channels]
        if not signoff.status.is_final:
            wanted += [(CARD, place) for place in self._people(signoff.asked)]
        if signoff.status in AUTHOR_HEARS:
            wanted += [(CARD, Surface(user=it.slack)) for it in makers(signoff, self.roster)]
        wanted += self._questions(signoff, channels)
        if signoff.bypassed:
            wanted += [(BYPASS, place) for place in channels]
        wanted += self._emergencies(signoff, channels)
        urgency, due = urgency_of(signoff), signoff.expires_at
        return [
            Want(
                sort=sort,
                at=place,
                urgency=urgency,
                due_at=due,
                not_before=None
                if sort.partition(" ")[0] in EMERGENCIES
                else self._not_before(session, signoff, place, at),
            )
            for sort, place in dict.fromkeys(wanted)
        ]

    def channels(self, signoff: Signoff) -> list[Surface]:
        groups = self.roster.groups
        own = [groups[name].channel for name in signoff.groups if name in groups]
        channels = [channel for channel in own if channel]
        others = [self.fallback, *(group.channel for group in groups.values())]
        fallback = [channel for channel in others if channel][:1]
        return [Surface(channel=channel) for channel in dict.fromkeys(channels or fallback)]

    def _show(self, session: Session, signoff: Signoff, at: datetime) -> None:
        surfaces.want(session, signoff.id, self.wants(session, signoff, at), at)
        for listing_id in listings.about(session, signoff.id):
            surfaces.mark(session, listing_id, at)
        people = (self.roster.people[id] for id in self._concerned(signoff))
        surfaces.mark_homes(session, [person.slack for person in people if person.slack], at)
        if signoff.status.is_final:
            nudges.forget(session, signoff.id)

    def _questions(
        self, signoff: Signoff, channels: Sequence[Surface]
    ) -> Iterator[tuple[str, Surface]]:
        """In each channel's thread, and to whom they are for; answers to whoever asked."""
        authors = [Surface(user=person.slack) for person in makers(signoff, self.roster)]
        if signoff.author_asked:
            yield from ((QUESTION, place) for place in (*channels, *authors))
        for inquiry in signoff.inquiries:
            yield from ((f"{INQUIRY} {inquiry.number}", p) for p in (*channels, *authors))
            if inquiry.answered_at is not None:
                told = (*channels, *self._people([inquiry.by]))
                yield from ((f"{ANSWER} {inquiry.number}", place) for place in told)

    def _emergencies(
        self, signoff: Signoff, channels: Sequence[Surface]
    ) -> Iterator[tuple[str, Surface]]:
        """An override is never silent: the security channel, the owners' and all whom it concerns
        hear of it at once, at any hour.
        """
        asked, override = signoff.override_asked, signoff.override
        if asked is None and override is None:
            return
        told = self.overrides.channel
        places = dict.fromkeys((*([Surface(channel=told)] if told else []), *channels))
        if asked:
            who = (*places, *self._people(self._may_override(signoff)))
            yield from ((f"{OVERRIDE_WANTED} {number_of(asked.at)}", place) for place in who)
        if override is None:
            return
        if told:
            yield CARD, Surface(channel=told)
        makers_of = [Surface(user=it.slack) for it in makers(signoff, self.roster)]
        everybody = (*places, *self._people(self._owners(signoff)), *makers_of)
        yield from ((OVERRIDE, place) for place in dict.fromkeys(everybody))
        for day in range(1, min(override.reminded, OVERDUE_AT_MOST) + 1):
            yield from ((f"{OVERDUE} {day}", place) for place in places)

    def _owners(self, signoff: Signoff) -> list[str]:
        """Members of the groups that answer for it, and whoever was asked."""
        groups = (self.roster.groups[id] for id in signoff.groups if id in self.roster.groups)
        members = (member for group in groups for member in group.members)
        return list(dict.fromkeys((*members, *signoff.asked)))

    def _may_override(self, signoff: Signoff) -> list[str]:
        """Who could confirm what was asked."""
        asked, had_part = signoff.override_asked, signoff.contributors.people
        without = {*had_part, *([asked.by] if asked else [])}
        return [
            person
            for person in self.roster.people
            if person not in without and may_override(self.roster.standing(person), self.overrides)
        ]

    def _not_before(
        self, session: Session, signoff: Signoff, place: Surface, at: datetime
    ) -> datetime | None:
        """A card for a person who wants their peace waits, unless it is critical."""
        person = self.roster.by_slack(place.user) if place.user else None
        if person is None or _is_critical(signoff):
            return None
        return quiet_until(preferences.of(session, person.id).quiet, person.timezone, at)

    def _people(self, ids: Iterable[str]) -> list[Surface]:
        known = (self.roster.people[id] for id in ids if id in self.roster.people)
        return [Surface(user=person.slack) for person in known if person.slack]

    def _to_remind(self, signoff: Signoff) -> list[str]:
        """Who was asked and has not answered; while somebody is on it, nobody else."""
        answered = {it.person for it in signoff.reviews if is_current(signoff, it)}
        if signoff.claim and not signoff.escalated:
            return [signoff.claim.person]
        return [person for person in signoff.asked if person not in answered]

    def _concerned(self, signoff: Signoff) -> set[str]:
        groups = (self.roster.groups[id] for id in signoff.groups if id in self.roster.groups)
        members = {member for group in groups for member in group.members}
        reviewers = {review.person for review in signoff.reviews}
        named = {person for ask in signoff.requirement.asks for person in ask.people}
        passed_on = {it.by for it in signoff.delegations}
        parts = signoff.contributors.people
        emergency = self._may_override(signoff) if signoff.override else ()
        people = {*members, *named, *reviewers, *passed_on, *signoff.asked, *parts, *emergency}
        return people & self.roster.people.keys()


def urgency_of(signoff: Signoff) -> int:
    """From 0 for low risk to 3 for critical; above all a card whose buttons do nothing any more."""
    if signoff.status.is_final or signoff.settling:
        return OVER
    return signoff.risk.tier.rank if signoff.risk else RiskTier.NORMAL.rank


def number_of(at: datetime) -> int:
    """Each time somebody asks is another."""
    return int(at.timestamp())


def _is_critical(signoff: Signoff) -> bool:
    return signoff.risk is not None and signoff.risk.tier is RiskTier.CRITICAL

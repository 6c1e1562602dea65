"""What does `/signoff` change? Claiming, passing on, and being away; told to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.slack.commands.answer import Answer, Sort, lines_of, sentence
from bot.chat.slack.commands.finding import Finder
from bot.chat.slack.commands.help import usage
from bot.chat.slack.commands.leave import plan_of
from bot.chat.slack.commands.words import MENTION, Wish, name_in, readable
from bot.chat.slack.desk import Desk
from bot.chat.slack.home.away import absence_of, go, whereabouts
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import rich_text, section, spoken
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Moment, Ours, Span, harmless
from bot.engine.clicks import Click
from bot.engine.personal import Away
from bot.engine.rulebook import one_of

REASON_AT_MOST = 1000

NO_STRANGERS = "They are not in Countersign's roster, so they cannot be asked."
NO_MEMBER = "They are no full member of this workspace any more, so they cannot be asked."
BACK = "You are back, and asked as usual."


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What `delegate` was given: which signoff, to whom (a Slack id or, after an @, one of the
    roster), and why."""

    name: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    desk: Desk

    async def done(self, clicker: Clicker, wish: Wish, trigger: str) -> Answer:
        """Raises the Refusal that says why not. The same `trigger` twice is one deed."""
        person = await self.desk.person(clicker)
        match wish.verb:
            case "claim":
                return await self._claim(person, wish.rest, trigger)
            case "delegate":
                return await self._delegate(person, wish.rest, trigger)
            case _:
                return await self._away(clicker, person, wish.rest)

    async def _claim(self, person: Person, words: str, trigger: str) -> Answer:
        found = await self._finder.one("claim", words)
        if isinstance(found, Answer):
            return found
        after = await self.desk.signoffs.claim(click_on(found, person, trigger))
        held = after.claim
        if held is None or held.person != person.id:
            return self._told("You are not on it any more.", after)
        return self._told("You are on it until ", after, Moment(held.until), Ours("."))

    async def _delegate(self, person: Person, words: str, trigger: str) -> Answer:
        passing = passing_in(words)
        if isinstance(passing, str):
            return sentence(usage("delegate", passing))
        found = await self._finder.one("delegate", passing.name)
        if isinstance(found, Answer):
            return found
        to = _meant(passing.to, self.desk.roster)
        if to is None:
            return sentence(self._instead(NO_STRANGERS, found, person))
        if not await self.desk.people.is_member(to.slack):
            return sentence(self._instead(NO_MEMBER, found, person))
        return await self._pass_on(click_on(found, person, trigger), found, to, passing.reason)

    async def _pass_on(self, click: Click, signoff: Signoff, to: Person, reason: str) -> Answer:
        after = await self.desk.signoffs.delegate(click, to.id, reason)
        return self._told(f"{to.name} is asked in your place. You may still decide.", after)

    async def _away(self, clicker: Clicker, person: Person, words: str) -> Answer:
        now, roster = self.desk.clock(), self.desk.roster
        plan = plan_of(words, person, now)
        if isinstance(plan, str):
            return sentence(usage("away", plan))
        if plan.back:
            await go(self.desk, clicker, person, None)
            return sentence(BACK, Sort.OWN)
        deputy = _meant(plan.deputy, roster) if plan.deputy else None
        named = deputy.slack if deputy else plan.deputy
        said = absence_of(plan.day, named, person, roster, now)
        if isinstance(said, Mapping):
            return sentence(usage("away", " ".join(said.values())))
        await go(self.desk, clicker, person, said)
        return _gone(said, roster)

    @property
    def _finder(self) -> Finder:
        return Finder(desk=self.desk)

    def _told(self, lead: str, signoff: Signoff, *rest: Span) -> Answer:
        (line,) = lines_of([signoff], self.desk.roster)
        said = rich_text("done", section(*spoken([Ours(lead), *rest])))
        return Answer(
            sort=Sort.OWN,
            lead=lead.strip(),
            blocks=[said, rich_text("about", section(*spoken(line)))],
        )

    def _instead(self, why_not: str, signoff: Signoff, person: Person) -> str:
        """With whom this person could ask."""
        left = self.desk.rulebook.who_is_left(signoff, person.id)
        return f"{why_not} {one_of([it.name for it in left]) or 'Nobody else'} can be asked."


def passing_in(words: str) -> Passing | str:
    """What was given, or what is missing."""
    found = MENTION.search(words)
    if found is None:
        return _by_roster(words)
    before, after = words[: found.start()], words[found.end() :]
    if not name_in(before):
        name, _, after = after.strip().partition(" ")
        before = name
    return _whole(before, found[1], after)


def _by_roster(words: str) -> Passing | str:
    """A name after an @ that Slack did not know; the roster may."""
    parts = words.split()
    at = next((i for i, part in enumerate(parts) if part.startswith("@") and len(part) > 1), None)
    if at is None:
        return "To whom? Say the sign-off, then the person, then why."
    return _whole(" ".join(parts[:at]), parts[at], " ".join(parts[at + 1 :]))


def _whole(name: str, to: str, reason: str) -> Passing | str:
    said = readable(reason)[:REASON_AT_MOST]
    if not name_in(name):
        return "Which sign-off? Say its ID or its key."
    if not harmless(said, REASON_AT_MOST):
        return "Say why in a few words: they read it, and so do the others."
    return Passing(name=name.strip(), to=to, reason=said)


def _meant(to: str, roster: Roster) -> Person | None:
    """A Slack id, or an id of the roster after an @; no name, which several may have."""
    named = roster.people.get(to.removeprefix("@")) if to.startswith("@") else None
    found = named or roster.by_slack(to)
    return found if found and found.slack else None


def _gone(away: Away, roster: Roster) -> Answer:
    said = [*whereabouts(away, roster), Ours(" /signoff away back ends it.")]
    return Answer(
        sort=Sort.OWN, lead="You are away.", blocks=[rich_text("away", section(*spoken(said)))]
    )


def click_on(signoff: Signoff, person: Person, trigger: str) -> Click:
    """On the signoff as it stands: whoever names it looked at no card."""
    return Click(
        id=f"/signoff {trigger}",
        signoff_id=signoff.id,
        person=person.id,
        revision=signoff.change.revision,
        policy_digest=signoff.requirement.policy_digest,
    )

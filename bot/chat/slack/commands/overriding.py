"""What does `/signoff override` do? In an emergency a change goes on, and everybody concerned hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.slack.commands.answer import Answer, Sort, lines_of, sentence
from bot.chat.slack.commands.deeds import REASON_AT_MOST, click_on
from bot.chat.slack.commands.finding import Finder
from bot.chat.slack.commands.help import usage
from bot.chat.slack.commands.words import readable
from bot.chat.slack.desk import Desk
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import rich_text, section, spoken
from bot.domain.emergency import STRANGER, ordinal, override_page
from bot.domain.errors import AskerLeft, NoOverrideAsked, OverrideByKey
from bot.domain.override import NOBODY_MAY
from bot.domain.overriding import has_stranger, is_incident, takes_two
from bot.domain.people import Person
from bot.domain.signoff import Signoff
from bot.domain.spans import Link, Moment, Ours, Span, harmless

CONFIRM, REVIEW = "confirm", "review"
FINE = {"fine": True, "ok": True, "wrong": False, "bad": False}

PAGE = "Override at Countersign…"
NOT_HERE = "Nobody may override here: countersign.yaml has no `override`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Overriding:
    desk: Desk

    async def done(self, clicker: Clicker, words: str, trigger: str) -> Answer:
        """Raises the Refusal that says why not. The same `trigger` twice is one deed."""
        person = await self.desk.person(clicker)
        if self.desk.rulebook.overrides == NOBODY_MAY:
            return sentence(NOT_HERE)
        first, rest = _split(words)
        match first.casefold():
            case "confirm":
                return await self._confirm(person, rest, trigger)
            case "review":
                return await self._review(person, rest, trigger)
            case _:
                return await self._ask(person, first, rest, trigger)

    async def _ask(self, person: Person, name: str, rest: str, trigger: str) -> Answer:
        incident, reason = _split(rest)
        elsewhere = name and self.desk.rulebook.overrides.step_up
        missing = "" if elsewhere else _missing(name, incident, reason)
        if missing:
            return sentence(usage("override", missing))
        found = await self._finder.by_id("override", name)
        if isinstance(found, Answer):
            return found
        said = readable(reason)[:REASON_AT_MOST]
        click = click_on(found, person, trigger)
        try:
            after = await self.desk.signoffs.override(click, readable(incident), said)
        except OverrideByKey as refusal:
            return self._elsewhere(found, refusal)
        asked = after.override_asked
        if after.override is None and asked:
            lead = "Not yet: somebody else who may has to confirm it by "
            how = f", with /signoff override confirm {after.id}. They were told."
            enough = self._why_two(after, asked.nth)
            return self._told(lead, after, Moment(asked.until), Ours(how + enough))
        return self._overridden(after)

    async def _confirm(self, person: Person, name: str, trigger: str) -> Answer:
        found = await self._finder.by_id("override", name)
        if isinstance(found, Answer):
            return found
        if found.override_asked is None:
            raise NoOverrideAsked
        asker = self.desk.roster.people.get(found.override_asked.by)
        if asker is None or not await self.desk.people.is_member(asker.slack):
            raise AskerLeft
        click = click_on(found, person, trigger)
        try:
            after = await self.desk.signoffs.confirm_override(click, found.override_asked)
        except OverrideByKey as refusal:
            return self._elsewhere(found, refusal)
        return self._overridden(after)

    async def _review(self, person: Person, words: str, trigger: str) -> Answer:
        name, rest = _split(words)
        word, note = _split(rest)
        fine = FINE.get(word.casefold().strip(".,;:"))
        if fine is None:
            return sentence(usage("override", "Was it fine, or wrong? Say the sign-off, then one of the two, then why."))  # fmt: skip
        found = await self._finder.by_id("override", name)
        if isinstance(found, Answer):
            return found
        said = readable(note)[:REASON_AT_MOST]
        click = click_on(found, person, trigger)
        after = await self.desk.signoffs.review_override(click, said, fine=fine)
        verdict = "fine" if fine else "wrong"
        return self._told(f"You reviewed this override: it was {verdict}.", after)

    def _elsewhere(self, found: Signoff, refusal: OverrideByKey) -> Answer:
        """Their key signs it on our page, and there it is done."""
        link = Link(text=PAGE, url=override_page(self.desk.board.public_url, found.id))
        return self._told(f"{refusal.sentence} Do it here: ", found, link)

    def _why_two(self, signoff: Signoff, nth: int) -> str:
        rules = self.desk.rulebook.overrides
        if rules.second or not takes_two(rules, nth, signoff):
            return ""
        if has_stranger(signoff):
            return f" {STRANGER}"
        return f" It would be the {ordinal(nth)} of this month, and after {rules.per_month} it takes two."

    @property
    def _finder(self) -> Finder:
        return Finder(desk=self.desk)

    def _overridden(self, after: Signoff) -> Answer:
        it = after.override
        if it is None:
            return self._told("It is not overridden any more.", after)
        until = (Moment(it.until), Ours(". Somebody else has to review it by "))
        rest = (*until, Moment(it.review_by), Ours("; everybody concerned was told."))
        return self._told("Overridden: it may go on until ", after, *rest)

    def _told(self, lead: str, signoff: Signoff, *rest: Span) -> Answer:
        (line,) = lines_of([signoff], self.desk.roster)
        said = rich_text("done", section(*spoken([Ours(lead), *rest])))
        about = rich_text("about", section(*spoken(line)))
        return Answer(sort=Sort.OWN, lead=lead.strip(), blocks=[said, about])


def _missing(name: str, incident: str, reason: str) -> str:
    """What is missing, in words; empty: nothing."""
    if not name:
        return "Which sign-off? Say its ID, then the incident, then why."
    if not is_incident(readable(incident)):
        return "For which incident? Its name comes after the sign-off, as in INC-4711."
    if not harmless(readable(reason), REASON_AT_MOST):
        return "Say why in a few words, after the incident: everybody concerned reads it."
    return ""


def _split(words: str) -> tuple[str, str]:
    parts = words.split(None, 1)
    return (parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else "")

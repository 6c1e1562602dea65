"""What does `/signoff incident` do? Somebody says which sign-off an incident is of, or that it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.chat.slack.commands.answer import Answer, Sort, sentence
from bot.chat.slack.commands.finding import Finder
from bot.chat.slack.commands.help import usage
from bot.chat.slack.commands.words import name_in, readable
from bot.chat.slack.desk import Desk
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import bullets, rich_text, section, spoken
from bot.domain.outcomes import LONGEST_KEY, LONGEST_TITLE, MOST_NAMED, PEOPLE
from bot.domain.people import Person
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless
from bot.domain.telling_incidents import about, linked
from bot.engine.incidents import Known, Telling
from bot.engine.outcomes import Outcomes, beside

NOT, OVER = "not", frozenset({"over", "resolved", "closed"})
SHOWN = 10

_KEY = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._#-]{{0,{LONGEST_KEY - 1}}}")
_ID = re.compile(r"sgn_[a-z0-9]{1,40}", re.IGNORECASE)
_SHORT = re.compile(r"(?=[a-z2-7]*[2-7])[a-z2-7]{4,16}")
"""The beginning of an id without its prefix; a word that looks so, and is none, is one of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Sign-offs by id, and the words after them."""

    signoffs: tuple[Signoff, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    desk: Desk

    async def done(self, clicker: Clicker, words: str) -> Answer:
        """Raises the Refusal that says why not."""
        person = await self.desk.person(clicker)
        first, _, rest = words.strip().partition(" ")
        key = name_in(first)
        if not _KEY.fullmatch(key):
            return sentence(usage("incident", "Which incident? Say its name, as in INC-4711."))
        known, parts = await self._outcomes.find(key), rest.split()
        if len(parts) == 1 and parts[0].casefold() in OVER:
            return await self._over(known, key, person)
        if len(parts) == 2 and parts[0].casefold() == NOT:
            return await self._strike(known, key, parts[1], person)
        if not parts and known:
            return self._told(known)
        said = await self._understood(parts)
        return said if isinstance(said, Answer) else await self._say(known, key, said, person)

    async def _say(self, known: Known | None, key: str, said: Said, person: Person) -> Answer:
        ids = tuple(it.id for it in said.signoffs)
        if known:
            if not ids:
                return self._told(known)
            return self._told(await self._outcomes.say(known.incident.id, ids, person.id))
        if not harmless(said.text, LONGEST_TITLE):
            missing = "What happened? Nobody told of this incident yet: say it in a few words."
            return sentence(usage("incident", missing))
        places = [it.change for it in said.signoffs]
        telling = Telling(
            source=PEOPLE,
            key=key,
            title=harmless(said.text, LONGEST_TITLE),
            by=person.id,
            environment=places[0].environment if places else "",
            repositories=tuple(dict.fromkeys(it.repository for it in places)),
            signoffs=ids,
        )
        return self._told(await self._outcomes.open(telling))

    async def _over(self, known: Known | None, key: str, person: Person) -> Answer:
        if known is None:
            return _unknown(key)
        return self._told(await self._outcomes.resolve(known.incident.id, person.id))

    async def _strike(self, known: Known | None, key: str, name: str, person: Person) -> Answer:
        if known is None:
            return _unknown(key)
        found = await self._finder.by_id("incident", name)
        if isinstance(found, Answer):
            return found
        return self._told(await self._outcomes.strike(known.incident.id, found.id, person.id))

    async def _understood(self, parts: list[str]) -> Said | Answer:
        """Ids come first; what looks like one without its prefix may be a word."""
        found: list[Signoff] = []
        for at, part in enumerate(parts):
            name = name_in(part)
            surely = bool(_ID.fullmatch(name))
            if len(found) == MOST_NAMED or not (surely or _SHORT.fullmatch(name.casefold())):
                return Said(signoffs=tuple(found), text=readable(" ".join(parts[at:])))
            one = await self._finder.by_id("incident", name)
            if isinstance(one, Answer):
                if surely:
                    return one
                return Said(signoffs=tuple(found), text=readable(" ".join(parts[at:])))
            found.append(one)
        return Said(signoffs=tuple(found), text="")

    def _told(self, known: Known) -> Answer:
        roster = self.desk.roster
        lines = [spoken(linked(it, roster)) for it in known.links[:SHOWN]]
        lead = harmless(f"{known.incident.key}: {known.incident.title}", 300)
        parts = [section(*spoken(about(known.incident)))]
        if lines:
            parts.append(bullets(lines))
        return Answer(sort=Sort.FACTS, lead=lead, blocks=[rich_text("incident", *parts)])

    @property
    def _outcomes(self) -> Outcomes:
        return beside(self.desk.signoffs)

    @property
    def _finder(self) -> Finder:
        return Finder(desk=self.desk)


def _unknown(key: str) -> Answer:
    return sentence(f"There is no incident {harmless(key, LONGEST_KEY)}.")

"""How does somebody override on our own page, at night, and while the chat is down?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from bot.domain.card import card_of
from bot.domain.emergency import STRANGER, ordinal
from bot.domain.errors import KeyRefused, NoOverrideAsked, UnknownPerson
from bot.domain.overriding import has_stranger
from bot.domain.people import Person
from bot.domain.proving import BY_KEY, BY_SIGN_IN
from bot.domain.signoff import Signoff
from bot.engine.board import Board
from bot.engine.clicks import Proof
from bot.engine.rulebook import Rulebook
from bot.engine.stepping_up import SteppingUp, Visit
from bot.ports import Malformed
from bot.web.emergencies import LONGEST_REASON, Deed, Emergencies
from bot.web.pages.posted import one_of, read, text
from bot.web.pages.rehearsing import CONFIRM, DEEDS, REVIEW, Chance, Rehearsal, Words
from bot.web.pages.rendering import Pages
from bot.web.pages.statements import EMERGENCY, Facts, Statements
from bot.web.pages.visits import Doorman, NotSignedIn
from bot.web.pages.webauthn import Keys
from bot.web.problems import problem

FINE, WRONG = "fine", "wrong"
_NOTHING = "There is no such sign-off."


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridePage:
    pages: Pages
    doorman: Doorman
    stepping_up: SteppingUp
    statements: Statements
    keys: Keys
    board: Board
    rulebook: Rulebook
    emergencies: Emergencies

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /override/{id}: to strangers it looks the same, whatever there is."""
        wanted = f"/override/{request.match_info['id']}"
        visit = await self.doorman.visit(request)
        if visit is None:
            return self.pages.show("sign_in", 401, wanted=wanted, what="override")
        signoff = await self.board.signoff(request.match_info["id"])
        person = self.rulebook.roster.people.get(visit.person)
        if signoff is None or person is None:
            return self.pages.notice(404, "Nothing is here", _NOTHING)
        chance = await self._rehearsal.chance(signoff, person.id)
        asked, rules, name = signoff.override_asked, self.rulebook.overrides, self._name
        return self.pages.show(
            "override",
            card=card_of(signoff, self.rulebook.roster, detailed=True, reader=person.id),
            person=person,
            chance=chance,
            needs_key=rules.step_up and chance.do != REVIEW,
            keys=await self.stepping_up.active(person.id),
            asked=asked if chance.do == CONFIRM else None,
            asked_by=name(asked.by) if asked else "",
            asked_at=_stamp(asked.at) if asked else "",
            minutes=int(rules.lasts.total_seconds() // 60),
            many=self._many(chance, signoff),
            csrf=visit.csrf,
            longest=LONGEST_REASON,
        )

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """POST /override/{id}/challenge: what is to be signed, and by which keys if by any."""
        return await self._answered(request, self._challenge)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST /override/{id}: what was signed."""
        return await self._answered(request, self._done)

    async def _answered(
        self,
        request: web.Request,
        answer: Callable[[Visit, Signoff, Facts], Awaitable[web.Response]],
    ) -> web.Response:
        try:
            visit = await self.doorman.poster(request)
        except NotSignedIn:
            return problem(401, "Your sign-in is over. Sign in again, and do it then.")
        said = await read(request)
        signoff = await self.board.signoff(request.match_info["id"])
        if signoff is None:
            raise web.HTTPNotFound(reason=_NOTHING)
        return self.pages.dressed(await answer(visit, signoff, said), "no-store")

    async def _challenge(self, visit: Visit, signoff: Signoff, said: Facts) -> web.Response:
        do = one_of(said, "do", DEEDS)
        facts = _facts(signoff, do, said)
        words = Words(
            incident=str(facts["incident"]),
            reason=str(facts["reason"]),
            fine=facts["verdict"] == FINE,
        )
        await self._rehearsal.check(do, signoff, visit.person, words)
        statement = self.statements.made(visit, EMERGENCY, facts)
        keys = await self.stepping_up.active(visit.person)
        asked = self.keys.asking(statement, keys) if keys and do != REVIEW else {}
        return web.json_response({"statement": statement, **asked})

    async def _done(self, visit: Visit, signoff: Signoff, said: Facts) -> web.Response:
        told = self.statements.known(visit, EMERGENCY, said.get("statement"))
        if told["signoff"] != signoff.id:
            raise Malformed("the statement is about another sign-off")
        do = one_of(told, "do", DEEDS)
        deed = Deed(
            id=f"override {told['nonce']}",
            person=self._person(visit),
            signoff=signoff,
            revision=text(told, "revision"),
            proof=await self._proof(visit, said, do),
        )
        after = await self._carried_out(do, deed, told)
        return web.json_response({"status": after.status.value, "sentence": _sentence(do, after)})

    async def _carried_out(self, do: str, deed: Deed, told: Facts) -> Signoff:
        reason = text(told, "reason")
        if do == REVIEW:
            fine = text(told, "verdict") == FINE
            return await self.emergencies.review(deed, reason, fine=fine)
        if do == CONFIRM:
            asked = deed.signoff.override_asked
            if asked is None or _asked(deed.signoff) != {name: told[name] for name in _ASKED}:
                raise NoOverrideAsked
            return await self.emergencies.confirm(deed, asked)
        return await self.emergencies.override(deed, text(told, "incident"), reason)

    async def _proof(self, visit: Visit, said: Facts, do: str) -> Proof:
        """Their key, if they have one. Without one the sign-in is all there is, and whether that
        is enough is not decided here. Raises KeyRefused.
        """
        keys = await self.stepping_up.active(visit.person)
        if do == REVIEW or not keys:
            return Proof(how=BY_SIGN_IN)
        if "assertion" not in said:
            raise KeyRefused
        signed = self.keys.signed(str(said["statement"]), said["assertion"], keys)
        return Proof(how=BY_KEY, assertion=signed.assertion, used=signed.used)

    def _person(self, visit: Visit) -> Person:
        person = self.rulebook.roster.people.get(visit.person)
        if person is None:
            raise UnknownPerson
        return person

    def _name(self, person: str) -> str:
        return self.rulebook.roster.name(person)

    def _many(self, chance: Chance, signoff: Signoff) -> str:
        """What is worth knowing before the second of a month, and before it takes two."""
        rules = self.rulebook.overrides
        if chance.do in ("", REVIEW):
            return ""
        if chance.two and not rules.second and has_stranger(signoff):
            return STRANGER
        if chance.nth < 2:
            return ""
        beyond = 0 < rules.per_month < chance.nth
        after = f", and after {rules.per_month} it takes two people" if beyond else ""
        return f"It would be the {ordinal(chance.nth)} override of this month{after}."

    @property
    def _rehearsal(self) -> Rehearsal:
        return Rehearsal(board=self.board, rulebook=self.rulebook)


_ASKED = ("of", "asked", "incident", "reason")


def _asked(signoff: Signoff) -> Facts:
    """What a second person confirms: all of it, so that it is not changed under their hands."""
    asked = signoff.override_asked
    if asked is None:
        raise NoOverrideAsked
    return {
        "of": asked.by,
        "asked": _stamp(asked.at),
        "incident": asked.incident,
        "reason": asked.reason,
    }


def _facts(signoff: Signoff, do: str, said: Facts) -> Facts:
    """What their key is to sign."""
    change = signoff.change
    own = {
        "of": "",
        "asked": "",
        "incident": text(said, "incident"),
        "reason": text(said, "reason")[:LONGEST_REASON],
    }
    verdict = one_of(said, "verdict", (FINE, WRONG)) if do == REVIEW else ""
    return {
        "do": do,
        "signoff": signoff.id,
        "repository": change.repository,
        "environment": change.environment,
        "revision": text(said, "revision"),
        "tree": change.tree,
        "artifact": change.artifact_digest,
        "verdict": verdict,
        **(_confirmed(signoff, said) if do == CONFIRM else own),
    }


def _confirmed(signoff: Signoff, said: Facts) -> Facts:
    """Raises NoOverrideAsked if the page showed something else."""
    asked = _asked(signoff)
    if text(said, "asked") != asked["asked"]:
        raise NoOverrideAsked
    return asked


def _sentence(do: str, after: Signoff) -> str:
    it, asked = after.override, after.override_asked
    if do == REVIEW:
        return "Your review was recorded."
    if it:
        return (
            f"Overridden: it may go on until {_clock(it.until)}. Everybody concerned is told. "
            f"Somebody else has to review it by {_clock(it.review_by)}."
        )
    until = _clock(asked.until) if asked else "then"
    return f"Not yet: somebody else who may has to confirm it by {until}. They are told."


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

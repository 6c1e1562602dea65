"""Which security keys do I have, and who lets a new one in?"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.domain.errors import KeyRefused, UnknownPerson
from bot.domain.people import Person, Roster
from bot.domain.spans import harmless
from bot.engine.stepping_up import Passkey, State, SteppingUp, Used, Visit, several_wait
from bot.ports import Malformed
from bot.strict_json import decode
from bot.web.bodies import read_body
from bot.web.pages.rendering import Pages
from bot.web.pages.statements import PASSKEY, Facts, Statements
from bot.web.pages.visits import Doorman, NotSignedIn
from bot.web.pages.webauthn import Keys
from bot.web.problems import problem

LARGEST = 64 * 1024
LONGEST_LABEL = 60
ADD, VOUCH, APPROVE = "add", "vouch", "approve"


class NotAnAdministrator(web.HTTPForbidden):
    """Only those whom the config names may let in the keys of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    pages: Pages
    doorman: Doorman
    stepping_up: SteppingUp
    statements: Statements
    keys: Keys
    roster: Roster
    administrators: frozenset[str]
    clock: Clock

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /passkeys"""
        visit = await self.doorman.visit(request)
        if visit is None:
            return self.pages.show("sign_in", 401, wanted="/passkeys", what="see your keys")
        person = self.roster.people.get(visit.person)
        if person is None:
            return self.pages.notice(404, "We do not know you", UnknownPerson().sentence)
        administers = person.id in self.administrators
        waiting = await self.stepping_up.waiting() if administers else ()
        own = await self.stepping_up.keys(person.id)
        return self.pages.show(
            "passkeys",
            person=person,
            own=own,
            several=several_wait([*own, *waiting]),
            waiting=[(it, self.roster.name(it.person)) for it in waiting if it.person != person.id],
            administers=administers,
            csrf=visit.csrf,
            longest=LONGEST_LABEL,
        )

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """POST /passkeys/challenge: what is to be signed to add a key, or to let one in."""
        return await self._answered(request, self._challenge)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST /passkeys: what was signed."""
        return await self._answered(request, self._changed)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """POST /passkeys/{id}/remove"""

        async def removed(visit: Visit, _: Facts) -> web.Response:
            await self.stepping_up.remove(visit.person, request.match_info["id"])
            return web.json_response({"sentence": "It is removed, and decides nothing any more."})

        return await self._answered(request, removed)

    async def _answered(
        self, request: web.Request, answer: Callable[[Visit, Facts], Awaitable[web.Response]]
    ) -> web.Response:
        try:
            visit = await self.doorman.poster(request)
        except NotSignedIn:
            return problem(401, "Your sign-in is over. Sign in again, and begin anew.")
        said = decode(await read_body(request, LARGEST))
        if not isinstance(said, dict):
            raise Malformed("the body is no object")
        return self.pages.dressed(await answer(visit, said), "no-store")

    async def _challenge(self, visit: Visit, said: Facts) -> web.Response:
        person, own = self._person(visit), await self.stepping_up.keys(visit.person)
        active = [key for key in own if key.state is State.ACTIVE]
        if said.get("do") == APPROVE:
            statement = self.statements.made(visit, PASSKEY, await self._letting_in(visit, said))
            return web.json_response(
                {"statement": statement, "get": dict(self.keys.asking(statement, active))}
            )
        if said.get("do") == VOUCH:
            if not active:
                raise KeyRefused
            statement = self.statements.made(visit, PASSKEY, self._vouching(visit, said))
            return web.json_response(
                {"statement": statement, "get": dict(self.keys.asking(statement, active))}
            )
        label = harmless(str(said.get("label", "")), LONGEST_LABEL) or "Security key"
        statement = self.statements.made(visit, PASSKEY, {"do": ADD, "label": label})
        asked = dict(self.keys.registering(person.id, person.name, statement, own))
        return web.json_response({"statement": statement, "create": asked, "vouch": bool(active)})

    def _vouching(self, visit: Visit, said: Facts) -> Facts:
        """What somebody signs with a key they have, to let in one that was made just now: that one."""
        told = self.statements.known(visit, PASSKEY, said.get("statement"))
        if told["do"] != ADD:
            raise Malformed("the statement is not about a new key")
        key = self._made(visit, told, said)
        return {
            "do": VOUCH,
            "label": key.label,
            "credential": key.id,
            "publicKey": key.public_key,
            "count": key.sign_count,
        }

    async def _letting_in(self, visit: Visit, said: Facts) -> Facts:
        """What an administrator signs: whose key it is, and which."""
        if visit.person not in self.administrators:
            raise NotAnAdministrator(reason="Only an administrator can let in a key.")
        waiting = {key.id: key for key in await self.stepping_up.waiting()}
        key = waiting.get(str(said.get("credential", "")))
        if key is None:
            raise web.HTTPNotFound(reason="No such security key waits to be let in.")
        digest = hashlib.sha256(key.public_key.encode()).hexdigest()
        return {"do": APPROVE, "credential": key.id, "of": key.person, "key": f"sha256:{digest}"}

    async def _changed(self, visit: Visit, said: Facts) -> web.Response:
        told = self.statements.known(visit, PASSKEY, said.get("statement"))
        used = await self._used(visit, str(said["statement"]), said)
        if told["do"] == APPROVE:
            return await self._approved(visit, told, used)
        if (told["do"] == VOUCH) != (used is not None):
            raise KeyRefused  # who has a key signs with it for the very one that is new
        key = self._vouched(visit, told) if used else self._made(visit, told, said)
        kept = await self.stepping_up.register(key, used)
        return web.json_response({"state": kept.state.value, "sentence": _said_of(kept)})

    def _made(self, visit: Visit, told: Facts, said: Facts) -> Passkey:
        return self.keys.registered(
            str(said["statement"]),
            said.get("credential"),
            person=self._person(visit).id,
            label=str(told["label"]),
            at=self.clock(),
        )

    def _vouched(self, visit: Visit, told: Facts) -> Passkey:
        """As we wrote it into the statement; a credential is registered once, and so it is used once."""
        return Passkey(
            id=str(told["credential"]),
            person=self._person(visit).id,
            public_key=str(told["publicKey"]),
            sign_count=int(str(told["count"])),
            label=str(told["label"]),
            at=self.clock(),
            state=State.WAITING,
        )

    async def _approved(self, visit: Visit, told: Facts, used: Used | None) -> web.Response:
        if visit.person not in self.administrators or used is None:
            raise NotAnAdministrator(reason="Only an administrator with a key can let in a key.")
        seen = (str(told["of"]), str(told["key"]))
        key = await self.stepping_up.approve(str(told["credential"]), used, seen)
        return web.json_response(
            {
                "state": key.state.value,
                "sentence": f"{self.roster.name(key.person)} can decide now.",
            }
        )

    async def _used(self, visit: Visit, statement: str, said: Facts) -> Used | None:
        """Which active key of theirs signed it, if they have any: then one has to."""
        active = await self.stepping_up.active(visit.person)
        if not active:
            return None
        if "assertion" not in said:
            raise KeyRefused
        return self.keys.signed(statement, said["assertion"], active).used

    def _person(self, visit: Visit) -> Person:
        person = self.roster.people.get(visit.person)
        if person is None:
            raise UnknownPerson
        return person


def _said_of(key: Passkey) -> str:
    if key.state is State.ACTIVE:
        return "Your new key can decide from now on."
    return "Your key is registered. It can decide once an administrator has let it in."

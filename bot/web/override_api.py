"""A person overrides by the API: with an ID token of a sign-in just now, and with nothing else.

A token of a connection or of a job never does: what asks for a signature cannot go without it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from bot.domain.emergency import override_page
from bot.domain.errors import NoOverrideAsked, OverrideByKey, UnknownPerson
from bot.domain.override import OverrideWanted
from bot.domain.people import Person
from bot.domain.proving import BY_SIGN_IN
from bot.domain.signoff import Signoff
from bot.engine.board import Board
from bot.engine.clicks import Proof
from bot.ports import Invalid, Malformed, Problem, Unauthenticated
from bot.strict_json import decode
from bot.web import oidc
from bot.web.api import Door
from bot.web.bodies import read_body
from bot.web.emergencies import LONGEST_REASON, Deed, Emergencies
from bot.web.overriding import lasting
from bot.web.problems import problem
from bot.web.rates import Rates

LARGEST = 64 * 1024
LONGEST_NAME = 200

_NAMED = ("incident", "of", "asked")

NO_STEP_UP = "Nobody overrides by the API here: countersign.yaml has no step_up, which says where people sign in."
NO_PERSON = "Only a person can override: send an ID token of a sign-in at {issuer} of the last five minutes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Where people sign in, and who an ID token of theirs is of.

    `prove` raises Unauthenticated, Unreachable or UnknownPerson.
    """

    issuer: str
    prove: Callable[[bytes], Awaitable[Person]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideApi:
    """Without `trusted` it is not there. `doors` are those whose tokens are none of a person's."""

    doors: tuple[Door, ...]
    trusted: Trusted | None
    emergencies: Emergencies
    board: Board
    result: Callable[[Signoff], Mapping[str, object]]
    public_url: str
    rates: Rates = field(default_factory=lambda: Rates(per_second=1, burst=20))

    async def override(self, request: web.Request) -> web.Response:
        """POST /api/v1/signoffs/{id}/override: it goes on, or waits for a second person."""

        async def deed(deed: Deed, said: Mapping[str, str]) -> Signoff:
            return await self.emergencies.override(deed, said["incident"], said["reason"])

        return await self._done(request, ("revision", "incident", "reason"), deed)

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /api/v1/signoffs/{id}/override/confirm: what somebody else asked for."""

        async def deed(deed: Deed, said: Mapping[str, str]) -> Signoff:
            wanted = deed.signoff.override_asked
            if wanted is None or _named(wanted) != {it: said[it] for it in _NAMED}:
                raise NoOverrideAsked
            return await self.emergencies.confirm(deed, wanted)

        return await self._done(request, ("revision", *_NAMED), deed)

    async def review(self, request: web.Request) -> web.Response:
        """POST /api/v1/signoffs/{id}/override/review: whether it was fine, or wrong, and why."""

        async def deed(deed: Deed, said: Mapping[str, str]) -> Signoff:
            if said["verdict"] not in ("fine", "wrong"):
                raise Invalid(Problem("verdict", "is fine or wrong"))
            fine = said["verdict"] == "fine"
            return await self.emergencies.review(deed, said["reason"], fine=fine)

        return await self._done(request, ("revision", "verdict", "reason"), deed)

    async def _done(
        self,
        request: web.Request,
        names: tuple[str, ...],
        do: Callable[[Deed, Mapping[str, str]], Awaitable[Signoff]],
    ) -> web.Response:
        if self.trusted is None:
            raise web.HTTPNotFound(reason=NO_STEP_UP)
        offered = _bearer(request)
        person = await self._person(offered, self.trusted)
        self.rates.count(person.id, self.emergencies.signoffs.clock())
        said = _texts(await read_body(request, LARGEST), names)
        signoff = await self.board.signoff(request.match_info["id"])
        if signoff is None:
            raise web.HTTPNotFound(reason="There is no such signoff.")
        deed = Deed(
            id=f"api {_digest(offered, request.path, said)}",
            person=person,
            signoff=signoff,
            revision=said["revision"],
            proof=Proof(how=BY_SIGN_IN),
        )
        try:
            return self._answered(await do(deed, said))
        except OverrideByKey as refusal:
            where = f"Open {override_page(self.public_url, signoff.id)}"
            return problem(409, refusal.sentence, where)

    async def _person(self, offered: bytes, trusted: Trusted) -> Person:
        """Raises Unauthenticated, or the 403 for what is a token, and of no person."""
        nobody = web.HTTPForbidden(reason=NO_PERSON.format(issuer=trusted.issuer))
        if any(it.token and hmac.compare_digest(it.token, offered) for it in self.doors):
            raise nobody
        if oidc.looks_like(offered) and oidc.read(offered).issuer != trusted.issuer:
            raise nobody
        try:
            return await trusted.prove(offered)
        except UnknownPerson as unknown:
            raise web.HTTPForbidden(reason=unknown.sentence) from None

    def _answered(self, after: Signoff) -> web.Response:
        asked = after.override_asked
        waits = asked is not None and not after.status.is_final
        more: dict[str, object] = {}
        if asked and waits:
            more["override_asked"] = {
                "by": asked.by,
                "incident": asked.incident,
                "asked": _stamp(asked.at),
                "confirm_by": _stamp(asked.until),
            }
        told = {
            **self.result(after),
            **lasting(after, self.emergencies.signoffs.clock),
            **more,
        }
        return web.json_response(told, status=202 if waits else 200)


def _named(wanted: OverrideWanted) -> Mapping[str, str]:
    """What only this asking has: the same incident, asked for again later, is another."""
    return {"incident": wanted.incident, "of": wanted.by, "asked": _stamp(wanted.at)}


def _bearer(request: web.Request) -> bytes:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("no ID token")
    return token.strip().encode("utf-8", "surrogateescape")


def _texts(body: bytes, names: tuple[str, ...]) -> Mapping[str, str]:
    """Exactly these, each a text that is not too long. Raises Malformed or Invalid."""
    said = decode(body)
    if not isinstance(said, dict):
        raise Malformed("the body is no object")
    texts = {name: it for name, it in said.items() if name in names and isinstance(it, str)}
    most = {"reason": LONGEST_REASON}
    wrong = [
        *(Problem(name, "is not known") for name in said if name not in names),
        *(Problem(name, "is missing, or is no text") for name in names if name not in texts),
        *(
            Problem(name, "is too long")
            for name, it in texts.items()
            if len(it) > most.get(name, LONGEST_NAME)
        ),
    ]
    if wrong:
        raise Invalid(*wrong)
    return texts


def _digest(token: bytes, path: str, said: Mapping[str, str]) -> str:
    """Whoever did not hear our answer sends the same again, and it is done once."""
    told = "\n".join(f"{name}={said[name]}" for name in sorted(said))
    whole = b"\0".join((token, path.encode(), told.encode(errors="backslashreplace")))
    return hashlib.sha256(whole).hexdigest()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

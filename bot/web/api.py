"""A build job asks: `/api/v1/signoffs`, with the token of its connection or of its platform."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from bot import explained
from bot.domain.change import Change, Kind
from bot.domain.errors import NotExpired, RunIsOver
from bot.domain.signoff import Signoff, Status
from bot.domain.statement import Signed
from bot.engine import steps
from bot.engine.board import Board
from bot.engine.opening import Opening
from bot.engine.signoffs import Signoffs
from bot.ports import Delivery, Unauthenticated, Undelivered, Unreachable
from bot.web import oidc
from bot.web.bodies import MIB, Budget, read_body
from bot.web.evidence import answered, form_of
from bot.web.hooks import opened
from bot.web.keyless import Keyless, check_renewal, may_see
from bot.web.overriding import lasting
from bot.web.pressure import Pressure
from bot.web.problems import later
from bot.web.proofs import Proof, agreed
from bot.web.rates import Rates

LONGEST_WAIT = 30
LARGEST, IN_FLIGHT = 5 * MIB, 64 * MIB
LONG = 64 * 1024
"""Bytes; a longer change is read in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One connection that may use the API; `read` makes a change of a body, if it can.

    `token` is what it shares with its jobs; empty: they have only tokens of their platform.
    `reopens`: its pipeline still takes a yes after it was told that nobody answered in time.
    """

    connection: str
    token: bytes = field(repr=False)
    read: Callable[[bytes], Change] | None
    reopens: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, through which door. `proof` is what a token of their platform proves of them."""

    door: Door
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """`result` is what a pipeline learns about a signoff, the same as in a callback, and `attested`
    what is signed of its decision. `newest` is the checkpoint of the audit trail that was signed last.
    """

    doors: tuple[Door, ...]
    signoffs: Signoffs
    board: Board
    result: Callable[[Signoff], Mapping[str, object]]
    attested: Callable[[str], Awaitable[Signed]]
    public_url: str
    newest: Callable[[], str] = lambda: ""
    keyless: Keyless = field(default_factory=Keyless)
    rates: Rates = field(default_factory=Rates)
    budget: Budget = field(default_factory=lambda: Budget(IN_FLIGHT))
    pressure: Pressure = field(default_factory=Pressure)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, request: web.Request) -> web.Response:
        began, caller = self.signoffs.clock(), await self.caller(request)
        door = caller.door
        if door.read is None:
            raise web.HTTPForbidden(reason="This connection announces its changes by webhook.")
        self.rates.count(door.connection, self.signoffs.clock())
        self.pressure.check(self.signoffs.store.backlog)
        body = await read_body(request, LARGEST, budget=self.budget)
        with self.pressure.change(self.signoffs.store.backlog):
            long = len(body) > LONG
            change = await asyncio.to_thread(door.read, body) if long else door.read(body)
            if caller.proof:  # only what could be announced uses the token up
                change = agreed(change, caller.proof)
                await self.keyless.announce(caller.proof, body)
            opening = await self.signoffs.open(change)
            headers = {"traceparent": request.headers.get("traceparent", "")}
            told, now = Delivery(headers=headers, body=body), self.signoffs.clock()
            steps.received(self.signoffs.traces, opening, began, now, told)
            return opened(opening, self.public_url)

    async def get(self, request: web.Request) -> web.Response:
        """The decision so far; `?wait=` holds the answer until it is final, 30 s at most."""
        signoff = await self._own(request, await self.caller(request))
        seconds = _wait(request)
        if seconds and not signoff.status.is_final:
            with self.pressure.wait(signoff.change.connection):
                signoff = await self._wait_for(signoff.id, seconds) or signoff
        until = lasting(signoff, lambda: self.signoffs.clock())
        return web.json_response({**self.result(signoff), **_later(signoff), **until})

    async def place(self, request: web.Request) -> web.Response:
        """With what a change that goes there is to be compared: with what went on there last.

        A `key` that was told before keeps its own: told again after more went on, it is the same
        change. `kind`: what is compared is of one. null: with nothing that is known to run there.
        Asking uses no token up.
        """
        caller = await self.caller(request)
        repository, environment, key = (
            _named(request, name) for name in ("repository", "environment", "key")
        )
        if caller.proof and caller.proof.repository != repository:
            raise web.HTTPNotFound(reason="There is no such place.")
        kind, where = _kind(request), (caller.door.connection, repository, environment)
        told = await self._told(*where, key) if key else None
        if told is None:
            found = await self.signoffs.went_on(*where, kind)
        else:
            found = told.base_revision if told.commits_complete or told.files_complete else ""
        return web.json_response({"revision": found or None})

    async def checkpoint(self, _: web.Request) -> web.Response:
        """Public: it says how long the audit trail is, and nothing of what stands in it."""
        note = self.newest()
        if not note:
            raise web.HTTPNotFound(reason="Nothing has been signed yet.")
        return web.Response(text=note, content_type="text/plain", charset="utf-8")

    async def renew(self, request: web.Request) -> web.Response:
        """Ask again for what expired. Raises the Refusal that says why not."""
        caller = await self.caller(request)
        door, signoff = caller.door, await self._own(request, caller)
        if caller.proof:
            check_renewal(signoff, caller.proof)
        self.rates.count(door.connection, self.signoffs.clock())
        if not door.reopens and signoff.status is Status.EXPIRED:
            raise RunIsOver
        if not door.reopens:  # nor will it once it has expired
            raise NotExpired(status=signoff.status.value.replace("_", " "))
        with self.pressure.change(self.signoffs.store.backlog):
            renewed = await self.signoffs.renew(signoff)
        return opened(Opening(renewed, new=True), self.public_url)

    async def attestation(self, request: web.Request) -> web.Response:
        """What was signed of the decision: the same bytes, whoever asks and however early."""
        signoff = await self._own(request, await self.caller(request))
        form = form_of(request)
        if not signoff.status.is_final:
            raise web.HTTPNotFound(reason="There is no attestation until it is decided.")
        try:
            return answered(await self.attested(signoff.id), form)
        except Undelivered as why:
            raise web.HTTPConflict(reason=f"{str(why)[:1].upper()}{str(why)[1:]}.") from None
        except Unreachable:  # of a key service; an operator sees why
            return later(503, "It cannot be signed just now; please try again.")

    async def explanation(self, request: web.Request) -> web.Response:
        """Every rule with its answer, whom one would ask now and why nobody else."""
        signoff = await self._own(request, await self.caller(request))
        found = await self.board.explained(signoff)
        told = {
            "signoff": signoff.id,
            "status": signoff.status.value,
            "current": found.current,
            **explained.as_json(found.answers, found.choices),
        }
        return web.json_response(told)

    async def close(self, _: web.Application) -> None:
        """When the house closes, whoever waits hears how things stand, and may ask again."""
        self._closing.set()

    async def _wait_for(self, signoff_id: str, seconds: float) -> Signoff | None:
        waiting = asyncio.create_task(self.board.wait(signoff_id, seconds))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait((waiting, closing), return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else await self.board.signoff(signoff_id)
        finally:
            waiting.cancel()
            closing.cancel()

    async def _told(
        self, connection: str, repository: str, environment: str, key: str
    ) -> Change | None:
        """The change that was told under this key, if it goes to this place."""
        for found in await self.board.named(key):
            it = found.change
            place = (it.connection, it.repository, it.environment)
            if it.key == key and place == (connection, repository, environment):
                return it
        return None

    async def _own(self, request: web.Request, caller: Caller) -> Signoff:
        """The signoff named in the path; of what is not the caller's there is no word."""
        signoff = await self.board.signoff(request.match_info["id"])
        if (
            signoff is None
            or signoff.change.connection != caller.door.connection
            or (caller.proof and not may_see(signoff, caller.proof))
        ):
            raise web.HTTPNotFound(reason="There is no such signoff.")
        return signoff

    async def caller(self, request: web.Request) -> Caller:
        """Whose token it is. Raises Unauthenticated, NotAuthorised or Unreachable."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        offered = token.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer":
            raise Unauthenticated("no such token")
        matching = [it for it in self.doors if it.token and hmac.compare_digest(it.token, offered)]
        if len(matching) == 1:
            return Caller(matching[0])
        if matching or not (self.keyless.trusts and oidc.looks_like(offered)):
            raise Unauthenticated("no such token")
        name, proof = await self.keyless.who(offered)
        return Caller(next(door for door in self.doors if door.connection == name), proof)


def _later(signoff: Signoff) -> Mapping[str, str]:
    """What asks again for it. Not in the callback, which stays the same however often it is sent."""
    return {"renewed_as": signoff.renewed_as} if signoff.renewed_as else {}


def _wait(request: web.Request) -> float:
    text = request.query.get("wait", "0")
    if not (text.isascii() and text.isdigit()):
        raise web.HTTPBadRequest(reason="wait is a whole number of seconds, 30 at most.")
    return min(int(text.lstrip("0")[:3] or "0"), LONGEST_WAIT)


def _named(request: web.Request, name: str) -> str:
    """What the query says of it; only the key may be left out."""
    text = request.query.get(name, "")
    if not text.isprintable() or not (text or name == "key"):
        raise web.HTTPBadRequest(reason=f"{name} is missing from the query, or is no plain text.")
    return text


def _kind(request: web.Request) -> Kind:
    """Of what is compared: software, unless the query says otherwise; what scales brings along that."""
    try:
        kind = Kind(request.query.get("kind", Kind.SOFTWARE))
        return Kind.SOFTWARE if kind is Kind.SCALING else kind
    except ValueError:
        raise web.HTTPBadRequest(reason=f"kind is one of {', '.join(Kind)}.") from None

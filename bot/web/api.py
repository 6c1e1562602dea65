"""A build job asks: `/api/v1/signoffs`, with the token of its connection or of its platform."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from bot import explained
from bot.domain.change import Change
from bot.domain.errors import NotExpired, RunIsOver
from bot.domain.signoff import Signoff, Status
from bot.engine.board import Board
from bot.engine.opening import Opening
from bot.engine.signoffs import Signoffs
from bot.ports import Unauthenticated
from bot.web import oidc
from bot.web.bodies import MIB, Budget, read_body
from bot.web.hooks import opened
from bot.web.keyless import Keyless, check_renewal, may_see
from bot.web.pressure import Pressure
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
    """`result` is what a pipeline learns about a signoff, the same as in a callback."""

    doors: tuple[Door, ...]
    signoffs: Signoffs
    board: Board
    result: Callable[[Signoff], Mapping[str, object]]
    attest: Callable[[Signoff], str]
    public_url: str
    keyless: Keyless = field(default_factory=Keyless)
    rates: Rates = field(default_factory=Rates)
    budget: Budget = field(default_factory=lambda: Budget(IN_FLIGHT))
    pressure: Pressure = field(default_factory=Pressure)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
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
            return opened(await self.signoffs.open(change), self.public_url)

    async def get(self, request: web.Request) -> web.Response:
        """The decision so far; `?wait=` holds the answer until it is final, 30 s at most."""
        signoff = await self._own(request, await self._caller(request))
        seconds = _wait(request)
        if seconds and not signoff.status.is_final:
            with self.pressure.wait(signoff.change.connection):
                signoff = await self._wait_for(signoff.id, seconds) or signoff
        return web.json_response({**self.result(signoff), **_later(signoff)})

    async def renew(self, request: web.Request) -> web.Response:
        """Ask again for what expired. Raises the Refusal that says why not."""
        caller = await self._caller(request)
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
        signoff = await self._own(request, await self._caller(request))
        envelope = await self.board.attestation(signoff.id)
        if envelope is None and not signoff.status.is_final:
            raise web.HTTPNotFound(reason="There is no attestation until it is decided.")
        if envelope is None:  # decided a moment ago: the same bytes that are about to be kept
            envelope = self.attest(signoff)
        return web.Response(text=envelope, content_type="application/vnd.dsse.envelope.v1+json")

    async def explanation(self, request: web.Request) -> web.Response:
        """Every rule with its answer, whom one would ask now and why nobody else."""
        signoff = await self._own(request, await self._caller(request))
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

    async def _caller(self, request: web.Request) -> Caller:
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

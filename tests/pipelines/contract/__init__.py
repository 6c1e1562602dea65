"""What must every adapter withstand? A case says how its platform speaks; one suite tries them all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.ports import Delivery, Discreet, Learns, Request, Response, Send, TakenUp
from tests.builders import FakeClock
from tests.pipelines.signoffs import a_signoff


class Lack(StrEnum):
    """What a protocol does not have, and what stands in for it."""

    TIMESTAMP = "nothing that is signed says when: the id of a delivery is remembered instead"
    SIGNATURE = "nothing covers the body: a header with a secret proves the sender"
    BYTES = "fields are signed and not bytes: how the body is written means nothing"
    EXCHANGE = "its token is configured and never exchanged: a person renews it"
    REFUSAL = "anything may be at the other end: 410 alone is a no for good"
    PLACE = "a message need not say where the answer goes: then somebody polls"
    ENDS = "it tells of nothing that was given up or merged: what waits is superseded, or expires"
    LANDS = "it does not tell what came of what was let go on"
    RUNS = "the message names the gate, and the gate's own tests say that no other is answered"


REFUSALS = tuple(Response(status=status) for status in (400, 403, 404, 410, 422))


class Wire:
    """All that the adapter sends goes through here. `decides` tells a decision from any other call:
    of what, and whether it may go on; None: it is none.
    """

    def __init__(
        self, inner: Send, decides: Callable[[Request], tuple[str, bool] | None], *within: str
    ) -> None:
        self._inner, self._decides, self._within = inner, decides, within
        self.asked: list[Request] = []
        self.told: list[tuple[str, bool]] = []
        """The decisions that the platform took."""
        self.faults: list[Response | Exception] = []
        """What becomes of the next decisions instead."""
        self.down: Response | None = None
        """What everything is answered with."""
        self.remembered: dict[str, Response] | None = None
        """With a dict, nothing is asked for twice."""

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        if self.down:
            return self.down
        decision = self._decides(request)
        if decision and self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        answer = await self._once(request)
        if decision and 200 <= answer.status < 300:
            self.told.append(decision)
        return answer

    async def _once(self, request: Request) -> Response:
        if self.remembered is None or request.method != "GET":
            return await self._inner(request)
        if request.url not in self.remembered:
            self.remembered[request.url] = await self._inner(request)
        return self.remembered[request.url]

    @property
    def strayed(self) -> list[str]:
        """Addresses that are none of the platform's."""
        return [it.url for it in self.asked if not it.url.startswith(self._within)]


class Signs(Protocol):
    """A good delivery of a payload, or of these bytes, sent so long ago under such an id."""

    def __call__(
        self, said: object, *, name: str = "1", age: timedelta = timedelta()
    ) -> Delivery: ...


@dataclass(frozen=True, kw_only=True)
class Ends:
    """What waits to be merged, and what becomes of it: each makes it so, and is a delivery of it."""

    proposed: Callable[[], Delivery]
    closed: Callable[[], Delivery]
    merged: Callable[[], Delivery]
    reopened: Callable[[], Delivery] | None = None
    """None where that cannot be."""


def _as_it_is(_: Status, __: Response | None) -> None:
    """Most platforms need not be told what will come."""


@dataclass(kw_only=True)
class Met:
    """An adapter and the platform that it talks to. `said` is what the platform announces now, as JSON;
    `moves_on` has it announce something newer. `also` are its other messages, and who signs them.
    """

    pipeline: Any
    wire: Wire
    said: Callable[[], Any]
    sign: Signs
    secrets: Sequence[str]
    forgeries: Callable[[Delivery], Sequence[Delivery]]
    moves_on: Callable[[], None]
    also: Sequence[tuple[Any, Signs]] = ()
    renewed: Callable[[], int] = lambda: 0
    """How often a token, or what stands for one, was had."""
    expects: Callable[[Status, Response | None], None] = _as_it_is
    ends: Ends | None = None
    landed: Delivery | None = None
    """That something went to production of which nobody was asked."""
    clock: FakeClock | None = None
    """Where time has to pass; elsewhere it stands still."""

    def wait(self, pause: timedelta) -> None:
        if self.clock:
            self.clock.go_on(pause)

    async def read(self, delivery: Delivery) -> list[Any]:
        """All that it says, as the intake finds it out."""
        if isinstance(self.pipeline, Learns):
            await self.pipeline.learn(delivery)
        self.pipeline.verify(delivery)
        discreet = isinstance(self.pipeline, Discreet)
        found = await self.pipeline.read(self.pipeline.sealed(delivery) if discreet else delivery)
        if isinstance(found, TakenUp):
            return [found.change]
        return list(found) if isinstance(found, tuple) else [] if found is None else [found]

    async def change(self) -> Change:
        [change] = await self.read(self.sign(self.said()))
        assert isinstance(change, Change)
        return change

    async def report(
        self, change: Change, status: Status = Status.APPROVED, fault: Response | None = None
    ) -> None:
        """`fault`: so the platform answers the decision, once."""
        self.expects(status, fault)
        if fault is not None:
            self.wire.faults = [fault]
        await self.pipeline.report(replace(a_signoff(status), change=change))


@dataclass(frozen=True, kw_only=True)
class Case:
    """`refusals` are final, and `expired` says that a token is no good any more. `fresh`: how old a
    delivery may be.
    """

    kind: str
    meet: Callable[[], AbstractAsyncContextManager[Met]]
    lacks: frozenset[Lack] = frozenset()
    refusals: Sequence[Response] = REFUSALS
    expired: Response = field(default_factory=lambda: Response(status=401))
    fresh: timedelta = timedelta(minutes=5)


def with_header(delivery: Delivery, name: str, value: str | None) -> Delivery:
    """With this header instead; None: without it."""
    headers = {**delivery.headers, name: value}
    return replace(delivery, headers={key: it for key, it in headers.items() if it is not None})


def spoiled(name: str, *, covers_body: bool = True) -> Callable[[Delivery], Sequence[Delivery]]:
    """What liars send where this header proves the sender."""

    def forgeries(good: Delivery) -> Sequence[Delivery]:
        proof = good.headers[name]
        changed = f"{proof[:-5]}{'1' if proof[-5] == '0' else '0'}{proof[-4:]}"
        offered = (None, "", " ", changed, proof[:-1], f"{proof}0", f"{proof[:-4]}äöüß", "\udcff")
        forged = [with_header(good, name, it) for it in offered] + [replace(good, headers={})]
        return [*forged, replace(good, body=good.body + b" ")] if covers_body else forged

    return forgeries


def as_bytes(said: object) -> bytes:
    return said if isinstance(said, bytes) else json.dumps(said).encode()


def spliced(tree: Any, path: Sequence[Any], value: object) -> Any:
    """The same, but for one place."""
    if not path:
        return value
    step, *rest = path
    if isinstance(tree, Mapping):
        return {**tree, step: spliced(tree[step], rest, value)}
    return [*tree[:step], spliced(tree[step], rest, value), *tree[step + 1 :]]


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Everything in it, and where."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(tree, Mapping):
        inside = list(tree.items())
    elif isinstance(tree, list):
        inside = list(enumerate(tree))
    return [(path, tree)] + [it for key, below in inside for it in places(below, (*path, key))]

"""What does each platform with a gate expect, byte for byte? A case for each, one file a platform."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.parts import Parts
from bot.ports import Request, Response, Unreachable

OK = Response(status=200)

SENTENCE, APPROVER = "<sentence>", "<approver>"
"""Stand in a body for the line that people read there, and for who let it go on."""

_SENTENCES = {
    Status.APPROVED: "Approved by ada (Countersign sgn_1)",
    Status.OVERRIDDEN: "Overridden (Countersign sgn_1)",
    Status.NOT_REQUIRED: "No sign-off was required (Countersign sgn_1)",
    Status.REJECTED: "Rejected by ada: read it all (Countersign sgn_1)",
    Status.EXPIRED: "Not approved in time (Countersign sgn_1)",
    Status.SUPERSEDED: "Superseded by a newer change (Countersign sgn_1)",
    Status.WITHDRAWN: "Withdrawn (Countersign sgn_1)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What we ask for, to the byte, and what the platform answers. `headers` are those of this
    exchange alone; `path` stands below the platform's address.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Response = OK


def said(value: object) -> Response:
    return Response(status=200, body=json.dumps(value).encode())


def as_json(value: object, sort: str = "application/json") -> dict[str, Any]:
    """The body and the header of an Exchange that sends this."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return {"body": body, "headers": {"content-type": sort}}


def as_form(**fields: str) -> dict[str, Any]:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return {"body": urlencode(fields).encode(), "headers": headers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`wrong` are gates that no message may name, with a part of what is said of each. `headers` go with
    every request. `acts` says which of the exchanges of `proceed` is the one that decides, and
    `afterwards` what is asked for once that was refused with such a status. `place` is what the gate is
    called, where its platform has names.
    """

    kind: str
    make: Callable[[Parts], GatedPipeline]
    url: str
    token: str
    headers: Mapping[str, str]
    gate: Mapping[str, object]
    wrong: Sequence[tuple[Mapping[str, object], str]]
    proceed: Sequence[Exchange]
    stop: Sequence[Exchange]
    words: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    acts: int = -1
    afterwards: Mapping[int, Sequence[Exchange]] = field(default_factory=dict)


class Strict:
    """The platform: believes nothing, and answers only what it was told to expect, in that order."""

    def __init__(self, case: Case, exchanges: Sequence[Exchange]) -> None:
        self._case = case
        self._left = list(exchanges)
        self.asked: list[Request] = []
        self.status = Status.APPROVED

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        if not self._left:
            raise Unreachable("nobody answers here", sent=False)
        expected = self._left.pop(0)
        case = self._case
        assert (request.method, request.url) == (expected.method, f"{case.url}{expected.path}")
        assert request.body == self._filled(expected.body)
        wanted = {"accept": "application/json", **case.headers, **expected.headers}
        assert dict(request.headers) == wanted
        return expected.answer

    def _filled(self, body: bytes) -> bytes:
        approver = "ada (sgn_1)" if self.status is Status.APPROVED else "sgn_1"
        filled = body.replace(SENTENCE.encode(), _SENTENCES[self.status].encode())
        return filled.replace(APPROVER.encode(), approver.encode())

    @property
    def satisfied(self) -> bool:
        return not self._left


def all_cases() -> list[Case]:
    modules = sorted(module.name for module in pkgutil.iter_modules([f"{__path__[0]}/cases"]))
    return [importlib.import_module(f"{__name__}.cases.{name}").CASE for name in modules]

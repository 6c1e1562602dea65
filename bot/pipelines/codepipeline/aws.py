"""How do we call a service of AWS: with whose credentials, signed how, and what do refusals mean?

Credentials are found in the usual ways, by botocore; it signs, and our own Send carries.
(docs/decisions/0027-botocore-is-an-extra.md)
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from bot.clock import Clock
from bot.pipelines.answers import retry_after, succeeded
from bot.pipelines.problems import json_object
from bot.ports import Malformed, Request, Response, Send, Undelivered

JSON = "application/x-amz-json-1.1"
SECONDS = 15
"""For credentials: where there are none, the machine's own metadata are asked last."""

_CODE = re.compile(r"(?:[^#]*#)?([A-Za-z0-9.]{1,100})(?::.*)?", re.DOTALL)

# Of our credentials: there may be newer ones.
_STALE = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
    "UnrecognizedClientException"})  # fmt: skip
# AWS says these with 400 or 403; permissions are mended, clocks are set, and a rush is over.
_MAY_WORK_LATER = _STALE | frozenset({
    "AccessDeniedException", "AccessDenied", "InvalidSignatureException", "RequestExpired",
    "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired",
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
    "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceeded",
    "LimitExceededException", "ConcurrentModificationException", "RequestTimeout",
    "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException",
})  # fmt: skip

log = logging.getLogger(__name__)


class Refused(Undelivered):
    """The service answered, and not with 2xx. `code` is its own word for why, or empty."""

    def __init__(self, said: str, code: str, **how: Any) -> None:
        super().__init__(said, **how)
        self.code = code


def required(connection: str) -> None:
    """Raises ValueError where botocore is not installed."""
    if find_spec("botocore") is None:
        raise ValueError(
            f"connections.{connection}: AWS needs the package botocore: "
            "pip install --require-hashes -r requirements/aws.txt"
        )


def usual_credentials() -> Any:
    """Of the environment, of ~/.aws, of the role of this container or machine; None: nowhere.

    Each time it looks anew.
    """
    from botocore.session import Session  # noqa: PLC0415 - 30 MB that nobody else needs

    return Session().get_credentials()


@dataclass(slots=True)
class Wallet:
    """Credentials, kept and renewed in time. botocore waits for answers, so it does in a thread."""

    find: Callable[[], Any] = usual_credentials
    _found: Any = field(init=False, repr=False, default=None)
    _one_at_a_time: asyncio.Lock = field(init=False, repr=False, default_factory=asyncio.Lock)

    async def keys(self) -> Any:
        """Good for now. Raises Undelivered, in words that hold none of it."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(SECONDS):
                    keys = await asyncio.to_thread(self._frozen)
            except TimeoutError:
                raise Undelivered("AWS credentials could not be had in time") from None
        if keys is None:
            raise Undelivered("there are no AWS credentials in any of the usual places")
        return keys

    def forget(self) -> None:
        """AWS does not take them any more."""
        log.info("AWS refuses our credentials; looking for others")
        self._found = None

    def _frozen(self) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

        try:
            self._found = self._found or self.find()
            return self._found and self._found.get_frozen_credentials()
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            # Not chained: its text could hold some of them.
            kind = type(error).__name__
            raise Undelivered(f"AWS credentials could not be had: {kind}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service in one region, at `url` (without a slash at its end), in JSON 1.1."""

    name: str
    region: str
    target: str
    url: str
    wallet: Wallet
    clock: Clock
    send: Send

    async def call(self, operation: str, asked: Mapping[str, object]) -> dict[str, Any]:
        """What it answers. Raises Refused, Undelivered or Unreachable."""
        try:
            answer = await self._call(operation, asked)
        except Refused as refused:
            if refused.code not in _STALE:
                raise
            answer = await self._call(operation, asked)
        try:
            return json_object(answer.body)
        except Malformed as error:
            raise Undelivered(f"the answer of AWS to {operation} cannot be read") from error

    async def _call(self, operation: str, asked: Mapping[str, object]) -> Response:
        keys = await self.wallet.keys()
        headers = {"content-type": JSON, "x-amz-target": f"{self.target}.{operation}"}
        body = json.dumps(asked, separators=(",", ":")).encode()
        request = Request(method="POST", url=f"{self.url}/", headers=headers, body=body)
        answer = await self.send(signed(request, keys, self.name, self.region))
        if succeeded(answer.status):
            return answer
        code = code_of(answer)
        if code in _STALE:
            self.wallet.forget()
        raise self._refused(operation, answer, code)

    def _refused(self, operation: str, answer: Response, code: str) -> Refused:
        later = answer.status >= 500 or answer.status in (408, 429) or code in _MAY_WORK_LATER
        final = answer.status >= 400 and not later
        said = f"AWS answered {answer.status} {code}".rstrip()
        pause = retry_after(answer.headers, self.clock())
        return Refused(f"{said} to {self.name}:{operation}", code, final=final, retry_after=pause)


def signed(request: Request, keys: Any, service: str, region: str) -> Request:
    """The same request with what proves to AWS that it is ours (Signature Version 4)."""
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - see above
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    made = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    SigV4Auth(keys, service, region).add_auth(made)
    headers = {name.lower(): str(value) for name, value in made.headers.items()}
    return Request(method=request.method, url=request.url, headers=headers, body=request.body)


def code_of(answer: Response) -> str:
    """AWS's word for an error, whichever of its ways of saying it was taken."""
    try:
        told = json_object(answer.body)
    except Malformed:
        told = {}
    for word in (answer.headers.get("x-amzn-errortype"), told.get("__type"), told.get("code")):
        if isinstance(word, str) and (found := _CODE.fullmatch(word)):
            return found[1]
    return ""

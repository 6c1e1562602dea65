"""How do we call Slack, and what came of it? Every failure is one of two exceptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.chat.slack.timepiece import Timepiece
from bot.ports import Unreachable
from bot.tallies import UNHEARD, Tallies

log = logging.getLogger(__name__)

SLACK_API_URL = "https://slack.com/api/"
WITHIN = 10.0
"""Seconds that any call may take."""

WAIT_AT_LEAST, WAIT_AT_MOST = timedelta(seconds=1), timedelta(minutes=10)
"""However long Slack wants us to wait, one call in ten minutes tells whether it still does."""

LOCKED_OUT = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "org_login_required",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "accesslimited",
        "two_factor_setup_required",
    }
)
"""Slack says so to every call, until an operator has mended it."""

RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
DOUBTFUL = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Slack says of these that "some aspect of the operation" may have succeeded."""

_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_HALF_DONE = (
    SlackClientError,  # what the SDK cannot read, whole or half
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    RuntimeError,  # a closed session; JSON too deep
    ValueError,  # no JSON, no UTF-8
    AttributeError,  # the SDK, given a list or a bare text for an answer
    TypeError,
)


class SlackRefused(Exception):
    """Slack understood and said no. `error` is its code; `retry_after`: it wants us to slow down."""

    def __init__(self, error: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after


@dataclass(slots=True)
class Door:
    """Whether Slack answered the last call, and let us in; if not, with which word it `refused`."""

    open: bool = True
    refused: str = ""


@dataclass(frozen=True, slots=True)
class SlackApi:
    """Both methods raise SlackRefused or Unreachable, and nothing else.

    `within` is how many seconds a call may take that does not say so itself.
    """

    web: AsyncWebClient
    door: Door = field(default_factory=Door)
    within: float = WITHIN
    timepiece: Timepiece = field(default_factory=Timepiece)
    tallies: Tallies = UNHEARD

    async def call(
        self, method: str, /, within: float | None = None, **arguments: Any
    ) -> Mapping[str, Any]:
        """Make Slack do something."""
        given = {name: value for name, value in arguments.items() if value is not None}
        return await self._through(method, within, self.web.api_call(method, json=given))

    async def ask(
        self, method: str, /, within: float | None = None, **arguments: str
    ) -> Mapping[str, Any]:
        """Make Slack tell us something: methods that read take no JSON."""
        return await self._through(method, within, self.web.api_call(method, params=arguments))

    async def _through(
        self, method: str, within: float | None, call: Awaitable[Any]
    ) -> Mapping[str, Any]:
        asked_at = self.timepiece.clock()
        try:
            answer = await _outcome(method, self.within if within is None else within, call)
        except SlackRefused as refused:
            self.door.refused = refused.error if refused.error in LOCKED_OUT else ""
            self.door.open = not self.door.refused
            self.tallies.called(method, _how(refused))
            raise
        except Unreachable:
            self.door.open, self.door.refused = False, ""
            self.tallies.called(method, "unreachable")
            raise
        self.door.open, self.door.refused = True, ""
        self.tallies.called(method, "ok")
        self.timepiece.heard(answer.headers, asked_at)
        return answer.said

    async def answer(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a `response_url`; only to Slack's own, whatever the request said."""
        if not self._is_slacks(url):
            raise SlackRefused("foreign_response_url")
        if self.web.session is None:
            raise Unreachable("no session", sent=False)
        try:
            async with (
                asyncio.timeout(self.within),
                self.web.session.post(url, json=body, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise SlackRefused(f"response_url_{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RuntimeError) as problem:
            raise Unreachable(f"response_url: {type(problem).__name__}") from problem

    def _is_slacks(self, url: str) -> bool:
        try:
            there, api = URL(url), URL(self.web.base_url)
            if (there.scheme, there.host, there.port) == (api.scheme, api.host, api.port):
                return True
            hooks = ("https", f"hooks.{api.host}", 443)
            return url.isascii() and (there.scheme, there.host, there.port) == hooks
        except (ValueError, TypeError):
            return False


@dataclass(frozen=True, slots=True)
class _Answer:
    said: Mapping[str, Any]
    headers: object


async def _outcome(method: str, within: float, call: Awaitable[Any]) -> _Answer:
    try:
        async with asyncio.timeout(within):
            answer = await call
    except SlackApiError as problem:
        raise _judge(method, problem.response) from problem
    except _NOT_SENT as problem:
        raise Unreachable(f"{method}: {type(problem).__name__}", sent=False) from problem
    except _HALF_DONE as problem:
        raise Unreachable(f"{method}: {type(problem).__name__}") from problem
    if not isinstance(answer.data, dict):
        raise Unreachable(f"{method}: an answer that is no object")
    return _Answer(answer.data, getattr(answer, "headers", {}))


def _how(refused: SlackRefused) -> str:
    if refused.retry_after is not None:
        return "rate_limited"
    return "locked_out" if refused.error in LOCKED_OUT else "refused"


def _judge(method: str, response: object) -> SlackRefused | Unreachable:
    """The SDK hands over its own response, a dict, a text, None, or the bare HTTP response."""
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    data = getattr(response, "data", response)
    said = data.get("error") if isinstance(data, dict) else None
    error = said if isinstance(said, str) else ""
    if status == 429 or error in RATE_LIMITED:
        return SlackRefused("ratelimited", retry_after=_wait(getattr(response, "headers", {})))
    if not error or error in DOUBTFUL:
        return Unreachable(f"{method}: HTTP {status} {error}".rstrip())
    return SlackRefused(error[:100])


def _wait(headers: object) -> timedelta:
    """What `Retry-After` asks for, within reason."""
    said = headers.get("Retry-After", "") if isinstance(headers, Mapping) else ""
    seconds = int(said) if str(said).isascii() and str(said).isdigit() and len(said) < 9 else 30
    return min(max(timedelta(seconds=seconds), WAIT_AT_LEAST), WAIT_AT_MOST)

"""What does it mean that GitHub refuses, and when may we come back?"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from bot.pipelines.answers import retry_after, until
from bot.pipelines.github.sparing import Slower
from bot.ports import Response, Undelivered

SECONDARY_PAUSE = timedelta(minutes=1)


class NotThere(Undelivered):
    """GitHub says that there is no such thing, in just these words: it uses 404 for more."""

    def __init__(self) -> None:
        super().__init__("GitHub answered 404: Not Found", final=True)


class TokenRefused(Exception):
    """401: the token is no good, or no longer."""


def refusal(answer: Response, now: datetime) -> Exception:
    """What a status other than 2xx means: TokenRefused, NotThere, or Undelivered with when to come
    back."""
    if answer.status == 401:
        return TokenRefused()
    if answer.status == 404 and _says_not_found(answer.body):
        return NotThere()
    detail = f"GitHub answered {answer.status}"
    if answer.status in (403, 429):
        pause = _rate_pause(answer, now)
        if pause is None and answer.status == 403:
            return Undelivered(detail, final=True, retry_after=SECONDARY_PAUSE)
        return Slower(detail, retry_after=pause or SECONDARY_PAUSE)
    final = 400 <= answer.status < 500 and answer.status != 408
    return Undelivered(detail, final=final, retry_after=retry_after(answer.headers, now))


def _says_not_found(body: bytes) -> bool:
    """Of a commit it does not know it says "No commit found": then nobody knows what is there."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("message") == "Not Found"


def _rate_pause(answer: Response, now: datetime) -> timedelta | None:
    """How long a rate limit lasts; None if this refusal is about something else."""
    asked = retry_after(answer.headers, now)
    if asked is not None:
        return asked
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    if spent and (pause := until(answer.headers.get("x-ratelimit-reset", ""), now)):
        return pause
    return SECONDARY_PAUSE if b"rate limit" in answer.body.lower() else None

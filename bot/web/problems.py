"""What does a client hear when something is wrong? RFC 9457, in words a person understands."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.domain.errors import (
    Busy,
    NotStored,
    Outdated,
    PerhapsStored,
    Refusal,
    TooManyWait,
)
from bot.engine.ailments import Ailment, ailment_of
from bot.engine.opening import KeyReused
from bot.ports import Closed, Invalid, Malformed, Problem, Unauthenticated, Unreachable

log = logging.getLogger(__name__)

UNAUTHENTICATED = "The signature or token is missing, wrong or too old."

_TITLES = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address does not understand that method.",
}
"""For what aiohttp finds out by itself."""

AGAIN_AFTER = "5"
NOT_SOON = "600"
"""Seconds; people have to decide something first."""

_TOLD_ON = ("Allow", "Retry-After")
"""Headers of a refusal that the client can make use of."""


def problem(
    status: int,
    title: str,
    detail: str = "",
    errors: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An answer of type application/problem+json."""
    document: dict[str, object] = {"type": "about:blank", "status": status, "title": title}
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = [{"field": e.field, "detail": e.detail} for e in errors]
    return web.Response(
        status=status,
        body=json.dumps(document).encode(),
        content_type="application/problem+json",
        headers=headers,
    )


def later(status: int, title: str) -> web.Response:
    """A refusal that is over soon."""
    return problem(status, title, headers={"Retry-After": AGAIN_AFTER})


@web.middleware
async def speak_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever a handler raises on purpose becomes the answer that says so."""
    try:
        return await handler(request)
    except Unauthenticated as error:
        log.info("refused a request to %s: %s", _route(request), error)
        return problem(401, UNAUTHENTICATED)
    except Malformed as error:
        return problem(400, "This is not a well-formed message.", str(error))
    except Invalid as error:
        return problem(422, "Some fields are wrong.", errors=error.problems)
    except (KeyReused, Refusal) as error:
        return _conflict(error)
    except (Closed, Unreachable) as error:
        log.info("could not take a request to %s: %s", _route(request), error)
        return _not_now(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _refusal(error)


@web.middleware
async def own_up(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What nobody foresaw is our mistake: it is logged, and the client hears that it was ours."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except (
        Exception
    ) as error:  # aiohttp would answer it in plain text, and behind the back of Metrics
        if ailment := ailment_of(error):
            log.error("could not answer %s %s: %s", request.method, _route(request), ailment)
            return _ailing(ailment)
        log.exception("could not answer %s %s", request.method, _route(request))
        return problem(500, "Something went wrong inside Countersign; its log says what.")


def _not_now(error: Closed | Unreachable) -> web.Response:
    if isinstance(error, Closed):
        return later(503, "Countersign is stopping; please try again.")
    return later(503, "What proves the sender cannot be had just now; please try again.")


def _conflict(error: KeyReused | Refusal) -> web.Response:
    match error:
        case KeyReused():
            detail = f"{error.signoff.id} has it; send a new key with a new change."
            return problem(409, "This key was used before for another change.", detail)
        case Busy():
            return later(429, error.sentence)
        case TooManyWait():
            return problem(429, error.sentence, headers={"Retry-After": NOT_SOON})
        case Outdated() | NotStored() | PerhapsStored():
            return later(503, error.sentence)
    return problem(409, error.sentence)


def _ailing(ailment: Ailment) -> web.Response:
    """Whoever sends the same again under the same key or id does no harm."""
    if ailment is Ailment.DOUBT:
        return later(503, "It may have been recorded, or not; please send the same once more.")
    return later(503, f"Nothing was recorded, because {ailment}; please try again.")


def _refusal(error: web.HTTPException) -> web.Response:
    told_on = {name: error.headers[name] for name in _TOLD_ON if name in error.headers}
    return problem(error.status, _TITLES.get(error.reason, error.reason), headers=told_on)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "an unknown address"

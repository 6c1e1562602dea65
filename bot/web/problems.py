"""What does a client hear when something is wrong? RFC 9457, in words a person understands."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.engine.signoffs import KeyReused
from bot.ports import Closed, Invalid, Malformed, Problem, Unauthenticated

UNAUTHENTICATED = "The signature or token is missing, wrong or too old."


def problem(
    status: int, title: str, detail: str = "", errors: Sequence[Problem] = ()
) -> web.Response:
    """An answer of type application/problem+json."""
    document: dict[str, object] = {"type": "about:blank", "status": status, "title": title}
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = [{"field": e.field, "detail": e.detail} for e in errors]
    return web.Response(
        status=status, body=json.dumps(document).encode(), content_type="application/problem+json"
    )


@web.middleware
async def speak_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever a handler raises on purpose becomes the answer that says so."""
    try:
        return await handler(request)
    except Unauthenticated:
        return problem(401, UNAUTHENTICATED)
    except Malformed as error:
        return problem(400, "This is not a well-formed message.", str(error))
    except Invalid as error:
        return problem(422, "Some fields are wrong.", errors=error.problems)
    except KeyReused as error:
        return problem(
            409,
            "This key was used before for another change.",
            f"{error.signoff.id} has it; send a new key with a new change.",
        )
    except Closed:
        return problem(503, "Countersign is stopping; please try again.")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem(error.status, error.reason)

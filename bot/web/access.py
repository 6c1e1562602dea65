"""Who may ask at which route? Whatever stands not here is refused, however it came to be served."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler


class Access(StrEnum):
    """What somebody has to show. The route's own handler looks at it."""

    PUBLIC = "nothing"
    """It tells nothing of anybody's."""

    SLACK = "Slack's signature on these bytes"
    CONNECTION = "the signature, or token, of this connection's platform"
    TOKEN = "the token of a connection, or of a job of its platform"  # noqa: S105
    PAGE = "nothing: where people sign in, and what our pages are made of"
    """It is there only where people step up, and tells nothing of anybody's either."""

    SEAT = "a person's own sign-in, some hours ago at most"
    """Without it each address of the dashboard is the same way there; to post from it takes a page
    of ours that is open.
    """

    PERSON = "a person's own fresh sign-in"
    """Without it a page is nothing but the way there. To the API an ID token shows it."""


ACCESS: Mapping[tuple[str, str], Access] = {
    ("POST", "/hooks/{connection}"): Access.CONNECTION,
    ("POST", "/slack/events"): Access.SLACK,
    ("POST", "/api/v1/signoffs"): Access.TOKEN,
    ("GET", "/api/v1/signoffs/{id}"): Access.TOKEN,
    ("POST", "/api/v1/signoffs/{id}/renew"): Access.TOKEN,
    ("GET", "/api/v1/signoffs/{id}/attestation"): Access.TOKEN,
    ("GET", "/api/v1/signoffs/{id}/explanation"): Access.TOKEN,
    ("POST", "/api/v1/signoffs/{id}/override"): Access.PERSON,
    ("POST", "/api/v1/signoffs/{id}/override/confirm"): Access.PERSON,
    ("POST", "/api/v1/signoffs/{id}/override/review"): Access.PERSON,
    ("GET", "/api/v1/places"): Access.TOKEN,
    ("POST", "/api/v1/incidents"): Access.TOKEN,
    ("PATCH", "/api/v1/incidents/{id}"): Access.TOKEN,
    ("POST", "/api/v1/deployments"): Access.TOKEN,
    ("GET", "/api/v1/checkpoint"): Access.PUBLIC,
    ("GET", "/api/v1/keys"): Access.PUBLIC,
    ("GET", "/api/v1/openapi.json"): Access.PUBLIC,
    ("GET", "/healthz"): Access.PUBLIC,
    ("GET", "/readyz"): Access.PUBLIC,
    ("GET", "/metrics"): Access.PUBLIC,
    ("GET", "/sign-in"): Access.PAGE,
    ("GET", "/signed-in"): Access.PAGE,
    ("GET", "/signed-in/slack"): Access.PAGE,
    ("GET", "/static/{name}"): Access.PAGE,
    ("GET", "/"): Access.PAGE,
    ("POST", "/sign-out"): Access.SEAT,
    ("GET", "/live"): Access.SEAT,
    ("GET", "/queue"): Access.SEAT,
    ("GET", "/signoffs/{id}"): Access.SEAT,
    ("POST", "/signoffs/{id}/{deed}"): Access.SEAT,
    ("GET", "/figures"): Access.SEAT,
    ("GET", "/figures/{name}.csv"): Access.SEAT,
    ("GET", "/outcomes"): Access.SEAT,
    ("POST", "/outcomes/{id}/{deed}"): Access.SEAT,
    ("GET", "/policy"): Access.SEAT,
    ("GET", "/people"): Access.SEAT,
    ("GET", "/connections"): Access.SEAT,
    ("POST", "/connections/parcels/{id}/retry"): Access.SEAT,
    ("POST", "/connections/parcels/{id}/drop"): Access.SEAT,
    ("GET", "/audit"): Access.SEAT,
    ("GET", "/audit/export"): Access.SEAT,
    ("GET", "/me"): Access.SEAT,
    ("GET", "/decide/{id}"): Access.PERSON,
    ("POST", "/decide/{id}/challenge"): Access.PERSON,
    ("POST", "/decide/{id}"): Access.PERSON,
    ("GET", "/override/{id}"): Access.PERSON,
    ("POST", "/override/{id}/challenge"): Access.PERSON,
    ("POST", "/override/{id}"): Access.PERSON,
    ("GET", "/passkeys"): Access.PERSON,
    ("POST", "/passkeys/challenge"): Access.PERSON,
    ("POST", "/passkeys"): Access.PERSON,
    ("POST", "/passkeys/{id}/remove"): Access.PERSON,
}
"""By method and pattern. HEAD is answered wherever GET is, and asks for the same."""


def access_of(method: str, pattern: str) -> Access | None:
    return ACCESS.get(("GET" if method == "HEAD" else method, pattern))


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What nobody has thought about is closed. Raises the 403."""
    resource = request.match_info.route.resource
    if resource and access_of(request.method, resource.canonical) is None:
        raise web.HTTPForbidden(reason="Nobody may ask at this address.")
    return await handler(request)

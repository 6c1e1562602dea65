"""Who may ask at each address, and press each button? Whatever nobody thought of is closed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot import settings
from bot.demo.scene import SENIOR, TOKEN, Scene
from bot.pipelines.signatures import secret_key, sign
from bot.playground.things import TEAM
from bot.web import access
from bot.web.access import ACCESS, Access, access_of
from bot.web.dashboard.routes import Dashboard
from bot.web.fronts import Fronts
from bot.web.pages.routes import OwnPages, Stepping
from bot.web.problems import speak_problems
from bot.web.server import make_app
from tests.hostile.people import NAMES, as_payload, interaction, subject_of
from tests.hostile.slack import signed
from tests.web.ci import BEARER, OTHER_SECRET, Ci, Heard
from tests.web.test_api import others  # noqa: F401 -- a fixture

Headers = Mapping[str, str]


def routes(app: web.Application) -> set[tuple[str, str]]:
    """By method and pattern."""
    found = ((it.method, it.resource) for it in app.router.routes())
    return {(method, resource.canonical) for method, resource in found if resource}


async def handler(_: web.Request) -> web.StreamResponse:
    return web.Response(text="somebody forgot")


class _Anything:
    """Parts are not asked anything while routes are made."""

    public_url = "http://localhost"

    def __getattr__(self, name: str) -> Any:
        return handler


class _Seats(_Anything):
    """They let nobody through, but that is not what is looked at here."""

    def page(self, _: object) -> Any:
        return handler

    deed = page


class _Given:
    """So is a page that is made of it, and of parts of its parts."""

    def __getattr__(self, _: str) -> Any:
        return _Given()

    def __call__(self, *_: object, **__: object) -> Any:
        return _Given()


def whole_app() -> web.Application:
    part: Any = _Anything()
    seats, given = cast(Any, _Seats()), cast(Any, _Given())
    own = OwnPages(
        pages=part,
        signing_in=part,
        stepping=Stepping(
            provider=part, roster=part, deciding=part, overriding=part, passkeys=part
        ),
    )
    return make_app(
        hooks=part,
        api=part,
        overriding=part,
        keys=part,
        health=part,
        metrics=part,
        slack_events=handler,
        incidents=part,
        fronts=Fronts(pages=own, dashboard=Dashboard(seats=seats, given=given)),
    )


def test_every_route_is_listed_and_nothing_else_is() -> None:
    served = {(method, pattern) for method, pattern in routes(whole_app()) if method != "HEAD"}
    assert served == set(ACCESS)


def test_head_is_as_get() -> None:
    heads = [it for it in routes(whole_app()) if it[0] == "HEAD"]
    assert heads
    assert all(access_of(*it) is access_of("GET", it[1]) for it in heads)


async def test_a_route_that_nobody_listed_is_closed() -> None:
    app = web.Application(middlewares=[speak_problems, access.guard])
    app.router.add_get("/forgotten/{what}", handler)
    app.router.add_post("/healthz", handler)
    app.router.add_get("/healthz", handler)
    async with TestClient(TestServer(app)) as client:
        for method, path in (
            ("GET", "/forgotten/it"),
            ("HEAD", "/forgotten/it"),
            ("POST", "/healthz"),
        ):
            assert (await client.request(method, path)).status == 403, (method, path)
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/nowhere")).status == 404
        assert (await client.delete("/healthz")).status == 405


# What is asked without the right to.


def forged_job_token() -> str:
    """Of a platform, by its looks."""
    parts = ({"alg": "none", "typ": "JWT"}, {"iss": "https://ci.example", "sub": "x", "exp": 9**10})
    head, body = (urlsafe_b64encode(json.dumps(it).encode()).decode().rstrip("=") for it in parts)
    return f"{head}.{body}."


def credentials(scene: Scene, body: bytes) -> dict[str, Headers]:
    """Each of the wrong kind or in the wrong hands; none of it opens what needs a token."""
    now = scene.clock()
    return {
        "nothing": {},
        "a wrong token": {"Authorization": "Bearer no-token-of-anybody"},
        "the right token as a password": {"Authorization": f"Basic {TOKEN}"},
        "a token in a cookie": {"Cookie": f"token={TOKEN}"},
        "a forged token of a job": {"Authorization": f"Bearer {forged_job_token()}"},
        "Slack's bot token": {"Authorization": "Bearer xoxb-playground"},
        "a forged webhook": sign(secret_key(OTHER_SECRET), "evt_1", now, body),
        "a forged press": signed(body, now, secret="not-the-signing-secret"),
        "a person who says so": {"X-Forwarded-User": "ada", "X-Remote-User": "ada"},
    }


async def answered(ci: Ci, pattern: str, method: str, named: str, headers: Headers) -> Heard:
    path = pattern.replace("{id}", named).replace("{connection}", named)
    return await ci.ask(method, path, headers, b"{}" if method == "POST" else b"")


def unaddressed(heard: Heard, named: str) -> Heard:
    """Without the way back to where they are, which a page of the dashboard offers to whoever asks."""
    way = f"/sign-in?to=/signoffs/{named}".encode()
    return replace(heard, body=heard.body.replace(way, b"/sign-in"))


@pytest.mark.parametrize(
    ("method", "pattern"),
    [it for it, asked in ACCESS.items() if asked not in (Access.PUBLIC, Access.PAGE)],
)
async def test_without_the_right_credential_there_is_no_answer(
    ci: Ci, scene: Scene, method: str, pattern: str
) -> None:
    known = (await ci.announce_by_token()).said["id"]
    real = "payments-ci" if pattern.startswith("/hooks") else known
    for kind, headers in credentials(scene, b"{}").items():
        heard = unaddressed(await answered(ci, pattern, method, real, headers), known)
        assert heard.status in (401, 403, 404), (kind, heard)
        assert known not in heard.body.decode(), kind
        if ACCESS[method, pattern] is not Access.CONNECTION:  # their names are no secret
            nothing = await answered(ci, pattern, method, "sgn_unknown", headers)
            stranger = unaddressed(nothing, "sgn_unknown")
            assert (stranger.status, stranger.body) == (heard.status, heard.body), kind


@pytest.mark.parametrize(
    ("method", "pattern"), [it for it in ACCESS if ACCESS[it] is Access.TOKEN and "{id}" in it[1]]
)
async def test_another_connections_token_is_told_what_is_told_of_nothing(
    ci: Ci,
    others: None,  # noqa: F811
    method: str,
    pattern: str,
) -> None:
    known = (await ci.announce_by_token()).said["id"]
    if "incidents" in pattern:
        told = json.dumps({"key": "INC-4711", "title": "Checkout is down"}).encode()
        known = (await ci.post(told, BEARER, "/api/v1/incidents")).said["id"]
    theirs = {"Authorization": "Bearer a-token-of-another-team"}
    heard = await answered(ci, pattern, method, known, theirs)
    nothing = await answered(ci, pattern, method, "sgn_unknown", theirs)
    ci.check_problem(heard, 404, "There is no such ")
    assert heard.body == nothing.body
    assert (await answered(ci, pattern, method, known, BEARER)).status != heard.status or (
        pattern.endswith("attestation")  # not decided yet
    )


async def test_where_one_signs_in_nothing_is_told(ci: Ci) -> None:
    known = (await ci.announce_by_token()).said["id"]
    for method, pattern in (it for it, asked in ACCESS.items() if asked is Access.PAGE):
        heard = await answered(ci, pattern.replace("{name}", known), method, known, {})
        assert heard.status in (400, 401, 403, 404), pattern
        assert known not in heard.body.decode(), pattern


async def test_what_is_public_tells_nothing_of_anybodys(ci: Ci) -> None:
    change = ci.change()
    known = (await ci.announce_by_token(**change)).said["id"]
    for method, pattern in (it for it, asked in ACCESS.items() if asked is Access.PUBLIC):
        heard = await ci.ask(method, pattern)
        assert heard.status in (200, 404), pattern
        ci.check_secrecy(heard.body.decode())
        for told in (known, change["key"], change["revision"], change["title"], SENIOR):
            assert told not in heard.body.decode(), (pattern, told)


def test_each_secret_of_a_connection_is_of_that_connection(scene: Scene) -> None:
    """What opens one door is not looked at by another: settings hold no common key."""
    chosen = settings.read(scene.variables())
    assert len(set(chosen.secrets.values())) == len(chosen.secrets)


# What is pressed without the right to.


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """Whoever got hold of Slack's signature and of nothing else."""

    user: str
    team: str = TEAM


NOBODY, GUEST_OF_ANOTHER = Stranger(user="U0NOBODY"), Stranger(user=SENIOR, team="T0OTHER")


async def known_to(scene: Scene) -> list[Any]:
    """All that people can change: entries, and what is kept of their wishes."""
    tables = ("audit", "outbox", "leave", "preference", "nudge", "invitation", "listing")

    def read(session: Any) -> list[Any]:
        return [
            session.connection().execute(text(f"SELECT * FROM {it}")).all()  # noqa: S608
            for it in tables
        ]

    return await scene.house.store.read(read)


@pytest.mark.parametrize("who", [NOBODY, GUEST_OF_ANOTHER])
async def test_whoever_is_not_known_changes_nothing(ci: Ci, scene: Scene, who: Stranger) -> None:
    signoff = await scene.house.board.signoff((await ci.announce_by_token()).said["id"])
    assert signoff
    await scene.house.settle()
    before = await known_to(scene)
    for name in NAMES:
        heard = await pressed(ci, interaction(name, who.user, subject_of(signoff).pack(), who.team))
        assert heard.status in (200, 400, 404), (name, heard)
        await scene.house.settle()
        assert await known_to(scene) == before, name


async def test_whoever_is_known_does(ci: Ci, scene: Scene) -> None:
    signoff = await scene.house.board.signoff((await ci.announce_by_token()).said["id"])
    assert signoff
    before = await known_to(scene)
    heard = await pressed(ci, interaction("CLAIM", SENIOR, subject_of(signoff).pack()))
    assert heard.status == 200
    assert await known_to(scene) != before


async def pressed(ci: Ci, payload: dict[str, Any]) -> Heard:
    body = as_payload(json.dumps(payload).encode())
    return await ci.post(body, signed(body, ci.scene.clock()), "/slack/events")

"""Signing in elsewhere with the play workspace: as strict as Slack's documents are."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import jwt
import pytest

from bot.playground.openid import CLIENT_ID, CLIENT_SECRET, TEAM_CLAIM, USER_CLAIM, signing_key
from bot.playground.server import Channel, Member, Playground
from tests.clocks import MovableClock

BACK = "https://sign.acme.example/signed-in/slack"
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "team": "T0PLAY",
}
MEMBERS = (
    Member(id="U0ADA", name="Ada <b>Park</b>", handle="ada"),
    Member(id="U0GONE", name="Gone", handle="gone", deleted=True),
)


class Play:
    """The workspace, and somebody's browser or an app's server."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.slack = Playground(
            members=MEMBERS, channels=(Channel(id="C0", name="c", members=()),), clock=clock
        )
        self.http = aiohttp.ClientSession()

    async def get(self, path: str, **asked: str) -> tuple[int, str, str]:
        address = f"{self.slack.page_url}openid/connect/{path}?{urlencode(asked)}"
        async with self.http.get(address, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def code(self) -> str:
        _, _, back = await self.get("as/U0ADA", **ASKED)
        return parse_qs(urlsplit(back).query)["code"][0]

    async def token(self, secret: str = CLIENT_SECRET, client: str = CLIENT_ID, **said: str) -> Any:
        basic = b64encode(f"{client}:{secret}".encode()).decode()
        address = f"{self.slack.api_url}openid.connect.token"
        async with self.http.post(
            address,
            data={"grant_type": "authorization_code", "redirect_uri": BACK, **said},
            headers={"Authorization": f"Basic {basic}"},
        ) as answer:
            assert answer.status == 200
            return await answer.json()


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    play = Play(MovableClock())
    async with play.slack, play.http:
        play.slack.openid.redirect_urls = (BACK,)
        yield play


async def test_one_says_who_one_is_and_the_token_says_so(play: Play) -> None:
    status, page, _ = await play.get("authorize", **ASKED)
    assert status == 200
    assert "Ada &lt;b&gt;Park&lt;/b&gt;" in page
    assert "Gone" not in page
    status, _, back = await play.get("as/U0ADA", **ASKED)
    assert (status, back.partition("?")[0]) == (302, BACK)
    assert parse_qs(urlsplit(back).query)["state"] == ["s"]
    said = await play.token(code=parse_qs(urlsplit(back).query)["code"][0])
    claims = jwt.decode(
        said["id_token"], signing_key().public_key(), algorithms=["RS256"], audience=CLIENT_ID
    )
    assert (claims[USER_CLAIM], claims[TEAM_CLAIM]) == ("U0ADA", "T0PLAY")
    assert (claims["nonce"], claims["iss"]) == ("n", play.slack.page_url.rstrip("/"))
    assert claims["exp"] - claims["iat"] == 300


async def test_what_an_app_may_not_ask_is_refused(play: Play) -> None:
    bent = (
        {"redirect_uri": "https://evil.example/signed-in/slack"},
        {"redirect_uri": f"{BACK}/.."},
        {"client_id": "1234.9999"},
        {"scope": "openid email"},
        {"response_type": "token"},
        {"team": "T0ELSE"},
        {"prompt": "login"},
    )
    for one in bent:
        for path in ("authorize", "as/U0ADA"):
            assert (await play.get(path, **ASKED))[0] in (200, 302)
            assert (await play.get(path, **(ASKED | one)))[0] == 400, one
    assert (await play.get("as/U0GONE", **ASKED))[0] == 404


async def test_a_code_is_good_once_for_this_app_and_for_ten_minutes(play: Play) -> None:
    code = await play.code()
    assert (await play.token(code=code))["ok"] is True
    assert await play.token(code=code) == {"ok": False, "error": "invalid_code"}
    refused = (
        (await play.token(code=await play.code(), secret="another"), "bad_client_secret"),
        (await play.token(code=await play.code(), client="9"), "invalid_client_id"),
        (await play.token(code=await play.code(), redirect_uri="x"), "bad_redirect_uri"),
        (await play.token(code=await play.code(), grant_type="x"), "invalid_grant_type"),
        (await play.token(), "invalid_code"),
    )
    assert [said["error"] for said, _ in refused] == [error for _, error in refused]
    late = await play.code()
    play.clock.advance(minutes=11)
    assert (await play.token(code=late))["error"] == "invalid_code"


async def test_while_it_is_down_it_answers_nothing(play: Play) -> None:
    play.slack.down = True
    assert (await play.get("authorize", **ASKED))[0] == 503
    assert (await play.get("keys"))[0] == 503
    play.slack.down = False
    assert (await play.get("keys"))[0] == 200

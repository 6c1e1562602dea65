"""Somebody at the dashboard, who signs in with the play Slack in a browser that does what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.demo.scene import SENIOR, Scene
from tests.web.ci import Heard
from tests.web.visitor import Visitor

SEAT = "__Host-countersign-seat"
QUEUE = "/queue"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Sitter(Visitor):
    """`user` is their account in Slack."""

    user: str = SENIOR

    async def leave(self, wanted: str = QUEUE) -> str:
        """Go to Slack and say who one is; where it sends one back to, as a path of ours."""
        heard = await self.get(f"/sign-in?to={wanted}")
        assert heard.status == 302, heard.body
        return await self.come_back(heard.headers["location"])

    async def come_back(self, asked: str) -> str:
        as_them = asked.replace("/authorize?", f"/as/{self.user}?")
        async with (
            aiohttp.ClientSession() as http,
            http.get(as_them, allow_redirects=False) as answer,
        ):
            assert answer.status == 302, self.scene.slack.openid.refusals
            return answer.headers["Location"].removeprefix(self.public)

    async def sign_in(self, person: str = "", wanted: str = QUEUE, **claims: Any) -> Heard:
        """`person` is their account in Slack; `claims` are put over those that Slack makes."""
        self.user = person or self.user
        self.scene.slack.openid.bent = claims
        return await self.get(await self.leave(wanted))

    async def is_in(self) -> bool:
        return (await self.get(QUEUE)).status == 200


def sitter(scene: Scene, user: str = SENIOR) -> Sitter:
    """Nobody yet: they have not signed in."""
    return Sitter(scene, None, public=scene.public_url, user=user)  # type: ignore[arg-type]


async def seated(scene: Scene, user: str = SENIOR) -> Sitter:
    """They have, and their page is open: its token is known."""
    found = sitter(scene, user)
    heard = await found.sign_in()
    assert heard.status == 200, heard.body
    await found.open(QUEUE)
    return found


async def signed_out(ada: Sitter, csrf: str = "", **headers: str) -> Heard:
    """As the button does, but for these headers."""
    said = {"Content-Type": FORM, "Origin": ada.public, "Sec-Fetch-Site": "same-origin"}
    said |= {"Cookie": f"{SEAT}={ada.cookies.get(SEAT, '')}"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with ada.scene.http.post(
        f"{ada.scene.address}/sign-out",
        data=urlencode({"csrf": csrf or ada.csrf}),
        headers={name: value for name, value in said.items() if value},
        allow_redirects=False,
    ) as answer:
        return Heard(status=answer.status, headers=dict(answer.headers), body=await answer.read())

"""Somebody at our own pages, with a browser that does what it is told and a key in their pocket."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from bot.demo.scene import Scene
from tests.web.authenticator import SoftKey
from tests.web.ci import Heard
from tests.web.provider import FakeProvider

PUBLIC = "https://sign.acme.example"
AWAY, HERE = "__Host-countersign-visit", "__Host-countersign"


@dataclass
class Visitor:
    scene: Scene
    provider: FakeProvider
    public: str = PUBLIC
    cookies: dict[str, str] = field(default_factory=dict)
    last: Any = None

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Heard:
        """With the cookies that are there; those that are set are kept."""
        sent = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()), **(headers or {})}
        data = json.dumps(body).encode() if body is not None else None
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            address = self.scene.address + path
            async with http.request(
                method, address, data=data, headers=sent, allow_redirects=False
            ) as answer:
                self.last = answer.headers.getall("Set-Cookie", [])
                for line in self.last:
                    for name, morsel in SimpleCookie(line).items():
                        self.cookies[name] = morsel.value
                        if not morsel.value:
                            del self.cookies[name]
                return Heard(
                    status=answer.status,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=await answer.read(),
                )

    async def get(self, path: str) -> Heard:
        return await self.ask("GET", path)

    async def post(self, path: str, body: object, **headers: str) -> Heard:
        """As the script of our page does; the token stands on the page that is open."""
        said = {
            "Content-Type": "application/json",
            "Origin": self.public,
            "Sec-Fetch-Site": "same-origin",
            "X-Csrf": self.csrf,
        }
        return await self.ask(
            "POST", path, body, {**said, **{n.replace("_", "-"): v for n, v in headers.items()}}
        )

    csrf: str = ""

    async def open(self, path: str) -> str:
        """The text of a page; its token is kept."""
        heard = await self.get(path)
        page = heard.body.decode()
        found = re.search(r'data-csrf="([^"]+)"', page)
        self.csrf = unescape(found[1]) if found else self.csrf
        return page

    async def leave(self, wanted: str) -> str:
        """Go to the provider; where it would send one back to, as a path of ours."""
        heard = await self.get(f"/sign-in?to={wanted}")
        assert heard.status == 302, heard.body
        async with aiohttp.ClientSession() as http, http.get(heard.headers["location"]) as answer:
            assert answer.status == 200, self.provider.refusals
            return answer.headers["X-Back"].removeprefix(self.public)

    async def sign_in(self, person: str, wanted: str = "/passkeys", **claims: Any) -> Heard:
        self.provider.sign_in_as(person, **claims)
        return await self.get(await self.leave(wanted))

    def key(self, **facts: Any) -> SoftKey:
        host = self.public.partition("://")[2].partition(":")[0]
        return SoftKey(origin=self.public, rp=host, **facts)

    async def add_key(self, key: SoftKey, by: SoftKey | None = None, label: str = "blue") -> Heard:
        await self.open("/passkeys")
        asked = (await self.post("/passkeys/challenge", {"do": "add", "label": label})).said
        said = {"statement": asked["statement"], "credential": key.create(asked["create"])}
        if by is None:
            return await self.post("/passkeys", said)
        known = await self.post("/passkeys/challenge", {"do": "vouch", **said})
        if known.status != 200:
            return known
        signed = by.sign(known.said["get"])
        return await self.post(
            "/passkeys", {"statement": known.said["statement"], "assertion": signed}
        )

    async def challenge(self, signoff: str, verdict: str = "approve", **facts: Any) -> Heard:
        """What a page about this signoff asks for, once it was opened."""
        await self.open(f"/decide/{signoff}")
        found = await self.scene.house.board.signoff(signoff)
        assert found
        shown = {
            "revision": found.change.revision,
            "policy_digest": found.requirement.policy_digest,
        }
        body = {
            "verdict": verdict,
            "reason": "looked at every line",
            "checklist": [],
            **shown,
            **facts,
        }
        return await self.post(f"/decide/{signoff}/challenge", body)

    async def decide(
        self, signoff: str, key: SoftKey, verdict: str = "approve", **bent: Any
    ) -> Heard:
        asked = await self.challenge(signoff, verdict)
        assert asked.status == 200, asked.body
        said = {"statement": asked.said["statement"], "assertion": key.sign(asked.said, **bent)}
        return await self.post(f"/decide/{signoff}", said)

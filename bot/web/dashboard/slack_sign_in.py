"""Who does Slack say somebody is, who signs in to the dashboard with it?

Slack's addresses are known and asked of nobody. It announces neither PKCE nor a way to ask for a
fresh sign-in, so a seat is what comes of it, and never the right to decide what takes a key.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from bot.clock import Clock
from bot.domain.errors import UnknownPerson
from bot.domain.people import Person, Roster
from bot.ports import Malformed, Request, Response, Send, Unauthenticated, Undelivered, Unreachable
from bot.web import id_tokens, oidc
from bot.web.id_tokens import SignedIn
from bot.web.issuers import Issuer, Unknown, json_object
from bot.web.pages.provider import PATIENCE

AUTHORIZE, TOKEN, KEYS = (
    "/openid/connect/authorize",
    "/api/openid.connect.token",
    "/openid/connect/keys",
)


def origin_of(api_url: str) -> str:
    """Of Slack, or of what is put in its place: where its API is, people sign in as well."""
    parts = urlsplit(api_url)
    return f"{parts.scheme}://{parts.netloc}"


Teams = Callable[[], Awaitable[tuple[str, ...]]]
"""Our workspace, and on Enterprise Grid its organisation. Raises Unreachable."""


def addresses(api_url: str) -> tuple[str, str]:
    """What we ask there ourselves."""
    origin = origin_of(api_url)
    return f"{origin}{TOKEN}", f"{origin}{KEYS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSignIn:
    """`origin` is Slack's own; `redirect_uri` is where it sends people back, and only it does."""

    origin: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str
    teams: Teams
    clock: Clock
    send: Send
    issuer: Issuer

    @property
    def name(self) -> str:
        return "Slack"

    @property
    def issuer_url(self) -> str:
        return self.origin

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody; `verifier` is of no use there. Raises Unreachable."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "team": (await self.teams())[0],
        }
        return f"{self.origin}{AUTHORIZE}?{urlencode(asked, quote_via=quote)}"

    async def exchange(self, code: str, verifier: str, nonce: str) -> SignedIn:
        """Who came back with this code. Raises Unauthenticated, Unreachable or Undelivered."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        }
        answer = await self._ask(
            Request(
                method="POST",
                url=f"{self.origin}{TOKEN}",
                headers={
                    "accept": "application/json",
                    "authorization": self._basic(),
                    "content-type": "application/x-www-form-urlencoded",
                },
                body=urlencode(asked).encode(),
            )
        )
        return await self._prove(_token(answer), nonce)

    def person(self, who: SignedIn, roster: Roster) -> Person:
        """By what Slack calls them, and by nothing else. Raises UnknownPerson."""
        person = roster.by_slack(who.subject)
        if person is None:
            raise UnknownPerson
        return person

    async def _ask(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.send(request)
        except TimeoutError:
            raise Unreachable("Slack does not answer") from None

    async def _prove(self, token: str, nonce: str) -> SignedIn:
        offered = oidc.read(token.encode(errors="replace"))
        if offered.issuer != self.origin:
            raise Unauthenticated("an ID token of another provider")
        try:
            key = await self.issuer.key(offered.kid, offered.issued)
        except Unknown:
            raise Unreachable("Slack's keys cannot be had") from None
        if key is None:
            raise Unauthenticated("an ID token that no key of Slack signed")
        return id_tokens.prove_slack(
            offered,
            key,
            client_id=self.client_id,
            now=self.clock(),
            nonce=nonce,
            teams=await self.teams(),
        )

    def _basic(self) -> str:
        """RFC 6749 2.3.1: both are form-encoded first."""
        said = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return f"Basic {b64encode(said.encode()).decode()}"


def _token(answer: Response) -> str:
    """Slack refuses with 200 and `ok: false`; its word for why goes nowhere."""
    if answer.status == 429:
        raise Unreachable("Slack wants us to wait")
    if 400 <= answer.status < 500:
        raise Unauthenticated(f"Slack refused a code, or us: it answered {answer.status}")
    try:
        said = json_object(answer)
    except Malformed as broken:
        raise Undelivered(f"Slack's answer is {broken}") from None
    token = said.get("id_token")
    if said.get("ok") is not True or not isinstance(token, str):
        raise Unauthenticated("Slack refused a code, or us")
    return token

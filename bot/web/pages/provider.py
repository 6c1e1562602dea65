"""Where do people sign in, and who does their provider say they are?"""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus, urlencode

from bot.clock import Clock
from bot.config.step_up import StepUp
from bot.domain.errors import UnknownPerson
from bot.domain.people import Person, Roster
from bot.ports import Malformed, Request, Send, Unauthenticated, Undelivered, Unreachable
from bot.web import id_tokens, oidc
from bot.web.id_tokens import FRESH, SignedIn
from bot.web.issuers import Issuer, Unknown, discovered, json_object, own_address

KNOWN_FOR = timedelta(hours=1)

PATIENCE = 10.0
"""Seconds that somebody waits for their provider to answer us."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    authorization: str
    token: str
    known_at: datetime


@dataclass(slots=True, kw_only=True)
class Provider:
    """The OpenID Connect provider of the config; `redirect_uri` is where it sends people back."""

    known: StepUp
    secret: str = field(repr=False)
    redirect_uri: str
    clock: Clock
    send: Send
    issuer: Issuer
    _endpoints: Endpoints | None = None

    @property
    def name(self) -> str:
        return "Your sign-in provider"

    @property
    def issuer_url(self) -> str:
        return self.known.issuer

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody who is to sign in afresh. Raises Unreachable or Undelivered."""
        asked = {
            "response_type": "code",
            "client_id": self.known.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "prompt": "login",
            "max_age": str(int(FRESH.total_seconds())),
        }
        endpoint = (await self._where()).authorization
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked, quote_via=quote)}"

    async def exchange(self, code: str, verifier: str, nonce: str) -> SignedIn:
        """Who came back with this code. Raises Unauthenticated, Unreachable or Undelivered."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        request = Request(
            method="POST",
            url=(await self._where()).token,
            headers={
                "accept": "application/json",
                "authorization": self._basic(),
                "content-type": "application/x-www-form-urlencoded",
            },
            body=urlencode(asked).encode(),
        )
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self.send(request)
        except TimeoutError:
            raise Unreachable("the provider does not answer") from None
        if 400 <= answer.status < 500:
            raise Unauthenticated(
                f"the provider refused a code, or us: it answered {answer.status}"
            )
        try:
            said = json_object(answer)
        except Malformed as broken:
            raise Undelivered(f"the provider's answer is {broken}") from None
        token = said.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("the provider gave no ID token")
        return await self.prove_id_token(token.encode(errors="replace"), nonce)

    async def prove_id_token(self, token: bytes, nonce: str | None) -> SignedIn:
        """Who a token is of, if it is genuine and fresh. Raises Unauthenticated or Unreachable."""
        offered = oidc.read(token)
        if offered.issuer != self.known.issuer:
            raise Unauthenticated("an ID token of another provider")
        try:
            key = await self.issuer.key(offered.kid, offered.issued)
        except Unknown:
            raise Unreachable("the keys of the provider cannot be had") from None
        if key is None:
            raise Unauthenticated("an ID token that no key of the provider signed")
        now, client_id = self.clock(), self.known.client_id
        return id_tokens.prove(offered, key, client_id=client_id, now=now, nonce=nonce)

    def person(self, who: SignedIn, roster: Roster) -> Person:
        """The one person this is, never a guess. Raises UnknownPerson.

        By what the provider calls them; by a verified address only if nothing else is known.
        """
        named = [it for it in roster.people.values() if it.oidc == who.subject]
        if not named and self.known.by_email and who.email:
            address = _address(who.email)
            named = [it for it in roster.people.values() if address in it.emails and not it.oidc]
        if len(named) != 1:
            raise UnknownPerson
        return named[0]

    async def _where(self) -> Endpoints:
        now = self.clock()
        if self.known.authorization:
            return Endpoints(self.known.authorization, self.known.token, now)
        kept = self._endpoints
        if kept is None or not timedelta(0) <= now - kept.known_at < KNOWN_FOR:
            kept = self._endpoints = await self._discovered(now)
        return kept

    async def _discovered(self, now: datetime) -> Endpoints:
        url = self.known.issuer
        try:
            async with asyncio.timeout(PATIENCE):
                said = await discovered(self.send, url)
        except TimeoutError:
            raise Unreachable("the provider does not answer") from None
        except Malformed as broken:
            raise Undelivered(f"what the provider says of itself is {broken}") from None
        return Endpoints(
            authorization=own_address(said, "authorization_endpoint", url),
            token=own_address(said, "token_endpoint", url),
            known_at=now,
        )

    def _basic(self) -> str:
        """RFC 6749 2.3.1: both are form-encoded first."""
        said = f"{quote_plus(self.known.client_id)}:{quote_plus(self.secret)}"
        return f"Basic {b64encode(said.encode()).decode()}"


def _address(email: str) -> str:
    """As the config writes it. Only ASCII has capitals here: what merely looks alike is another's."""
    return email.lower() if email.isascii() else ""


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()

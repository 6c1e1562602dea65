"""Who asks with a token of their own platform, and what may be done with it?

A job has one such token for all of its requests, so it is not simply single-use:

- **Announcing** uses it up. The same body may be sent with it again, which is the same signoff; with
  another body it is refused. So whoever steals a token from a log or a proxy can announce nothing
  with it, and if they were first, the job's own announcement fails, and nothing ships.
- **Asking** (GET) does not use it up, and shows signoffs of its own connection and repository alone.
- **Asking again** (renew) neither: it adds nothing to what was announced, and a second time is the
  same. But the token must be of the very revision.

All of it ends when the token expires, minutes after it was made on GitHub.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import jwt
from aiohttp import web

from bot.clock import Clock, system_clock
from bot.config.oidc import Oidc
from bot.domain.signoff import Signoff
from bot.ports import Unauthenticated
from bot.web import oidc
from bot.web.issuers import Issuer, Unknown
from bot.web.proofs import NotAuthorised, Proof, proof_of, refusals

AGAIN_AFTER = "15"

Spend = Callable[[str, str, bytes], Awaitable[bool]]
"""Uses a token up: of this issuer, of this id, on this body; False if it was used otherwise."""


async def _never(issuer: str, token: str, on: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """`trusts` are the connections that take such tokens, by name; `issuers` those that are named
    there, by their address.
    """

    trusts: Mapping[str, Oidc] = field(default_factory=dict)
    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    spend: Spend = _never
    clock: Clock = system_clock

    async def who(self, offered: bytes) -> tuple[str, Proof]:
        """The connection that a token opens, and what it proves.

        Raises Unauthenticated, NotAuthorised, or the 503 if nobody can say just now.
        """
        token = oidc.read(offered)
        trusts = {name: it for name, it in self.trusts.items() if it.issuer == token.issuer}
        if not trusts:  # nobody but these is ever asked for keys
            raise Unauthenticated("a token of an issuer that no connection names")
        key = await self._key(token)
        meant_for = list(dict.fromkeys(it.audience for it in trusts.values()))
        claims = oidc.prove(token, key, meant_for, self.clock())
        theirs = oidc.audiences(claims)
        return _opened(claims, {n: it for n, it in trusts.items() if it.audience in theirs})

    async def announce(self, proof: Proof, body: bytes) -> None:
        """Use its token up on this body. Raises Unauthenticated."""
        if not await self.spend(proof.issuer, proof.id, body):
            raise Unauthenticated(f"a token that announced something else before, of {proof.run}")

    async def _key(self, token: oidc.Offered) -> jwt.PyJWK:
        try:
            key = await self.issuers[token.issuer].key(token.kid, token.issued)
        except Unknown:
            raise web.HTTPServiceUnavailable(
                reason="The keys of this token's issuer cannot be had just now; please try again.",
                headers={"Retry-After": AGAIN_AFTER},
            ) from None
        if key is None:
            raise Unauthenticated("a token signed with a key that its issuer does not have")
        return key


def may_see(signoff: Signoff, proof: Proof) -> bool:
    return signoff.change.repository == proof.repository


def check_renewal(signoff: Signoff, proof: Proof) -> None:
    """Raises NotAuthorised."""
    if signoff.change.revision != proof.revision:
        raise NotAuthorised("This token is of another revision than the signoff.")


def _opened(claims: Mapping[str, object], trusts: Mapping[str, Oidc]) -> tuple[str, Proof]:
    """The one connection this run may use. Raises NotAuthorised with the claims that are wrong."""
    opened: list[tuple[str, Proof]] = []
    wrong: list[list[str]] = []
    for name, trust in trusts.items():
        proof = proof_of(claims, trust)
        if found := list(refusals(proof, trust)):
            wrong.append(found)
        else:
            opened.append((name, proof))
    if len(opened) > 1:
        raise NotAuthorised(
            "Several connections would take this token, so nobody knows which is meant; their "
            "projects, workflows or environments must be told apart."
        )
    if not opened:
        closest = min(wrong, key=len)
        raise NotAuthorised(f"This token may not ask here, because of {' and '.join(closest)}.")
    return opened[0]

"""Is an ID token genuine: of this provider, meant for us, and of a person who has just signed in?

Pure: the key and the time are given. As with the tokens of jobs only RS256 is taken, and what is
read twice by different programs is refused before anything else (`oidc.read`).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from bot.ports import Unauthenticated
from bot.web.oidc import LEEWAY, Offered

FRESH = timedelta(minutes=5)
"""How long ago somebody may have signed in who decides."""

_REQUIRED = ("iss", "aud", "exp", "iat", "sub", "auth_time")
_LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who the provider says it is. `email` is empty unless the provider has verified it."""

    subject: str
    email: str
    at: datetime


def prove(
    offered: Offered, key: jwt.PyJWK, *, client_id: str, now: datetime, nonce: str | None
) -> SignedIn:
    """`nonce` is the one we asked with; None where nobody was sent there by us.

    Raises Unauthenticated.
    """
    try:
        claims: Mapping[str, object] = jwt.decode(
            offered.token,
            key,
            algorithms=["RS256"],
            audience=client_id,
            issuer=offered.issuer,
            # The times are judged below, by the clock that everything here goes by.
            options={
                "require": list(_REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Unauthenticated(f"an ID token that is refused: {type(error).__name__}") from None
    _check_party(claims, client_id)
    _check_nonce(claims, nonce)
    at = _signed_in_at(claims, now)
    subject, email = claims["sub"], claims.get("email")
    if not (isinstance(subject, str) and 0 < len(subject) <= _LONGEST):
        raise Unauthenticated("an ID token of nobody")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return SignedIn(subject=subject, email=str(email) if verified else "", at=at)


def _check_party(claims: Mapping[str, object], client_id: str) -> None:
    """One that was made for several is ours only where it was given to us."""
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise Unauthenticated("an ID token that was given to somebody else")


def _check_nonce(claims: Mapping[str, object], nonce: str | None) -> None:
    said = claims.get("nonce")
    if nonce is None:
        return
    if not (isinstance(said, str) and hmac.compare_digest(said.encode(), nonce.encode())):
        raise Unauthenticated("an ID token of another visit")


def _signed_in_at(claims: Mapping[str, object], now: datetime) -> datetime:
    """When they proved who they are; the other times are looked at, too."""
    moments = [claims[name] for name in ("exp", "iat", "auth_time")]
    if not all(type(it) is int for it in moments):  # True is an int in Python, 1.5 a JSON number
        raise Unauthenticated("an ID token whose times are no whole numbers")
    exp, iat, auth_time = (it for it in moments if isinstance(it, int))
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if at >= exp + leeway:
        raise Unauthenticated("an ID token that has expired")
    if at < max(iat, auth_time) - leeway:
        raise Unauthenticated("an ID token of the future")
    if at > auth_time + (FRESH + LEEWAY).total_seconds():
        raise Unauthenticated("an ID token of somebody who signed in too long ago")
    return datetime.fromtimestamp(auth_time, UTC)

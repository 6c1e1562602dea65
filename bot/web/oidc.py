"""Is a job's token genuine: signed by its issuer, meant for us, and good at this moment?

Pure: keys and the time are given. The token is read strictly before anything else happens, so that
nobody's libraries read two things in it; only RS256 is taken, whatever its header asks for.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt

from bot.ports import Malformed, Unauthenticated
from bot.strict_json import decode

LARGEST = 16 * 1024
LEEWAY = timedelta(seconds=60)

LONGEST_LIFE = timedelta(days=29)
"""Shorter than it is remembered which tokens announced (`engine.intake.KEPT_FOR`)."""

REQUIRED = ("iss", "aud", "exp", "iat", "nbf", "jti")
_MOMENTS = ("exp", "iat", "nbf")
_ALGORITHM = "RS256"
_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A token that is well-formed. Nothing of it is proved: `issuer` says only whose key to try."""

    token: str = field(repr=False)
    issuer: str
    kid: str
    issued: int


def looks_like(offered: bytes) -> bool:
    """Whether it may be a token of this kind, and no shared secret."""
    return len(offered) <= LARGEST and _COMPACT.fullmatch(offered) is not None


def read(offered: bytes) -> Offered:
    """What it says of itself. Raises Unauthenticated, before anybody is asked about it."""
    parts = _COMPACT.fullmatch(offered) if len(offered) <= LARGEST else None
    if parts is None:
        raise Unauthenticated("no token that could be read")
    header, claims = _object(parts[1]), _object(parts[2])
    if header.get("alg") != _ALGORITHM:
        raise Unauthenticated("a token that is signed in another way than we verify")
    kid, issuer, issued = header.get("kid"), claims.get("iss"), claims.get("iat")
    if not isinstance(kid, str) or not isinstance(issuer, str) or type(issued) is not int:
        raise Unauthenticated("a token without kid, iss or iat")
    return Offered(token=offered.decode(), issuer=issuer, kid=kid, issued=issued)


def prove(
    offered: Offered, key: jwt.PyJWK, audiences: Sequence[str], now: datetime
) -> Mapping[str, object]:
    """Its claims, once they are proved. Raises Unauthenticated."""
    try:
        claims: Mapping[str, object] = jwt.decode(
            offered.token,
            key,
            algorithms=[_ALGORITHM],
            audience=list(audiences),
            issuer=offered.issuer,
            # The times are judged below, by the clock that everything here goes by.
            options={
                "require": list(REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Unauthenticated(f"a token that is refused: {type(error).__name__}") from None
    _check_time(claims, now)
    if not (isinstance(claims["jti"], str) and claims["jti"]):
        raise Unauthenticated("a token whose jti is no text")
    return claims


def audiences(claims: Mapping[str, object]) -> Sequence[object]:
    said = claims["aud"]
    return said if isinstance(said, list) else [said]


def _check_time(claims: Mapping[str, object], now: datetime) -> None:
    exp, iat, nbf = (claims[name] for name in _MOMENTS)
    # True is an int in Python, and 1.5 a number in JSON.
    if not (type(exp) is int and type(iat) is int and type(nbf) is int):
        raise Unauthenticated("a token whose times are no whole numbers")
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if at >= exp + leeway:
        raise Unauthenticated("a token that has expired")
    if at < max(iat, nbf) - leeway:
        raise Unauthenticated("a token of the future")
    if exp - at > LONGEST_LIFE.total_seconds():
        raise Unauthenticated("a token that lives longer than we remember it")


def _object(segment: bytes) -> dict[str, object]:
    try:
        value = decode(urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
    except (Malformed, NotBase64, ValueError):
        raise Unauthenticated("a token that is no JSON within") from None
    if not isinstance(value, dict):
        raise Unauthenticated("a token that is no JSON object within")
    return value

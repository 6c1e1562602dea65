"""Is an ID token genuine: of this provider, meant for us, and of a person who has just signed in?

Pure: the key and the time are given. As with the tokens of jobs only RS256 is taken, and what is
read twice by different programs is refused before anything else (`oidc.read`).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from bot.ports import Unauthenticated
from bot.web.oidc import LEEWAY, Offered

FRESH = timedelta(minutes=5)
"""How long ago somebody may have signed in who decides."""

SLACK_TEAM, SLACK_USER = "https://slack.com/team_id", "https://slack.com/user_id"
"""Claims of Slack's alone."""

_REQUIRED = ("iss", "aud", "exp", "iat", "sub", "auth_time")
_REQUIRED_OF_SLACK = ("iss", "aud", "exp", "iat", "nonce", SLACK_TEAM, SLACK_USER)
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
    claims = _claims(offered, key, client_id, _REQUIRED)
    _check_nonce(claims, nonce)
    at = _signed_in_at(claims, now)
    subject, email = claims["sub"], claims.get("email")
    if not (isinstance(subject, str) and 0 < len(subject) <= _LONGEST):
        raise Unauthenticated("an ID token of nobody")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return SignedIn(subject=subject, email=str(email) if verified else "", at=at)


def prove_slack(
    offered: Offered,
    key: jwt.PyJWK,
    *,
    client_id: str,
    now: datetime,
    nonce: str,
    teams: Collection[str],
) -> SignedIn:
    """Slack's own, of an account in our workspace: `subject` is what Slack calls it.

    Slack says nothing that shows a fresh sign-in (its `auth_time` is when the token was made), so
    this never is one. Raises Unauthenticated.
    """
    claims = _claims(offered, key, client_id, _REQUIRED_OF_SLACK)
    _check_nonce(claims, nonce)
    made = _fresh(claims, now, "iat")
    team, user = claims[SLACK_TEAM], claims[SLACK_USER]
    if not (isinstance(team, str) and team in teams):
        raise Unauthenticated("an ID token of another workspace")
    if not (isinstance(user, str) and 0 < len(user) <= _LONGEST):
        raise Unauthenticated("an ID token of nobody")
    return SignedIn(subject=user, email="", at=made)


def _claims(
    offered: Offered, key: jwt.PyJWK, client_id: str, required: Sequence[str]
) -> Mapping[str, object]:
    """Those of a token that its issuer signed, for us; nothing is said of its times yet."""
    try:
        claims: Mapping[str, object] = jwt.decode(
            offered.token,
            key,
            algorithms=["RS256"],
            audience=client_id,
            issuer=offered.issuer,
            # The times are judged by the clock that everything here goes by.
            options={
                "require": list(required),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Unauthenticated(f"an ID token that is refused: {type(error).__name__}") from None
    _check_party(claims, client_id)
    return claims


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
    _check_begun(claims, now, "iat")
    return _fresh(claims, now, "auth_time")


def _fresh(claims: Mapping[str, object], now: datetime, name: str) -> datetime:
    """The moment of this name, which was not long ago. Raises Unauthenticated."""
    said = _check_begun(claims, now, name)
    if now.timestamp() > said + (FRESH + LEEWAY).total_seconds():
        raise Unauthenticated("an ID token of somebody who signed in too long ago")
    return datetime.fromtimestamp(said, UTC)


def _check_begun(claims: Mapping[str, object], now: datetime, name: str) -> int:
    """The moment of this name, of a token that is not over. Raises Unauthenticated."""
    exp, said = claims["exp"], claims[name]
    # True is an int in Python, and 1.5 a number in JSON.
    if not (type(exp) is int and type(said) is int):
        raise Unauthenticated("an ID token whose times are no whole numbers")
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if at >= exp + leeway:
        raise Unauthenticated("an ID token that has expired")
    if at < said - leeway:
        raise Unauthenticated("an ID token of the future")
    return said

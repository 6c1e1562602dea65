"""Did this person sign this approval or override, with this key? What is kept of it alone tells.

Who asks says which keys are theirs. Needs `cryptography`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot import strict_json
from bot.agent.vouching import Told, artifacts, moment, tree
from bot.assertions.keys import Unproved, bytes_of, check_signed, is_key
from bot.domain.override import CONFIRM_WITHIN
from bot.ports import Malformed

_DECISION, _OVERRIDE = "countersign-decision/1", "countersign-override/1"
_NONCE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", re.ASCII)

_SIGNED_WITHIN = timedelta(minutes=6)
"""From when they were shown what to sign until it was recorded: five, and what rounding takes."""

_ROUNDED = timedelta(seconds=2)
"""Moments of reviews have no fractions."""

_AS_OLD_AS = timedelta(days=120)
"""At the end of the attestation: as long as an approval may wait for others (90 days), and then be
good (30). Whoever signs attestations could else make an old one good again for ever.
"""

_PROVED = "web-oidc+webauthn"
_PRESENT_AND_VERIFIED = 0x01 | 0x04

__all__ = ["Theirs", "Unproved", "is_key", "override_problems", "problems"]

Theirs = Callable[[str, str], bool]
"""Whether this person has this key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """`person` is said to have signed `made`, which `says` so, at most `within` before `at`."""

    what: str
    person: object
    proved: object
    made: object
    says: Told
    at: object
    within: timedelta = _SIGNED_WITHIN


def problems(statement: Told, theirs: Theirs, approvals: Iterable[Told]) -> Iterator[str]:
    """What speaks against these approvals of an attestation's statement."""
    for review in approvals:
        yield from _against(_approval(review), statement, theirs)


def override_problems(statement: Told, theirs: Theirs) -> Iterator[str]:
    """The same of its override, as far as a security key is said to have signed that."""
    override = statement["predicate"].get("override")
    for claim in _override(override, statement["predicate"]) if override else ():
        if claim.proved == _PROVED or claim.made is not None:
            yield from _against(claim, statement, theirs)


def _against(claim: _Claim, statement: Told, theirs: Theirs) -> Iterator[str]:
    try:
        _check(claim, statement, theirs)
    except Unproved as why:
        yield f"the {claim.what} by {claim.person!s:.60} is not theirs: {why}"


def _approval(review: Told) -> _Claim:
    digest = review.get("policyDigest")
    return _Claim(
        what="approval",
        person=review.get("person"),
        proved=review.get("proved"),
        made=review.get("assertion"),
        says={
            "v": _DECISION,
            "verdict": "approve",
            "policyDigest": digest,
            "reason": review.get("reason"),
        },
        at=review.get("at"),
    )


def _override(it: Told, predicate: Told) -> Iterator[_Claim]:
    """Of whoever asked for it, and of whoever confirmed that, which may take its time."""
    account = {"v": _OVERRIDE, "incident": it.get("incident"), "reason": it.get("reason")}
    yield _Claim(
        what="override",
        person=it.get("by"),
        proved=it.get("proved"),
        made=it.get("assertion"),
        says={**account, "do": "override", "of": ""},
        at=predicate.get("decidedAt"),
        within=_SIGNED_WITHIN + (CONFIRM_WITHIN if it.get("second") else timedelta(0)),
    )
    yield _Claim(
        what="confirmation",
        person=it.get("second"),
        proved=it.get("secondProved"),
        made=it.get("secondAssertion"),
        says={**account, "do": "confirm", "of": it.get("by")},
        at=predicate.get("decidedAt"),
    )


def _check(claim: _Claim, statement: Told, theirs: Theirs) -> None:
    """Raises Unproved."""
    made, predicate = claim.made, statement["predicate"]
    if claim.proved != _PROVED or not isinstance(made, dict):
        raise Unproved("it was not made with a security key")
    public = made.get("publicKey")
    if not theirs(str(claim.person), str(public)):
        raise Unproved("it was made with a key that is not among theirs")
    said = made.get("statement")
    if not isinstance(said, str):
        raise Unproved("it does not hold what was signed")
    decision = _object(said.encode("utf-8", "replace"))
    _fits(decision, {**claim.says, "person": claim.person, **_about(statement, predicate)})
    _lately(decision, claim, predicate)
    client, device = bytes_of(made.get("clientData")), bytes_of(made.get("authenticatorData"))
    _answers(_object(client), said, decision)
    _made_by_a_person(device, decision)
    check_signed(
        bytes_of(public), bytes_of(made.get("signature")), device + hashlib.sha256(client).digest()
    )


def _about(statement: Told, predicate: Told) -> Told:
    names = ("signoff", "repository", "environment", "revision")
    there = {name: predicate.get(name) for name in names}
    return {**there, "artifact": "".join(artifacts(statement)), "tree": tree(statement)}


def _fits(decision: Told, expected: Mapping[str, object]) -> None:
    for name, value in expected.items():
        if (decision.get(name) or "") != (value or ""):
            raise Unproved(f"they decided on another {name}")


def _lately(decision: Told, claim: _Claim, predicate: Told) -> None:
    """They signed it when they are said to have said so, and not years ago."""
    told, nonce = decision.get("at"), decision.get("nonce")
    if not (isinstance(nonce, str) and _NONCE.fullmatch(nonce)):
        raise Unproved("what was signed is not marked as signed once")
    cast, end = (moment(it) for it in (claim.at, predicate.get("expiresAt")))
    if not (isinstance(told, str) and _AT.fullmatch(told)) or cast is None or end is None:
        raise Unproved("it does not say when they decided")
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise Unproved("it does not say when they decided") from None
    if not -_ROUNDED <= cast - at <= claim.within:
        raise Unproved("they decided at another moment")
    if end - at > _AS_OLD_AS:
        raise Unproved("they decided too long ago")


def _answers(client: Told, said: str, decision: Told) -> None:
    """The challenge is what was decided: so the key signed that, and was not asked for anything else."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(said.encode()).digest()).decode()
    if client.get("type") != "webauthn.get" or client.get("challenge") != challenge.rstrip("="):
        raise Unproved("their key was asked for something else")
    origin, _ = _site(decision)
    if client.get("origin") != origin or client.get("crossOrigin") not in (None, False):
        raise Unproved("their key was asked on another page")


def _site(decision: Told) -> tuple[str, str]:
    """Whose pages they decided on: the origin and the host."""
    try:
        found = urlsplit(str(decision.get("audience")))
        return f"{found.scheme}://{found.netloc}", found.hostname or ""
    except ValueError:
        raise Unproved("it does not say on which site they decided") from None


def _made_by_a_person(device: bytes, decision: Told) -> None:
    _, host = _site(decision)
    if device[:32] != hashlib.sha256(host.encode()).digest() or len(device) < 37:
        raise Unproved("their key was asked for another site")
    if device[32] & _PRESENT_AND_VERIFIED != _PRESENT_AND_VERIFIED:
        raise Unproved("their key did not ask who holds it")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = strict_json.decode(body)
    except Malformed:
        found = None
    if not isinstance(found, dict):
        raise Unproved("what was signed cannot be read")
    return found

"""Did we sign this, does it tell what the trail tells, and does it name its place in the trail?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot import signing
from bot.agent.trail import NotInTrail, Place, place_of
from bot.auditing.approvals import Tenures
from bot.checkpoint import Check
from bot.domain.signoff import Signoff
from bot.domain.statement import Position, statement_of
from bot.domain.summary import summary_of
from bot.engine.attesting import Decided
from bot.signing import BadEnvelope
from storage.histories import Entry

Told = Mapping[str, Any]

NOTES_REMEMBERED = 10_000
"""Attestations of one moment name the same checkpoint."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """`root_at` is what the checkpoint of a size says, as far as there is one that holds. `tenures`
    says which security keys might decide, and `erased` are entries whose text was.
    """

    keys: tuple[bytes, ...]
    check: Check
    root_at: Callable[[int], bytes | None]
    tenures: Tenures = field(default_factory=Tenures)
    erased: Container[int] = ()

    def flaw(
        self, envelope: str, signoff: Signoff, entries: Sequence[Entry], decided: Decided | None
    ) -> str:
        """What is wrong with it; empty: nothing. `decided`: as it was at that moment."""
        statement = self._signed(envelope)
        if statement is None:
            return "no key of ours signed it"
        predicate = statement.get("predicate")
        if not isinstance(predicate, dict):
            return "it tells nothing"
        wrong = _otherwise(statement, predicate, signoff)
        if "audit" in predicate and not wrong:
            wrong = _differing(statement, predicate, decided)
        if wrong:
            return f"it says otherwise than the trail: {', '.join(wrong)}"
        return self._misplaced(predicate, entries) if "audit" in predicate else ""

    def summary_flaw(self, summary: str, envelope: str, decided: Decided | None) -> str:
        """The same of what says it in the words of SLSA."""
        statement = self._signed(summary)
        if statement is None:
            return "no key of ours signed it"
        try:
            url = statement["predicate"]["verifier"]["id"]
        except (KeyError, TypeError):
            return "it tells nothing"
        digest = hashlib.sha256(envelope.encode("utf-8", "surrogatepass")).hexdigest()
        expected = summary_of(decided.signoff, str(url), digest) if decided else None
        if expected is None or _unlike(statement, expected):
            return "it says otherwise than the trail"
        return ""

    def _signed(self, envelope: str) -> Told | None:
        for key in self.keys:
            try:
                return signing.verify(envelope, Ed25519PublicKey.from_public_bytes(key))
            except BadEnvelope:
                continue
        return None

    def _misplaced(self, predicate: Told, entries: Sequence[Entry]) -> str:
        """What is wrong with where it says that it stands."""
        try:
            place = place_of(predicate, self.keys, self.check)
        except NotInTrail as problem:
            return str(problem)
        return self._elsewhere(predicate, place, entries)

    def _elsewhere(self, predicate: Told, place: Place, entries: Sequence[Entry]) -> str:
        leaves = {seq: leaf for _, seq, leaf, _ in entries}
        if leaves.get(place.seq) != predicate["audit"]["leaf"]:
            return f"it names entry {place.seq}, which is not its own"
        if self.root_at(place.checkpoint.size) != place.checkpoint.root:
            return f"it names a checkpoint of {place.checkpoint.size} that is not ours"
        return ""


def _differing(statement: Told, predicate: Told, decided: Decided | None) -> list[str]:
    """Names of what differs from what we would sign of it today; how long it is good, and where it
    stands, are looked at elsewhere.
    """
    if decided is None:
        return ["status"]
    signoff = decided.signoff
    nowhere = Position(origin="", seq=0, leaf="", checkpoint="", proof=())
    until = signoff.override.until if signoff.override else signoff.opened_at
    whole = statement_of(signoff, nowhere, until, decided.standings, decided.deciders)
    expected = whole.pop("predicate")
    if not isinstance(expected, dict):
        raise TypeError(expected)
    left_out = {"audit"} if signoff.override else {"audit", "expiresAt"}
    wrong = [
        name
        for name, it in expected.items()
        if name in predicate and name not in left_out and _unlike(predicate[name], it)
    ]
    if _unlike({**statement, "predicate": None}, whole):
        wrong.append("subject")
    return wrong


def _unlike(said: object, expected: object) -> bool:
    """What only one of them knows how to tell is of another version, and compared with nothing."""
    if isinstance(said, dict) and isinstance(expected, dict):
        return any(_unlike(said[name], expected[name]) for name in said.keys() & expected.keys())
    if isinstance(said, list) and isinstance(expected, list):
        return len(said) != len(expected) or any(map(_unlike, said, expected))
    return said != expected


def remembering(check: Check) -> Check:
    """The same answer to the same question, at once."""
    return lru_cache(maxsize=NOTES_REMEMBERED)(check)


def _otherwise(statement: Told, predicate: Told, signoff: Signoff) -> list[str]:
    """Names of what differs. What only later versions tell is compared with nothing."""
    change, decided = signoff.change, signoff.decided_at
    expected: dict[str, object] = {
        "signoff": signoff.id,
        "status": signoff.status.value,
        "proceed": signoff.status.proceed,
        "repository": change.repository,
        "environment": change.environment,
        "connection": change.connection,
        "key": change.key,
        "policyDigest": signoff.requirement.policy_digest,
    }
    wrong = [name for name, value in expected.items() if predicate.get(name) != value]
    if decided and str(predicate.get("decidedAt"))[:19] != decided.isoformat()[:19]:
        wrong.append("decidedAt")
    if _revision(statement) != change.revision:
        wrong.append("revision")
    reviews = [(it.person, it.verdict.value, it.revision) for it in signoff.reviews]
    if _reviews(predicate) != reviews:
        wrong.append("reviews")
    return wrong


def _revision(statement: Told) -> object:
    try:
        return statement["subject"][0]["digest"]["gitCommit"]
    except (KeyError, IndexError, TypeError):
        return None


def _reviews(predicate: Told) -> object:
    try:
        return [(it["person"], it["verdict"], it["revision"]) for it in predicate["reviews"]]
    except (KeyError, TypeError):
        return None

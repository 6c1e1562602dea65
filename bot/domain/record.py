"""What does an auditor want to know of one signoff, in one record?

All of it is what the trail tells. Null is what nobody told us: nothing is made up.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.record_sections import (
    Columns,
    ai_of,
    change_of,
    people_of,
    policy_of,
    risk_of,
    rollback_of,
    testing_of,
)
from bot.domain.record_timeline import decision_of, emergency_of, outcome_of, timeline_of
from bot.domain.retelling import Retold
from bot.domain.signoff import Signoff
from bot.domain.statement import stamp

Record = Mapping[str, object]
"""Plain JSON values by the names of COLUMNS, in that order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """All records of a period: whoever has the same ones gets the same `id`."""

    id: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What was found just now. `seq` and `leaf` (hex) are of the entry that decided, or of the last.

    `proof` (base64) leads from the leaf to the root of the checkpoint; none covers the newest
    entries yet. `attestation` is the SHA-256 of the envelope, `keyid` who signed it, `until` its end.
    From the entries `erased` somebody's names were taken out, as the trail says itself.
    """

    seq: int
    leaf: str
    size: int | None
    root: str | None
    proof: tuple[str, ...]
    attestation: str | None
    keyid: str | None
    until: str | None
    erased: tuple[int, ...]
    flaws: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return not self.flaws


def record_of(told: Retold, found: Integrity, population: Population) -> Record:
    """Its columns in their order."""
    signoff = told.signoff
    columns: Columns = {
        "record_id": signoff.id,
        "population.id": population.id,
        "population.since": stamp(population.since),
        "population.until": stamp(population.until),
        **decision_of(told),
        **change_of(signoff),
        **risk_of(signoff),
        **ai_of(signoff),
        **people_of(told),
        **policy_of(signoff),
        **testing_of(signoff),
        **timeline_of(told, found.until),
        **rollback_of(signoff),
        **emergency_of(signoff),
        **outcome_of(told),
        **_integrity(told, found),
    }
    return columns


def nested(record: Record) -> dict[str, object]:
    """`change.revision` as `{"change": {"revision": …}}`."""
    whole: dict[str, object] = {}
    for column, value in record.items():
        group, dot, name = column.partition(".")
        if not dot:
            whole[column] = value
            continue
        inside = whole.setdefault(group, {})
        assert isinstance(inside, dict)  # noqa: S101 -- no column is called as a group is
        inside[name] = value
    return whole


def _integrity(told: Retold, found: Integrity) -> Columns:
    return {
        "integrity.seq": found.seq,
        "integrity.leaf": found.leaf,
        "integrity.checkpoint_size": found.size,
        "integrity.checkpoint_root": found.root,
        "integrity.inclusion_proof": list(found.proof) if found.size else None,
        "integrity.attestation_sha256": found.attestation,
        "integrity.keyid": found.keyid,
        "integrity.verify_command": verify_command(told.signoff) if found.attestation else None,
        "integrity.erased_entries": list(found.erased),
        "integrity.verified": found.verified,
        "integrity.flaws": list(found.flaws),
    }


def verify_command(signoff: Signoff) -> str | None:
    """As a shell takes it, whatever a pipeline calls its environment; None: it was not let go on."""
    change = signoff.change
    if not signoff.status.proceed or signoff.decided_at is None or signoff.requirement.shadow:
        return None
    about = {
        "repository": change.repository,
        "revision": change.revision,
        "environment": change.environment,
        "artifact": change.artifact_digest,
        "at": stamp(signoff.decided_at),
    }
    flags = [shlex.quote(f"--{name}={value}") for name, value in about.items() if value]
    return " ".join(
        ["countersign verify", shlex.quote(f"{signoff.id}.json"), "--key countersign.pub", *flags]
    )

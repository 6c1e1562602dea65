"""Is this record what the trail tells, does it stand there, and is what was signed of it genuine?

It is looked at now, from the entries' bytes on; nothing is believed that somebody noted before.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from bot.auditing import Trail, signoffs
from bot.auditing.findings import Flaws
from bot.domain.errors import Refusal
from bot.domain.record import Integrity, Population, Record, record_of
from bot.domain.record_columns import COLUMNS
from bot.domain.retelling import Entry, Retold, retold
from bot.domain.statement import stamp
from bot.exporting.population import Period
from bot.merkle import check_inclusion
from storage import checkpoints, documents, tree
from storage.audit import leaf_of
from storage.histories import History

HASHED_OTHERWISE = "its bytes are not those that were hashed"
ELSEWHERE = "its row stands in this period or environment, and its entries do not"
NO_PROOF = "nothing leads from its entry to the checkpoint over it"
NOT_GENUINE = "the checkpoint over its entry is not genuine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """`told` is None where its entries tell nothing that could have happened."""

    record_id: str
    told: Retold | None
    integrity: Integrity

    def record(self, population: Population) -> Record:
        """With nothing but its name and what is wrong, where nothing else is known."""
        if self.told:
            return record_of(self.told, self.integrity, population)
        return {
            **dict.fromkeys(COLUMNS),
            "record_id": self.record_id,
            "population.id": population.id,
            "population.since": stamp(population.since),
            "population.until": stamp(population.until),
            "integrity.verified": False,
            "integrity.flaws": list(self.integrity.flaws),
        }


@dataclass(frozen=True, slots=True)
class Examiner:
    session: Session
    trail: Trail
    period: Period

    def look(self, history: History, *, anywhen: bool = False) -> Examined:
        """`anywhen`: it need not have been asked for in the period."""
        flaws = self._replayed(history)
        told = _told(history)
        if told is None:
            found = _nothing(flaws)
            return Examined(record_id=history.signoff_id, told=None, integrity=found)
        here = self.period.holds(told.signoff.opened_at, told.signoff.change.environment)
        if not here and not anywhen:
            flaws.append(ELSEWHERE)
        by = told.decided or told.entries[-1]
        size, root, proof, wrong = self._place(by)
        digest, keyid, until = _attested(history.envelope)
        integrity = Integrity(
            seq=by.seq,
            leaf=by.leaf,
            size=size,
            root=root,
            proof=proof,
            attestation=digest,
            keyid=keyid,
            until=until,
            erased=tuple(it.seq for it in told.entries if it.seq in self.trail.erasures.entries),
            flaws=(*flaws, *wrong),
        )
        return Examined(record_id=history.signoff_id, told=told, integrity=integrity)

    def _replayed(self, history: History) -> list[str]:
        """As `audit verify` does it: hashes, replay, the stored document, the signature."""
        if not history.entries:
            return [signoffs.NOT_TOLD]
        found = Flaws()
        unattested = self.trail.erasures.attestations
        signoffs.replay_all([history], self.trail.vouched, found, lambda _: None, unattested)
        edited = [
            f"entry {seq}: {HASHED_OTHERWISE}"
            for _, seq, leaf, body in history.entries
            if (now := _hash(body)) != leaf and not self.trail.erasures.allow(seq, leaf, now)
        ]
        return [*edited, *(it.why for it in found.named)]

    def _place(self, by: Entry) -> tuple[int | None, str | None, tuple[str, ...], list[str]]:
        """The checkpoint over its entry, and what leads there; the newest entries have none yet."""
        covering = checkpoints.covering(self.session, by.seq)
        if covering is None:
            return None, None, (), []
        root = self.trail.claims.root_at(covering.size)
        if root is None:
            return covering.size, None, (), [NOT_GENUINE]
        try:
            path = tree.inclusion(self.session, by.seq, covering.size)
            leaf = bytes.fromhex(by.leaf)
        except (tree.Missing, ValueError, TypeError):
            return covering.size, root.hex(), (), [NO_PROOF]
        leads = check_inclusion(leaf, by.seq - 1, covering.size, path, root)
        proof = tuple(base64.b64encode(it).decode() for it in path)
        return covering.size, root.hex(), proof, [] if leads else [NO_PROOF]


def _hash(body: object) -> str:
    """SQLite takes anything for a text."""
    return leaf_of(body.encode("utf-8", "surrogatepass")) if isinstance(body, str) else ""


def _told(history: History) -> Retold | None:
    try:
        return retold([_entry(seq, leaf, body) for _, seq, leaf, body in history.entries])
    except (ValueError, KeyError, TypeError, RecursionError, Refusal):
        return None


def _entry(seq: int, leaf: str, body: str) -> Entry:
    return Entry(seq, str(leaf), documents.read_event(json.loads(body)["event"]))


def _nothing(flaws: Sequence[str]) -> Integrity:
    return Integrity(
        seq=0,
        leaf="",
        size=None,
        root=None,
        proof=(),
        attestation=None,
        keyid=None,
        until=None,
        erased=(),
        flaws=tuple(flaws) or (signoffs.UNTELLABLE,),
    )


def _attested(envelope: str | None) -> tuple[str | None, str | None, str | None]:
    """Its SHA-256, which key it names, and until when it is good; whether it is genuine is judged
    elsewhere.
    """
    if envelope is None:
        return None, None, None
    digest = hashlib.sha256(envelope.encode("utf-8", "surrogatepass")).hexdigest()
    try:
        document = json.loads(envelope)
        keyid = document["signatures"][0]["keyid"]
        predicate = json.loads(base64.b64decode(document["payload"]))["predicate"]
        until = predicate.get("expiresAt")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return digest, None, None
    return digest, str(keyid), until if isinstance(until, str) else None

"""Is each signoff what its entries tell, and is its attestation genuine?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.auditing.attestations import Vouched
from bot.auditing.findings import Flaws
from bot.domain.errors import Refusal
from bot.domain.events import Event, Opened
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff
from storage import documents
from storage.histories import Entry, History

Told = Callable[[int], None]

NOT_TOLD = "nothing in the trail tells of it"
OTHERWISE = "it is not what its entries tell"
GONE = "its entries tell of it, and it is gone"
UNTELLABLE = "its entries cannot be replayed"
NOT_ATTESTED = "it was let go on, and its attestation is gone"


@dataclass(slots=True)
class Replayed:
    """How many hold."""

    signoffs: int = 0
    attestations: int = 0


def replay_all(
    histories: Iterable[History], vouched: Vouched, flaws: Flaws, told: Told
) -> Replayed:
    found = Replayed()
    for history in histories:
        _look(history, vouched, flaws, found)
        told(len(history.entries))
    return found


def _look(history: History, vouched: Vouched, flaws: Flaws, found: Replayed) -> None:
    as_told = _replayed(history.entries)
    if as_told is None:
        flaws.add("signoff", history.signoff_id, UNTELLABLE)
        return
    why = _otherwise(history, as_told)
    if why:
        flaws.add("signoff", history.signoff_id, why)
    else:
        found.signoffs += 1
    if history.envelope is not None:
        if why := vouched.flaw(history.envelope, as_told, history.entries):
            flaws.add("signoff", history.signoff_id, f"its attestation: {why}")
        else:
            found.attestations += 1
    elif as_told.status.proceed and not history.promised:
        flaws.add("signoff", history.signoff_id, NOT_ATTESTED)


def _otherwise(history: History, as_told: Signoff) -> str:
    if history.document is None:
        return GONE
    if documents.write_signoff(as_told) == history.document:
        return ""
    try:
        same = documents.read_signoff(history.document) == as_told
    except (ValueError, TypeError):
        same = False
    return "" if same else OTHERWISE


def _replayed(entries: Sequence[Entry]) -> Signoff | None:
    try:
        first, *later = [_event(body) for _, _, _, body in entries]
        return replay(first, later) if isinstance(first, Opened) else None
    except (ValueError, KeyError, TypeError, RecursionError, Refusal):
        return None


def _event(body: str) -> Event:
    return documents.read_event(json.loads(body)["event"])

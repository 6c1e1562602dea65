"""Is each signoff what its entries tell, and is its attestation genuine?"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.auditing.approvals import unproved
from bot.auditing.attestations import Vouched
from bot.auditing.findings import Flaws
from bot.auditing.places import Lines
from bot.clock import system_clock
from bot.domain.errors import Refusal
from bot.domain.events import Event
from bot.domain.signoff import Signoff
from bot.domain.unshipped import line_of
from bot.engine.attesting import Decided, decided_by
from storage import documents
from storage.attestations import Told
from storage.histories import Entry, History

Heard = Callable[[int], None]

NOT_TOLD = "nothing in the trail tells of it"
OTHERWISE = "it is not what its entries tell"
GONE = "its entries tell of it, and it is gone"
UNTELLABLE = "its entries cannot be replayed"
NOT_ATTESTED = "it was let go on, and its attestation is gone"
GIVEN_UP = "it was let go on, and is not attested: see countersign outbox"

AT_THE_LATEST = timedelta(days=2)
"""What waits longer than an effect ever does was put off by somebody."""


@dataclass(slots=True)
class Replayed:
    """How many hold."""

    signoffs: int = 0
    attestations: int = 0


def replay_all(
    histories: Iterable[History],
    vouched: Vouched,
    flaws: Flaws,
    told: Heard,
    unattested: Container[str] = (),
    lines: Lines | None = None,
) -> Replayed:
    """`unattested` are those whose attestation was erased; `lines` hear of each."""
    found, lines = Replayed(), lines or Lines()
    for history in histories:
        _look(history, vouched, flaws, found, unattested, lines)
        told(len(history.entries))
    return found


def _look(
    history: History,
    vouched: Vouched,
    flaws: Flaws,
    found: Replayed,
    unattested: Container[str],
    lines: Lines,
) -> None:
    replayed = _replayed(history.entries)
    if replayed is None:
        lines.whole = False
        flaws.add("signoff", history.signoff_id, UNTELLABLE)
        return
    told, (decided, as_told) = replayed
    lines.hear(as_told, history.entries, decided)
    for why in unproved(as_told, told, vouched.tenures, vouched.erased):
        flaws.add("signoff", history.signoff_id, why)
    why = _otherwise(history, as_told)
    if why:
        flaws.add("signoff", history.signoff_id, why)
    else:
        found.signoffs += 1
    if history.envelope is not None:
        if why := _attested(history, history.envelope, as_told, decided, vouched):
            flaws.add("signoff", history.signoff_id, why)
        else:
            found.attestations += 1
    elif history.signoff_id not in unattested and (why := _unpromised(history, as_told)):
        flaws.add("signoff", history.signoff_id, why)


def _unpromised(history: History, as_told: Signoff) -> str:
    """Unless it is still to be attested, and soon."""
    if not as_told.status.proceed:
        return ""
    if history.promised is None:
        return NOT_ATTESTED
    state, due_at = history.promised
    due, decided = _moment(due_at), as_told.decided_at or as_told.opened_at
    soon = due is not None and due <= max(system_clock(), decided) + AT_THE_LATEST
    return "" if state == "waiting" and soon else GIVEN_UP


def _otherwise(history: History, as_told: Signoff) -> str:
    if history.document is None:
        return GONE
    if documents.write_signoff(as_told) != history.document:
        try:
            same = documents.read_signoff(history.document) == as_told
        except (ValueError, TypeError):
            same = False
        if not same:
            return OTHERWISE
    expected = _columns(as_told)
    wrong = [name for name, it in history.columns.items() if not _is(it, expected[name])]
    return f"its columns say something else than its entries: {', '.join(wrong)}" if wrong else ""


def _columns(signoff: Signoff) -> dict[str, object]:
    """By these it is looked up, and wakes."""
    change = signoff.change
    return {
        "connection": change.connection,
        "key": change.key,
        "renewal": signoff.renewal,
        "repository": change.repository,
        "environment": change.environment,
        "lineage": change.lineage,
        "revision": change.revision,
        "line": line_of(change),
        "status": signoff.status.value,
        "opened_at": signoff.opened_at,
        "next_due": signoff.next_due,
    }


def _is(stored: object, expected: object) -> bool:
    if not isinstance(expected, datetime):
        return stored == expected
    return _moment(stored) == expected


def _moment(stored: object) -> datetime | None:
    """SQLite keeps texts, and takes anything for one."""
    try:
        moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    except ValueError:
        return None
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _attested(
    history: History, envelope: str, as_told: Signoff, decided: Decided | None, vouched: Vouched
) -> str:
    if why := vouched.flaw(envelope, as_told, history.entries, decided):
        return f"its attestation: {why}"
    if history.summary is None:
        return ""
    why = vouched.summary_flaw(history.summary, envelope, decided)
    return f"the summary of its attestation: {why}" if why else ""


def _replayed(
    entries: Sequence[Entry],
) -> tuple[Sequence[Told], tuple[Decided | None, Signoff]] | None:
    """What happened; as it was decided, and as it is now."""
    try:
        told = [Told(seq, leaf, _event(body)) for _, seq, leaf, body in entries]
        return told, decided_by(told)
    except (ValueError, KeyError, TypeError, RecursionError, Refusal):
        return None


def _event(body: str) -> Event:
    return documents.read_event(json.loads(body)["event"])

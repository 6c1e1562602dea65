"""What does a real database say? All that the judge wants to know of it, read in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.domain.house_events import HOUSE
from storage import documents
from storage.tables import AttestationRow, AuditRow, OutboxRow, SignoffRow
from tests.faults.evidence import Entry, Evidence, Received, Waiting

_OF_HOUSE = select(AuditRow.seq).where(AuditRow.signoff_id == HOUSE)
_OF_SIGNOFFS = select(AuditRow).where(AuditRow.signoff_id != HOUSE).order_by(col(AuditRow.seq))


def read(
    session: Session, received: Sequence[Received], ended_at: datetime, **known: Any
) -> Evidence:
    """With what the outside world `received`; `known` is what else is known of the run."""
    return Evidence(
        entries=[_entry(row) for row in session.exec(_OF_SIGNOFFS)],
        of_house=frozenset(session.exec(_OF_HOUSE)),
        stored={
            row.id: documents.read_signoff(row.document) for row in session.exec(select(SignoffRow))
        },
        received=received,
        ended_at=ended_at,
        waiting=[_waiting(row) for row in session.exec(select(OutboxRow))],
        attested=frozenset(session.exec(select(AttestationRow.signoff_id))),
        **known,
    )


def _entry(row: AuditRow) -> Entry:
    event = documents.read_event(json.loads(row.body)["event"])
    return Entry(seq=row.seq, signoff=row.signoff_id, event=event)


def _waiting(row: OutboxRow) -> Waiting:
    effect = documents.read_promise(row.effect)
    return Waiting(signoff=row.signoff_id, effect=effect.kind, parked=row.state == "parked")

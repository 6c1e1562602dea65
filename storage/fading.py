"""Which decisions are so old that nobody has to know any more who had a part in them?

Of each the people become pseudonyms and the words go, as `bot/domain/fading.py` says; what is
looked up beside them, and what was signed of them, goes as well. So do the words of what nobody had
been asked about.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, select
from sqlmodel import Session

from bot.domain.erasing import PSEUDONYM, renamed_findings
from bot.domain.errors import Refusal
from bot.domain.fading import Fading, gone, is_gone, with_renamed
from bot.domain.house_events import HOUSE, ErasedAttestation, Unasked
from storage import audit, documents, fading_incidents
from storage.changing import Changed, NotErased
from storage.erasing import Look, entries_of, replayed
from storage.statements import Statement
from storage.tables import table

_SIGNOFF, _OUTBOX, _DOSSIER = table("signoff"), table("outbox"), table("dossier")
_BESIDE = {"invitation": "signoff_id", "glance": "signoff_id", "surface": "subject"}
"""Rows about a signoff that name people, and what they call it."""

_UNASKED = "unasked"

AT_ONCE = 5_000
"""Decisions: all that is written of them is in memory before any of it is."""

_TELLING = Statement(select(_OUTBOX.c.signoff_id).distinct())
_ENVELOPE = Statement(
    table("attestation").select().where(table("attestation").c.signoff_id == bindparam("of"))
)


def look(session: Session, before: datetime, at_once: int = AT_ONCE) -> Look:
    """What was over before this moment, the oldest first. Raises NotErased for a trail that does not
    hold.
    """
    if flaw := audit.verify(session):
        raise NotErased(f"audit entry {flaw.seq} does not hold: {flaw.why}")
    found = Look()
    telling = {id for (id,) in _TELLING.rows(session, {})}
    for signoff_id, document in _old(session, before):
        if signoff_id in telling or not documents.read_signoff(document).status.is_final:
            found.not_over += 1
        elif len(found.signoffs) < at_once:
            _signoff(session, found, signoff_id, document)
        else:
            found.more = True
            break
    _of_house(session, found, before)
    _beside(session, found)
    found.forgotten["dossier"] = list(_dossiers(session, before))
    return found


def _old(session: Session, before: datetime) -> Iterator[tuple[str, str]]:
    """Those of which anything is left to take out."""
    query = (
        select(_SIGNOFF.c.id, _SIGNOFF.c.document)
        .where(_SIGNOFF.c.opened_at < before)
        .order_by(_SIGNOFF.c.opened_at, _SIGNOFF.c.id)
    )
    found = session.connection().execute(query, execution_options={"yield_per": 1000})
    with found as rows:
        for signoff_id, document in rows:
            known = json.loads(document)
            if _new_fading().value(known) != known and _was_over(document, before):
                yield signoff_id, document


def _was_over(document: str, before: datetime) -> bool:
    decided = documents.read_signoff(document).decided_at
    return decided is None or decided < before


def _new_fading() -> Fading:
    return Fading(lambda: f"{PSEUDONYM}{secrets.token_hex(4)}")


def _signoff(session: Session, found: Look, signoff_id: str, document: str) -> None:
    told = entries_of(session, signoff_id)
    changed = _faded(told)
    if not changed:
        return
    new = {it.entry.seq: it.body for it in changed}
    try:
        as_told = replayed([it.body for it in told])
        left = replayed([new.get(it.seq, it.body) for it in told])
    except (ValueError, KeyError, TypeError, Refusal) as problem:
        raise NotErased(f"{signoff_id} could not be told any more: {problem}") from None
    if documents.read_signoff(document) != as_told:
        raise NotErased(f"{signoff_id} is not what its entries tell: run countersign audit verify")
    found.entries += changed
    found.signoffs[signoff_id] = left
    for kept in _ENVELOPE.records(session, {"of": signoff_id}):
        digest = hashlib.sha256(kept.envelope.encode()).hexdigest()
        gone = ErasedAttestation(signoff_id=signoff_id, digest=f"sha256:{digest}")
        found.attestations.append(gone)


def _faded(told: Sequence[audit.Entry]) -> list[Changed]:
    """Findings are known by their words, and spoken of in later entries."""
    fading = _new_fading()
    entries = [json.loads(it.body) for it in told]
    left = [fading.value(it["event"]) for it in entries]
    renamed: dict[str, str] = {}
    for entry, event in zip(entries, left, strict=True):
        renamed |= renamed_findings(entry["event"], event)
    changed = []
    for one, entry, event in zip(told, entries, left, strict=True):
        new = with_renamed(event, renamed)
        if new != entry["event"]:
            changed.append(Changed.of(one, entry, new))
    return changed


def _of_house(session: Session, found: Look, before: datetime) -> None:
    told = entries_of(session, HOUSE)
    of_incidents = list(fading_incidents.entries(told, before))
    found.entries += [*_unasked(told, before), *of_incidents]
    found.renamed |= fading_incidents.rows(session, told, of_incidents)


def _unasked(told: Sequence[audit.Entry], before: datetime) -> Iterator[Changed]:
    """What nobody was asked about: that it was so stays, and what its title was goes."""
    numbers: dict[str, int] = {}
    for entry in told:
        said = json.loads(entry.body)
        if said["event"].get("kind") != _UNASKED:
            continue
        event = documents.read_house_event(said["event"])
        if isinstance(event, Unasked) and event.at < before and not is_gone(event.what):
            number = numbers.setdefault(event.what, entry.seq)
            yield Changed.of(entry, said, {**said["event"], "what": gone(number)})


def _beside(session: Session, found: Look) -> None:
    for name, column in _BESIDE.items():
        rows, ask = table(name), session.connection()
        found.forgotten[name] = [
            row
            for id in found.signoffs
            for row in ask.execute(rows.select().where(rows.c[column] == id)).all()
        ]


def _dossiers(session: Session, before: datetime) -> Iterator[Row[Any]]:
    """Of changes of which nothing was asked since."""
    since = exists().where(_same(), _SIGNOFF.c.opened_at >= before)
    ever = exists().where(_same())
    query = select(_DOSSIER).where(ever, ~since)
    yield from session.connection().execute(query).all()


def _same() -> ColumnElement[bool]:
    return (
        (_SIGNOFF.c.connection == _DOSSIER.c.connection)
        & (_SIGNOFF.c.repository == _DOSSIER.c.repository)
        & (_SIGNOFF.c.lineage == _DOSSIER.c.lineage)
    )

"""How is somebody taken out of what was found, and who says so?

Hashes and places stay, and so does every checkpoint; new entries name each that was changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session

from bot.domain.house_events import HOUSE, Erased, PasskeyAdded
from bot.domain.signoff import Signoff
from bot.domain.unshipped import line_of
from storage import (
    audit,
    counted,
    documents,
    erased,
    erasing_rows,
    guarding,
    surfaces,
    vouching,
)
from storage.changing import Changed, NotErased
from storage.erasing import Look
from storage.statements import Statement
from storage.tables import table
from storage.vouching import Genuine

AT_ONCE = 1_000
"""Entries that one entry names."""

_AUDIT, _SIGNOFF, _ATTESTATION = table("audit"), table("signoff"), table("attestation")
_PUT = Statement(_AUDIT.update().where(_AUDIT.c.seq == bindparam("number")), "body")
_KEEP = Statement(
    _SIGNOFF.update().where(_SIGNOFF.c.id == bindparam("of")),
    *("key", "repository", "lineage", "line", "change_digest", "judged_by", "document"),
)
_DROP = Statement(_ATTESTATION.delete().where(_ATTESTATION.c.signoff_id == bindparam("of")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is kept of it."""

    what: str
    why: str
    by: str
    pseudonym: str
    at: datetime


def erase(
    session: Session, found: Look, said: Said, sign: Callable[[bytes], bytes], is_ours: Genuine
) -> None:
    """All of it, in the caller's transaction; what was counted is counted anew. What `is_ours` of the security keys that were let in is
    signed anew. Raises NotErased.
    """
    if found.in_the_way:
        raise NotErased("; ".join(found.in_the_way))
    found.entries = [_vouched_anew(it, sign, is_ours) for it in found.entries]
    with guarding.lifted(session.connection()):
        _PUT.run_all(session, [{"number": it.entry.seq, "body": it.body} for it in found.entries])
    for signoff in found.signoffs.values():
        _KEEP.run(session, _columns(signoff, said.pseudonym))
    for gone in found.attestations:
        _DROP.run(session, {"of": gone.signoff_id})
    surfaces.mark_all(session, list(found.signoffs), said.at)
    for name, rows in found.forgotten.items():
        erasing_rows.forget(session, name, rows)
    for name, renamed in found.renamed.items():
        erasing_rows.rename(session, name, renamed)
    erasing_rows.empty(session, found.deliveries)
    counted.forget(session)
    for event in _events(found, said):
        audit.append_house(session, _signed(event, sign))


def _events(found: Look, said: Said) -> Iterator[Erased]:
    """As many as it takes; one, where nothing of the trail is changed."""
    entries = tuple(it.named for it in found.entries)
    event = Erased(
        what=said.what,
        pseudonym=said.pseudonym,
        why=said.why,
        by=said.by,
        entries=entries[:AT_ONCE],
        attestations=tuple(found.attestations),
        at=said.at,
    )
    yield event
    for start in range(AT_ONCE, len(entries), AT_ONCE):
        yield replace(event, entries=entries[start : start + AT_ONCE], attestations=())


def _signed(event: Erased, sign: Callable[[bytes], bytes]) -> Erased:
    return replace(event, signature=erased.signature_of(event, sign))


def _vouched_anew(it: Changed, sign: Callable[[bytes], bytes], is_ours: Genuine) -> Changed:
    """A key does not stop deciding when whoever let it in is erased; what nobody vouched for stays so."""
    if it.entry.signoff_id != HOUSE:
        return it
    before = documents.read_house_event(json.loads(it.entry.body)["event"])
    if not isinstance(before, PasskeyAdded) or not is_ours(before):
        return it
    said = json.loads(it.body)
    event = {**said["event"], "signature": ""}
    left = documents.read_house_event(event)
    if isinstance(left, PasskeyAdded):
        event["signature"] = vouching.signature_of(left, sign)
    return replace(it, body=documents.canonical({**said, "event": event}).decode())


def _columns(signoff: Signoff, pseudonym: str) -> dict[str, object]:
    """What a change was told as is a hash that somebody could guess at."""
    change = signoff.change
    return {
        "of": signoff.id,
        "key": change.key,
        "repository": change.repository,
        "lineage": change.lineage,
        "line": line_of(change),
        "change_digest": pseudonym,
        "judged_by": "",
        "document": documents.write_signoff(signoff),
    }

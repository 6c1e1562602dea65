"""How is somebody taken out of what was found, and who says so?

Hashes and places stay, and so does every checkpoint; new entries name each that was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session

from bot.domain.house_events import Erased
from bot.domain.signoff import Signoff
from bot.domain.unshipped import line_of
from storage import audit, documents, erased, erasing_rows, guarding, surfaces
from storage.changing import NotErased
from storage.erasing import Look
from storage.statements import Statement
from storage.tables import table

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


def erase(session: Session, found: Look, said: Said, sign: Callable[[bytes], bytes]) -> None:
    """All of it, in the caller's transaction. Raises NotErased."""
    if found.in_the_way:
        raise NotErased("; ".join(found.in_the_way))
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

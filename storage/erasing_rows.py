"""In which rows, besides entries and signoffs, does somebody stand, and what becomes of each?"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import Row, Table, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot.domain.erasing import Eraser
from storage import documents
from storage.tables import table

FORGOTTEN: Mapping[str, Sequence[str]] = {
    "glance": ("person",),
    "leave": ("person",),
    "listing": ("reader",),
    "nudge": ("person",),
    "pause": ("lane",),
    "preference": ("person",),
    "surface": ("subject", "name", "place", "lane", "channel", "error"),
    "visit": ("person", "subject", "wanted"),
}
"""Rows that are of use only as long as somebody is there, and the columns they stand in."""

RENAMED: Mapping[str, Sequence[str]] = {
    "destination": ("lane", "error"),
    "incident": ("source", "key", "title", "severity", "repositories"),
    "incident_of": ("by",),
    "invitation": ("person",),
    "leave": ("deputy",),
    "passkey": ("id", "person", "public_key", "label", "by"),
    "place": ("line",),
}
"""Rows that stay, with a pseudonym."""

COUNTED = ("counted", "counted_name", "daily", "mark")
"""Rows that are taken away and counted anew, from signoffs in which nobody of theirs stands."""

DOCUMENTS = "dossier"
UNTOUCHED = ("checkpoint", "lease", "listed", "rulebook", "tile", "turn")
"""Nobody stands there: hashes, numbers, our own processes. What a list held goes with it."""

_INBOX, _OUTBOX = table("inbox"), table("outbox")

Found = tuple[Row[Any], Mapping[str, object]]


def forgotten(session: Session, name: str, eraser: Eraser) -> Iterator[Row[Any]]:
    for row, _ in _meeting(session, table(name), FORGOTTEN[name], eraser):
        yield row


def renamed(session: Session, name: str, eraser: Eraser) -> Iterator[Found]:
    """Each with what it is to be."""
    for row, changed in _meeting(session, table(name), RENAMED[name], eraser):
        if name == "passkey" and changed.get("person") == eraser.pseudonym:
            changed = {**changed, "public_key": eraser.pseudonym, "label": eraser.pseudonym}
        yield row, {**row._mapping, **changed}


def dossiers(session: Session, eraser: Eraser) -> Iterator[Found]:
    for row in _all(session, table(DOCUMENTS)):
        if not any(eraser.may_meet(it) for it in row):
            continue
        new = {name: eraser.text(it) for name, it in row._mapping.items() if name != "document"}
        before = json.loads(row.document)
        left = eraser.value(before)
        if before == left and all(it == row._mapping[name] for name, it in new.items()):
            continue
        known = documents.read_dossier(json.dumps(left))
        yield row, {**new, "document": documents.write_dossier(known)}


def deliveries(session: Session, eraser: Eraser) -> Iterator[Row[Any]]:
    """What reached us, and was not read or could not be."""
    query = select(_INBOX).where(_INBOX.c.state != "done")
    for row in session.connection().execute(query).all():
        if (
            _holds(eraser, row.body)
            or _holds(eraser, row.headers.encode())
            or row.error != (eraser.text(row.error))
        ):
            yield row


def undelivered(session: Session, eraser: Eraser, signoffs: Collection[str]) -> Iterator[Row[Any]]:
    """Of these signoffs, or about them."""
    for row in _all(session, _OUTBOX):
        said = json.loads(row.effect)
        if row.signoff_id in signoffs or eraser.value(said) != said:
            yield row


def forget(session: Session, name: str, rows: Sequence[Row[Any]]) -> None:
    _delete(session, table(name), rows)
    if name == "listing":
        listed = table("listed")
        for row in rows:
            session.connection().execute(listed.delete().where(listed.c.listing_id == row.id))


def rename(session: Session, name: str, found: Sequence[Found]) -> None:
    """Two that become the same are one."""
    where = table(name)
    _delete(session, where, [row for row, _ in found])
    if found:
        put = insert(where).on_conflict_do_nothing()
        session.connection().execute(put, [dict(new) for _, new in found])


def empty(session: Session, rows: Sequence[Row[Any]]) -> None:
    """Only that it was here is kept."""
    for row in rows:
        change = _INBOX.update().where(_this(_INBOX, row))
        emptied = change.values(state="done", body=b"", headers="{}", error="")
        session.connection().execute(emptied)


def _erased(eraser: Eraser, name: str, text: str) -> str:
    """As the event has it, of which this is what is looked up."""
    if name != "repositories":
        return eraser.text(text)
    before = json.loads(text)
    left = eraser.value(before)
    return text if left == before else json.dumps(left)


def _meeting(
    session: Session, where: Table, columns: Sequence[str], eraser: Eraser
) -> Iterator[tuple[Row[Any], dict[str, object]]]:
    for row in _all(session, where):
        said = {name: row._mapping[name] for name in columns}
        changed: dict[str, object] = {
            name: new for name, it in said.items() if (new := _erased(eraser, name, it)) != it
        }
        if changed:
            yield row, changed


def _all(session: Session, where: Table) -> Iterator[Row[Any]]:
    found = session.connection().execute(select(where), execution_options={"yield_per": 1000})
    with found as rows:
        yield from rows


def _holds(eraser: Eraser, body: bytes) -> bool:
    """However it is written: as JSON, or as a form."""
    text = body.decode("utf-8", "replace")
    forms = [text, unquote_plus(text)]
    with suppress(ValueError, RecursionError):
        forms.append(json.dumps(json.loads(text), ensure_ascii=False))
    return any(eraser.may_meet(it) for it in forms)


def _delete(session: Session, where: Table, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        session.connection().execute(where.delete().where(_this(where, row)))


def _this(where: Table, row: Row[Any]) -> Any:
    return and_(*(it == row._mapping[it.name] for it in where.primary_key))

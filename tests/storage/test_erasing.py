"""Does somebody know of each table what becomes of it when a person is erased?"""

from __future__ import annotations

import pytest
from sqlmodel import Session, SQLModel

from bot.domain.erasing import Eraser, Names
from storage import inbox
from storage.cleaning import WHOLE
from storage.erasing_rows import COUNTED, DOCUMENTS, FORGOTTEN, RENAMED, UNTOUCHED, deliveries
from storage.store import Store
from storage.tables import table
from tests.builders import NOW

ADA = Eraser(Names(words=("ada@acme.example",)), "erased-01234567")

BY_THEMSELVES = {"audit", "signoff", "attestation", "inbox", "outbox", DOCUMENTS, *COUNTED}
"""Looked at one by one in `storage/erasing.py`."""


def test_every_table_is_thought_of() -> None:
    known = BY_THEMSELVES | FORGOTTEN.keys() | RENAMED.keys() | set(UNTOUCHED)
    assert known == set(SQLModel.metadata.tables)
    assert not set(UNTOUCHED) & (BY_THEMSELVES | FORGOTTEN.keys() | RENAMED.keys())
    assert set(WHOLE) == known - set(UNTOUCHED) - {"outbox"}


@pytest.mark.parametrize("name", [*FORGOTTEN, *RENAMED])
def test_every_column_is_there(name: str) -> None:
    for columns in (FORGOTTEN.get(name, ()), RENAMED.get(name, ())):
        assert set(columns) <= set(table(name).c.keys())


@pytest.mark.parametrize(
    "body",
    [
        b'{"email":"ada@acme.example"}',
        b'{"email":"Ada\\u0040acme.example"}',
        b"payload=%7B%22email%22%3A%22ada%40acme.example%22%7D",
        b"\xff ada@acme.example",
    ],
)
async def test_what_waits_to_be_read_is_understood(store: Store, body: bytes) -> None:
    def put(session: Session) -> None:
        inbox.admit(session, "ci", "1", NOW, body=body)
        inbox.admit(session, "ci", "2", NOW, body=b'{"email":"grace@acme.example"}')
        inbox.admit(session, "ci", "3", NOW)

    await store.write(put)
    found = await store.read(lambda session: [it.message_id for it in deliveries(session, ADA)])
    assert found == ["1"]

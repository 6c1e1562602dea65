"""`countersign check` says what database it is, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.describing import described
from storage.ground import Unusable
from storage.migrations import NEWEST
from storage.store import Store


async def test_it_says_which_and_whether_it_is_up_to_date(database_url: str):
    before = described(database_url)
    store = Store(database_url)
    try:
        while_used = described(database_url)
    finally:
        await store.close()
    assert before.endswith("made at the first start")
    assert while_used.startswith(("SQLite 3.", "PostgreSQL "))
    assert while_used.endswith(f"; schema {NEWEST}")


def test_what_is_not_there_is_not_made(tmp_path: Path):
    described(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_be_used_says_why(tmp_path: Path):
    file = tmp_path / "letter.db"
    file.write_text("Dear all, this is no database, and it is longer than a hundred letters. " * 3)
    with pytest.raises(Unusable, match="not a database"):
        described(f"sqlite:///{file}")
    with pytest.raises(Unusable, match=r"refused|cannot"):
        described("postgresql://nobody@127.0.0.1:1/nowhere")

"""The hot look-ups go by an index, however many rows there are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from storage import outbox, reading, surfaces
from storage.store import Store

HOT = {
    "a signoff by its id": reading._BY_ID,
    "a change that arrives": reading._KNOWN_AND_OLDER,
    "what is due in the outbox": outbox._DUE,
    "the place of a card": surfaces._THERE,
}


@pytest.mark.parametrize("query", HOT.values(), ids=HOT)
async def test_no_hot_look_up_reads_a_whole_table(tmp_path: Path, query: Select):
    store = Store(f"sqlite:///{tmp_path / 'plans.db'}")
    await store.close()
    sql = str(query.compile(dialect=sqlite.dialect()))
    sql = sql.replace("__[POSTCOMPILE_full]", "?")

    with sqlite3.connect(tmp_path / "plans.db") as connection:
        asked = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?"))
        plan = [row[3] for row in asked]
    connection.close()

    assert [step for step in plan if step.startswith("SCAN") and "USING INDEX" not in step] == []
    assert any("USING INDEX" in step for step in plan)

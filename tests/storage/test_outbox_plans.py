"""However many wait, and for whomever: the outbox is looked at by steps through its indexes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CompoundSelect, Select
from sqlalchemy.dialects import sqlite

from storage import lines
from storage.store import Store

QUERIES = {"lanes": lines.LINES, "what may go": lines.HEADS, "when the next is due": lines.DUE}


async def plan(folder: Path, query: Select[Any] | CompoundSelect[Any]) -> list[str]:
    await Store(f"sqlite:///{folder / 'plans.db'}").close()
    sql = str(query.compile(dialect=sqlite.dialect()))
    with closing(sqlite3.connect(folder / "plans.db")) as connection:
        asked = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?"))
        return [row[3] for row in asked]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_no_step_reads_or_sorts_all_that_waits(
    tmp_path: Path, query: Select[Any] | CompoundSelect[Any]
) -> None:
    steps = await plan(tmp_path, query)
    of_rows = [step for step in steps if " outbox " in step or " earlier " in step]
    assert of_rows
    assert [step for step in of_rows if not step.startswith("SEARCH")] == []
    assert [step for step in steps if "TEMP B-TREE" in step] == []

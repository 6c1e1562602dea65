"""Are the figures of the demo's quarter, lived through by the whole engine, those of its trail?"""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage import counted
from storage.store import Store
from tests.demo.past import past_in
from tests.figures.lived import as_counted
from tests.figures.test_counting import count, is_true

MANY = 80


def test_grown_is_rebuilt_is_what_the_trail_says(tmp_path: Path) -> None:
    past = past_in(tmp_path, MANY)

    async def look() -> None:
        store = Store(f"sqlite:///{past}")
        await count(store)
        await is_true(store)
        grown = await store.read(as_counted)
        await store.write(counted.count_anew)
        assert await store.read(as_counted) == grown
        await store.close()
        assert len(grown.rows) == MANY
        assert {"group", "rule", "tool", "path", "reviewer"} <= {sort for sort, *_ in grown.names}
        assert sum(it.get("shipped", 0) for it in grown.cells.values()) > MANY / 2

    asyncio.run(look())

"""Whatever happens in whatever order: does everything that hangs anywhere show what is stored?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.lives import live

LIVES, AT_A_TIME = 60, 10
"""`python -m tests.bench.truth` leads ten thousand."""


@pytest.mark.parametrize("first", range(0, LIVES, AT_A_TIME))
async def test_in_the_end_everything_shows_what_is_stored(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + AT_A_TIME):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert await live(folder, seed) == [], f"life {seed}"

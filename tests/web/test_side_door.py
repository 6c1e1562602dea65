"""A command on the same machine: does the bot that runs do what it says, and for its owner alone?"""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.engine.postroom import Postroom
from bot.web import side_door
from storage.store import Store

RETRY = b'{"kind": "retry", "which": {"all_parked": true}}\n'
DROP = b'{"kind": "drop", "id": 999, "why": "x"}\n'


@asynccontextmanager
async def a_door(folder: Path) -> AsyncIterator[tuple[Path, list[str], Store]]:
    """Where it is, whom it told of a change, and what is behind it."""
    store, rung = Store(f"sqlite:///{folder / 'countersign.db'}"), list[str]()
    path = folder / "countersign.db.sock"
    try:
        async with side_door.open_at(path, Postroom(store, lambda: rung.append("rung"))):
            yield path, rung, store
    finally:
        await store.close()


async def ask(path: Path, said: bytes) -> dict[str, object]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        writer.write(said)
        writer.write_eof()
        return json.loads(await reader.read() or b"{}")
    finally:
        writer.close()
        await writer.wait_closed()


async def test_an_order_is_obeyed_and_the_house_hears_of_it(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (path, rung, _):
        assert await ask(path, RETRY) == {"done": 0, "problem": ""}
        assert rung == ["rung"]


async def test_what_speaks_against_it_is_said(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (path, _, _):
        assert (await ask(path, DROP))["problem"] == "there is no 999 in the outbox"


async def test_only_its_owner_may_come_in(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (path, _, _):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


@pytest.mark.parametrize(
    "said", [b"{}\n", b"\n", b"\xff\xfe\n", b'{"kind": "shut_down"}\n', b"[" * 10_000 + b"\n"]
)
async def test_what_is_not_understood_changes_nothing(tmp_path: Path, said: bytes) -> None:
    async with a_door(tmp_path) as (path, rung, _):
        told = await ask(path, said)
        assert told["problem"] == ("the bot does not understand this order; is it another version?")
        assert rung == []


async def test_a_line_without_an_end_is_hung_up_on(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (path, _, _):
        assert await ask(path, b" " * (2 * side_door.LONGEST_LINE)) == {}
        assert (await ask(path, RETRY))["problem"] == ""


async def test_what_a_dead_process_left_there_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "countersign.db.sock").write_text("left behind")
    async with a_door(tmp_path) as (path, _, _):
        assert (await ask(path, RETRY))["problem"] == ""


async def test_a_bot_that_closes_says_so(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (path, _, store):
        await store.close()
        assert (await ask(path, RETRY))["problem"] == "the bot is closing; try again"


async def test_where_there_can_be_none_the_bot_goes_on_without(tmp_path: Path) -> None:
    """The name of a socket cannot be longer than about a hundred characters."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    async with a_door(deep) as (path, _, _):
        assert not path.exists()

"""`countersign outbox`: with the bot running and without it."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from bot.cli import commands
from bot.config import Misconfigured
from bot.domain.effects import TellPipeline
from bot.domain.signoff import Status
from bot.engine import postroom
from bot.engine.postroom import Postroom, Retry, Which
from bot.offline import outbox as command
from bot.web import side_door
from storage import outbox, recording
from storage.store import Session, Store
from tests.builders import NOW, a_signoff, hours

Captured = pytest.CaptureFixture[str]
NASTY = "HTTP 500 \x1b[2J\nDESTINATION"


def run(folder: Path, *argv: str) -> int:
    arguments: argparse.Namespace = commands.parser().parse_args(["outbox", *argv])
    return command.run(arguments, url(folder))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'countersign.db'}"


def fill(folder: Path, *, parked: bool = True) -> None:
    """One report that was parked, or that was put off."""

    def unit(session: Session) -> None:
        tell = [TellPipeline(Status.APPROVED)]
        recording.promise(session, a_signoff(), tell, NOW)
        (item,) = outbox.claim(session, NOW, NOW + timedelta(seconds=60), {})
        if parked:
            outbox.park(session, item, NASTY)
        else:
            outbox.retry_later(session, item, NOW + hours(9), NASTY)

    async def main() -> None:
        store = Store(url(folder))
        await store.write(unit)
        await store.close()

    asyncio.run(main())


def backlog(folder: Path) -> dict[str, int]:
    return {it.name: it.parked * 100 + it.waiting for it in postroom.look(url(folder)).destinations}


def test_an_empty_one_says_so(tmp_path: Path, capsys: Captured) -> None:
    asyncio.run(Store(url(tmp_path)).close())
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == "Nothing waits, and nothing is parked.\n"


def test_what_is_parked_is_listed_one_a_line_and_does_no_harm(
    tmp_path: Path, capsys: Captured
) -> None:
    fill(tmp_path)
    assert run(tmp_path) == 0
    heads, place, _, columns, parcel = capsys.readouterr().out.splitlines()
    assert heads.split() == ["DESTINATION", "WAITING", "PARKED", "STATE"]
    assert place.split() == ["payments-ci", "0", "1", "well"]
    assert columns.split()[:5] == ["ID", "STATE", "SIGNOFF", "DESTINATION", "WHAT"]
    assert parcel.split()[:6] == ["1", "parked", "sgn_1", "payments-ci", "tell", "approved"]
    assert "\x1b" not in parcel


def test_programs_get_it_whole(tmp_path: Path, capsys: Captured) -> None:
    fill(tmp_path)
    assert run(tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parcels"][0]["error"] == NASTY
    assert told["destinations"][0]["parked"] == 1


@pytest.mark.parametrize(
    "which", [["1"], ["--destination", "payments-ci"], ["--all-parked"]], ids=lambda it: it[0]
)
def test_without_the_bot_it_is_done_at_once(
    tmp_path: Path, which: list[str], capsys: Captured
) -> None:
    fill(tmp_path)
    assert run(tmp_path, "retry", *which) == 0
    assert capsys.readouterr().out == "1 to be retried\n"
    assert backlog(tmp_path) == {"payments-ci": 1}


def test_while_the_bot_runs_it_does_it(tmp_path: Path, capsys: Captured) -> None:
    """It alone writes to its file; looking is free."""
    fill(tmp_path)

    async def main() -> tuple[int, int]:
        store = Store(url(tmp_path))
        door = postroom.door_beside(url(tmp_path))
        assert door is not None
        async with side_door.open_at(door, Postroom(store)):
            done = await asyncio.to_thread(run, tmp_path, "retry", "--all-parked", "--json")
            looked = await asyncio.to_thread(run, tmp_path)
        await store.close()
        return done, looked

    assert asyncio.run(main()) == (0, 0)
    told = capsys.readouterr().out
    assert json.loads(told[: told.index("}") + 1]) == {"ok": True, "done": 1, "problems": []}
    assert backlog(tmp_path) == {"payments-ci": 1}


def test_a_database_that_is_held_by_one_who_does_not_listen_is_left_alone(tmp_path: Path) -> None:
    fill(tmp_path)

    async def main() -> None:
        store = Store(url(tmp_path))
        try:
            await asyncio.to_thread(run, tmp_path, "retry", "--all-parked")
        finally:
            await store.close()

    with pytest.raises(Misconfigured, match="nothing was changed"):
        asyncio.run(main())
    assert backlog(tmp_path) == {"payments-ci": 100}


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A folder in which there can be no socket."""
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    return folder


def test_where_there_can_be_no_door_it_is_done_at_once(deep: Path, capsys: Captured) -> None:
    fill(deep)
    assert run(deep, "retry", "--all-parked") == 0
    assert capsys.readouterr().out == "1 to be retried\n"
    assert backlog(deep) == {"payments-ci": 1}


def test_where_there_can_be_no_door_and_the_bot_runs_that_is_said(deep: Path) -> None:
    fill(deep)

    async def main() -> None:
        store = Store(url(deep))
        try:
            await asyncio.to_thread(run, deep, "retry", "--all-parked")
        finally:
            await store.close()

    with pytest.raises(Misconfigured, match="the path is too long for its side door"):
        asyncio.run(main())
    assert backlog(deep) == {"payments-ci": 100}


@contextmanager
def a_bot_that(folder: Path, answers: Callable[[socket.socket], None]) -> Iterator[None]:
    """It holds the door, hears one order, and then does this."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(folder / "countersign.db.sock"))
        door.listen()

        def serve() -> None:
            line, _ = door.accept()
            with line:
                line.recv(4096)
                answers(line)

        bot = Thread(target=serve)
        bot.start()
        yield
        bot.join()


@pytest.mark.parametrize("said", [b"", b'{"done": '])
def test_a_bot_that_hangs_up_may_have_done_it(
    tmp_path: Path, said: bytes, capsys: Captured
) -> None:
    fill(tmp_path)
    with a_bot_that(tmp_path, lambda line: line.sendall(said)):
        assert run(tmp_path, "retry", "--all-parked") == 1
    assert "it may have been done" in capsys.readouterr().err


def _wait(gone: Event) -> None:
    gone.wait(5)


def test_a_bot_that_says_nothing_may_have_done_it(tmp_path: Path, capsys: Captured) -> None:
    fill(tmp_path)
    gone = Event()
    order = Retry(which=Which(all_parked=True))
    with a_bot_that(tmp_path, lambda line: _wait(gone)):
        outcome = command.obey(url(tmp_path), order, seconds=0.1)
        gone.set()
    assert outcome.done == 0
    assert "it may have been done" in outcome.problem


def test_what_is_dropped_is_gone(tmp_path: Path, capsys: Captured) -> None:
    fill(tmp_path)
    assert run(tmp_path, "drop", "1", "--reason", "asked again", "--yes") == 0
    assert capsys.readouterr().out == "1 dropped\n"
    assert backlog(tmp_path) == {}


def test_nobody_drops_by_mistake(tmp_path: Path, capsys: Captured) -> None:
    fill(tmp_path)
    assert run(tmp_path, "drop", "1", "--reason", "asked again") == 1
    assert "say --yes" in capsys.readouterr().err
    assert backlog(tmp_path) == {"payments-ci": 100}


def test_why_not_is_said_to_people_and_programs(tmp_path: Path, capsys: Captured) -> None:
    fill(tmp_path, parked=False)
    again = ("drop", "1", "--reason", "asked again", "--yes")
    assert run(tmp_path, *again) == 1
    assert capsys.readouterr().err == "1 is not parked: it is still being tried\n"
    assert run(tmp_path, *again, "--json") == 1
    assert json.loads(capsys.readouterr().out)["problems"] == [
        "1 is not parked: it is still being tried"
    ]


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be shown"):
        run(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["retry"],
        ["retry", "1", "--all-parked"],
        ["retry", "x"],
        ["drop", "1"],
        ["drop", "--reason", "x"],
        ["burn"],
    ],
)
def test_what_is_not_understood_exits_2(argv: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        commands.parser().parse_args(["outbox", *argv])
    assert end.value.code == 2
    capsys.readouterr()

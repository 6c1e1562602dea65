"""Are figures made anew where somebody doubts them, or was taken out of what they are made of?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from bot import erasing, recounting
from bot.cli.commands import parser
from bot.misconfigured import Misconfigured
from storage import incidents
from storage.opening import opened
from storage.store import Store
from tests.builders import NOW, ROSTER, FakeClock
from tests.erased import HERE, THEIRS, lived_in, settings, words
from tests.figures.lived import World, an_incident, as_counted, by_the_oracle
from tests.figures.test_counting import count, is_true
from tests.test_auditing import KEY

Captured = pytest.CaptureFixture[str]


async def filled(url: str) -> None:
    """With something of Zelda, all of it counted."""
    clock = FakeClock()
    store = Store(url, clock=clock)
    await lived_in(store, clock)
    for number, title in enumerate(("Zelda Fitz broke it", "the disk is full")):
        event = an_incident(title, f"INC-{number}")
        await store.write(lambda session, it=event: incidents.open_incident(session, it))
    await count(store)
    await store.close()


async def counted_again(url: str) -> None:
    store = Store(url, clock=FakeClock())
    await count(store)
    await is_true(store)
    await store.close()


def rows(url: str, said: str) -> list[Any]:
    with opened(url) as connection, connection.begin():
        return list(connection.execute(text(said)))


def everything(url: str) -> str:
    tables = ("counted", "counted_name", "daily", "incident", "incident_of")
    return str([rows(url, f"SELECT * FROM {it}") for it in tables]).casefold()  # noqa: S608


def test_whoever_is_erased_is_out_of_the_figures_and_they_are_counted_anew(
    database_url: str, capsys: Captured
) -> None:
    asyncio.run(filled(database_url))
    assert ("reviewer", "zelda") in rows(database_url, "SELECT sort, name FROM counted_name")
    assert "zelda fitz broke it" in everything(database_url)
    arguments = words(*THEIRS, "--yes")
    assert erasing.run(arguments, lambda: settings(database_url, ROSTER, KEY), FakeClock()) == 0
    capsys.readouterr()
    assert not {"zelda", "fitz"} & set(everything(database_url).replace("'", " ").split())
    titles = rows(database_url, "SELECT title FROM incident ORDER BY key")
    assert titles[0][0].startswith("erased-")
    assert titles[1] == ("the disk is full",)
    assert rows(database_url, "SELECT seq FROM mark WHERE name = 'counted'") == [(0,)]
    assert rows(database_url, "SELECT count(*) FROM daily") == [(0,)]
    asyncio.run(counted_again(database_url))
    assert "zelda" not in everything(database_url)


def test_of_what_has_faded_nobody_is_a_reviewer(tmp_path: Path, capsys: Captured) -> None:
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    asyncio.run(filled(url))
    chosen = settings(url, HERE, KEY)
    chosen.config.evidence.retain = FakeClock().now - NOW
    clock = FakeClock()
    clock.go_on(clock.now - clock.now.replace(year=clock.now.year - 4))
    arguments = parser().parse_args(
        ["erase", "--older-than-retention", "--yes", "--reason", "old", "--by", "max"]
    )
    assert erasing.run(arguments, lambda: chosen, clock) == 0
    capsys.readouterr()
    asyncio.run(counted_again(url))
    assert rows(url, "SELECT count(*) FROM counted") == [(5,)]
    assert rows(url, "SELECT name FROM counted_name WHERE sort = 'reviewer'") == []


def test_recount_makes_true_what_was_made_wrong(database_url: str, capsys: Captured) -> None:
    world = World(Random(3))  # noqa: S311 -- an invented past

    async def lead() -> None:
        store = Store(database_url, clock=FakeClock())
        await store.write(world.go_on)
        await count(store)
        await store.close()

    asyncio.run(lead())
    with opened(database_url) as connection, connection.begin():
        connection.execute(text("UPDATE daily SET opened = opened + 1"))
        connection.execute(text("DELETE FROM counted WHERE signoff_id = 'sgn_2'"))
    arguments = parser().parse_args(["recount", "--json"])
    assert recounting.run(arguments, lambda: database_url) == 0
    [(last,)] = rows(database_url, "SELECT max(seq) FROM audit")
    assert json.loads(capsys.readouterr().out) == {"signoffs": world.opened, "entries": last}
    with opened(database_url) as connection, connection.begin():
        session = Session(connection)
        assert as_counted(session) == by_the_oracle(session)
    assert recounting.run(parser().parse_args(["recount"]), lambda: database_url) == 0
    said = capsys.readouterr().out
    assert said == f"Counted {world.opened} signoffs, up to entry {last} of the trail.\n"


def test_there_has_to_be_something_to_count(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no database"):
        recounting.run(
            parser().parse_args(["recount"]), lambda: f"sqlite:///{tmp_path / 'none.db'}"
        )


async def test_nothing_is_recounted_beside_a_server(database_url: str) -> None:
    store = Store(database_url, clock=FakeClock())
    try:
        with pytest.raises(Misconfigured):
            await asyncio.to_thread(
                recounting.run, parser().parse_args(["recount"]), lambda: database_url
            )
    finally:
        await store.close()

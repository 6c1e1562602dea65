"""Is somebody who is erased gone from PostgreSQL, too, and is the trail guarded as before?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from sqlmodel import SQLModel

from bot import erasing
from bot.misconfigured import Misconfigured
from storage import audit, cleaning, guarding
from storage.store import Store
from tests.builders import NOW, ROSTER, FakeClock
from tests.erased import THEIRS, lived_in, settings, words
from tests.postgres import Server
from tests.test_auditing import KEY


@pytest.fixture
def server(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


def erase(url: str) -> int:
    return erasing.run(words(*THEIRS, "--yes"), lambda: settings(url, ROSTER, KEY), FakeClock())


def stored(url: str) -> str:
    """Every row of every table."""
    with psycopg.connect(url) as connection:
        tables = (f"SELECT string_agg(it::text, ' ') FROM {name} it" for name in _names())  # noqa: S608
        found = [connection.execute(it.encode()).fetchone() for it in tables]
    return " ".join(str(row[0]) for row in found if row).lower()


def _names() -> list[str]:
    return [f'"{it.name}"' for it in SQLModel.metadata.sorted_tables]


async def test_all_is_gone_and_all_holds(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    store = Store(server, clock=clock)
    await lived_in(store, clock)
    await store.close()
    with psycopg.connect(server) as connection:
        connection.execute("DELETE FROM outbox")
    assert "zelda" in stored(server)
    assert erase(server) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["done"]
    assert "zelda" not in stored(server)
    assert "fitz" not in stored(server)
    store = Store(server, clock=clock)
    assert await store.read(audit.verify) is None
    assert await store.read(lambda session: guarding.is_guarded(session.connection()))
    await store.close()
    assert said["cleaning"] == f"VACUUM FULL {', '.join(cleaning.WHOLE)};"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(said["cleaning"].encode())


async def test_of_what_is_older_than_the_retention_nobody_is_left(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = FakeClock()
    store = Store(server, clock=clock)
    await lived_in(store, clock)
    await store.close()
    with psycopg.connect(server) as connection:
        connection.execute("DELETE FROM outbox")
    chosen = settings(server, ROSTER, KEY)
    chosen.config.evidence = SimpleNamespace(retain=timedelta(days=403), keys=())
    later = FakeClock(NOW + timedelta(days=404))
    assert erasing.run(words("--older-than-retention", "--yes"), lambda: chosen, later) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["rows"]["signoff"], said["more"]) == (True, 5, False)
    store = Store(server, clock=clock)
    assert await store.read(audit.verify) is None
    await store.close()
    assert erasing.run(words("--older-than-retention", "--yes"), lambda: chosen, later) == 0
    assert not json.loads(capsys.readouterr().out)["done"]


async def test_not_while_a_server_uses_it(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    store = Store(server, clock=clock)
    await lived_in(store, clock)
    with psycopg.connect(server) as connection:
        connection.execute("DELETE FROM outbox")
    with pytest.raises(Misconfigured, match="somebody uses the database: stop every countersign"):
        erase(server)
    assert "zelda" in stored(server)
    await store.close()
    assert erase(server) == 0
    capsys.readouterr()

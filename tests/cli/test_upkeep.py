"""What do `countersign migrate` and `countersign backup` say, to people and to programs?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import upkeep
from bot.cli.commands import parser
from bot.config import Misconfigured
from storage.opening import opened
from storage.store import Store
from tests.postgres import Server
from tests.storage.old import file_of

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return file_of("schema-1", tmp_path)


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on the database of an earlier version: its exit code, and what it says."""

    def run(*words: str, of: str = url) -> tuple[int, Any]:
        arguments = parser().parse_args(words)
        command = {"migrate": upkeep.migrate, "backup": upkeep.backup}[words[0]]
        code = command(arguments, lambda: of)
        said = capsys.readouterr().out
        return code, json.loads(said) if "--json" in words else said

    return run


def test_check_says_what_is_to_be_done_and_does_nothing(run: Run) -> None:
    code, said = run("migrate", "--check")
    assert code == 1
    assert "the database has schema 0001\n  0002  What hangs in the chat" in said
    assert "nothing was changed: run countersign migrate, or start the server" in said
    assert run("migrate", "--check", "--json") == (
        1,
        {
            "ok": False,
            "before": "0001",
            "schema": "0001",
            "pending": ["0002", "0003", "0004", "0005", "0006"],
        },
    )


def test_migrate_does_it(run: Run) -> None:
    code, said = run("migrate", "--json")
    assert (code, said["before"], said["schema"]) == (0, "0001", "0006")
    assert said["done"] == ["0002", "0003", "0004", "0005", "0006"]
    assert run("migrate") == (0, "the database has schema 0006: nothing to do\n")
    assert run("migrate", "--check") == (0, "the database has schema 0006: nothing to do\n")


def test_there_is_a_way_back(run: Run) -> None:
    run("migrate")
    code, said = run("migrate", "--to-version", "0001")
    assert code == 0
    assert "0003 taken back" in said
    assert "it has schema 0001 now" in said


def test_a_way_back_that_would_lose_something_is_refused(run: Run) -> None:
    run("migrate")
    with pytest.raises(Misconfigured, match="older version cannot read audit entries") as refused:
        run("migrate", "--to-version", "0000")
    assert refused.value.subject == upkeep.NOT_MIGRATED
    assert run("migrate", "--check")[0] == 0


def test_a_version_that_never_was_is_refused(run: Run) -> None:
    with pytest.raises(
        Misconfigured, match="--to-version: must be one of 0000, 0001, 0002, 0003, 0004, 0005"
    ):
        run("migrate", "--to-version", "4")


def test_check_may_look_while_a_server_uses_it(run: Run, url: str) -> None:
    with opened(url):
        assert run("migrate", "--check")[0] == 1


def test_a_database_that_a_server_uses_is_left_alone(run: Run, url: str) -> None:
    with (
        opened(url),
        pytest.raises(Misconfigured, match="another process is using this database"),
    ):
        run("migrate")


async def test_nor_is_one_of_postgresql_taken_back_under_a_server(
    run: Run, postgres: Server
) -> None:
    url = postgres.new_database()
    store = Store(url)
    try:
        with pytest.raises(Misconfigured, match="stop every countersign"):
            run("migrate", "--to-version", "0002", of=url)
    finally:
        await store.close()
    assert run("migrate", "--to-version", "0002", of=url)[0] == 0
    postgres.drop(url)


def test_everything_is_moved_to_postgresql(
    run: Run, url: str, postgres: Server, tmp_path: Path
) -> None:
    to = postgres.new_database()
    run("migrate")
    (tmp_path / "schema-1.key.pem").write_text("a key")
    code, said = run("migrate", "--from", url, "--to", to)
    assert code == 0
    assert "every row was read back and compared; the 29 audit entries hold" in said
    assert f"let COUNTERSIGN_SIGNING_KEY name {tmp_path / 'schema-1.key.pem'}" in said
    with pytest.raises(Misconfigured, match="moved to another database"):
        run("migrate")
    again = f"sqlite:///{tmp_path / 'again.db'}"
    code, said = run("migrate", "--from", to, "--to", again, "--json")
    assert (code, said["rows"]["audit"], said["signing_key"]) == (0, 29, None)
    postgres.drop(to)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "mysql://x/y"), "--from: must begin with sqlite:/// and a path"),
        (("--from", "sqlite:///a.db", "--to", "b.db"), "--to: must begin with sqlite:///"),
        (("--from", "sqlite:///a.db", "--to", "sqlite:///a.db"), "are the same"),
        (("--from", "sqlite:///no.db", "--to", "sqlite:///b.db"), "there is no database no.db"),
        (("--from", "postgresql://nobody@127.0.0.1:1/x", "--to", "sqlite:///b.db"), "refused"),
    ],
)
def test_what_cannot_be_moved_is_told(run: Run, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Misconfigured, match=why) as refused:
        run("migrate", *words)
    assert refused.value.subject == upkeep.NOT_MOVED


async def test_a_file_is_backed_up_while_a_server_uses_it(
    run: Run, url: str, tmp_path: Path
) -> None:
    to, store = tmp_path / "backup.db", Store(url)
    try:
        code, said = run("backup", str(to))
    finally:
        await store.close()
    assert code == 0
    assert said.startswith(f"{to}: 0.")
    assert "MB, 12 signoffs, 29 audit entries; it was looked through and is whole" in said
    assert run("migrate", "--check", of=f"sqlite:///{to}")[0] == 0


def test_a_backup_is_told_to_programs(run: Run, tmp_path: Path) -> None:
    code, said = run("backup", str(tmp_path / "backup.db"), "--json")
    assert (code, said["ok"], said["signoffs"], said["audit_entries"]) == (0, True, 12, 29)
    assert said["bytes"] == (tmp_path / "backup.db").stat().st_size


def test_it_is_moved_to_what_database_url_names(run: Run, url: str, tmp_path: Path) -> None:
    run("migrate")
    to = f"sqlite:///{tmp_path / 'here.db'}"
    assert run("migrate", "--from", url, "--json", of=to)[1]["rows"]["audit"] == 29
    assert run("migrate", "--check", of=to)[0] == 0


def test_no_option_hides_where_the_command_is() -> None:
    words = ["migrate", "--from", "sqlite:///a.db", "--to", "sqlite:///b.db", "--to-version", "1"]
    assert parser().parse_args(words).target == "bot.upkeep:migrate"


def test_where_pg_dump_is_missing_the_command_is_told(tmp_path: Path) -> None:
    arguments = parser().parse_args(["backup", str(tmp_path / "a.dump")])
    with pytest.raises(
        Misconfigured, match=r"pg_dump --format=custom .*bot@db/countersign"
    ) as told:
        upkeep.backup(
            arguments, lambda: "postgresql://bot:s3cret@db/countersign", {"PATH": str(tmp_path)}
        )
    assert "s3cret" not in str(told.value)

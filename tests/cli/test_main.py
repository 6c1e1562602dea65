"""The command line: every command explains itself, and what stops it is said in one clean message."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import pytest

from bot import __main__ as program
from bot.cli import commands, running
from bot.cli.commands import COMMANDS, GROUPS, Command
from bot.config import ConfigError, Misconfigured, Mistake

Captured = pytest.CaptureFixture[str]


# Stand-ins for the code behind a command, found by their names as the real ones are.


def fine(arguments: argparse.Namespace) -> int:
    return 0


def exit_code_of_choice(arguments: argparse.Namespace) -> int:
    return int(arguments.code)


def misconfigured(arguments: argparse.Namespace) -> int:
    raise Misconfigured(["PORT: is not set", "HOST: is not set"], "Countersign cannot start")


def mistaken(arguments: argparse.Namespace) -> int:
    raise ConfigError([Mistake(3, "slaz", "unknown key")])


def interrupted(arguments: argparse.Namespace) -> int:
    raise KeyboardInterrupt


def run(target: str, **more: object) -> int:
    return running.run(argparse.Namespace(target=f"{__name__}:{target}", **more))


def test_the_exit_code_is_the_commands_own() -> None:
    assert run("fine") == 0
    assert run("exit_code_of_choice", code=11) == 11


def test_bad_settings_are_told_on_standard_error_and_exit_1(capsys: Captured) -> None:
    assert run("misconfigured") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "Countersign cannot start: 2 problems",
        "  - PORT: is not set",
        "  - HOST: is not set",
    ]


def test_with_json_they_are_told_to_programs(capsys: Captured) -> None:
    assert run("misconfigured", json=True) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == {
        "ok": False,
        "problems": ["PORT: is not set", "HOST: is not set"],
    }
    assert told.err == ""


def test_a_bad_config_is_told_in_the_same_way(capsys: Captured) -> None:
    assert run("mistaken") == 1
    assert capsys.readouterr().err.splitlines() == [
        "the config has mistakes: one problem",
        "  - line 3: slaz: unknown key",
    ]


def test_an_interrupt_is_no_traceback_and_exits_130(capsys: Captured) -> None:
    assert run("interrupted") == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command: Command, capsys: Captured) -> None:
    assert program.main([*command.name.split(), "--help"]) == 0
    told = capsys.readouterr().out
    assert f"example:\n  {command.example}" in told
    assert f"countersign {command.name}" in command.example
    assert command.summary[1:30] in told


def test_the_help_lists_every_command(capsys: Captured) -> None:
    assert program.main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(command.name.split()[0] in told for command in COMMANDS)


@pytest.mark.parametrize("group", GROUPS)
def test_the_help_of_a_group_lists_its_commands(group: str, capsys: Captured) -> None:
    assert program.main([group, "--help"]) == 0
    told = capsys.readouterr().out
    names = [command.name.split() for command in COMMANDS]
    assert all(name[1] in told for name in names if name[0] == group)


@pytest.mark.parametrize(
    ("fine", "wrong"),
    [
        (["schema"], []),
        (["schema"], ["schemas"]),
        (["schema", "--json"], ["schema", "--jso"]),
        (["schema"], ["schema", "more"]),
    ],
)
def test_what_is_not_understood_exits_2(
    fine: list[str], wrong: list[str], capsys: Captured
) -> None:
    assert program.main(fine) == 0
    assert program.main(wrong) == 2
    assert "usage: countersign" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("port", "accepted"),
    [("0", True), ("65535", True), ("65536", False), ("-1", False), ("x", False)],
)
def test_a_port_is_a_number_that_can_be_one(port: str, accepted: bool, capsys: Captured) -> None:
    if accepted:
        assert commands.parser().parse_args(["demo", f"--port={port}"]).port == int(port)
    else:
        assert program.main(["demo", f"--port={port}"]) == 2
        assert "must be a number from 0 to 65535" in capsys.readouterr().err


def test_the_code_behind_each_command_is_named() -> None:
    targets = {command.name: command.target for command in COMMANDS}
    assert targets == {
        "demo": "bot.demo:run",
        "serve": "bot.main:serve",
        "check": "bot.main:check",
        "schema": "bot.cli.schema:run",
        "provenance": "bot.cli.provenance:run",
        "roster check": "bot.cli.roster:check",
        "roster import": "bot.cli.roster:propose",
        "request": "bot.cli.requesting:run",
        "wait": "bot.cli.waiting:run",
        "status": "bot.cli.standing:run",
        "incident open": "bot.cli.incidents:opened",
        "incident resolve": "bot.cli.incidents:resolved",
        "incident link": "bot.cli.incidents:linked",
        "verify": "bot.cli.verifying:run",
        "explain": "bot.offline.explain:run",
        "policy test": "bot.offline.policy_test:run",
        "simulate": "bot.history:simulate",
        "outbox": "bot.outbox:run",
        "keys": "bot.keys:run",
        "passkeys": "bot.passkeys:run",
        "audit verify": "bot.auditing:verify",
        "erase": "bot.erasing:run",
        "export": "bot.exporting:run",
        "migrate": "bot.upkeep:migrate",
        "recount": "bot.recounting:run",
        "backup": "bot.upkeep:backup",
    }


def test_the_options_of_the_demo_have_defaults() -> None:
    arguments = commands.parser().parse_args(["demo"])
    assert (arguments.story, arguments.port, arguments.json) == (False, 3000, False)
    assert arguments.target == "bot.demo:run"


def test_schema_prints_the_json_schema(capsys: Captured) -> None:
    assert program.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_a_command_of_a_build_agent_loads_no_server() -> None:
    server = "storage bot.engine bot.settings bot.main slack_bolt sqlmodel aiohttp structlog"
    watch = (
        "import sys; from bot.__main__ import main; main(['schema']); "
        f"sys.stderr.write(' '.join(set('{server}'.split()) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    assert done.stdout
    assert done.stderr == ""


def test_whoever_asks_for_help_waits_for_nothing_to_load() -> None:
    slow = "pydantic yaml sqlalchemy aiohttp holidays alembic asyncio logging bot.config bot.domain"
    watch = (
        "import sys; from bot.__main__ import main; main(['--help']); "
        f"sys.stderr.write(' '.join(set('{slow}'.split()) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    assert "usage: countersign" in done.stdout
    assert done.stderr == ""

"""Which commands are there, what may they be given, and where is the code behind each?

The code is named, not imported: a command that runs on a build agent must not load the server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`target` is `module:function`, which takes the arguments and gives the exit code."""

    name: str
    summary: str
    example: str
    target: str
    options: Callable[[argparse.ArgumentParser], None]


def parser() -> argparse.ArgumentParser:
    """Puts the chosen command's `target` beside its arguments."""
    whole = argparse.ArgumentParser(
        prog="countersign",
        description="Senior engineers sign off AI-assisted changes before they reach production.",
        epilog="Try it: countersign demo",
        allow_abbrev=False,
    )
    choices = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = choices.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.options(one)
        one.set_defaults(target=command.target)
    return whole


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def _json(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _demo(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--story", action="store_true", help="play everything without a browser, and tell it"
    )
    one.add_argument(
        "--port", type=_port, default=3000, help="where to listen; 0: any free one (%(default)s)"
    )
    _json(one)


def _nothing(one: argparse.ArgumentParser) -> None:
    pass


COMMANDS = (
    Command(
        name="demo",
        summary="start the bot, a play Slack and a toy pipeline on this machine, without accounts",
        example="countersign demo --port 8080",
        target="bot.demo:run",
        options=_demo,
    ),
    Command(
        name="serve",
        summary="run the bot, as the environment and countersign.yaml say",
        example="COUNTERSIGN_CONFIG=/etc/countersign.yaml countersign serve",
        target="bot.main:serve",
        options=_nothing,
    ),
    Command(
        name="check",
        summary="look at the config and the secrets, and start nothing",
        example="COUNTERSIGN_CONFIG=countersign.yaml countersign check --json",
        target="bot.main:check",
        options=_json,
    ),
    Command(
        name="schema",
        summary="print the JSON Schema of countersign.yaml, with which editors complete it",
        example="countersign schema > countersign.schema.json",
        target="bot.cli.schema:run",
        options=_json,
    ),
)

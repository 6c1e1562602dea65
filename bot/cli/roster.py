"""`countersign roster`: are the people of the config who they seem, and who is missing?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import config
from bot.cli import proposing, sources, terminal
from bot.cli.asking import Asking, NotAnswered, secret
from bot.cli.doubts import Doubt, Severity, doubts
from bot.cli.sources import Account
from bot.config import Config, Misconfigured
from bot.domain.people import Roster

TROUBLE = 1


def check(arguments: argparse.Namespace) -> int:
    """`--config FILE [--json]`; 0 where there are warnings at most."""
    found = doubts(_config(Path(arguments.config)))
    if arguments.json:
        terminal.tell([json.dumps(as_json(found), indent=2)])
    else:
        terminal.tell(described(found))
    return TROUBLE if _errors(found) else 0


def described(found: Iterable[Doubt]) -> Iterator[str]:
    """For people: a line for each, and how many there are."""
    listed = list(found)
    for doubt in listed:
        who = " and ".join(doubt.who)
        yield terminal.escaped(f"{doubt.severity.value:8} {who}: {doubt.sentence}")
    errors = _errors(listed)
    yield f"{errors} errors, {len(listed) - errors} warnings"


def as_json(found: Iterable[Doubt]) -> dict[str, Any]:
    """The same for programs."""
    listed = list(found)
    return {"ok": not _errors(listed), "findings": [asdict(doubt) for doubt in listed]}


def _errors(found: Iterable[Doubt]) -> int:
    return sum(doubt.severity is Severity.ERROR for doubt in found)


# The command line names the variables with the tokens: they are no settings of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251


def propose(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`countersign roster import`: asks the services, and prints what could be written."""
    path = Path(arguments.config)
    try:
        roster = _config(path).roster if path.exists() else None
        found = proposing.propose(roster, _accounts(arguments, environ))
    except NotAnswered as trouble:
        return _refused(str(trouble), as_json=arguments.json)
    if arguments.json:
        terminal.tell([json.dumps(proposing.as_json(found), indent=2)])
    else:
        terminal.tell([*_heading(path, roster), *proposing.as_yaml(found)])
    return 0


def _heading(path: Path, roster: Roster | None) -> Iterator[str]:
    if roster is None:
        yield f"# There is no {terminal.escaped(str(path))}: everybody is new."


def _accounts(arguments: argparse.Namespace, environ: Mapping[str, str]) -> list[Account]:
    """Everybody the chosen services know."""

    def asking(service: str) -> Asking:
        name = getattr(arguments, f"{service}_token_env")
        if not name:
            raise NotAnswered(f"--{service}-token-env has to name the variable with the token")
        return Asking(getattr(arguments, f"{service}_url"), secret(name, environ))

    found = list(sources.slack_accounts(asking("slack")))
    if arguments.github_org:
        found += sources.github_accounts(asking("github"), arguments.github_org)
    if arguments.gitlab_group:
        found += sources.gitlab_accounts(asking("gitlab"), arguments.gitlab_group)
    return found


def _config(path: Path) -> Config:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8"
        raise Misconfigured([f"{path}: {why}"], "the config cannot be read") from None
    return config.load(text)


def _refused(sentence: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"ok": False, "problems": [sentence]}, indent=2))
    else:
        print(terminal.escaped(sentence), file=sys.stderr)
    return TROUBLE

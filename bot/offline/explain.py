"""`countersign explain`: who would be asked for this change, and why? Without a server, or by one."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from bot import explained
from bot.cli import explaining, explaining_json, terminal
from bot.cli.asking import Asking, NotAnswered, secret
from bot.cli.reports import Answered, Explained
from bot.clock import system_clock
from bot.config import Config
from bot.domain.change import Change
from bot.domain.judging import judge
from bot.domain.owners import Dialect, parse
from bot.offline import files
from bot.offline.inviting import NOTHING_KNOWN, inviting_by, uncounted, unread_rotas

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

# The command line names the variable with the token: it is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251


def run(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`--change FILE|- …` or `--id ID --url URL --token-env NAME`."""
    if arguments.id:
        said = _asked(arguments, environ)
        shown, value = explaining.answered(said), explaining_json.answered(said)
    else:
        found = _explained(arguments)
        shown, value = explaining.described(found), explaining_json.described(found)
    terminal.tell([json.dumps(value, indent=2)] if arguments.json else shown)
    return 0


def _explained(arguments: argparse.Namespace) -> Explained:
    config = files.config(arguments.config)
    at = files.moment(arguments.at, "--at") if arguments.at else system_clock()
    change, notes = _change(arguments, config)
    judged = judge(files.rules_of(config), change, at)
    requirement = judged.judgement.requirement
    choices = inviting_by(config).choices(judged, at)
    if choices:
        notes += [NOTHING_KNOWN, unread_rotas(config, requirement), uncounted(config.budgets)]
    return Explained(
        change=change,
        at=at,
        judged=judged,
        choices=choices,
        roster=config.roster,
        notes=tuple(filter(None, notes)),
    )


def _change(arguments: argparse.Namespace, config: Config) -> tuple[Change, list[str]]:
    """With the files that were named beside it, and what has to be said of them."""
    change, notes = files.change(arguments.change), list[str]()
    if arguments.repository_policy:
        own = files.own_policy(arguments.repository_policy, config)
        change = replace(change, policies=(*change.policies, own))
    if arguments.codeowners:
        written = files.text(arguments.codeowners, "CODEOWNERS")
        read = parse(written, Dialect(arguments.dialect))
        change = replace(change, owners=read.of(change.paths) if read.known else None)
        notes += [
            f"CODEOWNERS, line {it.line}: {it.what}" if it.line else f"CODEOWNERS: {it.what}"
            for it in read.problems
        ]
    return change, notes


def _asked(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Answered:
    subject = "the server did not explain it"
    if not _ID.fullmatch(arguments.id):
        raise files.trouble("--id: must be the id of a signoff, such as sgn_01…", subject)
    if not (arguments.url and arguments.token_env):
        raise files.trouble("--id needs --url and --token-env, too", subject)
    try:
        server = Asking(arguments.url, secret(arguments.token_env, environ))
        said = server.get(f"/api/v1/signoffs/{quote(arguments.id, safe='')}/explanation")
        rules, choices = explained.read(said)
        return Answered(
            signoff=str(said.get("signoff", arguments.id)),
            status=str(said.get("status", "unknown")),
            current=said.get("current") is True,
            rules=rules,
            choices=choices,
        )
    except NotAnswered as error:
        raise files.trouble(str(error), subject) from None
    except explained.NotExplained as error:
        raise files.trouble(f"it sends no explanation: {error}", subject) from None

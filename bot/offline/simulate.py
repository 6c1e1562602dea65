"""`countersign simulate`: what would this policy have asked for in the past, and another one?"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot import gitlog
from bot.cli import simulating as telling
from bot.cli import terminal
from bot.cli.reports import Assumptions, Simulated
from bot.clock import system_clock
from bot.config import Config
from bot.domain.asking.budgets import NO_BUDGETS
from bot.domain.asking.rota import Rota
from bot.domain.change import Change
from bot.domain.owners import LOCATIONS, CodeOwners, Dialect, parse, policies_at
from bot.gitlog import GitTrouble
from bot.offline import files
from bot.offline.inviting import inviting_by
from bot.offline.simulating import Timed, simulate

REVISION = "HEAD"
_LONGEST_REVIEW = 480
_SUBJECT = "the past cannot be simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened, and what has to be said of where we know it from."""

    changes: Iterable[Timed]
    notes: tuple[str, ...] = ()


Source = Callable[[argparse.Namespace, datetime, datetime], Past]
"""From the arguments, and the span: from the first moment to before the other. Misconfigured."""


def from_git(arguments: argparse.Namespace, since: datetime, until: datetime) -> Past:
    """`--git PATH --environment NAME`: each first-parent commit of the branch is a change.

    CODEOWNERS and the repository's own policy are those of today's tree.
    """
    path = Path(arguments.git)
    try:
        owners, owned_by = _codeowners(path)
        own = _policies(path)
        shipped = gitlog.shipped(path, since, until, environment=arguments.environment)
        changes = _governed(shipped, owners, tuple(own))
    except GitTrouble as error:
        raise files.trouble(str(error), _SUBJECT) from None
    rules = ["the repository's own policy is that of its tree today"] if own else []
    return Past(changes=changes, notes=(owned_by, *rules))


def run(arguments: argparse.Namespace, source: Source = from_git) -> int:
    """`--since … [--until …] [--config FILE] [--candidate FILE] [--minutes-per-review N]`."""
    config = files.config(arguments.config)
    candidate = files.config(arguments.candidate, "the candidate") if arguments.candidate else None
    now = system_clock()
    until = min(now, files.moment(arguments.until, "--until") if arguments.until else now)
    since = files.since(arguments.since, now)
    if since >= until:
        raise files.trouble("--since has to be before --until, and before now", _SUBJECT)
    past = source(arguments, since, until)
    try:
        found = _simulated(arguments, config, candidate, past, since, until)
    except GitTrouble as error:
        raise files.trouble(str(error), _SUBJECT) from None
    if found is None:
        raise files.trouble("nothing was shipped in this span", _SUBJECT)
    if arguments.json:
        terminal.tell([json.dumps(telling.as_json(found), indent=2)])
    else:
        terminal.tell(telling.described(found, terminal.width()))
    return 0


def _simulated(
    arguments: argparse.Namespace,
    config: Config,
    candidate: Config | None,
    past: Past,
    since: datetime,
    until: datetime,
) -> Simulated | None:
    fetched = [name for name, rota in config.rotas.items() if not isinstance(rota, Rota)]
    unread = [f"who was on call is not fetched here: {', '.join(fetched)}"] if fetched else []
    return simulate(
        past.changes,
        files.rules_of(config),
        files.rules_of(candidate) if candidate else None,
        rotas=inviting_by(config).rotas,
        candidate_rotas=inviting_by(candidate).rotas if candidate else {},
        budgets=config.budgets,
        candidate_budgets=candidate.budgets if candidate else NO_BUDGETS,
        assumptions=Assumptions(minutes_per_review=_minutes(arguments.minutes_per_review)),
        since=since,
        until=until,
        notes=(*past.notes, *unread),
    )


def _minutes(said: float) -> float:
    if not (math.isfinite(said) and 0 < said <= _LONGEST_REVIEW):
        wanted = f"must be more than 0 and at most {_LONGEST_REVIEW}"
        raise files.trouble(f"--minutes-per-review: {wanted}", "the command was not understood")
    return said


def _codeowners(path: Path) -> tuple[CodeOwners | None, str]:
    """The first file there is, GitHub's places first, and a sentence about it."""
    for dialect in (Dialect.GITHUB, Dialect.GITLAB):
        for name in LOCATIONS[dialect]:
            text = gitlog.contents(path, REVISION, name)
            if text is not None:
                return parse(text, dialect), f"{name} is that of its tree today"
    return None, "the repository has no CODEOWNERS"


def _policies(path: Path) -> list[str]:
    """All that are there count: whose repository it is nobody says."""
    found = (gitlog.contents(path, REVISION, name) for name in policies_at(None))
    return [text for text in found if text]


def _governed(
    shipped: Iterable[gitlog.Shipped], owners: CodeOwners | None, own: tuple[str, ...]
) -> Iterator[Timed]:
    """With who owns the files, and what the repository asks for itself."""
    for it in shipped:
        yield Timed(change=_owned(replace(it.change, policies=own), owners), at=it.at)


def _owned(change: Change, owners: CodeOwners | None) -> Change:
    if owners is None:
        return replace(change, owners=())
    return replace(change, owners=owners.of(change.paths) if owners.known else None)

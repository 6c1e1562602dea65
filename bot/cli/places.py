"""Of what does a build job speak: which revision, whose, and where does it go?

Of what it ships, as its flags have it, its CI or its checkout; or it has to say so.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from bot.agent import comparing
from bot.agent.surroundings import Surroundings, Variables, marks, surroundings
from bot.gitlog import GitTrouble
from bot.gitlog import repository_of as repository_at

ENVIRONMENT = "production"
"""Where it goes, if neither the flags nor the CI say so."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Unclear(Exception):
    """Something has to be said before anything can be asked for; the text says what."""


def around_of(arguments: argparse.Namespace, environ: Variables) -> Surroundings:
    """The CI of a job that is let go on by what it says. Raises Unclear where it may be several."""
    told = marks(environ)
    left = [it for it in ("repository", "revision", "environment") if not getattr(arguments, it)]
    if len(told) > 1 and left:
        unsaid = " and ".join(f"--{name}" for name in left)
        raise Unclear(f"which CI is this? {' and '.join(told)} are set: say {unsaid}")
    return surroundings(environ)


def revision_of(arguments: argparse.Namespace, around: Surroundings) -> str:
    """A full commit id. Raises Unclear where the CI and the checkout disagree."""
    path = Path(arguments.git)
    if arguments.revision:
        return _named(path, arguments.revision)
    told = around.revision if _SHA.fullmatch(around.revision) else ""
    try:
        here = comparing.head(path)
    except GitTrouble as trouble:
        if told:
            return told
        raise Unclear(f"which revision? Say --revision ({trouble})") from None
    if told and told != here:
        raise Unclear(
            f"{here[:12]} is checked out, but {around.name} runs for {told[:12]}: say which of them "
            "ships, --revision HEAD or --revision with the other"
        )
    return here


def repository_of(arguments: argparse.Namespace, around: Surroundings) -> str:
    """owner/name; without a CI or an origin, what the folder of the checkout is called."""
    return arguments.repository or around.repository or repository_at(Path(arguments.git))


def environment_of(arguments: argparse.Namespace, around: Surroundings) -> str:
    return arguments.environment or around.environment or ENVIRONMENT


def _named(path: Path, revision: str) -> str:
    try:
        return comparing.full(path, revision)
    except GitTrouble as trouble:
        raise Unclear(f"--revision: {trouble}") from None

"""Which revision does a build job speak of? Of the one it ships, or it has to say which."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from bot.agent import comparing
from bot.agent.surroundings import Surroundings
from bot.gitlog import GitTrouble

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Unclear(Exception):
    """Something has to be said before anything can be asked for; the text says what."""


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


def _named(path: Path, revision: str) -> str:
    try:
        return comparing.full(path, revision)
    except GitTrouble as trouble:
        raise Unclear(f"--revision: {trouble}") from None

"""What was asked for on the command line, and does it make sense together?"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.exporting.forms import FORMS, SAYS_ITSELF, Form
from bot.exporting.population import Period, Sample
from bot.exporting.writing import Sink, beside
from bot.misconfigured import Misconfigured
from bot.offline import files


class Unclear(Exception):
    """The text says what does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`beside`: where it is said whether it is complete, if the export does not say so itself. `at`
    is now: a period that is not over yet can still grow.
    """

    period: Period
    sample: Sample | None
    makes: Callable[[Sink], Form]
    out: Path | None
    beside: Path | None
    allow_gaps: bool
    at: datetime


def wanted(arguments: argparse.Namespace, now: datetime) -> Wanted:
    """Raises Unclear."""
    out = _out(arguments)
    return Wanted(
        period=_period(arguments, now),
        sample=_sample(arguments),
        makes=FORMS[arguments.format],
        out=out,
        beside=beside(out) if out and arguments.format not in SAYS_ITSELF else None,
        allow_gaps=arguments.allow_gaps,
        at=now,
    )


def _period(arguments: argparse.Namespace, now: datetime) -> Period:
    try:
        since = files.since(arguments.since, now)
        until = files.moment(arguments.until, "--until")
    except Misconfigured as problem:
        raise Unclear("; ".join(problem.problems)) from None
    if since >= until:
        raise Unclear("--since has to be before --until")
    return Period(since=since, until=until, environments=frozenset(arguments.environment))


def _sample(arguments: argparse.Namespace) -> Sample | None:
    """A seed is named: who draws shall be able to say how."""
    if arguments.sample is None and arguments.seed is None:
        return None
    if arguments.sample is None or not arguments.seed:
        raise Unclear("--sample and --seed go together: the seed is any text, best of your auditor")
    if arguments.sample < 1:
        raise Unclear("--sample: at least 1")
    return Sample(size=arguments.sample, seed=arguments.seed)


def _out(arguments: argparse.Namespace) -> Path | None:
    if arguments.out is None and arguments.format == "pdf":
        raise Unclear("--format pdf: say where to, with --out FILE")
    return Path(arguments.out) if arguments.out else None

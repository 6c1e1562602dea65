"""`countersign export`: what an auditor wants of every signoff of a period, or of a sample of them.

Beside a server that runs, on one snapshot, and nothing is written to the database. Whether each
record holds is looked at while it is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlmodel import Session

from bot import auditing, settings
from bot.auditing import Asked, ReadSettings, ReadUrl
from bot.cli import exported
from bot.cli.audited import Bar
from bot.cli.speaking import note
from bot.clock import Clock, system_clock
from bot.domain.house_events import Unasked
from bot.exporting import wanting, writing
from bot.exporting.completeness import Completeness, Outcome
from bot.exporting.examining import Examiner
from bot.exporting.forms import Form
from bot.exporting.population import Counted, Gathered, Period, counted, watched
from bot.exporting.wanting import Unclear, Wanted
from bot.exporting.writing import Sink
from storage import audit, checkpoints, exporting, histories, housekeeping, migrating
from storage.ground import Unusable

AT_ONCE = 100
GONE_AT_MOST = 1000
USAGE = 2


def run(
    arguments: argparse.Namespace,
    read_url: ReadUrl = settings.read_database_url,
    read: ReadSettings = settings.read,
    clock: Clock = system_clock,
) -> int:
    """Exit 0: written, it holds, and whatever was deployed was decided. 1: not so, or trouble."""
    try:
        wanted = wanting.wanted(arguments, clock())
    except Unclear as problem:
        note(str(problem))
        return USAGE
    asked = auditing.asked_for(arguments, read_url, read)
    try:
        outcome, sink = write(wanted, asked)
    except (Unusable, migrating.OtherVersion) as problem:
        raise writing.trouble(f"DATABASE_URL: {problem}") from None
    _tell(wanted, outcome.facts(), sink, as_json=arguments.json)
    gaps = outcome.seen.without.count and not wanted.allow_gaps
    return 0 if outcome.genuine and not gaps else 1


def write(wanted: Wanted, asked: Asked) -> tuple[Outcome, Sink]:
    """Where it is wanted, from one snapshot. Raises Unusable, OtherVersion or Misconfigured."""
    if wanted.beside:
        writing.refuse_if_there(wanted.beside)
    with auditing.snapshot(asked.url) as session, writing.opened(wanted.out) as sink:
        form = wanted.makes(sink)
        outcome = _gone_through(session, wanted, asked, form)
        form.end(outcome.facts())
    return outcome, sink


def _tell(wanted: Wanted, facts: dict[str, Any], sink: Sink, *, as_json: bool) -> None:
    name = wanted.out.name if wanted.out else None
    told = {**facts, "file": {"name": name, "sha256": sink.sha256, "bytes": sink.size}}
    if wanted.beside:
        with writing.opened(wanted.beside) as other:
            other.write(json.dumps(told, indent=2) + "\n")
    if as_json:
        sys.stderr.write(json.dumps(told) + "\n")
        return
    for line in exported.said(told):
        note(line)


def _gone_through(session: Session, wanted: Wanted, asked: Asked, form: Form) -> Outcome:
    period, in_trail, seen = wanted.period, Gathered(), Completeness(wanted.period)
    found = counted(lambda: _ids(session, period), period, wanted.sample)
    bar = Bar(checkpoints.count_entries(session) + found.count)
    entries = watched(audit.entries(session), period, in_trail)
    trail = auditing.look_at_trail(session, asked, entries, bar)
    examiner = Examiner(session, trail, period)
    _look_at_records(session, examiner, found, seen, form, bar)
    _look_at_deployments(session, examiner, in_trail.shipped, seen)
    _hear_of_unasked(session, period, seen)
    bar.end()
    return Outcome(
        counted=found,
        period=period,
        sample=wanted.sample,
        seen=seen,
        trail=trail,
        in_trail=in_trail,
        gone=exporting.gone(session, GONE_AT_MOST),
        at=wanted.at,
    )


def _look_at_records(
    session: Session,
    examiner: Examiner,
    found: Counted,
    seen: Completeness,
    form: Form,
    told: Callable[[int], None],
) -> None:
    """Those that are not drawn are looked at as well: the counts are of all."""
    for ids in exporting.batches(_ids(session, examiner.period), AT_ONCE):
        for history in histories.histories_of(session, ids):
            examined = examiner.look(history)
            seen.see(examined)
            if found.wants(history.signoff_id):
                form.record(examined.record(found.population))
                seen.written += 1
        told(len(ids))


def _look_at_deployments(
    session: Session, examiner: Examiner, shipped: Iterable[str], seen: Completeness
) -> None:
    """Of what was asked for in another period: how that went is told in the other's records."""
    period = examiner.period
    for ids in exporting.batches(iter(sorted(shipped)), AT_ONCE):
        mine = exporting.among_those_asked_for(
            session, ids, period.since, period.until, period.environments
        )
        for history in histories.histories_of(session, [it for it in ids if it not in mine]):
            seen.see_shipped(examiner.look(history, anywhen=True))


def _hear_of_unasked(session: Session, period: Period, seen: Completeness) -> None:
    for seq, event in housekeeping.told(session):
        if event is None:
            seen.unreadable.add(seq)
        if isinstance(event, Unasked) and _concerns(period, event):
            asked_later = None
            if event.key and event.deed == "deployed":
                asked_later = exporting.asked_later(session, event.connection, event.key)
            seen.hear(seq, event, asked_later)


def _concerns(period: Period, event: Unasked) -> bool:
    """What does not say where it went may have gone anywhere."""
    anywhere = min(period.environments, default="")
    return period.holds(event.at, event.environment or anywhere)


def _ids(session: Session, period: Period) -> Iterator[str]:
    return exporting.asked_for(session, period.since, period.until, period.environments)

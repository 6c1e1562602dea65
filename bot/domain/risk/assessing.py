"""How risky is a change, and what makes it so?

Where a change goes decides: territory somebody named, what a plan destroys, who may enter, where
traffic flows, what happens to stored data and to room under load. Then what guards production
itself, what comes from elsewhere, and what could not be read. The moment and the past add to it.
Size says least: it is never more than normal. The tier is that of the strongest reason, for two
high ones do not make a disaster; the score is the sum of points, and only orders what is alike.

Every fact is computed here from what changes. No title, description, message or rationale is
read. What is unknown is never low: only documentation we saw whole is. More files never lower the
tier, and the score only where they are the tests that were missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from bot.domain.change import Change, Kind
from bot.domain.places import Places, places_of
from bot.domain.risk.capacity import moves
from bot.domain.risk.content import checks, is_documentation, tests, unreviewable
from bot.domain.risk.landmarks import CODE, LANDMARKS, LOCK_FILES, TEST_FOLDERS
from bot.domain.risk.reasons import (
    BLAST_RADIUS,
    EDGE_CASES,
    ORIGIN,
    PEAK_LOAD,
    READ,
    ROLL_BACK,
    TIMING,
    Reason,
    Risk,
    RiskTier,
    reason,
    weighed,
)
from bot.domain.risk.territory import Territory
from bot.domain.risk.upheaval import upheavals
from bot.domain.risk.windows import Window, open_windows
from bot.domain.spans import duration, harmless

_SIZES = ((400, 20), (2_000, 100), (10_000, 500))
"""More than so many lines or files: the points of a size count once for each of these."""

_MANY_INCIDENTS = 3
_CODE_ENDINGS = tuple(glob.removeprefix("*") for glob in CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRules:
    """What a company says of its own code and calendar. Incidents count for as long as `recent`."""

    territories: tuple[Territory, ...] = ()
    windows: tuple[Window, ...] = ()
    recent: timedelta = timedelta(days=14)


def assess_risk(
    change: Change, rules: RiskRules, at: datetime, places: Places | None = None
) -> Risk:
    """`at` is the moment it would ship, `places` its paths if they are ready. Never fails."""
    places = places or places_of(change.paths)
    words = _documentation(change)
    return weighed(
        chain(
            _territories(change, rules, places),
            upheavals(change, places, words),
            _landmarks(places, words),
            moves(change),
            unreviewable(change, places),
            tests(change, places),
            checks(change),
            _windows(rules, at),
            _incidents(change, rules, at),
            _unknown(change),
            _content(change, words),
            _size(change),
        )
    )


def _documentation(change: Change) -> frozenset[str]:
    """The paths under which there is documentation, and nothing else."""
    other = {path for it in change.files if not is_documentation(it) for path in it.paths}
    return frozenset(change.paths) - other


def _territories(change: Change, rules: RiskRules, places: Places) -> Iterator[Reason]:
    for territory in rules.territories:
        if territory.has_repository(change.repository):
            paths = places.within(territory.paths)
            if paths or not territory.paths:
                yield _in_territory(territory, paths)


def _in_territory(territory: Territory, paths: tuple[str, ...]) -> Reason:
    tier = territory.criticality
    name = harmless(territory.name, 60)
    sentence = f"It touches {name}, whose criticality is {tier.value}."
    checklist = (BLAST_RADIUS, EDGE_CASES, ROLL_BACK, PEAK_LOAD)
    return reason("territory", tier, sentence, *checklist, paths=paths)


def _landmarks(places: Places, words: frozenset[str]) -> Iterator[Reason]:
    nothing = frozenset[str]()
    tried = _tests_of_steps(places)
    for it in LANDMARKS:
        but = nothing if it.in_words else words
        if paths := places.within(it.globs, but | tried if it.kind == "migration" else but):
            yield reason(it.kind, it.tier, it.sentence, *it.checklist, paths=paths)
    if paths := places.within(LOCK_FILES):
        sentence = "It changes the exact versions of what is built in from elsewhere."
        yield reason("dependency", RiskTier.NORMAL, sentence, ORIGIN, ROLL_BACK, paths=paths)


def _tests_of_steps(places: Places) -> frozenset[str]:
    """Code in a folder of tests is no step of a migration, whatever the folder within is called.

    Only under plain names: a letter that merely looks like one of "tests" excuses nothing.
    """
    return frozenset(
        place.path
        for folder in TEST_FOLDERS
        for place in places.by_name.get(folder, ())
        if place.text.endswith(_CODE_ENDINGS) and place.path.isascii()
    )


def _windows(rules: RiskRules, at: datetime) -> Iterator[Reason]:
    """A kind of window nobody knows is a freeze."""
    for window in open_windows(rules.windows, at):
        name = harmless(window.name, 60)
        if window.kind == "peak":
            sentence = f"The load is at its peak now: {name}."
            yield reason("window", RiskTier.NORMAL, sentence, PEAK_LOAD, ROLL_BACK)
        else:
            sentence = f"There is a freeze now: {name}."
            yield reason("window", RiskTier.HIGH, sentence, TIMING, ROLL_BACK)


def _incidents(change: Change, rules: RiskRules, at: datetime) -> Iterator[Reason]:
    recent = [it for it in change.incidents if _aware(at) - _aware(it.at) <= rules.recent]
    if recent:
        tier = RiskTier.HIGH if len(recent) >= _MANY_INCIDENTS else RiskTier.NORMAL
        incidents = "an incident" if len(recent) == 1 else f"{len(recent)} incidents"
        lately = f"{rules.recent.days} days" if rules.recent.days else duration(rules.recent)
        sentence = f"It had {incidents} within the last {lately}."
        yield reason("incident", tier, sentence, EDGE_CASES, BLAST_RADIUS, ROLL_BACK)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unknown(change: Change) -> Iterator[Reason]:
    """A list that was cut off may be long because something was to be hidden in it."""
    if change.files and not change.files_complete:
        sentence = f"Only {len(change.files)} of its files are known."
        yield reason("unknown", RiskTier.HIGH, sentence, READ, BLAST_RADIUS, ROLL_BACK)
    elif not change.files and not (change.files_complete and _needs_no_files(change)):
        yield reason("unknown", RiskTier.NORMAL, "Its files are not known.", READ)


def _needs_no_files(change: Change) -> bool:
    """What a plan or numbers say may be all there is."""
    return change.kind is not Kind.SOFTWARE and (change.plan is not None or bool(change.scaling))


def _content(change: Change, words: frozenset[str]) -> Iterator[Reason]:
    if other := [path for path in change.paths if path not in words]:
        sentence = "It changes more than documentation."
        yield reason("content", RiskTier.NORMAL, sentence, paths=other)


def _size(change: Change) -> Iterator[Reason]:
    lines, files = change.additions + change.deletions, len(change.files)
    times = sum(lines > most or files > many for most, many in _SIZES)
    counted = change.files_complete and all(file.counted for file in change.files)
    if not counted:
        yield reason("size", RiskTier.NORMAL, "Its size is not known.", times=len(_SIZES))
    elif times:
        sentence = f"It is large: {lines} lines in {files} {'file' if files == 1 else 'files'}."
        yield reason("size", RiskTier.NORMAL, sentence, times=times)

"""Which words may a rule use? Each answers with a sentence and the values it compared.

There are two readings. A rule that tightens takes doubt for a yes: one file, one contributor or
one spelling is enough, and so is what we do not know. One that exempts has to be `certain`: all
of them, and nothing unknown. What stands under `none` is read the other way round.

What applies is said in our own words and those of the config: it stands on cards as the reason.
Only of what does not apply the values from outside are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.change import Change
from bot.domain.conditions import LevelRange, Matches, Pattern, Size, When
from bot.domain.evidence.findings import Tier
from bot.domain.explanation import Answer
from bot.domain.facts import Facts
from bot.domain.globs import folded, name_fits
from bot.domain.levels import (
    all_below,
    all_reach,
    has_strangers,
    levels_of_all,
    somebody_below,
)
from bot.domain.provenance import because
from bot.domain.risk.content import PASSED
from bot.domain.risk.diffs import odd_name
from bot.domain.spans import harmless

TOUCHES = "touches "
"""What a sentence begins with that names a glob: by it the card knows which files matter."""

LISTED_AT_MOST = 4
SEARCHED_AT_MOST = 20_000
"""Characters of a text that patterns are looked for in; in a longer one, nobody knows."""


def judge(when: When, facts: Facts, *, certain: bool = False) -> Answer:
    """Whether all conditions hold, with an answer for each."""
    parts = tuple(_answers(when, facts, certain))
    if not parts:
        return Answer(True, "every change")
    return Answer(all(part.met for part in parts), "all of these", parts)


def _answers(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    yield from _about_ai(when, facts, certain)
    yield from _about_place(when, facts, certain)
    yield from _about_content(when, facts, certain)
    yield from _about_circumstances(when, facts, certain)
    yield from _nested(when, facts, certain)


def _about_ai(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    status = facts.provenance.status
    if when.ai:
        wanted = " or ".join(status.value for status in when.ai)
        sentence = because(facts.provenance)
        met = status in when.ai
        yield Answer(met, sentence if met else f"AI: {status.value}, not {wanted}")
    if when.tools:
        yield _tools(when.tools, facts, certain)


def _about_place(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    change = facts.change
    if when.environment:
        said = harmless(change.environment, 60)
        fits = name_fits(change.environment, when.environment, certain=certain)
        yield Answer(fits, said if fits else f"environment {said} is not {_or(when.environment)}")
    if when.repository:
        said = f"repository {harmless(change.repository, 100)}"
        fits = name_fits(change.repository, when.repository, certain=certain)
        yield Answer(fits, said if fits else f"{said} is not {_or(when.repository)}")
    if when.branch:
        yield _branch(when.branch, change, certain)
    if when.labels:
        yield _labels(when.labels, change)
    if when.author_level:
        yield _author_level(when.author_level, facts, certain)


def _about_content(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    change = facts.change
    if when.kind:
        wanted = " or ".join(when.kind)
        met = change.kind in when.kind
        said = f"{change.kind.value} change"
        yield Answer(met, said if met else f"a {said}, not {wanted}")
    if when.paths:
        yield _only_paths(when.paths, facts) if certain else _any_path(when.paths, facts)
    if when.size:
        yield _size(when.size, facts, certain)
    if when.matches:
        yield from _matches(when.matches, facts, certain)
    if when.unowned:
        yield _unowned(change, certain)


def _about_circumstances(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    if when.risk:
        wanted, tier = " or ".join(when.risk), facts.risk.tier
        met = tier in when.risk
        yield Answer(met, f"{tier.value} risk" if met else f"{tier.value} risk, not {wanted}")
    if when.risk_from:
        yield _risk_from(when.risk_from, facts)
    if when.checks:
        yield _checks(when.checks, facts.change, certain)
    if when.window:
        open_now = [name for name in when.window if name in facts.windows]
        closed = f"no window {_or(when.window)} is open"
        yield Answer(bool(open_now), f"during {_and(open_now)}" if open_now else closed)
    if when.incidents is not None:
        count = len(facts.change.incidents)
        said = f"{count} recent incident{'' if count == 1 else 's'}"
        met = count > when.incidents
        yield Answer(met, said if met else f"{said}, not more than {when.incidents}")
    if when.sample is not None:
        yield _sample(when.sample, facts)


def _nested(when: When, facts: Facts, certain: bool) -> Iterator[Answer]:
    for inner in when.all:
        yield judge(inner, facts, certain=certain)
    if when.any:
        parts = tuple(judge(inner, facts, certain=certain) for inner in when.any)
        yield Answer(any(part.met for part in parts), "any of these", parts)
    for inner in when.none:
        part = judge(inner, facts, certain=not certain)
        ends = "; ".join(part.reasons()) if part.met else _first_unmet(part)
        yield Answer(not part.met, f"none of: {ends}" if part.met else f"not so: {ends}")


def _first_unmet(answer: Answer) -> str:
    """What it was that did not hold."""
    unmet = next((part for part in answer.parts if not part.met), None)
    return _first_unmet(unmet) if unmet else answer.sentence


def _tools(wanted: tuple[str, ...], facts: Facts, certain: bool) -> Answer:
    names = {folded(name) for name in wanted}
    tools = facts.provenance.tools
    named = [tool for tool in tools if folded(tool) in names]
    unnamed = any(it.counts and not it.tool for it in facts.provenance.findings)
    if unnamed and not (named and not certain):
        return Answer(not certain, "a tool had a part that nobody names")
    met = bool(named) and (len(named) == len(tools) if certain else True)
    used = _and(tools) or "no tool"
    return Answer(met, f"made with {_and(named)}" if met else f"{used} is named, not {_or(wanted)}")


def _branch(globs: tuple[str, ...], change: Change, certain: bool) -> Answer:
    if not change.branch:
        return Answer(not certain, "its branch is not known")
    if name_fits(change.branch, globs, certain=certain):
        return Answer(True, f"its branch is {_or(globs)}")
    return Answer(False, f"its branch “{harmless(change.branch, 80)}” is not {_or(globs)}")


def _labels(globs: tuple[str, ...], change: Change) -> Answer:
    met = any(name_fits(label, globs) for label in change.labels)
    return Answer(met, f"{'a' if met else 'no'} label is {_or(globs)}")


def _author_level(wanted: LevelRange, facts: Facts, certain: bool) -> Answer:
    limits = [f"below {wanted.below}"] if wanted.below else []
    limits += [f"{wanted.at_least} or above"] if wanted.at_least else []
    unmet = Answer(False, f"those who had a part are not {' and '.join(limits)}")
    if certain and (has_strangers(facts) or not facts.change.commits_complete):
        return Answer(False, "not everybody who had a part is known")
    if wanted.at_least and not all_reach(wanted.at_least, facts):
        return unmet
    if not wanted.below:
        return Answer(True, levels_of_all(wanted.at_least, facts))
    if certain and not all_below(wanted.below, facts):
        return unmet
    sentence = somebody_below(wanted.below, facts)
    return Answer(True, sentence) if sentence else unmet


def _any_path(globs: tuple[str, ...], facts: Facts) -> Answer:
    if found := facts.paths.first(globs):
        return Answer(True, f"{TOUCHES}{found[0]}")
    if not facts.change.files_complete:
        return Answer(True, "not all of its files are known")
    return Answer(False, f"touches no {_or(globs)}")


def _only_paths(globs: tuple[str, ...], facts: Facts) -> Answer:
    """As they are written: Docs/ is another folder than docs/, and need not be as harmless."""
    if not facts.change.files_complete:
        return Answer(False, "not all of its files are known")
    if facts.paths.all_within(globs):
        return Answer(True, f"touches only {', '.join(globs)}")
    return Answer(False, f"touches more than {_or(globs)}")


def _size(size: Size, facts: Facts, certain: bool) -> Answer:
    lines, files = facts.lines, len(facts.change.files)
    if not facts.change.files_complete or (size.lines_over is not None and lines is None):
        return Answer(not certain, "its size is not known")
    if size.lines_over is not None and lines is not None and lines > size.lines_over:
        return Answer(True, f"{lines} lines")
    if size.files_over is not None and files > size.files_over:
        return Answer(True, f"{files} files")
    counted = f"{lines} lines in " if lines is not None else ""
    return Answer(False, f"{counted}{files} files")


def _matches(wanted: Matches, facts: Facts, certain: bool) -> Iterator[Answer]:
    change = facts.change
    for name, pattern, text in (
        ("title", wanted.title, change.title),
        ("description", wanted.description, change.description),
        ("branch", wanted.branch, change.branch),
    ):
        if pattern is not None:
            unknown = len(text) > SEARCHED_AT_MOST or (name == "branch" and not text)
            met = not certain if unknown else pattern.search(text) is not None
            word = "matches" if met else "does not match"
            known = f"the {name} {word} {pattern.pattern}"
            yield Answer(met, f"the {name} could not be searched" if unknown else known)
    if wanted.path is not None:
        yield _matching_path(wanted.path, facts, certain)


def _matching_path(pattern: Pattern, facts: Facts, certain: bool) -> Answer:
    if not facts.change.files_complete:
        return Answer(not certain, "not all of its files are known")
    written = facts.paths.written
    if certain:
        plain = bool(written) and not any(map(odd_name, written))
        met = plain and all(pattern.search(path) is not None for path in written)
    else:
        spelled = (*written, *(place.text for place in facts.paths.places))
        met = any(odd_name(path) or pattern.search(path) is not None for path in spelled)
    return Answer(met, f"{'a' if met else 'no'} path matches {pattern.pattern}")


def _unowned(change: Change, certain: bool) -> Answer:
    if change.owners is None:
        return Answer(not certain, "nobody knows who owns its files")
    if any(not owned.owners for owned in change.owners):
        return Answer(True, "CODEOWNERS names nobody for some of its files")
    return Answer(False, "CODEOWNERS names an owner for each of its files")


def _risk_from(kinds: tuple[str, ...], facts: Facts) -> Answer:
    found = [reason for reason in facts.risk.reasons if reason.kind in kinds]
    if found:
        return Answer(True, found[0].sentence)
    return Answer(False, f"no risk from {_or(kinds)}")


def _checks(wanted: tuple[str, ...], change: Change, certain: bool) -> Answer:
    bad = [it.name for it in change.checks if it.conclusion.strip().casefold() not in PASSED]
    if not change.checks:
        return Answer("missing" in wanted or not certain, "no check is known to have run")
    if "failing" in wanted and bad:
        return Answer(True, f"{len(bad)} of its checks did not pass")
    count = len(change.checks)
    return Answer(False, f"{count} check{'' if count == 1 else 's'}, {len(bad)} not passed")


def _sample(share: int, facts: Facts) -> Answer:
    """A reason to ask makes a change three times as likely to be drawn."""
    doubted = any(it.tier is Tier.INFERRED and it.speaks_of_ai for it in facts.provenance.findings)
    limit = share * 3 if doubted else share
    met = facts.draw < limit
    return Answer(met, "drawn for a spot audit" if met else "not drawn for a spot audit")


def _or(words: Iterable[str]) -> str:
    return _listed(words, "or")


def _and(words: Iterable[str]) -> str:
    return _listed(words, "and")


def _listed(words: Iterable[str], last: str) -> str:
    every = list(words)
    shown = every[:LISTED_AT_MOST]
    more = [f"{len(every) - len(shown)} more"] if len(every) > len(shown) else []
    *before, end = [*shown, *more] or [""]
    return f"{', '.join(before)} {last} {end}" if before else end

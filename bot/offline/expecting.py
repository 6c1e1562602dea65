"""Does a policy make of an example what was expected, and if not, how did it come to that?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.cli.explaining import asked_for, choice_lines, finding_line, reason_line
from bot.cli.reports import Mismatch
from bot.config.words import closest
from bot.domain.asking.choosing import Choice
from bot.domain.explanation import RuleAnswer
from bot.domain.judging import Judged
from bot.domain.people import Roster
from bot.domain.policy import DEFAULT, UNREADABLE_POLICY
from bot.domain.provenance import because
from bot.offline.examples import Expected
from bot.offline.inviting import signatures, wanted

_NOT_THERE = (DEFAULT.name, UNREADABLE_POLICY.name)
"""Rules that are answered only where they apply."""


def mismatches(
    expected: Expected, judged: Judged, choices: tuple[Choice, ...], roster: Roster
) -> Iterator[Mismatch]:
    """Every expectation that was not met."""
    yield from _asks(expected, judged, roster)
    yield from _rules(expected, judged)
    yield from _facts(expected, judged)
    yield from _form(expected, judged)
    yield from _people(expected, choices, roster)


def _asks(expected: Expected, judged: Judged, roster: Roster) -> Iterator[Mismatch]:
    asks, met = wanted(judged.judgement.requirement), _met(judged)
    got, said = signatures(asks, roster), asked_for(asks)
    if expected.asked is not None and expected.asked != got:
        yield _mismatch(
            "asked", f"{expected.asked or 'nobody'}", f"{got or 'nobody'} ({said})", met
        )
    if expected.level is not None:
        highest = max((ask.level for ask in asks), key=roster.rank, default="")
        if highest != expected.level:
            yield _mismatch("level", expected.level, highest or "nobody has to sign", met)
    if expected.sources is not None:
        groups = {name for ask in asks for name in (*ask.groups, *ask.people)}
        if groups != set(expected.sources):
            yield _mismatch("from", _list(expected.sources), _list(sorted(groups)), met)


def _rules(expected: Expected, judged: Judged) -> Iterator[Mismatch]:
    answers: dict[str, list[RuleAnswer]] = {}
    for answer in judged.judgement.answers:
        answers.setdefault(answer.rule, []).append(answer)
    for name in (*expected.rules, *expected.not_rules):
        if name not in answers and name not in _NOT_THERE:
            got = f"no rule has this name{closest(name, list(answers))}"
            yield Mismatch(what="rules", expected=name, got=got)
    for name in expected.rules:
        found = answers.get(name, [])
        if (found or name in _NOT_THERE) and not any(answer.met for answer in found):
            yield _mismatch("rules", f"{name} applies", "it does not", tuple(found))
    for name in expected.not_rules:
        met = tuple(answer for answer in answers.get(name, ()) if answer.met)
        if met:
            yield _mismatch("not_rules", f"{name} does not apply", "it does", met)


def _facts(expected: Expected, judged: Judged) -> Iterator[Mismatch]:
    provenance, risk = judged.facts.provenance, judged.facts.risk
    if expected.ai is not None and expected.ai != provenance.status.value:
        got = f"{provenance.status.value} ({because(provenance)})"
        more = tuple(map(finding_line, provenance.findings))
        yield Mismatch(what="ai", expected=expected.ai, got=got, more=more)
    if expected.risk is not None and expected.risk != risk.tier.value:
        more = tuple(map(reason_line, risk.reasons))
        yield Mismatch(what="risk", expected=expected.risk, got=risk.tier.value, more=more)


def _form(expected: Expected, judged: Judged) -> Iterator[Mismatch]:
    requirement, met = judged.judgement.requirement, _met(judged)
    for words in expected.because:
        if not any(words in reason for reason in requirement.because):
            yield _mismatch("because", words, _list(requirement.because), met)
    if expected.checklist is not None:
        missing = [point for point in expected.checklist if point not in requirement.checklist]
        if missing or (requirement.checklist and not expected.checklist):
            got = _list(requirement.checklist)
            yield _mismatch("checklist", _list(missing or expected.checklist), got, met)
    said = requirement.declaration.value
    if expected.declaration is not None and expected.declaration != said:
        yield _mismatch("declaration", expected.declaration, said, met)


def _people(expected: Expected, choices: tuple[Choice, ...], roster: Roster) -> Iterator[Mismatch]:
    asked = {it.person for choice in choices for it in choice.asked}
    if expected.people is None or asked == set(expected.people):
        return
    more = tuple(line.strip() for choice in choices for line in choice_lines(choice, roster))
    yield Mismatch(
        what="people",
        expected=_list(expected.people),
        got=_list(sorted(asked)),
        more=tuple(f"  {line}" for line in more),
    )


def _met(judged: Judged) -> tuple[RuleAnswer, ...]:
    return tuple(answer for answer in judged.judgement.answers if answer.met)


def _mismatch(what: str, expected: str, got: str, rules: tuple[RuleAnswer, ...]) -> Mismatch:
    return Mismatch(what=what, expected=expected, got=got, rules=rules)


def _list(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(words) or "none"

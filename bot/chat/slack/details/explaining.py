"""Why is it asked for, and who are the people in it? The policy rule by rule, and the choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.chat.slack.richtext import Block, bullets, plain_line, section, within, words
from bot.domain.explanation import Answer, RuleAnswer, lines
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless
from bot.engine.board import Explained

POLICY_BUDGET, CHOICE_BUDGET, MAKERS_BUDGET = 9_000, 4_000, 3_000
"""Characters."""

PEOPLE_SHOWN, NAME_AT_MOST = 15, 120
DEEPEST = 8
"""Slack indents no further."""

MET, UNMET = "✓", "✗"

_AS_NOW = "The policy has changed since this was judged. This is what it says now."


def policy(explained: Explained) -> list[Block]:
    """The rules that apply with their answers, then the others with what they lack."""
    met = [it for it in explained.answers if it.met]
    unmet = [it for it in explained.answers if not it.met]
    parts = _note(explained)
    for rule in met:
        parts += [_rule(rule), *map(_line, _told(rule.answer))]
    if unmet:
        parts += [section(words("Rules that do not apply", bold=True)), *map(_unmet, unmet)]
    return within(parts, POLICY_BUDGET)


def choice(signoff: Signoff, explained: Explained, roster: Roster) -> list[Block]:
    """Who was asked and why; while it waits, also who would be asked now, and why nobody else."""
    asked = {it.person: "; ".join(it.why) for it in signoff.invited}
    parts = _people("Asked, and why", asked, roster)
    if signoff.status.is_final:
        return within(parts, CHOICE_BUDGET)
    now = {
        it.person: "; ".join(it.why)
        for each in explained.choices
        for it in each.asked
        if it.person not in asked
    }
    others = {
        it.person: it.why
        for each in explained.choices
        for it in each.passed_over
        if it.person not in asked and it.person not in now
    }
    parts += [*_people("Would be asked now", now, roster), *_people("Why not", others, roster)]
    return within(parts, CHOICE_BUDGET)


def makers(signoff: Signoff, roster: Roster) -> list[Block]:
    """Who had a part, by all names that we know of them, and the names that we do not know."""
    known = [_named(roster.people.get(id), id) for id in sorted(signoff.contributors.people)]
    unknown = [harmless(name, NAME_AT_MOST) for name in signoff.contributors.unknown]
    parts = [
        *_listed("Had a part in it, and may not sign", known),
        *_listed("Had a part in it, and are not in the roster", unknown),
    ]
    return within(parts, MAKERS_BUDGET)


def may_approve(names: Sequence[str]) -> list[Block]:
    said = ", ".join(names) or "Nobody in the roster"
    return [section(words("May approve  ", bold=True), words(harmless(said, 1500)))]


def _named(person: Person | None, person_id: str) -> str:
    """Their names on all platforms; the id of somebody who has left the roster."""
    if person is None:
        return f"{person_id}, who has left the roster"
    names = ", ".join((*sorted(person.logins), *sorted(person.emails)))
    return f"{person.name} ({person.level}){f': {names}' if names else ''}"


def _note(explained: Explained) -> list[Block]:
    return [] if explained.current else [section(words(_AS_NOW))]


def _rule(rule: RuleAnswer) -> Block:
    """The name of a rule is quoted: a repository may have chosen it, and then says so."""
    return section(
        words("Rule  ", bold=True), words(plain_line(f"“{rule.rule}”, asks: {rule.asks}"))
    )


def _told(answer: Answer) -> Iterator[tuple[int, bool, str]]:
    """That all of its conditions have to hold goes without saying."""
    for part in answer.parts or (answer,):
        yield from lines(part)


def _line(line: tuple[int, bool, str]) -> Block:
    depth, met, sentence = line
    return _indented(depth, f"{MET if met else UNMET} {sentence}")


def _unmet(rule: RuleAnswer) -> Block:
    return _indented(0, f"{UNMET} “{rule.rule}”: {_first_unmet(rule.answer)}")


def _first_unmet(answer: Answer) -> str:
    """The first sentence that keeps it from applying, as far down as there is one."""
    below = next((part for part in answer.parts if not part.met), None)
    return _first_unmet(below) if below else answer.sentence


def _indented(depth: int, text: str) -> Block:
    return {**bullets([[words(plain_line(text))]]), "indent": min(depth, DEEPEST)}


def _people(label: str, found: dict[str, str], roster: Roster) -> list[Block]:
    if not found:
        return []
    named = ((roster.name(person), why) for person, why in found.items())
    return _listed(label, list(_reasons(named)))


def _listed(label: str, items: Sequence[str]) -> list[Block]:
    if not items:
        return []
    left = len(items) - PEOPLE_SHOWN
    more = [f"and {left} more"] if left > 0 else []
    shown = ([words(plain_line(text))] for text in (*items[:PEOPLE_SHOWN], *more))
    return [section(words(label, bold=True)), bullets(shown)]


def _reasons(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, why in named:
        yield f"{name}: {why}" if why else name

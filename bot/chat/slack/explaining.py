"""Why is it asked for, and why of these people? The policy and the choice, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.chat.slack.richtext import Block, bullets, plain_line, section, within, words
from bot.domain.explanation import Answer, RuleAnswer, lines
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.engine.board import Explained

POLICY_BUDGET, CHOICE_BUDGET = 9_000, 4_000
"""Characters."""

PEOPLE_SHOWN = 15
DEEPEST = 8
"""Slack indents no further."""

MET, UNMET = "✓", "✗"

_AS_NOW = "The policy has changed since this was judged. This is what it says now."


def policy(explained: Explained) -> list[Block]:
    """The rules that apply with their answers, then the others with what they lack."""
    met = [it for it in explained.answers if it.met]
    unmet = [it for it in explained.answers if not it.met]
    parts = [section(words("Policy  ", bold=True), *_note(explained))]
    for rule in met:
        parts += [_rule(rule), *map(_line, lines(rule.answer))]
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


def _note(explained: Explained) -> list[Block]:
    return [] if explained.current else [words(_AS_NOW)]


def _rule(rule: RuleAnswer) -> Block:
    """The name of a rule is quoted: a repository may have chosen it, and then says so."""
    return section(
        words("Rule  ", bold=True), words(plain_line(f"“{rule.rule}”, asks: {rule.asks}"))
    )


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
    items = list(_reasons(named))
    left = len(items) - PEOPLE_SHOWN
    more = [f"and {left} more"] if left > 0 else []
    shown = ([words(plain_line(text))] for text in (*items[:PEOPLE_SHOWN], *more))
    return [section(words(label, bold=True)), bullets(shown)]


def _reasons(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, why in named:
        yield f"{name}: {why}" if why else name

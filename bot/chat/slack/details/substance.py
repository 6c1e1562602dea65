"""What does a change consist of, as far as we computed it ourselves?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.slack.richtext import Block, bullets, section, spoken, within, words
from bot.domain.change import Change
from bot.domain.makeup import shares, turns
from bot.domain.signoff import Signoff
from bot.domain.spans import Ours, Span, Theirs, harmless
from bot.domain.wording import changed

SUBSTANCE_BUDGET = 12_000
"""Characters."""

FILES_SHOWN, TURNS_SHOWN, CHECKS_SHOWN, PATHS_SHOWN = 30, 20, 30, 10
NAME_AT_MOST = 150

_DEPENDENCY = "dependency"
"""Reasons for a risk which files that name dependencies, or pin their versions, gave."""


def substance(signoff: Signoff) -> list[Block]:
    """How much of what, what runs differently, and what the checks said."""
    parts = [
        *_fact("Files", _made_of(signoff)),
        *_fact("Dependencies", tuple(_dependencies(signoff))),
        *_list("What runs differently", _turns(signoff.change), TURNS_SHOWN),
        *_list("Checks", _checks(signoff.change), CHECKS_SHOWN),
    ]
    return within(parts, SUBSTANCE_BUDGET)


def _made_of(signoff: Signoff) -> tuple[Span, ...]:
    """How many of each sort, and which matter: those that rules and risk speak of come first."""
    lead, *files = changed(signoff, FILES_SHOWN)
    each = (
        f"{it.sort} {it.files:,} (+{it.additions:,} −{it.deletions:,})"
        for it in shares(signoff.change)
    )
    sorts = ", ".join(each)
    return (lead, *([Ours(f": {sorts}")] if sorts else []), *files)


def _dependencies(signoff: Signoff) -> Iterator[Span]:
    """Which ones, nobody told us: the risk speaks of the files alone."""
    reasons = signoff.risk.reasons if signoff.risk else ()
    paths = dict.fromkeys(path for it in reasons if it.kind == _DEPENDENCY for path in it.paths)
    if paths:
        yield Theirs(harmless(", ".join(list(paths)[:PATHS_SHOWN]), 500))


def _turns(change: Change) -> list[list[Span]]:
    return [
        [Theirs(harmless(it.about, NAME_AT_MOST)), Ours(": "), Theirs(harmless(it.what, 300))]
        for it in turns(change)
    ]


def _checks(change: Change) -> list[list[Span]]:
    return [
        [
            Theirs(harmless(it.name, NAME_AT_MOST)),
            Ours(": "),
            Theirs(harmless(it.conclusion, 60) or "not finished"),
        ]
        for it in change.checks
    ]


def _fact(label: str, spans: tuple[Span, ...]) -> list[Block]:
    """As on a card, item by item, so that what does not fit can be left out."""
    lines: list[list[Span]] = [[]]
    for span in spans:
        text = span.text if isinstance(span, Ours) else ""
        if text.startswith("\n• "):
            lines.append([Ours(text.removeprefix("\n• "))])
        else:
            lines[-1].append(span)
    lead, *items = lines
    if not spans:
        return []
    return [section(words(f"{label}  ", bold=True), *spoken(lead)), *map(_item, items)]


def _list(label: str, lines: list[list[Span]], shown: int) -> list[Block]:
    left = len(lines) - shown
    more: list[list[Span]] = [[Ours(f"and {left} more")]] if left > 0 else []
    items = [_item(line) for line in (*lines[:shown], *more)]
    return [section(words(label, bold=True)), *items] if lines else []


def _item(line: list[Span]) -> Block:
    return bullets([spoken(line) or [words("…")]])

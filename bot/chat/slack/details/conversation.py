"""What did people ask each other about a signoff, what did they pass on, and what happened?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat.slack.richtext import Block, bullets, section, spoken, within, words
from bot.domain.people import Roster
from bot.domain.signoff import Delegation, Inquiry, Signoff
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless

CONVERSATION_BUDGET, TRAIL_BUDGET = 6_000, 8_000
"""Characters; a whole view may have 250,000 bytes, and a character up to four."""

TRAIL_SHOWN, PASSED_SHOWN = 30, 10
QUOTED_AT_MOST = 1000


def conversation(signoff: Signoff, roster: Roster) -> list[Block]:
    """Questions with their answers, the newest first, and who passed it on to whom."""
    asked = [part for it in reversed(signoff.inquiries) for part in _exchange(it, roster)]
    passed = [_passed(it, roster) for it in signoff.delegations[-PASSED_SHOWN:]]
    parts = [
        *([section(words("Questions to the author", bold=True))] if asked else []),
        *asked,
        *([section(words("Passed on", bold=True))] if passed else []),
        *passed,
    ]
    return within(parts, CONVERSATION_BUDGET)


def happened(trail: Sequence[Sequence[Span]]) -> list[Block]:
    """The newest steps, under the numbers they have in the whole trail."""
    first = max(len(trail) - TRAIL_SHOWN, 0)
    before = [section(words(f"The first {first} steps are left out"))] if first else []
    steps: Block = {
        "type": "rich_text_list",
        "style": "ordered",
        "offset": first,
        "elements": within([section(*spoken(step)) for step in trail[first:]], TRAIL_BUDGET),
    }
    return [*before, steps] if trail else []


def _exchange(inquiry: Inquiry, roster: Roster) -> Iterable[Block]:
    question = Ours(f"{roster.name(inquiry.by)} asked "), Moment(inquiry.at)
    yield _item([*question, *_quoted(inquiry.question)])
    if inquiry.answered_at is None:
        yield _item([Ours("Not answered yet")], indent=1)
    else:
        answer = Ours(f"{roster.name(inquiry.answered_by)} answered "), Moment(inquiry.answered_at)
        yield _item([*answer, *_quoted(inquiry.answer)], indent=1)


def _passed(it: Delegation, roster: Roster) -> Block:
    who = Ours(f"{roster.name(it.by)} passed it on to {roster.name(it.to)} ")
    return _item([who, Moment(it.at), *_quoted(it.reason)])


def _quoted(text: str) -> tuple[Span, ...]:
    return (Ours(": "), Theirs(f"“{harmless(text, QUOTED_AT_MOST)}”"))


def _item(spans: Sequence[Span], indent: int = 0) -> Block:
    return {**bullets([spoken(spans)]), "indent": indent}

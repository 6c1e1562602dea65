"""How do spans become rich text, in which nothing from outside can act?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, assert_never

from bot.domain.spans import Fact, Link, Moment, Ours, Span, Theirs, harmless

Block = dict[str, Any]

BULLET = "• "
LINK_AT_MOST = 500
_TEXT_AT_MOST, _SENTENCE_AT_MOST = 3000, 500
_PARTS_AT_MOST = 400
_SILENT = frozenset({"type", "style", "block_id", "action_id", "value", "accessibility_label"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """How much may be said: characters of a span, of a fact and of a rationale, and list items."""

    span: int
    fact: int
    items: int
    rationale: int


FULL = Diet(span=1500, fact=6000, items=40, rationale=1500)


def escape(text: str) -> str:
    """For mrkdwn and for a message's own text: nothing in it is a mention, a link or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def words(text: str, *, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": text}
    return {**element, "style": {"bold": True}} if bold else element


def section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def quote(*elements: Block) -> Block:
    return {"type": "rich_text_quote", "elements": list(elements)}


def verbatim(text: str) -> Block:
    """As it is, line by line, to be copied."""
    return {"type": "rich_text_preformatted", "elements": [words(text)]}


def bullets(items: Iterable[Sequence[Block]]) -> Block:
    sections = [section(*item) for item in items]
    return {"type": "rich_text_list", "style": "bullet", "elements": sections}


def rich_text(block_id: str, *parts: Block) -> Block:
    return {"type": "rich_text", "block_id": block_id, "elements": list(parts)}


def moment(at: datetime) -> Block:
    """Shown in each reader's own time zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": in_utc(at),
    }


def in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def spoken(spans: Iterable[Span]) -> list[Block]:
    """Spans as elements; an empty one is none."""
    return [element for span in spans for element in _element(span)]


def said(fact: Fact, diet: Diet = FULL) -> list[Block]:
    """A fact: its label, what is said, and a list where it lists things."""
    lead, items = _itemised(_cut(fact.spans, diet))
    shown = [spoken(item) for item in items[: diet.items]]
    if len(items) > diet.items:
        shown.append([words(f"and {len(items) - diet.items} more")])
    parts = [section(words(f"{fact.label}  ", bold=True), *spoken(lead))]
    listed = [item for item in shown if item]
    return [*parts, bullets(listed)] if listed else parts


def plain_line(text: str) -> str:
    """One line of what can be seen, of a length that reads well."""
    return harmless(text, _SENTENCE_AT_MOST) or "…"


def within(parts: Sequence[Block], budget: int) -> list[Block]:
    """As many parts as the budget allows; it is said where some are left out."""
    left = budget
    for index, part in enumerate(parts[:_PARTS_AT_MOST]):
        left -= size(part)
        if left < 0:
            return [*parts[:index], _left_out(len(parts) - index)]
    cut = len(parts) - _PARTS_AT_MOST
    return [*parts[:_PARTS_AT_MOST], _left_out(cut)] if cut > 0 else list(parts)


def size(node: object) -> int:
    """How long Slack finds it: characters as escaped, and some more for each header."""
    if isinstance(node, str):
        return len(escape(node))
    if isinstance(node, dict):
        heard = (value for name, value in node.items() if name not in _SILENT)
        return sum(map(size, heard)) + (100 if node.get("type") == "header" else 0)
    return sum(map(size, node)) if isinstance(node, list) else 0


def _left_out(count: int) -> Block:
    return section(words(f"… and {count} more {'line' if count == 1 else 'lines'}"))


def _element(span: Span) -> list[Block]:
    match span:
        case Ours(text=text, bold=bold):
            return [words(_line(text), bold=bold)] if text else []
        case Theirs(text=text):
            return [words(line)] if (line := _line(text)).strip() else []
        case Moment(at=at):
            return [moment(at)]
        case Link(text=text, url=url):
            if url.startswith(("https://", "http://")) and len(url) <= LINK_AT_MOST:
                return [{"type": "link", "url": url, "text": text or url}]
            return [words(text)] if text else []
        case _:
            assert_never(span)


def _line(text: str) -> str:
    """One line of what can be seen, with the spaces that join it to its neighbours."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return f"{before}{harmless(text, _TEXT_AT_MOST)}{after}"


def _cut(spans: Iterable[Span], diet: Diet) -> list[Span]:
    kept: list[Span] = []
    left = diet.fact
    for span in spans:
        if isinstance(span, Ours | Theirs):
            room = min(diet.span, left)
            if room <= 1:
                return [*kept, Ours(" …")]
            cut = span.text if len(span.text) <= room else f"{span.text[: room - 1]}…"
            left -= len(cut)
            kept.append(replace(span, text=cut))
        else:
            kept.append(span)
    return kept


def _itemised(spans: Iterable[Span]) -> tuple[list[Span], list[list[Span]]]:
    """What is said first, and the items of the list after it."""
    lead: list[Span] = []
    items: list[list[Span]] = []
    for span in spans:
        text = span.text.removeprefix("\n") if isinstance(span, Ours) else ""
        if isinstance(span, Ours) and text.startswith(BULLET):
            items.append([replace(span, text=text.removeprefix(BULLET))])
        else:
            (items[-1] if items else lead).append(span)
    return lead, items

"""Would Slack take these blocks on this surface, and if not, why?"""

from __future__ import annotations

import json
from typing import Any, Literal

from bot.playground import elements
from bot.playground.richtext import rich_text_elements
from bot.playground.rules import (
    Json,
    Report,
    Rule,
    by_type,
    choice,
    each,
    fields,
    flag,
    identifier,
    link,
    string,
    text,
)

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MESSAGE_BUDGET = 11_000
VIEW_BYTES = 250_000
_HEADER_WEIGHT = 100

_block_id = {"block_id": identifier(None)}


def _header(value: Any, path: str, report: Report) -> None:
    fields({"text": text(150, plain_only=True)}, _block_id)(value, path, report)
    report.size += _HEADER_WEIGHT


def _section(value: Any, path: str, report: Report) -> None:
    known: dict[str, Rule] = {
        "text": text(3000),
        "fields": each(text(2000), most=10),
        "accessory": elements.in_section,
        "expand": flag,
    }
    fields({}, {**known, **_block_id})(value, path, report)
    if "text" not in value and "fields" not in value:
        report.refuse(path, "needs 'text' or 'fields'")


def _input(value: Any, path: str, report: Report) -> None:
    report.inputs += 1
    fields(
        {"label": text(2000, plain_only=True), "element": elements.in_input},
        {
            "hint": text(2000, plain_only=True),
            "optional": flag,
            "dispatch_action": flag,
            **_block_id,
        },
    )(value, path, report)


def _context_element(value: Any, path: str, report: Report) -> None:
    if isinstance(value, dict) and value.get("type") == "image":
        elements.image(value, path, report)
    else:
        text(3000)(value, path, report)


_everywhere: dict[str, Rule] = {
    "header": _header,
    "section": _section,
    "context": fields({"elements": each(_context_element, most=10)}, _block_id),
    "actions": fields({"elements": each(elements.in_actions, most=25)}, _block_id),
    "divider": fields({}, _block_id),
    "rich_text": fields({"elements": rich_text_elements}, _block_id),
    "image": fields(
        {"image_url": link, "alt_text": string(2000)},
        {"title": text(2000, plain_only=True), **_block_id},
    ),
}
_on_surface: dict[Surface, dict[str, Rule]] = {
    "message": _everywhere,
    "modal": {**_everywhere, "input": _input},
    "home": {**_everywhere, "input": _input},
}


def _blocks_rule(surface: Surface) -> Rule:
    kind = by_type(_on_surface[surface], f"block of a {surface}")
    return each(kind, most=MOST_BLOCKS[surface])


def judge_blocks(blocks: object, surface: Surface = "message") -> Report:
    """Walk blocks; the report lists each fault with a pointer to its place."""
    report = Report()
    _blocks_rule(surface)(blocks, "/blocks", report)
    return report


_shared_view: dict[str, Rule] = {
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
    "private_metadata": string(3000, least=0),
}
_short = text(24, plain_only=True)


def _modal(value: Any, path: str, report: Report) -> None:
    fields(
        {"title": _short, "blocks": _blocks_rule("modal")},
        {
            **_shared_view,
            "submit": _short,
            "close": _short,
            "clear_on_close": flag,
            "notify_on_close": flag,
        },
    )(value, path, report)
    if report.inputs and "submit" not in value:
        report.refuse(f"{path}/submit", "a modal with inputs needs 'submit'")


_view = by_type(
    {"modal": _modal, "home": fields({"blocks": _blocks_rule("home")}, _shared_view)}, "view"
)


def judge_view(view: object, kind: Literal["modal", "home"]) -> Report:
    """Walk a view of the given kind, as for views.open and views.publish."""
    report = Report()
    choice(kind)(view.get("type") if isinstance(view, dict) else None, "/view/type", report)
    if not report.problems:
        _view(view, "", report)
    return report


def too_large(view: Json) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES

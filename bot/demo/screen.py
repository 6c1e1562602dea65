"""What does one see in a message or a form, and what is there to press?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.playground.things import Message


def is_about(card: Message, signoff_id: str) -> bool:
    """The small print at the foot of a card says which signoff it is about."""
    foot = [block for block in card.blocks if block["type"] == "context"]
    return signoff_id in reading(foot)


def filled(blocks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All boxes ticked, and words wherever there is room for some."""
    elements = {block["block_id"]: block["element"] for block in blocks if block["type"] == "input"}
    return {name: _answer(element) for name, element in elements.items()}


def _answer(element: Mapping[str, Any]) -> str | list[str]:
    if element["type"] == "checkboxes":
        return [option["value"] for option in element["options"]]
    return "I looked at all of it."


def _label(button: Mapping[str, Any]) -> str:
    return str(button["text"]["text"]).rstrip("…")


def action_of(blocks: Iterable[Mapping[str, Any]], label: str) -> str:
    """The action behind the button with this label, which may promise a form ("Approve…").

    Raises LookupError.
    """
    for block in blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "button" and _label(element) == label.rstrip("…"):
                return str(element["action_id"])
    raise LookupError(f"no button {label!r}")


def reading(blocks: Any) -> str:
    """All words of blocks, as one reads them."""
    match blocks:
        case str():
            return blocks
        case dict():
            kept = {
                k: v for k, v in blocks.items() if k in ("text", "elements", "fields", "blocks")
            }
            return " ".join(filter(None, map(reading, kept.values())))
        case list() | tuple():
            return " ".join(filter(None, map(reading, blocks)))
        case _:
            return ""


def option_of(blocks: Iterable[Mapping[str, Any]], label: str) -> tuple[str, str]:
    """The menu with an option of this label, and the value of that. Raises LookupError."""
    for block in blocks:
        for element in block.get("elements", ()):
            for option in element.get("options", ()):
                if option["text"]["text"] == label:
                    return str(element["action_id"]), str(option["value"])
    raise LookupError(f"no option {label!r}")

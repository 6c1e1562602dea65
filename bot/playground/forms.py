"""Which element did the person touch, and what have they filled in?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.playground.refusals import NotOnTheCard
from bot.playground.rules import Json
from bot.playground.things import View

Given = str | list[str] | None
State = dict[str, dict[str, Json]]

_REQUIRED = "Please complete this required field."

_SHAPES = {
    "datepicker": r"\d{4}-\d{2}-\d{2}",
    "timepicker": r"([01]\d|2[0-3]):[0-5]\d",
    "users_select": r"[UW][A-Z0-9]+",
}
_ABOUT_THE_ACT = {"action_id", "block_id", "action_ts"}
STATELESS = {"button", "overflow"}

_SINGLE = {"static_select", "radio_buttons", "overflow"}
_SEVERAL = {"multi_static_select", "checkboxes"}
_PLAIN = {  # element type -> (field of the state, field of the initial value)
    "plain_text_input": ("value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}


def touchable(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block and element a person can use."""
    for block in blocks:
        found = block["elements"] if block["type"] == "actions" else []
        found = [*found, *(block[slot] for slot in ("accessory", "element") if slot in block)]
        yield from ((block, one) for one in found if one["type"] != "image")


def pick(
    blocks: Iterable[Json], action_id: str, value: Given, block_id: str | None
) -> tuple[Json, Json]:
    """The one element with this action_id; ``value`` and ``block_id`` tell twins apart."""
    twins = [
        (block, element)
        for block, element in touchable(blocks)
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    if value is not None and twins and twins[0][1]["type"] == "button":
        twins = [pair for pair in twins if pair[1].get("value") == value]
    if len(twins) != 1:
        raise NotOnTheCard(
            f"{len(twins)} elements answer to {action_id!r}, {value!r}, {block_id!r}"
        )
    return twins[0]


def _options(element: Json) -> list[Json]:
    groups: list[Json] = element.get("option_groups", [])
    return [*element.get("options", []), *(one for group in groups for one in group["options"])]


def _option(element: Json, value: str) -> Json:
    for option in _options(element):
        if option["value"] == value:
            return {name: option[name] for name in ("text", "value")}
    raise NotOnTheCard(f"{element['action_id']!r} does not offer {value!r}")


def chosen(element: Json, given: Given) -> Json:
    """What an element holds, as Slack sends it in ``state`` and in ``actions``."""
    kind = element["type"]
    answer: Json = {"type": kind}
    if kind in _SINGLE:
        answer["selected_option"] = _option(element, given) if isinstance(given, str) else None
    elif kind in _SEVERAL:
        values = [given] if isinstance(given, str) else (given or [])
        answer["selected_options"] = [_option(element, value) for value in values]
    elif kind == "multi_users_select":
        answer["selected_users"] = [given] if isinstance(given, str) else (given or [])
    elif kind in _PLAIN:
        answer[_PLAIN[kind][0]] = _shaped(kind, given) if given else None
    return answer


def _shaped(kind: str, given: str | list[str]) -> str:
    """A picker only ever gives what it can show."""
    if not isinstance(given, str) or not re.fullmatch(_SHAPES.get(kind, r"(?s).*"), given):
        raise NotOnTheCard(f"a {kind} cannot give {given!r}")
    return given


def initial(element: Json) -> Json:
    """What an element holds before anybody touches it."""
    kind = element["type"]
    if kind in _SINGLE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _SEVERAL:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    held, first = _PLAIN[kind]
    return {"type": kind, held: element.get(first) or None}


def _content(held: Json) -> Any:
    return next((value for name, value in held.items() if name != "type"), None)


def _fault(block: Json, element: Json, held: Json) -> str | None:
    content = _content(held)
    if not content:
        return None if block.get("optional") else _REQUIRED
    if element["type"] != "plain_text_input":
        return None
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(content) < least:
        return f"Please write at least {least} characters."
    return f"Please write at most {most} characters." if len(content) > most else None


def held_on(blocks: Iterable[Json], action: Json) -> State:
    """What the elements of a message hold when one of them is used."""
    state: State = {}
    for block, element in touchable(blocks):
        if element["type"] not in STATELESS:
            state.setdefault(block["block_id"], {})[element["action_id"]] = initial(element)
    return with_action(state, action)


def with_action(state: State, action: Json) -> State:
    """The state once that element was used; buttons and overflow menus leave no trace in it."""
    if action["type"] in STATELESS:
        return state
    held = {name: value for name, value in action.items() if name not in _ABOUT_THE_ACT}
    mine = {**state.get(action["block_id"], {}), action["action_id"]: held}
    return {**state, action["block_id"]: mine}


def fill(view: View, given: Mapping[str, Given]) -> State:
    """The state of a view after these answers.

    Each is named by its action_id, its block_id, or both: ``"block_id/action_id"``.
    """
    state: State = {}
    used: set[str] = set()
    for block, element in touchable(view.blocks):
        if element["type"] in STATELESS:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        names = (f"{block_id}/{action_id}", action_id, block_id)
        name = next((key for key in names if key in given), None)
        if name is not None:
            used.add(name)
            held = chosen(element, given[name])
        else:
            held = dict(view.state.get(block_id, {}).get(action_id) or initial(element))
        state.setdefault(block_id, {})[action_id] = held
    if strange := sorted(set(given) - used):
        raise NotOnTheCard(f"this view has no input called {strange}")
    return state


def faults(view: View, state: State) -> dict[str, str]:
    """What the person must mend before the workspace sends the form, by block_id."""
    found: dict[str, str] = {}
    for block, element in touchable(view.blocks):
        if block["type"] == "input":
            fault = _fault(block, element, state[block["block_id"]][element["action_id"]])
            if fault is not None:
                found[block["block_id"]] = fault
    return found

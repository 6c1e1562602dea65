"""Would Slack take it? Asked of three that share no code: our playground, Slack's SDK, slackblocks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import slackblocks
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks.objects import Text

from bot.playground.blocks import MESSAGE_BUDGET, judge_blocks, judge_view, too_large
from bot.playground.server import Playground

Json = dict[str, Any]

JUDGED_AT_MOST = 300


def judge_message(blocks: Any) -> list[str]:
    """What any of the three has against these blocks of a message."""
    report = judge_blocks(blocks)
    own = [*report.problems, *report.mentions]
    if report.size > MESSAGE_BUDGET:
        own.append(f"{report.size} characters")
    rebuilt = lambda: slackblocks.Message(channel="C0PAY", text="x", blocks=_rebuilt(blocks))  # noqa: E731
    return _said(own=own, sdk=_tried(lambda: _parsed(blocks)), slackblocks=_tried(rebuilt))


def judge_modal(view: Json) -> list[str]:
    return _judge_view(view, "modal")


def judge_home(view: Json) -> list[str]:
    return _judge_view(view, "home")


def _judge_view(view: Json, kind: Literal["modal", "home"]) -> list[str]:
    report = judge_view(view, kind)
    own = [*report.problems, *report.mentions, *(["view_too_large"] if too_large(view) else [])]
    sdk = [*_tried(View(**view).to_dict), *_tried(lambda: _parsed(view["blocks"]))]
    return _said(own=own, sdk=sdk, slackblocks=_tried(lambda: _rebuilt_view(view)))


def _said(**found: list[str]) -> list[str]:
    return [f"{judge}: {problem}" for judge, problems in found.items() for problem in problems]


def _tried(build: Callable[[], object]) -> list[str]:
    try:
        build()
    except Exception as problem:  # noqa: BLE001 whatever it is, that is what it has against it
        return [f"{type(problem).__name__}: {problem}"]
    return []


# Slack's SDK: read each block, let it check itself, and see that it understood all of it.


def _parsed(blocks: list[Json]) -> None:
    for block in blocks:
        read = Block.parse(block)
        if read is None:
            raise ValueError(f"unknown block {block.get('type')}")
        if lost := sorted(_leaves(block) - _leaves(read.to_dict())):
            raise ValueError(f"not understood in a {block['type']}: {lost[:3]}")


def _leaves(node: Any, path: str = "") -> set[tuple[str, str]]:
    """Where each value stands; a falsy one may be left out."""
    match node:
        case dict():
            return {leaf for key, inner in node.items() for leaf in _leaves(inner, f"{path}/{key}")}
        case list():
            return {leaf for n, inner in enumerate(node) for leaf in _leaves(inner, f"{path}/{n}")}
        case _:
            return {(path, repr(node))} if node else set()


# slackblocks: build the same anew with its classes, which refuse what is wrong.


def _rebuilt_view(view: Json) -> object:
    common = _only(view, "private_metadata", "callback_id", "external_id")
    blocks = _rebuilt(view["blocks"])
    if view["type"] == "home":
        return slackblocks.HomeTabView(blocks=blocks, **common)
    texts: Json = {name: _text(view[name]) for name in ("submit", "close") if name in view}
    flags = _only(view, "clear_on_close", "notify_on_close")
    title = _text(view["title"])
    return slackblocks.ModalView(title=title, blocks=blocks, **texts, **common, **flags)


def _rebuilt(blocks: list[Json]) -> list[slackblocks.Block]:
    return [_BLOCKS[block["type"]](block) for block in blocks]


def _header(block: Json) -> slackblocks.Block:
    return slackblocks.HeaderBlock(_text(block["text"]), block_id=block.get("block_id"))


def _section(block: Json) -> slackblocks.Block:
    return slackblocks.SectionBlock(
        text=_text(block["text"]) if "text" in block else None,
        block_id=block.get("block_id"),
        fields=[_text(field) for field in block["fields"]] if "fields" in block else None,
        accessory=_element(block["accessory"]) if "accessory" in block else None,
    )


def _context(block: Json) -> slackblocks.Block:
    texts: list[Any] = [_text(element) for element in block["elements"]]
    return slackblocks.ContextBlock(texts, block_id=block.get("block_id"))


def _actions(block: Json) -> slackblocks.Block:
    elements = [_element(element) for element in block["elements"]]
    return slackblocks.ActionsBlock(elements, block_id=block.get("block_id"))


def _divider(block: Json) -> slackblocks.Block:
    return slackblocks.DividerBlock(block_id=block.get("block_id"))


def _input(block: Json) -> slackblocks.Block:
    return slackblocks.InputBlock(
        label=_text(block["label"]),
        element=_element(block["element"]),
        hint=_text(block["hint"]) if "hint" in block else None,
        **_only(block, "dispatch_action", "optional", "block_id"),
    )


def _rich_text(block: Json) -> slackblocks.Block:
    parts = [_part(part) for part in block["elements"]]
    return slackblocks.RichTextBlock(parts, block_id=block.get("block_id"))


def _part(part: Json) -> Any:
    match part["type"]:
        case "rich_text_list":
            sections = [_part(section) for section in part["elements"]]
            return slackblocks.RichTextList(part["style"], sections, **_only(part, "indent"))
        case "rich_text_quote":
            return slackblocks.RichTextQuote([_leaf(leaf) for leaf in part["elements"]])
        case "rich_text_preformatted":
            return slackblocks.RichTextCodeBlock([_leaf(leaf) for leaf in part["elements"]])
        case "rich_text_section":
            return slackblocks.RichTextSection([_leaf(leaf) for leaf in part["elements"]])
    raise ValueError(f"slackblocks knows no {part['type']}")


def _leaf(leaf: Json) -> Any:
    style = leaf.get("style", {})
    match leaf["type"]:
        case "text":
            return slackblocks.RichText(leaf["text"], **style)
        case "link":
            return slackblocks.RichTextLink(leaf["url"], leaf.get("text"), **style)
        case "user":
            return slackblocks.RichTextUser(leaf["user_id"], **style)
        case "date":  # slackblocks 3.0 has none; the other two judges know it
            return slackblocks.RichText(leaf["fallback"], **style)
    raise ValueError(f"slackblocks knows no {leaf['type']}")


def _element(element: Json) -> Any:
    kind = _ELEMENTS[element["type"]]
    given = {name: _value(name, value) for name, value in element.items() if name != "type"}
    return kind(**given)


def _value(name: str, value: Any) -> Any:
    match name:
        case "text" | "placeholder":
            return _text(value)
        case "options" | "initial_options":
            return [_option(option) for option in value]
        case "initial_option":
            return _option(value)
        case "option_groups":
            return [_group(group) for group in value]
        case "confirm":
            return slackblocks.ConfirmationDialogue.from_dict(value)
        case "dispatch_action_config":
            return slackblocks.DispatchActionConfiguration(**value)
    return value


def _option(option: Json) -> slackblocks.Option:
    return slackblocks.Option.from_dict(option)


def _group(group: Json) -> slackblocks.OptionGroup:
    options = [_option(option) for option in group["options"]]
    return slackblocks.OptionGroup(label=_text(group["label"]), options=options)


def _text(text: Json) -> Text:
    return Text.from_dict(text)


def _only(given: Json, *names: str) -> Json:
    return {name: given[name] for name in names if name in given}


_BLOCKS: Mapping[str, Callable[[Json], slackblocks.Block]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "input": _input,
    "rich_text": _rich_text,
}
_ELEMENTS: Mapping[str, Callable[..., Any]] = {
    "button": slackblocks.Button,
    "overflow": slackblocks.OverflowMenu,
    "static_select": slackblocks.StaticSelectMenu,
    "multi_static_select": slackblocks.StaticMultiSelectMenu,
    "users_select": slackblocks.UserSelectMenu,
    "multi_users_select": slackblocks.UserMultiSelectMenu,
    "checkboxes": slackblocks.CheckboxGroup,
    "radio_buttons": slackblocks.RadioButtonGroup,
    "datepicker": slackblocks.DatePicker,
    "timepicker": slackblocks.TimePicker,
    "plain_text_input": slackblocks.PlainTextInput,
}


# Everything that went to a playground's Slack.

_MENTION_OR_LINK = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")


def payloads(slack: Playground) -> Iterator[tuple[str, Json]]:
    """Every message, view and answer that the bot sent, and what it is."""
    said = [(method, arguments) for method, arguments in slack.calls]
    for method, body in [*said, *(("answer", answer.json) for answer in slack.answers)]:
        view = body.get("view")
        if isinstance(view, dict):
            yield str(view.get("type")), view
        elif "text" in body or "blocks" in body:
            yield method, body


def judge_all(slack: Playground) -> list[str]:
    """What is wrong with anything the bot ever sent there; of very much, a sample."""
    sent = {json.dumps(payload, sort_keys=True): payload for payload in payloads(slack)}
    judged = list(sent.values())[:: len(sent) // JUDGED_AT_MOST + 1]
    return [problem for kind, body in judged for problem in _judge(kind, body)]


def _judge(kind: str, body: Json) -> list[str]:
    unsafe = [f"unsafe: {part}" for part in objects(body) if part.get("type") == "mrkdwn"]
    match kind:
        case "modal":
            return [*unsafe, *judge_modal(body)]
        case "home":
            return [*unsafe, *judge_home(body)]
    text = body.get("text", "")
    if _MENTION_OR_LINK.search(text):
        unsafe.append(f"unsafe: {text}")
    return [*unsafe, *(judge_message(body["blocks"]) if body.get("blocks") else [])]


def shown(slack: Playground) -> Iterator[str]:
    """Every text that anybody could read in there, without its line breaks."""
    for _, body in payloads(slack):
        for part in objects(body):
            texts = (part.get(name) for name in ("text", "fallback", "accessibility_label"))
            yield from (text.replace("\n", " ") for text in texts if isinstance(text, str))


def linked(slack: Playground) -> set[str]:
    """Every address that somebody could follow."""
    parts = [part for _, body in payloads(slack) for part in objects(body)]
    return {str(part[name]) for part in parts for name in ("url", "image_url") if name in part}


def objects(node: Any) -> Iterator[Json]:
    """Every object in there."""
    if isinstance(node, dict):
        yield node
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from objects(inner)

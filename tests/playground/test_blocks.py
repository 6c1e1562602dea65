"""Does the validator refuse what Slack refuses, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.blocks import MESSAGE_BUDGET, Surface, judge_blocks, judge_view, too_large
from tests.playground.cards import (
    Json,
    actions,
    button,
    card,
    home,
    modal,
    mrkdwn,
    plain,
    section,
    text_input,
)


def faults(blocks: Any, surface: Surface = "message") -> list[str]:
    return judge_blocks(blocks, surface).problems


def options(count: int, **more: Any) -> list[Json]:
    return [{"text": plain(f"Option {n}"), "value": f"v{n}", **more} for n in range(count)]


def select(count: int, **more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": options(count), **more}


def overflow(**odd: Any) -> Json:
    first, second = options(2)
    return {"type": "overflow", "action_id": "o", "options": [first | odd, second]}


def grouped(**more: Any) -> Json:
    groups = [{"label": plain("Group"), "options": options(1)}]
    return {"type": "static_select", "action_id": "pick", "option_groups": groups, **more}


def ticks(**more: Any) -> Json:
    return {"type": "checkboxes", "action_id": "c", "options": options(2), **more}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text)}


def context(count: int) -> Json:
    return {"type": "context", "elements": [mrkdwn("x")] * count}


def fields(count: int, length: int = 5) -> Json:
    return {"type": "section", "fields": [mrkdwn("x" * length)] * count}


def confirm(**more: Json) -> Json:
    parts = {name: plain(name) for name in ("title", "text", "confirm", "deny")}
    return button(confirm={**parts, **more})


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*leaves: Json) -> Json:
    return rich({"type": "rich_text_section", "elements": list(leaves)})


def word(**more: Any) -> Json:
    return {"type": "text", "text": "word", **more}


def date(**more: Any) -> Json:
    return {"type": "date", "timestamp": 1_795_000_000, "format": "{date_short}", **more}


def bullets(**more: Any) -> Json:
    item = {"type": "rich_text_section", "elements": [word()]}
    return rich({"type": "rich_text_list", "style": "bullet", "elements": [item], **more})


# Each pair differs in one respect: the first is taken, the second is not.
TWINS: dict[str, tuple[list[Json], list[Json]]] = {
    "blocks": ([section()] * 50, [section()] * 51),
    "no blocks at all": ([section()], []),
    "block type": ([section()], [{"type": "markdown", "text": "x"}]),
    "unknown field": ([section()], [{**section(), "colour": "red"}]),
    "header text": ([header("x" * 150)], [header("x" * 151)]),
    "header is plain": ([header("x")], [{"type": "header", "text": mrkdwn("x")}]),
    "section text": ([section("x" * 3000)], [section("x" * 3001)]),
    "empty text": ([section("x")], [section("")]),
    "section content": ([section()], [{"type": "section"}]),
    "number of fields": ([fields(10)], [fields(11)]),
    "length of a field": ([fields(1, 2000)], [fields(1, 2001)]),
    "context": ([context(10)], [context(11)]),
    "actions": (
        [actions(*(button(f"a{n}") for n in range(25)))],
        [actions(*(button(f"a{n}") for n in range(26)))],
    ),
    "button text": (
        [actions(button() | {"text": plain("x" * 75)})],
        [actions(button() | {"text": plain("x" * 76)})],
    ),
    "button value": ([actions(button(value="x" * 2000))], [actions(button(value="x" * 2001))]),
    "button style": ([actions(button(style="danger"))], [actions(button(style="green"))]),
    "button address": (
        [actions(button(url="https://example.com"))],
        [actions(button(url="javascript:alert(1)"))],
    ),
    "length of an address": (
        [actions(button(url="https://example.com/".ljust(3000, "x")))],
        [actions(button(url="https://example.com/".ljust(3001, "x")))],
    ),
    "block_id length": (
        [{**section(), "block_id": "x" * 255}],
        [{**section(), "block_id": "x" * 256}],
    ),
    "action_id length": ([actions(button("x" * 255))], [actions(button("x" * 256))]),
    "block_id twice": (
        [{**section(), "block_id": "a"}, {**section(), "block_id": "b"}],
        [{**section(), "block_id": "a"}, {**section(), "block_id": "a"}],
    ),
    "action_id twice in one block": (
        [actions(button("a")), actions(button("a"))],
        [actions(button("a"), button("a"))],
    ),
    "confirm title": (
        [actions(confirm(title=plain("x" * 100)))],
        [actions(confirm(title=plain("x" * 101)))],
    ),
    "confirm text": (
        [actions(confirm(text=plain("x" * 300)))],
        [actions(confirm(text=plain("x" * 301)))],
    ),
    "confirm button": (
        [actions(confirm(deny=plain("x" * 30)))],
        [actions(confirm(deny=plain("x" * 31)))],
    ),
    "options": ([actions(select(100))], [actions(select(101))]),
    "some options": ([actions(select(1))], [actions(select(0))]),
    "placeholder": (
        [actions(select(1, placeholder=plain("x" * 150)))],
        [actions(select(1, placeholder=plain("x" * 151)))],
    ),
    "option value": (
        [actions(select(1) | {"options": [{"text": plain("x"), "value": "v" * 150}]})],
        [actions(select(1) | {"options": [{"text": plain("x"), "value": "v" * 151}]})],
    ),
    "option text": (
        [actions(select(1) | {"options": [{"text": plain("x" * 75), "value": "v"}]})],
        [actions(select(1) | {"options": [{"text": plain("x" * 76), "value": "v"}]})],
    ),
    "overflow": (
        [actions({"type": "overflow", "action_id": "o", "options": options(5)})],
        [actions({"type": "overflow", "action_id": "o", "options": options(6)})],
    ),
    "overflow of one": (
        [actions({"type": "overflow", "action_id": "o", "options": options(2)})],
        [actions({"type": "overflow", "action_id": "o", "options": options(1)})],
    ),
    "overflow option value": (
        [actions(overflow(value="v" * 150))],
        [actions(overflow(value="v" * 151))],
    ),
    "overflow option text": (
        [actions(overflow(text=plain("x" * 75)))],
        [actions(overflow(text=plain("x" * 76)))],
    ),
    "first choice": (
        [actions(select(2, initial_option=options(2)[1]))],
        [actions(select(1, initial_option=options(2)[1]))],
    ),
    "first choice of a group": (
        [actions(grouped(initial_option=options(1)[0]))],
        [actions(grouped(initial_option=options(2)[1]))],
    ),
    "first tick": (
        [actions(ticks(initial_options=options(2)))],
        [actions(ticks(initial_options=options(3)))],
    ),
    "checkboxes": (
        [actions({"type": "checkboxes", "action_id": "c", "options": options(10)})],
        [actions({"type": "checkboxes", "action_id": "c", "options": options(11)})],
    ),
    "element of actions": (
        [actions(button())],
        [actions({"type": "plain_text_input", "action_id": "a"})],
    ),
    "rich text style": (
        [line(word(style={"bold": True}))],
        [line(word(style={"blink": True}))],
    ),
    "rich text leaf": ([line(word())], [line({"type": "marquee", "text": "x"})]),
    "rich text container": (
        [rich({"type": "rich_text_quote", "elements": [word()]})],
        [rich({"type": "rich_text_aside", "elements": [word()]})],
    ),
    "empty rich text": ([line(word())], [line({"type": "text", "text": ""})]),
    "rich text user": (
        [line({"type": "user", "user_id": "U0ADA"})],
        [line({"type": "user", "user_id": "ada"})],
    ),
    "rich text date": ([line(date(fallback="then"))], [line(date(timestamp="soon"))]),
    "rich text link": (
        [line({"type": "link", "url": "https://example.com"})],
        [line({"type": "link", "url": "javascript:alert(1)"})],
    ),
    "emoji": (
        [line({"type": "emoji", "name": "eyes"})],
        [line({"type": "emoji", "name": ":eyes:"})],
    ),
    "list indent": ([bullets(indent=8)], [bullets(indent=9)]),
    "preformatted": (
        [rich({"type": "rich_text_preformatted", "elements": [word()]})],
        [rich({"type": "rich_text_preformatted", "elements": [date()]})],
    ),
    "image": (
        [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}],
        [{"type": "image", "image_url": "https://example.com/a.png"}],
    ),
    "input in a message": ([section()], [text_input()]),
}


@pytest.mark.parametrize("name", TWINS)
def test_one_is_taken_and_its_twin_refused(name: str) -> None:
    taken, refused = TWINS[name]
    assert faults(taken) == []
    assert faults(refused)


VIEW_TWINS: dict[str, tuple[Json, Json]] = {
    "blocks": (modal(*[section()] * 100, **{}), modal(*[section()] * 101)),
    "title": (modal(title=plain("x" * 24)), modal(title=plain("x" * 25))),
    "submit": (modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25))),
    "close": (modal(close=plain("x" * 24)), modal(close=plain("x" * 25))),
    "callback_id": (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
    "private_metadata": (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
    "type": (modal(), home()),
    "unknown field": (modal(notify_on_close=True), modal(colour="red")),
    "input block_id twice": (
        modal(text_input(block_id="a"), text_input(block_id="b")),
        modal(text_input(block_id="a"), text_input(block_id="a")),
    ),
    "length of an initial value": (
        modal(text_input(initial_value="x" * 3000)),
        modal(text_input(initial_value="x" * 3001)),
    ),
    "max_length": (modal(text_input(max_length=3000)), modal(text_input(max_length=3001))),
}


@pytest.mark.parametrize("name", VIEW_TWINS)
def test_one_view_is_taken_and_its_twin_refused(name: str) -> None:
    taken, refused = VIEW_TWINS[name]
    assert judge_view(taken, "modal").problems == []
    assert judge_view(refused, "modal").problems


def test_a_modal_with_an_input_needs_a_submit_button() -> None:
    without = {name: value for name, value in modal().items() if name != "submit"}
    assert judge_view(modal(), "modal").problems == []
    assert "needs 'submit'" in judge_view(without, "modal").problems[0]
    only_words = {**without, "blocks": [section()]}
    assert judge_view(only_words, "modal").problems == []


def test_a_home_tab_has_no_title() -> None:
    assert judge_view(home(), "home").problems == []
    assert judge_view({**home(), "title": plain("Home")}, "home").problems


def test_a_view_has_a_largest_size() -> None:
    assert not too_large(modal())
    assert too_large(modal(*[section("é" * 1300)] * 100))


def test_a_fault_names_its_place() -> None:
    blocks = card()
    blocks[2]["elements"][1]["value"] = "x" * 2001
    assert faults(blocks) == [
        "[ERROR] must be at most 2000 characters, and has 2001"
        " [json-pointer:/blocks/2/elements/1/value]"
    ]


@pytest.mark.parametrize(
    "nonsense", [None, "blocks", {}, [None], [[]], [{"type": ["section"]}], [{}]]
)
def test_nonsense_is_refused_and_breaks_nothing(nonsense: Any) -> None:
    assert faults(nonsense)


@pytest.mark.parametrize(
    "nonsense",
    [{"text": None}, {"text": 5}, {"text": {"type": "mrkdwn", "text": 5}}, {"fields": "x"}],
)
def test_nonsense_inside_a_block_is_refused_too(nonsense: Json) -> None:
    assert faults([{"type": "section", **nonsense}])


def test_size_counts_what_slack_escapes() -> None:
    assert judge_blocks([{"type": "section", "text": plain("a<b>&")}]).size == len(
        "a&lt;b&gt;&amp;"
    )
    assert judge_blocks([section("a&lt;b")]).size == len("a&lt;b")
    assert judge_blocks([header("x")]).size == 101
    assert judge_blocks([line(word(text="<>"))]).size == 8
    assert judge_blocks([section("x" * 3000)] * 4).size > MESSAGE_BUDGET


@pytest.mark.parametrize("loud", ["<!channel>", "<!here|here>", "<!everyone>", "<!subteam^S0PAY>"])
def test_loud_mentions_are_heard_in_mrkdwn_only(loud: str) -> None:
    assert judge_blocks([section(f"hey {loud}")]).mentions == [loud]
    assert judge_blocks([{"type": "section", "text": plain(loud)}]).mentions == []
    assert judge_blocks([line(word(text=loud))]).mentions == []
    assert judge_blocks([section("<@U0ADA> <!date^1795000000^{time}|then>")]).mentions == []


def test_loud_rich_text_is_heard() -> None:
    assert judge_blocks([line({"type": "broadcast", "range": "channel"})]).mentions
    assert judge_blocks([line({"type": "usergroup", "usergroup_id": "S0PAY"})]).mentions

"""Does each kind of picker send what Slack sends, wherever it stands?"""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.refusals import NotOnTheCard
from bot.playground.server import Playground
from bot.playground.things import Message
from tests.playground.bolted import listening
from tests.playground.cards import actions, button, home, modal, plain, section, text_input
from tests.playground.listener import Listener

Json = dict[str, Any]


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


TWO = [option("one"), option("two")]
MENU: Json = {"type": "overflow", "action_id": "menu", "options": TWO}
PICKERS: dict[str, tuple[Json, Any, Json]] = {
    "static_select": ({"options": TWO}, "two", {"selected_option": option("two")}),
    "option_groups": (
        {"option_groups": [{"label": plain("Group"), "options": TWO}]},
        "one",
        {"selected_option": option("one")},
    ),
    "radio_buttons": ({"options": TWO}, "two", {"selected_option": option("two")}),
    "checkboxes": ({"options": TWO}, ["one", "two"], {"selected_options": TWO}),
    "users_select": ({}, "U0JUN", {"selected_user": "U0JUN"}),
    "datepicker": ({}, "2026-12-07", {"selected_date": "2026-12-07"}),
    "timepicker": ({}, "17:30", {"selected_time": "17:30"}),
}


def picker(kind: str) -> tuple[Json, Any, Json]:
    fields, given, held = PICKERS[kind]
    element_type = "static_select" if kind == "option_groups" else kind
    return {"type": element_type, "action_id": "it", **fields}, given, held


async def posted(client: AsyncWebClient, slack: Playground, *blocks: Json) -> Message:
    await client.chat_postMessage(channel="C0PAY", text="x", blocks=list(blocks))
    return slack.cards("C0PAY")[-1]


async def opened(client: AsyncWebClient, slack: Playground, *blocks: Json) -> None:
    trigger_id = slack.workspace.passes.new_trigger("U0ADA")
    await client.views_open(trigger_id=trigger_id, view=modal(*blocks))


async def test_the_menu_of_a_card_sends_the_option_and_the_whole_card(
    slack: Playground, client: AsyncWebClient
) -> None:
    message = await posted(client, slack, section(), actions(button(), MENU))
    bot = Listener()
    async with listening(slack, bot):
        await slack.choose("U0ADA", message, "menu", "two")
    (action,) = bot.payload()["actions"]
    assert (action["type"], action["selected_option"]) == ("overflow", option("two"))
    assert bot.payload()["message"]["blocks"] == list(message.blocks)
    assert bot.payload()["state"] == {"values": {}}


async def test_a_menu_stands_beside_a_section_too(
    slack: Playground, client: AsyncWebClient
) -> None:
    message = await posted(client, slack, {**section(), "accessory": MENU, "block_id": "row"})
    bot = Listener()
    async with listening(slack, bot):
        await slack.choose("U0ADA", message, "menu", "one", block_id="row")
        with pytest.raises(NotOnTheCard):
            await slack.choose("U0ADA", message, "menu", "three", block_id="row")
        with pytest.raises(NotOnTheCard):
            await slack.choose("U0ADA", message, "menu", "one", block_id="other")
    assert len(bot.heard) == 1


@pytest.mark.parametrize("kind", PICKERS)
async def test_a_picker_of_a_card_is_in_the_action_and_in_the_state(
    slack: Playground, client: AsyncWebClient, kind: str
) -> None:
    element, given, held = picker(kind)
    message = await posted(client, slack, actions(element, block_id="row"))
    bot = Listener()
    async with listening(slack, bot):
        await slack.choose("U0ADA", message, "it", given)
    (action,) = bot.payload()["actions"]
    assert held.items() <= action.items()
    values = bot.payload()["state"]["values"]
    assert values == {"row": {"it": {"type": element["type"], **held}}}


@pytest.mark.parametrize("kind", PICKERS)
async def test_a_picker_of_the_home_tab_is_remembered(
    slack: Playground, client: AsyncWebClient, kind: str
) -> None:
    element, given, held = picker(kind)
    await client.views_publish(
        user_id="U0ADA", view=home(actions(element, button(), block_id="row"))
    )
    bot = Listener()
    async with listening(slack, bot):
        await slack.choose("U0ADA", "home", "it", given)
        assert held.items() <= bot.payload()["actions"][0].items()
        await slack.click_on_home("U0ADA", "approve")
    view = bot.payload()["view"]
    assert view["type"] == "home"
    assert view["blocks"][0]["block_id"] == "row"
    assert held.items() <= view["state"]["values"]["row"]["it"].items()


@pytest.mark.parametrize("kind", PICKERS)
async def test_every_kind_can_be_filled_in_and_submitted(
    slack: Playground, client: AsyncWebClient, kind: str
) -> None:
    element, given, held = picker(kind)
    await opened(
        client,
        slack,
        {"type": "input", "block_id": "q", "label": plain("Which?"), "element": element},
    )
    bot = Listener()
    async with listening(slack, bot):
        assert set((await slack.submit("U0ADA")).errors) == {"q"}
        assert (await slack.submit("U0ADA", {"it": given})).ok
    assert held.items() <= bot.payload()["view"]["state"]["values"]["q"]["it"].items()


async def test_choosing_in_a_form_keeps_what_is_filled_in(
    slack: Playground, client: AsyncWebClient
) -> None:
    element, given, held = picker("static_select")
    await opened(client, slack, text_input(), actions(element, MENU, block_id="row"))
    bot = Listener()
    async with listening(slack, bot):
        await slack.choose("U0ADA", "modal", "it", given)
        await slack.click_in_modal("U0ADA", "menu", value="one", answers={"reason": "because"})
        assert bot.payload()["actions"][0]["selected_option"] == option("one")
        await slack.submit("U0ADA")
    values = bot.payload()["view"]["state"]["values"]
    assert values["why"]["reason"]["value"] == "because"
    assert held.items() <= values["row"]["it"].items()
    assert "menu" not in values["row"]


async def test_inputs_of_one_name_are_told_apart_by_their_blocks(
    slack: Playground, client: AsyncWebClient
) -> None:
    await opened(client, slack, text_input(block_id="a"), text_input(block_id="b"))
    bot = Listener()
    async with listening(slack, bot):
        await slack.submit("U0ADA", {"a/reason": "first", "b/reason": "second"})
    values = bot.payload()["view"]["state"]["values"]
    assert (values["a"]["reason"]["value"], values["b"]["reason"]["value"]) == ("first", "second")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("datepicker", "2026-12-07", "tomorrow"),
        ("timepicker", "23:59", "24:00"),
        ("users_select", "U0JUN", "Jun Ito"),
        ("radio_buttons", "one", "three"),
        ("checkboxes", ["one"], ["one", "three"]),
    ],
)
async def test_nothing_can_be_chosen_that_is_not_shown(
    slack: Playground, client: AsyncWebClient, kind: str, good: Any, bad: Any
) -> None:
    message = await posted(client, slack, actions(picker(kind)[0]))
    async with listening(slack, Listener()):
        assert (await slack.choose("U0ADA", message, "it", good)).ok
        with pytest.raises(NotOnTheCard):
            await slack.choose("U0ADA", message, "it", bad)

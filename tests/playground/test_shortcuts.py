"""Do shortcuts arrive as Slack sends them, and only those that the app offers?"""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.refusals import NotOnTheCard
from bot.playground.server import Playground
from bot.playground.things import Message
from tests.playground.bolted import listening
from tests.playground.cards import card, modal
from tests.playground.listener import Listener


@pytest.fixture
async def message(slack: Playground, client: AsyncWebClient) -> Message:
    await client.chat_postMessage(channel="C0PAY", text="x", blocks=card())
    return slack.cards("C0PAY")[0]


async def test_a_global_shortcut_says_who_and_nothing_of_where(slack: Playground) -> None:
    bot = Listener()
    async with listening(slack, bot):
        assert (await slack.shortcut("U0ADA", "ask")).ok
    payload = bot.payload()
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "ask")
    assert payload["user"]["id"] == "U0ADA"
    assert payload["team"] == {"id": "T0PLAY", "domain": "playground"}
    assert payload["trigger_id"]
    assert not {"channel", "message", "response_url"} & set(payload)


async def test_a_message_shortcut_brings_the_message(slack: Playground, message: Message) -> None:
    bot = Listener()
    async with listening(slack, bot):
        assert (await slack.message_shortcut("U0ADA", message, "look")).ok
    payload = bot.payload()
    assert (payload["type"], payload["callback_id"]) == ("message_action", "look")
    assert payload["channel"] == {"id": "C0PAY", "name": "payments-deploys"}
    assert payload["message"]["blocks"] == list(message.blocks)
    assert payload["message_ts"] == payload["message"]["ts"] == message.ts
    assert payload["response_url"].startswith(slack.page_url)


async def test_a_shortcut_gives_leave_to_open_a_view(
    slack: Playground, client: AsyncWebClient, message: Message
) -> None:
    bot = Listener()
    async with listening(slack, bot):
        await slack.shortcut("U0ADA", "ask")
        await client.views_open(trigger_id=bot.payload()["trigger_id"], view=modal())
        await slack.message_shortcut("U0JUN", message, "look")
        await client.views_open(trigger_id=bot.payload()["trigger_id"], view=modal())
    assert slack.modal("U0ADA") is not None
    assert slack.modal("U0JUN") is not None


async def test_only_what_the_app_offers_there(slack: Playground, message: Message) -> None:
    async with listening(slack, Listener()):
        for callback_id in ("look", "dance"):
            with pytest.raises(NotOnTheCard):
                await slack.shortcut("U0ADA", callback_id)
        for callback_id in ("ask", "dance"):
            with pytest.raises(NotOnTheCard):
                await slack.message_shortcut("U0ADA", message, callback_id)
    assert slack.answers == []


async def test_only_on_a_message_everybody_there_sees(
    slack: Playground, client: AsyncWebClient, message: Message
) -> None:
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="quiet")
    (whisper,) = slack.ephemerals("U0ADA")
    async with listening(slack, Listener()):
        with pytest.raises(NotOnTheCard):
            await slack.message_shortcut("U0ADA", whisper, "look")
        with pytest.raises(NotOnTheCard):
            await slack.message_shortcut("U0GUS", message, "look")
        slack.remove("C0PAY", message.ts)
        with pytest.raises(NotOnTheCard):
            await slack.message_shortcut("U0ADA", message, "look")

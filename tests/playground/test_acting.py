"""Can people do only what they could do in Slack, and does it arrive as Slack sends it?"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.courier import sign
from bot.playground.refusals import NobodyListens, NotOnTheCard
from bot.playground.server import Playground
from bot.playground.things import Message
from tests.playground.bolted import listening
from tests.playground.cards import actions, button, card, plain
from tests.playground.conftest import SECRET, FakeClock
from tests.playground.listener import Listener


async def posted(client: AsyncWebClient, slack: Playground, **more: Any) -> Message:
    await client.chat_postMessage(**{"channel": "C0PAY", "text": "x", "blocks": card(), **more})
    return slack.cards("C0PAY")[-1]


async def test_a_click_says_who_what_and_where(slack: Playground, client: AsyncWebClient) -> None:
    message = await posted(client, slack)
    bot = Listener()
    async with listening(slack, bot):
        status, body = await slack.click("U0ADA", message, "approve")
    assert (status, body) == (200, "")
    payload = bot.payload()
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0PLAY"}
    assert payload["channel"] == {"id": "C0PAY", "name": "payments-deploys"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0PAY",
        "is_ephemeral": False,
    }
    assert payload["message"]["blocks"] == list(message.blocks)
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"]) == ("approve", "sgn_1:1")
    assert (action["type"], action["text"]) == ("button", plain("Approve"))
    assert action["block_id"] == message.blocks[2]["block_id"]


async def test_what_is_sent_is_signed_as_slack_signs(
    slack: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    class Frozen(Clock):
        def now(self) -> float:
            return clock().timestamp()

    message = await posted(client, slack)
    bot = Listener()
    async with listening(slack, bot):
        await slack.click("U0ADA", message, "approve")
        await slack.command("U0ADA", "/signoff", "status")
        await slack.open_home("U0ADA")
    assert len(bot.heard) == 3
    for headers, body in bot.heard:
        assert SignatureVerifier(SECRET, Frozen()).is_valid_request(body, headers)
        assert not SignatureVerifier("another", Frozen()).is_valid_request(body, headers)
        assert not SignatureVerifier(SECRET, Frozen()).is_valid_request(body + b" ", headers)


def test_the_signature_covers_the_time() -> None:
    assert sign("secret", b"body", 1) != sign("secret", b"body", 2)


async def test_only_what_is_on_the_card_can_be_clicked(
    slack: Playground, client: AsyncWebClient
) -> None:
    message = await posted(client, slack)
    async with listening(slack, Listener()):
        with pytest.raises(NotOnTheCard):
            await slack.click("U0ADA", message, "delete")
        await client.chat_update(channel="C0PAY", ts=message.ts, text="decided")
        with pytest.raises(NotOnTheCard):
            await slack.click("U0ADA", message, "approve")
        stale = await slack.click("U0ADA", message, "approve", stale=True)
    assert stale.ok
    assert len(slack.answers) == 1


@pytest.mark.parametrize("user", ["U0GUS", "U0OLD", "U0NOT", "U0BOT"])
async def test_only_those_who_see_the_card_can_click(
    slack: Playground, client: AsyncWebClient, user: str
) -> None:
    message = await posted(client, slack)
    async with listening(slack, Listener()):
        with pytest.raises(NotOnTheCard):
            await slack.click(user, message, "approve")
        assert (await slack.click("U0JUN", message, "approve")).ok


async def test_an_ephemeral_can_be_clicked_by_its_one_reader(
    slack: Playground, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="x", blocks=card())
    (whisper,) = slack.ephemerals("U0ADA")
    bot = Listener()
    async with listening(slack, bot):
        await slack.click("U0ADA", whisper, "approve")
        with pytest.raises(NotOnTheCard):
            await slack.click("U0JUN", whisper, "approve")
    assert bot.payload()["container"]["is_ephemeral"]
    assert "message" not in bot.payload()


async def test_twins_are_told_apart_by_value_or_by_block(
    slack: Playground, client: AsyncWebClient
) -> None:
    twins = [
        actions(button("open", value="one"), block_id="first"),
        actions(button("open", value="two"), block_id="second"),
    ]
    message = await posted(client, slack, blocks=twins)
    bot = Listener()
    async with listening(slack, bot):
        with pytest.raises(NotOnTheCard):
            await slack.click("U0ADA", message, "open")
        await slack.click("U0ADA", message, "open", value="two")
        assert bot.payload()["actions"][0]["block_id"] == "second"
        await slack.click("U0ADA", message, "open", block_id="first")
        assert bot.payload()["actions"][0]["value"] == "one"


async def test_a_menu_sends_the_option_it_offers(slack: Playground, client: AsyncWebClient) -> None:
    option = {"text": plain("Grace"), "value": "grace"}
    menu = {"type": "static_select", "action_id": "to", "options": [option]}
    message = await posted(client, slack, blocks=[actions(menu)])
    bot = Listener()
    async with listening(slack, bot):
        await slack.click("U0ADA", message, "to", value="grace")
        assert bot.payload()["actions"][0]["selected_option"] == option
        with pytest.raises(NotOnTheCard):
            await slack.click("U0ADA", message, "to", value="max")


async def test_the_same_request_can_arrive_twice(slack: Playground, client: AsyncWebClient) -> None:
    message = await posted(client, slack)
    bot = Listener()
    async with listening(slack, bot):
        answer = await slack.click("U0ADA", message, "approve")
        await slack.resend(answer)
    assert bot.heard[0][1] == bot.heard[1][1]


async def test_nobody_listens(slack: Playground, client: AsyncWebClient) -> None:
    message = await posted(client, slack)
    with pytest.raises(NobodyListens):
        await slack.click("U0ADA", message, "approve")


async def test_a_bot_that_is_too_slow(slack: Playground, client: AsyncWebClient) -> None:
    hurry = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await hurry.wait()
        return web.Response()

    message = await posted(client, slack)
    async with listening(slack, slow):
        answer = await slack.click("U0ADA", message, "approve")
        hurry.set()
    assert (answer.status, answer.trouble) == (0, "http_timeout")
    (notice,) = slack.ephemerals("U0ADA")
    assert notice.source == "notice"
    assert "operation_timeout" in notice.text


async def test_a_bot_that_is_gone(slack: Playground, client: AsyncWebClient) -> None:
    message = await posted(client, slack)
    async with listening(slack, Listener()):
        pass
    answer = await slack.click("U0ADA", message, "approve")
    assert (answer.status, answer.trouble) == (0, "connection_failed")


async def test_the_answer_to_a_command_is_shown(slack: Playground) -> None:
    async with listening(slack, Listener(text="all quiet")) as _:
        await slack.command("U0ADA", "/signoff", "status", channel="C0PAY")
    (said,) = slack.ephemerals("U0ADA")
    assert (said.text, said.channel, said.source) == ("all quiet", "C0PAY", "answer")


async def test_a_command_can_answer_everybody(slack: Playground) -> None:
    loud = '{"response_type": "in_channel", "text": "hello all"}'
    async with listening(slack, Listener(text=loud)):
        await slack.command("U0ADA", "/signoff", "", channel="C0PAY")
    assert slack.messages("C0PAY")[0].text == "hello all"


async def test_a_command_says_where_it_was_typed(slack: Playground) -> None:
    bot = Listener()
    async with listening(slack, bot):
        await slack.command("U0ADA", "/signoff", " status ")
        with pytest.raises(NotOnTheCard):
            await slack.command("U0GUS", "/signoff", "status", channel="C0PAY")
    sent = {name: values[0] for name, values in parse_qs(bot.heard[0][1].decode()).items()}
    assert (sent["command"], sent["text"], sent["user_id"]) == ("/signoff", "status", "U0ADA")
    assert sent["channel_name"] == "directmessage"
    assert sent["response_url"].startswith(slack.page_url)


async def test_a_bad_answer_to_a_command_is_told(slack: Playground) -> None:
    bad = '{"text": "x", "blocks": [{"type": "section"}]}'
    async with listening(slack, Listener(text=bad)):
        answer = await slack.command("U0ADA", "/signoff", "", channel="C0PAY")
    assert "invalid_blocks" in answer.trouble
    assert slack.ephemerals("U0ADA")[0].source == "notice"


def retries(bot: Listener) -> list[tuple[str | None, str | None]]:
    names = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
    return [(headers.get(names[0]), headers.get(names[1])) for headers, _ in bot.heard]


async def test_an_event_is_tried_again_until_it_is_taken(slack: Playground) -> None:
    bot = Listener(500, 503, 200)
    async with listening(slack, bot):
        answer = await slack.send_event({"type": "app_mention"})
    assert (answer.status, answer.attempts) == (200, 3)
    assert retries(bot) == [(None, None), ("1", "http_error"), ("2", "http_error")]
    ids = {json.loads(body)["event_id"] for _, body in bot.heard}
    assert len(ids) == 1


async def test_an_event_is_given_up_after_three_retries(slack: Playground) -> None:
    bot = Listener(*[500] * 9)
    async with listening(slack, bot):
        answer = await slack.send_event({"type": "app_mention"})
    assert (answer.ok, answer.attempts, len(bot.heard)) == (False, 4, 4)


async def test_a_bot_may_decline_retries(slack: Playground) -> None:
    bot = Listener(500, headers={"X-Slack-No-Retry": "1"})
    async with listening(slack, bot):
        await slack.send_event({"type": "app_mention"})
    assert len(bot.heard) == 1


async def test_clicks_are_never_tried_again(slack: Playground, client: AsyncWebClient) -> None:
    message = await posted(client, slack)
    bot = Listener(500)
    async with listening(slack, bot):
        answer = await slack.click("U0ADA", message, "approve")
    assert (answer.status, len(bot.heard)) == (500, 1)


async def test_opening_the_home_tab_sends_the_one_that_is_there(
    slack: Playground, client: AsyncWebClient
) -> None:
    bot = Listener()
    async with listening(slack, bot):
        await slack.open_home("U0ADA")
    event = json.loads(bot.heard[0][1])["event"]
    assert (event["type"], event["tab"], event["user"]) == ("app_home_opened", "home", "U0ADA")
    assert "view" not in event


async def test_waiting_ends_with_the_first_truthy_answer(
    slack: Playground, client: AsyncWebClient
) -> None:
    waiting = asyncio.ensure_future(slack.wait_for(lambda: slack.messages("C0PAY")))
    await client.chat_postMessage(channel="C0PAY", text="x")
    assert [one.text for one in await waiting] == ["x"]
    with pytest.raises(TimeoutError):
        await slack.wait_for(lambda: slack.messages("C0OUT"), timeout=0.01)

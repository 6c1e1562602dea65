"""Does a real Bolt app hear what people do here, and do people see what it answers?"""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import system_clock
from bot.playground.server import Playground
from bot.playground.things import Shortcut
from bot.playground.workspace import Channel
from tests.playground.bolted import bolt_app, bolt_listening
from tests.playground.cards import card, home, modal, text_input
from tests.playground.conftest import ADA, APP_TOKEN, BOT_TOKEN, JUN, SECRET


def a_bot(slack: Playground, session: aiohttp.ClientSession) -> AsyncApp:
    """Approve changes the card; reject asks why; /signoff answers; home is published."""
    app = bolt_app(slack, session)

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["container"]["message_ts"],
            text=f"approved by {body['user']['id']}",
        )
        await ack()

    @app.action("reject")
    async def reject(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(
            trigger_id=body["trigger_id"],
            view=modal(text_input(multiline=True), private_metadata=body["actions"][0]["value"]),
        )
        await ack()

    @app.view("reject")
    async def rejected(
        ack: Any, view: dict[str, Any], body: dict[str, Any], client: AsyncWebClient
    ) -> None:
        reason = view["state"]["values"]["why"]["reason"]["value"]
        if len(reason) < 10:
            await ack(response_action="errors", errors={"why": "Say a little more."})
            return
        await client.chat_postMessage(
            channel="C0PAY", text=f"{view['private_metadata']} rejected: {reason}"
        )
        await ack()

    @app.command("/signoff")
    async def signoff(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await respond(text="from the response_url")
        await ack(text=f"you typed {command['text']}")

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=home())

    offer_shortcuts(app)
    return app


def offer_shortcuts(app: AsyncApp) -> None:
    """The one of the composer opens a form; the one of a message says what it reads."""

    @app.global_shortcut("ask")
    async def asked(ack: Any, shortcut: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal())
        await ack()

    @app.message_shortcut("look")
    async def looked(ack: Any, respond: Any, shortcut: dict[str, Any]) -> None:
        await respond(text=f"that says {shortcut['message']['text']}")
        await ack()


def on_real_time() -> Playground:
    """Bolt checks signatures against the machine's clock, so these tests use it too."""
    return Playground(
        members=[ADA, JUN],
        channels=[Channel(id="C0PAY", name="payments-deploys", members=("U0ADA", "U0JUN"))],
        shortcuts=[
            Shortcut(callback_id="ask", name="Ask"),
            Shortcut(callback_id="look", name="Show", on_message=True),
        ],
        signing_secret=SECRET,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        clock=system_clock,
        patience=5.0,
    )


async def play(slack: Playground, client: AsyncWebClient) -> None:
    """The same story, whichever way the clicks travel."""
    posted = await client.chat_postMessage(channel="C0PAY", text="Sign-off needed", blocks=card())
    message = slack.cards("C0PAY")[0]
    assert message.ts == posted["ts"]

    status, _ = await slack.click("U0JUN", message, "reject")
    assert status == 200
    view = slack.modal("U0JUN")
    assert view is not None
    assert view.body["private_metadata"] == "sgn_1:1"

    short = await slack.submit("U0JUN", {"reason": "no"})
    assert short.errors == {"why": "Say a little more."}
    assert slack.modal("U0JUN") is not None
    await slack.submit("U0JUN", {"reason": "It retries for ever."})
    assert slack.modal("U0JUN") is None
    assert slack.messages("C0PAY")[-1].text == "sgn_1:1 rejected: It retries for ever."

    await slack.click("U0ADA", message, "approve")
    assert slack.messages("C0PAY")[0].text == "approved by U0ADA"
    assert slack.messages("C0PAY")[0].versions[0].text == "Sign-off needed"

    await slack.command("U0JUN", "/signoff", "status", channel="C0PAY")
    assert [one.text for one in slack.ephemerals("U0JUN")] == [
        "from the response_url",
        "you typed status",
    ]

    await slack.open_home("U0ADA")
    await slack.wait_for(lambda: slack.home("U0ADA"))


async def test_by_signed_http(http: aiohttp.ClientSession) -> None:
    async with on_real_time() as slack, bolt_listening(slack, a_bot(slack, http)):
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[]
        )
        await play(slack, client)


async def test_by_socket(http: aiohttp.ClientSession) -> None:
    async with on_real_time() as slack:
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[]
        )
        handler = AsyncSocketModeHandler(a_bot(slack, http), APP_TOKEN)
        await handler.connect_async()
        try:
            await slack.wait_for(lambda: slack.socket_open)
            await play(slack, client)
            await slack.refresh_sockets()
            await slack.wait_for(lambda: slack.socket_open)
            await _answered(slack)
        finally:
            await handler.close_async()


async def _answered(slack: Playground) -> None:
    """The client of Slack's SDK may come twice, and what it was sent in between is lost: one asks again."""
    for _ in range(3):
        status, _ = await slack.command("U0ADA", "/signoff", "after the refresh")
        if status == 200:
            return
    raise AssertionError("no command is heard by the new socket")


async def test_shortcuts_of_the_composer_and_of_a_message(http: aiohttp.ClientSession) -> None:
    async with on_real_time() as slack, bolt_listening(slack, a_bot(slack, http)):
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=http)
        await client.chat_postMessage(channel="C0PAY", text="a card", blocks=card())
        assert (await slack.shortcut("U0ADA", "ask")).ok
        assert slack.modal("U0ADA") is not None
        assert (await slack.message_shortcut("U0ADA", slack.cards("C0PAY")[0], "look")).ok
        assert slack.ephemerals("U0ADA")[0].text == "that says a card"

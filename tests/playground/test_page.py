"""Does the page show each person only what they may see, and let no other site act?"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import page
from bot.playground.pipeline import ToyPipeline
from bot.playground.server import Playground
from bot.playground.things import Shortcut
from bot.playground.workspace import Channel
from tests.playground.bolted import listening
from tests.playground.cards import actions, card, home, modal, plain
from tests.playground.conftest import ADA, BOT_TOKEN, GUS, JUN, FakeClock

STATIC = Path(page.__file__).parent / "static"


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[Playground]:
    sent: list[str] = []

    async def new_change() -> None:
        sent.append("another")
        toy.start(f"run/{len(sent)}", "Another change")

    toy = ToyPipeline("whsec_" + base64.b64encode(b"key").decode(), clock=clock)
    playground = Playground(
        members=[ADA, JUN, GUS],
        channels=[Channel(id="C0PAY", name="pay", members=("U0ADA", "U0JUN"))],
        bot_token=BOT_TOKEN,
        clock=clock,
        shortcuts=[
            Shortcut(callback_id="ask", name="Ask about a sign-off"),
            Shortcut(callback_id="look", name="Show this sign-off", on_message=True),
        ],
        pipeline=toy,
        on_new_change=new_change,
    )
    async with playground:
        yield playground


async def state(http: aiohttp.ClientSession, slack: Playground, user: str) -> dict[str, Any]:
    async with http.get(f"{slack.page_url}page/state?as={user}") as response:
        seen: dict[str, Any] = await response.json()
        return seen


async def do(
    http: aiohttp.ClientSession, slack: Playground, deed: str, **body: Any
) -> dict[str, Any]:
    headers = {"Origin": slack.page_url.rstrip("/")}
    async with http.post(f"{slack.page_url}page/{deed}", json=body, headers=headers) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def agree(request: web.Request) -> web.Response:
    return web.Response()


async def test_the_page_runs_no_script_but_its_own(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    async with http.get(slack.page_url) as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in text
    assert " onclick" not in text
    assert "style=" not in text


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_text_only_ever_becomes_text(path: Path) -> None:
    source = path.read_text()
    for way_in in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way_in not in source


@pytest.mark.parametrize(
    "path", ["static/page.js", "static/page.css", "static/mark.svg", "static/blocks.js"]
)
async def test_the_page_has_its_files(
    slack: Playground, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(f"{slack.page_url}{path}") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path", ["static/nothing.js", "static/..%2Fpage.py", "static/%2Fetc%2Fpasswd"]
)
async def test_and_no_others(slack: Playground, http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(f"{slack.page_url}{path}") as response:
        assert response.status == 404


async def test_each_person_sees_their_own_workspace(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0PAY", text="for the channel", blocks=card())
    await client.chat_postMessage(channel="U0JUN", text="for Jun")
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="for Ada's eyes")
    ada, jun, gus = [await state(http, slack, user) for user in ("U0ADA", "U0JUN", "U0GUS")]
    assert [one["text"] for one in ada["messages"]] == ["for the channel"]
    assert [one["text"] for one in ada["ephemerals"]] == ["for Ada's eyes"]
    assert {one["text"] for one in jun["messages"]} == {"for the channel", "for Jun"}
    assert jun["ephemerals"] == []
    assert gus["messages"] == []
    assert [one["id"] for one in gus["channels"]] == ["D0GUS"]
    assert next(one for one in gus["people"] if one["id"] == "U0GUS")["guest"]


async def test_clicking_filling_in_and_typing(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="x", blocks=card())
    where = {"as": "U0ADA", "channel": "C0PAY", "ts": posted["ts"]}
    async with listening(slack, agree):
        assert (await do(http, slack, "click", **where, action_id="approve"))["trouble"] == ""
        refused = await do(http, slack, "click", **where, action_id="delete")
        assert "delete" in refused["trouble"]
        trigger_id = slack.workspace.passes.new_trigger("U0ADA")
        await client.views_open(trigger_id=trigger_id, view=modal())
        assert (await state(http, slack, "U0ADA"))["modal"]["title"]["text"] == "Reject"
        empty = await do(http, slack, "submit", **{"as": "U0ADA"}, answers={})
        assert set(empty["errors"]) == {"why"}
        await do(http, slack, "submit", **{"as": "U0ADA"}, answers={"reason": "because"})
        assert slack.modal("U0ADA") is None
        await do(http, slack, "command", **where, text="/signoff status")
        await do(http, slack, "home", **{"as": "U0ADA"})
    kinds = [answer.delivery.kind for answer in slack.answers if answer.delivery]
    assert kinds == ["interactive", "interactive", "slash_commands", "events_api"]


async def test_a_button_in_a_thread_can_be_pressed(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    top = await client.chat_postMessage(channel="C0PAY", text="x", blocks=card())
    reply = await client.chat_postMessage(
        channel="C0PAY", text="y", blocks=card("other"), thread_ts=top["ts"]
    )
    [_, shown] = (await state(http, slack, "U0ADA"))["messages"]
    assert (shown["ts"], shown["thread"]) == (reply["ts"], top["ts"])
    async with listening(slack, agree):
        where = {"as": "U0ADA", "channel": "C0PAY", "ts": reply["ts"]}
        assert (await do(http, slack, "click", **where, action_id="approve"))["trouble"] == ""
    [answer] = slack.answers
    assert answer.delivery is not None
    assert answer.delivery.payload["container"]["thread_ts"] == top["ts"]


async def test_a_day_and_a_person_can_be_chosen_in_a_form(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    inputs = [
        {"type": "input", "block_id": name, "label": plain(name), "optional": True, "element": it}
        for name, it in (
            ("day", {"type": "datepicker", "action_id": "day"}),
            ("who", {"type": "users_select", "action_id": "who"}),
        )
    ]
    async with listening(slack, agree):
        trigger_id = slack.workspace.passes.new_trigger("U0ADA")
        await client.views_open(trigger_id=trigger_id, view=modal(*inputs))
        answers = {"day": "2026-12-07", "who": "U0JUN"}
        await do(http, slack, "submit", **{"as": "U0ADA"}, answers=answers)
    [answer] = slack.answers
    assert answer.delivery is not None
    values = answer.delivery.payload["view"]["state"]["values"]
    assert values["day"]["day"]["selected_date"] == "2026-12-07"
    assert values["who"]["who"]["selected_user"] == "U0JUN"


async def test_what_passed_is_told_in_order_and_newest_first(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="x", blocks=card())
    async with listening(slack, agree):
        await slack.click("U0ADA", slack.cards("C0PAY")[0], "approve")
    await client.chat_update(channel="C0PAY", ts=posted["ts"], text="y")
    wire = (await state(http, slack, "U0ADA"))["wire"]
    assert [(line["way"], line["what"], line["status"]) for line in wire] == [
        ("in", "chat.update", "C0PAY"),
        ("out", "interactive", "200"),
        ("in", "chat.postMessage", "C0PAY"),
    ]


async def test_people_can_just_talk(slack: Playground, http: aiohttp.ClientSession) -> None:
    await do(http, slack, "say", **{"as": "U0ADA"}, channel="C0PAY", text="hello")
    outside = await do(http, slack, "say", **{"as": "U0GUS"}, channel="C0PAY", text="hello")
    assert "cannot see" in outside["trouble"]
    assert [one.user for one in slack.messages("C0PAY")] == ["U0ADA"]


async def test_another_change_can_be_sent(slack: Playground, http: aiohttp.ClientSession) -> None:
    before = await state(http, slack, "U0ADA")
    assert (before["pipeline"], before["canSend"]) == ([], True)
    await do(http, slack, "new-change", **{"as": "U0ADA"})
    (run,) = (await state(http, slack, "U0ADA"))["pipeline"]
    assert (run["title"], run["state"]) == ("Another change", "waiting")


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1"])
async def test_another_site_cannot_act(
    slack: Playground, http: aiohttp.ClientSession, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    said = {"as": "U0ADA", "channel": "C0PAY", "text": "hello"}
    async with http.post(f"{slack.page_url}page/say", json=said, headers=headers) as response:
        assert response.status == 403
    assert slack.messages("C0PAY") == []


async def test_another_name_for_this_address_sees_nothing(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    headers = {"Host": "rebound.example"}
    async with http.get(f"{slack.page_url}page/state", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 400)])
async def test_nonsense_is_answered_politely(
    slack: Playground, http: aiohttp.ClientSession, body: str, status: int
) -> None:
    headers = {"Origin": slack.page_url.rstrip("/")}
    async with http.post(f"{slack.page_url}page/say", data=body, headers=headers) as response:
        assert response.status == status
    async with http.post(f"{slack.page_url}page/dance", json={}, headers=headers) as response:
        assert response.status == 404


async def test_the_stream_tells_of_each_change(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    async with http.get(f"{slack.page_url}page/stream?as=U0ADA") as response:

        async def next_picture() -> dict[str, Any]:
            while True:
                if await response.content.readline() == b"event: picture\n":
                    data: dict[str, Any] = json.loads((await response.content.readline())[6:])
                    return data

        assert (await next_picture())["messages"] == []
        await client.chat_postMessage(channel="C0PAY", text="news")
        assert [one["text"] for one in (await next_picture())["messages"]] == ["news"]


async def test_shortcuts_are_offered_and_can_be_chosen(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="x", blocks=card())
    offered = (await state(http, slack, "U0ADA"))["shortcuts"]
    assert [(one["callback_id"], one["onMessage"]) for one in offered] == [
        ("ask", False),
        ("look", True),
    ]
    where = {"as": "U0ADA", "channel": "C0PAY", "ts": posted["ts"]}
    async with listening(slack, agree):
        assert (await do(http, slack, "shortcut", **where, callback_id="ask"))["trouble"] == ""
        said = await do(http, slack, "message-shortcut", **where, callback_id="look")
        assert said["trouble"] == ""
        refused = await do(http, slack, "shortcut", **where, callback_id="look")
        assert "no shortcut" in refused["trouble"]
    kinds = [answer.delivery.payload["type"] for answer in slack.answers if answer.delivery]
    assert kinds == ["shortcut", "message_action"]


async def test_an_admin_turns_switches_on_the_page(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    ada: dict[str, Any] = {"as": "U0ADA"}
    await do(http, slack, "switch", **ada, switch="editWindowClosed", on=True)
    await do(http, slack, "channel", **ada, channel="C0PAY", what="archived", on=True)
    await do(http, slack, "channel", **ada, channel="C0PAY", what="botIsIn", on=False)
    await do(http, slack, "member", **ada, user="U0JUN", on=False)
    seen = await state(http, slack, "U0ADA")
    assert seen["admin"]["editWindowClosed"]
    channel = next(one for one in seen["channels"] if one["id"] == "C0PAY")
    assert (channel["archived"], channel["botIsIn"]) == (True, False)
    assert slack.workspace.people["U0JUN"].deleted
    await do(http, slack, "member", **ada, user="U0JUN", on=True)
    await do(http, slack, "channel", **ada, channel="C0PAY", what="archived", on=False)
    await do(http, slack, "channel", **ada, channel="C0PAY", what="botIsIn", on=True)
    await client.chat_postMessage(channel="C0PAY", text="x")
    wrong = await do(http, slack, "channel", **ada, channel="C0PAY", what="members", on=True)
    assert wrong["trouble"]


async def test_a_message_is_deleted_and_a_thread_answered_on_the_page(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="x")
    where = {"as": "U0ADA", "channel": "C0PAY", "ts": posted["ts"]}
    await do(http, slack, "say", **where, text="hm", thread=posted["ts"])
    assert slack.messages("C0PAY")[-1].thread_ts == posted["ts"]
    await do(http, slack, "remove", **where)
    assert [one.text for one in slack.messages("C0PAY")] == ["hm"]
    assert "no longer there" in (await do(http, slack, "remove", **where))["trouble"]


async def test_what_is_filled_in_on_the_home_tab_comes_along(
    slack: Playground, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    deputy = {"type": "users_select", "action_id": "who"}
    field = {"type": "input", "block_id": "deputy", "label": plain("Deputy"), "element": deputy}
    await client.views_publish(user_id="U0ADA", view=home(field, actions()))
    async with listening(slack, agree):
        asked = {"as": "U0ADA", "where": "home", "answers": {"deputy/who": "U0JUN"}}
        assert (await do(http, slack, "click", **asked, action_id="approve"))["trouble"] == ""
    [answer] = slack.answers
    assert answer.delivery is not None
    values = answer.delivery.payload["view"]["state"]["values"]
    assert values["deputy"]["who"]["selected_user"] == "U0JUN"

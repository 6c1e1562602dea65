"""What becomes of a card when Slack refuses, hesitates, or is not there?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.api import SlackApi
from bot.chat.slack.client import SlackChat
from bot.chat.slack.identity import Identity
from bot.chat.slack.presence import Lookout
from bot.domain.card import Card, card_of
from bot.domain.signoff import Asked
from bot.playground.faults import Fault
from bot.playground.server import Playground
from bot.playground.workspace import Channel
from bot.ports import CardRef, Chat, Surface, Undelivered, Unreachable
from tests.builders import NOW, ROSTER, a_signoff, after, approves
from tests.chat.house import ADA, BOT_TOKEN, words_in

CHANNEL, IN_PERSON = Surface(channel="C0PAY"), Surface(user="U0ADA")


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    channels = [
        Channel(id="C0PAY", name="payments", members=("U0ADA",)),
        Channel(id="C0OUT", name="elsewhere", bot_is_in=False),
        Channel(id="C0OLD", name="archive", archived=True),
    ]
    async with Playground(
        members=[ADA], channels=channels, bot_token=BOT_TOKEN, clock=lambda: NOW
    ) as playground:
        yield playground


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        yield session


def chat_at(url: str, http: aiohttp.ClientSession) -> SlackChat:
    web = AsyncWebClient(token=BOT_TOKEN, base_url=url, session=http, retry_handlers=[])
    api = SlackApi(web)
    return SlackChat(api, Lookout(api=api, identity=Identity(api), clock=lambda: NOW))


@pytest.fixture
def chat(slack: Playground, http: aiohttp.ClientSession) -> SlackChat:
    return chat_at(slack.api_url, http)


def asking() -> Card:
    return card_of(a_signoff(), ROSTER)


def approved() -> Card:
    return card_of(after(a_signoff(), approves()), ROSTER)


async def test_it_is_a_chat(chat: SlackChat) -> None:
    fulfilled: Chat = chat
    assert fulfilled is chat


async def test_a_card_is_posted_once_and_then_changed_where_it_hangs(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await chat.show(asking(), CHANNEL, None)
    assert await chat.show(approved(), CHANNEL, ref) == ref
    [message] = slack.messages("C0PAY")
    assert (message.channel, message.ts) == (ref.channel, ref.message)
    assert message.text.startswith("Approved: ")
    posted = slack.calls[0][1]
    assert posted["unfurl_links"] is False
    assert posted["unfurl_media"] is False


async def test_a_direct_message_is_known_by_its_conversation(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await chat.show(asking(), IN_PERSON, None)
    assert ref.channel.startswith("D")
    await chat.show(approved(), IN_PERSON, ref)
    assert [message.text[:9] for message in slack.messages_to("U0ADA")] == ["Approved:"]


async def test_a_card_that_was_deleted_is_hung_up_again(slack: Playground, chat: SlackChat) -> None:
    gone = CardRef("C0PAY", "1.000001")
    ref = await chat.show(approved(), CHANNEL, gone)
    assert ref != gone
    assert len(slack.cards("C0PAY")) == 1


async def test_a_card_that_can_no_longer_be_edited_is_corrected_below(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await chat.show(asking(), CHANNEL, None)
    slack.workspace.edit_window_closed = True
    assert await chat.show(approved(), CHANNEL, ref) == ref
    card, note = slack.messages("C0PAY")
    assert note.thread_ts == card.ts
    assert note.text.startswith("This card is out of date: Approved: acme/payments-api")
    assert "Approved by Ada" in words_in(note.blocks)


@pytest.mark.parametrize("escalated", [False, True])
async def test_a_reminder_stands_below_its_card(
    slack: Playground, chat: SlackChat, escalated: bool
) -> None:
    ref = await chat.show(asking(), CHANNEL, None)
    await chat.remind(asking(), CHANNEL, ref, escalated=escalated)
    card, reminder = slack.messages("C0PAY")
    assert reminder.thread_ts == card.ts
    said = words_in(reminder.blocks)
    lead = "it is escalated" if escalated else "Still waiting"
    assert lead in said
    assert "asked: Ada, Grace" in said
    assert "2026-11-23 18:00 UTC" in said


async def test_a_reminder_in_person_names_the_person(slack: Playground, chat: SlackChat) -> None:
    ref = await chat.show(asking(), IN_PERSON, None)
    await chat.remind(asking(), IN_PERSON, ref, escalated=False)
    elements = slack.messages_to("U0ADA")[1].blocks[0]["elements"][0]["elements"]
    assert elements[0] == {"type": "user", "user_id": "U0ADA"}


@pytest.mark.parametrize(("surface", "said"), [(IN_PERSON, True), (CHANNEL, False)])
async def test_a_reminder_says_why_you_only_to_you(
    slack: Playground, chat: SlackChat, surface: Surface, said: bool
) -> None:
    invited = (Asked(person="ada", why=("on call",)),)
    card = card_of(a_signoff(invited=invited), ROSTER, reader="ada")
    await chat.remind(card, surface, None, escalated=False)
    [reminder] = slack.messages_to("U0ADA") if said else slack.messages("C0PAY")
    assert ("Why you  on call" in words_in(reminder.blocks)) is said


async def test_a_reminder_without_a_card_is_said_all_the_same(
    slack: Playground, chat: SlackChat
) -> None:
    await chat.remind(asking(), CHANNEL, None, escalated=False)
    await chat.remind(asking(), CHANNEL, CardRef("C0PAY", "1.000001"), escalated=False)
    assert [message.thread_ts for message in slack.messages("C0PAY")] == [None, None]


@pytest.mark.parametrize(
    "surface", [Surface(channel="C0NONE"), Surface(channel="C0OUT"), Surface(channel="C0OLD")]
)
async def test_a_place_that_cannot_be_is_final(chat: SlackChat, surface: Surface) -> None:
    with pytest.raises(Undelivered) as refused:
        await chat.show(asking(), surface, None)
    assert refused.value.final
    await chat.show(asking(), CHANNEL, None)


@pytest.mark.parametrize(
    ("error", "final"),
    [
        ("user_not_found", True),
        ("user_disabled", True),
        ("restricted_action", True),
        ("invalid_auth", False),
        ("token_revoked", False),
        ("account_inactive", False),
        ("no_permission", False),
        ("something_new", False),
    ],
)
async def test_a_refusal_is_final_only_where_nobody_can_mend_it(
    slack: Playground, chat: SlackChat, error: str, final: bool
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR(error))
    with pytest.raises(Undelivered, match=error) as refused:
        await chat.show(asking(), CHANNEL, None)
    assert refused.value.final is final
    assert slack.messages("C0PAY") == []


@pytest.mark.parametrize(
    ("asked", "waits"), [(0, 1), (7, 7), (86_400, 600)], ids=["at once", "soon", "tomorrow"]
)
async def test_slack_may_ask_us_to_slow_down_within_reason(
    slack: Playground, chat: SlackChat, asked: int, waits: int
) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(asked))
    with pytest.raises(Undelivered) as refused:
        await chat.show(asking(), CHANNEL, None)
    assert refused.value.retry_after == timedelta(seconds=waits)
    assert not refused.value.final


async def test_slowing_down_may_be_said_without_a_header(
    slack: Playground, chat: SlackChat
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR("ratelimited"))
    with pytest.raises(Undelivered) as refused:
        await chat.show(asking(), CHANNEL, None)
    assert refused.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        (Fault.SERVER_ERROR, 0),
        (Fault.HALF_RESPONSE, 1),
        (Fault.CUT_RESPONSE, 1),
        (Fault.DROP_BEFORE, 0),
        (Fault.DROP_AFTER, 1),
        (Fault.HANG(5), 1),
        (Fault.ERROR("fatal_error"), 0),
        (Fault.ERROR("service_unavailable"), 0),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
async def test_where_slack_may_have_acted_we_say_so_and_never_post_twice(
    slack: Playground, chat: SlackChat, fault: Fault, posts: int
) -> None:
    slack.fail("chat.postMessage", fault)
    with pytest.raises(Unreachable) as problem:
        await chat.show(asking(), CHANNEL, None)
    assert problem.value.sent
    assert len(slack.messages("C0PAY")) == posts


async def test_where_nobody_listens_nothing_was_sent(http: aiohttp.ClientSession) -> None:
    with pytest.raises(Unreachable) as problem:
        await chat_at("http://127.0.0.1:9/api/", http).show(asking(), CHANNEL, None)
    assert problem.value.sent is False


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_a_card_slack_does_not_take_is_tried_at_its_leanest(
    slack: Playground, chat: SlackChat, error: str
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR(error))
    ref = await chat.show(asking(), CHANNEL, None)
    assert ref.channel == "C0PAY"
    slack.fail("chat.update", Fault.ERROR(error), times=2)
    with pytest.raises(Undelivered) as refused:
        await chat.show(approved(), CHANNEL, ref)
    assert refused.value.final


NONSENSE: dict[str, tuple[int, str, str]] = {
    "a list": (200, "application/json", "[]"),
    "a number": (200, "application/json", "5"),
    "nothing": (200, "application/json", ""),
    "null": (200, "application/json", "null"),
    "a page": (200, "text/html", "<html>maintenance</html>"),
    "text": (200, "text/plain", "ok"),
    "an empty object": (200, "application/json", "{}"),
    "no place": (200, "application/json", '{"ok": true}'),
    "a strange place": (200, "application/json", '{"ok": true, "channel": 5, "ts": null}'),
    "a strange error": (200, "application/json", '{"ok": false, "error": ["x"]}'),
    "too deep": (200, "application/json", "[" * 100_000),
    "not UTF-8": (200, "application/json", '{"ok": "\udcff"}'),
    "moved": (302, "text/plain", ""),
    "bad gateway": (502, "text/html", "<html>502</html>"),
    "bad gateway, in text": (503, "text/plain", "unavailable"),
    "bad gateway, in JSON": (503, "application/json", '{"ok": false}'),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_whatever_answers_us_the_outcome_is_one_we_know(
    http: aiohttp.ClientSession, name: str
) -> None:
    status, kind, body = NONSENSE[name]

    async def nonsense(_: web.Request) -> web.Response:
        raw = body.encode("utf-8", "surrogateescape")
        return web.Response(status=status, body=raw, headers={"Content-Type": kind})

    runner = await serve(nonsense)
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        with pytest.raises((Unreachable, Undelivered)) as problem:
            await chat_at(url, http).show(asking(), CHANNEL, None)
        assert not getattr(problem.value, "final", False)
    finally:
        await runner.cleanup()


async def serve(handler: Any) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner

"""What becomes of a card when Slack refuses, hesitates, or is not there?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.api import SlackApi
from bot.chat.slack.channels import Channels
from bot.chat.slack.client import SlackChat
from bot.chat.slack.errands import Errands
from bot.chat.slack.identity import Identity
from bot.chat.slack.presence import Lookout
from bot.domain.card import Card, card_of
from bot.domain.notes import Alarm, Note
from bot.playground.faults import Fault
from bot.playground.server import Playground
from bot.playground.workspace import Channel
from bot.ports import (
    CardRef,
    Chat,
    Gone,
    LockedOut,
    NoSuchPlace,
    Surface,
    Undelivered,
    Unreachable,
)
from tests.builders import NOW, ROSTER, a_signoff, after, approves
from tests.chat.house import ADA, BOT_TOKEN, words_in
from tests.chat.judges import judge_all

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
        assert judge_all(playground) == []


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        yield session


def chat_at(url: str, http: aiohttp.ClientSession) -> SlackChat:
    web = AsyncWebClient(token=BOT_TOKEN, base_url=url, session=http, retry_handlers=[])
    api = SlackApi(web)
    lookout = Lookout(api=api, identity=Identity(api), clock=lambda: NOW)
    channels = Channels(api=api, clock=lambda: NOW, errands=Errands())
    return SlackChat(api, lookout, channels=channels)


@pytest.fixture
def chat(slack: Playground, http: aiohttp.ClientSession) -> SlackChat:
    return chat_at(slack.api_url, http)


async def hang(
    chat: SlackChat,
    piece: Card | Note,
    at: Surface = CHANNEL,
    below: CardRef | None = None,
    posted: CardRef | None = None,
) -> CardRef:
    return await chat.show(piece, at, below=below, posted=posted)


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
    ref = await hang(chat, asking())
    assert await hang(chat, approved(), CHANNEL, posted=ref) == ref
    [message] = slack.messages("C0PAY")
    assert (message.channel, message.ts) == (ref.channel, ref.message)
    assert message.text.startswith("Approved: ")
    posted = next(said for method, said in slack.calls if method == "chat.postMessage")
    assert posted["unfurl_links"] is False
    assert posted["unfurl_media"] is False


async def test_a_direct_message_is_known_by_its_conversation(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await hang(chat, asking(), IN_PERSON)
    assert ref.channel.startswith("D")
    await hang(chat, approved(), IN_PERSON, posted=ref)
    assert [message.text[:9] for message in slack.messages_to("U0ADA")] == ["Approved:"]


async def test_of_a_card_that_was_deleted_it_is_said_so(slack: Playground, chat: SlackChat) -> None:
    ref = await hang(chat, asking())
    slack.remove(ref.channel, ref.message)
    with pytest.raises(Gone, match="message_not_found"):
        await hang(chat, approved(), posted=ref)
    assert slack.messages("C0PAY") == []


async def test_a_card_that_can_no_longer_be_edited_is_corrected_below(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await hang(chat, asking())
    slack.workspace.edit_window_closed = True
    assert await hang(chat, approved(), CHANNEL, posted=ref) == ref
    card, note = slack.messages("C0PAY")
    assert note.thread_ts == card.ts
    assert note.text.startswith("This card is out of date: Approved: acme/payments-api")
    assert "Approved by Ada" in words_in(note.blocks)


@pytest.mark.parametrize(
    "surface", [Surface(channel="C0NONE"), Surface(channel="C0OUT"), Surface(channel="C0OLD")]
)
async def test_a_place_that_cannot_be_is_final(chat: SlackChat, surface: Surface) -> None:
    with pytest.raises(NoSuchPlace) as refused:
        await hang(chat, asking(), surface)
    assert refused.value.final
    await hang(chat, asking())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("user_not_found", NoSuchPlace),
        ("user_disabled", NoSuchPlace),
        ("restricted_action", NoSuchPlace),
        ("no_permission", NoSuchPlace),
        ("invalid_auth", LockedOut),
        ("token_revoked", LockedOut),
        ("account_inactive", LockedOut),
        ("missing_scope", LockedOut),
        ("something_new", Undelivered),
    ],
)
async def test_a_refusal_says_whether_the_place_or_all_of_slack_is_closed(
    slack: Playground, chat: SlackChat, error: str, kind: type[Undelivered]
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR(error))
    with pytest.raises(Undelivered, match=error) as refused:
        await hang(chat, asking())
    assert type(refused.value) is kind
    assert refused.value.final is (kind is NoSuchPlace)
    assert slack.messages("C0PAY") == []


@pytest.mark.parametrize(
    ("asked", "waits"), [(0, 1), (7, 7), (86_400, 600)], ids=["at once", "soon", "tomorrow"]
)
async def test_slack_may_ask_us_to_slow_down_within_reason(
    slack: Playground, chat: SlackChat, asked: int, waits: int
) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(asked))
    with pytest.raises(Undelivered) as refused:
        await hang(chat, asking())
    assert refused.value.retry_after == timedelta(seconds=waits)
    assert not refused.value.final


async def test_slowing_down_may_be_said_without_a_header(
    slack: Playground, chat: SlackChat
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR("ratelimited"))
    with pytest.raises(Undelivered) as refused:
        await hang(chat, asking())
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
        await hang(chat, asking())
    assert problem.value.sent
    assert len(slack.messages("C0PAY")) == posts


async def test_where_nobody_listens_nothing_was_sent(http: aiohttp.ClientSession) -> None:
    with pytest.raises(Unreachable) as problem:
        await hang(chat_at("http://127.0.0.1:9/api/", http), asking())
    assert problem.value.sent is False


@pytest.mark.parametrize("at", [CHANNEL, IN_PERSON], ids=str)
async def test_what_was_posted_is_found_again_by_its_mark(
    slack: Playground, chat: SlackChat, at: Surface
) -> None:
    ref = await hang(chat, asking(), at)
    assert await chat.find(approved(), at, below=None, since=NOW) == ref
    another = card_of(a_signoff(signoff_id="sgn_2"), ROSTER)
    assert await chat.find(another, at, below=None, since=NOW) is None
    assert await chat.find(asking(), at, below=None, since=NOW + timedelta(hours=1)) is None


async def test_what_was_posted_in_a_thread_is_found_there(
    slack: Playground, chat: SlackChat
) -> None:
    card = await hang(chat, asking())
    note = Alarm(id="w1", text="Look here.")
    ref = await hang(chat, note, below=card)
    assert await chat.find(note, CHANNEL, below=None, since=NOW) is None
    assert await chat.find(note, CHANNEL, below=card, since=NOW) == ref
    slack.remove(card.channel, card.message)
    alone = await hang(chat, replace(note, id="w2"), below=CardRef("C0PAY", "1.000001"))
    gone = CardRef("C0PAY", "2.000001")
    assert await chat.find(replace(note, id="w2"), CHANNEL, below=gone, since=NOW) == alone


async def test_without_the_scope_to_look_nobody_can_say(slack: Playground, chat: SlackChat) -> None:
    await hang(chat, asking())
    slack.fail("conversations.history", Fault.ERROR("missing_scope"))
    assert await chat.find(asking(), CHANNEL, below=None, since=NOW) is None
    slack.fail("conversations.history", Fault.ERROR("not_in_channel"))
    with pytest.raises(NoSuchPlace):
        await chat.find(asking(), CHANNEL, below=None, since=NOW)


@pytest.mark.parametrize(
    "error", ["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"]
)
async def test_what_cannot_hang_in_a_thread_hangs_by_itself(
    slack: Playground, chat: SlackChat, error: str
) -> None:
    card = await hang(chat, asking())
    slack.fail("chat.postMessage", Fault.ERROR(error))
    await hang(chat, approved(), below=card)
    assert [message.thread_ts for message in slack.messages("C0PAY")] == [None, None]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_a_card_slack_does_not_take_is_tried_at_its_leanest(
    slack: Playground, chat: SlackChat, error: str
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR(error))
    ref = await hang(chat, asking())
    assert ref.channel == "C0PAY"
    slack.fail("chat.update", Fault.ERROR(error), times=2)
    with pytest.raises(Undelivered) as refused:
        await hang(chat, approved(), CHANNEL, posted=ref)
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
            await hang(chat_at(url, http), asking())
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

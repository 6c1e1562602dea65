"""Does the bot meet what admins and people do to it, as Slack says it, and is each way back open?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.admin import Admin
from bot.playground.refusals import NotOnTheCard
from bot.playground.server import Playground
from bot.playground.workspace import Channel


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


@pytest.fixture
async def ts(client: AsyncWebClient) -> str:
    return str((await client.chat_postMessage(channel="C0PAY", text="a card"))["ts"])


async def test_a_message_somebody_deleted_is_gone(
    slack: Playground, client: AsyncWebClient, ts: str
) -> None:
    await client.chat_postMessage(channel="C0PAY", text="below it", thread_ts=ts)
    slack.remove("C0PAY", ts)
    assert [one.text for one in slack.messages("C0PAY")] == ["below it"]
    update = client.chat_update(channel="C0PAY", ts=ts, text="y")
    assert await refusal(update) == "message_not_found"
    assert await refusal(client.chat_delete(channel="C0PAY", ts=ts)) == "message_not_found"


async def test_only_a_message_of_the_bot_is_removed(slack: Playground, ts: str) -> None:
    theirs = slack.workspace.say("U0ADA", "C0PAY", "mine")
    for channel, what in (("C0PAY", theirs.ts), ("C0PAY", "1.1"), ("C0OUT", ts)):
        with pytest.raises(NotOnTheCard):
            slack.remove(channel, what)
    assert len(slack.messages("C0PAY")) == 2


async def test_the_bot_may_delete_what_it_said_and_nothing_else(
    slack: Playground, client: AsyncWebClient, ts: str
) -> None:
    theirs = slack.workspace.say("U0ADA", "C0PAY", "mine")
    answer = await client.chat_delete(channel="C0PAY", ts=ts)
    assert (answer["channel"], answer["ts"]) == ("C0PAY", ts)
    assert slack.messages("C0PAY") == [theirs]
    delete = client.chat_delete(channel="C0PAY", ts=theirs.ts)
    assert await refusal(delete) == "cant_delete_message"


Deed = Callable[[Admin], None]


@pytest.mark.parametrize(
    ("deed", "way_back", "posting", "changing"),
    [
        (
            lambda a: a.archive("C0PAY"),
            lambda a: a.unarchive("C0PAY"),
            "is_archived",
            "is_inactive",
        ),
        (lambda a: a.kick("C0PAY"), lambda a: a.invite("C0PAY"), *["not_in_channel"] * 2),
        (lambda a: a.close_edit_window(), lambda a: a.open_edit_window(), "", "edit_window_closed"),
        (lambda a: a.revoke_token(), lambda a: a.restore_token(), *["token_revoked"] * 2),
        (
            lambda a: a.revoke_token("account_inactive"),
            lambda a: a.restore_token(),
            *["account_inactive"] * 2,
        ),
        (
            lambda a: a.drop_channel("C0PAY"),
            lambda a: a.change_channel(Channel(id="C0PAY", name="pay")),
            *["channel_not_found"] * 2,
        ),
    ],
    ids=["archived", "kicked", "edit window", "revoked", "inactive", "no channel"],
)
async def test_a_deed_stops_the_bot_and_its_way_back_lets_it_go_on(
    slack: Playground,
    client: AsyncWebClient,
    ts: str,
    deed: Deed,
    way_back: Deed,
    posting: str,
    changing: str,
) -> None:
    deed(slack.admin)
    if posting:
        assert await refusal(client.chat_postMessage(channel="C0PAY", text="x")) == posting
    assert await refusal(client.chat_update(channel="C0PAY", ts=ts, text="y")) == changing
    way_back(slack.admin)
    await client.chat_postMessage(channel="C0PAY", text="x")
    await client.chat_update(channel="C0PAY", ts=ts, text="y")


async def test_a_revoked_token_is_good_for_no_method(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.admin.revoke_token()
    for call in (client.auth_test(), client.users_info(user="U0ADA"), client.users_list()):
        assert await refusal(call) == "token_revoked"
    stranger = AsyncWebClient(token="xoxb-other", base_url=slack.api_url)
    assert await refusal(stranger.auth_test()) == "invalid_auth"


async def test_a_private_channel_the_bot_is_not_in_does_not_exist_for_it(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.change_channel(Channel(id="G0SEC", name="secret", private=True))
    await client.chat_postMessage(channel="G0SEC", text="x")
    slack.admin.kick("G0SEC")
    post = client.chat_postMessage(channel="G0SEC", text="x")
    assert await refusal(post) == "channel_not_found"
    assert await refusal(client.conversations_info(channel="G0SEC")) == "channel_not_found"


async def test_somebody_leaves_and_comes_back(slack: Playground, client: AsyncWebClient) -> None:
    direct = (await client.conversations_open(users="U0ADA"))["channel"]["id"]
    slack.admin.deactivate("U0ADA")
    assert (await client.users_info(user="U0ADA"))["user"]["deleted"]
    assert await refusal(client.conversations_open(users="U0ADA")) == "user_disabled"
    for channel in ("U0ADA", direct):
        post = client.chat_postMessage(channel=channel, text="x")
        assert await refusal(post) == "user_disabled"
    with pytest.raises(NotOnTheCard):
        await slack.command("U0ADA", "/signoff")
    slack.admin.reactivate("U0ADA")
    await client.chat_postMessage(channel=direct, text="x")


async def test_one_person_or_everybody_is_closed_to_the_bot(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.admin.close_dms("U0ADA", "cannot_dm_user")
    post = client.chat_postMessage(channel="U0ADA", text="x")
    assert await refusal(post) == "cannot_dm_user"
    await client.chat_postMessage(channel="U0JUN", text="x")
    slack.admin.close_dms()
    post = client.chat_postMessage(channel="U0JUN", text="x")
    assert await refusal(post) == "messages_tab_disabled"
    slack.admin.open_dms()
    for user in ("U0ADA", "U0JUN"):
        await client.chat_postMessage(channel=user, text="x")
    await client.chat_postMessage(channel="C0PAY", text="x")


@pytest.mark.parametrize(
    "switch", ["editWindowClosed", "tokenTrouble", "dmsClosed", "rates", "down"]
)
def test_every_switch_can_be_turned_and_turned_back(slack: Playground, switch: str) -> None:
    before = slack.admin.switches()
    assert not before[switch]
    slack.admin.turn(switch, on=True)
    assert slack.admin.switches()[switch]
    slack.admin.turn(switch, on=False)
    assert slack.admin.switches() == before


@pytest.mark.parametrize(
    "deed",
    [
        lambda a: a.turn("gravity", on=False),
        lambda a: a.archive("C0NOT"),
        lambda a: a.deactivate("U0NOT"),
        lambda a: a.close_dms("U0NOT"),
    ],
)
def test_nothing_is_done_to_what_is_not_there(slack: Playground, deed: Deed) -> None:
    with pytest.raises(NotOnTheCard):
        deed(slack.admin)

"""Does the Web API take and refuse messages as Slack does, and a little more strictly?"""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.server import Playground
from bot.playground.things import BOT_USER
from bot.playground.workspace import Channel, Member
from tests.playground.cards import actions, button, card, section
from tests.playground.conftest import APP_TOKEN, BOT_TOKEN


async def refusal(call: Any) -> str:
    """The error of a Web API call that must be refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_message_is_kept_as_it_was_sent(slack: Playground, client: AsyncWebClient) -> None:
    metadata = {"event_type": "signoff", "event_payload": {"id": "sgn_1"}}
    posted = await client.chat_postMessage(
        channel="C0PAY", text="Sign-off needed", blocks=card(), metadata=metadata
    )
    (message,) = slack.messages("C0PAY")
    assert (message.channel, message.ts) == (posted["channel"], posted["ts"])
    assert (message.user, message.text) == (BOT_USER, "Sign-off needed")
    assert message.metadata == metadata
    assert [block["type"] for block in message.blocks] == ["header", "section", "actions"]
    assert all(block["block_id"] for block in message.blocks)
    assert slack.calls[0][0] == "chat.postMessage"


async def test_a_message_to_a_person_goes_to_their_conversation(
    slack: Playground, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="U0ADA", text="Your turn")
    assert posted["channel"].startswith("D")
    assert [one.text for one in slack.messages_to("U0ADA")] == ["Your turn"]
    opened = await client.conversations_open(users=["U0ADA"])
    assert opened["channel"]["id"] == posted["channel"]
    changed = await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Done")
    assert changed["ts"] == posted["ts"]
    to_the_person = client.chat_update(channel="U0ADA", ts=posted["ts"], text="Done")
    assert await refusal(to_the_person) == "channel_not_found"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOT", "channel_not_found"),
        ("C0OUT", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("U0OLD", "user_disabled"),
        (BOT_USER, "cannot_dm_bot"),
    ],
)
async def test_where_the_bot_may_not_post(client: AsyncWebClient, channel: str, error: str) -> None:
    await client.chat_postMessage(channel="C0PAY", text="x")
    assert await refusal(client.chat_postMessage(channel=channel, text="x")) == error


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [section()] * 51}, "invalid_blocks"),
        ({"blocks": [section("x" * 3000)] * 4}, "msg_blocks_too_long"),
        ({"text": "<!channel> look"}, "mention_refused"),
        ({"blocks": [section("<!here>")]}, "mention_refused"),
        ({"link_names": True}, "mention_refused"),
        ({"attachments": [{"text": "x"}]}, "invalid_attachments"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"metadata": {"event_type": "x", "event_payload": {"a": "b" * 1100}}},
            "metadata_too_large",
        ),
        ({"thread_ts": "1.2"}, "thread_not_found"),
    ],
)
async def test_what_a_message_may_not_hold(
    slack: Playground, client: AsyncWebClient, wrong: dict[str, Any], error: str
) -> None:
    good: dict[str, Any] = {"channel": "C0PAY", "text": "x", "blocks": card()}
    await client.chat_postMessage(**good)
    sent = client.api_call("chat.postMessage", json={**good, **wrong})
    assert await refusal(sent) == error
    assert len(slack.messages("C0PAY")) == 1


async def test_a_refusal_says_exactly_what_is_wrong(client: AsyncWebClient) -> None:
    blocks = [actions(button(value="x" * 2001))]
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C0PAY", text="x", blocks=blocks)
    (why,) = refused.value.response["response_metadata"]["messages"]
    assert "/blocks/0/elements/0/value" in why


async def test_loud_mentions_are_recorded_where_they_are_allowed(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.allow_mentions()
    await client.chat_postMessage(channel="C0PAY", text="<!here> look")
    await client.chat_postMessage(channel="C0PAY", text="&lt;!here&gt; look")
    assert [one.mentions for one in slack.messages("C0PAY")] == [("<!here>",), ()]


async def test_an_update_keeps_what_was_there_before(
    slack: Playground, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "signoff", "event_payload": {}}
    posted = await client.chat_postMessage(
        channel="C0PAY", text="one", blocks=card(), metadata=metadata
    )
    await client.chat_update(channel="C0PAY", ts=posted["ts"], text="two")
    (message,) = slack.messages("C0PAY")
    assert (message.text, message.blocks) == ("two", ())
    assert message.metadata == metadata
    assert [version.text for version in message.versions] == ["one"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ts": "1.000001"}, "message_not_found"),
        ({"channel": "C0NOT"}, "channel_not_found"),
        ({"text": "x" * 4001}, "msg_too_long"),
        ({"blocks": [section("")]}, "invalid_blocks"),
    ],
)
async def test_an_update_that_is_refused_changes_nothing(
    slack: Playground, client: AsyncWebClient, change: dict[str, Any], error: str
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="one")
    good = {"channel": "C0PAY", "ts": posted["ts"], "text": "x" * 4000}
    assert await refusal(client.chat_update(**{**good, **change})) == error
    assert slack.messages("C0PAY")[0].text == "one"
    await client.chat_update(**good)


async def test_only_its_own_messages_and_only_while_it_may(
    slack: Playground, client: AsyncWebClient
) -> None:
    said = slack.workspace.say("U0ADA", "C0PAY", "mine")
    theirs = client.chat_update(channel="C0PAY", ts=said.ts, text="x")
    assert await refusal(theirs) == "cant_update_message"
    posted = await client.chat_postMessage(channel="C0PAY", text="one")
    slack.workspace.edit_window_closed = True
    late = client.chat_update(channel="C0PAY", ts=posted["ts"], text="two")
    assert await refusal(late) == "edit_window_closed"


async def test_an_ephemeral_is_for_one_person_of_the_channel(
    slack: Playground, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="psst")
    assert [one.text for one in slack.ephemerals("U0ADA")] == ["psst"]
    assert slack.ephemerals("U0JUN") == []
    assert slack.messages("C0PAY") == []
    outside = client.chat_postEphemeral(channel="C0PAY", user="U0GUS", text="psst")
    assert await refusal(outside) == "user_not_in_channel"
    whispered = slack.ephemerals("U0ADA")[0].ts
    change = client.chat_update(channel="C0PAY", ts=whispered, text="x")
    assert await refusal(change) == "message_not_found"


async def test_reactions_and_permalinks_need_the_message(
    slack: Playground, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="one")
    await client.reactions_add(channel="C0PAY", timestamp=posted["ts"], name="eyes")
    assert slack.messages("C0PAY")[0].reactions == (("eyes", BOT_USER),)
    again = client.reactions_add(channel="C0PAY", timestamp=posted["ts"], name="eyes")
    assert await refusal(again) == "already_reacted"
    link = await client.chat_getPermalink(channel="C0PAY", message_ts=posted["ts"])
    assert link["permalink"].startswith(slack.page_url)
    nowhere = client.chat_getPermalink(channel="C0PAY", message_ts="1.000001")
    assert await refusal(nowhere) == "message_not_found"


async def test_timestamps_rise_even_when_the_clock_stands_still(
    slack: Playground, client: AsyncWebClient
) -> None:
    stamps = [(await client.chat_postMessage(channel="C0PAY", text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


async def test_people_and_groups(slack: Playground, client: AsyncWebClient) -> None:
    guest = (await client.users_info(user="U0GUS"))["user"]
    assert guest["is_restricted"]
    assert (await client.users_info(user="U0OLD"))["user"]["deleted"]
    assert (await client.users_lookupByEmail(email="ADA@acme.example"))["user"]["id"] == "U0ADA"
    assert await refusal(client.users_lookupByEmail(email="no@acme.example")) == "users_not_found"
    assert await refusal(client.users_info(user="U0NOT")) == "user_not_found"
    assert (await client.usergroups_users_list(usergroup="S0PAY"))["users"] == ["U0ADA"]
    assert await refusal(client.usergroups_users_list(usergroup="S0NOT")) == "no_such_subteam"
    slack.change_member(Member(id="U0GUS", name="Gus", handle="gus", stranger=True))
    stranger = (await client.users_info(user="U0GUS"))["user"]
    assert stranger["is_stranger"]
    assert stranger["team_id"] != (await client.auth_test())["team_id"]


async def test_quiet_hours_and_presence(slack: Playground, client: AsyncWebClient) -> None:
    assert not (await client.dnd_info(user="U0ADA"))["dnd_enabled"]
    assert (await client.users_getPresence(user="U0ADA"))["presence"] == "active"
    slack.workspace.quiet_hours["U0ADA"] = (100, 200)
    slack.workspace.away.add("U0ADA")
    quiet = await client.dnd_info(user="U0ADA")
    assert (quiet["next_dnd_start_ts"], quiet["next_dnd_end_ts"]) == (100, 200)
    assert (await client.users_getPresence(user="U0ADA"))["presence"] == "away"


async def test_the_quiet_hours_of_a_team_are_told_for_fifty_at_a_time(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.workspace.quiet_hours["U0ADA"] = (100, 200)
    said = (await client.dnd_teamInfo(users=["U0ADA", "U0JUN"]))["users"]
    assert said["U0ADA"] == {"dnd_enabled": True, "next_dnd_start_ts": 100, "next_dnd_end_ts": 200}
    assert said["U0JUN"]["dnd_enabled"] is False
    assert (await client.dnd_teamInfo(users=["U0ADA"] * 50))["ok"]
    assert await refusal(client.dnd_teamInfo(users=["U0ADA"] * 51)) == "too_many_users"
    assert await refusal(client.dnd_teamInfo(users=["U0NOT"])) == "user_not_visible"
    assert await refusal(client.dnd_teamInfo(users="")) == "no_users_provided"


@pytest.mark.parametrize("limit", [1001, -1])
async def test_a_page_has_a_size_within_reason(client: AsyncWebClient, limit: int) -> None:
    assert (await client.users_list(limit=1000))["ok"]
    assert await refusal(client.users_list(limit=limit)) == "invalid_limit"


async def test_long_lists_come_in_pages(slack: Playground, client: AsyncWebClient) -> None:
    first = await client.users_list(limit=3)
    rest = await client.users_list(limit=3, cursor=first["response_metadata"]["next_cursor"])
    seen = [person["id"] for page in (first, rest) for person in page["members"]]
    assert sorted(seen) == sorted(slack.workspace.people)
    assert rest["response_metadata"]["next_cursor"] == ""
    assert await refusal(client.users_list(cursor="nonsense")) == "invalid_cursor"


async def test_channels_tell_who_is_in_them(slack: Playground, client: AsyncWebClient) -> None:
    members = await client.conversations_members(channel="C0PAY")
    assert set(members["members"]) == {"U0ADA", "U0JUN", BOT_USER}
    slack.change_channel(Channel(id="C0PAY", name="payments", members=(), shared=True))
    info = (await client.conversations_info(channel="C0PAY"))["channel"]
    assert info["is_ext_shared"]


async def test_channels_tell_with_whom_they_are_shared(
    slack: Playground, client: AsyncWebClient
) -> None:
    async def flags() -> tuple[bool, bool]:
        info = (await client.conversations_info(channel="C0PAY"))["channel"]
        return info["is_ext_shared"], info["is_pending_ext_shared"]

    assert await flags() == (False, False)
    slack.admin.share("C0PAY", pending=True)
    assert await flags() == (False, True)
    slack.admin.share("C0PAY")
    assert await flags() == (True, False)
    slack.admin.unshare("C0PAY")
    assert await flags() == (False, False)


@pytest.mark.parametrize(("private", "scope"), [(False, "channels:read"), (True, "groups:read")])
async def test_looking_at_a_channel_asks_for_the_scope_of_its_sort(
    http: aiohttp.ClientSession, private: bool, scope: str
) -> None:
    channel = Channel(id="C0PAY", name="pay", private=private)
    for scopes, allowed in (({scope}, True), ({"channels:read", "groups:read"} - {scope}, False)):
        slack = Playground(members=[], channels=[channel], bot_token=BOT_TOKEN, scopes=scopes)
        async with slack:
            client = AsyncWebClient(
                token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[]
            )
            if allowed:
                assert (await client.conversations_info(channel="C0PAY"))["ok"]
            else:
                assert await refusal(client.conversations_info(channel="C0PAY")) == "missing_scope"


async def test_who_may_call(slack: Playground, http: aiohttp.ClientSession) -> None:
    async def call(token: str | None) -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with http.post(f"{slack.api_url}auth.test", headers=headers) as response:
            body = await response.json()
            return "ok" if body["ok"] else str(body["error"])

    assert await call(BOT_TOKEN) == "ok"
    assert await call(None) == "not_authed"
    assert await call("xoxb-other") == "invalid_auth"
    assert await call(APP_TOKEN) == "not_allowed_token_type"


async def test_a_method_nobody_made(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.deleteEverything")) == "unknown_method"


async def test_a_method_without_its_scope(http: aiohttp.ClientSession) -> None:
    narrow = Playground(
        members=[],
        channels=[Channel(id="C0PAY", name="pay")],
        bot_token=BOT_TOKEN,
        scopes=["chat:write"],
    )
    async with narrow:
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=narrow.api_url, session=http, retry_handlers=[]
        )
        await client.chat_postMessage(channel="C0PAY", text="x")
        with pytest.raises(SlackApiError) as refused:
            await client.users_list()
        assert refused.value.response["error"] == "missing_scope"
        assert refused.value.response["needed"] == "users:read"


async def test_forms_and_json_are_both_understood(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    url, headers = f"{slack.api_url}chat.postMessage", {"Authorization": f"Bearer {BOT_TOKEN}"}
    said: dict[str, Any] = {"channel": "C0PAY", "text": "x"}
    async with http.post(url, headers=headers, json={**said, "blocks": [section()]}) as response:
        assert (await response.json())["ok"]
    form = {**said, "blocks": '[{"type": "divider"}]'}
    async with http.post(url, headers=headers, data=form) as response:
        assert (await response.json())["ok"]
    async with http.post(url, headers=headers, data={**said, "blocks": "[{"}) as response:
        assert (await response.json())["error"] == "invalid_blocks_format"
    async with http.post(url, headers=headers, json=["x"]) as response:
        assert (await response.json())["error"] == "json_not_object"

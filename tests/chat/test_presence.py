"""What do we know of who is there, and what if Slack says only half of it?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.api import SlackApi
from bot.chat.slack.channels import Channels
from bot.chat.slack.client import SlackChat
from bot.chat.slack.errands import Errands
from bot.chat.slack.identity import Identity
from bot.chat.slack.presence import ACTIVE_FOR, ASKED_AT_A_TIME, Lookout
from bot.domain.asking.choosing import Seen
from bot.playground.faults import Fault
from bot.playground.server import Playground
from bot.playground.things import Member
from bot.ports import Chat, Undelivered, Unreachable
from tests.builders import NOW, FakeClock, hours, minutes
from tests.chat.house import ADA, BOT_TOKEN, EVERYBODY, GRACE, JUN, House

CROWD = tuple(Member(id=f"U1{n:03}", name=f"Nr {n}", handle=f"n{n}") for n in range(450))
USERS = ("U0ADA", "U0GRACE", "U0JUN")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[Playground]:
    async with Playground(
        members=[*CROWD, *EVERYBODY], channels=[], bot_token=BOT_TOKEN, clock=clock
    ) as playground:
        yield playground


Looking = Callable[..., SlackChat]


@pytest.fixture
async def looking(slack: Playground, clock: FakeClock) -> AsyncIterator[Looking]:
    """Makes a chat; `pause` is what it does where Slack asks it to slow down."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:

        async def no_pause(seconds: float) -> None:
            return

        def make(pause: Callable[[float], Awaitable[None]] = no_pause) -> SlackChat:
            web = AsyncWebClient(
                token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[]
            )
            api = SlackApi(web)
            lookout = Lookout(api=api, identity=Identity(api), clock=clock, pause=pause)
            channels = Channels(api=api, clock=clock, errands=Errands())
            return SlackChat(api, lookout, channels=channels)

        yield make


@pytest.fixture
def chat(looking: Looking) -> SlackChat:
    return looking()


def calls(slack: Playground, method: str) -> int:
    return [name for name, _ in slack.calls].count(method)


async def test_it_is_said_of_each_whether_they_are_members_and_active(
    slack: Playground, chat: SlackChat
) -> None:
    fulfilled: Chat = chat
    slack.workspace.away.add("U0JUN")
    assert await fulfilled.look(USERS) == {
        "U0ADA": Seen(member=True, active=True),
        "U0GRACE": Seen(member=True, active=True),
        "U0JUN": Seen(member=True, active=False),
    }


async def test_long_lists_are_read_to_the_end_and_no_further(
    slack: Playground, chat: SlackChat
) -> None:
    assert (await chat.look(["U0EVE"]))["U0EVE"].member is True
    assert calls(slack, "users.list") == 3
    assert (await chat.look([CROWD[0].id]))[CROWD[0].id].member is True
    assert calls(slack, "users.list") == 4
    asked = [given for name, given in slack.calls if name == "users.list"]
    assert {given["limit"] for given in asked} == {"200"}


@pytest.mark.parametrize(
    "flaw",
    [
        {"restricted": True},
        {"ultra_restricted": True},
        {"stranger": True},
        {"deleted": True},
        {"bot": True},
    ],
    ids=lambda flaw: next(iter(flaw)),
)
async def test_guests_strangers_bots_and_those_who_left_are_no_members(
    slack: Playground, chat: SlackChat, flaw: dict[str, bool]
) -> None:
    assert (await chat.look(["U0ADA"]))["U0ADA"].member is True
    slack.change_member(replace(ADA, **flaw))
    assert (await chat.look(["U0ADA"]))["U0ADA"] == Seen(member=False)


async def test_whom_slack_does_not_know_is_no_member(chat: SlackChat) -> None:
    assert (await chat.look(["U0NOT"]))["U0NOT"] == Seen(member=False)


async def test_who_wants_peace_now_is_known_with_the_end_of_it(
    slack: Playground, chat: SlackChat, clock: FakeClock
) -> None:
    start, end = (int((NOW + hours(n)).timestamp()) for n in (-1, 2))
    slack.workspace.quiet_hours["U0ADA"] = (start, end)
    slack.workspace.quiet_hours["U0GRACE"] = (end, end + 3600)
    seen = await chat.look(USERS)
    assert seen["U0ADA"].quiet_until == NOW + hours(2)
    assert seen["U0GRACE"].quiet_until is None
    clock.go_on(hours(2))
    seen = await chat.look(USERS)
    assert seen["U0ADA"].quiet_until is None
    assert seen["U0GRACE"].quiet_until == NOW + hours(3)


async def test_quiet_hours_are_asked_of_fifty_at_a_time(slack: Playground, chat: SlackChat) -> None:
    await chat.look([member.id for member in CROWD[:120]])
    asked = [given["users"].split(",") for name, given in slack.calls if name == "dnd.teamInfo"]
    assert [len(users) for users in asked] == [50, 50, 20]


async def test_activity_is_asked_in_turn_and_remembered_for_a_while(
    slack: Playground, chat: SlackChat, clock: FakeClock
) -> None:
    users = [member.id for member in CROWD[:100]]
    known = []
    for _ in range(3):
        seen = await chat.look(users)
        known.append(sum(one.active is True for one in seen.values()))
        clock.go_on(minutes(5))
    assert known == [ASKED_AT_A_TIME, 2 * ASKED_AT_A_TIME, 100]
    assert calls(slack, "users.getPresence") == 3 * ASKED_AT_A_TIME
    clock.go_on(ACTIVE_FOR)
    seen = await chat.look(users)
    assert sum(one.active is not None for one in seen.values()) == ASKED_AT_A_TIME


async def test_only_members_are_asked_about_any_further(slack: Playground, chat: SlackChat) -> None:
    slack.change_member(replace(GRACE, restricted=True))
    await chat.look(USERS)
    told = [given for name, given in slack.calls if name in ("dnd.teamInfo", "users.getPresence")]
    assert "U0GRACE" not in str(told)
    assert "U0ADA" in str(told)


FAULTS = [
    Fault.SERVER_ERROR,
    Fault.HALF_RESPONSE,
    Fault.DROP_BEFORE,
    Fault.ERROR("missing_scope"),
    Fault.RATE_LIMITED(30),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.error or fault.kind.name)
@pytest.mark.parametrize("method", ["dnd.teamInfo", "users.getPresence"])
async def test_a_part_that_fails_leaves_its_own_facts_unknown(
    slack: Playground, chat: SlackChat, method: str, fault: Fault
) -> None:
    end = NOW + hours(1)
    slack.workspace.quiet_hours["U0ADA"] = (1, int(end.timestamp()))
    slack.fail(method, fault, times=None)
    seen = (await chat.look(["U0ADA"]))["U0ADA"]
    assert seen.member is True
    failed = method == "dnd.teamInfo"
    assert seen.quiet_until == (None if failed else end)
    assert seen.active is (True if failed else None)
    slack.heal()
    whole = Seen(member=True, active=True, quiet_until=end)
    assert (await chat.look(["U0ADA"]))["U0ADA"] == whole


async def test_activity_is_not_asked_again_and_again_where_slack_does_not_answer(
    slack: Playground, chat: SlackChat
) -> None:
    slack.fail("users.getPresence", Fault.RATE_LIMITED(30), times=None)
    await chat.look([member.id for member in CROWD[:40]])
    assert calls(slack, "users.getPresence") == 1


@pytest.mark.parametrize("method", ["users.list", "auth.test"])
async def test_without_the_list_nothing_is_known(
    slack: Playground, looking: Looking, method: str
) -> None:
    slack.fail(method, Fault.SERVER_ERROR)
    with pytest.raises(Unreachable):
        await looking().look(USERS)
    slack.fail(method, Fault.ERROR("missing_scope"))
    with pytest.raises(Undelivered, match="missing_scope"):
        await looking().look(USERS)
    assert len(await looking().look(USERS)) == 3


async def test_where_slack_asks_to_slow_down_the_list_is_read_more_slowly(
    slack: Playground, looking: Looking
) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    slack.fail("users.list", Fault.RATE_LIMITED(7))
    assert (await looking(pause).look(["U0ADA"]))["U0ADA"].member is True
    assert waited == [7.0]
    slack.fail("users.list", Fault.RATE_LIMITED(7), times=2)
    with pytest.raises(Undelivered) as refused:
        await looking(pause).look(["U0ADA"])
    assert refused.value.retry_after == timedelta(seconds=7)


async def test_no_name_and_no_token_stands_in_the_log(
    slack: Playground, chat: SlackChat, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("dnd.teamInfo", Fault.ERROR("missing_scope"))
    slack.fail("users.getPresence", Fault.DROP_BEFORE)
    with caplog.at_level(logging.DEBUG, logger="bot"):
        await chat.look(USERS)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "who is not to be disturbed: missing_scope" in said
    assert "who is active" in said
    for secret in (BOT_TOKEN, "U0ADA", "Ada"):
        assert secret not in said


async def test_nobody_to_look_for_is_no_trouble(slack: Playground, chat: SlackChat) -> None:
    assert await chat.look([]) == {}
    assert calls(slack, "dnd.teamInfo") == 0


async def test_whoever_has_left_the_workspace_is_not_asked(house: House) -> None:
    house.slack.change_member(replace(ADA, deleted=True))
    await house.circumstances.look()
    signoff = await house.ask()
    assert "ada" not in signoff.asked
    assert "grace" in signoff.asked


async def test_whoever_wants_peace_until_it_expires_is_asked_last(house: House) -> None:
    until = int((NOW + hours(20)).timestamp())
    house.slack.workspace.quiet_hours[JUN.id] = (1, until)
    house.slack.workspace.quiet_hours[GRACE.id] = (1, until)
    await house.circumstances.look()
    assert (await house.ask()).asked[0] == "ada"

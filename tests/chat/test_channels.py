"""Who reads along? Where another organisation does, nothing of ours hangs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.slack.channels import AT_THE_LATEST, KEEP, SHARED
from bot.chat.slack.rendering import TAKEN_DOWN
from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.reconciler import SWEEP_EVERY
from bot.playground.faults import Fault
from bot.playground.things import Message
from tests.builders import a_click, minutes
from tests.chat.asking import answered, shared
from tests.chat.house import House, a_house, words_in

INFO = "conversations.info"
DMS = {"@U0ADA", "@U0GRACE"}

Sharing = Callable[[House], None]
WAYS: dict[str, Sharing] = {
    "shared": lambda house: house.slack.admin.share("C0PAY"),
    "about to be": lambda house: house.slack.admin.share("C0PAY", pending=True),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, fallback="C0PLAT") as house:
        yield house


def places(house: House, signoff: Signoff) -> set[str]:
    """Where a card of this signoff hangs."""
    lead = f"card {signoff.id} "
    found = set()
    for channel in house.slack.workspace.channels:
        for message in house.slack.messages(channel):
            mark = (message.metadata or {}).get("event_payload", {}).get("mark", "")
            if mark.startswith(lead) and message.text != TAKEN_DOWN:
                found.add(mark.removeprefix(lead))
    return found


def alarms(house: House) -> list[Message]:
    return [m for m in house.slack.messages("C0PLAT") if "cannot hang in C0PAY" in m.text]


async def pass_time(house: House, *lengths: timedelta) -> None:
    for length in lengths:
        house.clock.go_on(length)
        await house.reconciler.beat()
        await house.settle()


async def is_shared_now(house: House) -> None:
    """Slack says so, as it does when somebody accepts an invitation."""
    event = {"type": "channel_shared", "connected_team_id": "T0ELSE", "channel": "C0PAY"}
    assert (await house.slack.send_event(event)).ok
    await house.room.channels.errands.finish()


@pytest.mark.parametrize("way", WAYS)
async def test_no_card_hangs_where_another_organisation_reads_along(
    house: House, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    WAYS[way](house)
    with caplog.at_level(logging.ERROR):
        signoff = await house.ask()
    assert places(house, signoff) == {"C0PLAT", *DMS}
    assert house.slack.messages("C0PAY") == []
    assert f"no card hangs in C0PAY: {SHARED}" in caplog.text
    [told] = alarms(house)
    assert SHARED in told.text
    assert len(house.room.channels.warnings) == 1
    assert "C0PAY" not in house.room.channels.warnings[0]


async def test_in_one_that_is_not_shared_it_does(house: House) -> None:
    signoff = await house.ask()
    assert places(house, signoff) == {"C0PAY", *DMS}
    assert house.room.channels.warnings == []


async def test_nor_does_anything_that_is_said_below_a_card(house: House) -> None:
    signoff = await house.ask()
    house.slack.admin.share("C0PAY")
    house.clock.go_on(KEEP)
    said = len(house.slack.messages("C0PAY"))
    await house.signoffs.inquire(a_click(signoff), "Why retry twice?")
    await house.settle()
    assert len(house.slack.messages("C0PAY")) == said


async def test_if_it_is_shared_later_what_hangs_there_is_taken_down(house: House) -> None:
    signoff = await house.ask()
    house.slack.admin.share("C0PAY")
    await is_shared_now(house)
    await pass_time(house, KEEP)
    assert places(house, signoff) == {"C0PLAT", *DMS}
    for message in house.slack.messages("C0PAY"):
        assert message.text == words_in(message.blocks) == TAKEN_DOWN
    await house.signoffs.review(a_click(signoff), Verdict.APPROVE)
    await house.settle()
    assert (await house.now(signoff)).status is Status.APPROVED
    assert {m.text for m in house.slack.messages("C0PAY")} == {TAKEN_DOWN}


async def test_without_a_word_from_slack_it_is_seen_within_the_hour(house: House) -> None:
    signoff = await house.ask()
    await house.room.channels.beat()
    house.slack.admin.share("C0PAY")
    house.clock.go_on(AT_THE_LATEST - minutes(1))
    await house.room.channels.beat()
    await house.room.channels.errands.finish()
    await pass_time(house, minutes(0))
    assert places(house, signoff) == {"C0PAY", *DMS}
    house.clock.go_on(minutes(1))
    await house.room.channels.beat()
    await house.room.channels.errands.finish()
    await pass_time(house, KEEP)
    assert places(house, signoff) == {"C0PLAT", *DMS}


async def test_once_it_is_ours_alone_again_the_card_is_back(house: House) -> None:
    signoff = await house.ask()
    before = len(house.slack.messages("C0PAY"))
    house.slack.admin.share("C0PAY")
    await is_shared_now(house)
    await pass_time(house, KEEP)
    house.slack.admin.unshare("C0PAY")
    await pass_time(house, SWEEP_EVERY, SWEEP_EVERY, minutes(1))
    assert places(house, signoff) == {"C0PAY", "C0PLAT", *DMS}
    hung = house.slack.messages("C0PAY")
    assert len(hung) == before
    assert TAKEN_DOWN not in {message.text for message in hung}


async def test_what_was_decided_before_stays_as_all_else_that_was_said(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.review(a_click(signoff), Verdict.REJECT, reason="It retries twice.")
    await house.settle()
    house.slack.admin.share("C0PAY")
    await is_shared_now(house)
    await pass_time(house, KEEP)
    assert TAKEN_DOWN not in {m.text for m in house.slack.messages("C0PAY")}


async def test_while_slack_does_not_say_nothing_new_hangs(house: House) -> None:
    house.slack.fail(INFO, Fault.SERVER_ERROR, times=None)
    signoff = await house.ask()
    assert places(house, signoff) == DMS
    house.slack.heal()
    await pass_time(house, *[minutes(1)] * 3)
    assert places(house, signoff) == {"C0PAY", *DMS}


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RATE_LIMITED(5)], ids=str)
async def test_what_it_said_before_is_good_for_an_hour_then(house: House, fault: Fault) -> None:
    await house.ask()
    house.slack.fail(INFO, fault, times=None)
    house.clock.go_on(AT_THE_LATEST - minutes(1))
    signoff = await house.ask(key="another", repository="acme/payments-web")
    assert "C0PAY" in places(house, signoff)


async def test_it_is_asked_once_a_minute_at_most(house: House) -> None:
    for number in range(5):
        await house.ask(key=f"deploy/{number}", repository=f"acme/payments-{number}")
    asked = [arguments for method, arguments in house.slack.calls if method == INFO]
    assert [it["channel"] for it in asked] == ["C0PAY"]


async def test_without_the_scope_cards_hang_and_the_operator_is_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.slack.fail(INFO, Fault.ERROR("missing_scope"), times=None)
    with caplog.at_level(logging.ERROR):
        signoff = await house.ask()
    assert places(house, signoff) == {"C0PAY", *DMS}
    assert "channels:read and groups:read" in caplog.text
    assert "channels:read and groups:read" in house.room.channels.warnings[0]
    house.slack.heal()
    house.clock.go_on(KEEP)
    await house.ask(key="another", repository="acme/payments-web")
    assert house.room.channels.warnings == []


async def test_an_answer_is_not_shared_there_either(house: House) -> None:
    await house.ask()
    assert "Only you" not in words_in((await shared(house, "U0ADA", "status sgn_1 --share")).blocks)
    house.slack.admin.share("C0PAY")
    message = await answered(house, "U0ADA", "status sgn_1 --share")
    assert "another organisation may read along" in words_in(message.blocks)


@pytest.mark.parametrize("error", ["channel_not_found", "missing_scope"])
async def test_nor_where_nobody_can_say(house: House, error: str) -> None:
    await house.ask()
    house.slack.fail(INFO, Fault.ERROR(error), times=None)
    message = await answered(house, "U0ADA", "status sgn_1 --share")
    assert "Slack does not say whether" in words_in(message.blocks)

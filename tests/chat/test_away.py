"""Can a person say that they are away, until when, and who stands in for them?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.home.away import (
    NO_COLLEAGUE,
    NO_DAY,
    NOT_LATER,
    NOT_ONESELF,
    TOO_FAR,
    absence_of,
    away_buttons,
    away_form,
    away_said,
)
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import Submission
from bot.chat.slack.richtext import rich_text
from bot.engine.personal import Away
from bot.playground.blocks import judge_blocks, judge_view
from bot.playground.faults import Fault
from tests.builders import NOW, ROSTER, a_person, hours, with_person
from tests.chat.house import ADA, House, a_house, words_in

GO, BACK = "signoff_go_away", "signoff_come_back"
TOKYO = with_person(ROSTER, a_person("ada", timezone="Asia/Tokyo"), "payments-seniors")


async def at_home(house: House, word: str = "", user: str = "U0ADA") -> str:
    await house.slack.open_home(user)
    return await shown(house, word, user)


async def shown(house: House, word: str = "", user: str = "U0ADA") -> str:
    """What stands on the page once it is true."""
    await house.settle()
    text = words_in(house.slack.home(user))
    assert word in text
    return text


async def leave(house: House, user: str = "U0ADA", **answers: Any) -> Any:
    """Press "I am away…", and send the form."""
    await at_home(house, user=user)
    await house.slack.click_on_home(user, GO)
    return await house.slack.submit(user, answers)


def a_form(back_on: object = None, deputy: object = None) -> Submission:
    answers: dict[str, Any] = {
        "back_on": {"back_on": {"type": "datepicker", "selected_date": back_on}},
        "deputy": {"deputy": {"type": "users_select", "selected_user": deputy}},
    }
    clicker = Clicker(user="U0ADA", team="T0PLAY")
    return Submission(id="x", clicker=clicker, metadata="", answers=answers, blocks=tuple(answers))


def read(form: Submission, timezone: str = "UTC", now: datetime = NOW) -> Any:
    person = a_person("ada", timezone=timezone)
    return absence_of(form.day("back_on"), form.user("deputy"), person, ROSTER, now)


# Until when.


@pytest.mark.parametrize(
    ("timezone", "until"),
    [
        ("UTC", datetime(2026, 12, 7, 0, 0, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 12, 6, 15, 0, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 12, 7, 8, 0, tzinfo=UTC)),
        ("Nowhere/Atall", datetime(2026, 12, 7, 0, 0, tzinfo=UTC)),
    ],
)
def test_one_is_back_when_the_day_begins_where_one_lives(timezone: str, until: datetime) -> None:
    assert read(a_form("2026-12-07"), timezone) == Away(until)


def test_today_is_what_it_is_where_one_lives() -> None:
    """Monday 20:00 in London is Tuesday in Tokyo."""
    evening = NOW + hours(10)
    assert read(a_form("2026-11-24"), "Asia/Tokyo", evening) == {"back_on": NOT_LATER}
    assert isinstance(read(a_form("2026-11-24"), "Europe/London", evening), Away)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-23", NOT_LATER),
        ("2020-01-01", NOT_LATER),
        ("0001-01-01", NOT_LATER),
        ("2026-02-30", NO_DAY),
        ("soon", NO_DAY),
        ("2028-01-01", TOO_FAR),
        ("9999-12-31", TOO_FAR),
    ],
)
def test_a_day_that_cannot_be_is_refused_where_it_stands(day: str, why: str) -> None:
    assert read(a_form(day)) == {"back_on": why}
    assert isinstance(read(a_form("2026-11-24")), Away)


def test_both_may_stay_empty() -> None:
    assert read(a_form()) == Away(None, "")


@given(st.text() | st.none() | st.integers(), st.text() | st.none() | st.integers())
def test_whatever_a_form_holds_it_is_an_absence_or_a_correction(day: Any, user: Any) -> None:
    found = read(a_form(day, user))
    assert isinstance(found, Away) or set(found) <= {"back_on", "deputy"}


# Who stands in.


@pytest.mark.parametrize(
    ("user", "why"), [("U0ADA", NOT_ONESELF), ("U0EVE", NO_COLLEAGUE), ("U0BOT", NO_COLLEAGUE)]
)
def test_a_deputy_is_somebody_else_in_the_roster(user: str, why: str) -> None:
    assert read(a_form(deputy=user)) == {"deputy": why}
    assert read(a_form(deputy="U0GRACE")) == Away(None, "grace")


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert set(read(a_form("2020-01-01", "U0ADA"))) == {"back_on", "deputy"}


@pytest.mark.parametrize("away", [None, Away(None), Away(NOW + hours(48), "grace")])
def test_slack_takes_the_section_and_the_form(away: Away | None) -> None:
    said = rich_text("said", away_said(away, ROSTER))
    buttons = {"type": "actions", "block_id": "do", "elements": away_buttons(away)}
    assert judge_blocks([said, buttons], "home").problems == []
    form = away_form(away, a_person("ada"), ROSTER)
    assert judge_view(form, "modal").problems == []


def test_the_form_begins_with_what_was_said_before() -> None:
    away = Away(datetime(2026, 12, 6, 15, 0, tzinfo=UTC), "grace")
    form = away_form(away, a_person("ada", timezone="Asia/Tokyo"), ROSTER)
    elements = [block["element"] for block in form["blocks"] if "element" in block]
    assert elements[0]["initial_date"] == "2026-12-07"
    assert elements[1]["initial_user"] == "U0GRACE"
    gone = away_form(replace(away, deputy="gone"), a_person("ada"), ROSTER)
    assert "initial_user" not in gone["blocks"][2]["element"]


# The way through Slack.


async def test_one_goes_away_with_a_deputy_and_comes_back(tmp_path: Path) -> None:
    async with a_house(tmp_path, None, TOKYO) as house:
        assert "You are asked as usual." in await at_home(house)
        assert (await leave(house, back_on="2026-12-07", deputy="U0GRACE")).ok
        away = await house.personal.away("ada")
        assert away == Away(datetime(2026, 12, 6, 15, 0, tzinfo=UTC), "grace")
        text = await shown(house, "You are away.")
        assert "You are away. Back: 2026-12-06 15:00 UTC. Grace stands in for you." in text
        await house.slack.click_on_home("U0ADA", BACK)
        assert await house.personal.away("ada") is None
        await shown(house, "You are asked as usual.")


async def test_whoever_is_away_is_not_asked_while_others_are_there(house: House) -> None:
    assert (await leave(house)).ok
    asked = (await house.ask()).asked
    assert "ada" not in asked
    assert "grace" in asked
    await at_home(house, "I am back")
    await house.slack.click_on_home("U0ADA", BACK)
    again = await house.ask(key="payments-api/deploy/4712", repository="acme/payments-web")
    assert "ada" in again.asked


async def test_without_a_day_one_is_away_until_one_says_otherwise(house: House) -> None:
    assert (await leave(house)).ok
    assert await house.personal.away("ada") == Away(None, "")
    assert "You are away until you say that you are back." in await at_home(house, "away until")


async def test_when_the_day_has_come_one_is_back_by_itself(house: House) -> None:
    assert (await leave(house, back_on="2026-11-24")).ok
    house.clock.go_on(hours(15))
    assert await house.personal.away("ada") is None
    assert "You are asked as usual." in await at_home(house, "as usual")


async def test_it_can_be_changed(house: House) -> None:
    assert (await leave(house, back_on="2026-12-07", deputy="U0GRACE")).ok
    await at_home(house, "Change…")
    await house.slack.click_on_home("U0ADA", GO)
    assert (await house.slack.submit("U0ADA", {"back_on": "2026-12-14"})).ok
    assert await house.personal.away("ada") == Away(datetime(2026, 12, 14, tzinfo=UTC), "grace")


async def test_what_is_wrong_is_said_in_the_form(house: House) -> None:
    answer = await leave(house, back_on="2026-11-23", deputy="U0ADA")
    assert answer.errors == {"back_on": NOT_LATER, "deputy": NOT_ONESELF}
    assert await house.personal.away("ada") is None
    assert (await house.slack.submit("U0ADA", {"back_on": "2026-11-24", "deputy": None})).ok
    assert await house.personal.away("ada") is not None


async def test_only_ones_own_absence_is_changed(house: House) -> None:
    assert (await leave(house)).ok
    assert (await leave(house, "U0GRACE", back_on="2026-12-07")).ok
    assert await house.personal.away("ada") == Away(None)
    assert await house.personal.away("kim") is None


async def test_a_guest_is_refused(house: House) -> None:
    await at_home(house)
    await house.slack.click_on_home("U0ADA", GO)
    house.clock.go_on(hours(0.02))
    house.slack.change_member(replace(ADA, restricted=True))
    await house.slack.submit("U0ADA", {})
    modal = house.slack.modal("U0ADA")
    assert modal is not None
    assert "a guest account" in words_in(modal.blocks)
    assert await house.personal.away("ada") is None


@pytest.mark.parametrize("button", [GO, BACK])
async def test_a_button_pressed_by_a_guest_does_nothing(house: House, button: str) -> None:
    assert (await leave(house)).ok
    await at_home(house, "I am back")
    house.clock.go_on(hours(0.02))
    house.slack.change_member(replace(ADA, restricted=True))
    await house.slack.click_on_home("U0ADA", button)
    modal = await house.slack.wait_for(lambda: house.slack.modal("U0ADA"))
    assert modal is not None
    assert "a guest account" in words_in(modal.blocks)
    assert await house.personal.away("ada") == Away(None)


async def test_while_slack_is_unsure_who_it_is_nothing_is_recorded(house: House) -> None:
    await at_home(house)
    await house.slack.click_on_home("U0ADA", GO)
    house.clock.go_on(hours(0.02))
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    answer = await house.slack.submit("U0ADA", {"back_on": "2026-12-07"})
    assert "try again" in answer.errors["back_on"]
    assert await house.personal.away("ada") is None
    assert (await house.slack.submit("U0ADA", {})).ok
    assert await house.personal.away("ada") is not None


async def test_whoever_the_roster_does_not_know_has_no_such_buttons(house: House) -> None:
    text = await at_home(house, "roster", "U0EVE")
    assert "I am away" not in text

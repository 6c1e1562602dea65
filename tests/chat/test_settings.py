"""Can a person say when they work, when they want their peace, and that they want a daily list?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.home.settings import (
    BACKWARDS,
    NO_HOURS,
    NO_TIME,
    settings_form,
    tidied,
    wishes_of,
    wishes_said,
)
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import Submission
from bot.chat.slack.richtext import rich_text
from bot.domain.calendar import working_hours
from bot.domain.people import Person
from bot.domain.quiet import window
from bot.engine.personal import Preferences
from bot.playground.blocks import judge_blocks, judge_view
from bot.playground.faults import Fault
from tests.builders import a_person, minutes
from tests.chat.house import ADA, House, words_in

SETTINGS = "signoff_settings"

ALL = Preferences(hours="07:00-15:00", quiet="20:00-08:00", digest=True)
LONDON = a_person("ada", timezone="Europe/London", hours="09:00-17:30")


def a_form(hours: object = None, quiet: object = None, digest: object = ()) -> Submission:
    answers: dict[str, Any] = {
        "hours": {"hours": {"type": "plain_text_input", "value": hours}},
        "quiet": {"quiet": {"type": "plain_text_input", "value": quiet}},
        "digest": {"digest": {"type": "checkboxes", "selected_options": digest}},
    }
    clicker = Clicker(user="U0ADA", team="T0PLAY")
    return Submission(id="x", clicker=clicker, metadata="", answers=answers, blocks=tuple(answers))


# What the form says.


def test_all_may_stay_empty() -> None:
    assert wishes_of(a_form()) == Preferences()


def test_each_is_kept_as_it_was_said() -> None:
    assert wishes_of(a_form("07:00-15:00", "20:00-08:00", [{"value": "yes"}])) == ALL


@pytest.mark.parametrize(
    "written",
    ["09:00-17:30", "9:00 - 17:30", "9.00–17.30", " 9—17:30 ", "9h00-17h30", "9 to 17:30",
     "09:00 until 17:30"],
)  # fmt: skip
def test_people_write_hours_in_many_ways(written: str) -> None:
    assert wishes_of(a_form(written)) == Preferences(hours="09:00-17:30")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("whenever", NO_HOURS),
        ("9", NO_HOURS),
        ("9-17-18", NO_HOURS),
        ("25:00-26:00", NO_HOURS),
        ("09:00-17:60", NO_HOURS),
        ("-", NO_HOURS),
        ("\u0660\u0669:00-17:30", NO_HOURS),
        ("17:30-09:00", BACKWARDS),
        ("09:00-09:00", NO_TIME),
        ("00:00-00:00", NO_TIME),
        ("99-99", NO_HOURS),
    ],
)
def test_working_hours_that_cannot_be_are_refused_where_they_stand(written: str, why: str) -> None:
    assert wishes_of(a_form(written, "20:00-08:00")) == {"hours": why}


@pytest.mark.parametrize(
    ("written", "why"),
    [("at night", NO_HOURS), ("20:00", NO_HOURS), ("8-8", NO_TIME), ("20:00-24:00", NO_HOURS)],
)
def test_quiet_hours_that_cannot_be_are_refused_where_they_stand(written: str, why: str) -> None:
    assert wishes_of(a_form("09:00-17:00", written)) == {"quiet": why}


def test_the_quiet_goes_over_midnight_and_work_does_not() -> None:
    assert wishes_of(a_form(quiet="20-8")) == Preferences(quiet="20:00-08:00")
    assert wishes_of(a_form("20-8")) == {"hours": BACKWARDS}


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert wishes_of(a_form("x", "y")) == {"hours": NO_HOURS, "quiet": NO_HOURS}


_ANY = st.text() | st.none() | st.integers() | st.from_regex(r"[0-9:.h–-]{0,12}")


@given(_ANY, _ANY, st.none() | st.lists(st.none() | st.dictionaries(st.text(), st.text())))
def test_whatever_it_holds_what_is_kept_can_be_used(hours: Any, quiet: Any, ticked: Any) -> None:
    found = wishes_of(a_form(hours, quiet, ticked))
    if not isinstance(found, Preferences):
        assert set(found) <= {"hours", "quiet"}
        return
    assert not found.quiet or window(found.quiet)
    if found.hours:
        used = working_hours(found.hours, "UTC")
        assert f"{used.start:%H:%M}-{used.end:%H:%M}" == found.hours


@given(st.text())
def test_what_is_tidy_stays_as_it_is(written: str) -> None:
    assert tidied(tidied(written)) == tidied(written)


# How it looks.


@pytest.mark.parametrize("wishes", [Preferences(), ALL])
@pytest.mark.parametrize("person", [LONDON, a_person("ada", timezone="Nowhere", hours="x" * 500)])
def test_slack_takes_the_form_and_the_line(wishes: Preferences, person: Person) -> None:
    assert judge_view(settings_form(wishes, person), "modal").problems == []
    assert judge_blocks([rich_text("said", wishes_said(wishes, person))], "home").problems == []


def test_the_form_begins_with_what_was_said_before() -> None:
    elements = [b["element"] for b in settings_form(ALL, LONDON)["blocks"] if "element" in b]
    assert [e.get("initial_value") for e in elements[:2]] == ["07:00-15:00", "20:00-08:00"]
    assert "initial_options" in elements[2]
    empty = [b["element"] for b in settings_form(Preferences(), LONDON)["blocks"] if "element" in b]
    assert not any({"initial_value", "initial_options"} & set(e) for e in empty)


def test_the_line_says_what_holds_and_where_it_comes_from() -> None:
    said = words_in(wishes_said(Preferences(), LONDON))
    assert said == (
        "Working hours 09:00-17:30, as configured · no quiet hours · no daily list (Europe/London)."
    )
    said = words_in(wishes_said(ALL, LONDON))
    assert said == ("Working hours 07:00-15:00 · quiet 20:00-08:00 · a daily list (Europe/London).")


# The way through Slack.


async def at_home(house: House, user: str = "U0ADA") -> str:
    await house.slack.open_home(user)
    await house.settle()
    return words_in(house.slack.home(user))


async def say(house: House, user: str = "U0ADA", **answers: Any) -> Any:
    """Press "Settings…", and send the form."""
    await at_home(house, user)
    await house.slack.click_on_home(user, SETTINGS)
    return await house.slack.submit(user, answers)


async def test_what_is_said_is_kept_and_stands_on_the_page(house: House) -> None:
    assert (await say(house, hours="7-15", quiet="20-8", digest=["yes"])).ok
    assert await house.personal.preferences("ada") == ALL
    await house.settle()
    assert "quiet 20:00-08:00 · a daily list" in words_in(house.slack.home("U0ADA"))


async def test_it_can_be_taken_back(house: House) -> None:
    assert (await say(house, hours="7-15", quiet="20-8", digest=["yes"])).ok
    assert (await say(house, hours="", quiet="", digest=[])).ok
    assert await house.personal.preferences("ada") == Preferences()


async def test_what_is_wrong_is_said_in_the_form(house: House) -> None:
    answer = await say(house, hours="late", quiet="8-8")
    assert answer.errors == {"hours": NO_HOURS, "quiet": NO_TIME}
    assert await house.personal.preferences("ada") == Preferences()
    assert (await house.slack.submit("U0ADA", {"hours": "7-15", "quiet": ""})).ok
    assert await house.personal.preferences("ada") == Preferences(hours="07:00-15:00")


async def test_only_ones_own_settings_are_changed(house: House) -> None:
    assert (await say(house, hours="7-15")).ok
    assert await house.personal.preferences("grace") == Preferences()


async def test_a_guest_can_neither_open_nor_send_it(house: House) -> None:
    await at_home(house)
    await house.slack.click_on_home("U0ADA", SETTINGS)
    house.clock.go_on(minutes(2))
    house.slack.change_member(replace(ADA, restricted=True))
    await house.slack.submit("U0ADA", {"hours": "7-15"})
    modal = house.slack.modal("U0ADA")
    assert modal is not None
    assert "a guest account" in words_in(modal.blocks)
    assert await house.personal.preferences("ada") == Preferences()


async def test_while_slack_is_unsure_who_it_is_nothing_is_recorded(house: House) -> None:
    await at_home(house)
    await house.slack.click_on_home("U0ADA", SETTINGS)
    house.clock.go_on(minutes(2))
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    answer = await house.slack.submit("U0ADA", {"hours": "7-15"})
    assert "try again" in answer.errors["hours"]
    assert await house.personal.preferences("ada") == Preferences()


async def test_whoever_the_roster_does_not_know_has_no_such_button(house: House) -> None:
    assert "Settings…" not in await at_home(house, "U0EVE")
    assert "Settings…" in await at_home(house, "U0ADA")

"""Does every card have the buttons of its state, and no others?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.slack import names
from bot.chat.slack.blocks import blocks_of
from bot.chat.slack.buttons import actions
from bot.chat.slack.subjects import is_subject
from bot.domain.card import Card, card_of
from bot.domain.events import Renewed
from bot.domain.signoff import Signoff, Status
from bot.playground.blocks import judge_blocks
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_change,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    minutes,
    rejects,
    superseded,
    time_passes,
    withdrawn,
)
from tests.domain.test_progress import CLAIMED, SETTLED

GRACE = a_requirement(grace=minutes(1))
SETTLING = after(a_signoff(requirement=GRACE), approves("ada"))
EXPIRED = after(a_signoff(), time_passes(NOW + hours(8)))

MENU = ["note", "inquire", "delegate", "snooze"]
WAITING = ["Approve", "Reject…", "Details", "I am on it"]
BY_FORM = ["Approve…", "Reject…", "Details", "I am on it"]

STATES: dict[str, tuple[Signoff, list[str], list[str]]] = {
    "new": (a_signoff(), WAITING, MENU),
    "claimed": (after(a_signoff(), CLAIMED), WAITING, MENU),
    "a reason is needed": (
        a_signoff(requirement=a_requirement(approve_reason=True)),
        BY_FORM,
        MENU[1:],
    ),
    "a checklist is needed": (
        a_signoff(requirement=a_requirement(checklist=("rollback",))),
        BY_FORM,
        MENU[1:],
    ),
    "one of two": (
        after(a_signoff(an_ask(2)), approves("ada")),
        WAITING,
        [*MENU, "take_back"],
    ),
    "settling": (SETTLING, ["Undo", "Reject…", "Details"], []),
    "approved": (after(SETTLING, SETTLED), [], []),
    "rejected": (after(a_signoff(), rejects()), [], []),
    "expired": (EXPIRED, ["Ask again"], []),
    "asked for again": (after(EXPIRED, Renewed(renewed_as="sgn_2", by="jun", at=SOON)), [], []),
    "superseded": (after(a_signoff(), superseded()), [], []),
    "withdrawn": (after(a_signoff(), withdrawn()), [], []),
    "overridden": (
        replace(a_signoff(), status=Status.OVERRIDDEN, decided_at=SOON, ended_by="pat"),
        [],
        [],
    ),
    "nobody asked": (a_signoff(an_ask(0)), [], []),
}


def card(signoff: Signoff) -> Card:
    return card_of(signoff, ROSTER)


def elements(signoff: Signoff) -> list[dict[str, Any]]:
    rows = [block for block in blocks_of(card(signoff)) if block["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


def labels(signoff: Signoff) -> list[str]:
    return [it["text"]["text"] for it in elements(signoff) if it["type"] == "button"]


def menu(signoff: Signoff) -> list[str]:
    menus = [it for it in elements(signoff) if it["type"] == "overflow"]
    return [option["value"] for it in menus for option in it["options"]]


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_buttons(state: str) -> None:
    signoff, buttons, options = STATES[state]
    assert labels(signoff) == buttons
    assert menu(signoff) == options


def test_every_status_is_looked_at() -> None:
    assert {signoff.status for signoff, _, _ in STATES.values()} == set(Status)


@pytest.mark.parametrize("state", STATES)
def test_every_button_carries_what_a_press_is_about(state: str) -> None:
    signoff = STATES[state][0]
    for element in elements(signoff):
        if element["type"] == "button":
            assert json.loads(element["value"]) == {
                "s": signoff.id,
                "r": signoff.change.revision,
                "p": signoff.requirement.policy_digest,
                "on": None,
            }


def test_the_row_itself_can_be_read_like_a_button_and_is_another_with_every_version() -> None:
    first, second = (
        actions(card(it))["block_id"] for it in (a_signoff(), after(a_signoff(), CLAIMED))
    )
    assert is_subject(first)
    assert is_subject(second)
    assert first != second


HALF = after(a_signoff(an_ask(2)), CLAIMED, approves("grace"))


@pytest.mark.parametrize(
    ("reader", "last", "may_take_back"),
    [
        ("", "I am on it", True),
        ("ada", "I am off it", False),
        ("grace", "I am on it", True),
        ("kim", "I am on it", False),
    ],
    ids=["everybody", "who is on it", "who reviewed", "somebody else"],
)
def test_who_reads_alone_is_offered_what_is_theirs_to_undo(
    reader: str, last: str, may_take_back: bool
) -> None:
    [*_, claim, more] = actions(card_of(HALF, ROSTER, reader=reader))["elements"]
    assert claim["text"]["text"] == last
    assert ("take_back" in [it["value"] for it in more["options"]]) is may_take_back


@pytest.mark.parametrize(("reader", "first"), [("", True), ("jun", True), ("ada", False)])
def test_to_ask_again_is_suggested_to_whoever_had_a_part(reader: str, first: bool) -> None:
    [again] = actions(card_of(EXPIRED, ROSTER, reader=reader))["elements"]
    assert again["text"]["text"] == "Ask again"
    assert (again.get("style") == "primary") is first


def test_the_first_element_of_a_row_is_a_button_so_that_a_menu_can_be_read() -> None:
    rows = [elements(signoff) for signoff, _, _ in STATES.values()]
    assert {row[0]["type"] for row in rows if row} == {"button"}


@pytest.mark.parametrize("state", STATES)
def test_labels_are_short_and_a_screen_reader_hears_of_which_change(state: str) -> None:
    for element in elements(STATES[state][0]):
        if element["type"] == "button":
            assert len(element["text"]["text"]) <= 20
            assert "acme/payments-api → production" in element["accessibility_label"]


@pytest.mark.parametrize("state", STATES)
def test_slack_takes_the_card_in_every_state(state: str) -> None:
    report = judge_blocks(blocks_of(card(STATES[state][0])))
    assert report.problems == report.mentions == []


def test_a_place_with_a_long_name_still_fits_the_label() -> None:
    long = a_signoff(change=a_change(repository="r" * 300, environment="e" * 300))
    row = actions(card(long))
    assert judge_blocks([row]).problems == []
    assert row["elements"][0]["action_id"] == names.APPROVE

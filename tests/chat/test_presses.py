"""Is what Slack sends read for what it is, whatever its shape?"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.presses import press_of, submission_of, well_formed
from bot.chat.slack.subjects import GarbledCard, Subject, unpack
from bot.ports import CardRef
from tests.builders import sha

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["selected_option", "selected_user", "selected_date", "value", "type"])

SUBJECT = Subject(
    signoff_id="sgn_1",
    revision=sha("a"),
    policy_digest="sha256:policy-1",
    on=CardRef("C0PAY", "1.5"),
)


def a_press(**facts: Any) -> dict[str, Any]:
    """A button on a message, as Slack tells of it."""
    known: dict[str, Any] = {
        "user": {"id": "U0ADA", "team_id": "T0PLAY"},
        "container": {"type": "message", "message_ts": "1.5", "channel_id": "C0PAY"},
        "actions": [{"action_id": "signoff_approve", "action_ts": "2.5", "value": SUBJECT.pack()}],
        "trigger_id": "t.1",
        "response_url": "https://hooks.slack.com/x",
    }
    return {**known, **facts}


def a_submission(values: Any, **view: Any) -> dict[str, Any]:
    return {
        "user": {"id": "U0ADA", "team_id": "T0PLAY"},
        "view": {"id": "V1", "callback_id": "f", "state": {"values": values}, **view},
    }


def answers(**elements: Any) -> dict[str, Any]:
    return {name: {name: element} for name, element in elements.items()}


def test_a_subject_is_what_it_was_once_it_is_unpacked() -> None:
    assert unpack(SUBJECT.pack(), None) == SUBJECT


def test_a_question_has_its_number_in_what_is_packed() -> None:
    asked = replace(SUBJECT, number=3)
    assert unpack(asked.pack(), None) == asked
    assert '"n"' not in SUBJECT.pack()


@pytest.mark.parametrize("number", [None, "1", 1.0, True, [1], {}])
def test_a_number_that_is_none_is_about_no_question(number: object) -> None:
    packed = json.dumps({**json.loads(SUBJECT.pack()), "n": number})
    assert unpack(packed, None) == SUBJECT


def a_menu(word: str = "snooze", where: str = "message", **row: Any) -> dict[str, Any]:
    """A word chosen in a menu, in one row with a button."""
    button = {"type": "button", "action_id": "signoff_approve", "value": SUBJECT.pack()}
    known = {"type": "actions", "block_id": "decide", "elements": [button, {"type": "overflow"}]}
    chosen = {"action_id": "signoff_more", "action_ts": "2.5", "block_id": "decide"}
    chosen |= {"selected_option": {"value": word}}
    return a_press(actions=[chosen], **{where: {"blocks": [{**known, **row}]}})


@pytest.mark.parametrize("where", ["message", "view"])
def test_of_a_menu_the_word_is_its_own_and_the_rest_that_of_its_row(where: str) -> None:
    press = press_of(a_menu(where=where))
    assert press.value == "snooze"
    assert press.as_button().subject() == SUBJECT
    assert press.as_button().id == press.id


@pytest.mark.parametrize(
    "row",
    [
        {"block_id": "another"},
        {"elements": []},
        {"elements": None},
        {"elements": [None, 5, "button"]},
        {"elements": [{"type": "overflow", "value": SUBJECT.pack()}]},
        {"elements": [{"type": "button", "value": "snooze"}]},
        {"elements": [{"type": "button", "value": {"s": 1}}]},
    ],
)
def test_a_menu_whose_row_says_nothing_is_about_nothing(row: dict[str, Any]) -> None:
    assert press_of(a_menu()).as_button().subject() == SUBJECT
    with pytest.raises(GarbledCard):
        press_of(a_menu(**row)).as_button().subject()


def test_where_slack_keeps_the_message_to_itself_the_name_of_the_row_may_say_it() -> None:
    body = a_menu()
    del body["message"]
    with pytest.raises(GarbledCard):
        press_of(body).as_button().subject()
    body["actions"][0]["block_id"] = SUBJECT.pack()
    assert press_of(body).as_button().subject() == SUBJECT


def test_a_row_without_a_name_is_nobodys() -> None:
    body = a_menu(block_id="")
    body["actions"][0]["block_id"] = ""
    assert press_of(body).beside == ()


@given(JSON, JSON)
def test_whatever_a_row_holds_a_menu_can_be_read(row: Any, option: Any) -> None:
    body = a_menu(elements=row)
    body["actions"][0]["selected_option"] = option
    press = press_of(body)
    press.value.encode()
    with suppress(GarbledCard):
        assert press.as_button().subject().signoff_id


def test_what_is_said_of_a_form_is_said_where_its_card_hangs() -> None:
    form = submission_of(a_submission({}, private_metadata=SUBJECT.pack()))
    assert (form.place().user, form.place().channel) == ("U0ADA", "C0PAY")
    nowhere = replace(SUBJECT, on=None).pack()
    assert submission_of(a_submission({}, private_metadata=nowhere)).place().channel == ""


def test_a_press_on_a_message_knows_the_message_and_its_thread() -> None:
    press = press_of(a_press())
    assert press.on == CardRef("C0PAY", "1.5")
    assert (press.place.channel, press.place.thread) == ("C0PAY", "")
    assert not press.place.in_modal
    container = {"message_ts": "1.5", "channel_id": "C0PAY", "thread_ts": "1.1"}
    assert press_of(a_press(container=container)).place.thread == "1.1"


@pytest.mark.parametrize(("kind", "modal", "home"), [("modal", True, False), ("home", False, True)])
def test_a_press_in_a_view_knows_which_kind_it_is(kind: str, modal: bool, home: bool) -> None:
    container = {"type": "view", "view_id": "V1"}
    press = press_of(a_press(container=container, view={"id": "V1", "type": kind}))
    assert (press.place.in_modal, press.at_home) == (modal, home)
    assert press.on is None


def test_the_same_press_has_the_same_id_and_another_has_another() -> None:
    first, again = press_of(a_press()), press_of(a_press(trigger_id="t.2"))
    assert first.id == again.id
    later = [{"action_id": "signoff_approve", "action_ts": "2.6", "value": ""}]
    assert press_of(a_press(actions=later)).id != first.id


def test_a_form_tells_what_was_chosen_in_it() -> None:
    form = submission_of(
        a_submission(
            answers(
                reason={"type": "plain_text_input", "value": " because \n"},
                finding={"type": "static_select", "selected_option": {"value": "f1"}},
                back_on={"type": "datepicker", "selected_date": "2026-12-07"},
                deputy={"type": "users_select", "selected_user": "U0GRACE"},
                ticks={"type": "checkboxes", "selected_options": [{"value": "0"}]},
            ),
            previous_view_id="V0",
        )
    )
    assert form.text("reason") == "because"
    assert form.chosen("finding") == "f1"
    assert form.day("back_on") == "2026-12-07"
    assert form.user("deputy") == "U0GRACE"
    assert form.ticked("ticks") == ("0",)
    assert form.below == "V0"


def test_what_was_left_empty_is_empty() -> None:
    form = submission_of(
        a_submission(
            answers(
                reason={"type": "plain_text_input", "value": None},
                finding={"type": "static_select", "selected_option": None},
                back_on={"type": "datepicker", "selected_date": None},
                deputy={"type": "users_select", "selected_user": None},
            )
        )
    )
    said = (form.text("reason"), form.chosen("finding"), form.day("back_on"), form.user("deputy"))
    assert said == ("", "", "", "")
    assert form.below == ""
    assert form.text("no such block") == ""


def test_the_same_answers_in_the_same_form_are_the_same_submission() -> None:
    first, again, other = (
        submission_of(a_submission(answers(reason={"value": why}))) for why in ("a", "a", "b")
    )
    assert first.id == again.id
    assert first.id != other.id


@given(st.dictionaries(st.text(max_size=4), st.dictionaries(NAMES, JSON)))
def test_whatever_a_form_holds_it_can_be_read(elements: dict[str, Any]) -> None:
    form = submission_of(a_submission({name: {name: it} for name, it in elements.items()}))
    for name in elements:
        for said in (form.text(name), form.chosen(name), form.day(name), form.user(name)):
            said.encode()
        assert isinstance(form.ticked(name), tuple)


@given(JSON, JSON, JSON)
def test_whatever_a_press_holds_it_can_be_read(view: Any, container: Any, actions: Any) -> None:
    press = press_of(a_press(view=view, container=container, actions=actions))
    press.id.encode()
    with suppress(GarbledCard):
        assert press.subject().signoff_id


VIEW = {"type": "modal", "callback_id": "signoff_form_reject"}


@pytest.mark.parametrize(
    ("body", "without"),
    [
        ({"type": "block_actions", "actions": [{"action_id": "x"}]}, {"actions": [{}]}),
        ({"type": "block_actions", "actions": [{"action_id": "x"}]}, {"actions": []}),
        ({"type": "block_actions", "actions": [{"action_id": "x"}]}, {"actions": [{"action_id": 7}]}),
        ({"type": "block_actions", "actions": [{"action_id": "x"}]}, {"actions": {"action_id": "x"}}),
        ({"type": "view_submission", "view": VIEW}, {"view": {"callback_id": "x"}}),
        ({"type": "view_submission", "view": VIEW}, {"view": {**VIEW, "callback_id": ["x"]}}),
        ({"type": "shortcut", "callback_id": "x"}, {"callback_id": {"x": 1}}),
        ({"type": "event_callback", "event": {"type": "app_home_opened"}}, {"event": {"type": 7}}),
        ({"type": "event_callback", "event": {"type": "app_home_opened"}}, {"event": "x"}),
    ],
)  # fmt: skip
def test_bolt_is_shown_only_what_it_can_look_into(
    body: dict[str, Any], without: dict[str, Any]
) -> None:
    """It breaks on anything else, before a listener of ours is asked."""
    assert well_formed(body)
    assert not well_formed(body | without)

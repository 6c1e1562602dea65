"""Does the room open and close as the house expects?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.chat.slack import names
from bot.chat.slack.api import SlackRefused
from bot.chat.slack.haste import hurry
from bot.chat.slack.identity import Identity
from bot.chat.slack.people import Clicker, People
from bot.domain.errors import ChatUnreachable, GuestMayNotReview
from bot.domain.signoff import Status
from bot.engine.rulebook import Rulebook
from bot.playground.courier import Answer, Delivery
from bot.playground.faults import Fault
from tests.builders import ROSTER, FakeClock, a_policy, minutes
from tests.chat.hand import Hand, subject_of
from tests.chat.house import APPROVE, DETAILS, REJECT, House, a_house

BUTTONS = [
    APPROVE,
    REJECT,
    "signoff_details",
    "signoff_ai_helped",
    "signoff_ai_did_not",
    "signoff_doubt",
    names.CLAIM,
    names.RELEASE,
    names.UNDO,
    names.RENEW,
    names.WITHDRAW,
    names.ANSWER,
    names.NOTE,
    names.INQUIRE,
    names.DELEGATE,
    names.SNOOZE,
    names.TAKE_BACK,
]
"""Those that are about one signoff."""

FORMS = [
    names.INQUIRY_FORM,
    names.ANSWER_FORM,
    names.DELEGATE_FORM,
    names.SNOOZE_FORM,
    names.WITHDRAW_FORM,
    names.REJECT_FORM,
    names.APPROVE_FORM,
]

FOREIGN_URLS = [
    "https://evil.example/response/1",
    "http://127.0.0.1:1/response/1",
    "https://hooks.slack.com.evil.example/x",
    "file:///etc/passwd",
    "not a url",
    "http://[",
]


async def test_it_is_ready_once_slack_knows_us(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        assert not house.room.trouble


async def test_with_slack_down_it_starts_unready_and_decides_once_slack_is_back(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, slack_is_down=True) as house:
        assert house.room.trouble
        house.slack.heal()
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert (await house.now(signoff)).status is Status.APPROVED
        assert not house.room.trouble


async def test_without_a_socket_it_is_not_ready_and_still_closes(tmp_path: Path) -> None:
    async with a_house(tmp_path, by_socket=True, slack_is_down=True) as house:
        assert house.room.trouble
    async with a_house(tmp_path, by_socket=True) as house:
        await house.slack.wait_for(lambda: house.slack.socket_open)
        assert (await house.slack.command("U0ADA", "/signoff", "help")).ok
        assert not house.room.trouble


async def test_who_only_reads_is_looked_up_once_a_minute_and_who_acts_each_time(
    house: House,
) -> None:
    await house.ask()

    def asked(method: str) -> int:
        return [name for name, _ in house.slack.calls].count(method)

    for _ in range(3):
        await house.slack.click("U0KIM", house.card(), DETAILS)
    assert (asked("users.info"), asked("auth.test")) == (1, 1)
    house.clock.go_on(minutes(1.1))
    await house.slack.click("U0KIM", house.card(), DETAILS)
    assert asked("users.info") == 2
    for _ in range(3):
        await house.slack.click("U0KIM", house.card(), APPROVE)
    assert (asked("users.info"), asked("auth.test")) == (5, 1)


@pytest.mark.slack_waits
async def test_all_that_is_asked_of_slack_before_the_answer_shares_one_time(house: House) -> None:
    people = People(
        api=house.room.chat.api,
        identity=Identity(house.room.chat.api),
        rulebook=Rulebook(ROSTER, a_policy()),
        clock=FakeClock(),
    )
    clicker = Clicker(user="U0ADA", team="T0PLAY")
    haste = hurry()
    assert (await people.person(clicker, haste)).id == "ada"
    assert 0 < haste.left < 2.2
    with pytest.raises(ChatUnreachable):
        await people.person(clicker, hurry(0))
    house.slack.fail("users.info", Fault.HANG(5), times=None)
    with pytest.raises(ChatUnreachable):
        await people.person(clicker, hurry(0.05))


@pytest.mark.slack_waits
async def test_however_slow_slack_is_it_has_our_answer_in_time(house: House) -> None:
    signoff = await house.ask()
    house.slack.fail("users.info", Fault.HANG(1.2))
    house.slack.fail("views.open", Fault.HANG(5))
    answer = await house.slack.click("U0ADA", house.card(), REJECT)
    assert (answer.status, answer.trouble) == (200, "")
    assert "did not open the form" in await house.whispered("U0ADA")
    assert (await house.now(signoff)).status is Status.PENDING


async def altered(house: House, answer: Answer, **changes: object) -> Answer:
    """The same press with other facts in it, signed as Slack would sign it."""
    assert answer.delivery is not None
    payload = {**answer.delivery.payload, **changes}
    delivery = Delivery(kind=answer.delivery.kind, payload=payload)
    return await house.slack.resend(Answer(status=0, delivery=delivery))


@pytest.mark.parametrize(
    "value",
    [None, 5, "", "sgn_1", "[]", "[" * 1500, '{"s":"sgn_1"}', '{"s":5,"r":[],"p":{}}', "\ud800"],
)
async def test_a_garbled_button_gets_a_helpful_answer(house: House, value: object) -> None:
    await house.ask()
    first = await house.slack.click("U0KIM", house.card(), "signoff_details")
    assert first.delivery is not None
    for number, button in enumerate(BUTTONS):
        action = {**first.delivery.payload["actions"][0], "action_id": button, "value": value}
        assert (await altered(house, first, actions=[action])).status == 200, button
        told = await house.slack.wait_for(lambda n=number: house.slack.ephemerals("U0KIM")[n:])
        assert "/signoff mine" in told[0].text, button


@pytest.mark.parametrize("metadata", [None, 5, "", "sgn_1", "[]", "[" * 1500, '{"s":"sgn_1"}'])
async def test_a_garbled_form_gets_a_helpful_answer(house: House, metadata: Any) -> None:
    await house.ask()
    hand = Hand(house=house, user="U0ADA")
    for form in FORMS:
        answer = await hand.send(form, metadata, reason="Words.")
        assert answer.status == 200, form
        assert "/signoff mine" in answer.body, form


@pytest.mark.parametrize(
    "values", [None, [], "x", {"reason": None}, {"to": {"to": 5}}, {"": {"": {}}}]
)
async def test_a_form_of_any_shape_records_nothing(house: House, values: Any) -> None:
    signoff = await house.ask()
    for form in FORMS[:-1]:  # where policy asks for nothing, an empty approval says enough
        view = {"id": "V1", "type": "modal", "callback_id": form, "state": {"values": values}}
        view |= {"private_metadata": subject_of(signoff, 1).pack()}
        hand = Hand(house=house, user="U0ADA", facts={"view": view})
        answer = await hand.send(form, "")
        assert answer.status == 200, form
        assert answer.json["response_action"] in ("errors", "update"), form
        assert await house.now(signoff) == signoff, form


async def test_a_button_about_a_signoff_we_never_had_says_so(house: House) -> None:
    await house.ask()
    first = await house.slack.click("U0ADA", house.card(), "signoff_details")
    assert first.delivery is not None
    value = json.dumps({"s": "sgn_<!here>", "r": "r", "p": "p"})
    action = {**first.delivery.payload["actions"][0], "action_id": APPROVE, "value": value}
    assert (await altered(house, first, actions=[action])).status == 200
    told = await house.whispered("U0ADA")
    assert told == "There is no sign-off called sgn_&lt;!here&gt;."


async def test_a_button_we_no_longer_have_says_so(house: House) -> None:
    await house.ask()
    first = await house.slack.click("U0ADA", house.card(), "signoff_details")
    assert first.delivery is not None
    action = {**first.delivery.payload["actions"][0], "action_id": "of_last_year"}
    assert (await altered(house, first, actions=[action])).status == 200
    assert "older card" in await house.whispered("U0ADA")


async def test_a_press_from_another_workspace_does_not_count(house: House) -> None:
    signoff = await house.ask()
    first = await house.slack.click("U0KIM", house.card(), APPROVE)
    stranger = {"id": "U0ADA", "team_id": "T0ELSE"}
    assert (await altered(house, first, user=stranger)).status == 200
    await house.slack.wait_for(lambda: len(house.slack.ephemerals("U0KIM")) == 2)
    assert "from another workspace" in house.slack.ephemerals("U0KIM")[-1].text
    assert (await house.now(signoff)).status is Status.PENDING
    member = {"id": "U0ADA", "team_id": "T0PLAY"}
    await altered(house, first, user=member)
    assert (await house.now(signoff)).status is Status.APPROVED


@pytest.mark.parametrize("url", FOREIGN_URLS)
async def test_we_post_to_no_address_but_slacks_own(house: House, url: str) -> None:
    api = house.room.chat.api
    with pytest.raises(SlackRefused, match="foreign"):
        await api.answer(url, {"text": "x"})


async def test_a_press_with_a_foreign_response_url_is_answered_elsewhere(house: House) -> None:
    await house.ask()
    first = await house.slack.click("U0KIM", house.card(), APPROVE)
    await altered(house, first, response_url="https://evil.example/x")
    await house.slack.wait_for(lambda: len(house.slack.ephemerals("U0KIM")) == 2)
    assert house.slack.ephemerals("U0KIM")[-1].source == "ephemeral"


@pytest.mark.parametrize(
    "flag",
    [
        "deleted",
        "is_bot",
        "is_app_user",
        "is_workflow_bot",
        "is_connector_bot",
        "is_restricted",
        "is_ultra_restricted",
        "is_stranger",
        "is_invited_user",
        "",
    ],
)
async def test_each_mark_of_an_account_that_is_no_full_member_is_enough(
    house: House, flag: str
) -> None:
    class Told(type(house.room.chat.api)):  # type: ignore[misc]
        """Slack, as it would describe this account."""

        async def ask(self, method: str, /, within: float = 1, **_: str) -> dict[str, object]:
            user = {"id": "U0ADA", "team_id": "T0PLAY", "is_email_confirmed": True}
            return {"user": {**user, flag: True} if flag else user}

    people = People(
        api=Told(house.room.chat.api.web),
        identity=Identity(house.room.chat.api),
        rulebook=Rulebook(ROSTER, a_policy()),
        clock=FakeClock(),
    )
    clicker = Clicker(user="U0ADA", team="T0PLAY")
    if not flag:
        assert (await people.person(clicker)).id == "ada"
        assert (await people.reader(clicker)).id == "ada"
        return
    for look_up in (people.person, people.reader):
        with pytest.raises(GuestMayNotReview):
            await look_up(clicker)


async def test_after_closing_nothing_is_heard(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.room.stop()
        async with aiohttp.ClientSession() as http, http.post(house.url, data=b"x") as response:
            assert response.status == 401
        answer = await house.slack.command("U0ADA", "/signoff", "help")
        assert answer.status == 503

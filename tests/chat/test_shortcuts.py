"""Do the shortcuts ask and show the same as /signoff, and find the signoff a message is about?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.chat.slack.commands.shortcuts import noted_ids, place_of, pressed_ids, written_ids
from bot.chat.slack.names import GLOBAL_SHORTCUT, MESSAGE_SHORTCUT
from bot.domain.signoff import Verdict
from bot.playground.courier import Answer, sign
from bot.playground.faults import Fault
from bot.playground.payloads import message_json
from bot.playground.things import APP, DOMAIN, TEAM
from tests.builders import a_click, minutes
from tests.chat.asking import many
from tests.chat.house import ADA, SECRET, House, words_in

Json = dict[str, Any]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def a_trigger(house: House, user: str) -> str:
    """One that Slack gave out for this person, and that nobody has used."""
    answer = await house.slack.command(user, "/signoff", "help")
    assert answer.delivery is not None
    return str(answer.delivery.payload["trigger_id"])


async def send(house: House, http: aiohttp.ClientSession, payload: Json) -> int:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = sign(SECRET, body, int(house.clock().timestamp()))
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    async with http.post(house.url, data=body, headers=headers) as response:
        return response.status


async def shortcut(house: House, http: aiohttp.ClientSession, user: str, **more: Any) -> int:
    payload = {
        "type": "shortcut",
        "callback_id": GLOBAL_SHORTCUT,
        "token": "not-a-secret",
        "action_ts": "1.0",
        "team": {"id": TEAM, "domain": DOMAIN},
        "user": {"id": user, "username": user, "team_id": TEAM},
        "is_enterprise_install": False,
        "enterprise": None,
        "trigger_id": await a_trigger(house, user),
    }
    return await send(house, http, {**payload, **more})


async def about(house: House, http: aiohttp.ClientSession, user: str, message: Json) -> int:
    return await shortcut(
        house,
        http,
        user,
        type="message_action",
        callback_id=MESSAGE_SHORTCUT,
        api_app_id=APP,
        channel={"id": "C0PAY", "name": "payments-deploys"},
        message=message,
        message_ts=message.get("ts", ""),
    )


def title(house: House, user: str) -> str:
    view = house.slack.modal(user)
    return str(view.body["title"]["text"]) if view else ""


def shown(house: House, user: str) -> str:
    view = house.slack.modal(user)
    assert view is not None
    return words_in(view.blocks)


async def ask(house: House, user: str, what: str, which: str = "") -> Answer:
    return await house.slack.submit(user, {"what": what, "about": which})


async def test_the_shortcut_opens_a_form_with_all_one_can_ask(
    house: House, http: aiohttp.ClientSession
) -> None:
    assert await shortcut(house, http, "U0ADA") == 200
    text = shown(house, "U0ADA")
    for word in ("mine: ", "status: ", "queue: ", "explain: ", "who: ", "history: ", "metrics: "):
        assert word in text


@pytest.mark.parametrize(
    ("what", "which", "said"),
    [
        ("mine", "", "1 waiting for you"),
        ("status", "", "1 waiting for a sign-off"),
        ("status", "sgn_1", "Sign-off needed: acme/payments-api → production"),
        ("queue", "", "1 waiting for payments-seniors"),
        ("queue", "payments-seniors", "1 waiting for payments-seniors"),
        ("explain", "1", "Why sgn_1 is asked for"),
        ("who", "1", "Who may approve sgn_1"),
        ("history", "payments-api/deploy/4711", "What happened to sgn_1"),
        ("metrics", "payments-seniors since 7d", "1 sign-off opened for payments-seniors"),
    ],
)
async def test_what_is_asked_is_answered_on_top_of_the_form(
    house: House, http: aiohttp.ClientSession, what: str, which: str, said: str
) -> None:
    await house.ask()
    await shortcut(house, http, "U0ADA")
    answer = await ask(house, "U0ADA", what, which)
    assert (answer.status, answer.trouble) == (200, "")
    text = shown(house, "U0ADA")
    assert text.startswith(said)
    assert text.endswith("As of 2026-11-23 10:00 UTC")
    await house.slack.dismiss("U0ADA")
    assert "What do you want to know?" in shown(house, "U0ADA")


@pytest.mark.parametrize("what", ["mine", "status"])
async def test_nothing_is_decided_where_it_would_not_be_corrected(
    house: House, http: aiohttp.ClientSession, what: str
) -> None:
    await house.ask()
    await shortcut(house, http, "U0ADA")
    await ask(house, "U0ADA", what, "sgn_1" if what == "status" else "")
    view = house.slack.modal("U0ADA")
    assert view is not None
    assert "actions" not in {block["type"] for block in view.blocks}


@pytest.mark.parametrize(
    ("what", "which", "why"),
    [
        ("explain", "", "Which sign-off?"),
        ("who", "nope", "There is no sign-off called nope."),
        ("queue", "payments", "Did you mean payments-seniors?"),
        ("metrics", "since when", "Since when?"),
    ],
)
async def test_what_is_missing_is_said_beside_the_field(
    house: House, http: aiohttp.ClientSession, what: str, which: str, why: str
) -> None:
    await house.ask()
    await shortcut(house, http, "U0ADA")
    answer = await ask(house, "U0ADA", what, which)
    assert why in answer.errors["about"]


async def test_a_guest_gets_no_form(house: House, http: aiohttp.ClientSession) -> None:
    house.slack.change_member(replace(ADA, restricted=True))
    assert await shortcut(house, http, "U0ADA") == 200
    await house.slack.wait_for(lambda: title(house, "U0ADA"))
    assert title(house, "U0ADA") == "Not possible"
    assert "a guest account" in shown(house, "U0ADA")


async def test_one_who_became_a_guest_meanwhile_is_told_nothing(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.ask()
    await shortcut(house, http, "U0ADA")
    house.clock.go_on(minutes(2))
    house.slack.change_member(replace(ADA, restricted=True))
    answer = await ask(house, "U0ADA", "status")
    assert "a guest account" in answer.errors["about"]


async def test_a_form_that_slack_does_not_open_is_said(
    house: House, http: aiohttp.ClientSession
) -> None:
    house.slack.fail("views.open", Fault.SERVER_ERROR, times=1)
    assert await shortcut(house, http, "U0ADA") == 200


@pytest.mark.parametrize("decided", [False, True])
async def test_the_details_of_the_card_one_points_at_are_shown(
    house: House, http: aiohttp.ClientSession, decided: bool
) -> None:
    signoff = await house.ask()
    if decided:
        await house.signoffs.review(a_click(signoff, "ada"), Verdict.REJECT, "No tests.")
        await house.settle()
    assert await about(house, http, "U0KIM", message_json(house.card())) == 200
    assert title(house, "U0KIM") == "Details"
    assert "sgn_1" in shown(house, "U0KIM")


async def test_of_several_cards_it_is_the_one_pointed_at(
    house: House, http: aiohttp.ClientSession
) -> None:
    await many(house, 2)
    first, _ = house.slack.cards("C0PAY")
    await about(house, http, "U0KIM", message_json(first))
    assert "“Change 0”" in shown(house, "U0KIM")
    assert "“Change 1”" not in shown(house, "U0KIM")


async def test_a_message_that_only_names_it_will_do(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.ask()
    await about(house, http, "U0KIM", {"ts": "1.1", "text": "who looks at sgn_1, please?"})
    assert title(house, "U0KIM") == "Details"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"text": "lunch?"}, "about no sign-off"),
        ({"text": "sgn_99"}, "about no sign-off"),
        ({}, "about no sign-off"),
        ({"text": "sgn_1 or sgn_2"}, "names several sign-offs"),
        ({"blocks": "no blocks", "text": None}, "about no sign-off"),
    ],
)
async def test_a_message_about_none_or_several_is_answered_in_words(
    house: House, http: aiohttp.ClientSession, message: Json, why: str
) -> None:
    await many(house, 2)
    assert await about(house, http, "U0KIM", message) == 200
    assert why in await house.whispered("U0KIM", why)


async def test_a_guest_sees_no_details(house: House, http: aiohttp.ClientSession) -> None:
    await house.ask()
    house.slack.change_member(replace(ADA, restricted=True))
    await about(house, http, "U0ADA", message_json(house.card()))
    assert "a guest account" in await house.whispered("U0ADA", "guest")
    assert title(house, "U0ADA") == ""


def test_a_button_says_more_than_the_words_around_it() -> None:
    value = json.dumps({"s": "sgn_a", "r": "r", "p": "p"})
    message = {
        "text": "sgn_b",
        "blocks": [
            {"type": "context", "elements": [{"type": "plain_text", "text": "sgn_c · more"}]},
            {
                "type": "actions",
                "elements": [{"type": "button", "value": value}, {"type": "button"}],
            },
        ],
    }
    assert list(pressed_ids(message)) == ["sgn_a"]
    assert list(noted_ids(message)) == ["sgn_c"]
    assert {"sgn_a", "sgn_b", "sgn_c"} == set(written_ids(message))


@pytest.mark.parametrize("message", [None, [], "sgn_1", {"blocks": [None, 1, {"type": 3}]}])
def test_a_message_of_any_shape_names_nothing(message: Any) -> None:
    assert not [*pressed_ids(message), *noted_ids(message), *written_ids(message)]


def test_however_deep_a_message_is_it_is_read() -> None:
    node: Any = "sgn_1"
    for _ in range(5000):
        node = [node]
    assert not list(written_ids({"blocks": node}))


@pytest.mark.parametrize("body", [{}, {"user": 1, "channel": [], "message": "x"}])
def test_a_shortcut_of_any_shape_is_somewhere(body: Json) -> None:
    assert place_of(body).channel == ""

"""Whatever reaches Slack's door: a plain no, or a private answer; never a 500, nothing in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.clock import system_clock
from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, Scene
from bot.domain.lifecycle import replay
from bot.playground.courier import sign
from bot.playground.things import TEAM, Message

SECRET = "playground-signing-secret"
CANARY_WORD = "xyzzy-was-in-the-body"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Door:
    """POST /slack/events of a house where one change waits for a signature."""

    scene: Scene
    signoff_id: str
    card: Message
    numbers: Iterator[int]

    async def post(self, body: Any, headers: Headers) -> int:
        address = f"{self.scene.address}/slack/events"
        async with self.scene.http.post(address, data=body, headers=headers) as answer:
            return answer.status

    async def say(self, body: bytes, kind: str = FORM) -> int:
        """As Slack would: signed, now."""
        return await self.post(body, {"Content-Type": kind, **_signed(body)})

    async def click(self, **said: Any) -> int:
        return await self.say(_form(self.payload(**said)))

    def payload(self, *, on_card: bool = True, **action: Any) -> dict[str, Any]:
        """A click on the real card; `action` replaces fields of the action."""
        place = {"type": "message", "message_ts": self.card.ts, "channel_id": CHANNEL}
        return {
            "type": "block_actions",
            "user": {"id": SENIOR, "team_id": TEAM},
            "team": {"id": TEAM},
            "container": place,
            "channel": {"id": CHANNEL},
            "actions": [
                {
                    "type": "button",
                    "action_id": "signoff_approve",
                    "block_id": "buttons",
                    "action_ts": f"{next(self.numbers)}.000",
                    "value": self.value,
                    **action,
                }
            ],
        }

    @property
    def value(self) -> str:
        """What the real card's button says."""
        [value] = {
            element["value"]
            for block in self.card.blocks
            for element in block.get("elements", ())
            if element.get("action_id") == "signoff_approve"
        }
        return str(value)

    async def claimed(self) -> str:
        """Who is on it, if anybody."""
        signoff = await self.scene.house.board.signoff(self.signoff_id)
        assert signoff is not None
        return signoff.claim.person if signoff.claim else ""

    async def told(self, words: str) -> str:
        return await self.scene.told(SENIOR, words)

    async def still_waits(self) -> None:
        """Nothing was counted and nothing lost: a genuine click still decides it."""
        _, before = await self.scene.get(f"/api/v1/signoffs/{self.signoff_id}")
        assert (before["status"], before["reviews"]) == ("pending", [])

        assert await self.click() == 200

        await self.scene.shown(self.signoff_id, "was told to go on")
        opened, *later = await self.scene.house.board.trail(self.signoff_id)
        signoff = await self.scene.house.board.signoff(self.signoff_id)
        assert replay(opened, later) == signoff
        assert await self.scene.house.board.broken() is None


@pytest.fixture
async def door(scene: Scene, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Door]:
    """Once a test is over, what it sent is not in the log."""
    caplog.set_level(logging.INFO)
    signoff_id = await scene.send(REFUNDS)
    yield Door(scene, signoff_id, await scene.shown(signoff_id), count(1))
    assert CANARY_WORD not in caplog.text
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


def _signed(body: bytes, *, secret: str = SECRET, late: float = 0) -> dict[str, str]:
    """Slack's headers; `late` is in seconds."""
    at = system_clock() - timedelta(seconds=late)
    return sign(secret, body, int(at.timestamp()))


def _form(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


# Who is it?

FORGERIES: dict[str, Any] = {
    "not signed": lambda body: {},
    "with another secret": lambda body: _signed(body, secret="not-ours-at-all"),
    "for another body": lambda body: _signed(body + b" "),
    "long ago": lambda body: _signed(body, late=301),
    "in the future": lambda body: _signed(body, late=-302),
    "without a time": lambda body: {**_signed(body), "X-Slack-Request-Timestamp": ""},
    "at no time": lambda body: {**_signed(body), "X-Slack-Request-Timestamp": "1e9"},
    "with half of it": lambda body: {name: value[:40] for name, value in _signed(body).items()},
    "with letters nobody expects": lambda body: {**_signed(body), "X-Slack-Signature": "v0=\xfc"},
    "and packed": lambda body: {**_signed(body), "Content-Encoding": "gzip"},
}


@pytest.mark.parametrize("headers", FORGERIES.values(), ids=FORGERIES)
async def test_what_slack_did_not_sign_now_is_refused(door: Door, headers: Any):
    body = _form({**door.payload(), "note": CANARY_WORD})

    assert await door.post(body, {"Content-Type": FORM, **headers(body)}) == 401

    await door.still_waits()


async def test_its_twin_is_let_in(door: Door):
    body = _form({**door.payload(), "note": CANARY_WORD})

    assert await door.post(body, {"Content-Type": FORM, **_signed(body, late=290)}) == 200

    await door.scene.shown(door.signoff_id, "Approved by Ada Park")


async def test_a_click_that_is_replayed_counts_once(door: Door):
    """Nor does it bring back what was taken back since: whoever recorded it has nothing."""
    body = _form(door.payload(action_id="signoff_claim"))
    headers = {"Content-Type": FORM, **_signed(body)}
    assert await door.post(body, headers) == 200
    assert await door.claimed() == "ada"
    assert await door.click(action_id="signoff_release") == 200
    assert await door.claimed() == ""
    before = await door.scene.house.board.trail(door.signoff_id)

    assert [await door.post(body, headers) for _ in range(3)] == [200, 200, 200]

    assert await door.claimed() == ""
    assert await door.scene.house.board.trail(door.signoff_id) == before
    assert await door.click(action_id="signoff_claim") == 200  # a press of now is another
    assert await door.claimed() == "ada"


# How much is it?


async def test_more_than_slack_ever_sends_is_not_read(door: Door):
    body = CANARY_WORD.encode() * 20_000

    assert await door.say(body) == 413

    await door.still_waits()


async def test_neither_is_it_where_its_length_is_not_said(door: Door):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"x" * 1024

    assert await door.post(pieces(), {"Content-Type": FORM, **_signed(b"")}) == 413

    await door.still_waits()


# What is it?

DEEP = "[" * 50_000
NO_SENSE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "nothing as JSON": (b"", JSON),
    "no UTF-8": (b"payload=%7B%7D\xff\xfe" + CANARY_WORD.encode(), FORM),
    "no UTF-8 as JSON": (b'{"type": "\xff"}', JSON),
    "half of a payload": (b"payload=%7B%22type%22%3A" + CANARY_WORD.encode(), FORM),
    "half of an event": (b'{"type": "event_callback", "event": {', JSON),
    "a list": (b"payload=%5B1%5D", FORM),
    "a number": (b"payload=7", FORM),
    "null": (b"payload=null", FORM),
    "a list as JSON": (b"[]", JSON),
    "a text as JSON": (b'"' + CANARY_WORD.encode() + b'"', JSON),
    "a deep payload": (b"payload=" + DEEP.encode(), FORM),
    "a deep event": (DEEP.encode(), JSON),
    "NaN": (b"payload=NaN", FORM),
    "two payloads": (b"payload=%7B%7D&payload=%7B%7D", FORM),
    "an unknown type": (_form({"type": CANARY_WORD}), FORM),
    "an unknown event": (b'{"type": "event_callback", "event": {"type": "xyzzy"}}', JSON),
    "an event that is none": (b'{"type": "event_callback", "event": 7}', JSON),
    "a command that is none of ours": (b"command=%2Fxyzzy&text=hello", FORM),
    "a command of nobody": (b"command=%2Fsignoff&text=mine", FORM),
    "a form of nobody": (_form({"type": "view_submission"}), FORM),
    "a form without a view": (_form({"type": "view_submission", "view": []}), FORM),
    "another kind of body": (CANARY_WORD.encode(), "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize(("body", "kind"), NO_SENSE.values(), ids=NO_SENSE)
async def test_what_makes_no_sense_is_no_trouble(door: Door, body: bytes, kind: str):
    assert await door.say(body, kind) < 500

    await door.still_waits()


ODD: dict[str, Mapping[str, Any]] = {
    "no actions": {"actions": None},
    "actions of another type": {"actions": {"0": CANARY_WORD}},
    "an action that is none": {"actions": [None]},
    "an empty list of actions": {"actions": []},
    "a user who is a number": {"user": 7},
    "nobody": {"user": {}},
    "a user with a broken name": {"user": {"id": "U\ud800", "team_id": TEAM}},
    "a user with a list for a name": {"user": {"id": [SENIOR], "team_id": TEAM}},
    "another workspace": {"user": {"id": SENIOR, "team_id": "T0EVIL"}},
    "a team that is a text": {"team": CANARY_WORD, "user": {"id": "U0NOBODY"}},
}


@pytest.mark.parametrize("facts", ODD.values(), ids=ODD)
async def test_a_click_of_a_wrong_shape_counts_for_nobody(door: Door, facts: Mapping[str, Any]):
    assert await door.say(_form({**door.payload(), **facts})) < 500

    await door.still_waits()


@pytest.mark.parametrize("place", [None, 7, [], {"type": "message", "message_ts": 7}])
async def test_a_click_from_no_known_place_counts_all_the_same(door: Door, place: Any):
    """The person and the signoff are what counts; where the card hangs is for our answer."""
    body = _form({**door.payload(), "container": place})

    assert await door.say(body) == 200

    await door.scene.shown(door.signoff_id, "Approved by Ada Park")


async def test_a_name_said_twice_decides_nothing_twice(door: Door):
    one = json.dumps(door.payload(value="{}"))
    other = json.dumps(door.payload()["actions"])
    body = urlencode({"payload": f'{one[:-1]}, "actions": {other}}}'}).encode()

    assert await door.say(body) < 500

    _, said = await door.scene.get(f"/api/v1/signoffs/{door.signoff_id}")
    assert len(said["reviews"]) <= 1


# What is it about?

GARBLED: dict[str, Any] = {
    "nothing": "",
    "no JSON": CANARY_WORD,
    "an empty object": "{}",
    "a list": "[]",
    "null": "null",
    "a deep one": DEEP,
    "other types": '{"s": 1, "r": 2, "p": 3}',
    "half of it": '{"s": "sgn_aaaaaaaaaaaaaaaa"}',
    "no text at all": 7,
    "too much": json.dumps({"s": CANARY_WORD * 4000}),
}


@pytest.mark.parametrize("value", GARBLED.values(), ids=GARBLED)
async def test_a_garbled_button_is_said_to_be_one(door: Door, value: Any):
    assert await door.click(value=value) == 200

    assert "/signoff mine" in await door.told("cannot be read any more")
    await door.still_waits()


UNKNOWN = ("sgn_aaaaaaaaaaaaaaaa", "' OR 1=1 --", "\x00", "\ud800", "<!channel>", "x" * 3000)


@pytest.mark.parametrize("name", UNKNOWN, ids=ascii)
async def test_a_click_for_an_unknown_signoff_is_told_so(door: Door, name: str):
    value = json.dumps({"s": name, "r": "f" * 40, "p": "sha256:0"})

    assert await door.click(value=value) == 200

    await door.told("There is no sign-off called")
    await door.still_waits()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"r": "f" * 40}, "another revision"), ({"p": "sha256:0"}, "policy changed")],
)
async def test_a_click_for_another_state_of_it_is_told_so(
    door: Door, changed: Mapping[str, str], words: str
):
    value = json.dumps({**json.loads(door.value), **changed})

    assert await door.click(value=value) == 200

    await door.told(words)
    await door.still_waits()


@pytest.mark.parametrize("name", ["xyzzy", "signoff_approve2", "", "signoff_approve\n"])
async def test_an_unknown_button_says_that_it_is_old(door: Door, name: str):
    assert await door.click(action_id=name) == 200

    await door.told("from an older card")
    await door.still_waits()


async def test_an_answer_goes_nowhere_but_to_slack(door: Door):
    """A signed body may name any response_url: we speak to Slack's alone."""
    heard = len(door.scene.pipeline.heard)
    payload = door.payload(value="{}")
    payload["response_url"] = door.scene.pipeline.callback_url("xyzzy")

    assert await door.say(_form(payload)) == 200

    await door.told("cannot be read any more")
    assert len(door.scene.pipeline.heard) == heard
    await door.still_waits()


@pytest.mark.parametrize("text", ["status \x00", "status %", "xyzzy " * 500, "status \ufffe", "'"])
async def test_a_command_of_any_words_is_answered(door: Door, text: str):
    answer = await door.scene.slack.command(SENIOR, "/signoff", text, CHANNEL)

    assert answer.ok
    assert answer.json["response_type"] == "ephemeral"
    assert answer.json["text"]
    await door.still_waits()

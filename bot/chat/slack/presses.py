"""What did a person press? Slack's payloads, read without trusting them to have any shape."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.people import Clicker
from bot.domain.errors import Refusal
from bot.engine.clicks import Click
from bot.ports import CardRef

Payload = Mapping[str, Any]


class GarbledCard(Refusal):
    """This card cannot be read any more. Ask /signoff mine for what waits for you now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a press is about: the signoff as the card showed it, and where that card hangs."""

    signoff_id: str
    revision: str
    policy_digest: str
    on: CardRef | None = None

    def click(self, click_id: str, person: str) -> Click:
        return Click(
            id=click_id,
            signoff_id=self.signoff_id,
            person=person,
            revision=self.revision,
            policy_digest=self.policy_digest,
            on=self.on,
        )

    def pack(self) -> str:
        """For `private_metadata`, from where `unpack` has it back."""
        on = [self.on.channel, self.on.message] if self.on else None
        return json.dumps(
            {"s": self.signoff_id, "r": self.revision, "p": self.policy_digest, "on": on},
            separators=(",", ":"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a person can be told something in private."""

    user: str
    channel: str = ""
    thread: str = ""
    response_url: str = ""
    trigger_id: str = ""
    in_modal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button: `id` is the same whenever Slack repeats it."""

    id: str
    clicker: Clicker
    place: Place
    value: str
    on: CardRef | None
    at_home: bool

    def subject(self) -> Subject:
        """Raises GarbledCard."""
        return unpack(self.value, self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form that was sent; `answers` by block, then by input. `below` is the modal under it."""

    id: str
    clicker: Clicker
    metadata: str
    answers: Mapping[str, Mapping[str, Any]]
    blocks: tuple[str, ...]
    below: str = ""

    def subject(self) -> Subject:
        """Raises GarbledCard."""
        return unpack(self.metadata, None)

    def text(self, block: str) -> str:
        return self._one(block, "value").strip()

    def chosen(self, block: str) -> str:
        """The value of the option that was chosen."""
        return _text(_inner(self.answers, block, block, "selected_option"), "value")

    def user(self, block: str) -> str:
        return self._one(block, "selected_user")

    def day(self, block: str) -> str:
        """As Slack writes it, "2026-12-07"."""
        return self._one(block, "selected_date")

    def ticked(self, block: str) -> tuple[str, ...]:
        options = _inner(self.answers, block, block).get("selected_options")
        found = options if isinstance(options, list) else []
        return tuple(_text(_object(option), "value") for option in found)

    def _one(self, block: str, name: str) -> str:
        return _text(_inner(self.answers, block, block), name)


def unpack(packed: str, on: CardRef | None) -> Subject:
    """Raises GarbledCard."""
    try:
        said = json.loads(packed)
    except (ValueError, RecursionError) as problem:
        raise GarbledCard from problem
    found = _object(said)
    facts = [_text(found, name) for name in ("s", "r", "p")]
    if not all(facts):
        raise GarbledCard
    place = found.get("on")
    if isinstance(place, list) and len(place) == 2 and all(isinstance(p, str) for p in place):
        on = CardRef(*place)
    return Subject(signoff_id=facts[0], revision=facts[1], policy_digest=facts[2], on=on)


def well_formed(body: Payload) -> bool:
    """Whether the parts that Bolt looks into are objects, as it takes for granted."""
    actions = body.get("actions") or []
    parts = [body[part] for part in ("view", "event") if body.get(part) is not None]
    return isinstance(actions, list) and all(isinstance(p, dict) for p in (*parts, *actions))


def press_of(body: Payload) -> Press:
    """A block_actions payload."""
    actions = body.get("actions")
    action = _object(actions[0]) if isinstance(actions, list) and actions else {}
    container, clicker = _inner(body, "container"), clicker_of(body)
    message, view = _text(container, "message_ts"), _text(container, "view_id")
    channel = _text(container, "channel_id") or _text(_inner(body, "channel"), "id")
    kept = channel and message and container.get("is_ephemeral") is not True
    parts = (
        clicker.team,
        clicker.user,
        f"{channel}/{message}" if message else view,
        _text(action, "action_id"),
        _text(action, "action_ts"),
    )
    return Press(
        id=" ".join(parts),
        clicker=clicker,
        place=Place(
            user=clicker.user,
            channel=channel,
            thread=_text(container, "thread_ts"),
            response_url=_text(body, "response_url"),
            trigger_id=_text(body, "trigger_id"),
            in_modal=_text(_inner(body, "view"), "type") == "modal",
        ),
        value=_text(action, "value"),
        on=CardRef(channel, message) if kept else None,
        at_home=_text(_inner(body, "view"), "type") == "home",
    )


def submission_of(body: Payload) -> Submission:
    """A view_submission payload. The same view with the same answers is the same submission."""
    view, clicker = _inner(body, "view"), clicker_of(body)
    answers = _inner(view, "state", "values")
    written = json.dumps(answers, sort_keys=True, default=str)
    parts = (clicker.team, clicker.user, _text(view, "id"), _text(view, "callback_id"))
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
    return Submission(
        id=" ".join((*parts, digest)),
        clicker=clicker,
        metadata=_text(view, "private_metadata"),
        answers=answers,
        blocks=tuple(answers),
        below=_text(view, "previous_view_id"),
    )


def clicker_of(body: Payload) -> Clicker:
    user = _inner(body, "user")
    team = _text(user, "team_id") or _text(_inner(body, "team"), "id")
    return Clicker(user=_text(user, "id"), team=team)


def _inner(body: Payload, *names: str) -> Payload:
    for name in names:
        body = _object(body.get(name))
    return body


def _object(value: object) -> Payload:
    return value if isinstance(value, dict) else {}


def _text(body: Payload, name: str) -> str:
    value = body.get(name)
    whole = value if isinstance(value, str) else ""
    return whole.encode("utf-8", "replace").decode()  # half a character cannot be stored

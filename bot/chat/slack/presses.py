"""What did a person press? Slack's payloads, read without trusting them to have any shape."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.slack.payload import Payload, as_object, inner, objects, text
from bot.chat.slack.people import Clicker
from bot.chat.slack.subjects import Subject, is_subject, unpack
from bot.ports import CardRef


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
    """A button, or the word chosen in a menu: `id` is the same whenever Slack repeats it.

    `row` is the name of the row it stands in, `beside` are the values of the buttons there, `view`
    is the modal or page around it.
    """

    id: str
    clicker: Clicker
    place: Place
    value: str
    on: CardRef | None
    at_home: bool
    view: str = ""
    row: str = ""
    beside: tuple[str, ...] = ()

    def subject(self) -> Subject:
        """Raises GarbledCard."""
        return unpack(self.value, self.on)

    def as_button(self) -> Press:
        """Of a menu: as if a button beside it had been pressed, which says what it is all about.

        Of a message that only one person sees Slack tells nothing but the name of the row.
        """
        said = filter(is_subject, (*self.beside, self.row))
        return replace(self, value=next(said, ""))


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

    def place(self) -> Place:
        """Where the card hangs on which the form was opened; failing that, in person."""
        on = self.subject().on
        return Place(user=self.clicker.user, channel=on.channel if on else "")

    def text(self, block: str) -> str:
        return self._one(block, "value").strip()

    def chosen(self, block: str) -> str:
        """The value of the option that was chosen."""
        return text(inner(self.answers, block, block, "selected_option"), "value")

    def user(self, block: str) -> str:
        return self._one(block, "selected_user")

    def day(self, block: str) -> str:
        """As Slack writes it, "2026-12-07"."""
        return self._one(block, "selected_date")

    def ticked(self, block: str) -> tuple[str, ...]:
        options = inner(self.answers, block, block).get("selected_options")
        found = options if isinstance(options, list) else []
        return tuple(text(as_object(option), "value") for option in found)

    def _one(self, block: str, name: str) -> str:
        return text(inner(self.answers, block, block), name)


def well_formed(body: Payload) -> bool:
    """Whether the parts that Bolt looks into are objects with names, as it takes for granted."""
    actions = body.get("actions") or []
    parts = [body[part] for part in ("view", "event") if body.get(part) is not None]
    if not isinstance(actions, list) or not all(isinstance(it, dict) for it in (*parts, *actions)):
        return False
    view, event = inner(body, "view"), inner(body, "event")
    texts = [action.get("action_id") for action in actions]
    texts += [it["callback_id"] for it in (body, view) if it.get("callback_id") is not None]
    match body.get("type"):
        case "block_actions" | "interactive_message":
            texts.append("" if actions else None)
        case "view_submission" | "view_closed":
            texts.append(view.get("type"))
        case "event_callback":
            texts.append(event.get("type"))
    return all(isinstance(it, str) for it in texts)


def press_of(body: Payload) -> Press:
    """A block_actions payload."""
    actions = body.get("actions")
    action = as_object(actions[0]) if isinstance(actions, list) and actions else {}
    container, clicker = inner(body, "container"), clicker_of(body)
    message, view = text(container, "message_ts"), text(container, "view_id")
    channel = text(container, "channel_id") or text(inner(body, "channel"), "id")
    kept = channel and message and container.get("is_ephemeral") is not True
    parts = (
        clicker.team,
        clicker.user,
        f"{channel}/{message}" if message else view,
        text(action, "action_id"),
        text(action, "action_ts"),
    )
    return Press(
        id=" ".join(parts),
        clicker=clicker,
        place=Place(
            user=clicker.user,
            channel=channel,
            thread=text(container, "thread_ts"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
            in_modal=text(inner(body, "view"), "type") == "modal",
        ),
        value=text(action, "value") or text(inner(action, "selected_option"), "value"),
        on=CardRef(channel, message) if kept else None,
        at_home=text(inner(body, "view"), "type") == "home",
        view=text(inner(body, "view"), "id"),
        row=text(action, "block_id"),
        beside=_beside(body, text(action, "block_id")),
    )


def place_of(body: Payload) -> Place:
    """Of whatever came: commands name people and channels otherwise than presses do."""
    return Place(
        user=text(body, "user_id") or text(inner(body, "user"), "id"),
        channel=text(body, "channel_id") or text(inner(body, "channel"), "id"),
        response_url=text(body, "response_url"),
    )


def submission_of(body: Payload) -> Submission:
    """A view_submission payload. The same view with the same answers is the same submission."""
    view, clicker = inner(body, "view"), clicker_of(body)
    answers = inner(view, "state", "values")
    written = json.dumps(answers, sort_keys=True, default=str)
    parts = (clicker.team, clicker.user, text(view, "id"), text(view, "callback_id"))
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
    return Submission(
        id=" ".join((*parts, digest)),
        clicker=clicker,
        metadata=text(view, "private_metadata"),
        answers=answers,
        blocks=tuple(answers),
        below=text(view, "previous_view_id"),
    )


def _beside(body: Payload, block_id: str) -> tuple[str, ...]:
    """The values of all buttons in that row of the message or view, as Slack repeats it to us."""
    blocks = objects(inner(body, "message"), "blocks") or objects(inner(body, "view"), "blocks")
    rows = [block for block in blocks if block_id and text(block, "block_id") == block_id]
    found = [element for row in rows for element in objects(row, "elements")]
    return tuple(text(it, "value") for it in found if text(it, "type") == "button")


def clicker_of(body: Payload) -> Clicker:
    user = inner(body, "user")
    team = text(user, "team_id") or text(inner(body, "team"), "id")
    return Clicker(user=text(user, "id"), team=team)

"""What do people in Slack send? Every button, form, shortcut, command and event, as Slack writes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.chat.slack import names
from bot.chat.slack.subjects import Subject
from bot.demo.scene import CHANNEL
from bot.domain.signoff import Signoff
from bot.playground.things import APP, TEAM

NAMES = {it: value for it, value in vars(names).items() if it.isupper() and isinstance(value, str)}
"""By what they are called in our own code."""

NOWHERE = "http://127.0.0.1:9/x"
Payload = dict[str, Any]


def subject_of(signoff: Signoff) -> Subject:
    """What the buttons of its card hold."""
    asked = signoff.requirement
    return Subject(
        signoff_id=signoff.id, revision=signoff.change.revision, policy_digest=asked.policy_digest
    )


def _said_by(user: str, team: str) -> Payload:
    return {
        "team": {"id": team, "domain": "acme"},
        "user": {"id": user, "name": "x", "team_id": team},
        "api_app_id": APP,
        "trigger_id": "1.2.3",
        "response_url": NOWHERE,
    }


def press(user: str, name: str, value: str, team: str = TEAM) -> Payload:
    container = {"type": "message", "message_ts": "1.1", "channel_id": CHANNEL}
    option = {"value": value, "text": {"type": "plain_text", "text": "x"}}
    action = {"type": "button", "action_id": name, "block_id": value, "value": value}
    action |= {"action_ts": "1.2", "selected_option": option}
    said = _said_by(user, team)
    return {"type": "block_actions", **said, "container": container, "actions": [action]}


def form(user: str, name: str, metadata: str, team: str = TEAM) -> Payload:
    words = {"reason": {"reason": {"type": "plain_text_input", "value": "because I want it so"}}}
    view = {"id": "V1", "type": "modal", "callback_id": name, "private_metadata": metadata}
    view |= {"state": {"values": words}, "blocks": [], "hash": "1.x"}
    return {"type": "view_submission", **_said_by(user, team), "view": view}


def shortcut(user: str, name: str, _: str, team: str = TEAM) -> Payload:
    message = {"ts": "1.1", "text": "x", "blocks": []}
    said = {"callback_id": name, "action_ts": "1.1", "message": message, "message_ts": "1.1"}
    sort = "message_action" if name == names.MESSAGE_SHORTCUT else "shortcut"
    return {"type": sort, **said, "channel": {"id": CHANNEL}, **_said_by(user, team)}


def interaction(name: str, user: str, value: str, team: str = TEAM) -> Payload:
    """By its name in `names`: what comes when it is used."""
    make = press
    if name.endswith("_FORM"):
        make = form
    elif name.endswith("_SHORTCUT"):
        make = shortcut
    return make(user, NAMES[name], value, team)


def command(user: str, text: str) -> Payload:
    return {
        "team_id": TEAM,
        "channel_id": CHANNEL,
        "user_id": user,
        "command": "/signoff",
        "text": text,
        "api_app_id": APP,
        "trigger_id": "1.2.3",
        "response_url": NOWHERE,
    }


def event(user: str, number: int) -> Payload:
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": APP,
        "event_id": f"Ev{number}",
        "event_time": 1,
        "event": {"type": "app_home_opened", "user": user, "channel": "D1", "tab": "home"},
    }


def as_payload(body: bytes) -> bytes:
    return b"payload=" + quote(body).encode()

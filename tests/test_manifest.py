"""The Slack app's manifest: Slack takes it, it asks for nothing we do not use, and says why."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot.chat.slack import app
from bot.chat.slack.commands.help import TOPICS
from bot.web.access import Access, access_of

FILE = Path(__file__).parent.parent / "manifest.yml"
EVENTS = "https://countersign.example.com/slack/events"
KINDS = ("command", "event", "global_shortcut", "message_shortcut")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def test_it_has_the_sections_slack_knows_and_no_other(manifest: dict[str, Any]) -> None:
    assert set(manifest) == {
        "_metadata",
        "display_information",
        "features",
        "oauth_config",
        "settings",
    }
    assert manifest["_metadata"]["major_version"] == 2


def test_what_people_read_is_within_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    assert shown["name"] == "Countersign"
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80


def test_signoff_is_the_one_slash_command(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == "/signoff"
    assert command["url"] == EVENTS
    assert command["should_escape"] is True
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert 0 < len(command["usage_hint"]) <= 1000


def test_the_hint_names_each_command_there_is(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert command["usage_hint"] == f"[{' | '.join(TOPICS)}]"


def test_the_shortcuts_are_within_slacks_limits(manifest: dict[str, Any]) -> None:
    shortcuts = manifest["features"]["shortcuts"]
    assert [shortcut["type"] for shortcut in shortcuts] == ["global", "message"]
    for shortcut in shortcuts:
        assert set(shortcut) == {"name", "type", "callback_id", "description"}
        assert 0 < len(shortcut["name"]) <= 24
        assert 0 < len(shortcut["description"]) <= 150
        assert 0 < len(shortcut["callback_id"]) <= 255


def test_whatever_it_announces_has_a_listener_and_the_other_way_round(
    manifest: dict[str, Any],
) -> None:
    """A command nobody listens to fails before people's eyes; one not announced is never sent."""
    features, settings = manifest["features"], manifest["settings"]
    announced = {
        "command": {it["command"] for it in features["slash_commands"]},
        "event": set(settings["event_subscriptions"]["bot_events"]),
        "global_shortcut": _callbacks(features, "global"),
        "message_shortcut": _callbacks(features, "message"),
    }
    assert announced == listened_to()


def _callbacks(features: dict[str, Any], kind: str) -> set[str]:
    return {it["callback_id"] for it in features["shortcuts"] if it["type"] == kind}


def listened_to() -> dict[str, set[str]]:
    """What bot.chat.slack.app registers, by the method of Bolt's app that it calls."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for node in ast.walk(ast.parse(inspect.getsource(app))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="app"), attr=kind), args=[named]):
                if kind in found:
                    found[kind].add(_value(named))
    return found


def _value(named: ast.expr) -> str:
    match named:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return str(vars(app)[name])
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return str(getattr(vars(app)[module], name))
        case _:
            raise AssertionError(ast.unparse(named))


def test_home_is_open_and_nobody_can_type_to_it_in_vain(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_people_come_back_to_the_one_address_where_slack_is_believed(
    manifest: dict[str, Any],
) -> None:
    (back,) = manifest["oauth_config"]["redirect_urls"]
    assert urlsplit(back).netloc == urlsplit(EVENTS).netloc
    assert access_of("GET", urlsplit(back).path) is Access.PAGE
    assert urlsplit(back).path == "/signed-in/slack"


def test_everything_slack_sends_goes_to_one_address(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["interactivity"] == {"is_enabled": True, "request_url": EVENTS}
    assert settings["event_subscriptions"] == {
        "request_url": EVENTS,
        "bot_events": ["app_home_opened", "channel_shared"],
    }
    assert settings["socket_mode_enabled"] is False


def test_it_asks_for_these_scopes_alone(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"] == {
        "user": ["openid"],
        "bot": [
            *("chat:write", "commands", "im:write", "users:read", "dnd:read"),
            *("channels:read", "groups:read"),
        ],
        "bot_optional": ["channels:history", "groups:history", "im:history"],
    }


def test_it_may_look_for_its_own_message_after_a_lost_answer_and_says_why() -> None:
    text = " ".join(line.strip().lstrip("# ") for line in FILE.read_text().splitlines())
    assert "look whether our own message is there. Nothing else is read." in text
    assert "Without them a card may hang twice" in text


def test_it_may_look_at_who_at_who_is_there_and_who_is_not_to_be_disturbed(
    manifest: dict[str, Any],
) -> None:
    """users.list and users.getPresence, and dnd.teamInfo."""
    assert {"users:read", "dnd:read"} <= set(manifest["oauth_config"]["scopes"]["bot"])


def test_a_comment_says_what_each_scope_is_for(manifest: dict[str, Any]) -> None:
    lines = [line.strip() for line in FILE.read_text().splitlines()]
    scopes = manifest["oauth_config"]["scopes"]
    for scope in (*scopes["user"], *scopes["bot"], *scopes["bot_optional"]):
        before = lines[lines.index(f"- {scope}") - 1]
        assert before.startswith("# "), scope

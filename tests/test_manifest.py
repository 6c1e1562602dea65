"""The Slack app's manifest: Slack takes it, it asks for nothing we do not use, and says why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parent.parent / "manifest.yml"
EVENTS = "https://countersign.example.com/slack/events"


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


def test_home_is_open_and_nobody_can_type_to_it_in_vain(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_everything_slack_sends_goes_to_one_address(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["interactivity"] == {"is_enabled": True, "request_url": EVENTS}
    assert settings["event_subscriptions"] == {
        "request_url": EVENTS,
        "bot_events": ["app_home_opened"],
    }
    assert settings["socket_mode_enabled"] is False


def test_it_asks_for_these_scopes_alone_and_none_of_a_user(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"] == {
        "bot": [
            "chat:write",
            "commands",
            "im:write",
            "users:read",
            "dnd:read",
            "users:read.email",
            "usergroups:read",
        ]
    }


def test_it_may_look_at_who_is_there_and_who_is_not_to_be_disturbed(
    manifest: dict[str, Any],
) -> None:
    """users.list and users.getPresence, and dnd.teamInfo."""
    assert {"users:read", "dnd:read"} <= set(manifest["oauth_config"]["scopes"]["bot"])


def test_a_comment_says_what_each_scope_is_for(manifest: dict[str, Any]) -> None:
    lines = [line.strip() for line in FILE.read_text().splitlines()]
    for scope in manifest["oauth_config"]["scopes"]["bot"]:
        before = lines[lines.index(f"- {scope}") - 1]
        assert before.startswith("# "), scope

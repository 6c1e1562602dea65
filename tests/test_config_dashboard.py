"""The dashboard: what may be written of it, and what it becomes."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config, connections, parts, settings
from bot.cli import check
from bot.config import ConfigError, Misconfigured
from bot.config.dashboard import Dashboard
from bot.web.access import ACCESS, Access

TEXT = """\
version: 1
people:
  ada: {name: Ada, level: senior, slack: U0ADA}
  aud: {name: Aud, level: senior}
groups: {all: {members: [ada, aud]}}
"""
SLACK = 'slack: {client_id: "1234.5678", client_secret_env: SLACK_CLIENT_SECRET}'
GOOD = f"dashboard: {{{SLACK}}}\n"
STEP_UP = "step_up: {issuer: https://login.acme.example, client_id: countersign, client_secret_env: OIDC}\n"


def mistakes(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(text)
    return "\n".join(map(str, caught.value.mistakes))


def test_all_of_it_is_read() -> None:
    found = config.load(f"{TEXT}dashboard: {{{SLACK}, stays: 8h, auditors: aud}}\n")
    assert found.dashboard == Dashboard(
        stays=timedelta(hours=8),
        auditors=frozenset({"aud"}),
        client_id="1234.5678",
        client_secret_env="SLACK_CLIENT_SECRET",
    )


def test_without_it_there_is_none_and_with_it_the_policy_is_the_same() -> None:
    without, found = config.load(TEXT), config.load(TEXT + GOOD)
    assert without.dashboard is None
    assert found.dashboard is not None
    assert found.dashboard.stays == timedelta(hours=12)
    assert without.policy.digest == found.policy.digest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dashboard: {}\n", "line 6: dashboard: needs slack, or step_up at the top"),
        ("dashboard: {stays: 8h}\n", "needs slack, or step_up at the top"),
        (f"dashboard: {{{SLACK}, stays: 14m}}\n", "must be at least 15m and at most 24h"),
        (f"dashboard: {{{SLACK}, stays: 25h}}\n", "must be at least 15m and at most 24h"),
        (f"dashboard: {{{SLACK}, auditors: eve}}\n", "no person is called eve"),
        (f"dashboard: {{{SLACK}, colour: red}}\n", "dashboard.colour"),
        (GOOD.replace('"1234.5678"', "1234.5678"), "dashboard.slack.client_id"),
        (GOOD.replace("SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"), "is Countersign's own"),
        (GOOD.replace("SLACK_CLIENT_SECRET", "OIDC") + STEP_UP, "each needs a secret of its own"),
    ],
)
def test_what_cannot_be_is_said(text: str, words: str) -> None:
    assert words in mistakes(TEXT + text)


@pytest.mark.parametrize(
    "text",
    [
        "dashboard: {stays: 15m}\n" + STEP_UP,
        f"dashboard: {{{SLACK}, stays: 24h}}\n",
        GOOD + STEP_UP,
    ],
)
def test_what_can_be_is_read(text: str) -> None:
    assert config.load(TEXT + text).dashboard


def test_the_page_about_it_shows_what_is_valid_and_names_every_address() -> None:
    text = (Path(__file__).parent.parent / "docs/dashboard.md").read_text()
    (example,) = re.findall(r"```yaml\n(dashboard:.*?)```", text, re.DOTALL)
    found = config.load(TEXT + example).dashboard
    assert found is not None
    assert found.auditors == {"aud"}
    (forwarded,) = re.findall(r"Let your proxy forward\*\* (.*?)\.\n", text, re.DOTALL)
    named = tuple(it.rstrip("/") for it in re.findall(r"`(/[a-z-]+/?)`", forwarded))
    for (_, path), asked in ACCESS.items():
        if asked in (Access.SEAT, Access.PAGE) and path != "/":
            assert f"/{path.split('/')[1]}" in named, path


def _settings(folder: Path, url: str = "https://sign.acme.example", **more: str) -> Any:
    path = folder / "countersign.yaml"
    path.write_text(TEXT + GOOD)
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(path),
            "SLACK_BOT_TOKEN": "xoxb-something-long",
            "SLACK_SIGNING_SECRET": "a-signing-secret",
            "SLACK_CLIENT_SECRET": "a-secret-of-the-app",
            "PUBLIC_URL": url,
            **more,
        }
    )


def test_its_secret_is_asked_for_and_hidden(tmp_path: Path) -> None:
    assert "a-secret-of-the-app" in _settings(tmp_path).hidden
    with pytest.raises(Misconfigured, match=r"SLACK_CLIENT_SECRET: .* \(asked for by dashboard\)"):
        _settings(tmp_path, SLACK_CLIENT_SECRET="")


def test_where_slack_is_something_else_that_may_be_near_by(tmp_path: Path) -> None:
    chosen = _settings(tmp_path, SLACK_API_URL="http://127.0.0.1:9/api/")
    trusted = connections.trusted_prefixes(chosen)
    assert "http://127.0.0.1:9/api/openid.connect.token" in trusted
    assert "http://127.0.0.1:9/openid/connect/keys" in trusted
    assert "http://127.0.0.1:9/" not in trusted


@pytest.mark.parametrize(
    ("url", "good"),
    [("https://sign.acme.example", True), ("http://localhost:3000", True), ("http://sign.acme.example", False)],
)  # fmt: skip
def test_cookies_need_a_safe_address(tmp_path: Path, url: str, good: bool) -> None:
    chosen = _settings(tmp_path, url)
    if good:
        parts.check_step_up(chosen)
    else:
        with pytest.raises(Misconfigured, match=r"PUBLIC_URL: .* `dashboard`"):
            parts.check_step_up(chosen)


def test_check_says_how_people_sign_in_and_what_it_is_worth() -> None:
    found = config.load(TEXT + GOOD)
    assert "dashboard    sign in with Slack, for 12h" in check.describe(found)
    facts = {"sign_in": "slack", "stays_seconds": 43_200, "auditors": []}
    assert check.as_json(found)["dashboard"] == facts
    notes = check.notes(found)
    assert "cannot sign in to the dashboard, having no Slack id: aud" in notes
    assert any("approves as a press in Slack does" in note for note in notes)
    both = config.load(f"{TEXT}dashboard: {{stays: 1h}}\n{STEP_UP}")
    assert "sign in with the provider of step_up, for 1h" in check.describe(both)
    assert not [note for note in check.notes(both) if "dashboard" in note]
    assert "dashboard" not in check.describe(config.load(TEXT))

"""What the config names becomes adapters, doors with tokens, and addresses we may call."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import config, settings
from bot.config import ConfigError, GithubConnection, PlatformConnection
from bot.config.oidc import Oidc
from bot.connections import doors, pipelines, stating, subscribers, trusted_prefixes
from bot.domain.change import Change
from bot.pipelines.github.pipeline import GitHubPipeline
from bot.pipelines.signatures import sign
from bot.pipelines.webhook import WebhookPipeline
from bot.ports import Delivery, Invalid, Malformed, Request, Response, Unauthenticated
from bot.settings import Settings
from tests.builders import FakeClock
from tests.pipelines.github.fake_github import app_key, pem

CONFIG = """\
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, token_env: CI_TOKEN, callback_prefix: "https://ci.example/cb/"}
  quiet: {kind: webhook, secret_env: QUIET_SECRET}
  hub: {kind: github, app_id: 1, private_key_env: KEY, webhook_secret_env: HOOK, token_env: HUB_TOKEN}
"""


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    file = tmp_path / "countersign.yaml"
    file.write_text(CONFIG)
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "CI_SECRET": "whsec_" + b64encode(b"a" * 32).decode(),
            "QUIET_SECRET": "whsec_" + b64encode(b"b" * 32).decode(),
            "CI_TOKEN": "token-of-ci",
            "HUB_TOKEN": "token-of-hub",
            "HOOK": "hook-secret",
            "KEY": pem(app_key()),
        }
    )


async def _nowhere(_: Request) -> Response:
    raise AssertionError("nothing leaves the house here")


def _adapters(chosen: Settings) -> dict[str, Any]:
    return dict(pipelines(chosen, FakeClock(), _nowhere))


def test_subscribers_hear_at_their_own_address_which_may_be_private(tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    told = "subscribers: {lake: {url: 'https://lake.internal/in', secret_env: LAKE, events: [closed]}}\n"
    file.write_text(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        "groups: {all: {members: ada}}\n" + told
    )
    chosen = settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "LAKE": "whsec_" + b64encode(b"a" * 32).decode(),
        }
    )
    [lake] = subscribers(chosen, FakeClock(), _nowhere).values()
    assert lake.url == "https://lake.internal/in"
    assert chosen.config.subscribers["lake"].events == {"closed"}
    assert "https://lake.internal/in" in trusted_prefixes(chosen)


def test_each_connection_has_the_adapter_of_its_kind(chosen: Settings):
    kinds = {name: type(adapter) for name, adapter in _adapters(chosen).items()}
    assert kinds == {"ci": WebhookPipeline, "quiet": WebhookPipeline, "hub": GitHubPipeline}


async def test_what_went_on_is_asked_for_by_the_name_of_the_connection(chosen: Settings):
    async def went_on(*place: str) -> str:
        return " ".join(place)

    hub: Any = pipelines(chosen, FakeClock(), _nowhere, went_on)["hub"]
    assert await hub.went_on("acme/api", "production") == "hub acme/api production"
    assert await _adapters(chosen)["hub"].went_on("acme/api", "production") == ""


def test_each_has_its_own_secret(chosen: Settings):
    adapters = _adapters(chosen)
    assert adapters["ci"].secrets == (b"a" * 32,)
    assert adapters["quiet"].secrets == (b"b" * 32,)
    assert adapters["ci"].callback_prefix == "https://ci.example/cb/"
    assert adapters["quiet"].callback_prefix == ""


def test_only_those_with_a_token_have_a_door(chosen: Settings):
    tokens = {door.connection: door.token for door in doors(chosen, _adapters(chosen))}
    assert tokens == {"ci": b"token-of-ci", "hub": b"token-of-hub"}


def test_a_run_of_githubs_is_over_once_it_was_told_no(chosen: Settings):
    reopens = {door.connection: door.reopens for door in doors(chosen, _adapters(chosen))}
    assert reopens == {"ci": True, "hub": False}


def test_a_webhooks_door_takes_changes_and_githubs_does_not(chosen: Settings):
    by_name = {door.connection: door for door in doors(chosen, _adapters(chosen))}
    assert by_name["hub"].read is None
    assert by_name["ci"].read is not None
    body = (
        b'{"key": "k", "repository": "a/b", "revision": "' + b"a" * 40 + b'",'
        b' "environment": "production", "title": "t", "author": {"login": "ada"}}'
    )
    change = by_name["ci"].read(body)
    assert isinstance(change, Change)
    assert (change.connection, change.key) == ("ci", "k")
    with pytest.raises(Malformed):
        by_name["ci"].read(b"{")
    with pytest.raises(Invalid):
        by_name["ci"].read(b"{}")


def test_only_configured_addresses_may_be_private(chosen: Settings):
    assert trusted_prefixes(chosen) == ("https://ci.example/cb/", "https://api.github.com/")


@pytest.mark.parametrize(
    ("name", "fine"), [("merge", True), ("mer\u200bge", False), ("merge ", False)]
)
def test_what_rules_call_a_check_is_a_name_that_can_be_read(
    tmp_path: Path, name: str, fine: bool
) -> None:
    text = CONFIG.replace(
        "token_env: HUB_TOKEN", f'check: Countersign, check_environment: "{name}"'
    )
    if fine:
        hub = config.load(text).connections["hub"]
        assert isinstance(hub, GithubConnection)
        assert hub.check_environment == name
    else:
        with pytest.raises(ConfigError, match="check_environment"):
            config.load(text)


GATE = "kind: jenkins, url: https://jenkins.example, user: countersign, api_token_env: API"
ISSUER = "https://token.actions.githubusercontent.com"


def with_a_gate(more: str) -> str:
    return f"{CONFIG}  gate: {{{GATE}{more}}}\n"


def test_a_gate_that_nobody_could_announce_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"needs secret_env.*or token_env or oidc"):
        config.load(with_a_gate(""))
    for more in (
        ", secret_env: S",
        ", token_env: T",
        f", oidc: {{issuer: {ISSUER}, projects: 7}}",
    ):
        assert config.load(with_a_gate(more)).connections["gate"]


def test_a_gate_with_a_token_alone_takes_what_jobs_ask_and_no_delivery(tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    file.write_text(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        f"groups: {{all: {{members: ada}}}}\nconnections:\n  gate: {{{GATE}, token_env: JOBS}}\n"
    )
    slack = {"SLACK_BOT_TOKEN": "xoxb-some-token", "SLACK_SIGNING_SECRET": "some-signing-secret"}
    more = {"API": "token-of-api", "JOBS": "token-of-jobs"}
    chosen = settings.read({"COUNTERSIGN_CONFIG": str(file), **slack, **more})
    adapters = _adapters(chosen)
    (door,) = doors(chosen, adapters)
    assert door.token == b"token-of-jobs"
    assert door.read is not None
    now = FakeClock()()
    for key in (b"", b"token-of-jobs", b"token-of-api"):
        forged = Delivery(headers=sign(key, "msg_1", now, b"{}"), body=b"{}")
        with pytest.raises(Unauthenticated):
            adapters["gate"].verify(forged)


@pytest.mark.parametrize("kind", ["bitbucket", "gitea, url: https://git.example"])
def test_a_check_and_its_environment_are_called_alike_everywhere(kind: str) -> None:
    hook = f"kind: {kind}, webhook_secret_env: H, api_token_env: A"
    named = config.load(f"{CONFIG}  forge: {{{hook}, check: signed, check_environment: main}}\n")
    forge = named.connections["forge"]
    assert isinstance(forge, PlatformConnection)
    assert forge.words["check"] == "signed"
    assert forge.words["check_environment"] == "main"
    for other in ("status: signed", "environment: main"):
        with pytest.raises(ConfigError, match=other.partition(":")[0]):
            config.load(f"{CONFIG}  forge: {{{hook}, {other}}}\n")


def test_a_webhook_states_and_a_platform_is_asked(chosen: Settings) -> None:
    assert stating(chosen) == {"ci": False, "quiet": False}
    config = chosen.config
    known = {**config.connections}
    trusted = Oidc(issuer="https://token.example", platform="github", workflows=("w.yml",))
    known["ci"] = replace(known["ci"], oidc=trusted)
    known["quiet"] = replace(known["quiet"], oidc=replace(trusted, workflows=()))
    known["gate"] = PlatformConnection(
        name="gate", kind="jenkins", url="https://ci.example", envs={}, words={}, lists={}
    )
    known["lab"] = replace(known["gate"], name="lab", kind="gitlab")
    more = replace(chosen, config=replace(config, connections=known))
    assert stating(more) == {"ci": True, "quiet": False, "gate": False}

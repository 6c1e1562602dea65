"""Whose tokens a connection takes: what may be written of it, and what it becomes."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from bot import config, connections, settings
from bot.cli import check
from bot.config import ConfigError
from bot.config.connections import PlatformConnection
from bot.config.oidc import Oidc
from bot.ports import Request, Response
from bot.web.api import Door
from tests.builders import FakeClock

GITHUB = "https://token.actions.githubusercontent.com"
DEPLOY = "acme/payments/.github/workflows/deploy.yml@refs/heads/main"
TEXT = """\
version: 1
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, oidc: OIDC}
"""
GOOD = f"{{issuer: {GITHUB}, projects: 1001}}"


def _text(oidc: str, more: str = "") -> str:
    return TEXT.replace("OIDC", oidc) + more


def _oidc(oidc: str) -> Oidc | None:
    return config.load(_text(oidc)).connections["ci"].oidc


def _mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_all_of_it_is_read() -> None:
    said = (
        f"{{issuer: {GITHUB}, audience: https://sign.acme.example, projects: [1001, '1002'], "
        f"owner_ids: 42, workflows: ['{DEPLOY}'], environments: production, protected: true}}"
    )
    assert _oidc(said) == Oidc(
        issuer=GITHUB,
        platform="github",
        audience="https://sign.acme.example",
        projects=("1001", "1002"),
        owners=("42",),
        workflows=(DEPLOY,),
        environments=("production",),
        protected=True,
    )


def test_without_it_there_is_none() -> None:
    loaded = config.load(TEXT.replace(", oidc: OIDC", ""))
    assert loaded.connections["ci"].oidc is None


@pytest.mark.parametrize(
    "connection",
    [
        "kind: github, app_id: 1, private_key_env: KEY, webhook_secret_env: HOOK",
        "kind: jenkins, url: 'https://ci.acme.example', user: bot, secret_env: S, api_token_env: T",
        "kind: gitlab, api_token_env: T, signing_token_env: S",
    ],
)
def test_any_kind_of_connection_may_have_it(connection: str) -> None:
    text = TEXT.replace("kind: webhook, secret_env: CI_SECRET", connection)
    assert config.load(text.replace("OIDC", GOOD)).connections["ci"].oidc is not None


@pytest.mark.parametrize(
    ("issuer", "platform"),
    [
        (GITHUB, "github"),
        ("https://token.actions.acme.ghe.com", "github"),
        ("https://github.acme.example/_services/token", "github"),
        ("https://gitlab.com", "gitlab"),
        ("https://git.acme.example:8443/gitlab", "gitlab"),
        ("https://token.actions.githubusercontent.com.evil.example", "gitlab"),
        ("https://evil.example/token.actions.githubusercontent.com", "gitlab"),
    ],
)
def test_whose_tokens_they_are_is_told_by_the_issuer(issuer: str, platform: str) -> None:
    found = _oidc(f"{{issuer: '{issuer}', projects: 1}}")
    assert found is not None
    assert found.platform == platform


def test_or_by_the_operator() -> None:
    found = _oidc("{issuer: http://127.0.0.1:8000, platform: github, projects: 1}")
    assert found is not None
    assert found.platform == "github"


@pytest.mark.parametrize(
    ("oidc", "told"),
    [
        (f"{{issuer: {GITHUB}}}", "ci.oidc: needs projects or owner_ids"),
        (f"{{issuer: {GITHUB}, workflows: '{DEPLOY}'}}", "needs projects or owner_ids"),
        (f"{{issuer: {GITHUB}, projects: []}}", "ci.oidc.projects"),
        (f"{{issuer: {GITHUB}, projects: acme/payments}}", "must be the number of it"),
        (f"{{issuer: {GITHUB}, projects: '*'}}", "must be the number of it"),
        (f"{{issuer: {GITHUB}, projects: true}}", "ci.oidc.projects"),
        (f"{{issuer: {GITHUB}, projects: -1}}", "must be the number of it"),
        (f"{{issuer: {GITHUB}, projects: 1, owner_ids: acme}}", "must be the number of it"),
        (f"{{issuer: {GITHUB}, projects: 1, workflows: deploy.yml}}", "a file and its ref"),
        (f"{{issuer: {GITHUB}, projects: 1, workflows: 'acme/*@refs/heads/main'}}", "without any"),
        (f"{{issuer: {GITHUB}, projects: 1, workflow: '{DEPLOY}'}}", "did you mean workflows?"),
        (f"{{issuer: {GITHUB}, projects: 1, protected: 'true'}}", "ci.oidc.protected"),
        (f"{{issuer: {GITHUB}, projects: 1, platform: jenkins}}", "ci.oidc.platform"),
        ("{projects: 1}", "ci.oidc.issuer"),
        (f"{{issuer: {GITHUB}/, projects: 1}}", "must end without a slash"),
        ("{issuer: http://gitlab.acme.example, projects: 1}", "must begin with https://"),
        ("{issuer: http://127.0.0.1.evil.example, projects: 1}", "must begin with https://"),
        ("{issuer: https://GitLab.com, projects: 1}", "spelled plainly"),
        ("{issuer: https://gitlab.com/../x, projects: 1}", "spelled plainly"),
        ("{issuer: https://gitlab.com/%2e, projects: 1}", "spelled plainly"),
        ("{issuer: 'https://ada@gitlab.com', projects: 1}", "user name"),
        ("{issuer: 'https://gitlab.com?x', projects: 1}", "before any ?"),
        ("{issuer: gitlab.com, projects: 1}", "must be an address"),
    ],
)
def test_what_would_trust_too_many_or_nobody_is_refused(oidc: str, told: str) -> None:
    assert any(told in mistake for mistake in _mistakes(_text(oidc))), _mistakes(_text(oidc))


def _two(first: str, second: str) -> str:
    return _text(
        f"{{issuer: {GITHUB}, {first}}}",
        f"  more: {{kind: webhook, secret_env: MORE, oidc: {{issuer: {GITHUB}, {second}}}}}\n",
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("projects: 1", "projects: ['1', 2]"),
        ("projects: 1, environments: staging", "projects: 1"),
        ("projects: 1, owner_ids: 4", "projects: 1, workflows: a@b"),
        ("projects: 1, environments: [a, b]", "projects: 1, environments: [b, c]"),
    ],
)
def test_two_that_would_take_the_same_token_are_refused(first: str, second: str) -> None:
    [mistake] = _mistakes(_two(first, second))
    assert "connections.more.oidc: takes tokens that connections.ci.oidc takes too" in mistake


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("projects: 1", "projects: 2"),
        ("projects: 1", "owner_ids: 1"),
        ("projects: 1, environments: staging", "projects: 1, environments: production"),
        ("projects: 1, workflows: a@b", "projects: 1, workflows: a@c"),
        ("projects: 1, audience: a", "projects: 1, audience: b"),
    ],
)
def test_two_that_can_be_told_apart_are_fine(first: str, second: str) -> None:
    assert len(config.load(_two(first, second)).connections) == 2


def test_one_issuer_has_one_platform() -> None:
    [mistake] = _mistakes(_two("projects: 1", "projects: 2, platform: gitlab"))
    assert "connections.more.oidc" in mistake
    assert "another one for the same issuer" in mistake


async def _nowhere(_: Request) -> Response:
    raise AssertionError("nothing leaves the house here")


def _chosen(tmp_path: Path, oidc: str) -> settings.Settings:
    file = tmp_path / "countersign.yaml"
    file.write_text(_text(oidc))
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "CI_SECRET": "whsec_" + b64encode(b"a" * 32).decode(),
            "PUBLIC_URL": "https://sign.acme.example/",
        }
    )


async def _spend(*_: Any) -> bool:
    return True


def test_it_becomes_a_door_without_a_shared_token(tmp_path: Path) -> None:
    chosen = _chosen(tmp_path, GOOD)
    adapters = connections.pipelines(chosen, FakeClock(), _nowhere)
    [door] = connections.doors(chosen, adapters)
    assert isinstance(door, Door)
    assert (door.connection, door.token) == ("ci", b"")
    assert door.read is not None


def test_tokens_must_be_meant_for_this_server_unless_something_else_is_said(
    tmp_path: Path,
) -> None:
    def audience(oidc: str) -> str:
        chosen = _chosen(tmp_path, oidc)
        keyless = connections.keyless(chosen, FakeClock(), _nowhere, _spend)
        assert list(keyless.issuers) == [GITHUB]
        return keyless.trusts["ci"].audience

    assert audience(GOOD) == "https://sign.acme.example"
    assert audience(f"{{issuer: {GITHUB}, projects: 1, audience: ours}}") == "ours"


def test_the_issuer_is_an_address_of_the_operators(tmp_path: Path) -> None:
    chosen = _chosen(tmp_path, "{issuer: https://git.acme.example/gitlab, projects: 1}")
    assert connections.trusted_prefixes(chosen) == ("https://git.acme.example/gitlab/",)


def test_check_shows_whose_tokens_are_taken() -> None:
    loaded = config.load(_text(GOOD))
    told = check.describe(loaded).splitlines()
    line = f"takes tokens of github from {GITHUB}: projects 1001"
    assert f"  ci: webhook, reports to nowhere; pipelines ask; {line}" in told
    assert any("any workflow on any branch may ask" in note for note in check.notes(loaded))
    assert check.as_json(loaded)["keyless"]["ci"]["projects"] == ("1001",)


def test_check_has_no_doubt_about_one_workflow() -> None:
    loaded = config.load(_text(f"{{issuer: {GITHUB}, projects: 1, workflows: '{DEPLOY}'}}"))
    assert not any("any workflow" in note for note in check.notes(loaded))
    assert f"workflows {DEPLOY}" in check.describe(loaded)


GATED = """\
version: 1
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
connections:
  ci: {KIND, secret_env: CI_SECRET, api_token_env: CI_API, MORE}
"""
JENKINS = "kind: jenkins, url: https://jenkins.acme.example, user: countersign"
SPINNAKER = "kind: spinnaker, url: https://gate.acme.example"


def _gated(kind: str, more: str) -> str:
    return GATED.replace("KIND", kind).replace("MORE", more)


@pytest.mark.parametrize("kind", [JENKINS, SPINNAKER])
@pytest.mark.parametrize("who", ["owner_ids: 42", "projects: [1001, 1002]"])
def test_jobs_of_many_projects_do_not_name_gates_without_bounds(kind: str, who: str) -> None:
    [told] = _mistakes(_gated(kind, f"oidc: {{issuer: {GITHUB}, {who}}}"))
    assert "connections.ci.oidc" in told
    assert "must name exactly one project" in told
    assert ("places" in told) == (kind == JENKINS)


def test_one_project_may_name_gates_and_many_may_within_places() -> None:
    for more in (
        f"oidc: {GOOD}",
        f"oidc: {{issuer: {GITHUB}, owner_ids: 42, projects: [1001]}}",
        f"oidc: {{issuer: {GITHUB}, owner_ids: 42}}, places: payments/*",
    ):
        assert config.load(_gated(JENKINS, more)).connections["ci"].oidc
    assert config.load(_text(f"{{issuer: {GITHUB}, owner_ids: 42}}")).connections["ci"].oidc


def test_places_are_globs_of_names_that_outlive_a_run() -> None:
    [read] = config.load(_gated(JENKINS, "places: [payments/*, ledger]")).connections.values()
    assert isinstance(read, PlatformConnection)
    assert read.lists == {"places": ("payments/*", "ledger")}
    for wrong in ("payments/", "/payments", "a//b", "a/../b", "'a\\b'"):
        [told] = _mistakes(_gated(JENKINS, f"places: {wrong}"))
        assert "connections.ci.places" in told
        assert "can never fit" in told
    assert _mistakes(_gated(JENKINS, "places: []"))


def test_a_kind_whose_places_are_ids_has_none_to_name() -> None:
    for kind in (
        SPINNAKER,
        "kind: terraform",
        "kind: gerrit, url: https://gerrit.acme.example, user: countersign",
    ):
        [told] = _mistakes(_gated(kind, "places: '**'"))
        assert "connections.ci.places" in told
        assert "cannot be given here" in told

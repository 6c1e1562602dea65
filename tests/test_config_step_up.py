"""Who steps up, and where: what may be written of it, and what it becomes."""

from __future__ import annotations

import pytest

from bot import config, connections, parts, settings
from bot.cli import check
from bot.config import ConfigError, Misconfigured
from bot.config.step_up import StepUp
from bot.domain.risk import RiskTier

TEXT = """\
version: 1
people:
  ada: {name: Ada, level: senior, slack: U0ADA, oidc: sub-1}
  pat: {name: Pat, level: senior}
groups: {all: {members: [ada, pat]}}
"""
BEFORE = "sha256:76bae9f64a8d85212f556edab0e5e0ebfa9ce0aeefbb62c0013a1bd7ed0a2ac4"
"""What named this policy before there was such a thing."""

GOOD = "step_up: {issuer: https://login.acme.example, client_id: countersign, client_secret_env: OIDC}\n"
RULE = "policy: {rules: [{name: all, require: {step_up: true}}]}\n"


def mistakes(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(text)
    return "\n".join(map(str, caught.value.mistakes))


def test_all_of_it_is_read() -> None:
    found = config.load(f"{TEXT}{GOOD}{RULE}administrators: pat\n")
    assert found.step_up == StepUp(
        issuer="https://login.acme.example", client_id="countersign", client_secret_env="OIDC"
    )
    assert found.administrators == {"pat"}
    assert found.policy.step_up == {RiskTier.HIGH, RiskTier.CRITICAL}
    assert found.policy.rules[0].require.step_up
    assert found.roster.people["ada"].oidc == "sub-1"


def test_without_it_nobody_steps_up_and_the_policy_is_the_same_as_before() -> None:
    """An upgrade alone must not make reviews that are under way count no more."""
    found = config.load(TEXT)
    assert (found.step_up, found.policy.step_up) == (None, frozenset())
    assert found.policy.digest == BEFORE


def test_who_must_step_up_is_another_policy() -> None:
    digests = {
        config.load(text).policy.digest
        for text in (TEXT, TEXT + GOOD, TEXT + GOOD.replace("OIDC}", "OIDC, risk: [low]}"), TEXT + GOOD + RULE)
    }  # fmt: skip
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT + RULE, "line 6: policy.rules[0].require.step_up: needs step_up at the top"),
        (TEXT + GOOD + "administrators: max\n", "no person is called max"),
        (TEXT.replace("level: senior}", "level: senior, oidc: SUB-1}") + GOOD, "subject of"),
        (TEXT.replace("sub-1", '"a b"') + GOOD, "must be as the provider writes it"),
        (TEXT + GOOD.replace("https:", "http:"), "must begin with https://"),
        (TEXT + GOOD.replace("OIDC", "SLACK_BOT_TOKEN"), "is Countersign's own"),
        (TEXT + GOOD.replace("OIDC}", "OIDC, risk: [dangerous]}"), "risk"),
        (
            TEXT + GOOD.replace("OIDC}", "OIDC, endpoints: {token: https://x.example/t}}"),
            "endpoints",
        ),
        (TEXT + GOOD.replace("OIDC}", "OIDC, secret: x}"), "secret"),
    ],
)
def test_what_is_wrong_is_told(text: str, words: str) -> None:
    assert words in mistakes(text)


def test_a_repository_may_ask_for_it_where_people_can() -> None:
    own = "rules: [{name: all, require: {step_up: true}}]"
    (rule,) = config.repository_policy(own, config.load(TEXT + GOOD))
    assert rule.require.step_up
    with pytest.raises(ConfigError):
        config.repository_policy(own, config.load(TEXT))


def _settings(tmp_path: object, public_url: str, **more: str) -> settings.Settings:
    from pathlib import Path  # noqa: PLC0415

    path = Path(str(tmp_path)) / "c.yaml"
    path.write_text(TEXT + GOOD)
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(path),
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_SIGNING_SECRET": "playground-signing-secret",
            "PUBLIC_URL": public_url,
            "OIDC": "a-secret-of-the-provider",
            **more,
        }
    )


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://sign.acme.example", True),
        ("http://localhost:3000", True),
        ("http://sign.acme.example", False),
        ("http://127.0.0.1:3000", False),
        ("http://localhost.acme.example", False),
    ],
)
def test_keys_need_a_safe_address(tmp_path: object, url: str, good: bool) -> None:
    chosen = _settings(tmp_path, url)
    if good:
        parts.check_step_up(chosen)
    else:
        with pytest.raises(Misconfigured, match="PUBLIC_URL"):
            parts.check_step_up(chosen)


def test_check_says_who_steps_up_and_who_cannot() -> None:
    without, found = config.load(TEXT), config.load(TEXT + GOOD)
    assert "a press in Slack is enough" in check.describe(without)
    assert check.as_json(without)["step_up"] is None
    assert "at https://login.acme.example, for critical, high risk and rules" in check.describe(
        found
    )
    told = check.as_json(found)
    assert told["step_up"]["risk"] == ["critical", "high"]
    assert "cannot step up, having no oidc and no address: pat" in told["notes"]
    assert any(note.startswith("no administrators") for note in told["notes"])
    named = config.load(
        TEXT.replace("pat: {", "pat: {emails: pat@acme.example, ") + GOOD + "administrators: pat\n"
    )
    assert not [note for note in check.notes(named) if "step up" in note or "administr" in note]


def test_its_secret_is_asked_for_hidden_and_its_address_may_be_private(tmp_path: object) -> None:
    chosen = _settings(tmp_path, "https://sign.acme.example")
    assert "a-secret-of-the-provider" in chosen.hidden
    assert "https://login.acme.example/" in connections.trusted_prefixes(chosen)
    with pytest.raises(Misconfigured, match=r"OIDC: .* \(asked for by step_up\)"):
        _settings(tmp_path, "https://sign.acme.example", OIDC="")

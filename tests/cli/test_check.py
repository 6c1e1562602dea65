"""`check`: what is configured, so that a person sees in a few lines whether it is what they meant."""

from __future__ import annotations

from bot import config
from bot.cli import check

TEXT = """\
people:
  ada: {name: Ada, level: senior, slack: U0ADA}
  jun: {name: Jun, level: mid, slack: U0JUN}
groups:
  payments: {members: [ada, jun], owns: [acme/pay-*]}
  everyone: {members: [ada]}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, callback_prefix: "https://ci.acme.example/"}
  poll: {kind: webhook, secret_env: POLL_SECRET}
  github: {kind: github, app_id: 1234, private_key_env: APP_KEY, webhook_secret_env: HOOK_SECRET}
slas:
  quick: {remind: [15m, 1h30m], escalate: never, expire: 2d}
  office: {clock: working, timezone: Asia/Tokyo}
policy:
  rules:
    - {name: Payments, require: {from: [owners, everyone], reason: true}}
    - {name: Humans, when: {ai: declared_human}, require: {approvals: 0}}
"""


def test_it_says_who_which_doors_and_which_rules() -> None:
    loaded = config.load(TEXT)
    assert check.describe(loaded).splitlines() == [
        "people       2: 1 senior, 1 mid",
        "groups       2",
        "  payments: ada, jun; answers for acme/pay-*",
        "  everyone: ada; answers for every repository nobody claims",
        "connections  3",
        "  ci: webhook, reports to https://ci.acme.example/",
        "  poll: webhook, reports to nowhere; pipelines ask",
        "  github: github, reports to https://github.com",
        "slas         2",
        "  quick: remind 15m, 1h30m; escalate never; expire 2d",
        "  office: remind 15m, 45m; escalate 1h; expire 8h; working hours 09:00-17:00 Asia/Tokyo",
        "rules        2, enforced",
        "  Payments: 1 × senior or above, from the owners or everyone and a reason",
        "  Humans: nobody has to sign",
        f"policy       {loaded.policy.digest}",
        "note: rules that let changes pass without a signature: Humans",
    ]


def test_it_says_the_same_to_programs() -> None:
    loaded = config.load(TEXT)
    assert check.as_json(loaded) == {
        "ok": True,
        "digest": loaded.digest,
        "policy_digest": loaded.policy.digest,
        "mode": "enforce",
        "people": ["ada", "jun"],
        "groups": {"payments": ["ada", "jun"], "everyone": ["ada"]},
        "connections": {"ci": "webhook", "poll": "webhook", "github": "github"},
        "slas": ["office", "quick"],
        "rules": ["Payments", "Humans"],
        "notes": ["rules that let changes pass without a signature: Humans"],
    }


def test_shadow_mode_cannot_be_overlooked() -> None:
    loaded = config.load(TEXT.replace("policy:", "policy:\n  mode: shadow"))
    assert "rules        2, SHADOW: everything passes" in check.describe(loaded)
    assert check.as_json(loaded)["mode"] == "shadow"


def test_what_is_allowed_and_perhaps_not_meant_is_noted() -> None:
    small = "people: {ada: {name: Ada, level: senior}}\ngroups: {all: {members: ada, owns: acme/*}}"
    assert check.notes(config.load(small)) == [
        "no connection: no pipeline can ask for a signoff",
        "cannot be asked, having no Slack id: ada",
        "groups of which nobody can be asked: all",
        "every group owns something: nobody can sign for a repository none claims",
    ]


def test_a_sound_config_has_no_notes() -> None:
    sound = TEXT.replace("approvals: 0", "approvals: 1")
    assert check.notes(config.load(sound)) == []

"""`check`: what is configured, so that a person sees in a few lines whether it is what they meant."""

from __future__ import annotations

import pytest

from bot import config
from bot.cli import check

TEXT = """\
version: 1
people:
  ada: {name: Ada, level: senior, slack: U0ADA}
  jun: {name: Jun, level: mid, slack: U0JUN}
groups:
  payments: {members: [ada, jun], owns: [acme/pay-*]}
  everyone: {members: [ada]}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, callback_prefix: "https://ci.acme.example/", repositories: acme/*}
  poll: {kind: webhook, secret_env: POLL_SECRET, repositories: [acme/ledger, acme/pay-*]}
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
        "  ci: webhook, reports to https://ci.acme.example/; speaks of acme/*",
        "  poll: webhook, reports to nowhere; pipelines ask; speaks of acme/ledger, acme/pay-*",
        "  github: github, reports to https://github.com",
        "slas         2",
        "  quick: remind 15m, 1h30m; escalate never; expire 2d",
        "  office: remind 15m, 45m; escalate 1h; expire 8h; working hours 09:00-17:00 Asia/Tokyo",
        "rules        2, enforced",
        "  Payments: 1 × senior or above from the owners or everyone and a reason",
        "  Humans: nobody has to sign",
        "step-up      nobody: a press in Slack is enough to approve",
        "override     nobody may",
        "evidence     good for 1d; who had a part is kept for 13mo; no checkpoint is kept elsewhere, "
        "so nobody could tell an old copy of the database",
        f"policy       {loaded.policy.digest}",
        "note: rules that let changes pass without a signature: Humans",
    ]


def test_it_warns_where_the_config_says_no_version() -> None:
    loaded = config.load(TEXT.replace("version: 1\n", ""))
    (warning,) = loaded.warnings
    assert check.describe(loaded).splitlines()[-1] == f"warning: {warning}"
    assert check.as_json(loaded)["warnings"] == [warning]


def test_it_says_the_same_to_programs() -> None:
    loaded = config.load(TEXT)
    assert check.as_json(loaded) == {
        "ok": True,
        "digest": loaded.digest,
        "policy_digest": loaded.policy.digest,
        "conventions": loaded.conventions.version,
        "mode": "enforce",
        "people": ["ada", "jun"],
        "groups": {"payments": ["ada", "jun"], "everyone": ["ada"]},
        "connections": {"ci": "webhook", "poll": "webhook", "github": "github"},
        "keyless": {},
        "slas": ["office", "quick"],
        "rotas": [],
        "windows": {},
        "territories": [],
        "rules": ["Payments", "Humans"],
        "rule_groups": {},
        "step_up": None,
        "dashboard": None,
        "override": None,
        "evidence": {"valid_for_seconds": 86_400, "retain_days": 403, "anchors": 0},
        "notes": ["rules that let changes pass without a signature: Humans"],
        "warnings": [],
    }


def test_it_says_where_an_old_copy_of_the_database_would_be_noticed() -> None:
    kept = (
        "evidence: {valid_for: 90m, retain: 6mo, anchors: [{directory: /mnt/a}, {git: /mnt/b}]}\n"
    )
    loaded = config.load(TEXT + kept)
    line = "evidence     good for 1h30m; who had a part is kept for 6mo; checkpoints are kept in 2 places"
    assert line in check.describe(loaded).splitlines()
    facts = {"valid_for_seconds": 5_400, "retain_days": 186, "anchors": 2}
    assert check.as_json(loaded)["evidence"] == facts


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


MORE = (
    TEXT.replace(
        "everyone: {members: [ada]}", "everyone: {members: [ada], teams: acme/all, on_call: turns}"
    )
    + """\
  groups:
    - name: Production
      when: {environment: production}
      rules:
        - {name: Freeze, when: {window: year-end}, require: {from: codeowners}}
        - {name: Night, when: {window: night}}
rotas:
  turns: {kind: rotation, members: [ada, jun], starting: 2026-11-23, timezone: Europe/London}
  written: {kind: shifts, shifts: [{person: jun, from: 2026-07-01T09:00, to: 2026-07-02T09:00}]}
  pager: {kind: pagerduty, schedule: PABC123, token_env: PAGER}
  feed: {kind: ical, url: "https://cal.acme.example/private-4711/basic.ics"}
  file: {kind: ical, file: on-call.ics}
windows:
  night: {kind: peak, days: [sat, fri], hours: "22:00-06:00"}
  year-end: {kind: freeze, from: 2026-12-19, to: 2027-01-03, timezone: Europe/London}
risk:
  territories:
    - {name: Money, paths: [refunds/, payouts/], repository: acme/*, criticality: critical}
    - {name: Schemas, paths: "*.sql"}
"""
)


def test_it_says_who_is_on_call_when_nothing_ships_and_what_is_dear() -> None:
    lines = check.describe(config.load(MORE)).splitlines()
    start = lines.index("rotas        5")
    assert (
        "  everyone: ada; answers for every repository nobody claims; in CODEOWNERS acme/all; on call turns"
        in lines
    )
    assert lines[start : lines.index("rules        4, enforced")] == [
        "rotas        5",
        "  turns: ada, jun by turns of 7d from 2026-11-23 09:00 Europe/London",
        "  written: 1 shifts of jun",
        "  pager: schedule PABC123 of PagerDuty",
        "  feed: calendar at cal.acme.example",
        "  file: on-call.ics",
        "windows      2",
        "  night: peak, Fri, Sat 22:00-06:00 UTC",
        "  year-end: freeze, Europe/London from 2026-12-19 to 2027-01-03",
        "territories  2",
        "  Money: critical, refunds/, payouts/ in acme/*",
        "  Schemas: high, *.sql",
    ]


def test_a_rule_is_shown_with_its_group() -> None:
    lines = check.describe(config.load(MORE)).splitlines()
    assert "  Humans: nobody has to sign" in lines
    assert "  Production / Freeze: 1 × senior or above from CODEOWNERS" in lines


def test_programs_learn_of_them_too() -> None:
    told = check.as_json(config.load(MORE))
    assert told["rotas"] == ["feed", "file", "pager", "turns", "written"]
    assert told["windows"] == {"night": "peak", "year-end": "freeze"}
    assert told["territories"] == ["Money", "Schemas"]
    assert told["rule_groups"] == {"Production": ["Freeze", "Night"]}


def test_the_address_of_a_calendar_may_be_a_secret_and_is_not_shown() -> None:
    loaded = config.load(MORE)
    assert "4711" not in check.describe(loaded)
    assert "4711" not in str(check.as_json(loaded))


def test_a_rota_that_nobody_names_is_noted() -> None:
    text = MORE.replace("approvals: 0", "approvals: 1")
    for rota in ("written", "pager", "feed"):
        text = "".join(line for line in text.splitlines(True) if f"  {rota}: " not in line)
    assert check.notes(config.load(text)) == ["rotas that no group names in on_call: file"]
    named = text.replace("payments: {", "payments: {on_call: file, ")
    assert check.notes(config.load(named)) == []


@pytest.mark.parametrize(
    ("when", "odd"),
    [
        ("{tools: [Claude Code, cursor]}", ""),
        ("{tools: [Claude Code, claude]}", "claude (did you mean Claude Code?)"),
        ("{any: [{kind: software}, {not: {tools: Hammer}}]}", "Hammer"),
    ],
)
def test_a_tool_that_no_convention_names_is_noted(when: str, odd: str) -> None:
    text = TEXT.replace("{ai: declared_human}, require: {approvals: 0}", when)
    told = [f"rules wait in vain for tools that no convention knows: {odd}"] if odd else []
    assert check.notes(config.load(text)) == told


@pytest.mark.parametrize(
    ("require", "short"),
    [
        ("{approvals: 1}", ""),
        ("{approvals: 2}", "Payments asks the owners for 2 at senior or above, and these alone "
                           "have fewer: payments; everyone"),
        ("{approvals: 2, level: mid}", "Payments asks the owners for 2 at mid or above, and these "
                                       "alone have fewer: everyone"),
        ("{level: staff}", "Payments asks the owners for 1 at staff or above, and these alone "
                           "have fewer: payments; everyone"),
        ("{approvals: 2, level: mid, from: [owners, payments]}", ""),
        ("{approvals: 9, from: [owners, codeowners]}", ""),
    ],
)  # fmt: skip
def test_a_rule_that_the_owners_of_some_repository_cannot_meet_is_noted(
    require: str, short: str
) -> None:
    sound = TEXT.replace("approvals: 0", "approvals: 1")
    text = sound.replace("{from: [owners, everyone], reason: true}", require)
    assert check.notes(config.load(text)) == ([short] if short else [])


def test_owners_who_could_not_even_meet_the_default_are_noted() -> None:
    sound = TEXT.replace("approvals: 0", "approvals: 1")
    text = sound.replace("members: [ada, jun], owns", "members: [jun], owns")
    assert check.notes(config.load(text)) == [
        "Humans asks the owners for 1 at senior or above, and these alone have fewer: payments",
        "default asks the owners for 1 at senior or above, and these alone have fewer: payments",
    ]


@pytest.mark.parametrize(
    ("gate", "open_to_all"),
    [
        ("kind: jenkins, url: https://j.example, user: bot", True),
        ("kind: jenkins, url: https://j.example, user: bot, places: payments/**", False),
        ("kind: terraform", False),
    ],
)
def test_a_gate_whose_places_nobody_bounded_is_noted(gate: str, open_to_all: bool) -> None:
    sound = TEXT.replace("approvals: 0", "approvals: 1")
    more = f"  gate: {{{gate}, secret_env: GATE_SECRET, api_token_env: GATE_TOKEN}}\nslas:\n"
    told = "who may announce may name any place of the platform: gate; say places"
    assert (told in check.notes(config.load(sound.replace("slas:\n", more)))) == open_to_all


BOUND = "secret_env: SANDBOX_SECRET, repositories: acme/sandbox-*"


@pytest.mark.parametrize(
    ("other", "is_wide"),
    [
        ("kind: webhook, secret_env: SANDBOX_SECRET", True),
        (f"kind: webhook, {BOUND}", False),
        ("kind: terraform, token_env: SANDBOX_SECRET, api_token_env: GATE_TOKEN", True),
        (f"kind: terraform, api_token_env: GATE_TOKEN, {BOUND}", False),
        ("kind: github, app_id: '7', private_key_env: GATE_KEY, webhook_secret_env: SANDBOX_SECRET", False),
    ],
)  # fmt: skip
def test_who_may_speak_of_the_repositories_of_others_is_noted(other: str, is_wide: bool) -> None:
    sound = TEXT.replace("approvals: 0", "approvals: 1")
    loaded = config.load(sound.replace("slas:\n", f"  sandbox-ci: {{{other}}}\nslas:\n"))
    told = "may announce changes of any repository, also those of other connections: sandbox-ci; say repositories"
    assert check.notes(loaded) == ([told] if is_wide else [])
    bound = loaded.connections["sandbox-ci"].repositories == ("acme/sandbox-*",)
    assert ("; speaks of acme/sandbox-*" in check.describe(loaded)) == bound


def test_who_is_alone_may_speak_of_all() -> None:
    ci = "  ci: {kind: webhook, secret_env: CI_SECRET}\n"
    people = (
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\ngroups: {all: {members: ada}}"
    )
    alone = f"{people}\nconnections:\n{ci}"
    assert not [it for it in check.notes(config.load(alone)) if "repositories" in it]
    two = f"{alone}{ci.replace('  ci', '  poll').replace('CI_', 'POLL_')}"
    (note,) = [it for it in check.notes(config.load(two)) if "say repositories" in it]
    assert note.endswith("ci, poll; say repositories")

"""The words of the policy: each is read, each mistake in one is told, and all are in the digest."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date, time, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.config import ConfigError, shape_policy
from bot.config.patterns import Regex
from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.conditions import When
from bot.domain.policy import AMAZON_RULE, Demand, Origin, Rule
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskRules, RiskTier, Territory, Window
from bot.domain.signoff import Declaration
from tests.test_config import JUNK, SMALL, changed, mistakes

TEXT = """\
people:
  ada: {name: Ada, level: senior, slack: U0ADA}
  grace: {name: Grace, level: staff, slack: U0GRACE}
groups:
  payments: {members: [ada, grace], owns: [acme/pay-*], teams: "@acme/payments"}
  everyone: {members: [ada, grace]}
windows:
  night: {kind: peak, days: [fri, sat], hours: "22:00-06:00", timezone: Europe/London}
  year-end: {kind: freeze, from: 2026-12-19, to: 2027-01-03}
risk:
  territories:
    - {name: Money, paths: [refunds/], repository: acme/*, criticality: critical}
  recent: 7d
provenance:
  conventions: [{id: ours, tool: Ours, where: branch, pattern: "ours/"}]
policy:
  rules:
    - name: One
      when: {tools: [Cursor], labels: 'ai*', branch: main, sample: 10%, incidents_over: 2}
      require: {declaration: required, carry_forward: false, from: [codeowners, payments]}
  groups:
    - name: Production
      when: {environment: production}
      rules:
        - name: Two
          when: {risk: [high, critical], risk_from: territory, window: [night], checks: failing}
        - name: Three
          when: {any: [{unowned: true}, {matches: {title: '(?i)^hotfix'}}], not: {kind: scaling}}
          require: {approvals: 0}
"""
RULE = SMALL + "policy:\n  rules:\n    - name: A\n      when: WHEN\n"


def when(said: str) -> When:
    (rule,) = config.load(RULE.replace("WHEN", said)).policy.rules
    return rule.when


def rules(text: str = TEXT) -> dict[str, Rule]:
    return {rule.name: rule for rule in config.load(text).policy.rules}


# What a good one says.


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("{tools: Claude}", When(tools=("Claude",))),
        ("{tools: [Claude, Codex]}", When(tools=("Claude", "Codex"))),
        ("{risk: [high, critical]}", When(risk=(RiskTier.HIGH, RiskTier.CRITICAL))),
        ("{risk_from: [migration, access]}", When(risk_from=("migration", "access"))),
        ("{branch: 'release/*'}", When(branch=("release/*",))),
        ("{labels: [hotfix]}", When(labels=("hotfix",))),
        ("{checks: [failing, missing]}", When(checks=("failing", "missing"))),
        ("{incidents_over: 0}", When(incidents=0)),
        ("{unowned: true}", When(unowned=True)),
        ("{all: [{unowned: true}, {risk: low}]}",
         When(all=(When(unowned=True), When(risk=(RiskTier.LOW,))))),
        ("{any: [{unowned: true}, {risk: low}]}",
         When(any=(When(unowned=True), When(risk=(RiskTier.LOW,))))),
        ("{not: [{unowned: true}, {risk: low}]}",
         When(none=(When(unowned=True), When(risk=(RiskTier.LOW,))))),
        ("{not: {ai: automation}}", When(none=(When(ai=(AiStatus.AUTOMATION,)),))),
        ("{any: [{not: {all: [{unowned: true}]}}]}",
         When(any=(When(none=(When(all=(When(unowned=True),)),)),))),
    ],
)  # fmt: skip
def test_a_rule_may_look_at(said: str, meant: When) -> None:
    assert when(said) == meant


def test_every_condition_of_the_domain_has_its_word() -> None:
    words = {"incidents_over" if it.name == "incidents" else it.name for it in fields(When)}
    assert set(shape_policy.When.model_fields) == words
    assert set(shape_policy.Require.model_fields) == {
        "carry_forward" if it.name == "carry" else it.name for it in fields(Demand)
    }


@pytest.mark.parametrize(
    ("said", "meant"),
    [("10%", 1000), ("10", 1000), ("0.01%", 1), ("0.5", 50), ("'5%'", 500), ("12.34%", 1234),
     ("100%", 10_000)],
)  # fmt: skip
def test_a_sample_is_a_percentage(said: str, meant: int) -> None:
    assert when(f"{{sample: {said}}}").sample == meant


def test_a_pattern_is_found_anywhere_and_minds_case_unless_it_says_otherwise() -> None:
    matches = when("{matches: {title: 'fix\\b', path: '(?i)\\.SQL$'}}").matches
    assert matches is not None
    assert matches.title is not None
    assert matches.title.search("a hotfix today")
    assert not matches.title.search("a HotFix today")
    assert not matches.title.search("fixture")
    assert matches.path is not None
    assert matches.path.search("db/1.sql")
    assert (matches.description, matches.branch) == (None, None)


def test_a_pattern_takes_any_text_however_broken() -> None:
    assert Regex("é.$").search("café\ud800")
    assert not Regex("x").search("\x00\udfff")


def test_patterns_are_equal_by_their_text_and_keep_it() -> None:
    assert Regex("a") == Regex("a")
    assert Regex("a") != Regex("b")
    assert asdict(Regex("a")) == {"pattern": "a"}


def test_a_rule_may_want_a_declaration_and_no_carrying_and_codeowners() -> None:
    assert rules()["One"].require == Demand(
        sources=("codeowners", "payments"), declaration=Declaration.REQUIRED, carry=False
    )


def test_a_rule_that_says_no_more_asks_for_a_declaration_and_lets_carry() -> None:
    require = rules()["Two"].require
    assert (require.declaration, require.carry) == (Declaration.ASK, True)


def test_the_condition_of_a_group_is_joined_to_each_of_its_rules() -> None:
    shared = When(environment=("production",))
    assert [rules()[name].when.all for name in ("One", "Two", "Three")] == [
        (),
        (shared,),
        (shared,),
    ]
    assert [rules()[name].group for name in ("One", "Two", "Three")] == ["", *["Production"] * 2]


def test_it_is_joined_to_what_the_rule_itself_wants_all_of() -> None:
    text = changed("window: [night]", "all: [{unowned: true}]", TEXT)
    assert rules(text)["Two"].when.all == (
        When(environment=("production",)),
        When(unowned=True),
    )


def test_a_group_without_a_condition_adds_none() -> None:
    text = changed("      when: {environment: production}\n", "", TEXT)
    assert rules(text)["Two"].when.all == ()
    assert rules(text)["Two"].group == "Production"


def test_rules_of_the_config_are_the_servers() -> None:
    assert {rule.origin for rule in rules().values()} == {Origin.SERVER}


def test_groups_alone_are_a_policy_too() -> None:
    text = SMALL + "policy: {groups: [{name: G, rules: [{name: A}]}]}"
    assert list(rules(text)) == ["A"]
    assert list(rules(SMALL + "policy: {mode: shadow}")) == [AMAZON_RULE.name]


def test_carrying_and_the_checklist_of_risk_are_on_unless_switched_off() -> None:
    usual = config.load(SMALL).policy
    assert (usual.carry, usual.risk_checklist) == (True, True)
    without = config.load(SMALL + "policy: {carry_forward: false, risk_checklist: false}").policy
    assert (without.carry, without.risk_checklist) == (False, False)


def test_a_risky_change_wants_a_reason_unless_switched_off() -> None:
    assert config.load(SMALL).policy.risk_reason is True
    assert config.load(SMALL + "policy: {risk_reason: false}").policy.risk_reason is False


def test_there_are_ten_seconds_to_think_better_of_it_or_as_many_as_one_says() -> None:
    assert config.load(SMALL).policy.grace == timedelta(seconds=10)
    for said, grace in (("0s", timedelta(0)), ("0m", timedelta(0)), ("5m", timedelta(minutes=5))):
        assert config.load(SMALL + f"policy: {{grace: {said}}}").policy.grace == grace


def test_whoever_is_on_it_is_so_for_half_an_hour_or_as_long_as_one_says() -> None:
    assert config.load(SMALL).policy.claim_for == timedelta(minutes=30)
    for said, length in (("1m", timedelta(minutes=1)), ("24h", timedelta(days=1))):
        assert config.load(SMALL + f"policy: {{claim: {said}}}").policy.claim_for == length


def test_windows_may_cross_midnight_and_last_whole_days() -> None:
    assert config.load(TEXT).risk.windows == (
        Window(
            name="night",
            kind="peak",
            days=frozenset({4, 5}),
            start=time(22),
            end=time(6),
            zone="Europe/London",
        ),
        Window(name="year-end", since=date(2026, 12, 19), until=date(2027, 1, 3)),
    )


def test_territories_and_how_long_an_incident_counts() -> None:
    risk = config.load(TEXT).risk
    assert risk.territories == (
        Territory(
            name="Money",
            paths=("refunds/",),
            repository=("acme/*",),
            criticality=RiskTier.CRITICAL,
        ),
    )
    assert risk.recent == timedelta(days=7)
    assert config.load(SMALL).risk == RiskRules()


def test_a_territory_is_high_in_every_repository_unless_it_says_otherwise() -> None:
    text = changed(", repository: acme/*, criticality: critical", "", TEXT)
    (territory,) = config.load(text).risk.territories
    assert (territory.criticality, territory.repository) == (RiskTier.HIGH, ())


def test_conventions_of_the_operator_are_added_to_ours() -> None:
    assert "Ours" in config.load(TEXT).conventions.tools
    ours = config.load(SMALL).conventions
    assert "Ours" not in ours.tools
    assert config.load(TEXT).conventions.tools == ours.tools | {"Ours"}


# What names it.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: Production", "name: Prod"),
        ("environment: production", "environment: prod"),
        ("sample: 10%", "sample: 11%"),
        ("(?i)^hotfix", "^hotfix"),
        ("incidents_over: 2", "incidents_over: 3"),
        ("declaration: required", "declaration: ask"),
        ("carry_forward: false", "carry_forward: true"),
        ("from: [codeowners, payments]", "from: payments"),
        ("unowned: true", "checks: missing"),
        ("not: {kind", "all: {kind"),
        ("@acme/payments", "@acme/pay"),
        ("hours: \"22:00-06:00\"", "hours: \"22:00-06:30\""),
        ("to: 2027-01-03", "to: 2027-01-04"),
        ("paths: [refunds/]", "paths: [refund/]"),
        ("recent: 7d", "recent: 8d"),
        ('"ours/"', '"mine/"'),
        ("policy:\n", "policy:\n  carry_forward: false\n"),
        ("policy:\n", "policy:\n  risk_checklist: false\n"),
        ("policy:\n", "policy:\n  risk_reason: false\n"),
        ("policy:\n", "policy:\n  grace: 11s\n"),
    ],
)  # fmt: skip
def test_every_word_that_decides_who_must_sign_changes_the_policy_digest(
    old: str, new: str
) -> None:
    assert config.load(changed(old, new, TEXT)).policy.digest != config.load(TEXT).policy.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sample: 10%", "sample: 10"),
        ("not: {kind: scaling}", "not: [{kind: [scaling]}]"),
        ("policy:\n", "policy:\n  carry_forward: true\n"),
        ("policy:\n", "policy:\n  risk_reason: true\n"),
        ("policy:\n", "policy:\n  grace: 10s\n"),
        ("policy:\n", "policy:\n  claim: 2h\n"),
        (
            "policy:\n",
            "rotas: {r: {kind: rotation, members: ada, starting: 2026-11-23}}\npolicy:\n",
        ),
    ],
)
def test_another_way_to_say_the_same_leaves_the_policy_digest_alone(old: str, new: str) -> None:
    assert config.load(changed(old, new, TEXT)).policy.digest == config.load(TEXT).policy.digest


# What is refused. Each text differs from one that is accepted in one respect.


@pytest.mark.parametrize(
    ("fine", "wrong", "told"),
    [
        ("{tools: a}", "{tools: []}", "tools: must not be empty"),
        ("{tools: a}", "{tool: a}", "tool: unknown key; did you mean tools?"),
        ("{risk: high}", "{risk: hihg}", "risk: must be one of low, normal, high, critical"),
        (
            "{risk_from: [tests]}",
            "{risk_from: [test]}",
            "risk_from[0]: no kind of risk is called test; did you mean tests?",
        ),
        (
            "{window: []}".replace("[]", "night"),
            "{window: nigt}",
            "window: no window is called nigt; did you mean night?",
        ),
        ("{checks: failing}", "{checks: [red]}", "checks[0]: must be failing or missing"),
        ("{unowned: true}", "{unowned: false}", "unowned: must be true; leave it out otherwise"),
        ("{incidents_over: 1}", "{incidents_over: -1}", "incidents_over: must be 0 or more"),
        ("{incidents_over: 1}", "{incidents_over: 1.5}", "incidents_over: must be a whole number"),
        ("{sample: 1%}", "{sample: 1 %}", "sample: must be a percentage such as 10% or 0.5%"),
        ("{sample: 1%}", "{sample: true}", "sample: must be a percentage such as 10% or 0.5%"),
        ("{sample: 0.01}", "{sample: 0.001}", "sample: must be between 0.01% and 100%"),
        ("{sample: 0.01%}", "{sample: 0.00%}", "sample: must be between 0.01% and 100%"),
        ("{sample: 100%}", "{sample: 101%}", "sample: must be between 0.01% and 100%"),
        ("{sample: 0.25}", "{sample: 0.255}", "sample: must have two decimals at most"),
        ("{labels: ['x*']}", "{labels: ['']}", "labels[0]: must not be empty"),
        (
            "{matches: {title: a}}",
            "{matches: {}}",
            "matches: needs title, description, branch or path",
        ),
        (
            "{matches: {title: a}}",
            "{matches: {titel: a}}",
            "matches.titel: unknown key; did you mean title?",
        ),
        (
            "{matches: {title: '(a)'}}",
            "{matches: {title: '(a'}}",
            "matches.title: is no pattern that RE2 knows: missing ): (a",
        ),
        (
            "{matches: {title: '(?i)a'}}",
            "{matches: {title: '(?=a)'}}",
            "matches.title: is no pattern that RE2 knows: invalid perl operator: (?=",
        ),
        (
            "{matches: {title: '\\pL{2}'}}",
            "{matches: {title: '(\\pL{50}){19}'}}",
            "matches.title: is no pattern that RE2 knows: pattern too large - compile failed",
        ),
        (
            '{matches: {title: "\\u00e9"}}',
            '{matches: {title: "\\ud800"}}',
            "matches.title: holds half a character",
        ),
        (
            f"{{matches: {{title: {'x' * 500}}}}}",
            f"{{matches: {{title: {'x' * 501}}}}}",
            "matches.title: must be at most 500 characters long",
        ),
        ("{any: [{risk: low}]}", "{any: []}", "any: must not be empty"),
        ("{any: {risk: low}}", "{any: low}", "any: must be a mapping, as in `key: value`"),
        (
            "{any: [{risk: low}, {risk: high}]}",
            "{any: [{risk: low}, {rsik: high}]}",
            "any[1].rsik: unknown key; did you mean risk?",
        ),
        (
            "{not: {risk: low}}",
            "{not: {rsik: low}}",
            "not.rsik: unknown key; did you mean risk?",
        ),
        ("{not: {risk: low}}", "{none: {risk: low}}", "none: unknown key"),
        (
            "{any: [{not: {author_level: {below: senior}}}]}",
            "{any: [{not: {author_level: {below: senor}}}]}",
            "any[0].not.author_level.below: no level is called senor; did you mean senior?",
        ),
        ("{not: {risk: low}}", "{not: {}}", ": can never hold, so that the rule would never apply"),
        (
            "{any: [{risk: low}]}",
            "{any: [{not: {any: [{}]}}]}",
            ": can never hold, so that the rule would never apply",
        ),
    ],
)
def test_a_condition_that_cannot_be_is_told(fine: str, wrong: str, told: str) -> None:
    text = RULE.replace("policy:", "windows: {night: {kind: peak, days: fri}}\npolicy:")
    config.load(text.replace("WHEN", fine))
    (mistake,) = mistakes(text.replace("WHEN", wrong))
    place = "line 7: policy.rules[0].when"
    assert mistake.startswith(f"{place}{told}" if told.startswith(":") else f"{place}.{told}")


def test_a_mistake_deep_in_a_nest_has_its_own_line() -> None:
    nest = "\n        any:\n          - risk: low\n          - not:\n              risk: lwo"
    config.load(RULE.replace("WHEN", nest.replace("lwo", "high")))
    assert mistakes(RULE.replace("WHEN", nest)) == [
        "line 10: policy.rules[0].when.any[1].not.risk: must be one of low, normal, high, critical"
    ]


def nested(depth: int) -> str:
    return "{not: " * depth + "{risk: low}" + "}" * depth


def test_conditions_may_be_nested_five_deep() -> None:
    config.load(RULE.replace("WHEN", nested(5)))
    assert mistakes(RULE.replace("WHEN", nested(6))) == [
        f"line 6: policy.rules[0].when{'.not' * 6}: conditions may be nested 5 deep at most"
    ]


def test_conditions_are_five_hundred_at_most_in_all() -> None:
    def many(count: int) -> str:
        return RULE.replace("WHEN", f"{{any: [{', '.join(['{risk: low}'] * count)}]}}")

    config.load(many(499))
    assert mistakes(many(500)) == [
        "line 3: policy: holds 501 conditions, and may hold 500 at most"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("some", "every"),
    [
        ("{any: [{risk: low}]}", "{any: [{}]}"),
        ("{any: [{risk: low}, {risk: high}]}", "{any: [{risk: low}, {}]}"),
        ("{all: [{risk: low}, {}]}", "{all: [{}, {}]}"),
        ("{not: {risk: low}}", "{not: {not: {}}}"),
        ("{environment: 'x*'}", "{environment: '*'}"),
        ("{paths: 'docs/**'}", "{paths: '**'}"),
        ("{kind: [software, scaling]}", "{kind: [software, scaling, infrastructure]}"),
        ("{risk: [low, normal, high]}", "{risk: [low, normal, high, critical]}"),
        ("{sample: 99.99%}", "{sample: 100%}"),
        ("{kind: scaling, repository: '*'}", "{repository: '*'}"),
    ],
)
def test_an_exemption_that_holds_for_every_change_is_told(some: str, every: str) -> None:
    free = RULE + "      require: {approvals: 0}\n"
    config.load(free.replace("WHEN", some))
    config.load(RULE.replace("WHEN", every))
    assert mistakes(free.replace("WHEN", every)) == [
        "line 7: policy.rules[0].require.approvals: 0 would let every change pass; "
        "say in `when` which ones"
    ]


def test_an_exemption_may_have_its_condition_from_its_group() -> None:
    group = SMALL + (
        "policy: {groups: [{name: G, when: {kind: KIND}, rules: [\n"
        "  {name: A, require: {approvals: 0}}]}]}\n"
    )
    config.load(group.replace("KIND", "scaling"))
    (told,) = mistakes(group.replace("KIND", "[software, scaling, infrastructure]"))
    assert told.startswith("line 4: policy.groups[0].rules[0].require.approvals: 0 would let every")


@pytest.mark.parametrize(
    ("old", "fine", "wrong", "told"),
    [
        (
            "name: Two",
            "name: Four",
            "name: One",
            "line 25: policy.groups[0].rules[0].name: One is the name of another rule already",
        ),
        (
            "name: Two",
            "name: my default",
            "name: default",
            "line 25: policy.groups[0].rules[0].name: default is the rule that is always there; "
            "call this one something else",
        ),
        (
            "name: Two",
            "name: 'of the repository: two'",
            "name: 'repository: two'",
            "line 25: policy.groups[0].rules[0].name: begins like the rules of a repository's own; "
            "call it something else",
        ),
        (
            "    - name: Production\n",
            "    - {name: Other, rules: [{name: X}]}\n    - name: Production\n",
            "    - {name: Production, rules: [{name: X}]}\n    - name: Production\n",
            "line 23: policy.groups[1].name: Production is the name of another group of rules already",
        ),
        (
            "from: [codeowners, payments]",
            "from: [codeowners, owners]",
            "from: [codeowner, owners]",
            "line 20: policy.rules[0].require.from[0]: no group is called codeowner; "
            "did you mean codeowners?",
        ),
        (
            "declaration: required",
            "declaration: 'no'",
            "declaration: yes",
            "line 20: policy.rules[0].require.declaration: must be one of no, ask, required",
        ),
        (
            "policy:\n",
            "policy:\n  grace: 5m\n",
            "policy:\n  grace: 5m1s\n",
            "line 17: policy.grace: must be at most 5m; 0s is none",
        ),
        (
            "policy:\n",
            "policy:\n  grace: 0s\n",
            "policy:\n  grace: 0\n",
            "line 17: policy.grace: must be a duration such as 20s, 15m, 1h30m or 2d",
        ),
        (
            "policy:\n",
            "policy:\n  claim: 1m\n",
            "policy:\n  claim: 59s\n",
            "line 17: policy.claim: must be at least 1m and at most 24h",
        ),
        (
            "policy:\n",
            "policy:\n  claim: 24h\n",
            "policy:\n  claim: 24h1s\n",
            "line 17: policy.claim: must be at least 1m and at most 24h",
        ),
        (
            "policy:\n",
            "policy:\n  risk_reason: true\n",
            "policy:\n  risk_reason: always\n",
            "line 17: policy.risk_reason: must be true or false",
        ),
        (
            "carry_forward: false",
            "carry_forward: true",
            "carry_forward: never",
            "line 20: policy.rules[0].require.carry_forward: must be true or false",
        ),
        (
            "kind: peak",
            "kind: freeze",
            "kind: peek",
            "line 8: windows.night.kind: must be freeze or peak",
        ),
        (
            '"22:00-06:00"',
            '"22:00-00:00"',
            '"22:00-22:00"',
            "line 8: windows.night.hours: must not end when it starts; for whole days leave hours out",
        ),
        (
            '"22:00-06:00"',
            '"06:00-22:00"',
            '"22:00-24:00"',
            "line 8: windows.night.hours: must be hours such as 09:00-17:30 or 22:00-06:00",
        ),
        (
            ", from: 2026-12-19, to: 2027-01-03",
            ", to: 2027-01-03",
            "",
            "line 9: windows.year-end: would always be open; it needs days, hours, from or to",
        ),
        (
            "to: 2027-01-03",
            "to: 2026-12-19",
            "to: 2026-12-18",
            "line 9: windows.year-end: must begin before it ends",
        ),
        (
            "timezone: Europe/London",
            "timezone: UTC",
            "timezone: London",
            "line 8: windows.night.timezone: no time zone is called London; "
            "they look like Europe/London",
        ),
        (
            "    - {name: Money",
            "    - {name: Gold, paths: gold/}\n    - {name: Money",
            "    - {name: Money, paths: gold/}\n    - {name: Money",
            "line 13: risk.territories[1].name: Money is the name of another territory already",
        ),
        (
            "criticality: critical",
            "criticality: low",
            "criticality: sky-high",
            "line 12: risk.territories[0].criticality: must be one of low, normal, high, critical",
        ),
        (
            "paths: [refunds/]",
            "paths: [/refunds/]",
            "paths: ['refunds\\x']",
            "line 12: risk.territories[0].paths[0]: can never fit: folders are separated by /, "
            "not by a backslash",
        ),
        (
            "recent: 7d",
            "recent: 90d",
            "recent: 91d",
            "line 13: risk.recent: must be longer than nothing and at most 90 days",
        ),
        (
            '"ours/"',
            '"(ours)/"',
            '"(ours/"',
            "line 15: provenance.conventions[0].pattern: is no pattern that RE2 knows: "
            "missing ): (ours/",
        ),
        (
            "{id: ours, tool",
            "{id: mine, tool",
            "{id: ours, where: branch, pattern: a}, {id: ours, tool",
            "line 15: provenance.conventions[1].id: names a second convention the same",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_line(old: str, fine: str, wrong: str, told: str) -> None:
    config.load(changed(old, fine, TEXT))
    assert mistakes(changed(old, wrong, TEXT)) == [told]


# Whatever is written.

CONDITION = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "risk": st.sampled_from(["low", "high", "hihg"]) | JUNK,
            "sample": st.sampled_from(["10%", "0%", 10, 0.5, -1, True, ""]) | JUNK,
            "window": st.sampled_from(["night", "none"]) | JUNK,
            "matches": st.dictionaries(
                st.sampled_from(["title", "description", "branch", "path", "x"]),
                st.text("ab(|)[]{}*+?\\d^$.pLQE-9", max_size=12),
                max_size=2,
            )
            | JUNK,
            "unowned": st.booleans(),
            "checks": st.lists(st.sampled_from(["failing", "missing", "x"]), max_size=3),
            "tools": JUNK,
            "risk_from": JUNK,
            "incidents_over": JUNK,
            "kind": st.sampled_from(["software", "x"]),
        },
    ),
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not"]),
        inner | st.lists(inner, max_size=3) | JUNK,
        max_size=2,
    ),
    max_leaves=6,
)


@given(written=CONDITION, free=st.booleans(), shared=CONDITION)
def test_whatever_the_conditions_they_are_read_or_refused(
    written: dict[str, Any], free: bool, shared: dict[str, Any]
) -> None:
    tree = yaml.safe_load(TEXT)
    rule = {"name": "A", "when": written, "require": {"approvals": 0 if free else 1}}
    tree["policy"] = {"groups": [{"name": "G", "when": shared, "rules": [rule]}]}
    read_or_refused(tree)


@given(data=st.data())
def test_whatever_stands_in_its_place_is_read_or_refused(data: st.DataObject) -> None:
    """One value, anywhere among the new words, becomes anything at all."""
    tree = yaml.safe_load(TEXT)
    node: Any = tree
    while True:
        steps = list(node) if isinstance(node, dict) else list(range(len(node)))
        step = data.draw(st.sampled_from(steps))
        if not (isinstance(node[step], dict | list) and node[step] and data.draw(st.booleans())):
            break
        node = node[step]
    node[step] = data.draw(JUNK)
    read_or_refused(tree)


def read_or_refused(tree: object) -> None:
    try:
        loaded = config.load(yaml.safe_dump(tree, allow_unicode=True))
    except ConfigError as error:
        told = [str(mistake) for mistake in error.mistakes]
    else:
        told = [loaded.policy.digest]
    assert told
    assert all(line.isprintable() for line in told)


# How much anybody is to look at.

ATTENTION = SMALL.replace("U0ADA}", "U0ADA, attention: 6}") + "policy: {attention: {per_day: 12}}\n"


def test_how_often_people_are_asked_in_a_day_and_who_less_often() -> None:
    assert config.load(ATTENTION).budgets == Budgets(per_day=12, people={"ada": 6})
    assert config.load(SMALL).budgets == NO_BUDGETS


def test_how_often_people_are_asked_decides_nothing_and_so_is_no_other_policy() -> None:
    assert config.load(ATTENTION).policy == config.load(SMALL).policy


@pytest.mark.parametrize("old", ["attention: 6", "per_day: 12"])
@pytest.mark.parametrize("number", ["0", "-1", "101", "1.5", "many"])
def test_nobody_is_asked_never_nor_without_end(old: str, number: str) -> None:
    (mistake,) = mistakes(ATTENTION.replace(old, f"{old.partition(':')[0]}: {number}"))
    assert "attention" in mistake


def test_a_repository_has_no_say_in_it() -> None:
    server = config.load(SMALL)
    with pytest.raises(ConfigError, match="attention: is for the server to say"):
        config.repository_policy("version: 1\nattention: {per_day: 1}\n", server)

"""The config: one file, strict, and every mistake in it is told at once."""

from __future__ import annotations

import json
import re
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot import config
from bot.cli import schema
from bot.config import ConfigError, GithubConnection, Mistake, WebhookConnection
from bot.domain.calendar import WorkingHours
from bot.domain.change import Kind
from bot.domain.conditions import LevelRange, Size
from bot.domain.policy import AMAZON_RULE, OWNERS
from bot.domain.provenance import AiStatus
from bot.domain.sla import Sla

ROOT = Path(__file__).parent.parent

TEXT = """\
people:
  ada: {name: Ada, level: senior, slack: U0ADA, github: Ada, gitlab: [ada.park], emails: [Ada@Acme.example]}
  grace: {name: Grace, level: staff, slack: U0GRACE, github: grace, timezone: Africa/Lagos}
  jun: {name: Jun, level: mid, hours: "09:00-17:30"}
levels: [junior, mid, senior, staff]
groups:
  payments: {members: [ada, grace], owns: [acme/pay-*], slack_usergroup: S0PAY, channel: C0PAY}
  everyone: {members: [ada, grace, jun]}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, token_env: CI_TOKEN, callback_prefix: "https://ci.acme.example/"}
  github: {kind: github, app_id: 1234, private_key_env: APP_KEY, webhook_secret_env: HOOK_SECRET}
slas:
  production: {remind: [15m, 45m], escalate: 1h, expire: 8h, escalate_to: [everyone]}
policy:
  mode: enforce
  rules:
    - name: Payments
      when: {environment: production, kind: [infrastructure], ai: assisted, author_level: {below: senior}}
      require: {approvals: 2, level: senior, from: payments, sla: production, checklist: [Rolled back once]}
"""

SMALL = """\
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
"""


def changed(old: str, new: str, text: str = TEXT) -> str:
    assert text.count(old) == 1, f"{old} has to stand in the text once"
    return text.replace(old, new)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(text)
    return [str(mistake) for mistake in caught.value.mistakes]


# What a good one says.


def test_people_have_all_their_names_in_lower_case() -> None:
    people = config.load(TEXT).roster.people
    assert people["ada"].logins == {"ada", "ada.park"}
    assert people["ada"].emails == {"ada@acme.example"}
    assert (people["ada"].slack, people["ada"].level) == ("U0ADA", "senior")
    assert (people["grace"].timezone, people["jun"].timezone) == ("Africa/Lagos", "UTC")
    assert (people["jun"].hours, people["jun"].slack) == ("09:00-17:30", "")


def test_a_group_keeps_its_members_in_order_and_what_it_owns() -> None:
    payments = config.load(TEXT).roster.groups["payments"]
    assert payments.members == ("ada", "grace")
    assert payments.owns == ("acme/pay-*",)
    assert (payments.channel, payments.slack_usergroup) == ("C0PAY", "S0PAY")


def test_connections_are_known_by_name_and_name_their_secrets() -> None:
    assert config.load(TEXT).connections == {
        "ci": WebhookConnection(
            name="ci",
            secret_env="CI_SECRET",
            token_env="CI_TOKEN",
            callback_prefix="https://ci.acme.example/",
        ),
        "github": GithubConnection(
            name="github",
            app_id="1234",
            private_key_env="APP_KEY",
            webhook_secret_env="HOOK_SECRET",
        ),
    }


def test_what_hangs_nowhere_else_has_a_channel_of_its_own_or_none() -> None:
    assert config.load(SMALL).fallback_channel == ""
    assert config.load(SMALL + "slack: {fallback_channel: C0OPS}").fallback_channel == "C0OPS"


def test_supersede_never_is_false() -> None:
    text = changed("secret_env: CI_SECRET", "secret_env: CI_SECRET, supersede: never")
    assert config.load(text).connections["ci"].supersede is False


def test_addresses_of_an_own_github_lose_their_last_slash() -> None:
    text = changed("app_id: 1234", 'app_id: 1234, api_url: "https://git.acme.example/api/v3/"')
    github = config.load(text).connections["github"]
    assert isinstance(github, GithubConnection)
    assert github.api_url == "https://git.acme.example/api/v3"


def test_a_callback_may_go_without_tls_inside_the_house_because_the_operator_says_so() -> None:
    ci = config.load(changed("https://ci.acme.example/", "http://10.0.0.7:8080/")).connections["ci"]
    assert isinstance(ci, WebhookConnection)
    assert ci.callback_prefix == "http://10.0.0.7:8080/"


def test_a_rule_says_when_and_what() -> None:
    (rule,) = config.load(TEXT).policy.rules
    assert rule.when.environment == ("production",)
    assert rule.when.kind == (Kind.INFRASTRUCTURE,)
    assert rule.when.ai == (AiStatus.ASSISTED,)
    assert rule.when.author_level == LevelRange(below="senior")
    assert (rule.require.approvals, rule.require.level) == (2, "senior")
    assert (rule.require.sources, rule.require.sla) == (("payments",), "production")
    assert rule.require.checklist == ("Rolled back once",)
    assert rule.require.reason is False


def test_a_rule_may_look_at_paths_size_and_repositories_and_want_a_reason() -> None:
    text = changed(
        "ai: assisted", "paths: ['**/db/*'], size: {lines_over: 400}, repository: acme/*"
    )
    text = changed("approvals: 2", "approvals: 2, reason: true", text)
    (rule,) = config.load(text).policy.rules
    assert rule.when.paths == ("**/db/*",)
    assert rule.when.size == Size(lines_over=400)
    assert rule.when.repository == ("acme/*",)
    assert rule.require.reason is True


def test_a_rule_asks_one_senior_of_the_owners_unless_it_says_more() -> None:
    text = SMALL + "policy: {rules: [{name: All}]}"
    (rule,) = config.load(text).policy.rules
    assert (rule.require.approvals, rule.require.level) == (1, "senior")
    assert rule.require.sources == (OWNERS,)


def test_without_a_policy_the_built_in_rule_is_in_force() -> None:
    policy = config.load(SMALL).policy
    assert policy.rules == (AMAZON_RULE,)
    assert policy.shadow is False


def test_shadow_mode_is_read() -> None:
    assert config.load(changed("mode: enforce", "mode: shadow")).policy.shadow is True


def test_an_sla_that_says_nothing_is_the_usual_one() -> None:
    assert config.load(SMALL + "slas: {usual: {}}").policy.slas == {"usual": Sla()}


def test_an_sla_has_durations_and_groups_to_escalate_to() -> None:
    assert config.load(TEXT).policy.slas["production"] == Sla(
        remind=(timedelta(minutes=15), timedelta(minutes=45)),
        escalate=timedelta(hours=1),
        expire=timedelta(hours=8),
        escalate_to=("everyone",),
    )


def test_what_comes_by_default_only_and_too_late_is_left_out() -> None:
    sla = config.load(SMALL + "slas: {short: {expire: 20m}}").policy.slas["short"]
    assert (sla.remind, sla.escalate) == ((timedelta(minutes=15),), None)


def test_escalate_never_is_no_escalation() -> None:
    text = SMALL + "slas: {quiet: {escalate: never}}"
    assert config.load(text).policy.slas["quiet"].escalate is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("20s", timedelta(seconds=20)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("90d", timedelta(days=90)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(said: str, meant: timedelta) -> None:
    sla = config.load(SMALL + f"slas: {{s: {{remind: [], expire: {said}}}}}").policy.slas["s"]
    assert sla.expire == meant


def test_a_working_clock_has_hours_a_zone_and_days() -> None:
    text = changed(
        "expire: 8h",
        'expire: 8h, clock: working, hours: "08:30-17:00", timezone: Asia/Tokyo, days: [mon, sun]',
    )
    assert config.load(text).policy.slas["production"].hours == WorkingHours(
        start=time(8, 30), end=time(17), zone="Asia/Tokyo", days=frozenset({0, 6})
    )


def test_a_working_clock_without_more_is_office_hours_in_utc() -> None:
    text = changed("expire: 8h", "expire: 8h, clock: working")
    assert config.load(text).policy.slas["production"].hours == WorkingHours()


def test_words_that_yaml_1_1_takes_for_something_else_are_text() -> None:
    text = changed("environment: production", "environment: [no, on, 2026-11-21, 9:30]")
    (rule,) = config.load(text).policy.rules
    assert rule.when.environment == ("no", "on", "2026-11-21", "9:30")


# What names it.


def test_the_digest_names_the_exact_text() -> None:
    assert config.load(TEXT).digest == config.load(TEXT).digest
    assert config.load(TEXT).digest != config.load(f"{TEXT}# \n").digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvals: 2", "approvals: 1"),
        ("mode: enforce", "mode: shadow"),
        ("expire: 8h", "expire: 9h"),
        ("members: [ada, grace],", "members: [grace, ada],"),
        ("owns: [acme/pay-*]", "owns: [acme/*]"),
        ("levels: [junior, mid", "levels: [mid"),
        ("below: senior", "below: staff"),
    ],
)
def test_whatever_decides_who_must_sign_changes_the_policy_digest(old: str, new: str) -> None:
    assert config.load(changed(old, new)).policy.digest != config.load(TEXT).policy.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mode: enforce", "mode: enforce  # as agreed"),
        ("channel: C0PAY", "channel: C0NEW"),
        ("channel: C0PAY", "channel: C0PAY, digest: no"),
        ("channel: C0PAY", "channel: C0PAY, timezone: Africa/Lagos"),
        ("policy:\n", "slack: {fallback_channel: C0OPS}\npolicy:\n"),
        ("environment: production", "environment: [production]"),
        ("  mode: enforce\n", ""),
        ("expire: 8h, ", ""),
        ("app_id: 1234", "app_id: 99"),
    ],
)
def test_whatever_else_changes_leaves_the_policy_digest_alone(old: str, new: str) -> None:
    assert config.load(changed(old, new)).policy.digest == config.load(TEXT).policy.digest


def test_the_policy_digest_stays_what_it_is() -> None:
    """Pending signoffs hang on it: if this fails, every one of them has to be asked again."""
    assert config.load(SMALL).policy.digest == (
        "sha256:5c7c3f6a9af91566db9f5327ae38d63ba27d8ab279ad5cb6350335b2eb600f60"
    )


# What is refused. Each text differs from one that is accepted in one respect.


@pytest.mark.parametrize(
    ("old", "fine", "wrong", "told"),
    [
        (
            "policy:\n",
            "slack: {fallback_channel: C0OPS}\npolicy:\n",
            "slack: {fallback_channel: '#ops'}\npolicy:\n",
            "line 14: slack.fallback_channel: must be a Slack channel id such as C012AB3CD "
            "(at the foot of the channel's details)",
        ),
        (
            "policy:\n",
            "slack: {}\npolicy:\n",
            "slack: {fallback: C0OPS}\npolicy:\n",
            "line 14: slack.fallback: unknown key; did you mean fallback_channel?",
        ),
        (
            "{environment: production",
            "{repository: production",
            "{environmnt: production",
            "line 18: policy.rules[0].when.environmnt: unknown key; did you mean environment?",
        ),
        (
            "secret_env: CI_SECRET",
            "secret_env: OTHER",
            "secret_envv: CI_SECRET, secret_env: OTHER",
            "line 10: connections.ci.secret_envv: unknown key; did you mean secret_env?",
        ),
        (
            "mode: enforce",
            "mode: shadow",
            "mode: on",
            "line 15: policy.mode: must be enforce or shadow",
        ),
        (
            "ai: assisted",
            "ai: suspected",
            "ai: [suspected, asisted]",
            "line 18: policy.rules[0].when.ai[1]: must be one of assisted, contradicted, suspected, "
            "undeclared, declared_human, automation",
        ),
        (
            "kind: webhook",
            "kind: webhook ",
            "kind: webhok",
            "line 10: connections.ci.kind: no kind is called webhok; did you mean webhook?",
        ),
        (
            "kind: webhook, ",
            "kind: 'webhook', ",
            "",
            "line 10: connections.ci: needs a kind: argo-rollouts, argo-workflows, azure, bitbucket, bitbucket-data-center, buildkite, circleci, codepipeline, gerrit, gitea, github, gitlab, jenkins, pagerduty, spinnaker, terraform, terraform-run-task or webhook",
        ),
        (
            "name: Jun, ",
            "name: J, ",
            "",
            "line 4: people.jun.name: is missing",
        ),
        (
            "name: Jun, ",
            "name: J, ",
            "name: '', ",
            "line 4: people.jun.name: must not be empty",
        ),
        (
            "name: Jun, ",
            "name: '12', ",
            "name: 12, ",
            "line 4: people.jun.name: must be text; put it in quotes",
        ),
        (
            "slack: U0ADA",
            "slack: W0ADA",
            "slack: ada",
            "line 2: people.ada.slack: must be a Slack member id such as U012AB3CD "
            "(in the profile: More, Copy member ID)",
        ),
        (
            "channel: C0PAY",
            "channel: G0PAY",
            "channel: '#payments'",
            "line 7: groups.payments.channel: must be a Slack channel id such as C012AB3CD "
            "(at the foot of the channel's details)",
        ),
        (
            "slack_usergroup: S0PAY",
            "slack_usergroup: S0",
            "slack_usergroup: payments",
            "line 7: groups.payments.slack_usergroup: must be a Slack user group id such as S012AB3CD",
        ),
        (
            "[Ada@Acme.example]",
            "ada@acme.example",
            "ada.acme.example",
            "line 2: people.ada.emails: must be an e-mail address",
        ),
        (
            "[Ada@Acme.example]",
            "1+ada@users.noreply.github.com",
            "ada+ci@acme.example",
            "line 2: people.ada.emails: leave out the + and what follows it: "
            "ada@… stands for ada+anything@… too",
        ),
        (
            "Africa/Lagos",
            "Europe/London",
            "Lagos",
            "line 3: people.grace.timezone: no time zone is called Lagos; they look like Europe/London",
        ),
        (
            '"09:00-17:30"',
            '"09:00-17:31"',
            "9-17",
            "line 4: people.jun.hours: must be hours such as 09:00-17:30",
        ),
        (
            '"09:00-17:30"',
            '"09:00-09:01"',
            '"17:30-09:00"',
            "line 4: people.jun.hours: must start before it ends, on the same day",
        ),
        (
            "{members: [ada, grace]}",
            "{members: [ada]}",
            "{members: []}",
            "line 8: groups.everyone.members: must not be empty",
        ),
        (
            "secret_env: CI_SECRET",
            "secret_env: CI_2",
            "secret_env: whsec_c2VjcmV0",
            "line 10: connections.ci.secret_env: must be the name of an environment variable such as "
            "PAYMENTS_CI_SECRET, never the secret itself",
        ),
        (
            "https://ci.acme.example/",
            "https://ci.acme.example/hooks/",
            "https://ci.acme.example",
            "line 10: connections.ci.callback_prefix: must end with / so that no longer name can pass for it",
        ),
        (
            "https://ci.acme.example/",
            "https://ci.acme.example:8443/",
            "ftp://ci.acme.example/",
            "line 10: connections.ci.callback_prefix: must be an address that begins with https:// "
            "(or http://) and a host",
        ),
        (
            "https://ci.acme.example/",
            "https://ci.acme.example/a/",
            "https://ci.acme.example/a/../",
            "line 10: connections.ci.callback_prefix: must not hold . or .. between slashes",
        ),
        (
            "https://ci.acme.example/",
            "https://ci.acme.example/a/",
            "https://ci.acme.example/?a/",
            "line 10: connections.ci.callback_prefix: must end before any ? or #",
        ),
        (
            "https://ci.acme.example/",
            "https://acme.example/",
            "https://bot:pa55@acme.example/",
            "line 10: connections.ci.callback_prefix: must not hold a user name or password",
        ),
        (
            "app_id: 1234",
            "app_id: Iv23liABC",
            "app_id: my app",
            "line 11: connections.github.app_id: must be the App ID that GitHub shows, such as 1234",
        ),
        (
            "expire: 8h",
            "expire: 480m",
            "expire: 480",
            "line 13: slas.production.expire: must be a duration such as 20s, 15m, 1h30m or 2d",
        ),
        (
            "expire: 8h",
            "expire: 90d",
            "expire: 91d",
            "line 13: slas.production.expire: must be longer than nothing and at most 90 days",
        ),
        (
            "[15m, 45m]",
            "[15m, 479m]",
            "[15m, 480m]",
            "line 13: slas.production.remind[1]: must come before expire, which otherwise ends the "
            "signoff first",
        ),
        (
            "escalate: 1h",
            "escalate: 7h",
            "escalate: 8h",
            "line 13: slas.production.escalate: must come before expire, which otherwise ends the "
            "signoff first",
        ),
        (
            "expire: 8h",
            "expire: 8h, clock: working, days: [sat]",
            "expire: 8h, days: [sat]",
            "line 13: slas.production: hours, timezone and days count with clock: working alone",
        ),
        (
            "expire: 8h",
            'expire: 8h, clock: working, hours: "09:00-10:00"',
            'expire: 8h, clock: working, hours: "09:00-09:59"',
            "line 13: slas.production: working hours must last an hour at least",
        ),
        (
            "approvals: 2",
            "approvals: 0",
            "approvals: -1",
            "line 19: policy.rules[0].require.approvals: must be 0 or more",
        ),
        (
            "approvals: 2",
            "approvals: 1",
            "approvals: '1'",
            "line 19: policy.rules[0].require.approvals: must be a whole number",
        ),
        (
            "approvals: 2",
            "approvals: 2, reason: true",
            "approvals: 2, reason: yes",
            "line 19: policy.rules[0].require.reason: must be true or false",
        ),
        (
            "[Rolled back once]",
            f"[{'x' * 75}]",
            f"[{'x' * 76}]",
            "line 19: policy.rules[0].require.checklist[0]: must be at most 75 characters long",
        ),
        (
            "[Rolled back once]",
            f"[{', '.join('abcdefghij')}]",
            f"[{', '.join('abcdefghijk')}]",
            "line 19: policy.rules[0].require.checklist: must have at most 10 items",
        ),
        (
            "{below: senior}",
            "{at_least: senior}",
            "{}",
            "line 18: policy.rules[0].when.author_level: needs below or at_least",
        ),
        (
            "ai: assisted",
            "size: {files_over: 1}",
            "size: {}",
            "line 18: policy.rules[0].when.size: needs lines_over or files_over",
        ),
        (
            "environment: production",
            "environment: [production]",
            "environment: []",
            "line 18: policy.rules[0].when.environment: must not be empty",
        ),
        (
            "{members: [ada, grace]}",
            "{members: [ada]}",
            "[ada]",
            "line 8: groups.everyone: must be a mapping, as in `key: value`",
        ),
        (
            "levels: [junior, mid, senior, staff]",
            "levels: [mid, senior, staff]",
            "levels: senior",
            "line 5: levels: must be a list, as in [one, two]",
        ),
        (
            "everyone: {members",
            "everyone: {channel: C0ALL, members",
            "everyone: {channel: , members",
            "line 8: groups.everyone.channel: is empty; give it a value, or remove it",
        ),
        (
            "  jun: {name",
            "  jun.2: {name",
            "  jun ito: {name",
            "line 4: people.jun ito: a name is made of letters, digits, - _ and .",
        ),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(old: str, fine: str, wrong: str, told: str) -> None:
    text = TEXT.replace("[ada, grace, jun]", "[ada, grace]")
    config.load(changed(old, fine, text))
    assert told in mistakes(changed(old, wrong, text))


@pytest.mark.parametrize(
    ("old", "fine", "wrong", "told"),
    [
        (
            "{members: [ada, grace],",
            "{members: [jun, ada, grace],",
            "{members: [jan, ada, grace],",
            "line 7: groups.payments.members[0]: no person is called jan; did you mean jun?",
        ),
        (
            "{members: [ada, grace],",
            "{members: [ada, grace, jun],",
            "{members: [ada, grace, ada],",
            "line 7: groups.payments.members[2]: ada stands twice among the members",
        ),
        (
            "  everyone:",
            "  others: {members: ada}\n  everyone:",
            "  owners: {members: ada}\n  everyone:",
            "line 8: groups.owners: is a word of its own in rules; call the group something else",
        ),
        (
            "level: mid",
            "level: junior",
            "level: midd",
            "line 4: people.jun.level: no level is called midd; did you mean mid?",
        ),
        (
            "below: senior",
            "below: staff",
            "below: principal",
            "line 18: policy.rules[0].when.author_level.below: no level is called principal; "
            "there is junior, mid, senior, staff",
        ),
        (
            "level: senior, from",
            "level: mid, from",
            "level: wizard, from",
            "line 19: policy.rules[0].require.level: no level is called wizard; "
            "there is junior, mid, senior, staff",
        ),
        (
            "from: payments",
            "from: [payments, owners]",
            "from: [payment, owners]",
            "line 19: policy.rules[0].require.from[0]: no group is called payment; "
            "did you mean payments?",
        ),
        (
            "sla: production",
            "sla: 'production'",
            "sla: producton",
            "line 19: policy.rules[0].require.sla: no sla is called producton; did you mean production?",
        ),
        (
            "escalate_to: [everyone]",
            "escalate_to: everyone",
            "escalate_to: everyon",
            "line 13: slas.production.escalate_to: no group is called everyon; did you mean everyone?",
        ),
        (
            "slack: U0GRACE",
            "slack: U0ADA2",
            "slack: U0ADA",
            "line 3: people.grace.slack: is the Slack id of ada already",
        ),
        (
            "github: grace",
            "github: ada.parker",
            "github: ADA.Park",
            "line 3: people.grace.github: is the login of ada already",
        ),
        (
            "github: grace",
            "emails: [ada@acme.example.org]",
            "emails: [ADA@acme.example]",
            "line 3: people.grace.emails[0]: is the address of ada already",
        ),
        (
            "token_env: CI_TOKEN",
            "token_env: CI_TOKEN_2",
            "token_env: CI_SECRET",
            "line 10: connections.ci.token_env: is the variable of connections.ci.secret_env already; "
            "each needs a secret of its own",
        ),
        (
            "token_env: CI_TOKEN",
            "token_env: OUR_BOT_TOKEN",
            "token_env: SLACK_BOT_TOKEN",
            "line 10: connections.ci.token_env: SLACK_BOT_TOKEN is Countersign's own; a connection "
            "needs a secret of its own",
        ),
        (
            "    - name: Payments",
            "    - name: Other\n    - name: Payments",
            "    - name: Payments\n    - name: Payments",
            "line 18: policy.rules[1].name: Payments is the name of another rule already",
        ),
        (
            "name: Payments",
            "name: my default",
            "name: default",
            "line 17: policy.rules[0].name: default is the rule that is always there; "
            "call this one something else",
        ),
        (
            "approvals: 2",
            "approvals: 2, reason: true",
            "approvals: 3",
            "line 19: policy.rules[0].require: asks for 3 at level senior or above from payments, "
            "but that is 2 people",
        ),
        (
            "level: senior, from",
            "level: senior, reason: true, from",
            "level: staff, from",
            "line 19: policy.rules[0].require: asks for 2 at level staff or above from payments, "
            "but that is 1 person",
        ),
    ],
)
def test_a_config_that_does_not_agree_with_itself_is_refused(
    old: str, fine: str, wrong: str, told: str
) -> None:
    config.load(changed(old, fine))
    assert mistakes(changed(old, wrong)) == [told]


@pytest.mark.parametrize("when", ["", "when: {}, "])
def test_a_rule_that_exempts_says_which_changes(when: str) -> None:
    rule = SMALL + "policy:\n  rules:\n    - {name: A, WHENrequire: {approvals: N}}\n"
    config.load(rule.replace("WHEN", "when: {kind: scaling}, ").replace("N}", "0}"))
    config.load(rule.replace("WHEN", when).replace("N}", "1}"))
    assert mistakes(rule.replace("WHEN", when).replace("N}", "0}")) == [
        "line 5: policy.rules[0].require.approvals: 0 would let every change pass; "
        "say in `when` which ones"
    ]


@pytest.mark.parametrize(
    ("key", "fine", "wrong", "told"),
    [
        ("paths", ".x/**", "./x/**", "no path holds . or .. or nothing between slashes"),
        ("paths", "/*.tf", "//*.tf", "no path holds . or .. or nothing between slashes"),
        ("paths", "x/", "x//", "no path holds . or .. or nothing between slashes"),
        ("paths", "x/..y", "x/../y", "no path holds . or .. or nothing between slashes"),
        ("paths", "x/y", "x\\y", "folders are separated by /, not by a backslash"),
        ("repository", "acme/*", "acme/", "repositories look like owner/name"),
        ("repository", "acme/*", "/acme/*", "repositories look like owner/name"),
        ("repository", "acme/*", "./acme/*", "repositories look like owner/name"),
        ("repository", "acme/*", "acme\\*", "repositories look like owner/name"),
        ("environment", "prod*", " prod*", "environments are in ASCII"),
        ("environment", "prod*", "pr\u043ed*", "environments are in ASCII"),
    ],
)
def test_a_glob_that_can_never_fit_is_told(key: str, fine: str, wrong: str, told: str) -> None:
    rule = (
        SMALL
        + "policy:\n  rules:\n    - name: A\n      when: {kind: software, KEY: [a/b, 'GLOB']}\n"
    )
    config.load(rule.replace("KEY", key).replace("GLOB", fine))
    (mistake,) = mistakes(rule.replace("KEY", key).replace("GLOB", wrong))
    assert mistake.startswith(f"line 6: policy.rules[0].when.{key}[1]: can never fit: {told}")


def test_a_glob_of_what_a_group_owns_that_can_never_fit_is_told() -> None:
    config.load(changed("[acme/pay-*]", "[acme/*]"))
    (mistake,) = mistakes(changed("[acme/pay-*]", "[acme/]"))
    assert mistake.startswith("line 7: groups.payments.owns[0]: can never fit")


def test_without_the_level_senior_the_default_rule_could_not_work() -> None:
    text = "people: {ada: {name: Ada, level: boss}}\ngroups: {all: {members: ada}}\n"
    config.load(text + "levels: [junior, senior, boss]")
    assert mistakes(text + "levels: [junior, boss]") == [
        "line 3: levels: must hold senior: the default rule asks for one, where no other rule is "
        "about a change"
    ]


@pytest.mark.parametrize("section", ["people", "groups"])
def test_without_people_or_groups_there_is_nobody_to_ask(section: str) -> None:
    config.load(SMALL)
    kept = "".join(line for line in SMALL.splitlines(True) if not line.startswith(section))
    assert f"line 1: {section}: is missing" in mistakes(kept)


def test_an_empty_file_says_what_it_lacks() -> None:
    assert mistakes("# nothing yet\n") == [
        "line 1: groups: is missing",
        "line 1: people: is missing",
    ]


def test_all_mistakes_of_every_sort_are_told_at_once_and_in_order() -> None:
    text = changed("level: mid", "level: mdi")
    text = changed("kind: [infra", "kind: [infar", text)
    text = changed("from: payments", "from: payment", text)
    text = changed("mode: enforce", "mode: enforce\n  mode: shadow\n  rulez: 1", text)
    assert [line.split(":")[0] for line in mistakes(text)] == [
        "line 4",
        "line 16",
        "line 17",
        "line 20",
        "line 21",
    ]


# YAML itself.


def test_a_key_that_is_given_twice_is_refused() -> None:
    once = SMALL + "slas: {}\n"
    config.load(once)
    assert mistakes(once + "slas: {}\n") == [
        "line 4: slas: stands here a second time; the first is on line 3"
    ]


@pytest.mark.parametrize(
    ("quoted", "bare", "told"),
    [
        (
            "['*.tf']",
            "[*.tf]",
            "line 4: text that begins with * & or ! needs quotes",
        ),
        (
            "['*']",
            "[*]",
            "line 4: text that begins with * & or ! needs quotes",
        ),
        (
            "['*tf']",
            "[*tf]",
            "line 4: *tf: text that begins with * needs quotes (YAML anchors and tags are not used)",
        ),
        (
            "['&a']",
            "[&a b]",
            "line 4: &a: text that begins with & needs quotes (YAML anchors and tags are not used)",
        ),
        (
            "['!a']",
            "[!a b]",
            "line 4: text that begins with ! needs quotes (YAML anchors and tags are not used)",
        ),
        (
            "['!!python/name:os.system']",
            "!!python/name:os.system ''",
            "line 4: text that begins with ! needs quotes (YAML anchors and tags are not used)",
        ),
    ],
)
def test_aliases_anchors_and_tags_are_refused(quoted: str, bare: str, told: str) -> None:
    rule = SMALL + "policy: {rules: [{name: A, when:\n  {paths: PATHS}}]}"
    config.load(rule.replace("PATHS", quoted))
    assert told in mistakes(rule.replace("PATHS", bare))


def test_an_anchor_that_stands_twice_does_not_end_the_reading() -> None:
    told = mistakes(SMALL + "slas: {a: {remind: [&a 1m, &a 2m]}}\nslaz: 1\n")
    assert [line.partition(":")[0] for line in told] == ["line 3", "line 4"]
    assert mistakes(SMALL + "slaz: 1\n") == ["line 3: slaz: unknown key; did you mean slas?"]


def test_what_is_no_yaml_is_refused_with_the_line() -> None:
    assert mistakes(SMALL + "slas: {a: [}\n")[0].startswith("line 3: is not YAML: ")


def test_a_second_document_is_refused() -> None:
    config.load(f"---\n{SMALL}")
    assert mistakes(f"{SMALL}---\n{SMALL}") == ["line 3: is not YAML: but found another document"]


def test_a_character_that_yaml_forbids_is_refused_with_the_line() -> None:
    config.load(SMALL + "# \t\n")
    assert mistakes(SMALL + "# \x00\n") == ["line 3: holds a character that YAML does not allow"]


def test_a_deep_nest_is_refused_and_does_not_overflow() -> None:
    told = mistakes(SMALL + "slas: " + "[" * 100_000)
    assert told == ["line 3: is not YAML: nested too deeply"]


def test_a_file_of_more_than_a_megabyte_is_refused() -> None:
    config.load(SMALL + "#" * 900_000)
    assert mistakes(SMALL + "#" * 1_000_000) == [
        "line 1: the file is larger than 1 MB, which no config should be"
    ]


@pytest.mark.parametrize("text", ["- ada\n", "ada\n", "12\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert "line 1: must be a mapping, as in `key: value`" in mistakes(text)


def test_a_key_that_is_no_text_is_refused() -> None:
    assert "line 3: a key must be plain text" in mistakes(SMALL + "? [a]\n: b\n")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data())
def test_whatever_stands_in_its_place_is_read_or_refused(data: st.DataObject) -> None:
    """One value, anywhere in a good config, becomes anything at all."""
    tree = yaml.safe_load(TEXT)
    node: Any = tree
    while True:
        steps = list(node) if isinstance(node, dict) else list(range(len(node)))
        step = data.draw(st.sampled_from(steps))
        if not (isinstance(node[step], dict | list) and node[step] and data.draw(st.booleans())):
            break
        node = node[step]
    node[step] = data.draw(JUNK)
    _is_read_or_refused(yaml.safe_dump(tree, allow_unicode=True))


@example(place=TEXT.index("id, senior"), gone=0, new="\n\n")
@given(
    place=st.integers(0, len(TEXT)),
    gone=st.integers(0, 40),
    new=st.text("[]{}*&!:,'\"#|> \n\tax1", max_size=5),
)
def test_a_text_that_is_cut_up_is_read_or_refused(place: int, gone: int, new: str) -> None:
    _is_read_or_refused(TEXT[:place] + new + TEXT[place + gone :])


def _is_read_or_refused(text: str) -> None:
    try:
        config.load(text)
    except ConfigError as error:
        told = error.mistakes
    else:
        return
    assert told
    assert all(str(mistake).isprintable() for mistake in told)


# Secrets.


@pytest.mark.parametrize(
    "place",
    [
        "secret_env: CI_SECRET",
        "kind: webhook",
        "callback_prefix: ",
        "mode: enforce",
        "sla: production",
        "timezone: Africa/Lagos",
        "from: payments",
        "level: mid",
    ],
)
@pytest.mark.parametrize(
    "secret", ["whsec_aHVudGVyMg", "xoxb-1-hunter2", "ghp_hunter2", "-----BEGIN hunter2"]
)
def test_a_secret_in_the_wrong_place_is_never_shown(place: str, secret: str) -> None:
    key = place.partition(":")[0]
    wrong = changed(place, f"{key}: '{secret}'" + (", x: " if place.endswith(": ") else ""))
    told = "\n".join(mistakes(wrong))
    assert told
    assert secret not in told
    assert "hunter2" not in told


def test_a_secret_for_a_key_is_never_shown() -> None:
    (told,) = mistakes(SMALL + "whsec_aHVudGVyMg: 1\n")
    assert told.startswith("line 3: (hidden): unknown key")


def test_a_control_character_in_a_name_does_not_reach_the_terminal() -> None:
    (told,) = mistakes(SMALL + '"\\e[2Jx": 1\n')
    assert told.startswith("line 3: ?[2Jx: unknown key")


def test_the_error_reads_as_a_list() -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(SMALL + "slaz: 1\n")
    assert caught.value.mistakes == (Mistake(3, "slaz", "unknown key; did you mean slas?"),)
    assert str(caught.value) == (
        "the config has mistakes: one problem\n  - line 3: slaz: unknown key; did you mean slas?"
    )


# What is published.


def test_the_example_has_no_mistake_and_says_what_the_contract_says() -> None:
    text = (ROOT / "countersign.example.yaml").read_text()
    loaded = config.load(text)
    assert set(loaded.connections) == {"payments-ci"}
    with_github = config.load(text.replace("# github: ", "github: "))
    assert set(with_github.connections) == {"payments-ci", "github"}
    assert loaded.policy.rules[0].when == AMAZON_RULE.when
    assert loaded.policy.slas["production"].hours == WorkingHours()
    with_all = re.sub(r"^( +)# (- name|  when|  require|pager)", r"\1\2", text, flags=re.MULTILINE)
    assert len(config.load(with_all).policy.rules) == len(loaded.policy.rules) + 1
    assert set(config.load(with_all).rotas) == {"payments", "pager"}


def test_the_published_schema_is_up_to_date() -> None:
    """If not: `countersign schema > docs/countersign.schema.json`."""
    assert (ROOT / "docs/countersign.schema.json").read_text() == schema.text()


def test_the_schema_knows_every_key_of_the_example_and_allows_no_other() -> None:
    published = json.loads(schema.text())
    assert set(published["properties"]) == {
        "version",
        "people",
        "levels",
        "groups",
        "connections",
        "subscribers",
        "slas",
        "calendars",
        "closures",
        "rotas",
        "windows",
        "risk",
        "provenance",
        "slack",
        "policy",
        "outcomes",
        "step_up",
        "dashboard",
        "override",
        "evidence",
        "limits",
        "administrators",
    }
    assert published["required"] == ["people", "groups"]
    assert all(shape["additionalProperties"] is False for shape in published["$defs"].values())
    assert "from" in published["$defs"]["Require"]["properties"]
    assert "null" not in schema.text()

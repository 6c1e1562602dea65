"""Who is who, which teams CODEOWNERS means, and who is on call: what the config says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import config
from bot.config import IcalRota, PagerDutyRota
from bot.domain.asking.rota import Rota, Rotation, Shift
from tests.test_config import SMALL, changed, mistakes

TEXT = """\
people:
  ada: {name: Ada, level: senior, github: ada, github_id: 4242, gitlab_id: [17, 18]}
  grace: {name: Grace, level: staff, github_id: [99]}
groups:
  payments: {members: [ada, grace], teams: ["@acme/payments", "@@maintainers"], on_call: turns}
  search: {members: grace, teams: acme/search}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET}
rotas:
  pager: {kind: pagerduty, schedule: PABC123, token_env: PAGER_TOKEN}
  feed: {kind: ical, url: "https://cal.acme.example/on-call.ics"}
  written: {kind: shifts, timezone: Europe/London, shifts: [{person: ada, from: 2026-07-01T09:00, to: 2026-07-02T09:00}]}
  turns: {kind: rotation, members: [ada, grace], starting: 2026-11-23, every: 7d, timezone: Europe/London, at: "10:30"}
"""


# What a good one says.


def test_a_person_has_the_numbers_of_their_accounts() -> None:
    people = config.load(TEXT).roster.people
    assert people["ada"].accounts == {"github:4242", "gitlab:17", "gitlab:18"}
    assert people["grace"].accounts == {"github:99"}


def test_a_group_has_the_names_that_codeowners_knows_it_by() -> None:
    groups = config.load(TEXT).roster.groups
    assert groups["payments"].teams == ("@acme/payments", "@@maintainers")
    assert groups["search"].teams == ("acme/search",)


def test_a_group_names_its_rota_or_none() -> None:
    groups = config.load(TEXT).roster.groups
    assert (groups["payments"].on_call, groups["search"].on_call) == ("turns", "")


def daily(said: str = "", zones: tuple[str, ...] = ("UTC", "UTC")) -> tuple[str, str]:
    """When the daily list of a group comes, and by whose clocks."""
    ada, grace = zones
    text = f"""
people:
  ada: {{name: Ada, level: senior, timezone: {ada}}}
  grace: {{name: Grace, level: senior, timezone: {grace}}}
  jun: {{name: Jun, level: mid, timezone: Asia/Tokyo}}
groups: {{all: {{members: [ada, grace]{said}}}}}
"""
    group = config.load(text).roster.groups["all"]
    return group.digest, group.timezone


def test_the_daily_list_comes_at_nine_unless_it_is_to_come_at_another_time_or_never() -> None:
    assert daily()[0] == "09:00"
    assert daily(', digest: "16:30"')[0] == "16:30"
    assert daily(", digest: 07:15")[0] == "07:15"
    assert (daily(", digest: no")[0], daily(", digest: false")[0]) == ("", "")


def test_it_comes_by_the_clocks_of_the_first_member_who_is_not_in_utc() -> None:
    assert daily()[1] == "UTC"
    assert daily(zones=("Europe/London", "Africa/Lagos"))[1] == "Europe/London"
    assert daily(zones=("UTC", "Africa/Lagos"))[1] == "Africa/Lagos"


def test_or_by_those_that_the_group_names() -> None:
    london = ("Europe/London", "Europe/London")
    assert daily(", timezone: Africa/Lagos", london)[1] == "Africa/Lagos"
    assert daily(", timezone: UTC", london)[1] == "UTC"


def test_without_rotas_there_are_none() -> None:
    assert config.load(SMALL).rotas == {}


def test_a_rota_may_stand_at_pagerduty() -> None:
    assert config.load(TEXT).rotas["pager"] == PagerDutyRota(
        name="pager",
        schedule="PABC123",
        token_env="PAGER_TOKEN",
        url="https://api.pagerduty.com",
    )


def test_pagerduty_may_be_elsewhere() -> None:
    text = changed("schedule: PABC123", 'schedule: PABC123, url: "https://api.eu.example/"', TEXT)
    rota = config.load(text).rotas["pager"]
    assert isinstance(rota, PagerDutyRota)
    assert rota.url == "https://api.eu.example"


def test_a_rota_may_be_a_calendar_at_an_address_or_in_a_file() -> None:
    there = "https://cal.acme.example/on-call.ics"
    assert config.load(TEXT).rotas["feed"] == IcalRota(name="feed", url=there)
    text = changed(f'url: "{there}"', "file: /etc/on-call.ics", TEXT)
    assert config.load(text).rotas["feed"] == IcalRota(name="feed", file="/etc/on-call.ics")


def test_a_shift_is_as_long_as_the_clocks_of_its_zone_say() -> None:
    """Nine o'clock in a London summer is eight in UTC."""
    shift = Shift(
        person="ada",
        start=datetime(2026, 7, 1, 8, tzinfo=UTC),
        end=datetime(2026, 7, 2, 8, tzinfo=UTC),
    )
    assert config.load(TEXT).rotas["written"] == Rota(name="written", shifts=(shift,))


def test_a_rotation_begins_on_a_day_at_a_time_in_its_own_zone() -> None:
    starting = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Europe/London"))
    rotation = Rotation(members=("ada", "grace"), starting=starting, every=timedelta(days=7))
    assert config.load(TEXT).rotas["turns"] == Rota(name="turns", rotation=rotation)


def test_a_rotation_that_says_no_more_changes_weekly_at_nine_utc() -> None:
    text = changed(', every: 7d, timezone: Europe/London, at: "10:30"', "", TEXT)
    rota = config.load(text).rotas["turns"]
    assert isinstance(rota, Rota)
    assert rota.rotation == Rotation(
        members=("ada", "grace"),
        starting=datetime(2026, 11, 23, 9, tzinfo=UTC),
        every=timedelta(days=7),
    )


def test_who_is_on_call_can_be_asked_of_what_was_read() -> None:
    turns = config.load(TEXT).rotas["turns"]
    assert isinstance(turns, Rota)
    assert turns.on_call(datetime(2026, 11, 24, tzinfo=UTC)) == {"ada"}
    assert turns.on_call(datetime(2026, 12, 1, tzinfo=UTC)) == {"grace"}


# What is refused. Each text differs from one that is accepted in one respect.


@pytest.mark.parametrize(
    ("old", "fine", "wrong", "told"),
    [
        (
            "on_call: turns",
            'on_call: turns, digest: "23:59"',
            'on_call: turns, digest: "24:00"',
            "line 5: groups.payments.digest: must be a time of day such as 09:00, or no",
        ),
        (
            "on_call: turns",
            "on_call: turns, digest: false",
            "on_call: turns, digest: true",
            "line 5: groups.payments.digest: must be a time of day such as 09:00, or no",
        ),
        (
            "on_call: turns",
            "on_call: turns, timezone: Europe/London",
            "on_call: turns, timezone: London",
            "line 5: groups.payments.timezone: no time zone is called London; they look like "
            "Europe/London",
        ),
        (
            "github_id: [99]",
            "github_id: [98]",
            "github_id: [4242]",
            "line 3: people.grace.github_id[0]: is the GitHub account of ada already",
        ),
        (
            "github_id: [99]",
            "github_id: 17",
            "gitlab_id: 17",
            "line 3: people.grace.gitlab_id: is the GitLab account of ada already",
        ),
        (
            "github_id: [99]",
            "github_id: 1",
            "github_id: 0",
            "line 3: people.grace.github_id: must be 1 or more",
        ),
        (
            "github_id: [99]",
            "github_id: 99",
            "github_id: grace",
            "line 3: people.grace.github_id: must be a whole number",
        ),
        (
            '"@@maintainers"]',
            '"@top/group/sub.team"]',
            '"@acme/pay ments"]',
            "line 5: groups.payments.teams[1]: must be a team as CODEOWNERS writes it, such as "
            "@acme/payments or @@maintainers",
        ),
        (
            "on_call: turns",
            "on_call: pager",
            "on_call: turn",
            "line 5: groups.payments.on_call: no rota is called turn; did you mean turns?",
        ),
        (
            "  search: {",
            "  codeowner: {",
            "  codeowners: {",
            "line 6: groups.codeowners: is a word of its own in rules; call the group something else",
        ),
        (
            "kind: pagerduty",
            "kind: pagerduty ",
            "kind: opsgenie",
            "line 10: rotas.pager.kind: no kind is called opsgenie; "
            "there is pagerduty, ical, shifts, rotation",
        ),
        (
            "kind: pagerduty, ",
            "kind: 'pagerduty', ",
            "",
            "line 10: rotas.pager: needs a kind: ical, pagerduty, rotation or shifts",
        ),
        (
            "schedule: PABC123",
            "schedule: PXYZ789",
            "schedule: on call",
            "line 10: rotas.pager.schedule: must be the id of a schedule such as PABC123 "
            "(it stands in the schedule's address)",
        ),
        (
            "schedule: PABC123, ",
            "schedule: PABC124, ",
            "shedule: PABC123, schedule: PABC123, ",
            "line 10: rotas.pager.shedule: unknown key; did you mean schedule?",
        ),
        (
            "PAGER_TOKEN",
            "PAGER_TOKEN_2",
            "CI_SECRET",
            "line 10: rotas.pager.token_env: is the variable of connections.ci.secret_env already; "
            "a rota needs a token of its own",
        ),
        (
            "PAGER_TOKEN",
            "PAGER_BOT_TOKEN",
            "SLACK_BOT_TOKEN",
            "line 10: rotas.pager.token_env: SLACK_BOT_TOKEN is Countersign's own; a rota needs a "
            "token of its own",
        ),
        (
            'url: "https://cal.acme.example/on-call.ics"',
            "file: on-call.ics",
            'url: "https://cal.acme.example/on-call.ics", file: on-call.ics',
            "line 11: rotas.feed: needs either url or file",
        ),
        (
            'url: "https://cal.acme.example/on-call.ics"',
            'url: "https://cal.acme.example/", token_env: FEED',
            "file: on-call.ics, token_env: FEED",
            "line 11: rotas.feed: token_env goes with url alone",
        ),
        (
            "{person: ada",
            "{person: grace",
            "{person: eda",
            "line 12: rotas.written.shifts[0].person: no person is called eda; did you mean ada?",
        ),
        (
            "from: 2026-07-01T09:00",
            "from: 2026-07-02T08:59",
            "from: 2026-07-02T09:00",
            "line 12: rotas.written.shifts[0]: must begin before it ends",
        ),
        (
            "from: 2026-07-01T09:00",
            "from: 2026-06-30T09:00",
            "from: 2026-06-31T09:00",
            "line 12: rotas.written.shifts[0].from: there is no such day",
        ),
        (
            "from: 2026-07-01T09:00",
            "from: 2026-07-01T00:00",
            "from: 2026-07-01",
            "line 12: rotas.written.shifts[0].from: must be a moment such as 2026-11-23T09:00",
        ),
        (
            "members: [ada, grace], starting",
            "members: [grace, ada, grace], starting",
            "members: [grace, eda], starting",
            "line 13: rotas.turns.members[1]: no person is called eda; did you mean ada?",
        ),
        (
            "starting: 2026-11-23",
            "starting: 2028-02-29",
            "starting: 2026-02-29",
            "line 13: rotas.turns.starting: there is no such day",
        ),
        (
            "starting: 2026-11-23",
            "starting: '2026-11-23'",
            "starting: 23.11.2026",
            "line 13: rotas.turns.starting: must be a day such as 2026-11-23",
        ),
        (
            "every: 7d",
            "every: 1h",
            "every: 59m",
            "line 13: rotas.turns: every: a turn lasts an hour at least",
        ),
        (
            '"10:30"',
            '"23:59"',
            '"24:00"',
            "line 13: rotas.turns.at: must be a time of day such as 09:00",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_line(old: str, fine: str, wrong: str, told: str) -> None:
    config.load(changed(old, fine, TEXT))
    found = mistakes(changed(old, wrong, TEXT))
    assert told in found


def test_the_same_number_on_two_platforms_is_two_accounts() -> None:
    config.load(changed("github_id: [99]", "github_id: [17]", TEXT))


def test_two_numbers_of_one_person_are_no_clash() -> None:
    config.load(changed("[17, 18]", "[17, 17]", TEXT))


def test_a_token_pasted_for_its_variable_is_never_shown() -> None:
    told = "\n".join(mistakes(changed("PAGER_TOKEN", "ghp_hunter2", TEXT)))
    assert "must be the name of an environment variable" in told
    assert "hunter2" not in told

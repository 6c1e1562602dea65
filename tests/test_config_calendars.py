"""Calendars in the config: who works when, and when the clock of an SLA stands still."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot import config
from bot.config import Config, ConfigError
from bot.config.public_holidays import YEARS, days_off
from bot.domain.calendar import WorkingHours
from bot.domain.sla import Sla
from bot.engine.rulebook import Rulebook

TEXT = """\
version: 1
people:
  ada: {name: Ada, level: senior, slack: U0ADA, calendar: berlin}
  grace: {name: Grace, level: staff, slack: U0GRACE, timezone: Africa/Lagos, calendar: berlin, hours: "08:00-16:00"}
  pat: {name: Pat, level: principal, slack: U0PAT, calendar: nights}
  jun: {name: Jun, level: mid, slack: U0JUN}
groups:
  payments: {members: [ada, grace], on_call: pager}
  leads: {members: [pat]}
calendars:
  berlin: {timezone: Europe/Berlin, hours: "09:00-17:30", holidays: DE-BE, closures: [2026-11-27]}
  nights: {timezone: America/New_York, hours: "22:00-06:00", days: [mon, tue]}
closures: [2026-12-24, 2026-12-28/2026-12-31]
rotas:
  pager: {kind: pagerduty, schedule: PABC123, token_env: PAGER_TOKEN}
  spare: {kind: pagerduty, schedule: PABC124, token_env: SPARE_TOKEN}
slas:
  production: {remind: 15m, widen: 30m, escalate: 1h, escalate_to: payments, managers: 4h, managers_to: leads, expire: 8h, clock: working, calendar: berlin}
  usual: {clock: working}
policy:
  rules:
    - {name: Production, when: {environment: production}, require: {sla: production}}
"""


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, f"{old} has to stand in the text once"
    return TEXT.replace(old, new)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def digest(known: Config) -> str:
    return Rulebook(known.roster, known.policy, known.conventions, known.risk).digest


LOADED = config.load(TEXT)
COMPANY = frozenset({date(2026, 12, 24), *(date(2026, 12, day) for day in (28, 29, 30, 31))})


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_an_sla_has_the_calendar_it_names() -> None:
    hours = LOADED.policy.slas["production"].hours
    assert hours is not None
    assert (hours.start, hours.end, hours.zone) == (time(9), time(17, 30), "Europe/Berlin")
    assert hours.closed >= {*COMPANY, date(2026, 11, 27)}


def test_public_holidays_are_those_of_the_country_and_its_part() -> None:
    """Women's day is one in Berlin, and in few other places."""
    berlin = LOADED.policy.slas["production"].hours
    germany = (
        config.load(changed("holidays: DE-BE", "holidays: DE")).policy.slas["production"].hours
    )
    assert berlin is not None
    assert germany is not None
    assert {date(2027, 3, 8), date(2027, 10, 3)} <= berlin.closed
    assert date(2027, 3, 8) not in germany.closed


def test_the_clock_stands_still_while_nobody_works() -> None:
    """Thursday 16:30 in Berlin, and on Friday the company is closed."""
    hours = LOADED.policy.slas["production"].hours
    assert hours is not None
    assert hours.add(at(2026, 11, 26, 15, 30), timedelta(hours=2)) == at(2026, 11, 30, 9)


def test_the_whole_company_is_closed_whatever_the_calendar() -> None:
    assert LOADED.policy.slas["usual"].hours == WorkingHours(closed=COMPANY)
    assert LOADED.roster.people["jun"].works() == WorkingHours(closed=COMPANY)


def test_a_person_has_the_hours_and_the_zone_of_their_calendar() -> None:
    ada = LOADED.roster.people["ada"]
    assert ada.timezone == "Europe/Berlin"
    assert ada.works() == LOADED.policy.slas["production"].hours


def test_their_own_hours_and_zone_go_before() -> None:
    grace = LOADED.roster.people["grace"]
    works = grace.works()
    assert grace.timezone == works.zone == "Africa/Lagos"
    assert (works.start, works.end) == (time(8), time(16))
    assert works.closed == LOADED.roster.people["ada"].works().closed


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    """Tuesday's lasts until Wednesday morning in New York."""
    works = LOADED.roster.people["pat"].works()
    assert works.is_open(at(2026, 11, 25, 10))
    assert not works.is_open(at(2026, 11, 26, 10))


def test_the_rungs_of_a_ladder() -> None:
    sla = LOADED.policy.slas["production"]
    assert sla == Sla(
        remind=(timedelta(minutes=15),),
        widen=timedelta(minutes=30),
        escalate=timedelta(hours=1),
        escalate_to=("payments",),
        managers=timedelta(hours=4),
        managers_to=("leads",),
        expire=timedelta(hours=8),
        hours=sla.hours,
    )


def test_a_rota_stands_for_the_groups_that_are_on_call_by_it() -> None:
    by_rota = config.load(changed("escalate_to: payments", "escalate_to: [pager, leads]"))
    assert by_rota.policy.slas["production"].escalate_to == ("payments", "leads")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("holidays: DE-BE", "holidays: DE-ZZ", "calendars.berlin.holidays: DE has no part ZZ; there is BB, BE, "),
        ("holidays: DE-BE", "holidays: XX", "calendars.berlin.holidays: the holidays of XX are not known; countries look"),
        ("holidays: DE-BE", "holidays: Berlin", "calendars.berlin.holidays: must be a country such as DE, or"),
        ("closures: [2026-11-27]", "closures: [2026-11-31]", "calendars.berlin.closures[0]: there is no such day"),
        ("closures: [2026-11-27]", "closures: [tomorrow]", "calendars.berlin.closures[0]: must be a day such as"),
        ("2026-12-28/2026-12-31", "2026-12-31/2026-12-28", "closures[1]: must begin before it ends"),
        ("2026-12-28/2026-12-31", "2026-12-28/2027-12-29", "closures[1]: must last a year at most"),
        ('"22:00-06:00"', '"22:00-22:30"', "calendars.nights: working hours must last an hour at least"),
        ("calendar: nights", "calendar: night", "people.pat.calendar: no calendar is called night; did you mean nights?"),
        ("working, calendar: berlin", "working, calendar: munich", "slas.production.calendar: no calendar is called munich"),
        ("clock: working, calendar: berlin", "calendar: berlin", "slas.production: calendar counts with clock: working alone"),
        ("working, calendar: berlin", "working, calendar: berlin, timezone: UTC", "slas.production: needs either calendar or"),
        ("managers_to: leads, ", "", "slas.production: managers (when) and managers_to (whom) need each other"),
        ("managers_to: leads", "managers_to: lead", "slas.production.managers_to: no group is called lead; did you mean leads?"),
        ("escalate_to: payments", "escalate_to: spare", "slas.production.escalate_to: no group is on_call by this rota"),
        ("managers: 4h", "managers: 9h", "slas.production.managers: must come before expire"),
        ("managers: 4h", "managers: 1h", "slas.production.managers: must come after escalate"),
        ("widen: 30m", "widen: 2h", "slas.production.escalate: must come after widen"),
        ("widen: 30m, escalate: 1h", "widen: 1h", "slas.production.widen: must come before escalate, which is 1h where"),
        ("escalate: 1h, escalate_to: payments, managers: 4h", "managers: 1h", "slas.production.managers: must come after escalate, which is 1h where"),
        ("escalate: 1h,", "escalate: never,", "slas.production.escalate_to: needs escalate, a time before expire"),
        ("version: 1", "version: 0", "version: must be 1"),
        ("version: 1", 'version: "1"', "version: must be a whole number"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words(old: str, new: str, told: str) -> None:
    (said,) = mistakes(changed(old, new))
    assert told in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("widen: 30m, escalate: 1h", "widen: 59m"),
        ("escalate: 1h, escalate_to: payments, managers: 4h", "managers: 61m"),
        ("escalate: 1h, escalate_to: payments", "escalate: never"),
        ("widen: 30m, escalate: 1h, escalate_to: payments", "widen: 2h, escalate: never"),
    ],
)
def test_what_fits_around_the_usual_escalation_is_taken(old: str, new: str) -> None:
    assert config.load(changed(old, new)).policy.slas["production"].managers


def test_a_config_of_a_later_version_is_refused_and_nothing_else_is_said_of_it() -> None:
    later = changed("version: 1", "a_new_word: {}\nversion: 2").replace("people:", "persons:")
    assert mistakes(later) == [
        "line 2: version: is written for a later Countersign: this one reads version 1 alone"
    ]


def test_a_config_without_a_version_is_read_as_before_with_a_warning() -> None:
    before = config.load(changed("version: 1\n", ""))
    assert [it for it in before.warnings if "`version: 1`" in it] == list(before.warnings)
    assert len(before.warnings) == 1
    assert before.policy == LOADED.policy
    assert LOADED.warnings == ()


def test_a_holiday_more_is_no_other_policy_and_another_rulebook() -> None:
    """Approvals go on counting, and deadlines are planned anew."""
    closed = config.load(changed("[2026-11-27]", "[2026-11-27, 2026-11-30]"))
    assert closed.policy.digest == LOADED.policy.digest
    assert digest(closed) != digest(LOADED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("widen: 30m", "widen: 31m"),
        ("2026-12-28/2026-12-31", "2026-12-28/2026-12-30"),
        ("holidays: DE-BE", "holidays: DE-BY"),
        ("Africa/Lagos", "Africa/Accra"),
        ("level: mid", "level: senior"),
        ("members: [pat]", "members: [pat, jun]"),
        ("slack: U0JUN", "slack: U0JUN2"),
        ("name: Production,", "name: Shipping,"),
    ],
)
def test_whatever_changes_the_rulebook_has_another_name(old: str, new: str) -> None:
    assert digest(config.load(changed(old, new))) != digest(LOADED)


def test_the_rulebook_has_the_same_name_in_every_process() -> None:
    asked = (
        "import sys; from bot import config; from bot.engine.rulebook import Rulebook; "
        "c = config.load(sys.stdin.read()); "
        "print(Rulebook(c.roster, c.policy, c.conventions, c.risk).digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked],
        input=TEXT, capture_output=True, text=True, check=True, timeout=30,
        env={"PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert told.stdout.strip() == digest(LOADED)


PLAIN = """\
version: 1
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
slas: {s: {clock: working, escalate_to: all}}
policy: {rules: [{name: A, when: {environment: production}, require: {sla: s}}]}
"""


def test_a_config_without_the_new_words_has_the_name_it_always_had() -> None:
    """An upgrade alone lets no approval lapse. As it was worked out before there were any."""
    plain = config.load(PLAIN)
    decides = {**asdict(plain.policy), "digest": ""}
    del decides["claim_for"], decides["step_up"]
    for rule in decides["rules"]:
        del rule["require"]["step_up"]
    for sla in decides["slas"].values():
        del sla["widen"], sla["managers"], sla["managers_to"], sla["hours"]["closed"]
    named = {"members": ("ada",), "owns": (), "teams": (), "slack_usergroup": ""}
    said = {
        "policy": decides,
        "risk": asdict(plain.risk),
        "conventions": {"version": plain.conventions.version, "own": []},
        "levels": plain.roster.levels,
        "groups": {"all": named},
    }
    written = json.dumps(said, sort_keys=True, separators=(",", ":"), default=_canonical)
    assert plain.policy.digest == f"sha256:{hashlib.sha256(written.encode()).hexdigest()}"


def _canonical(value: Any) -> Any:
    match value:
        case timedelta():
            return int(value.total_seconds())
        case time():
            return value.isoformat()
        case _:
            return sorted(value)


def test_the_years_that_are_known_do_not_depend_on_today() -> None:
    known = {day.year for day in days_off("GB-SCT")}
    assert known == set(YEARS)


def test_whoever_asks_for_no_holidays_does_not_load_them() -> None:
    asked = (
        "import sys; from bot import config; config.load(sys.stdin.read()); "
        "print('holidays' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked],
        input=PLAIN, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert told.stdout.strip() == "False"

"""Who may override: what may be written of it, and what it becomes."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot import config
from bot.cli import check, overriding
from bot.config import ConfigError
from bot.domain.override import NOBODY_MAY, OverrideRules

TEXT = """\
version: 1
people:
  ada: {name: Ada, level: senior, slack: U0ADA}
  pat: {name: Pat, level: senior, slack: U0PAT}
  sam: {name: Sam, level: senior}
groups:
  all: {members: [ada, pat], channel: C0ALL}
  ops: {members: sam, owns: acme/ops}
"""
WHOLE = "override: {people: [pat], groups: all, channel: C0SEC, second: true, minutes: 30, review: 8h}\n"


def mistakes(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(TEXT + text)
    return "\n".join(map(str, caught.value.mistakes))


def test_all_of_it_is_read() -> None:
    assert config.load(TEXT + WHOLE).override == OverrideRules(
        people=frozenset({"pat"}),
        groups=frozenset({"all"}),
        channel="C0SEC",
        second=True,
        lasts=timedelta(minutes=30),
        review_within=timedelta(hours=8),
    )


def test_little_is_enough() -> None:
    found = config.load(f"{TEXT}override: {{people: pat, channel: C0SEC}}\n").override
    assert (found.second, found.lasts) == (False, timedelta(hours=1))
    assert found.review_within == timedelta(hours=24)


def test_without_it_nobody_may() -> None:
    found = config.load(TEXT)
    assert found.override == NOBODY_MAY
    assert "override     nobody may" in check.describe(found)
    assert check.as_json(found)["override"] is None


def test_who_may_override_is_no_part_of_what_must_be_signed() -> None:
    """An upgrade, or another on-call, must not make reviews that are under way count no more."""
    assert config.load(TEXT).policy.digest == config.load(TEXT + WHOLE).policy.digest


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{people: pat}", "channel"),
        ("{channel: C0SEC}", "needs people or groups"),
        ("{people: [], groups: [], channel: C0SEC}", "needs people or groups"),
        ("{people: pam, channel: C0SEC}", "no person is called pam"),
        ("{groups: al, channel: C0SEC}", "no group is called al"),
        ("{people: pat, channel: C0ALL}", "is the channel of all"),
        ("{people: pat, channel: U0PAT}", "must be a Slack channel id"),
        ("{people: pat, channel: C0SEC, minutes: 0}", "minutes"),
        ("{people: pat, channel: C0SEC, minutes: 61}", "minutes"),
        ("{people: pat, channel: C0SEC, minutes: 1.5}", "minutes"),
        ("{people: pat, channel: C0SEC, review: 59m}", "at least 1h and at most 72h"),
        ("{people: pat, channel: C0SEC, review: 73h}", "at least 1h and at most 72h"),
        ("{people: pat, channel: C0SEC, second: true}", "needs two people"),
        ("{groups: ops, channel: C0SEC, second: true}", "needs two people"),
        ("{people: [ada], groups: [], channel: C0SEC, forever: true}", "forever"),
    ],
)
def test_what_cannot_work_is_refused(said: str, words: str) -> None:
    assert words in mistakes(f"override: {said}\n")


@pytest.mark.parametrize("said", ["minutes: 1", "minutes: 60", "review: 1h", "review: 72h"])
def test_the_bounds_themselves_are_allowed(said: str) -> None:
    assert config.load(f"{TEXT}override: {{people: pat, channel: C0SEC, {said}}}\n").override


@pytest.mark.parametrize("who", ["people: [ada, pat]", "groups: all", "{people: ada, groups: all"])
def test_two_people_are_two_however_they_are_named(who: str) -> None:
    said = who.removeprefix("{")
    assert config.load(
        f"{TEXT}override: {{{said}, channel: C0SEC, second: true}}\n"
    ).override.second


def test_check_says_who_may_and_who_cannot_at_night() -> None:
    told = check.describe(config.load(TEXT + WHOLE))
    assert (
        "override     pat and members of all, and a second of them confirms it; for 30m, "
        "told in C0SEC, reviewed within 8h"
    ) in told
    assert check.as_json(config.load(TEXT + WHOLE))["override"] == {
        "people": ["ada", "pat"],
        "channel": "C0SEC",
        "second": True,
        "step_up": False,
        "per_month": None,
        "minutes": 30,
        "review_seconds": 8 * 3600,
    }
    mute = check.notes(config.load(f"{TEXT}override: {{people: [pat, sam], channel: C0SEC}}\n"))
    assert "may override, and have no Slack id to do it with: sam" in mute
    assert "override: only one person can, so nobody can while they sleep" in mute
    fine = check.notes(config.load(f"{TEXT}override: {{groups: all, channel: C0SEC}}\n"))
    assert not [note for note in fine if "override" in note]


KEYS = "step_up: {issuer: https://login.acme.example, client_id: c, client_secret_env: S}\n"


def rules(said: str, more: str = "") -> OverrideRules:
    return config.load(f"{TEXT}override: {{groups: all, channel: C0SEC{said}}}\n{more}").override


def test_where_people_have_keys_one_is_asked_for_unless_that_is_declined() -> None:
    assert rules("", KEYS).step_up
    assert rules(", step_up: true", KEYS).step_up
    assert not rules(", step_up: false", KEYS).step_up
    assert not rules("").step_up
    assert "needs step_up" in mistakes("override: {people: pat, channel: C0SEC, step_up: true}\n")
    assert config.load(TEXT + KEYS).override == NOBODY_MAY


def test_a_way_around_the_security_key_is_said() -> None:
    alone = f"{TEXT}override: {{groups: all, channel: C0SEC}}\n"
    assert overriding.LOCKED in check.notes(config.load(alone + KEYS))
    declined = alone.replace("C0SEC}", "C0SEC, step_up: false}")
    assert overriding.ALONE in check.notes(config.load(declined + KEYS))
    assert overriding.ALONE not in check.notes(config.load(alone))
    two = declined.replace("C0SEC,", "C0SEC, second: true,")
    assert overriding.ALONE not in check.notes(config.load(two + KEYS))


def test_whoever_has_no_slack_overrides_on_our_page() -> None:
    mute = f"{TEXT}override: {{people: [pat, sam], channel: C0SEC}}\n"
    assert not [it for it in check.notes(config.load(mute + KEYS)) if "may override, and" in it]
    assert [it for it in check.notes(config.load(mute)) if "may override, and" in it]


def test_a_budget_takes_two_who_may() -> None:
    assert rules(", per_month: 3").per_month == 3
    assert rules("").per_month == 0
    assert "needs two people" in mistakes("override: {people: pat, channel: C0SEC, per_month: 3}\n")
    for wrong in ("0", "1001", "1.5", "yes"):
        assert "per_month" in mistakes(
            f"override: {{groups: all, channel: C0SEC, per_month: {wrong}}}\n"
        )
    told = check.describe(
        config.load(f"{TEXT}override: {{groups: all, channel: C0SEC, per_month: 3}}\n")
    )
    assert "members of all, and after 3 in a month a second of them confirms it; for 60m" in told


def test_the_example_shows_how() -> None:
    """As it stands nobody may; with its lines in force who is named may, with a key."""
    text = (Path(__file__).parent.parent / "countersign.example.yaml").read_text()
    assert config.load(text).override == NOBODY_MAY
    lines = re.sub(r"^# (step_up|administrators|override): ", r"\1: ", text, flags=re.MULTILINE)
    found = config.load(lines)
    assert (found.override.step_up, found.override.per_month) == (True, 4)
    assert found.step_up
    assert found.administrators == {"grace"}

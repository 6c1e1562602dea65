"""What the config says of how decisions are proved."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import config
from bot.config import ConfigError
from bot.config.trust import AnchorAt, Evidence, RetiredKey

HOUSE = (Path(__file__).parent.parent / "countersign.example.yaml").read_text()


def evidence(said: str) -> Evidence:
    return config.load(f"{HOUSE}\nevidence: {said}\n").evidence


def test_without_a_word_an_approval_is_good_for_a_day() -> None:
    found = config.load(HOUSE).evidence
    assert found == Evidence(valid_for=timedelta(hours=24), anchors=(), keys=())


def test_all_that_it_may_say() -> None:
    said = (
        "{valid_for: 2h30m, anchors: [{directory: /mnt/notes}, {git: anchor}, {slack: C0AUDIT}], "
        "keys: [{file: old.pem}, {file: older.pem, until: 2027-03-01}]}"
    )
    assert evidence(said) == Evidence(
        valid_for=timedelta(hours=2, minutes=30),
        anchors=(AnchorAt("directory", "/mnt/notes"), AnchorAt("git", "anchor")),
        keys=(RetiredKey("old.pem", None), RetiredKey("older.pem", date(2027, 3, 1))),
        channels=("C0AUDIT",),
    )


@pytest.mark.parametrize(
    ("said", "days"), [("6mo", 186), ("186d", 186), ("13mo", 403), ("120mo", 3720)]
)
def test_a_month_is_never_shorter_than_people_count(said: str, days: int) -> None:
    assert evidence(f"{{retain: {said}}}").retain == timedelta(days=days)
    assert evidence("{}").retain == timedelta(days=403)


@pytest.mark.parametrize("said", ["5m", "30d"])
def test_bounds_of_validity(said: str) -> None:
    assert evidence(f"{{valid_for: {said}}}").valid_for > timedelta()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{valid_for: 4m59s}", "evidence.valid_for: must be at least 5m and at most 30d"),
        ("{valid_for: 31d}", "evidence.valid_for: must be at least 5m and at most 30d"),
        ("{valid_for: soon}", "must be a duration"),
        ("{anchors: [{}]}", "evidence.anchors[0]: needs either directory, git or slack"),
        ("{anchors: [{directory: a, git: b}]}", "needs either directory, git or slack"),
        ("{anchors: [{directory: a, slack: C0AUDIT}]}", "needs either directory, git or slack"),
        ("{anchors: [{slack: '#audit'}]}", "must be a Slack channel id"),
        ("{anchors: [{directory: ''}]}", "evidence.anchors[0].directory: must not be empty"),
        ("{keys: [{until: 2027-03-01}]}", "evidence.keys[0].file: is missing"),
        ("{keys: [{file: a, until: 2027-02-30}]}", "evidence.keys[0].until: there is no such day"),
        ("{retain: 5mo}", "evidence.retain: must be at least 6mo and at most 120mo"),
        ("{retain: 185d}", "evidence.retain: must be at least 6mo and at most 120mo"),
        ("{retain: 121mo}", "evidence.retain: must be at least 6mo and at most 120mo"),
        ("{retain: 1y}", "must be a number of months or days, such as 13mo or 400d"),
        ("{retains: 13mo}", "evidence.retains: unknown key"),
    ],
)
def test_what_makes_no_sense_is_told(said: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evidence(said)
    assert any(why in str(mistake) for mistake in refused.value.mistakes)

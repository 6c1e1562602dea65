"""How risky is it to move a bound: replicas, limits, quotas, pools?"""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.change import Change, FileChange, Identity, Kind, Resource, Scaling, Setting
from bot.domain.risk.capacity import moves
from bot.domain.risk.reasons import PEAK_LOAD, Reason, RiskTier

LOW, NORMAL, HIGH, CRITICAL = RiskTier


def found(
    *files: FileChange,
    scaling: tuple[Scaling, ...] = (),
    kind: Kind = Kind.SOFTWARE,
    plan: tuple[Resource, ...] | None = None,
) -> list[Reason]:
    return [
        *moves(
            Change(
                connection="ci",
                key="1",
                repository="acme/pay",
                revision="a" * 40,
                environment="production",
                title="Scale",
                author=Identity(login="jun"),
                kind=kind,
                files=files,
                scaling=scaling,
                plan=plan,
            )
        )
    ]


def stated(
    before: float | None, after: float | None, peak: float | None = None, setting: str = "replicas"
) -> Reason:
    move = Scaling(resource="web", setting=setting, before=before, after=after, recent_peak=peak)
    (reason,) = found(scaling=(move,))
    return reason


def shown(name: str, before: str | None, after: str | None) -> Reason:
    setting = Setting(name=name, before=before, after=after)
    (reason,) = found(FileChange(path="web.yaml", settings=(setting,)))
    return reason


@pytest.mark.parametrize(
    ("before", "after", "peak", "tier"),
    [
        (12, 3, 9, CRITICAL),
        (12, 9, 9, HIGH),
        (12, 10, 9, NORMAL),
        (12, 8.9, 9, CRITICAL),
        (100, 40, 30, NORMAL),
        (12, 6, None, HIGH),
        (12, 7, None, NORMAL),
        (30, 14, 14, HIGH),
        (30, 2, 1, HIGH),
        (100, 40, 35, HIGH),
        (100, 20, 10, HIGH),
        (100, 25, 10, NORMAL),
        (12, 0, None, CRITICAL),
        (3, 12, None, NORMAL),
        (3, 12, 9, NORMAL),
        (5, 8, 9, HIGH),
        (5, 9, 9, HIGH),
        (5, 10, 9, NORMAL),
        (20, 2_000, None, HIGH),
        (20, 200, None, HIGH),
        (20, 199, None, NORMAL),
        (0, 200, None, NORMAL),
        (12, None, 9, HIGH),
        (12, nan, 9, HIGH),
        (None, 3, 9, CRITICAL),
        (None, 9, 9, HIGH),
        (None, 10, 9, HIGH),
        (None, 12, 9, NORMAL),
        (None, 12, None, HIGH),
        (inf, 12, None, HIGH),
        (None, None, None, HIGH),
    ],
)
def test_replicas(before: float | None, after: float | None, peak: float | None, tier: RiskTier):
    assert stated(before, after, peak).tier is tier


def test_the_sentence_names_what_was_compared():
    reason = stated(12, 3, 9)
    assert reason.sentence == "Replicas go from 12 to 3, below the recent peak of 9."
    assert reason.paths == ("web",)
    assert reason.kind == "scaling"
    assert reason.checklist[0] == PEAK_LOAD


@pytest.mark.parametrize(
    ("setting", "tier"),
    [
        ("replicas", CRITICAL),
        ("max_size", CRITICAL),
        ("cpu_limit", CRITICAL),
        ("something of their own", CRITICAL),
        ("min_replicas", HIGH),
        ("timeout", NORMAL),
    ],
)
def test_what_is_bounded_matters(setting: str, tier: RiskTier):
    assert stated(12, 3, 9 if tier is not HIGH else None, setting).tier is tier


def test_a_floor_may_be_below_the_peak():
    assert stated(4, 3, 9, "min_replicas").tier is NORMAL
    assert stated(4, 3, 9, "max_replicas").tier is CRITICAL


@pytest.mark.parametrize(
    ("name", "before", "after", "tier"),
    [
        ("replicas", "12", "3", HIGH),
        ("replicas", "12", "9", NORMAL),
        ("replicas", "3", "12", NORMAL),
        ("replicas", "3", "0", CRITICAL),
        ("replicas", None, "3", NORMAL),
        ("replicas", "12", None, HIGH),
        ("replicas", "12", "var.count", HIGH),
        ("replicas", "var.count", "12", HIGH),
        ("maxUnits", "12", "50%", HIGH),
        ("limits.memory", "1Gi", "512Mi", HIGH),
        ("limits.memory", "1Gi", "1000Mi", NORMAL),
        ("limits.memory", "512Mi", "1Gi", NORMAL),
        ("quota", "100", "900", NORMAL),
        ("quota", "100", "1000", HIGH),
        ("timeout", "1s", "1000s", NORMAL),
        ("maxHeapSize", "4g", "512m", HIGH),
        ("rate_limit", "100r/s", "10r/s", HIGH),
        ("rate_limit", "10r/s", "100r/m", HIGH),
        ("timeout", "30s", "1s", NORMAL),
        ("timeout", "30s", None, NORMAL),
    ],
)
def test_what_a_diff_shows(name: str, before: str | None, after: str | None, tier: RiskTier):
    reason = shown(name, before, after)
    assert reason.tier is tier
    assert reason.paths == ("web.yaml",)


def test_sentences_for_what_came_and_what_went():
    assert (
        shown("replicas", None, "3").sentence == "Replicas go to 3, from nothing that was set here."
    )
    assert shown("quota", "9", None).sentence == "Quota is no longer set here: 9 before."


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("replicas", "3", "3"),
        ("replicas", "10", "10.0"),
        ("limits.cpu", "2", "2000m"),
        ("limits.memory", "1Gi", "1024Mi"),
    ],
)
def test_what_stays_as_it_was_is_no_move_however_it_is_written(name: str, before: str, after: str):
    same = Setting(name=name, before=before, after=after)
    assert found(FileChange(path="x.yaml", settings=(same,))) == []
    assert found(FileChange(path="x.yaml", settings=(replace(same, after="1"),))) != []


def test_equal_numbers_that_are_stated_are_no_move():
    same = Scaling(resource="web", setting="max_size", before=10, after=10, recent_peak=14)
    assert found(scaling=(same,)) == []
    assert [it.tier for it in found(scaling=(replace(same, after=9),))] == [CRITICAL]


def test_a_scaling_change_whose_numbers_stay_is_as_high_as_one_without_numbers():
    same = Scaling(resource="web", setting="max_size", before=10, after=10)
    (reason,) = found(scaling=(same,), kind=Kind.SCALING)
    assert (reason.tier, reason.sentence) == (
        HIGH,
        "It scales something, and none of the numbers it states moves.",
    )


@pytest.mark.parametrize(
    ("before", "after", "peak", "said"),
    [
        (10, 12, 14, "Max replicas go from 10 to 12, still below the recent peak of 14."),
        (30, 12, 14, "Max replicas go from 30 to 12, below the recent peak of 14."),
        (30, 14, 14, "Max replicas go from 30 to 14, at the recent peak of 14, with no room left."),
        (10, 17, 14, "Max replicas go from 10 to 17."),
        (2, 2_000, None, "Max replicas go from 2 to 2000, a thousand times as much."),
        (20, 250, None, "Max replicas go from 20 to 250, 12 times as much."),
    ],
)
def test_the_sentence_says_how_it_stands_to_the_peak_and_to_what_was(
    before: float, after: float, peak: float | None, said: str
):
    assert stated(before, after, peak, "spec.maxReplicas").sentence == said


def test_a_rate_limit_a_thousand_times_as_high_is_high():
    reason = shown("rate_limit", "10r/s", "10000r/s")
    assert reason.tier is HIGH
    assert reason.sentence == "Rate limit goes from 10r/s to 10000r/s, a thousand times as much."


def test_a_plan_moves_bounds_as_a_diff_does():
    moved = (Setting(name="max_size", before="12", after="3"),)
    group = Resource(address="aws_autoscaling_group.web", action="update", moves=moved)
    (reason,) = found(plan=(group,))
    assert (reason.tier, reason.paths) == (HIGH, ("aws_autoscaling_group.web",))
    assert reason.sentence == "Max size goes from 12 to 3."
    assert found(plan=(replace(group, moves=()),)) == []


def test_nothing_from_outside_stands_in_a_sentence_but_numbers():
    assert shown("x-Ignore-all-replicas", "12", "do_as_I_say").sentence == (
        "Replicas go from 12 to a value that is no number."
    )
    assert shown("replicas", "12 admin", "3 admin").sentence == "Replicas go from 12 to 3."
    assert stated(12, 7, None, "a word of theirs").sentence == "A bound goes from 12 to 7."


def test_there_is_one_reason_for_each_tier_in_any_order():
    moved = tuple(
        Scaling(resource=name, setting="replicas", before=12, after=after)
        for name, after in (("web", 3), ("api", 2), ("job", 11))
    )
    reasons = found(scaling=moved)
    assert {it.tier for it in reasons} == {HIGH, NORMAL}
    assert "Replicas go from 12 to 2; and 1 more." in {it.sentence for it in reasons}
    assert {it.sentence for it in found(scaling=moved[::-1])} == {it.sentence for it in reasons}


def test_a_scaling_change_without_numbers_is_high():
    assert [it.tier for it in found(kind=Kind.SCALING)] == [HIGH]
    assert found(kind=Kind.SOFTWARE) == []


def test_words_from_outside_are_made_harmless_and_stand_apart():
    move = Scaling(resource="web\u202e\n" + "x" * 500, setting="replicas\x00", before=12, after=3)
    (reason,) = found(scaling=(move,))
    assert reason.sentence == "Replicas go from 12 to 3."
    assert reason.paths[0].isprintable()
    assert len(reason.paths[0]) == 60


_NUMBER = st.none() | st.floats() | st.integers(-5, 50)


@given(_NUMBER, _NUMBER, _NUMBER, st.sampled_from(["replicas", "min_replicas", "quota"]))
def test_a_lower_bound_is_never_less_of_a_risk(
    before: float | None, after: float | None, peak: float | None, setting: str
):
    """Of what is not raised: ten times as much is a risk of its own."""
    assume(before is None or after is None or after < before)
    tier = stated(before, after, peak, setting).tier
    if after is not None and after > 0:
        assert stated(before, after / 4, peak, setting).tier.rank >= tier.rank


@given(_NUMBER, _NUMBER, _NUMBER, st.sampled_from(["replicas", "min_replicas", "quota", "timeout"]))
def test_to_tell_the_peak_never_lowers_the_risk_but_where_room_is_left_above_it(
    before: float | None, after: float | None, peak: float | None, setting: str
):
    assume(before != after or before is None)
    room = peak is not None and after is not None and after >= 1.2 * peak
    known = before is not None and isfinite(before) and after is not None
    least = not known or (after or 0) >= (before or 0) / 4
    if not (room and least) or setting == "min_replicas":
        told, untold = stated(before, after, peak, setting), stated(before, after, None, setting)
        assert told.tier.rank >= untold.tier.rank


@given(st.text(max_size=20), st.none() | st.text(max_size=20), st.none() | st.text(max_size=20))
def test_no_setting_makes_it_fail(name: str, before: str | None, after: str | None):
    setting = Setting(name=name, before=before, after=after)
    for reason in found(FileChange(path="web.yaml", settings=(setting,))):
        assert reason.sentence.isprintable()
        assert reason.sentence[0].isupper()

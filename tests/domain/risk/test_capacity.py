"""How risky is it to move a bound: replicas, limits, quotas, pools?"""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, FileChange, Identity, Kind, Scaling, Setting
from bot.domain.risk.capacity import moves
from bot.domain.risk.reasons import PEAK_LOAD, Reason, RiskTier

LOW, NORMAL, HIGH, CRITICAL = RiskTier


def found(
    *files: FileChange, scaling: tuple[Scaling, ...] = (), kind: Kind = Kind.SOFTWARE
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
        (12, 9, 9, NORMAL),
        (12, 8.9, 9, CRITICAL),
        (100, 40, 30, NORMAL),
        (12, 6, None, HIGH),
        (12, 7, None, NORMAL),
        (12, 0, None, CRITICAL),
        (3, 12, None, NORMAL),
        (3, 12, 9, NORMAL),
        (5, 8, 9, NORMAL),
        (5, 5, None, NORMAL),
        (0, 0, None, NORMAL),
        (12, None, 9, HIGH),
        (12, nan, 9, HIGH),
        (None, 3, 9, CRITICAL),
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
    assert reason.sentence == "replicas of web go from 12 to 3, below the recent peak of 9."
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
        ("quota", "100", "1000", NORMAL),
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
        shown("replicas", None, "3").sentence == "replicas go to 3, from nothing that was set here."
    )
    assert shown("quota", "9", None).sentence == "quota is no longer set here: 9 before."


def test_what_stays_as_it_was_is_no_move():
    assert (
        found(
            FileChange(path="x.yaml", settings=(Setting(name="replicas", before="3", after="3"),))
        )
        == []
    )


def test_there_is_one_reason_for_each_tier_in_any_order():
    moved = tuple(
        Scaling(resource=name, setting="replicas", before=12, after=after)
        for name, after in (("web", 3), ("api", 2), ("job", 11))
    )
    reasons = found(scaling=moved)
    assert {it.tier for it in reasons} == {HIGH, NORMAL}
    assert "replicas of api go from 12 to 2; and 1 more." in {it.sentence for it in reasons}
    assert {it.sentence for it in found(scaling=moved[::-1])} == {it.sentence for it in reasons}


def test_a_scaling_change_without_numbers_is_high():
    assert [it.tier for it in found(kind=Kind.SCALING)] == [HIGH]
    assert found(kind=Kind.SOFTWARE) == []


def test_words_from_outside_are_made_harmless():
    move = Scaling(resource="web\u202e\n" + "x" * 500, setting="replicas\x00", before=12, after=3)
    (reason,) = found(scaling=(move,))
    assert reason.sentence.isprintable()
    assert len(reason.sentence) < 200


_NUMBER = st.none() | st.floats() | st.integers(-5, 50)


@given(_NUMBER, _NUMBER, _NUMBER)
def test_a_lower_bound_is_never_less_of_a_risk(
    before: float | None, after: float | None, peak: float | None
):
    tier = stated(before, after, peak).tier
    if after is not None and after > 0:
        assert stated(before, after / 4, peak).tier.rank >= tier.rank


@given(st.text(max_size=20), st.none() | st.text(max_size=20), st.none() | st.text(max_size=20))
def test_no_setting_makes_it_fail(name: str, before: str | None, after: str | None):
    if before != after:
        assert shown(name, before, after).sentence

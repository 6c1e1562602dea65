"""What of all that waits is whose, and in which order?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.risk.reasons import TIERS, Risk, RiskTier
from bot.domain.signoff import Signoff
from bot.engine.shares import Share, by_urgency, may_be_renewed, share
from tests.builders import (
    NOW,
    PAYMENTS,
    a_change,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    asked,
    escalate,
    expire,
    hours,
    minutes,
    reassessed,
    standing,
    time_passes,
)


def one(id: str, left: float | None = 8, tier: str = "normal", **facts: Any) -> Signoff:
    """A signoff with so many hours left, of this risk."""
    deadlines = () if left is None else (expire(NOW + hours(left)),)
    requirement = facts.pop("requirement", None) or a_requirement(deadlines=deadlines)
    signoff = a_signoff(signoff_id=id, requirement=requirement, **facts)
    return replace(signoff, risk=Risk(tier=RiskTier(tier)))


def order(*signoffs: Signoff, now: datetime = NOW) -> str:
    return "".join(signoff.id for signoff in by_urgency(signoffs, now))


def test_what_runs_out_sooner_comes_first() -> None:
    assert order(one("c", 30), one("a", 0.5), one("b", 3), one("d", None)) == "abcd"


def test_of_what_runs_out_about_as_soon_the_riskiest_comes_first() -> None:
    assert order(one("b", 5, "normal"), one("c", 5, "low"), one("a", 7, "critical")) == "abc"
    assert order(one("a", 3, "low"), one("b", 7, "critical")) == "ab"


def test_of_what_is_as_risky_the_sooner() -> None:
    assert order(one("b", 7), one("a", 6)) == "ab"


def test_what_was_escalated_is_overdue() -> None:
    late = replace(one("a", 30), escalated=True)
    assert order(one("b", 3, "critical"), late) == "ab"


def test_what_nobody_found_risky_is_as_risky_as_most() -> None:
    unknown = replace(one("b", 5), risk=None)
    assert order(one("c", 5, "low"), unknown, one("a", 5, "high")) == "abc"


_LEFT = st.none() | st.floats(-1, 100)


def test_of_what_is_alike_in_all_the_order_is_always_the_same() -> None:
    assert order(one("b"), one("a")) == order(one("a"), one("b")) == "ab"


@given(st.lists(st.tuples(_LEFT, st.sampled_from(TIERS)), max_size=8), st.randoms())
def test_the_order_does_not_depend_on_the_order(rows: list[Any], chance: Any) -> None:
    signoffs = [one(f"{n} ", left, tier) for n, (left, tier) in enumerate(rows)]
    signoffs = [replace(s, opened_at=NOW + minutes(n)) for n, s in enumerate(signoffs)]
    shuffled = list(signoffs)
    chance.shuffle(shuffled)
    assert order(*shuffled) == order(*signoffs)


def test_what_i_was_asked_for_comes_before_what_i_may_sign_as_well() -> None:
    others = one("a", 1, invited=asked("grace"))
    mine = one("b", 8, invited=asked("ada"))
    found = share([others, mine], standing("ada"), NOW)
    assert (found.asked, found.others) == ((mine,), (others,))
    assert found.waiting == (mine, others)


def test_what_i_had_a_part_in_is_mine_and_does_not_wait_for_me() -> None:
    own = one("a", contributors=("ada", "jun"))
    assert share([own], standing("ada"), NOW) == Share(own=(own,), groups=(own,))
    assert share([own], standing("jun"), NOW) == Share(own=(own,))
    assert share([own], standing("grace"), NOW).waiting == (own,)


def test_what_i_reviewed_waits_for_me_no_more() -> None:
    two = one("a", requirement=a_requirement(an_ask(2)))
    half = after(two, approves("ada"))
    assert share([half], standing("ada"), NOW).waiting == ()
    assert share([half], standing("grace"), NOW).waiting == (half,)


def test_what_i_said_under_another_policy_waits_for_me_again() -> None:
    """It does not count any more; a reminder would ask as well."""
    half = after(one("a", requirement=a_requirement(an_ask(2))), approves("ada"))
    anew = after(half, reassessed(an_ask(2)))
    assert share([anew], standing("ada"), NOW).waiting == (anew,)
    assert share([half], standing("ada"), NOW).waiting == ()


def test_what_settles_can_be_undone_by_those_who_approved() -> None:
    settling = after(one("a", requirement=a_requirement(grace=minutes(1))), approves("ada"))
    assert settling.settling is not None
    assert share([settling], standing("ada"), NOW).settling == (settling,)
    assert share([settling], standing("grace"), NOW).settling == ()


def test_once_it_escalates_it_is_for_the_wider_groups_too() -> None:
    signoff = one("a", requirement=a_requirement(deadlines=(escalate(NOW + hours(1)),)))
    assert signoff.groups == (PAYMENTS,)
    assert share([signoff], standing("pat"), NOW) == Share()
    late = after(signoff, time_passes(NOW + hours(1)))
    assert share([late], standing("pat"), NOW).groups == (late,)
    assert share([late], standing("pat"), NOW).asked == (late,)


def test_a_stranger_has_no_share() -> None:
    assert share([one("a")], None, NOW) == Share()


def test_only_those_who_had_a_part_may_ask_again() -> None:
    expired = after(a_signoff(), time_passes(NOW + hours(9)))
    assert may_be_renewed([expired], [], "jun", NOW) == (expired,)
    assert may_be_renewed([expired], [], "ada", NOW) == ()
    assert may_be_renewed([expired], [], "jun", NOW + hours(10)) == ()
    assert may_be_renewed([replace(expired, renewed_as="sgn_2")], [], "jun", NOW) == ()


def test_not_while_something_newer_waits_for_the_same_place() -> None:
    expired = after(a_signoff(), time_passes(NOW + hours(9)))
    elsewhere = a_signoff(signoff_id="sgn_2", change=a_change(key="k2", environment="staging"))
    newer = a_signoff(signoff_id="sgn_2", change=a_change(key="k2"))
    assert may_be_renewed([expired], [elsewhere], "jun", NOW) == (expired,)
    assert may_be_renewed([expired], [newer], "jun", NOW) == ()

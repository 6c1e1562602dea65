"""Who may review, and when is it enough?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import (
    AlreadyReviewed,
    ChecklistOpen,
    NotAReviewer,
    OwnChange,
    PolicyChanged,
    ReasonMissing,
    StaleRevision,
)
from bot.domain.people import Standing
from bot.domain.quorum import (
    asks_nobody,
    check_may_review,
    is_eligible,
    missing,
    says_why,
    tally,
    wanted,
)
from bot.domain.signoff import Review, Signoff, Status, Verdict
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_person,
    a_requirement,
    a_review,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    out_of_groups,
    rejects,
    sha,
    standing,
    standings,
    time_passes,
    with_person,
    without_person,
)

TWO = an_ask(2)


@pytest.mark.parametrize("person", ["ada", "grace"])
def test_a_senior_of_the_group_is_eligible(person: str) -> None:
    assert is_eligible(a_signoff(), standing(person))


def test_whoever_is_higher_is_eligible_too() -> None:
    roster = with_person(ROSTER, a_person("pat", "principal"), PAYMENTS)
    assert is_eligible(a_signoff(), standing("pat", roster))


@pytest.mark.parametrize(
    "who",
    [
        None,
        Standing(person="kim", level="junior", groups=frozenset({PAYMENTS})),
        Standing(person="jun", level="mid", groups=frozenset({PAYMENTS})),
        Standing(person="pat", level="principal", groups=frozenset({PLATFORM})),
        Standing(person="pat", level="principal", groups=frozenset()),
        Standing(person="mallory", level="guest", groups=frozenset({PAYMENTS})),
        Standing(person="mallory", level="", groups=frozenset({PAYMENTS})),
    ],
    ids=["stranger", "junior", "mid", "other group", "no group", "unlisted level", "no level"],
)
def test_nobody_else_is(who: Standing | None) -> None:
    assert not is_eligible(a_signoff(), who)


def test_a_level_that_nobody_lists_is_reached_by_nobody() -> None:
    unknown = a_signoff(an_ask(1, "wizard"))
    assert not is_eligible(unknown, standing("ada"))
    wizard = Standing(person="ada", level="wizard", groups=frozenset({PAYMENTS}))
    assert not is_eligible(unknown, wizard)


def test_a_contributor_is_not_however_high() -> None:
    mine = a_signoff(contributors=("jun", "ada"))
    assert not is_eligible(mine, standing("ada"))
    assert is_eligible(mine, standing("grace"))


def test_the_wider_circle_only_after_the_escalation() -> None:
    assert not is_eligible(a_signoff(), standing("pat"))
    assert is_eligible(after(a_signoff(), time_passes(NOW + hours(1))), standing("pat"))


def test_an_escalation_widens_each_circle_by_its_own_groups_only() -> None:
    late = time_passes(NOW + hours(1))
    for wider, status in (({PLATFORM}, Status.APPROVED), ({"nobody"}, Status.PENDING)):
        asks = an_ask(1, wider=wider), an_ask(1, "staff", wider={PLATFORM})
        signoff = replace(after(a_signoff(*asks), late), reviews=(a_review("pat"),))
        assert tally(signoff, [standing("pat")]) is status


def test_the_own_change_is_refused_before_anything_else() -> None:
    mine = a_signoff(contributors=("ada",))
    with pytest.raises(OwnChange):
        check_may_review(mine, a_review("ada", revision=sha("b")), standing("ada"))


def test_who_may_not_review_hears_who_may() -> None:
    with pytest.raises(NotAReviewer, match="1 × senior or above from payments-seniors"):
        check_may_review(a_signoff(), a_review("kim"), standing("kim"))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"revision": sha("b")}, StaleRevision),
        ({"revision": sha("a")[:12]}, StaleRevision),
        ({"revision": ""}, StaleRevision),
        ({"policy_digest": "sha256:old"}, PolicyChanged),
        ({"policy_digest": ""}, PolicyChanged),
        ({}, None),
    ],
)
def test_only_this_revision_under_this_policy(
    facts: dict[str, str], refusal: type[Exception] | None
) -> None:
    review = a_review("ada", **facts)
    if refusal is None:
        check_may_review(a_signoff(), review, standing("ada"))
        return
    with pytest.raises(refusal):
        check_may_review(a_signoff(), review, standing("ada"))


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_rejection_needs_a_reason(reason: str) -> None:
    with pytest.raises(ReasonMissing):
        check_may_review(
            a_signoff(), a_review("ada", Verdict.REJECT, reason=reason), standing("ada")
        )
    check_may_review(
        a_signoff(), a_review("ada", Verdict.REJECT, reason="not yet"), standing("ada")
    )


def test_an_approval_needs_one_only_where_policy_says_so() -> None:
    strict = a_signoff(requirement=a_requirement(approve_reason=True))
    with pytest.raises(ReasonMissing):
        check_may_review(strict, a_review("ada"), standing("ada"))
    check_may_review(strict, a_review("ada", reason="read it"), standing("ada"))


def test_every_point_of_the_checklist_has_to_be_confirmed() -> None:
    strict = a_signoff(requirement=a_requirement(checklist=("rollback", "alerts")))
    with pytest.raises(ChecklistOpen):
        check_may_review(strict, a_review("ada", checklist=("rollback",)), standing("ada"))
    both = a_review("ada", checklist=("alerts", "rollback", "more"))
    check_may_review(strict, both, standing("ada"))


def test_a_rejection_needs_no_checklist() -> None:
    strict = a_signoff(requirement=a_requirement(checklist=("rollback",)))
    check_may_review(strict, a_review("ada", Verdict.REJECT, reason="not yet"), standing("ada"))


def test_the_same_verdict_twice_is_refused_and_another_is_not() -> None:
    once = after(a_signoff(TWO), approves("ada"))
    with pytest.raises(AlreadyReviewed):
        check_may_review(once, a_review("ada"), standing("ada"))
    check_may_review(once, a_review("ada", Verdict.REJECT, reason="not yet"), standing("ada"))


def reviewed(*reviews: Review, signoff: Signoff | None = None) -> Signoff:
    return replace(signoff or a_signoff(TWO), reviews=reviews)


def test_two_persons_are_enough_for_two() -> None:
    assert tally(reviewed(a_review("ada"), a_review("grace")), standings()) is Status.APPROVED


def test_one_person_twice_is_one() -> None:
    assert tally(reviewed(a_review("ada"), a_review("ada")), standings()) is Status.PENDING


@pytest.mark.parametrize(
    "roster",
    [
        without_person(ROSTER, "ada"),
        out_of_groups(ROSTER, "ada"),
        with_person(ROSTER, a_person("ada", "mid")),
        with_person(ROSTER, a_person("ada", "guest")),
    ],
    ids=["left", "left the group", "lost the level", "unlisted level"],
)
def test_whoever_lost_their_standing_counts_no_more(roster: object) -> None:
    both = reviewed(a_review("ada"), a_review("grace"))
    assert tally(both, standings(roster)) is Status.PENDING  # type: ignore[arg-type]
    assert tally(both, standings(ROSTER)) is Status.APPROVED


def test_a_rejection_of_somebody_who_left_stops_nothing() -> None:
    no = reviewed(a_review("ada", Verdict.REJECT, reason="not yet"), a_review("grace"))
    assert tally(no, standings(without_person(ROSTER, "ada"))) is Status.PENDING
    assert tally(no, standings()) is Status.REJECTED


@pytest.mark.parametrize(
    "facts", [{"revision": sha("b")}, {"policy_digest": "sha256:old"}], ids=["revision", "policy"]
)
def test_reviews_of_something_else_do_not_count(facts: dict[str, str]) -> None:
    other = reviewed(a_review("ada", **facts), a_review("grace"))
    assert tally(other, standings()) is Status.PENDING


def test_a_contributor_does_not_count_even_if_a_review_of_theirs_is_there() -> None:
    signoff = a_signoff(TWO, contributors=("ada",))
    both = reviewed(a_review("ada"), a_review("grace"), signoff=signoff)
    assert tally(both, standings()) is Status.PENDING


def test_a_person_s_latest_word_counts() -> None:
    no = a_review("ada", Verdict.REJECT, reason="not yet")
    one = a_signoff(an_ask(1))
    assert tally(reviewed(no, a_review("ada"), signoff=one), standings()) is Status.APPROVED
    assert tally(reviewed(a_review("ada"), no, signoff=one), standings()) is Status.REJECTED


def test_every_ask_has_to_be_met() -> None:
    signoff = a_signoff(an_ask(1), an_ask(1, "principal", PLATFORM))
    assert tally(reviewed(a_review("ada"), signoff=signoff), standings()) is Status.PENDING
    both = reviewed(a_review("ada"), a_review("pat"), signoff=signoff)
    assert tally(both, standings()) is Status.APPROVED


def test_an_ask_of_nobody_s_group_is_met_by_nobody() -> None:
    signoff = a_signoff(replace(an_ask(1), groups=frozenset()))
    everybody = reviewed(*(a_review(person) for person in ROSTER.people), signoff=signoff)
    assert tally(everybody, standings()) is Status.PENDING


def test_no_asks_at_all_are_met_by_nobody() -> None:
    signoff = replace(a_signoff(), requirement=replace(a_requirement(), asks=()))
    everybody = reviewed(*(a_review(person) for person in ROSTER.people), signoff=signoff)
    assert tally(everybody, standings()) is Status.PENDING


def test_nobody_is_asked_only_if_every_ask_says_so() -> None:
    assert asks_nobody(a_requirement(an_ask(0)))
    assert not asks_nobody(a_requirement(an_ask(0), an_ask(1)))
    assert not asks_nobody(replace(a_requirement(), asks=()))


def test_what_is_wanted_in_words() -> None:
    signoff = a_signoff(an_ask(2), an_ask(0), an_ask(1, "staff", PLATFORM, PAYMENTS))
    assert wanted(signoff) == (
        "2 × senior or above from payments-seniors and "
        "1 × staff or above from payments-seniors or platform"
    )
    assert "nobody" in wanted(a_signoff(replace(an_ask(), groups=frozenset())))


def test_what_is_missing_in_words() -> None:
    assert missing(a_signoff(an_ask(3))) == "3 more approvals needed."
    assert missing(after(a_signoff(an_ask(3)), approves("ada"))) == "2 more approvals needed."
    assert missing(after(a_signoff(TWO), approves("ada"))) == "1 more approval needed."


def test_a_rejection_cast_on_the_way_is_in_the_trail() -> None:
    signoff = after(a_signoff(), rejects("ada", "refunds twice"))
    assert [(r.person, r.verdict, r.reason) for r in signoff.reviews] == [
        ("ada", Verdict.REJECT, "refunds twice")
    ]


@pytest.mark.parametrize(
    "words", ["", " \n", ".", "ok", "…!?", "1.2", "\u3164\u3164\u3164", "🙂🙂🙂"]
)
def test_what_has_hardly_a_letter_is_no_reason(words: str) -> None:
    assert not says_why(words)


@pytest.mark.parametrize("words", ["not", "4.2.0", "n-o-t", "有问题", "нет", "ألا"])
def test_three_letters_of_any_script_are_one(words: str) -> None:
    assert says_why(words)


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.APPROVE])
def test_a_full_stop_is_none_whatever_it_is_asked_for(verdict: Verdict) -> None:
    strict = a_signoff(requirement=a_requirement(approve_reason=True))
    with pytest.raises(ReasonMissing):
        check_may_review(strict, a_review("ada", verdict, reason="."), standing("ada"))
    check_may_review(strict, a_review("ada", verdict, reason="Tried."), standing("ada"))

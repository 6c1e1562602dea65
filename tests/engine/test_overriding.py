"""Does an override let a change go on, loudly, for a while, and only by those who may?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.card import Card
from bot.domain.change import Commit
from bot.domain.emergency import Emergency
from bot.domain.errors import (
    AlreadyDecided,
    IncidentMissing,
    NoOverrideAsked,
    NotAllowedToOverride,
    NotOverridden,
    OverrideAskedAlready,
    OverrideReviewedAlready,
    OverrideUnreviewed,
    OwnChange,
    OwnOverride,
    ReasonMissing,
    Refusal,
    TooLate,
)
from bot.domain.override import OverrideRules
from bot.domain.signoff import Signoff, Status, Verdict
from bot.ports import Undelivered, Unreachable
from tests.builders import (
    NOW,
    PLATFORM,
    ROSTER,
    a_click,
    hours,
    minutes,
    out_of_groups,
    sha,
    who,
)
from tests.engine.house import House, a_house, a_house_at

SECURITY = "C0SEC"
ALONE = OverrideRules(people=frozenset({"pat"}), groups=frozenset(), channel=SECURITY)
TOGETHER = OverrideRules(groups=frozenset({PLATFORM}), channel=SECURITY, second=True)
QUICK = replace(ALONE, people=frozenset({"pat", "grace", "jun"}), lasts=minutes(10), review_within=hours(1))  # fmt: skip
INCIDENT, WHY = "INC-7", "checkout is down"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, overrides=ALONE) as made:
        yield made


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, overrides=TOGETHER) as made:
        yield made


async def override(
    house: House, signoff: Signoff, person: str = "pat", incident: str = INCIDENT, why: str = WHY
) -> Signoff:
    number = house.clock().timestamp()
    click = a_click(signoff, person, id=f"override {person} {incident} {why} {number}")
    return await house.signoffs.override(click, incident, why)


async def confirm(house: House, signoff: Signoff, person: str = "ruth") -> Signoff:
    click = a_click(signoff, person, id=f"confirm {person} {house.clock().timestamp()}")
    return await house.signoffs.confirm_override(click)


async def review(
    house: House,
    signoff: Signoff,
    person: str = "ada",
    note: str = "it was right",
    fine: bool = True,
) -> Signoff:
    click = a_click(signoff, person, id=f"review {person} {note} {house.clock().timestamp()}")
    return await house.signoffs.review_override(click, note, fine=fine)


# It goes on, and everybody hears of it.


async def test_the_pipeline_may_go_on_and_the_decision_says_why(house: House) -> None:
    signoff = await house.open()
    after = await override(house, signoff)
    it = after.override
    assert after.status is Status.OVERRIDDEN
    assert after.status.proceed
    assert it
    assert (it.by, it.incident, it.reason) == ("pat", INCIDENT, WHY)
    assert (it.at, it.until, it.review_by) == (NOW, NOW + hours(1), NOW + hours(24))
    await house.settle()
    assert house.pipeline.taken == [("msg_sgn_1_overridden", "overridden")]
    assert await house.board.broken() is None


async def test_all_whom_it_concerns_hear_of_it_at_once(house: House) -> None:
    await override(house, await house.open())
    await house.settle()
    for place in (SECURITY, "C0PAY", "@U0ADA", "@U0GRACE", "@U0JUN"):
        (note,) = house.chat.notes(place, Emergency)
        said = " ".join(str(span) for span in note.spans)
        assert note.lead.startswith("Emergency override by Pat: acme/payments-api")
        assert (INCIDENT in said, WHY in said) == (True, True)
    (card,) = house.chat.on(SECURITY)
    assert card.status is Status.OVERRIDDEN


async def test_its_message_stands_by_itself_and_in_no_thread(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    await override(house, signoff)
    await house.settle()
    threads = {
        place: house.chat.threads[ref]
        for ref, place in house.chat.places.items()
        if isinstance(house.chat.pieces[ref], Emergency)
    }
    assert threads["C0PAY"] is None
    assert set(threads.values()) == {None}


async def test_entry_outbox_and_messages_are_written_with_the_decision(house: House) -> None:
    """Never silent: nobody can stop what is to be told between the decision and its telling."""
    signoff = await override(house, await house.open())
    kinds = [event.kind for event in await house.board.trail(signoff.id)]
    assert kinds == ["opened", "overridden"]
    assert (await house.board.backlog())["waiting"] == 2
    assert (await house.board.surfaces())["wanting"] >= 6


async def test_the_log_says_so_loudly(house: House, caplog: pytest.LogCaptureFixture) -> None:
    signoff = await house.open()
    with caplog.at_level(logging.WARNING):
        await override(house, signoff)
    assert f"overridden by pat for {INCIDENT}" in caplog.text


async def test_the_same_click_twice_is_one_override(house: House) -> None:
    signoff = await house.open()
    once, again = await override(house, signoff), await override(house, signoff)
    assert once == again
    assert [it.kind for it in await house.board.trail(signoff.id)] == ["opened", "overridden"]


# Only those who may, only what waits, and not without saying why.


@pytest.mark.parametrize("person", ["ada", "ruth", "jun", "mallory"])
async def test_nobody_else_may(house: House, person: str) -> None:
    signoff = await house.open()
    with pytest.raises(NotAllowedToOverride) as refused:
        await override(house, signoff, person)
    assert "Pat may." in refused.value.sentence
    assert await house.now(signoff) == signoff


async def test_without_rules_nobody_may(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        signoff = await house.open()
        with pytest.raises(NotAllowedToOverride):
            await override(house, signoff)


@pytest.mark.parametrize(
    ("incident", "why", "refusal"),
    [
        ("", WHY, IncidentMissing),
        ("INC 7", WHY, IncidentMissing),
        ("<!here>", WHY, IncidentMissing),
        ("INC-7\n", WHY, IncidentMissing),
        (INCIDENT, "", ReasonMissing),
        (INCIDENT, " . ", ReasonMissing),
    ],
)
async def test_it_says_for_which_incident_and_why(
    house: House, incident: str, why: str, refusal: type[Refusal]
) -> None:
    signoff = await house.open()
    with pytest.raises(refusal):
        await override(house, signoff, incident=incident, why=why)
    assert await house.now(signoff) == signoff


async def test_what_is_decided_is_not_overridden(house: House) -> None:
    signoff = await house.open()
    await house.review(signoff, "ada", Verdict.REJECT)
    with pytest.raises(AlreadyDecided):
        await override(house, signoff)


async def test_what_expired_a_moment_ago_is_over_though_nobody_noticed(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(hours(8))
    with pytest.raises((AlreadyDecided, TooLate)):
        await override(house, signoff)
    assert (await house.now(signoff)).status is Status.EXPIRED


async def test_nobody_overrides_their_own_change_alone(tmp_path: Path) -> None:
    async with a_house(tmp_path, overrides=QUICK) as house:
        signoff = await house.open()
        with pytest.raises(OwnOverride):
            await override(house, signoff, "jun")
        assert (await override(house, signoff, "grace")).status is Status.OVERRIDDEN


# Two of them.


async def test_where_it_takes_two_nothing_goes_on_before_the_second(two: House) -> None:
    signoff = await two.open()
    asked = await override(two, signoff)
    assert asked.status is Status.PENDING
    await two.settle()
    assert two.pipeline.taken == []
    (told,) = two.chat.notes(SECURITY, Emergency)
    assert told.lead.startswith("Pat asks to override")
    assert two.chat.notes("@U0RUTH", Emergency)
    after = await confirm(two, signoff)
    assert (after.status, after.override and after.override.second) == (Status.OVERRIDDEN, "ruth")
    await two.settle()
    assert len(two.pipeline.taken) == 1
    assert await two.board.broken() is None


async def test_a_contributor_may_ask_where_somebody_else_confirms(tmp_path: Path) -> None:
    rules = replace(TOGETHER, people=frozenset({"jun"}))
    async with a_house(tmp_path, overrides=rules) as house:
        signoff = await house.open()
        await override(house, signoff, "jun")
        with pytest.raises(OwnOverride):
            await confirm(house, signoff, "jun")
        assert (await confirm(house, signoff, "pat")).status is Status.OVERRIDDEN


@pytest.mark.parametrize(
    ("person", "refusal"), [("pat", OwnOverride), ("ada", NotAllowedToOverride)]
)
async def test_not_everybody_may_confirm(two: House, person: str, refusal: type[Refusal]) -> None:
    signoff = await two.open()
    await override(two, signoff)
    with pytest.raises(refusal):
        await confirm(two, signoff, person)
    assert (await two.now(signoff)).status is Status.PENDING


async def test_what_nobody_asked_for_is_not_confirmed(two: House) -> None:
    signoff = await two.open()
    with pytest.raises(NoOverrideAsked):
        await confirm(two, signoff)


async def test_after_a_quarter_of_an_hour_it_is_as_if_nobody_had_asked(two: House) -> None:
    signoff = await two.open()
    await override(two, signoff)
    two.clock.go_on(minutes(14))
    with pytest.raises(OverrideAskedAlready):
        await override(two, signoff, "ruth")
    two.clock.go_on(minutes(1))
    with pytest.raises(NoOverrideAsked):
        await confirm(two, signoff)
    await override(two, signoff, "ruth")
    assert (await confirm(two, signoff, "pat")).status is Status.OVERRIDDEN


async def test_who_asked_and_lost_the_right_since_is_not_confirmed(tmp_path: Path) -> None:
    async with a_house(tmp_path, overrides=TOGETHER) as house:
        signoff = await house.open()
        await override(house, signoff)
    without = out_of_groups(ROSTER, "pat")
    async with a_house(tmp_path, overrides=TOGETHER, roster=without) as house:
        await house.signoffs.enter()
        await house.signoffs.reassess()
        with pytest.raises(NotAllowedToOverride):
            await confirm(house, await house.now(signoff))
        assert (await house.now(signoff)).status is Status.PENDING


# It ends.


async def test_a_pipeline_that_was_down_until_it_ended_is_not_told(tmp_path: Path) -> None:
    async with a_house(tmp_path, overrides=QUICK) as house:
        signoff = await override(house, await house.open())
        house.pipeline.answers.extend([Unreachable("down")] * 20)
        await house.settle()
        house.clock.go_on(minutes(10))
        house.pipeline.answers.clear()
        await house.settle()
        assert house.pipeline.taken == []
        report = (await house.now(signoff)).report
        assert report
        assert (report.accepted, report.detail) == (
            False,
            "the override ended at 2026-11-23 10:10 UTC",
        )


async def test_a_moment_before_it_ends_it_is_told(tmp_path: Path) -> None:
    async with a_house(tmp_path, overrides=QUICK) as house:
        signoff = await override(house, await house.open())
        house.pipeline.answers.append(Undelivered("HTTP 503"))
        await house.settle()
        house.clock.go_on(minutes(10) - timedelta(seconds=1))
        await house.settle()
        assert house.pipeline.taken == [("msg_sgn_1_overridden", "overridden")]
        assert (await house.now(signoff)).report


# Somebody else reviews it.


@pytest.mark.parametrize("fine", [True, False])
async def test_somebody_else_says_whether_it_was_fine(house: House, fine: bool) -> None:
    signoff = await override(house, await house.open())
    await house.settle()
    house.clock.go_on(hours(2))
    after = await review(house, signoff, fine=fine)
    assert after.override
    assert after.override.reviewed
    assert (after.override.reviewed.by, after.override.reviewed.fine) == ("ada", fine)
    assert (after.status, after.decided_at, after.next_due) == (Status.OVERRIDDEN, NOW, None)
    await house.settle()
    word = "it was fine" if fine else "it was wrong"
    (note,) = house.chat.notes(SECURITY, Emergency)
    assert word in " ".join(str(span) for span in note.spans)
    assert house.pipeline.taken == [("msg_sgn_1_overridden", "overridden")]
    assert await house.board.broken() is None


@pytest.mark.parametrize(
    ("person", "refusal"),
    [("pat", OwnOverride), ("jun", OwnOverride), ("kim", NotAllowedToOverride)],
)
async def test_not_everybody_may_review(house: House, person: str, refusal: type[Refusal]) -> None:
    signoff = await override(house, await house.open())
    with pytest.raises(refusal) as refused:
        await review(house, signoff, person)
    assert "Ada or Grace may." in refused.value.sentence
    assert (await review(house, signoff, "ada")).override


async def test_a_review_says_why(house: House) -> None:
    signoff = await override(house, await house.open())
    with pytest.raises(ReasonMissing):
        await review(house, signoff, note=" ")


async def test_it_is_reviewed_once(house: House) -> None:
    signoff = await override(house, await house.open())
    await review(house, signoff, "ada")
    with pytest.raises(OverrideReviewedAlready):
        await review(house, signoff, "grace")


async def test_what_was_not_overridden_is_not_reviewed(house: House) -> None:
    signoff = await house.open()
    with pytest.raises(NotOverridden):
        await review(house, signoff)


async def test_once_a_review_is_overdue_nothing_else_is_overridden(house: House) -> None:
    first = await override(house, await house.open())
    house.clock.go_on(hours(24) - timedelta(seconds=1))
    second = await house.open(key="2", environment="staging")
    await override(house, second)
    house.clock.go_on(timedelta(seconds=1))
    third = await house.open(key="3", environment="qa")
    with pytest.raises(OverrideUnreviewed) as refused:
        await override(house, third)
    assert first.id in refused.value.sentence
    await review(house, first)
    assert (await override(house, third)).status is Status.OVERRIDDEN


async def test_who_asked_before_another_was_overdue_is_not_confirmed_after(two: House) -> None:
    first = await two.open()
    await override(two, first)
    await confirm(two, first)
    two.clock.go_on(hours(24) - minutes(5))
    second = await two.open(key="2", environment="staging")
    await override(two, second)
    two.clock.go_on(minutes(5))
    with pytest.raises(OverrideUnreviewed):
        await confirm(two, second)


async def test_that_it_is_overdue_is_said_once_a_day_until_somebody_reviews_it(
    house: House,
) -> None:
    signoff = await override(house, await house.open())
    await house.settle()
    for day in (1, 2, 3):
        house.clock.go_on(hours(24))
        assert await house.signoffs.pass_deadlines() == 1
        assert await house.signoffs.pass_deadlines() == 0
        await house.settle()
        told = [it for it in house.chat.notes("C0PAY", Emergency) if "Nobody has" in it.lead]
        assert len(told) == day
    after = await house.now(signoff)
    assert after.override
    assert after.override.reminded == 3
    await review(house, signoff)
    house.clock.go_on(hours(24))
    assert await house.signoffs.pass_deadlines() == 0
    assert await house.board.broken() is None


async def test_days_that_were_missed_are_not_made_up_for(house: House) -> None:
    await override(house, await house.open())
    house.clock.go_on(hours(24 * 5 + 1))
    assert await house.signoffs.pass_deadlines() == 1
    assert await house.signoffs.pass_deadlines() == 0


async def test_whoever_may_review_finds_it_on_their_page(house: House) -> None:
    signoff = await override(house, await house.open())
    for person, sees in (("ada", True), ("pat", False), ("jun", False), ("kim", False)):
        found = (await house.board.share(person)).to_review
        assert [it.id for it in found] == ([signoff.id] if sees else []), person
    await review(house, signoff)
    assert (await house.board.share("ada")).to_review == ()


async def test_it_is_counted(house: House) -> None:
    none = await house.board.overrides()
    assert (none.total, none.unreviewed, none.overdue_since) == (0, 0, None)
    signoff = await override(house, await house.open())
    house.clock.go_on(hours(25))
    late = await house.board.overrides()
    assert (late.total, late.unreviewed, late.overdue_since) == (1, 1, NOW + hours(24))
    await review(house, signoff)
    done = await house.board.overrides()
    assert (done.total, done.unreviewed, done.overdue_since) == (1, 0, None)


async def test_a_newer_change_is_another_and_needs_its_own(house: House) -> None:
    """What an override lets on is one revision, and no other."""
    await override(house, await house.open())
    newer = await house.open(key="2", revision=sha("b"))
    assert newer.status is Status.PENDING


async def test_cards_say_what_was_done(house: House) -> None:
    signoff = await override(house, await house.open())
    card = house.board.card(signoff)
    (fact,) = [it for it in card.facts if it.label == "Override"]
    assert isinstance(card, Card)
    assert INCIDENT in " ".join(str(span) for span in fact.spans)


async def test_it_is_the_same_on_every_store(database_url: str) -> None:
    async with a_house_at(database_url, overrides=QUICK) as house:
        signoff = await override(house, await house.open())
        house.clock.go_on(hours(1))
        assert await house.signoffs.pass_deadlines() == 1
        other = await house.open(key="2", environment="staging")
        with pytest.raises(OverrideUnreviewed):
            await override(house, other)
        await review(house, signoff)
        assert (await override(house, other)).status is Status.OVERRIDDEN
        counted = await house.board.overrides()
        assert (counted.total, counted.unreviewed) == (2, 1)
        assert await house.board.broken() is None


async def test_where_all_hangs_in_one_channel_it_hangs_there_once(tmp_path: Path) -> None:
    silent = {id: replace(group, channel="") for id, group in ROSTER.groups.items()}
    roster = replace(ROSTER, groups=silent)
    async with a_house(tmp_path, overrides=ALONE, roster=roster, fallback=SECURITY) as house:
        await override(house, await house.open())
        await house.settle()
        assert len(house.chat.on(SECURITY)) == 1
        assert len(house.chat.notes(SECURITY, Emergency)) == 1


# It is no signature: what is built upon it brings it along.


@pytest.mark.parametrize("ended", [True, False], ids=["it ended untold", "it went on"])
async def test_what_is_built_upon_an_override_is_judged_with_it(house: House, ended: bool) -> None:
    """Else an emergency would launder a change: the next one, compared with it, hides it."""
    ada = Commit(sha=sha("1"), message="Retry", author=who("ada"))
    jun = Commit(sha=sha("2"), message="Fix a typo", author=who("jun"))
    urgent = await house.open(key="a", lineage="pull/1", commits=(ada,), author=who("ada"))
    await override(house, urgent)
    if ended:
        house.clock.go_on(hours(2))
    await house.settle()
    later = await house.open(
        key="b", revision=sha("b"), base_revision=sha("a"), lineage="pull/2", commits=(jun,)
    )
    assert later.along == (urgent.id,)
    assert "ada" in later.contributors.people
    with pytest.raises(OwnChange):
        await house.review(later, "ada")
    assert (await house.review(later, "grace")).status is Status.APPROVED
    third = await house.open(key="c", revision=sha("c"), base_revision=sha("b"), lineage="pull/3")
    assert third.along == ()
    assert await house.signoffs.went_on("payments-ci", "acme/payments-api", "production") == sha(
        "b"
    )


async def test_what_went_on_last_is_what_was_signed(house: House) -> None:
    signed = await house.open()
    await house.review(signed)
    await override(house, await house.open(key="b", revision=sha("b")))
    assert await house.signoffs.went_on("payments-ci", "acme/payments-api", "production") == sha(
        "a"
    )

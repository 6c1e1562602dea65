"""What may be asked of a signoff, and is each of it one transaction?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain.errors import (
    AlreadyDecided,
    NotAReviewer,
    NotYours,
    OwnChange,
    PolicyChanged,
    ReasonMissing,
    StaleRevision,
    UnknownSignoff,
)
from bot.domain.events import Event
from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.opening import KeyReused
from storage.store import Store
from tests.builders import (
    NOW,
    PAYMENTS,
    ROSTER,
    FakeClock,
    a_change,
    a_click,
    a_person,
    a_policy,
    a_rule,
    hours,
    ids,
    minutes,
    sha,
    with_person,
    without_person,
)
from tests.engine.house import House, a_house, furnish

TWO = a_policy(a_rule(approvals=2))


async def kinds(house: House, signoff: Signoff) -> list[str]:
    trail: list[Event] = list(await house.board.trail(signoff.id))
    return [event.kind for event in trail]


async def test_a_change_opens_a_signoff(house: House) -> None:
    opening = await house.signoffs.open(a_change())
    assert (opening.new, opening.signoff.id, opening.signoff.status) == (True, "sgn_1", "pending")
    assert await house.board.signoff("sgn_1") == opening.signoff
    assert await kinds(house, opening.signoff) == ["opened"]


async def test_the_same_change_told_twice_is_the_one_already_open(house: House) -> None:
    first = await house.signoffs.open(a_change())
    again = await house.signoffs.open(a_change())
    assert (again.new, again.signoff) == (False, first.signoff)
    assert await kinds(house, first.signoff) == ["opened"]


async def test_told_again_it_is_as_it_stands_by_now(house: House) -> None:
    signoff = await house.open()
    approved = await house.review(signoff)
    assert (await house.signoffs.open(a_change())).signoff == approved


@pytest.mark.parametrize(
    "other", [{"title": "Retry payouts"}, {"revision": sha("b")}, {"description": "more"}]
)
async def test_the_same_key_for_something_else_is_refused(
    house: House, other: dict[str, str]
) -> None:
    signoff = await house.open()
    with pytest.raises(KeyReused) as refused:
        await house.open(**other)
    assert refused.value.signoff == signoff
    assert await house.now(signoff) == signoff


async def test_the_same_key_on_another_connection_is_another_change(house: House) -> None:
    await house.open()
    assert (await house.signoffs.open(a_change(connection="github"))).new


async def test_many_tellings_at_once_open_one(house: House) -> None:
    openings = await asyncio.gather(*(house.signoffs.open(a_change()) for _ in range(20)))
    assert sum(opening.new for opening in openings) == 1
    assert len({opening.signoff.id for opening in openings}) == 1


async def test_a_newer_revision_supersedes_what_waits(house: House) -> None:
    old = await house.open()
    new = await house.open(key="4712", revision=sha("b"))
    gone = await house.now(old)
    assert (gone.status, gone.ended_by) == (Status.SUPERSEDED, new.id)
    assert await kinds(house, old) == ["opened", "superseded"]
    with pytest.raises(AlreadyDecided, match="superseded"):
        await house.review(old)


async def test_of_what_waits_to_be_merged_only_the_same_work_is_superseded(house: House) -> None:
    merge = {"environment": "merge", "by_lineage": True}
    old = await house.open(key="12/a", lineage="pull/12", **merge)
    other = await house.open(key="13/a", lineage="pull/13", **merge)
    assert not (await house.now(old)).status.is_final
    await house.open(key="12/b", lineage="pull/12", **merge)
    assert (await house.now(old)).status is Status.SUPERSEDED
    assert not (await house.now(other)).status.is_final


async def test_what_is_decided_is_not_superseded(house: House) -> None:
    old = await house.open()
    approved = await house.review(old)
    await house.open(key="4712", revision=sha("b"))
    assert await house.now(old) == approved


@pytest.mark.parametrize(
    "elsewhere",
    [{"repository": "acme/payments-web"}, {"environment": "staging"}, {"connection": "github"}],
)
async def test_a_change_to_another_place_supersedes_nothing(
    house: House, elsewhere: dict[str, str]
) -> None:
    old = await house.open()
    await house.open(key="4712", **elsewhere)
    assert (await house.now(old)).status is Status.PENDING


async def test_a_connection_may_keep_what_is_older(tmp_path: Path) -> None:
    async with a_house(tmp_path, keep_older=frozenset({"payments-ci"})) as house:
        old = await house.open()
        await house.open(key="4712", revision=sha("b"))
        assert (await house.now(old)).status is Status.PENDING


async def test_a_senior_s_click_approves(house: House) -> None:
    approved = await house.review(await house.open())
    assert approved.status is Status.APPROVED
    assert await kinds(house, approved) == ["opened", "reviewed"]


async def test_the_same_click_twice_is_one_review(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=TWO) as house:
        signoff = await house.open()
        first = await house.review(signoff, id="click-1")
        again = await house.review(signoff, id="click-1")
        assert first == again
        assert len(again.reviews) == 1


async def test_many_same_clicks_at_once_are_one_review(house: House) -> None:
    signoff = await house.open()
    seen = await asyncio.gather(*(house.review(signoff, id="click-1") for _ in range(20)))
    assert {one.status for one in seen} == {Status.APPROVED}
    assert await kinds(house, signoff) == ["opened", "reviewed"]


async def test_of_two_opposite_clicks_at_once_one_decides(house: House) -> None:
    signoff = await house.open()
    outcomes = await asyncio.gather(
        house.review(signoff, "ada"),
        house.review(signoff, "grace", Verdict.REJECT),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Signoff, AlreadyDecided]


@pytest.mark.parametrize(
    ("person", "refusal", "sentence"),
    [
        ("jun", OwnChange, "Ada or Grace may sign it off."),
        ("kim", NotAReviewer, "Ada or Grace may sign it off."),
        ("pat", NotAReviewer, "Ada or Grace may sign it off."),
        ("mallory", NotAReviewer, "Ada or Grace may sign it off."),
        ("stranger", NotAReviewer, "Ada or Grace may sign it off."),
    ],
)
async def test_who_may_not_hears_who_may(
    house: House, person: str, refusal: type[Exception], sentence: str
) -> None:
    signoff = await house.open()
    with pytest.raises(refusal) as refused:
        await house.review(signoff, person)
    assert refused.value.sentence.endswith(sentence)  # type: ignore[attr-defined]
    assert await house.now(signoff) == signoff


async def test_where_nobody_may_it_says_so(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=without_person(ROSTER, "ada", "grace")) as house:
        with pytest.raises(OwnChange) as refused:
            await house.review(await house.open(), "jun")
        assert refused.value.sentence.endswith("Nobody in the roster may sign it off.")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"revision": sha("b")}, StaleRevision), ({"policy_digest": "sha256:old"}, PolicyChanged)],
)
async def test_a_click_on_an_old_card_changes_nothing(
    house: House, facts: dict[str, str], refusal: type[Exception]
) -> None:
    signoff = await house.open()
    with pytest.raises(refusal):
        await house.review(signoff, **facts)
    assert await house.now(signoff) == signoff


async def test_a_rejection_without_a_reason_is_not_one(house: House) -> None:
    signoff = await house.open()
    with pytest.raises(ReasonMissing):
        await house.review(signoff, verdict=Verdict.REJECT, reason=" ")
    assert await kinds(house, signoff) == ["opened"]


async def test_a_click_on_what_does_not_exist(house: House) -> None:
    signoff = replace(await house.open(), id="sgn_x")
    with pytest.raises(UnknownSignoff, match="sgn_x"):
        await house.review(signoff)


async def test_a_late_click_finds_it_expired_though_nobody_noticed_before(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(hours(8))
    with pytest.raises(AlreadyDecided, match="expired"):
        await house.review(signoff)
    assert (await house.now(signoff)).status is Status.EXPIRED
    assert await kinds(house, signoff) == ["opened", "deadline_passed"]


async def test_a_click_in_time_counts_though_the_scheduler_sleeps(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(hours(8) - minutes(1))
    approved = await house.review(signoff)
    assert approved.status is Status.APPROVED
    assert await kinds(house, signoff) == ["opened", "deadline_passed", "reviewed"]


async def test_only_who_had_a_part_may_withdraw(house: House) -> None:
    signoff = await house.open()
    with pytest.raises(NotYours):
        await house.signoffs.withdraw(a_click(signoff, "ada"), "no")
    gone = await house.signoffs.withdraw(a_click(signoff, "jun"), "not today")
    assert (gone.status, gone.ended_by, gone.ended_why) == ("withdrawn", "jun", "not today")
    with pytest.raises(AlreadyDecided):
        await house.signoffs.withdraw(a_click(signoff, "jun", id="once more"), "again")


async def test_deadlines_pass_each_in_its_time(house: House) -> None:
    signoff = await house.open()
    assert await house.signoffs.pass_deadlines() == 0
    house.clock.go_on(minutes(15))
    assert await house.signoffs.pass_deadlines() == 1
    assert await house.signoffs.pass_deadlines() == 0
    house.clock.go_on(hours(1))
    await house.signoffs.pass_deadlines()
    assert (await house.now(signoff)).escalated
    house.clock.go_on(hours(8))
    await house.signoffs.pass_deadlines()
    assert (await house.now(signoff)).status is Status.EXPIRED
    assert await house.board.next_due() is not None


async def test_after_an_outage_everything_that_is_overdue_is_done(house: House) -> None:
    for number in range(30):
        await house.open(key=f"k{number}", repository=f"acme/payments-{number}")
    house.clock.go_on(hours(9))
    assert await house.signoffs.pass_deadlines() == 30
    assert await house.board.pending() == []


async def test_after_a_start_with_another_policy_it_is_judged_anew(tmp_path: Path) -> None:
    clock, new_id = FakeClock(), ids()
    async with a_house(tmp_path, clock, policy=TWO, new_id=new_id) as house:
        signoff = await house.open()
        await house.review(signoff, "ada")
    stricter = a_policy(a_rule(approvals=2), digest="sha256:policy-2")
    async with a_house(tmp_path, clock, policy=stricter, new_id=new_id) as house:
        await house.signoffs.reassess()
        waiting = await house.now(signoff)
        assert waiting.requirement.policy_digest == "sha256:policy-2"
        with pytest.raises(PolicyChanged):
            await house.review(signoff, "grace")
        await house.review(waiting, "grace")
        assert (await house.now(signoff)).status is Status.PENDING
        assert (await house.review(await house.now(signoff), "ada")).status is Status.APPROVED


async def test_even_if_nobody_judged_it_anew_a_click_does(tmp_path: Path) -> None:
    clock = FakeClock()
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", clock=clock)
    before = furnish(store, clock)
    signoff = await before.open()
    after = furnish(store, clock, policy=a_policy(digest="sha256:policy-2"))
    with pytest.raises(PolicyChanged):
        await after.review(signoff)
    judged = await after.now(signoff)
    assert judged.requirement.policy_digest == "sha256:policy-2"
    await store.close()


@pytest.mark.parametrize(
    ("roster", "status"),
    [
        (ROSTER, Status.APPROVED),
        (without_person(ROSTER, "ada"), Status.PENDING),
        (with_person(ROSTER, a_person("ada", "mid")), Status.PENDING),
    ],
    ids=["as before", "ada left", "ada is no senior any more"],
)
async def test_who_counts_is_judged_at_the_moment_of_decision(
    tmp_path: Path, roster: object, status: Status
) -> None:
    clock = FakeClock()
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", clock=clock)
    signoff = await furnish(store, clock, policy=TWO).open()
    await furnish(store, clock, policy=TWO).review(signoff, "ada")
    later = furnish(store, clock, policy=TWO, roster=roster)  # type: ignore[arg-type]
    assert (await later.review(signoff, "grace")).status is status
    await store.close()


async def test_somebody_the_roster_learns_of_later_may_not_sign_their_own_change(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", clock=clock)
    signoff = await furnish(store, clock).open(author="newcomer")
    assert signoff.contributors.unknown == ("newcomer",)
    known = with_person(ROSTER, a_person("ann", "staff", logins=frozenset({"newcomer"})), PAYMENTS)
    later = furnish(store, clock, roster=known)
    with pytest.raises(OwnChange):
        await later.review(signoff, "ann")
    assert (await later.review(await later.now(signoff), "ada")).status is Status.APPROVED
    await store.close()


async def test_who_had_a_part_once_has_it_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", clock=clock)
    signoff = await furnish(store, clock).open(author="ada")
    renamed = with_person(ROSTER, a_person("ada", logins=frozenset({"ada2"}), emails=frozenset()))
    with pytest.raises(OwnChange):
        await furnish(store, clock, roster=renamed).review(signoff, "ada")
    await store.close()


async def test_those_who_wait_are_woken_by_every_step(house: House) -> None:
    signoff = await house.open()
    with house.bell.heard(signoff.id) as changed:
        await house.review(signoff)
        assert changed.is_set()
    rings: list[int] = []
    house.bell.listen(lambda: rings.append(1))
    await house.open(key="2", revision=sha("b"), environment="staging")
    assert rings


async def test_what_superseding_ends_wakes_those_who_wait_for_it(house: House) -> None:
    old = await house.open()
    with house.bell.heard(old.id) as changed:
        await house.open(key="4712", revision=sha("b"))
        assert changed.is_set()


async def test_shadow_mode_lets_it_through_and_records_it(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(shadow=True)) as house:
        signoff = await house.open()
        assert (signoff.status, signoff.decided_at) == (Status.NOT_REQUIRED, NOW)
        assert signoff.requirement.asks


UNREADABLE = "UPDATE signoff SET document = '{}' WHERE id = :id"
CONTRADICTED = "UPDATE signoff SET next_due = '2020-01-01 00:00:00' WHERE id = :id"


async def _spoil(house: House, signoff: Signoff, how: str) -> None:
    """What an insider, a bad disk or another release may leave behind."""
    await house.store.write(lambda s: s.connection().execute(text(how), {"id": signoff.id}))


@pytest.mark.parametrize("how", [UNREADABLE, CONTRADICTED])
async def test_one_that_cannot_be_handled_is_set_aside_and_holds_up_nobody(
    house: House, how: str
) -> None:
    odd, sound = await house.open(), await house.open(key="2", repository="acme/payments-two")
    if how is CONTRADICTED:
        await house.review(odd)
    await _spoil(house, odd, how)
    house.clock.go_on(hours(9))

    async with asyncio.timeout(10):
        await house.signoffs.pass_deadlines()

    assert house.signoffs.stuck == {odd.id}
    expired = await house.board.signoff(sound.id)
    assert expired is not None
    assert expired.status is Status.EXPIRED

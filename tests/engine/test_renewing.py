"""Is what expired asked again as it was, by who may, and never over something newer?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Commit
from bot.domain.conditions import When
from bot.domain.errors import (
    AlreadyRenewed,
    NewerWaits,
    NewerWentOn,
    NotExpired,
    NotTold,
    NotYours,
    Refusal,
)
from bot.domain.notes import Alarm
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status, Verdict
from bot.ports import Landing
from tests.builders import (
    ROSTER,
    a_click,
    a_policy,
    a_rule,
    hours,
    sha,
    who,
    without_person,
)
from tests.engine.house import House, a_house

AI_NEEDS_TWO = a_policy(
    a_rule("everything"), a_rule("AI", When(ai=(AiStatus.ASSISTED,)), approvals=2)
)


async def expired(house: House, **facts: Any) -> Signoff:
    """Nobody answered, and the pipeline was told."""
    signoff = await house.open(**facts)
    return await expires(house, signoff)


async def expires(house: House, signoff: Signoff) -> Signoff:
    house.clock.go_on(hours(8))
    await house.signoffs.pass_deadlines()
    await house.settle()
    found = await house.now(signoff)
    assert found.status is Status.EXPIRED
    return found


async def test_it_is_another_signoff_of_the_same_change(house: House) -> None:
    old = await expired(house)
    new = await house.signoffs.renew(old, "jun")
    assert (new.change, new.renews, new.renewal) == (old.change, old.id, 1)
    assert (await house.now(old)).renewed_as == new.id
    assert (await house.now(old)).status is Status.EXPIRED
    await house.review(new)
    await house.settle()
    assert [status for _, status in house.pipeline.taken] == ["expired", "approved"]
    assert await house.board.broken() is None


async def test_told_of_it_again_the_pipeline_hears_of_the_newest(house: House) -> None:
    old = await expired(house)
    new = await house.signoffs.renew(old, "jun")
    assert (await house.open()).id == new.id


async def test_it_can_expire_and_be_asked_again_once_more(house: House) -> None:
    first = await expired(house)
    second = await expires(house, await house.signoffs.renew(first, "jun"))
    third = await house.signoffs.renew(second, "jun")
    assert (third.renews, third.renewal) == (second.id, 2)


@pytest.mark.parametrize(("person", "refusal"), [("ada", NotYours), ("stranger", NotYours)])
async def test_only_who_made_it_or_the_pipeline_may(
    house: House, person: str, refusal: type[Refusal]
) -> None:
    old = await expired(house)
    with pytest.raises(refusal):
        await house.signoffs.renew(old, person)
    assert (await house.signoffs.renew(old)).status is Status.PENDING


async def test_a_person_asks_once_and_a_pipeline_hears_the_same_again(house: House) -> None:
    old = await expired(house)
    new = await house.signoffs.renew(old)
    assert (await house.signoffs.renew(old)).id == new.id
    with pytest.raises(AlreadyRenewed):
        await house.signoffs.renew(old, "jun")


async def test_only_what_expired(house: House) -> None:
    waiting = await house.open()
    with pytest.raises(NotExpired):
        await house.signoffs.renew(waiting, "jun")
    approved = await house.review(waiting)
    with pytest.raises(NotExpired):
        await house.signoffs.renew(approved, "jun")


async def test_what_time_did_meanwhile_comes_first(house: House) -> None:
    signoff = await house.open(reply_to={})
    house.clock.go_on(hours(8))  # and nobody has noticed
    assert (await house.signoffs.renew(signoff, "jun")).renews == signoff.id


async def test_not_before_the_pipeline_heard_of_the_end(house: House) -> None:
    """Or an old no might overtake a new yes."""
    signoff = await house.open()
    house.clock.go_on(hours(8))
    await house.signoffs.pass_deadlines()
    with pytest.raises(NotTold):
        await house.signoffs.renew(signoff, "jun")
    await house.settle()
    assert (await house.signoffs.renew(await house.now(signoff), "jun")).renews == signoff.id


async def test_not_over_a_newer_change_that_waits(house: House) -> None:
    old = await expired(house)
    await house.open(key="newer", revision=sha("b"))
    with pytest.raises(NewerWaits):
        await house.signoffs.renew(old, "jun")


async def test_not_behind_a_newer_one_that_went_on(house: House) -> None:
    old = await expired(house)
    await house.review(await house.open(key="newer", revision=sha("b")))
    with pytest.raises(NewerWentOn):
        await house.signoffs.renew(old, "jun")


async def test_behind_a_newer_one_that_was_withdrawn_it_may(house: House) -> None:
    old = await expired(house)
    newer = await house.open(key="newer", revision=sha("b"))
    await house.signoffs.withdraw(a_click(newer, "jun"), "not today")
    assert (await house.signoffs.renew(old, "jun")).status is Status.PENDING


async def test_what_people_said_of_it_is_not_forgotten(tmp_path: Path) -> None:
    """Though the change stands alone, and no dossier keeps it."""
    async with a_house(tmp_path, policy=AI_NEEDS_TWO) as house:
        signoff = await house.open()
        after = await house.signoffs.declare(a_click(signoff, "jun"), assisted=True)
        assert after.requirement.asks[0].approvals == 2
        new = await house.signoffs.renew(await expires(house, after), "jun")
        assert new.provenance.status is AiStatus.ASSISTED
        assert [ask.approvals for ask in new.requirement.asks] == [2]


async def test_whoever_had_a_part_has_it_still(tmp_path: Path) -> None:
    """Ada made a commit, and her login has left the roster since."""
    commit = Commit(sha=sha("1"), message="x", author=who("ada"))
    async with a_house(tmp_path) as house:
        old = await expired(house, commits=(commit,))
        assert "ada" in old.contributors.people
        ids = house.signoffs.new_id
    nameless = without_person(ROSTER, "ada")
    async with a_house(tmp_path, roster=nameless, new_id=ids) as house:
        new = await house.signoffs.renew(old, "jun")
        assert "ada" in new.contributors.people


async def test_a_newer_revision_of_the_same_content_does_not_get_in_its_way(house: House) -> None:
    """The newer one was withdrawn; what is asked again keeps none of its approvals."""
    old = await expired(house, lineage="pull/1", files_complete=True)
    newer = await house.open(key="b", revision=sha("b"), lineage="pull/1", files_complete=True)
    await house.signoffs.withdraw(a_click(newer, "jun"), "not today")
    new = await house.signoffs.renew(old, "jun")
    assert (new.status, new.renews) == (Status.PENDING, old.id)


async def test_the_pipeline_tells_what_came_of_the_newest(house: House) -> None:
    old = await expired(house)
    new = await house.review(await house.signoffs.renew(old, "jun"))
    told = Landing(connection=new.change.connection, key=new.change.key, succeeded=True)
    for _ in range(2):
        await house.signoffs.shipped(told)
    now = await house.now(new)
    assert now.shipment
    assert now.shipment.succeeded
    assert now.version == new.version + 1
    assert (await house.now(old)).shipment is None


@pytest.mark.parametrize("key", ["payments-api/deploy/4711", "unknown"])
async def test_a_pipeline_that_was_stopped_and_fails_is_no_news(house: House, key: str) -> None:
    signoff = await house.open()
    landing = Landing(connection=signoff.change.connection, key=key, succeeded=False)
    await house.signoffs.shipped(landing)
    assert (await house.now(signoff)).shipment is None


@pytest.mark.parametrize("verdict", [None, Verdict.REJECT])
async def test_what_was_shipped_though_nobody_let_it_go_on_is_told_in_its_channel(
    house: House, verdict: Verdict | None
) -> None:
    signoff = await house.open()
    if verdict:
        signoff = await house.review(signoff, verdict=verdict, reason="no tests")
    await house.settle()
    change = signoff.change
    landing = Landing(connection=change.connection, key=change.key, succeeded=True)
    for _ in range(2):
        await house.signoffs.shipped(landing)
    await house.settle()
    now = await house.now(signoff)
    assert now.bypassed
    assert now.status is signoff.status
    assert now.version == signoff.version + 1 + (verdict is not None)
    [card], [alarm] = house.chat.on("C0PAY"), house.chat.notes("C0PAY", Alarm)
    assert ", and deployed all the same" in card.headline
    assert "nobody had let it go on" in alarm.text


@pytest.mark.parametrize("decided", [False, True])
async def test_of_what_waits_to_be_merged_others_are_no_reason_not_to_ask_again(
    house: House, decided: bool
) -> None:
    merge = {"environment": "merge", "by_lineage": True, "reply_to": {}}
    old = await house.open(key="12/a", lineage="pull/12", **merge)
    house.clock.now += hours(9)
    await house.signoffs.pass_deadlines()
    other = await house.open(key="13/a", lineage="pull/13", **merge)
    if decided:
        await house.review(other)
    again = await house.signoffs.renew(await house.now(old), "jun")
    assert (again.renews, again.status) == (old.id, Status.PENDING)


async def test_of_what_waits_to_be_merged_a_newer_revision_of_it_is_a_reason(house: House) -> None:
    merge = {"environment": "merge", "by_lineage": True, "reply_to": {}}
    old = await house.open(key="12/a", lineage="pull/12", **merge)
    house.clock.now += hours(9)
    await house.signoffs.pass_deadlines()
    await house.open(key="12/b", lineage="pull/12", **merge)
    with pytest.raises(NewerWaits):
        await house.signoffs.renew(await house.now(old), "jun")

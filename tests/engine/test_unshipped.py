"""A change that was stopped ships with the next one: whoever signs that one signs both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.change import AiStatement, Change, Commit, Kind
from bot.domain.dossier import EMPTY
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.opening import KeyReused
from bot.ports import Sighting
from tests.builders import a_change, a_click, a_file, hours, sha, who
from tests.engine.house import House

TRAILER = "Retry\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
BY_AI = Commit(sha=sha("1"), message=TRAILER, author=who("ada"))
BY_HAND = Commit(sha=sha("2"), message="Fix a typo", author=who("jun"))


def marked(**facts: Any) -> Change:
    """A, which ada made with a tool."""
    known = {
        "key": "a",
        "revision": sha("a"),
        "commits": (BY_AI,),
        "files": (a_file("refunds/a.py"),),
        "lineage": "pull/1",
    }
    return a_change(**{**known, **facts})


def plain(key: str = "b", **facts: Any) -> Change:
    """B, which jun made by hand."""
    known = {
        "revision": sha("b"),
        "commits": (BY_HAND,),
        "files": (a_file("docs/b.md"),),
        "lineage": "pull/2",
    }
    return a_change(**{"key": key, **known, **facts})


async def opened(house: House, change: Change) -> Signoff:
    return (await house.signoffs.open(change)).signoff


async def ended(house: House, signoff: Signoff, how: str) -> None:
    match how:
        case "rejected":
            await house.signoffs.review(
                a_click(signoff, "grace"), Verdict.REJECT, "not safe to ship yet"
            )
        case "withdrawn":
            await house.signoffs.withdraw(a_click(signoff, "ada"), "not today")
        case "expired":
            house.clock.now += hours(100)
            await house.signoffs.pass_deadlines()


async def approved(house: House, signoff: Signoff) -> None:
    await house.review(signoff, person="grace")
    await house.settle()
    assert (await house.now(signoff)).status is Status.APPROVED


@pytest.mark.parametrize("how", ["rejected", "withdrawn", "expired", "superseded"])
async def test_it_is_judged_with_what_was_stopped(house: House, how: str) -> None:
    before = await opened(house, marked())
    await ended(house, before, how)
    after = await opened(house, plain())
    assert (await house.now(before)).status.value == how
    assert after.along == (before.id,)
    assert after.provenance.status is AiStatus.ASSISTED
    assert after.change.paths == ("docs/b.md", "refunds/a.py")
    assert {"jun", "ada"} <= after.contributors.people
    assert await house.board.broken() is None


async def test_whoever_made_what_was_stopped_cannot_sign_it_now(house: House) -> None:
    await ended(house, await opened(house, marked()), "rejected")
    after = await opened(house, plain())
    with pytest.raises(Exception, match="had a part"):
        await house.review(after, person="ada")


async def test_what_was_let_go_on_is_no_more_on_the_way(house: House) -> None:
    await approved(house, await opened(house, marked()))
    after = await opened(house, plain())
    assert (after.along, after.provenance.status) == ((), AiStatus.UNDECLARED)


async def test_once_it_went_on_with_another_it_is_done(house: House) -> None:
    await ended(house, await opened(house, marked()), "rejected")
    await approved(house, await opened(house, plain()))
    after = await opened(house, plain("c", revision=sha("c"), lineage="pull/3"))
    assert (after.along, after.apart) == ((), ())


async def test_through_several_that_were_stopped(house: House) -> None:
    first = await opened(house, marked())
    second = await opened(house, plain())
    third = await opened(house, plain("c", revision=sha("c"), lineage="pull/3"))
    assert (third.along, second.along) == ((second.id,), (first.id,))
    assert third.provenance.status is AiStatus.ASSISTED


async def test_elsewhere_it_is_no_concern(house: House) -> None:
    await ended(house, await opened(house, marked()), "rejected")
    kind = {"kind": Kind.INFRASTRUCTURE, "plan": ()}
    for elsewhere in ({"environment": "staging"}, {"repository": "acme/shop"}, kind):
        after = await opened(house, plain(str(elsewhere), **elsewhere))
        assert (after.along, after.provenance.status) == ((), AiStatus.UNDECLARED)


async def test_going_back_waits_for_nobody_else_and_forgets_nothing(house: House) -> None:
    await approved(house, await opened(house, plain("old", revision=sha("0"))))
    stopped = await opened(house, marked())
    await ended(house, stopped, "rejected")
    back = await opened(house, plain("back", revision=sha("0")))
    assert (back.along, back.apart) == ((), (stopped.id,))
    await approved(house, back)
    after = await opened(house, plain("c", revision=sha("c"), lineage="pull/3"))
    assert after.along == (stopped.id,)
    assert after.provenance.status is AiStatus.ASSISTED


async def test_what_says_all_since_the_last_that_went_on_needs_no_more(house: House) -> None:
    await approved(house, await opened(house, plain("old", revision=sha("0"))))
    stopped = await opened(house, marked())
    await ended(house, stopped, "rejected")
    without = await opened(house, plain("hotfix", base_revision=sha("0")))
    assert (without.along, without.apart) == ((), (stopped.id,))


async def test_what_went_on_last_is_known(house: House) -> None:
    where = ("payments-ci", "acme/payments-api", "production")
    assert await house.signoffs.went_on(*where) == ""
    await ended(house, await opened(house, marked()), "rejected")
    assert await house.signoffs.went_on(*where) == ""
    await approved(house, await opened(house, plain()))
    assert await house.signoffs.went_on(*where) == sha("b")
    await opened(house, plain("c", revision=sha("c")))
    assert await house.signoffs.went_on(*where) == sha("b")
    assert await house.signoffs.went_on("payments-ci", "acme/payments-api", "staging") == ""
    assert await house.signoffs.went_on(*where, Kind.INFRASTRUCTURE) == ""


async def test_what_is_known_of_other_work_that_ships_counts(house: House) -> None:
    """Their pull requests were seen as they were pushed; their commits were squashed."""
    await house.signoffs.see(Sighting(marked(key="", environment="")))
    after = await opened(house, plain(ships=("pull/1",)))
    assert after.provenance.status is AiStatus.ASSISTED
    assert "ada" in after.contributors.people
    assert await house.board.broken() is None


async def test_told_twice_it_is_the_same_though_more_goes_along(house: House) -> None:
    await ended(house, await opened(house, marked()), "rejected")
    once, again = await opened(house, plain()), await house.signoffs.open(plain())
    assert (again.signoff.id, again.new) == (once.id, False)
    with pytest.raises(KeyReused):
        await house.signoffs.open(plain(title="Something else"))


async def test_asked_again_it_still_goes_along(house: House) -> None:
    stopped = await opened(house, marked(reply_to={}))
    await ended(house, stopped, "rejected")
    expired = await opened(house, plain(reply_to={}))
    house.clock.now += hours(100)
    await house.signoffs.pass_deadlines()
    renewed = await house.signoffs.renew(await house.now(expired), by="jun")
    assert (renewed.along, renewed.apart) == ((stopped.id,), ())
    assert renewed.change == expired.change
    told = await house.signoffs.open(plain(reply_to={}))
    assert (told.signoff.id, told.new) == (renewed.id, False)


async def test_judged_anew_it_keeps_what_was_found_in_it(house: House) -> None:
    """A tool that only a label, or a statement, named is in no commit that is looked at again."""
    said = AiStatement(assisted=True, tools=("cursor",))
    by_hand = replace(BY_AI, message="Retry")
    stopped = await opened(house, marked(ai=said, commits=(by_hand,), lineage=""))
    await ended(house, stopped, "rejected")
    after = await opened(house, plain(lineage=""))
    assert after.provenance.status is AiStatus.ASSISTED
    again = house.signoffs.rulebook.judged(after, EMPTY)
    assert again.facts.provenance.status is AiStatus.ASSISTED


async def test_the_card_says_so(house: House) -> None:
    stopped = await opened(house, marked())
    await ended(house, stopped, "rejected")
    after = await opened(house, plain())
    await house.settle()
    text = str([card for card in house.chat.cards.values() if card.signoff_id == after.id])
    assert f"{stopped.id} was not signed here before and would ship along: judge both" in text

"""What was seen of a change once stays with it: pushed over, renamed, or denied afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.change import AiStatement, Change, Commit
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status
from bot.ports import Sighting
from tests.builders import a_change, sha, who
from tests.engine.house import House

TRAILER = "Retry\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
MARKED = Commit(sha=sha("1"), message=TRAILER, author=who("jun"))
PLAIN = Commit(sha=sha("2"), message="Retry", author=who("jun"))


def revision(letter: str, *commits: Commit, **facts: Any) -> Change:
    """One revision of pull request 12."""
    known: dict[str, Any] = {
        "key": f"pull/12/{letter}",
        "revision": sha(letter),
        "lineage": "pull/12",
        "commits": commits or (PLAIN,),
    }
    return a_change(**{**known, **facts})


async def opened(house: House, change: Change) -> Signoff:
    return (await house.signoffs.open(change)).signoff


async def test_evidence_that_was_pushed_over_still_counts(house: House) -> None:
    await opened(house, revision("a", MARKED))
    after = await opened(house, revision("b"))
    assert after.provenance.status is AiStatus.ASSISTED
    assert {found.revision for found in after.provenance.findings} == {sha("a")}


async def test_of_another_change_elsewhere_it_does_not(house: House) -> None:
    """What was stopped where it wants to go itself goes along with it: `test_unshipped.py`."""
    await opened(house, revision("a", MARKED, environment="staging"))
    after = await opened(house, revision("b", lineage="pull/13"))
    assert after.provenance.status is AiStatus.UNDECLARED


async def test_nor_where_the_revisions_stand_alone(house: House) -> None:
    await opened(house, revision("a", MARKED, lineage="", environment="staging"))
    after = await opened(house, revision("b", lineage=""))
    assert after.provenance.status is AiStatus.UNDECLARED


async def test_a_push_that_nobody_wants_to_ship_is_remembered(house: House) -> None:
    await house.signoffs.see(Sighting(revision("a", MARKED, environment="")))
    after = await opened(house, revision("b"))
    assert after.provenance.status is AiStatus.ASSISTED


async def test_what_waits_for_the_same_change_hears_of_a_push_at_once(house: House) -> None:
    before = await opened(house, revision("b"))
    await house.signoffs.see(Sighting(revision("a", MARKED, environment="")))
    after = await house.now(before)
    assert (before.provenance.status, after.provenance.status) == (
        AiStatus.UNDECLARED,
        AiStatus.ASSISTED,
    )
    assert await house.board.broken() is None


async def test_who_had_a_part_in_what_was_pushed_over_had_a_part(house: House) -> None:
    await opened(house, revision("a", replace(PLAIN, author=who("ada"))))
    after = await opened(house, revision("b"))
    assert after.contributors.people == {"jun", "ada"}
    assert "ada" not in after.asked


async def test_who_pushed_had_a_part(house: House) -> None:
    after = await opened(house, revision("a", pushers=(who("grace"),)))
    assert after.contributors.people == {"jun", "grace"}


async def test_a_later_no_contradicts_what_was_seen(house: House) -> None:
    await opened(house, revision("a", MARKED))
    after = await opened(house, revision("b", ai=AiStatement(assisted=False)))
    assert after.provenance.status is AiStatus.CONTRADICTED


async def test_a_lot_is_drawn_once_for_all_revisions(house: House) -> None:
    draws = iter((17, 4711, 4711, 4711))
    signoffs = replace(house.signoffs, new_draw=lambda: next(draws))
    first = (await signoffs.open(revision("a"))).signoff
    second = (await signoffs.open(revision("b"))).signoff
    other = (await signoffs.open(revision("c", lineage="pull/13"))).signoff
    assert (first.draw, second.draw, other.draw) == (17, 17, 4711)


async def test_what_differs_from_the_revision_before_is_told_and_by_whom(house: House) -> None:
    first = await opened(house, revision("a", base_revision=sha("9")))
    again = (PLAIN, replace(PLAIN, sha=sha("3")))
    after = await opened(house, revision("b", *again, base_revision=sha("9"), files=()))
    assert first.since is None
    assert after.since is not None
    assert (after.since.signoff_id, after.since.revision) == (first.id, sha("a"))
    assert (after.since.files, after.since.by) == (("refunds/retry.py",), ("Jun",))
    assert not after.since.identical


async def test_the_revision_before_in_another_environment_is_another_matter(house: House) -> None:
    await opened(house, revision("a", environment="staging"))
    after = await opened(house, revision("b"))
    assert after.since is None


@pytest.mark.parametrize("letter", ["a", "b"])
async def test_replaying_the_trail_gives_what_is_stored(house: House, letter: str) -> None:
    await opened(house, revision("a", MARKED))
    last = await opened(house, revision(letter, MARKED, key="x", ai=AiStatement(assisted=True)))
    assert last.status is Status.PENDING
    assert await house.board.broken() is None


async def test_a_flood_of_denials_pushes_no_evidence_out(house: House) -> None:
    flood = "\n".join(f"AI-Assisted: no\nAI-Assisted: none {number}" for number in range(300))
    await opened(house, revision("a", MARKED, description=flood))
    after = await opened(house, revision("b"))
    assert after.provenance.status is AiStatus.ASSISTED
    assert "Claude Code" in after.provenance.tools


async def test_one_tool_cannot_hide_another(house: House) -> None:
    cursor = "\n".join(f"Co-authored-by: Cursor {n} <cursoragent@cursor.com>" for n in range(150))
    loud = Commit(sha=sha("4"), message=f"x\n\n{cursor}", author=who("jun"))
    before = await opened(house, revision("a", loud, MARKED))
    assert set(before.provenance.tools) >= {"Cursor", "Claude Code"}


async def test_the_same_evidence_seen_often_is_kept_once(house: House) -> None:
    for letter in "abcdef":
        last = await opened(house, revision(letter, MARKED))
    ids = [found.id for found in last.provenance.findings]
    assert len(ids) == len(set(ids)) < 10

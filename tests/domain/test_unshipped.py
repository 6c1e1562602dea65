"""What goes along with a change, what does not, and what comes of both together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.change import (
    AiStatement,
    Change,
    Commit,
    FileChange,
    Kind,
    Mark,
    Ownership,
    Resource,
)
from bot.domain.dossier import EMPTY
from bot.domain.signoff import Signoff, Status
from bot.domain.unshipped import (
    MOST_ALONG,
    MOST_FILES,
    Unshipped,
    known_together,
    left_by,
    sort_out,
    together,
)
from tests.builders import (
    a_change,
    a_file,
    a_signoff,
    after,
    approves,
    rejects,
    sha,
    superseded,
    who,
)

ONE = Commit(sha=sha("1"), message="one", author=who("jun"))
TWO = Commit(sha=sha("2"), message="two", author=who("kim"))


def stopped(id: str = "sgn_1", letter: str = "a", **facts: Any) -> Signoff:
    change = a_change(**{"revision": sha(letter), "commits": (ONE,), **facts})
    return after(replace(a_signoff(change=change), id=id), rejects())


def next_one(**facts: Any) -> Change:
    return a_change(**{"revision": sha("b"), "commits": (TWO,), **facts})


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda it: after(it, rejects()), id="rejected"),
        pytest.param(lambda it: after(it, superseded()), id="superseded"),
        pytest.param(lambda it: replace(it, status=Status.EXPIRED), id="expired"),
        pytest.param(lambda it: replace(it, status=Status.WITHDRAWN), id="withdrawn"),
        pytest.param(lambda it: it, id="still waits"),
    ],
)
def test_what_did_not_go_on_is_left(end: Any) -> None:
    newest = replace(end(a_signoff()), along=("sgn_0",), apart=("sgn_00",))
    assert left_by(newest) == (newest.id, "sgn_0", "sgn_00")


def test_what_went_on_took_along_what_it_was_judged_with_and_nothing_else() -> None:
    newest = replace(after(a_signoff(), approves()), along=("sgn_0",), apart=("sgn_00",))
    assert newest.status is Status.APPROVED
    assert left_by(newest) == ("sgn_00",)


@pytest.mark.parametrize(
    "facts", [{"by_lineage": True}, {"kind": Kind.SCALING, "commits": (), "files": ()}]
)
def test_nothing_is_built_upon_a_merge_that_was_not_made_or_a_bound(facts: dict[str, Any]) -> None:
    newest = replace(stopped(**facts), apart=("sgn_00",))
    assert left_by(newest) == ("sgn_00",)


def test_what_was_stopped_goes_along() -> None:
    found = sort_out(next_one(), [stopped()], frozenset())
    assert (found.ids, found.apart) == (("sgn_1",), ())


def test_unless_it_went_on_meanwhile() -> None:
    approved = after(a_signoff(change=a_change(revision=sha("a"))), approves())
    assert sort_out(next_one(), [approved], frozenset()) == Unshipped()


def test_a_revision_that_went_on_before_has_nothing_newer_in_it() -> None:
    """Going back is the last thing that should have to wait for more people."""
    found = sort_out(next_one(), [stopped()], frozenset({sha("b")}))
    assert (found.ids, found.apart) == ((), ("sgn_1",))


def test_lists_that_start_at_what_went_on_say_all_that_ships() -> None:
    change = next_one(base_revision=sha("9"))
    found = sort_out(change, [stopped()], frozenset({sha("9")}))
    assert (found.ids, found.apart) == ((), ("sgn_1",))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"commits_complete": False}, id="not all commits"),
        pytest.param({"files_complete": False}, id="not all files"),
        pytest.param({"commits": (TWO, Commit(sha=sha("a")))}, id="it is among the commits"),
        pytest.param({"base_revision": sha("8")}, id="from somewhere else"),
        pytest.param({"base_revision": ""}, id="from nobody says where"),
        pytest.param({"revision": sha("a")}, id="the very revision"),
    ],
)
def test_in_doubt_it_goes_along(facts: dict[str, Any]) -> None:
    change = next_one(**{"base_revision": sha("9"), **facts})
    assert sort_out(change, [stopped()], frozenset({sha("9")})).ids == ("sgn_1",)


def test_an_earlier_revision_of_the_same_work_is_replaced_and_not_forgotten() -> None:
    pull = {"lineage": "pull/12", "base_revision": sha("8")}
    change = next_one(**pull)
    found = sort_out(change, [stopped(**pull)], frozenset())
    assert (found.ids, found.apart) == ((), ("sgn_1",))
    for other in (
        replace(change, commits_complete=False),
        replace(change, lineage="pull/13"),
        replace(change, base_revision=sha("7")),
    ):
        assert sort_out(other, [stopped(**pull)], frozenset()).ids == ("sgn_1",)


def test_nobody_is_the_same_work_as_nobody() -> None:
    assert sort_out(next_one(lineage=""), [stopped(lineage="")], frozenset()).ids == ("sgn_1",)


def test_side_by_side_what_waits_is_decided_by_itself() -> None:
    waits = replace(a_signoff(change=a_change(revision=sha("a"))), id="sgn_1")
    assert sort_out(next_one(), [waits], frozenset()).ids == ("sgn_1",)
    found = sort_out(next_one(), [waits, stopped("sgn_0")], frozenset(), side_by_side=True)
    assert (found.ids, found.apart) == (("sgn_0",), ("sgn_1",))


def test_of_very_many_the_rest_is_remembered() -> None:
    many = [stopped(f"sgn_{number}") for number in range(MOST_ALONG + 2)]
    found = sort_out(next_one(), many, frozenset())
    assert len(found.along) == MOST_ALONG
    assert found.apart == (f"sgn_{MOST_ALONG}", f"sgn_{MOST_ALONG + 1}")
    whole = together(next_one(), found)
    assert (whole.commits_complete, whole.files_complete) == (False, False)


def test_what_is_within_another_goes_along_with_it() -> None:
    outer = replace(stopped("sgn_2"), along=("sgn_1",))
    found = sort_out(next_one(), [outer, stopped("sgn_1")], frozenset())
    assert (found.ids, found.apart) == (("sgn_2",), ())


def test_what_the_change_names_comes_first() -> None:
    named = replace(stopped("sgn_1"), change=a_change(revision=sha("7")))
    change = next_one(base_revision=sha("7"))
    assert sort_out(change, [stopped("sgn_2"), named], frozenset()).ids == ("sgn_1", "sgn_2")


# Together


def joined(change: Change, **of_stopped: Any) -> Change:
    return together(change, Unshipped((stopped(**of_stopped),)))


def test_commits_files_labels_and_hands_of_both() -> None:
    whole = joined(
        next_one(files=(a_file("b.py"),), labels=("b",), policies=("p",)),
        author="kim",
        files=(a_file("a.py"),),
        labels=("a",),
        policies=("p", "q"),
        triggered_by=who("ada"),
        pushers=(who("grace"),),
        ai=AiStatement(assisted=True, prompted_by=who("pat")),
    )
    assert whole.commits == (ONE, TWO)
    assert whole.paths == ("b.py", "a.py")
    assert whole.labels == ("b", "a")
    assert whole.policies == ("p", "q")
    assert whole.pushers == (who("kim"), who("grace"), who("ada"), who("pat"))


def test_what_names_it_stays_its_own() -> None:
    change = next_one(key="mine", title="Mine", artifact_digest="sha256:" + "b" * 64)
    whole = joined(change, key="theirs", title="Theirs", ai=AiStatement(assisted=True))
    for name in ("key", "revision", "title", "author", "artifact_digest", "ai", "reply_to"):
        assert getattr(whole, name) == getattr(change, name), name


def test_a_file_that_both_change_counts_twice_and_is_known_no_more() -> None:
    mine = FileChange(path="a.py", additions=1, digest="d1", marks=(Mark.SECRET,), status="added")
    theirs = FileChange(path="a.py", additions=2, digest="d2", marks=(Mark.BIDI,), counted=False)
    (both,) = joined(next_one(files=(mine,)), files=(theirs,)).files
    assert (both.additions, both.counted, both.digest) == (3, False, "")
    assert both.marks == (Mark.SECRET, Mark.BIDI)


def test_a_file_whose_commits_are_all_listed_counts_once() -> None:
    mine, theirs = a_file("a.py", additions=30), a_file("a.py", additions=20)
    whole = joined(next_one(commits=(ONE, TWO), files=(mine,)), files=(theirs,))
    assert whole.files == (mine,)


@pytest.mark.parametrize("part", ["commits_complete", "files_complete"])
def test_it_is_whole_only_if_both_are(part: str) -> None:
    assert getattr(joined(next_one()), part)
    assert not getattr(joined(next_one(), **{part: False}), part)
    assert not getattr(joined(next_one(**{part: False})), part)


def test_a_list_that_is_too_long_is_cut_and_says_so() -> None:
    files = tuple(a_file(f"{number}.py") for number in range(MOST_FILES))
    whole = joined(next_one(files=(a_file("b.py"),)), files=files)
    assert len(whole.files) == MOST_FILES
    assert not whole.files_complete


def test_owners_of_both_and_of_nobody_knows_whom() -> None:
    mine, theirs = Ownership(owners=("@ada",)), Ownership(owners=("@grace",))
    assert joined(next_one(owners=(mine,)), owners=(theirs,)).owners == (mine, theirs)
    assert joined(next_one(owners=(mine,)), owners=None).owners is None
    assert joined(next_one(owners=None), owners=(theirs,)).owners is None


def test_an_unknown_plan_stays_unknown() -> None:
    plan = (Resource(address="db", action="delete"),)
    assert joined(next_one(), plan=plan).plan == plan
    unknown = next_one(kind=Kind.INFRASTRUCTURE)
    assert joined(unknown, kind=Kind.INFRASTRUCTURE, plan=plan).plan is None


def test_nothing_goes_along_nothing_changes() -> None:
    change = next_one()
    assert together(change, Unshipped()) is change
    assert known_together(EMPTY, []) is EMPTY

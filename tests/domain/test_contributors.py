"""Who had a part in a change? Everybody who did, by whatever name."""

from __future__ import annotations

import time

import pytest

from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.contributors import contributors
from tests.builders import ROSTER, a_change, sha, who


def part_in(change: Change) -> set[str]:
    return set(contributors(change, ROSTER).people)


def committed(message: str = "Retry refunds", **facts: Identity) -> Change:
    return a_change(commits=(Commit(sha=sha("c"), message=message, **facts),))


@pytest.mark.parametrize(
    ("change", "people"),
    [
        (a_change("jun"), {"jun"}),
        (a_change(triggered_by=who("ada")), {"jun", "ada"}),
        (a_change(ai=AiStatement(prompted_by=who("grace"))), {"jun", "grace"}),
        (committed(author=who(email="ada@acme.example")), {"jun", "ada"}),
        (committed(committer=who("grace")), {"jun", "grace"}),
        (committed("x\n\nCo-authored-by: Ada Park <ada@acme.example>"), {"jun", "ada"}),
        (committed("x\n\nco-authored-by:Ada<ADA+ci@acme.example>"), {"jun", "ada"}),
        (committed("x\n\nCoauthored-by: Ada <ada@acme.example>\r\nmore"), {"jun", "ada"}),
        (
            committed("* a squashed commit\n  * Co-authored-by: A <ada@acme.example>"),
            {"jun", "ada"},
        ),
        (
            committed(
                "Co-authored-by: A <ada@acme.example>\nCo-authored-by: G <grace@acme.example>"
            ),
            {"jun", "ada", "grace"},
        ),
    ],
    ids=[
        "author",
        "trigger",
        "prompter",
        "commit author",
        "committer",
        "co-author",
        "co-author, odd case",
        "co-author, other line ends",
        "co-author, squashed",
        "two co-authors",
    ],
)
def test_everybody_with_a_part(change: Change, people: set[str]) -> None:
    assert part_in(change) == people


def test_one_person_by_several_names_is_one() -> None:
    change = a_change(triggered_by=who(email="jun@acme.example"))
    assert contributors(change, ROSTER).people == {"jun"}


def test_github_s_no_reply_address_names_its_login() -> None:
    """The form GitHub itself writes: whoever is co-author under it may not approve."""
    message = "x\n\nCo-authored-by: Ada Park <1234+ada@users.noreply.github.com>"
    assert part_in(committed(message)) == {"jun", "ada"}
    assert part_in(committed(author=who(email="ada@users.noreply.github.com"))) == {"jun", "ada"}


def test_where_login_and_address_disagree_both_had_a_part() -> None:
    """Unknown is not approved: else a false git e-mail takes its author off the list."""
    author = who("ada", email="grace@acme.example")
    assert part_in(a_change(author=author)) >= {"ada", "grace"}
    assert part_in(committed(author=author)) >= {"ada", "grace"}


def test_strangers_are_listed_by_name_once() -> None:
    change = a_change(
        "stranger",
        triggered_by=who("stranger"),
        commits=(Commit(sha=sha("c"), author=who(email="x@y.example"), committer=who("stranger")),),
    )
    found = contributors(change, ROSTER)
    assert (found.people, found.unknown) == (frozenset(), ("stranger", "x@y.example"))


def test_a_commit_that_names_nobody_adds_nobody() -> None:
    assert contributors(committed(), ROSTER).unknown == ()


def test_tools_and_bots_are_no_strangers() -> None:
    message = "x\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    change = committed(
        message,
        author=who("dependabot[bot]"),
        committer=who(name="GitHub", email="noreply@github.com"),
    )
    assert contributors(change, ROSTER).unknown == ()


def test_a_long_hostile_message_is_read_at_once() -> None:
    began = time.process_time()
    part_in(committed(("> \t*-" * 10_000) + "co-authored-by: " * 20_000 + "<" * 50_000))
    assert time.process_time() - began < 1

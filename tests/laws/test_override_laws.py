"""Is an override ever silent, endless, alone or unreviewed? And would the law notice it?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import lifecycle
from bot.domain.events import Opened
from tests.laws.law import Lifecycle, check_life
from tests.laws.lives import Maker, an_emergency, an_opening
from tests.laws.mutants import Edit, Mutant, grown

T = TypeVar("T")
OVERRIDING, LIFECYCLE = "bot/domain/overriding.py", "bot/domain/lifecycle.py"
QUORUM = "bot/domain/quorum.py"
DOMAIN = (QUORUM, OVERRIDING, LIFECYCLE)
"""What is made anew for every mutant, each of those before it."""


def overriding(name: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(name, tuple(Edit(OVERRIDING, old, new) for old, new in edits))


def living(name: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(name, tuple(Edit(LIFECYCLE, old, new) for old, new in edits))


MUTANTS = (
    overriding("anybody may override", ("return standing.person in rules.people or not rules.groups.isdisjoint(standing.groups)", "return True")),
    overriding("who left the group may override", ("if not may_override(mine, rules):\n        raise", "if mine is None:\n        raise")),
    overriding("a contributor may override alone", ("    elif override.by in signoff.contributors.people:\n        raise OwnOverride\n", "")),
    overriding("one person is two", ("override.second == override.by or ", "")),
    overriding("a contributor may confirm", (" or override.second in signoff.contributors.people", "")),
    overriding("anybody may confirm", ("    _check_may(override.second, standings, rules)\n", "")),
    overriding("who asked may have lost their right", ("    _check_may(override.by, standings, rules)\n", "")),
    overriding("what nobody asked for is confirmed late", ("asked is None or asked.until <= override.at", "asked is None")),
    overriding("a second person is not needed", ("if rules.second or override.second:", "if False:")),
    overriding("what has expired is overridden", ("signoff.expires_at <= at", "signoff.expires_at < at")),
    overriding("no incident is needed", ("    if not is_incident(incident):\n        raise IncidentMissing\n", "")),
    overriding("an override needs no reason", ("    check_says_why(reason)\n", "")),
    overriding("it is asked for again and again", ("if asked and asked.until > wanted.at:", "if False:")),
    overriding("who overrode reviews it", ("person in {override.by, override.second, *signoff", "person in {override.second, *signoff")),
    overriding("who confirmed reviews it", ("person in {override.by, override.second, *signoff", "person in {override.by, *signoff")),
    overriding("a contributor reviews it", (", *signoff.contributors.people}", "}")),
    overriding("anybody reviews it", ("return may_override(standing, rules) or is_eligible(signoff, standing)", "return True")),
    overriding("somebody reviews it in another's name", ("mine = standing if standing and standing.person == review.by else None", "mine = standing")),
    overriding("it is reviewed twice", ("    if override.reviewed:\n        raise OverrideReviewedAlready\n", "")),
    overriding("a review says nothing", ("    check_says_why(review.note)\n", "")),
    overriding("it is never said that a review is overdue", ("reminded=max(days, override.reminded)", "reminded=override.reminded")),
    living("an override is silent", ("_end(ended, Status.OVERRIDDEN, event)", "Step(replace(ended, status=Status.OVERRIDDEN, decided_at=event.at, settling=None, claim=None), (TellPipeline(Status.OVERRIDDEN), Attest()))")),
    living("an override comes reviewed", ("begun = replace(it, reviewed=None, reminded=0)", "begun = replace(it, reminded=3)")),
    living("an override is an approval", ("_end(ended, Status.OVERRIDDEN, event)", "_end(ended, Status.APPROVED, event)")),
    living("that it was reviewed is forgotten", ("override=replace(override, reviewed=event.review)", "override=override")),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[Opened, list[Maker]]:
    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return an_opening(choose), an_emergency(choose)


@settings(max_examples=300, deadline=None)
@given(case=cases())
def test_every_emergency_keeps_the_laws(case: tuple[Opened, list[Maker]]) -> None:
    """Law 13, step by step, against a second opinion; and the others beside it."""
    check_life(lifecycle, *case)


def test_the_twin_passes() -> None:
    with grown(Mutant("twin", ()), *DOMAIN) as twin:
        assert not breaks_a_law(twin, lives=3_000)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    with grown(mutant, *DOMAIN) as changed:
        assert breaks_a_law(changed, lives=20_000), f"nothing notices that {mutant.name}"


def breaks_a_law(lifecycle: Lifecycle, lives: int) -> bool:
    """Whether one of so many lives, the same at every run, goes against a law."""
    chance = random.Random(7)  # noqa: S311 -- to be the same every time, not to be secret
    for _ in range(lives):
        opening, life = an_opening(chance.choice), an_emergency(chance.choice)
        try:
            check_life(lifecycle, opening, life)
        except AssertionError:
            return True
    return False

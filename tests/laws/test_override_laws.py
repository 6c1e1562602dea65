"""Is an override ever silent, endless, alone or unreviewed? And would the law notice it?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import lifecycle
from bot.domain.events import Opened
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus
from tests.laws.law import Lifecycle, check_life
from tests.laws.lives import Choose, Maker, an_emergency, an_opening
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
    overriding("a second person is not needed", ("if takes_two(rules, override.nth, signoff) or override.second:", "if False:")),
    overriding("a budget bounds nothing", ("rules.second or 0 < rules.per_month < nth or", "rules.second or")),
    overriding("a stranger's change takes one", (" or has_stranger(signoff)", "")),
    overriding("what AI made of itself takes one", ("return unknown or (status in BY_AI and not known.people)", "return unknown")),
    overriding("what automation does takes two", (" and status is not AiStatus.AUTOMATION", "")),
    overriding("a budget allows one more", ("< rules.per_month < nth", "< rules.per_month < nth - 1")),
    overriding("a session of Slack is enough", ("if rules.step_up and not is_by_key(shown):", "if False:")),
    overriding("who confirms needs no key", ("    _check_shown(override.second_shown, rules)\n", "")),
    overriding("who overrides needs no key", ("    _check_shown(override.shown, rules)\n", "")),
    overriding("who asks needs no key", ("    _check_shown(wanted.shown, rules)\n", "")),
    overriding("who has a key need not use it", ("return shown is not None and shown.how == BY_KEY and shown.assertion is not None", "return shown is not None")),
    overriding("who says they have a key need not show it", (" and shown.assertion is not None", "")),
    overriding("what another sign-in signed is a key's", (" and shown.how == BY_KEY", "")),
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
    living("an override comes reviewed", ("begun = replace(it, reviewed=None, reminded=0, ended=False)", "begun = replace(it, reminded=3)")),
    living("a merge may go on for ever", ("        effects.append(TakeBack())\n", "")),
    living("it is taken back at once", ("before.has_ended(event.at) and not it.ended", "not it.ended")),
    living("it is taken back again and again", ("before.has_ended(event.at) and not it.ended", "before.has_ended(event.at)")),
    living("an override is an approval", ("_end(ended, Status.OVERRIDDEN, event)", "_end(ended, Status.APPROVED, event)")),
    living("that it was reviewed is forgotten", ("override=replace(override, reviewed=event.review)", "override=override")),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[Opened, list[Maker]]:
    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return opening_of(choose), an_emergency(choose)


def opening_of(choose: Choose) -> Opened:
    """Now and then of what is to be merged, and with a part in it of somebody unknown, or of nobody."""
    made, people = an_opening(choose), choose(((), (), (), (), ("x",), None))
    change = replace(made.change, by_lineage=choose((False, True)))
    known = (
        Contributors(unknown=()) if people is None else replace(made.contributors, unknown=people)
    )
    automation = replace(made.provenance, status=AiStatus.AUTOMATION)
    seen = automation if choose((False, False, False, True)) else made.provenance
    return replace(made, change=change, contributors=known, provenance=seen)


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
        opening, life = opening_of(chance.choice), an_emergency(chance.choice)
        try:
            check_life(lifecycle, opening, life)
        except (AssertionError, ValueError):  # what makes no sense to it is noticed as well
            return True
    return False

"""Who stands behind the names a rule asks from?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import Ownership
from bot.domain.circles import SETS_AT_MOST
from bot.domain.signoff import Ask, Requirement
from tests.builders import PAYMENTS, PLATFORM, ROSTER, a_change, a_group, a_policy, a_rule, judged

TEAMS = replace(
    ROSTER,
    groups={
        **ROSTER.groups,
        PLATFORM: replace(ROSTER.groups[PLATFORM], teams=("@acme/platform",)),
        "data": a_group("data", "ruth", owns=("acme/data",), teams=("Acme/Data",)),
    },
)


def asks_of(*owned: Ownership, sources: tuple[str, ...] = ("codeowners",)) -> Requirement:
    return asks_of_all(owned, sources)


def asks_of_all(
    owned: tuple[Ownership, ...] | None, sources: tuple[str, ...] = ("codeowners",)
) -> Requirement:
    policy = a_policy(a_rule(sources=sources))
    return judged(a_change(owners=owned), policy, TEAMS).judgement.requirement


def by(*names: str, approvals: int = 1) -> Ownership:
    return Ownership(owners=names, approvals=approvals)


def an_ask(*groups: str, people: tuple[str, ...] = (), approvals: int = 1) -> Ask:
    return Ask(
        approvals=approvals,
        level="senior",
        groups=frozenset(groups),
        people=frozenset(people),
    )


def test_a_team_is_the_group_that_says_it_is_called_so() -> None:
    found = asks_of(by("@acme/platform"))
    assert found.asks == (an_ask(PLATFORM),)
    assert "CODEOWNERS asks for platform" in found.because


def test_teams_are_compared_without_capitals() -> None:
    assert asks_of(by("@acme/DATA")).asks == (an_ask("data"),)


@pytest.mark.parametrize("name", ["@grace", "@Grace", "grace@acme.example"])
def test_a_login_and_an_address_are_the_person(name: str) -> None:
    found = asks_of(by(name))
    assert found.asks == (an_ask(people=("grace",)),)
    assert "CODEOWNERS asks for Grace" in found.because


def test_any_one_of_several_owners_will_do() -> None:
    assert asks_of(by("@acme/platform", "@grace")).asks == (an_ask(PLATFORM, people=("grace",)),)


def test_each_set_of_owners_has_to_agree() -> None:
    assert asks_of(by("@acme/platform"), by("@grace")).asks == (
        an_ask(PLATFORM),
        an_ask(people=("grace",)),
    )


def test_the_file_may_ask_for_more_approvals_than_the_rule() -> None:
    assert asks_of(by("@acme/platform", approvals=2)).asks == (an_ask(PLATFORM, approvals=2),)


def test_an_optional_section_asks_nobody() -> None:
    assert asks_of(by("@acme/platform"), by("@grace", approvals=0)).asks == (an_ask(PLATFORM),)


@pytest.mark.parametrize(
    ("owned", "sentence"),
    [
        ((by("@acme/strangers"),), "CODEOWNERS names somebody whom the roster does not know"),
        (None, "nobody could say whom CODEOWNERS names"),
    ],
)
def test_where_nobody_can_be_asked_the_owners_of_the_repository_are(
    owned: tuple[Ownership, ...] | None, sentence: str
) -> None:
    found = asks_of_all(owned)
    assert found.asks == (an_ask(PAYMENTS),)
    assert sentence in found.because


@pytest.mark.parametrize("owned", [(by(),), ()])
def test_so_they_are_where_the_file_names_nobody(owned: tuple[Ownership, ...]) -> None:
    assert asks_of(*owned).asks == (an_ask(PAYMENTS),)


def test_a_stranger_beside_somebody_known_does_no_harm() -> None:
    assert asks_of(by("@acme/strangers", "@grace")).asks == (an_ask(people=("grace",)),)


def test_groups_that_the_rule_names_may_sign_for_each_set() -> None:
    found = asks_of(by("@grace"), sources=("codeowners", PLATFORM))
    assert found.asks == (an_ask(PLATFORM, people=("grace",)),)


def test_of_very_many_sets_the_first_are_asked_and_the_owners_for_the_rest() -> None:
    people = ("@ada", "@grace", "@pat", "@ruth", "@jun", "@kim")
    pairs = [by(a, b, c) for a in people for b in people for c in people if a != b != c != a]
    assert len(pairs) > SETS_AT_MOST
    found = asks_of(*pairs)
    assert "CODEOWNERS names very many owners" in found.because
    assert an_ask(PAYMENTS) in found.asks


def test_the_card_hangs_with_whomever_the_file_names_too() -> None:
    assert asks_of(by("@acme/platform")).owners == (PAYMENTS, PLATFORM)


def test_who_had_a_part_is_not_made_a_reviewer_by_owning_the_file() -> None:
    change = a_change("grace", owners=(by("@grace"),))
    said = judged(change, a_policy(a_rule(sources=("codeowners",))), TEAMS)
    assert "grace" in said.facts.contributors.people
    assert said.judgement.requirement.asks == (an_ask(people=("grace",)),)

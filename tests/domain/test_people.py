"""Who is who? One person behind many names, and never a guess."""

from __future__ import annotations

import pytest

from bot.domain.change import Identity
from bot.domain.people import Roster, Standing
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_group,
    a_person,
    a_roster,
    out_of_groups,
    who,
    with_person,
)

NOREPLY = "1234+ada@users.noreply.github.com"


def found(roster: Roster = ROSTER, **names: str) -> str | None:
    person = roster.identify(Identity(**names))
    return person.id if person else None


@pytest.mark.parametrize(
    "names",
    [
        {"login": "ada"},
        {"login": "ADA"},
        {"email": "ada@acme.example"},
        {"email": "Ada@Acme.Example"},
        {"email": " ada@acme.example "},
        {"email": "ada+ci@acme.example"},
        {"email": "ada+a+b@acme.example"},
        {"login": "ada", "email": "ada+ci@acme.example"},
        {"login": "ada", "email": "ada@home.example"},
        {"login": "ada", "name": "Grace"},
    ],
)
def test_ada_by_any_of_her_names(names: dict[str, str]) -> None:
    assert found(**names) == "ada"


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"name": "Ada"},
        {"name": "ada"},
        {"login": "ad"},
        {"login": "ada "},
        {"login": "ada@acme.example"},
        {"email": "ada"},
        {"email": "ada@acme.example.evil.example"},
        {"email": "evil+ada@acme.example"},
        {"email": "@acme.example"},
        {"login": "ada", "email": "grace@acme.example"},
        {"login": "grace", "email": "ada@acme.example"},
        {"login": "ada-at-home", "email": "ada@acme.example"},
        {"email": "mailto:ada@acme.example"},
        {"email": "1234-ada@users.noreply.gitlab.com"},
    ],
)
def test_nobody_by_a_name_that_does_not_fit(names: dict[str, str]) -> None:
    assert found(**names) is None


@pytest.mark.parametrize(
    ("names", "twin"),
    [
        ({"login": "ADA "}, {"login": "ad a b"}),
        ({"login": "@ada"}, {"login": "ada@"}),
        ({"login": "a\u200bda"}, {"login": "axda"}),
        ({"login": "\uff41da"}, {"login": "\uff42da"}),
        ({"login": "acme/ada"}, {"login": "ada/acme"}),
        ({"login": "https://github.com/ada"}, {"login": "https://github.com/ada/x"}),
        ({"login": "ada@acme.example"}, {"login": "ada@acme.example.evil.example"}),
        ({"login": "ada-at-home", "email": "ada@acme.example"}, {"login": "ada-at-home"}),
        ({"email": "<ada@acme.example>"}, {"email": "<ada@acme.example.evil.example>"}),
        ({"email": "Ada <ada@acme.example>"}, {"email": "ada@acme.example <x@y.example>"}),
        ({"email": '"ada"@acme.example'}, {"email": '"ad"a@acme.example'}),
        ({"email": "mailto:ada@acme.example"}, {"email": "mail:ada@acme.example"}),
        ({"email": "ada@acme.example."}, {"email": "ada@acme.example.x"}),
        ({"email": "ada@acme\u3002example"}, {"email": "ada@acme,example"}),
        ({"email": "ada+ci@acme.example"}, {"email": "ci+ada@acme.example"}),
        ({"email": "a\u200bda@acme.example"}, {"email": "a.da@acme.example"}),
        ({"email": "1234-ada@users.noreply.gitlab.com"}, {"email": "1234-ada@gitlab.com"}),
        ({"email": "1-ada@users.noreply.git.acme.example"}, {"email": "1-ada@git.acme.example"}),
        ({"email": NOREPLY}, {"email": "1234+adam@users.noreply.github.com"}),
    ],
)
def test_whoever_a_name_may_mean_is_named_and_its_twin_names_nobody(
    names: dict[str, str], twin: dict[str, str]
) -> None:
    named = ROSTER.everyone_named(Identity(**names))
    assert [person.id for person in named] == ["ada"]
    assert ROSTER.everyone_named(Identity(**twin)) == ()


def test_a_no_reply_address_that_the_roster_lists_keeps_its_plus() -> None:
    listed = with_person(ROSTER, a_person("ada", emails=frozenset({NOREPLY})))
    assert found(listed, email=NOREPLY) == "ada"
    assert found(listed, email=NOREPLY.upper()) == "ada"


def test_a_name_that_two_persons_share_is_nobody_s() -> None:
    shared = with_person(ROSTER, a_person("anna", logins=frozenset({"ada"})))
    assert found(shared, login="ada") is None
    assert found(shared, email="anna@acme.example") == "anna"


def test_a_person_without_names_is_never_found() -> None:
    nameless = with_person(ROSTER, a_person("nemo", logins=frozenset(), emails=frozenset()))
    assert found(nameless) is None
    assert found(nameless, name="Nemo") is None


def test_by_slack_id() -> None:
    by_slack = ROSTER.by_slack("U0ADA")
    assert by_slack is not None
    assert by_slack.id == "ada"
    assert ROSTER.by_slack("U0NOBODY") is None


def test_people_without_slack_are_not_found_by_no_id() -> None:
    assert with_person(ROSTER, a_person("anna", slack="")).by_slack("") is None


def test_a_slack_id_that_two_persons_share_is_nobody_s() -> None:
    assert with_person(ROSTER, a_person("anna", slack="U0ADA")).by_slack("U0ADA") is None


@pytest.mark.parametrize(
    ("level", "wanted", "reached"),
    [
        ("senior", "senior", True),
        ("principal", "senior", True),
        ("mid", "senior", False),
        ("guest", "junior", False),
        ("guest", "guest", False),
        ("principal", "wizard", False),
        ("", "", False),
        ("Senior", "senior", False),
    ],
)
def test_levels(level: str, wanted: str, reached: bool) -> None:
    assert ROSTER.reaches(level, wanted) is reached


def test_a_standing_is_what_the_roster_says_now() -> None:
    assert ROSTER.standing("ada") == Standing(
        person="ada", level="senior", groups=frozenset({PAYMENTS})
    )
    assert ROSTER.standing("nobody") is None
    left = out_of_groups(ROSTER, "ada").standing("ada")
    assert left is not None
    assert left.groups == frozenset()


def test_a_member_who_is_not_in_the_roster_has_no_standing() -> None:
    ghosts = a_roster(people=(), groups=(a_group("g", "ghost"),))
    assert ghosts.standing("ghost") is None


@pytest.mark.parametrize(
    ("repository", "owners"),
    [
        ("acme/payments-api", (PAYMENTS,)),
        ("acme/payments-", (PAYMENTS,)),
        ("acme/website", (PLATFORM,)),
        ("ACME/Payments-API", (PAYMENTS,)),
        ("evil/acme/payments-api", (PLATFORM,)),
    ],
)
def test_owners_are_those_who_claim_it_or_those_who_claim_nothing(
    repository: str, owners: tuple[str, ...]
) -> None:
    assert ROSTER.owners(a_change(repository=repository)) == owners


def test_several_owners_come_in_the_order_of_the_config() -> None:
    both = a_roster(
        people=(),
        groups=(
            a_group("z", owns=("acme/*",)),
            a_group("a", owns=("acme/payments-*",)),
            a_group("none"),
        ),
    )
    assert both.owners(a_change()) == ("z", "a")


def test_where_everybody_claims_something_the_rest_is_nobody_s() -> None:
    claimed = a_roster(people=(), groups=(a_group("z", owns=("other/*",)),))
    assert claimed.owners(a_change()) == ()


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (who("jun", email="j@x.example", name="Jun"), "jun"),
        (who(email="j@x.example", name="Jun"), "j@x.example"),
        (who(name="Jun"), "Jun"),
        (who(), "somebody unnamed"),
    ],
)
def test_how_a_stranger_is_called(identity: Identity, said: str) -> None:
    assert str(identity) == said

"""Whoever has somebody's login, or number, at another installation is not that person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import config
from bot.cli.check import notes
from bot.config.connections import accounts
from bot.domain.accounts import Accounts, spoken
from bot.domain.change import Change, Commit, Identity, Touch
from bot.domain.contributors import contributors
from bot.domain.people import Person
from tests.builders import a_change

TEXT = """
people:
  ada: {name: Ada, level: senior, slack: U1, github: ada, github_id: 4242, logins: {forge: adal}}
  bob: {name: Bob, level: junior, slack: U2, github: bob, github_id: 7}
  gil: {name: Gil, level: mid, slack: U3, gitlab: gil, gitlab_id: 9}
groups:
  all: {members: [ada, bob]}
connections:
  public: {kind: github, app_id: 1, private_key_env: A1, webhook_secret_env: B1}
  ghes:
    kind: github
    app_id: 2
    private_key_env: A2
    webhook_secret_env: B2
    api_url: https://ghe.acme.example/api/v3
    web_url: https://ghe.acme.example
  lab: {kind: gitlab, api_token_env: C1, signing_token_env: C2}
  ownlab: {kind: gitlab, url: "https://lab.acme.example", api_token_env: D1, signing_token_env: D2}
  forge: {kind: gitea, url: "https://git.acme.example", webhook_secret_env: E1, api_token_env: E2}
  cloud: {kind: bitbucket, webhook_secret_env: F1, api_token_env: F2}
  ci: {kind: webhook, secret_env: G1}
"""
LOADED = config.load(TEXT)
ROSTER = LOADED.roster
ADA = Identity(login="ada", id="github:4242")


def who(connection: str, identity: Identity, text: str = TEXT) -> Person | None:
    """Whom this connection means by what its adapter says."""
    known = config.load(text) if text != TEXT else LOADED
    change = a_change(author=identity, connection=connection)
    of = accounts(known.connections[connection])
    return known.roster.identify(spoken(change, of).author)


def named(person: Person | None) -> str:
    return person.id if person else ""


def test_ada_of_github_is_ada() -> None:
    assert named(who("public", ADA)) == "ada"
    assert named(who("public", Identity(login="renamed", id="github:4242"))) == "ada"
    assert named(who("lab", Identity(login="gil", id="gitlab:9"))) == "gil"


@pytest.mark.parametrize(
    "identity",
    [
        ADA,
        Identity(login="ada"),
        Identity(login="zoe", id="github:4242"),
        Identity(login="ADA", id="github:5", email="zoe@evil.example"),
    ],
)
def test_neither_her_number_nor_her_login_at_an_enterprise_server_is_hers(
    identity: Identity,
) -> None:
    assert who("ghes", identity) is None


@pytest.mark.parametrize("connection", ["ownlab", "forge", "cloud", "lab"])
def test_her_login_at_any_other_forge_is_somebody_elses(connection: str) -> None:
    told = "gitlab:4242" if "lab" in connection else ""
    assert who(connection, Identity(login="ada", id=told)) is None


def test_the_numbers_of_a_gitlab_of_ones_own_are_not_those_of_gitlab_com() -> None:
    assert who("ownlab", Identity(login="gil", id="gitlab:9")) is None


def test_at_a_forge_she_is_who_the_roster_says() -> None:
    assert named(who("forge", Identity(login="AdaL"))) == "ada"
    assert who("cloud", Identity(login="adal")) is None
    assert who("public", Identity(login="adal", id="github:12")) is None


def test_one_enterprise_server_for_everything_needs_one_line() -> None:
    ours = TEXT.replace(
        "    web_url: https://ghe.acme.example\n",
        "    web_url: https://ghe.acme.example\n    accounts: github\n",
    )
    assert named(who("ghes", ADA, ours)) == "ada"
    assert any("public, ghes are several installations" in it for it in notes(config.load(ours)))


def test_the_check_says_where_everybody_is_a_stranger_and_where_nobody_can_be_told_apart() -> None:
    said = [it for it in notes(LOADED) if "stranger" in it or "installations" in it]
    assert [it.partition(",")[0] for it in said] == [
        f"nobody has a login at {name}" for name in ("ghes", "ownlab", "cloud")
    ]


def test_what_a_job_states_is_believed_unless_the_connection_says_whose() -> None:
    assert named(who("ci", Identity(login="ada"))) == "ada"
    assert named(who("ci", ADA)) == "ada"
    other = TEXT.replace("secret_env: G1", "secret_env: G1, accounts: forge")
    assert who("ci", Identity(login="ada"), other) is None
    assert named(who("ci", Identity(login="adal"), other)) == "ada"
    assert named(who("ci", ADA, other)) == "ada"  # it was proved at github.com


@pytest.mark.parametrize("at", ["ghes", "forge"])
def test_whoever_has_anothers_login_hides_nobody(at: str) -> None:
    """Bob as "ada": Ada may not sign it, and one more is asked for the stranger."""
    change = spoken(
        a_change(author=Identity(login="ada"), triggered_by=None, commits=()),
        accounts(LOADED.connections[at]),
    )
    found = contributors(change, ROSTER, LOADED.conventions)
    assert "ada" in found.people
    assert found.unknown == ("ada",)


def test_everybody_in_a_change_is_of_these_accounts() -> None:
    her = Identity(login="ada", id="github:1")
    nobody = Identity(name="Ada", email="ada@acme.example")
    change: Change = a_change(
        author=her,
        triggered_by=her,
        pushers=(her,),
        commits=(Commit(sha="a" * 40, message="x", author=her, committer=nobody),),
        touches=(Touch(who=her),),
    )
    told = spoken(change, Accounts("ghes", frozenset({"github"})))
    theirs = replace(her, id="ghes:1")
    assert (told.author, told.triggered_by, told.pushers) == (theirs, theirs, (theirs,))
    assert (told.commits[0].author, told.commits[0].committer) == (theirs, nobody)
    assert told.touches[0].who == theirs
    assert spoken(told, Accounts("ghes", frozenset({"github"}))) == told


@pytest.mark.parametrize(
    ("logins", "refused"),
    [
        ("{nowhere: ada}", "is neither a connection"),
        ("{github: ada}", "is github of the person itself"),
        ("{forge: ADAL}", "is the login of ada already"),
    ],
)
def test_a_login_elsewhere_is_one_persons_somewhere(logins: str, refused: str) -> None:
    text = TEXT.replace("github_id: 7", f"github_id: 7, logins: {logins}")
    with pytest.raises(config.ConfigError, match=refused):
        config.load(text)

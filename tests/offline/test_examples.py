"""An example says little, and means a whole ordinary change; what it says wrongly has its line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Misconfigured
from bot.domain.change import Change, Identity
from bot.domain.people import Roster
from bot.offline.examples import USUAL, Example, examples
from tests.builders import ROSTER, a_person, a_roster, sha


def read(text: str, roster: Roster = ROSTER) -> tuple[Example, ...]:
    return examples(text, "policy.test.yaml", roster)


def change(written: str = "{}", roster: Roster = ROSTER) -> Change:
    (example,) = read(f"examples: [{{name: One, change: {written}, expect: {{asked: 1}}}}]", roster)
    return example.change


def mistakes(text: str) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        read(text)
    assert refused.value.subject == "policy.test.yaml has mistakes"
    return list(refused.value.problems)


# What it means.


def test_a_change_of_which_nothing_is_said_is_whole_and_ordinary() -> None:
    usual = change()
    assert usual.environment == "production"
    assert usual.title == "One"
    assert usual.files_complete
    assert usual.commits_complete
    assert [file.path for file in usual.files] == ["src/example.py", "tests/test_example.py"]
    assert all(file.counted and file.digest and not file.marks for file in usual.files)
    assert [commit.message for commit in usual.commits] == ["One"]
    assert [check.conclusion for check in usual.checks] == ["success"]
    assert usual.owners == ()
    assert usual.ai is None


def test_by_default_the_lowest_of_the_roster_wrote_it() -> None:
    assert change().author == Identity(login="mallory")  # whose level the ladder does not list
    people = (a_person("ada"), a_person("kim", "junior"), a_person("jun", "mid"))
    assert change(roster=a_roster(people, ())).author == Identity(login="kim")


def test_who_has_no_name_to_be_known_by_writes_nothing() -> None:
    nameless = a_person("kim", "junior", logins=frozenset(), emails=frozenset())
    named = a_person("ada", logins=frozenset())
    assert change(roster=a_roster((nameless, named), ())).author == Identity(
        email="ada@acme.example"
    )
    assert change(roster=a_roster((nameless,), ())).author == Identity(login="somebody")


@pytest.mark.parametrize(
    ("written", "identity"),
    [
        ("jun", Identity(login="jun")),
        ("zoe", Identity(login="zoe")),
        ("zoe@else.example", Identity(email="zoe@else.example")),
        ('{login: zoe, id: "github:7"}', Identity(login="zoe", id="github:7")),
    ],
)
def test_somebody_may_be_plain_text(written: str, identity: Identity) -> None:
    assert change(f"{{author: {written}}}").author == identity
    assert change(f"{{triggered_by: {written}}}").triggered_by == identity
    assert change(f"{{pushed_by: [{written}]}}").pushers == (identity,)
    said = change(f"{{ai: {{assisted: true, prompted_by: {written}}}}}").ai
    assert said is not None
    assert said.prompted_by == identity
    (commit,) = change(f"{{commits: [{{message: x, committer: {written}}}]}}").commits
    assert commit.committer == identity


def test_a_person_is_known_by_their_login_though_their_id_is_another() -> None:
    person = a_person("jun", "mid", logins=frozenset({"jun-the-coder"}))
    roster = a_roster((person,), ())
    author = change("{author: jun}", roster).author
    assert roster.identify(author) == person


def test_a_file_may_be_a_plain_path() -> None:
    plain, said = change("{files: [a.py, {path: b.py, additions: 500}]}").files
    assert (plain.path, plain.additions, plain.deletions) == ("a.py", 1, 1)
    assert (said.path, said.additions, said.deletions) == ("b.py", 500, 1)


def test_a_commit_may_be_its_message() -> None:
    (commit,) = change("{author: ada, commits: [Retry]}").commits
    assert (commit.message, commit.author) == ("Retry", Identity(login="ada"))


def test_checks_may_be_a_mapping() -> None:
    checks = change("{checks: {tests: failure, lint: success}}").checks
    assert [(check.name, check.conclusion) for check in checks] == [
        ("tests", "failure"),
        ("lint", "success"),
    ]


@pytest.mark.parametrize(("written", "assisted"), [("true", True), ("false", False)])
def test_ai_may_be_yes_or_no(written: str, assisted: bool) -> None:
    said = change(f"{{ai: {written}}}").ai
    assert said is not None
    assert said.assisted is assisted


def test_what_is_null_was_not_said_at_all() -> None:
    unsaid = change("{files: null, commits: null, checks: null, codeowners: null}")
    assert not unsaid.files_complete
    assert not unsaid.commits_complete
    assert unsaid.checks == ()
    assert unsaid.owners is None


def test_codeowners_may_be_plain_text() -> None:
    owners = change('{files: [a.py], codeowners: "* @acme/payments"}').owners
    assert owners is not None
    assert [owned.owners for owned in owners] == [("@acme/payments",)]


def test_it_happens_at_the_same_moment_on_every_day() -> None:
    (usual,) = read("examples: [{name: One, expect: {asked: 1}}]")
    assert usual.at == USUAL
    assert USUAL.weekday() < 5
    text = "examples: [{name: One, at: 2026-12-24T12:00:00+02:00, expect: {asked: 1}}]"
    assert read(text)[0].at == datetime(2026, 12, 24, 10, tzinfo=UTC)


def test_each_example_knows_its_line() -> None:
    text = "examples:\n- name: One\n  expect: {asked: 1}\n\n- name: Two\n  expect: {asked: 1}\n"
    assert [(it.name, it.line) for it in read(text)] == [("One", 2), ("Two", 5)]


# What is wrong.


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "line 1: examples: is missing"),
        ("~", "line 1: must be a mapping, as in `key: value`"),
        ("examples: []", "line 1: examples: must not be empty"),
        ("example: []", "line 1: example: unknown key; did you mean examples?"),
        ("examples: [1]", "line 1: examples[0]: must be a mapping, as in `key: value`"),
        ("examples: [{expect: {asked: 1}}]", "line 1: examples[0].name: is missing"),
        ("examples: [{name: One}]", "line 1: examples[0].expect: is missing"),
        ("examples: [{name: One, expect: {}}]", "line 1: examples[0].expect: has to expect"),
        ("examples: [{name: a, expect: {asked: many}}]", "must be how many have to sign, or"),
        ("examples: [{name: a, expect: {asked: -1}}]", "must be how many have to sign, or"),
        ("examples: [{name: a, expect: {asked: true}}]", "must be how many have to sign, or"),
        ("examples: [{name: a, expect: {risk: huge}}]", "must be one of low, normal, high"),
        ("examples: [{name: a, at: 2026-12-24, expect: {asked: 1}}]", "must be a moment with"),
        ("examples: [{name: a, at: 9999-12-31T23:59:59Z, expect: {asked: 1}}]", "must be a moment"),
        ("examples: [&a x]", "line 1: &a: text that begins with & needs quotes"),
        ("examples: [", "line 1: is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, mistake: str) -> None:
    assert any(mistake in told for told in mistakes(text))


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("repositry: x", "change.repositry: is not a field we know"),
        ('environment: " production"', "change.environment: must be in ASCII"),
        ("revision: abc", "change.revision: must be a full commit id"),
        ("author: [jun]", "change.author: must be an object"),
        ("author: {name: Jun}", "change.author: must have a login or an email"),
        ("files: [{path: /a}]", "change.files[0].path: must not begin with /"),
        ("files: a.py", "change.files: must be a list"),
        ("files: [7]", "change.files[0]: must be an object"),
        ("commits: [7]", "change.commits[0]: must be an object"),
        ("ai: perhaps", "change.ai: must be an object"),
        ("checks: none", "change.checks: must be a list"),
        ("title: [x]", "change.title: must be a text"),
        ("callback_url: https://ci.acme.example/", "change.callback_url: must be left out"),
    ],
)
def test_a_mistake_in_a_change_is_told_once_and_where_it_stands(written: str, mistake: str) -> None:
    text = f"examples:\n  - name: One\n    expect: {{asked: 1}}\n    change:\n      {written}\n"
    (told,) = mistakes(text)
    assert told.startswith(f"line 5: examples[0].{mistake}")


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        "examples:\n- {name: a, expect: {askd: 1}}\n- {name: b, change: {x: 1}, expect: {asked: 1}}"
    )
    assert [told.partition(":")[0] for told in mistakes(text)] == ["line 2", "line 3"]


def test_a_name_that_makes_no_title_is_no_reason_to_lose_an_example() -> None:
    (example,) = read('examples: [{name: " ", expect: {asked: 1}}]')
    assert example.change.title == "An example"


def test_a_revision_may_be_given() -> None:
    assert change(f"{{revision: {sha('b')}}}").revision == sha("b")


def read_or_refused(text: str) -> None:
    try:
        assert read(text)
    except Misconfigured as refused:
        if not refused.problems:
            raise


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["jun", "a.py", "é", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["path", "sha", "message", "author", "login", "assisted", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
KEYS = (
    "repository", "environment", "author", "files", "commits", "ai", "checks", "codeowners",
    "policies", "pushed_by", "triggered_by", "revision", "title", "kind", "plan", "labels",
)  # fmt: skip


def _flow(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f'"{key}": {_flow(it)}' for key, it in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return f'"{value}"' if isinstance(value, str) else str(value)


@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=4))
def test_whatever_is_said_of_a_change_it_is_read_or_refused(said: dict[str, Any]) -> None:
    text = f"examples: [{{name: One, change: {_flow(said)}, expect: {{asked: 1}}}}]"
    read_or_refused(text)


@given(st.text(max_size=80))
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str) -> None:
    read_or_refused(text)

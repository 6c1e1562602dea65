"""Which words may a rule use, and does each say yes with a sentence?"""

from __future__ import annotations

import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import AiStatement, Change, FileChange, Kind
from bot.domain.contributors import contributors
from bot.domain.predicates import Facts, LevelRange, Size, When, glob_match, matches
from bot.domain.provenance import AiStatus, assess
from tests.builders import ROSTER, a_change, a_file


def says(
    when: When, change: Change | None = None, *, certain: bool = False
) -> tuple[str, ...] | None:
    change = change or a_change()
    facts = Facts(
        change=change,
        provenance=assess(change),
        author=ROSTER.identify(change.author),
        contributors=contributors(change, ROSTER),
        roster=ROSTER,
    )
    return matches(when, facts, certain=certain)


@pytest.mark.parametrize(
    ("path", "glob", "fits"),
    [
        ("infra/main.tf", "infra/**", True),
        ("infra/eu/main.tf", "infra/**", True),
        ("infra/eu/main.tf", "infra/*", False),
        ("infra/main.tf", "infra/*", True),
        ("app/infra/main.tf", "infra/**", False),
        ("app/infra/main.tf", "**/infra/**", True),
        ("infra/main.tf", "**/infra/**", True),
        ("src/x.py", "src/**/x.py", True),
        ("src/a/b/x.py", "src/**/x.py", True),
        ("src/a/b/y.py", "src/**/x.py", False),
        ("a/b/c", "**", True),
        ("main.tf", "*.tf", True),
        ("infra/eu/main.tf", "*.tf", True),
        ("infra/eu/main.tf", "/*.tf", False),
        ("main.tf", "/*.tf", True),
        ("main.tf.txt", "*.tf", False),
        ("Main.tf", "main.tf", False),
        ("a/b", "a/?", True),
        ("a/bc", "a/?", False),
        ("a/b", "a/[bc]", True),
        ("a/d", "a/[!bc]", True),
        ("a/[", "a/[", True),
        ("a/b.py", "a/**.py", True),
        ("a/b/c.py", "a/**.py", False),
        ("a\nb/c", "*/c", True),
        ("", "", True),
        ("a", "a/b", False),
    ],
)
def test_globs(path: str, glob: str, fits: bool) -> None:
    assert glob_match(path, glob) is fits


_SEGMENT = st.text("ab*?", min_size=1, max_size=3)


@given(path=st.lists(st.text("ab", max_size=2), min_size=1, max_size=4), glob=st.lists(_SEGMENT, min_size=2, max_size=5))  # fmt: skip
def test_globs_against_the_plain_definition(path: list[str], glob: list[str]) -> None:
    assert glob_match("/".join(path), "/".join(glob)) is _fits(path, glob)


def _fits(path: list[str], glob: list[str]) -> bool:
    if not glob:
        return not path
    if glob[0] == "**":
        return any(_fits(path[i:], glob[1:]) for i in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], glob[0]) and _fits(path[1:], glob[1:])


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("a" * 4_000 + "b", "*a" * 40 + "*c"),
        ("/".join("a" * 400), "/".join(["**", "a"] * 100) + "/b"),
        ("/".join("a" * 400), "/".join(["**"] * 400) + "/b"),
        ("/" * 4_000, "**/" * 50 + "x"),
        ("a" * 4_000 + "/", "[a-z]*" * 30 + "[B]/*"),
    ],
    ids=["stars", "double stars between", "double stars only", "slashes", "classes"],
)
def test_a_hostile_glob_or_path_is_answered_at_once(path: str, glob: str) -> None:
    began = time.process_time()
    assert not glob_match(path, glob)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (When(environment=("prod*",)), "production"),
        (When(repository=("acme/*",)), "repository acme/payments-api"),
        (When(kind=(Kind.SOFTWARE,)), "software change"),
        (When(ai=(AiStatus.UNDECLARED,)), "nobody said whether AI helped, and nothing was found"),
        (When(author_level=LevelRange(below="senior")), "the author is mid"),
        (When(author_level=LevelRange(at_least="mid")), "the author is mid"),
        (When(paths=("docs/**", "refunds/**")), "touches refunds/**"),
        (When(size=Size(lines_over=42)), "43 lines"),
        (When(size=Size(files_over=0)), "1 files"),
    ],
)
def test_each_word_says_why_it_applies(when: When, sentence: str) -> None:
    assert says(when) == (sentence,)


@pytest.mark.parametrize(
    "when",
    [
        When(environment=("prod",)),
        When(repository=("acme/website",)),
        When(kind=(Kind.INFRASTRUCTURE, Kind.SCALING)),
        When(ai=(AiStatus.ASSISTED,)),
        When(author_level=LevelRange(below="mid")),
        When(author_level=LevelRange(at_least="senior")),
        When(author_level=LevelRange(at_least="wizard")),
        When(paths=("docs/**",)),
        When(size=Size(lines_over=43)),
        When(size=Size(files_over=1)),
        When(environment=("production",), kind=(Kind.SCALING,)),
    ],
)
def test_each_word_can_say_no(when: When) -> None:
    assert says(when) is None


def test_no_condition_is_always_met() -> None:
    assert says(When()) == ()


def test_an_unknown_author_is_below_every_level_and_at_least_of_none() -> None:
    stranger = a_change("stranger")
    for level in ("junior", "mid", "senior"):
        assert says(When(author_level=LevelRange(below=level)), stranger) == (
            f"the author is not in the roster, so counts as below {level}",
        )
        assert says(When(author_level=LevelRange(at_least=level)), stranger) is None


def test_below_a_level_that_nobody_lists_is_everybody() -> None:
    assert says(When(author_level=LevelRange(below="wizard")), a_change("pat")) is not None


def test_a_renamed_file_answers_to_both_its_names() -> None:
    moved = a_change(files=(FileChange(path="docs/help.md", previous_path="infra/main.tf"),))
    assert says(When(paths=("infra/**",)), moved) == ("touches infra/**",)
    assert says(When(paths=("docs/**",)), moved) == ("touches docs/**",)


def test_a_list_of_files_that_was_cut_off_may_hold_anything() -> None:
    some = a_change(files_complete=False)
    assert says(When(paths=("infra/**",)), some) == ("not all of its files are known",)
    assert says(When(paths=("refunds/**",)), some) == ("touches refunds/**",)
    assert says(When(size=Size(lines_over=10**9)), some) == ("its size is not known",)
    assert says(When(paths=("infra/**",))) is None


def test_lines_are_added_and_deleted_ones_together() -> None:
    change = a_change(files=(a_file("a", 6, 5), a_file("b", 10, 0)))
    assert says(When(size=Size(lines_over=20)), change) == ("21 lines",)
    assert says(When(size=Size(lines_over=21)), change) is None


def test_the_ai_word_quotes_the_evidence_in_our_own_words() -> None:
    change = a_change(ai=AiStatement(assisted=True, tools=("claude-code",)))
    (sentence,) = says(When(ai=(AiStatus.ASSISTED,)), change) or ("",)
    assert sentence.startswith("AI-assisted (")

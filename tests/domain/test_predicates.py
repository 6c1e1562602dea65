"""Which words may a rule use, and does each say yes with a sentence?"""

from __future__ import annotations

import time
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.patterns import Regex
from bot.domain.change import AiStatement, Change, Commit, FileChange, Identity, Kind
from bot.domain.conditions import LevelRange, Matches, Size, When
from bot.domain.globs import glob_match
from bot.domain.people import Contributors
from bot.domain.predicates import SEARCHED_AT_MOST, judge
from bot.domain.provenance import AiStatus
from tests.builders import a_change, a_file, judged, who


def says(
    when: When, change: Change | None = None, *, certain: bool = False
) -> tuple[str, ...] | None:
    answer = judge(when, judged(change).facts, certain=certain)
    return tuple(answer.reasons()) if answer.met else None


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
    assert says(When()) == ("every change",)


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


def _by(*commits: str | Identity, author: str = "ada", **facts: object) -> Change:
    """A change of ada's, with a commit by each of these."""
    authors = [who(one) if isinstance(one, str) else one for one in commits]
    made = tuple(Commit(sha=f"{n}" * 40, author=one) for n, one in enumerate(authors))
    return a_change(author, commits=made, **facts)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_by("jun"), "a contributor, Jun, is mid"),
        (_by("jun", author="kim"), "the author is junior"),
        (
            _by("jun", author="stranger"),
            "the author is not in the roster, so counts as below senior",
        ),
        (_by(who(name="Eve")), "a contributor is not in the roster, so counts as below senior"),
        (_by("ada", "mallory"), "a contributor, Mallory, is guest"),
    ],
)
def test_a_level_is_judged_over_all_who_had_a_part(change: Change, sentence: str) -> None:
    assert says(When(author_level=LevelRange(below="senior")), change) == (sentence,)
    assert says(When(author_level=LevelRange(at_least="senior")), change) is None


def test_where_all_who_had_a_part_are_senior_it_is_at_least_senior_and_not_below() -> None:
    high = _by("ada", "grace")
    assert says(When(author_level=LevelRange(below="senior")), high) is None
    assert says(When(author_level=LevelRange(at_least="senior")), high) == (
        "everybody who had a part is senior or above",
    )


def test_a_contributor_who_has_left_the_roster_counts_as_unknown() -> None:
    def below(*people: str) -> tuple[str, ...] | None:
        known = Contributors(people=frozenset(people))
        facts = replace(judged(a_change("ada")).facts, contributors=known)
        answer = judge(When(author_level=LevelRange(below="senior")), facts)
        return tuple(answer.reasons()) if answer.met else None

    assert below("ada", "grace") is None
    assert below("ada", "gone") == (
        "a contributor is not in the roster, so counts as below senior",
    )


# To be certain.

DOCS, DOC, CODE = When(paths=("docs/**", "*.md")), a_file("docs/a.md"), a_file("refunds/retry.py")
BOTH = a_change(files=(DOC, a_file("docs/b.md")))


@pytest.mark.parametrize(
    "change",
    [
        a_change(files=(DOC, CODE)),
        a_change(files=(DOC,), files_complete=False),
        a_change(files=()),
        a_change(files=(FileChange(path="docs/a.md", previous_path="refunds/retry.py"),)),
        a_change(files=(a_file("Docs/a.py"),)),
    ],
    ids=["one is not", "cut off", "none", "was another", "another folder"],
)
def test_paths_are_certain_where_every_one_of_them_fits(change: Change) -> None:
    assert says(DOCS, BOTH, certain=True) == ("touches only docs/**, *.md",)
    assert says(DOCS, change, certain=True) is None


def test_a_size_is_certain_where_it_is_known() -> None:
    large = When(size=Size(lines_over=1))
    assert says(large, a_change(), certain=True) == ("43 lines",)
    assert says(large, a_change(files_complete=False), certain=True) is None


@pytest.mark.parametrize(
    ("wanted", "certain", "doubtful"),
    [
        (LevelRange(at_least="senior"), _by("grace"), _by("jun")),
        (LevelRange(at_least="senior"), _by("grace"), _by(who(name="Eve"))),
        (LevelRange(at_least="senior"), _by("grace"), _by("grace", commits_complete=False)),
        (LevelRange(below="senior"), a_change("jun"), a_change("stranger")),
        (LevelRange(below="senior"), a_change("jun"), _by("ada", author="jun")),
        (LevelRange(below="senior"), _by("kim", author="jun"), _by(who(name="Eve"), author="jun")),
        (LevelRange(below="senior", at_least="mid"), a_change("jun"), _by("kim", author="jun")),
    ],
)
def test_a_level_is_certain_where_it_holds_for_everybody(
    wanted: LevelRange, certain: Change, doubtful: Change
) -> None:
    assert says(When(author_level=wanted), certain, certain=True) is not None
    assert says(When(author_level=wanted), doubtful, certain=True) is None


@pytest.mark.parametrize(
    ("when", "fits", "misses"),
    [
        (When(environment=("production",)), {"environment": "PRODUCTION"}, {"environment": "prod"}),
        (When(environment=("Production",)), {"environment": "production"}, {"environment": "prod"}),
        (
            When(environment=("\uff50roduction",)),
            {"environment": "production"},
            {"environment": "prod"},
        ),
        (
            When(repository=("acme/pay-*",)),
            {"repository": "Acme/Pay-API"},
            {"repository": "acme/x"},
        ),
    ],
)
def test_names_fit_however_they_are_spelled_unless_it_has_to_be_certain(
    when: When, fits: dict[str, str], misses: dict[str, str]
) -> None:
    assert says(when, a_change(**fits)) is not None
    assert says(when, a_change(**misses)) is None
    assert says(when, a_change(**fits), certain=True) is None


@pytest.mark.parametrize(
    ("glob", "fits", "misses"),
    [
        ("ledger/**", "Ledger/x.py", "Ledgers/x.py"),
        ("Ledger/**", "ledger/x.py", "ledgers/x.py"),
        ("b\u00fccher/*", "Bu\u0308cher/x", "bucher/x"),
        ("stra?e/*", "stra\u00dfe/x", "strae/x"),
    ],
)
def test_a_path_fits_however_it_is_spelled(glob: str, fits: str, misses: str) -> None:
    assert says(When(paths=(glob,)), a_change(files=(a_file(fits),))) == (f"touches {glob}",)
    assert says(When(paths=(glob,)), a_change(files=(a_file(misses),))) is None


def test_paths_of_nothing_but_accents_are_answered_at_once() -> None:
    hostile = "a" + "\u0301" * 2_000 + "\u0323" * 2_000
    change = a_change(files=tuple(a_file(f"{hostile}{n}") for n in range(250)))
    began = time.process_time()
    assert says(When(paths=("ledger/**",)), change) is None
    assert time.process_time() - began < 1


# Patterns.


@pytest.mark.parametrize("path", ["infra/a.tf", "Infra/A.TF", "infra/a\nb.tf"])
def test_a_pattern_for_paths_is_not_evaded_by_spelling(path: str) -> None:
    tf = When(matches=Matches(path=Regex(pattern=r"^infra/.*\.tf$")))
    assert says(tf, a_change(files=(a_file("docs/x.md"), a_file(path)))) is not None
    assert says(tf, a_change(files=(a_file("docs/x.md"),))) is None


def test_what_is_too_long_to_be_searched_is_in_doubt() -> None:
    hot = When(matches=Matches(description=Regex(pattern="hotfix")))
    assert says(hot, a_change(description="x" * SEARCHED_AT_MOST)) is None
    assert says(hot, a_change(description="x" * (SEARCHED_AT_MOST + 1))) is not None
    assert says(hot, a_change(description="x" * (SEARCHED_AT_MOST + 1)), certain=True) is None

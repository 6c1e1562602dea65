"""Which of its paths lie where a glob points?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.globs import glob_match
from bot.domain.places import places_of
from bot.domain.risk.territory import Territory


def fits(path: str, glob: str) -> bool:
    return places_of([path]).within([glob]) == (path,)


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("infra/main.tf", "infra/**", True),
        ("infra/main.tf", "infra/", True),
        ("infra/eu/main.tf", "infra/*", False),
        ("app/infra/main.tf", "infra/**", False),
        ("app/infra/main.tf", "**/infra/", True),
        ("infra/main.tf", "**/infra/**", True),
        ("infra/eu/main.tf", "*.tf", True),
        ("infra/main.tf", "main.tf", True),
        ("infra/main.tf", "/main.tf", False),
        ("src/a/b/x.py", "src/**/x.py", True),
        ("src/a/b/y.py", "src/**/x.py", False),
        ("db/secret_keys.yml", "*secret*.y*ml", True),
        ("db/secret_keys.txt", "*secret*.y*ml", False),
        ("a.py", "a[.]py", True),
        ("ab", "a[!c]", True),
        ("a/[", "a/[", True),
        ("anything", "**", True),
        ("", "", True),
    ],
)
def test_globs(path: str, glob: str, expected: bool):
    assert fits(path, glob) is expected


@pytest.mark.parametrize(
    "path",
    [
        "INFRA/Main.TF",
        "\uff49\uff4efra/main.tf",
        "in\ufb00ra/../infra/main.tf",
        "infra/ma\u0131n.tf",
        "infra\uff0fmain.tf",
    ],
)
def test_another_spelling_is_the_same_place(path: str):
    assert places_of([path]).within(["**/infra/**"]) == (path,)


def test_a_name_is_also_found_as_it_is_written():
    assert fits("½.txt", "?.txt")


def test_the_first_few_come_in_order_and_without_those_that_are_left_out():
    places = places_of(f"a/{number}.py" for number in (5, 3, 9, 1, 7, 2))
    assert places.within(["*.py"]) == ("a/1.py", "a/2.py", "a/3.py", "a/5.py", "a/7.py")
    assert places.within(["*.py"], limit=2) == ("a/1.py", "a/2.py")
    assert places.within(["*.py"], frozenset({"a/1.py"}), limit=2) == ("a/2.py", "a/3.py")
    assert places.within(["b/**", "*.go"]) == ()


def test_a_territory_without_repositories_is_in_all_of_them():
    assert Territory(name="x").has_repository("acme/pay")
    assert Territory(name="x", repository=("acme/*",)).has_repository("ACME/Pay")
    assert not Territory(name="x", repository=("acme/pay",)).has_repository("acme/web")


_NAME = st.text("ab.", min_size=1, max_size=3)
_SEGMENT = st.one_of(st.just("**"), st.text("ab.*?[]!", min_size=1, max_size=4))


@given(
    path=st.lists(_NAME, min_size=1, max_size=4).map("/".join),
    glob=st.lists(_SEGMENT, min_size=1, max_size=4).map("/".join),
    end=st.sampled_from(["", "/"]),
)
def test_it_agrees_with_the_plain_reading_of_globs(path: str, glob: str, end: str):
    assert fits(path, glob + end) is glob_match(path, glob + end)


@given(st.lists(_NAME, max_size=9), st.text(max_size=20))
def test_many_paths_are_found_as_one_by_one(paths: list[str], glob: str):
    alone = sorted({path for path in paths if places_of([path]).within([glob])})
    assert places_of(paths).within([glob]) == tuple(alone[:5])


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_text_makes_it_fail(path: str, glob: str):
    fits(path, glob)


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("a" * 4_000, "*a" * 40 + "b"),
        ("a/" * 2_000, "**/a/" * 40 + "b"),
        ("a\u0301" * 4_000, "*\u0301*x"),
    ],
)
def test_a_hostile_path_costs_no_more_than_its_length(path: str, glob: str):
    started = time.process_time()
    places_of([path]).within([glob])
    assert time.process_time() - started < 1

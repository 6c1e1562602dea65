"""Which lines does a unified diff add and take away, and is it all there?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.risk.hunks import LINES_AT_MOST, PATCH_AT_MOST, read_patch

WHOLE = "@@ -1,3 +1,3 @@ def pay():\n here\n-old\n+new\n there"


def signs(patch: str) -> str:
    return "".join(line.sign for line in read_patch(patch).lines())


def test_lines_have_a_sign_a_text_and_a_place_in_the_new_file():
    read = read_patch("@@ -7,2 +9,2 @@\n here\n-old\n+new")
    assert list(read.lines()) == [(" ", "here", 9), ("-", "old", 10), ("+", "new", 10)]


def test_two_hunks_are_kept_apart():
    read = read_patch(f"{WHOLE}\n@@ -20 +20 @@\n-a\n+b")
    assert [len(hunk) for hunk in read.hunks] == [4, 2]
    assert read.whole


@pytest.mark.parametrize(
    "patch",
    [
        "",
        WHOLE,
        f"{WHOLE}\n",
        "@@ -0,0 +1 @@\n+one",
        "@@ -1 +0,0 @@\n-one\n\\ No newline at end of file",
        "@@ -1,2 +1,2 @@\n\n-a\n+b",
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b",
    ],
)
def test_a_patch_that_keeps_its_own_count_is_whole(patch: str):
    assert read_patch(patch).whole


@pytest.mark.parametrize(
    "patch",
    [
        "@@ -1,3 +1,3 @@\n here\n-old\n+new",
        "@@ -1,3 +1,4 @@\n here\n-old\n+new\n there",
        f"{WHOLE}\n+one more",
        "+no header",
        "@@ -1 +1 @@\n-a\n?odd",
        "Binary files a/x and b/x differ",
        "@@@ -1 -1 +1 @@@\n++both",
        "@@ -1,9 +1,9 @@\n here\n@@ -20 +20 @@\n-a\n+b",
        "@@ -1 +1 @@\n-a\n+b\n... the rest was left out",
    ],
)
def test_a_patch_that_was_cut_or_mended_is_not_whole(patch: str):
    assert not read_patch(patch).whole


def test_what_looks_like_a_file_header_inside_a_hunk_is_a_line():
    assert signs("@@ -1,2 +1,2 @@\n-- a list\n--- a/x\n++ more\n+++ b/x") == "--++"


def test_a_line_without_an_end_is_noticed():
    assert read_patch("@@ -0,0 +1 @@\n+x\n\\ No newline at end of file").no_newline
    assert not read_patch("@@ -0,0 +1 @@\n+x\n").no_newline


def test_what_fits_no_header_counts_as_added():
    assert signs("@@ -1 +1 @@\n-a\n?odd") == "-+"


def test_a_patch_that_is_too_long_is_read_in_part():
    lines = LINES_AT_MOST + 5
    read = read_patch(f"@@ -0,0 +1,{lines} @@\n" + "+x\n" * lines)
    assert not read.whole
    assert sum(1 for _ in read.lines()) < lines
    assert not read_patch("@@ -0,0 +1 @@\n+" + "x" * PATCH_AT_MOST).whole


@given(st.text(alphabet="@-+ ,0123\n\\x", max_size=80))
def test_no_patch_makes_it_fail(patch: str):
    read = read_patch(patch)
    assert all(line.sign in "+- " for line in read.lines())


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(patch: str):
    read_patch(patch)


@given(st.lists(st.tuples(st.sampled_from("+- "), st.text("ab-+@ ", max_size=5)), min_size=1))
def test_what_is_counted_right_is_read_back(lines: list[tuple[str, str]]):
    old = sum(sign != "+" for sign, _ in lines)
    new = sum(sign != "-" for sign, _ in lines)
    text = "\n".join(sign + rest for sign, rest in lines)
    read = read_patch(f"@@ -1,{old} +1,{new} @@\n{text}")
    assert read.whole
    assert [(line.sign, line.text) for line in read.lines()] == lines

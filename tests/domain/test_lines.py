"""Which lines speak for themselves? Quickly told, whatever somebody wrote."""

from __future__ import annotations

import time

import pytest

from bot.domain.lines import (
    BREAK_COSTS,
    LINE_AT_MOST,
    clean,
    fold,
    opening,
    plain,
    readable,
    spoken_lines,
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb", ["a", "b"]),
        ("a\vb\fc\x85d\u2028e", ["a", "b", "c", "d", "e"]),
        ("a\\nb", ["a", "b"]),
        ("~~~\na\n~~~\nb", ["b"]),
        ("~~~`\na\n~~~\nb", ["~~~`", "a", "~~~", "b"]),
        ("```x`\na\n", ["```x`", "a", ""]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert list(spoken_lines(text)) == lines


def test_only_the_beginning_of_a_long_line_is_looked_at() -> None:
    whole = "a" * LINE_AT_MOST
    assert list(spoken_lines(whole)) == [whole]
    assert list(spoken_lines(whole + "b")) == [whole]


@pytest.mark.parametrize("padding", [" ", "\u200b", "\u00a0", "\u0301"])
def test_padding_does_not_push_words_out_of_sight(padding: str) -> None:
    assert next(spoken_lines(f"Made{padding * 5_000} with Cursor")).endswith("with Cursor")
    assert next(spoken_lines(f"Made{'x' * 5_000} with Cursor")).endswith("x")


def test_a_fence_of_65_536_signs_is_read_at_once() -> None:
    began = time.process_time()
    list(spoken_lines("~" * 65_535 + "`"))
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    ("texts", "read", "cut"),
    [
        (["abc", "de"], ["abc", "de"], False),
        (["abc", "def"], ["abc", "de"], True),
        (["abcdef", "g"], ["abcde", ""], True),
        (["abcde", ""], ["abcde", ""], False),
        (["\u00e9\u00e9\u00e9"], ["\u00e9\u00e9"], True),
        (["\ud800", "ab"], ["\ud800", "ab"], False),
    ],
)
def test_so_much_is_read_in_all(texts: list[str], read: list[str], cut: bool) -> None:
    assert readable(texts, limit=5) == (read, cut)


def test_a_folded_text_is_clean_and_in_lower_case() -> None:
    assert clean(" Co\u2010Auth\u200bored ") == "Co-Authored"
    assert fold(" Co\u2010Auth\u200bored ") == "co-authored"
    assert fold("Co\u2014Authored") == "co\u2014authored"


def test_a_line_break_costs_more_than_its_byte() -> None:
    assert readable(["a\nb"], limit=BREAK_COSTS + 3) == (["a\nb"], False)
    assert readable(["a\nb", "c"], limit=BREAK_COSTS + 2) == (["a", ""], True)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  Co\u2010Auth\u200bored  BY\t x ", "co-authored by x"),
        ("Cl\u0430ud\u0435", "claude"),
        ("\u0421LAUDE", "claude"),
        ("\uff23\uff4c\uff41\uff55\uff44\uff45", "claude"),
        ("Cla\u0308ud\xe9", "claude"),
        ("Cla\x00u\x7fde", "claude"),
        ("Cla\u3164ude\u2800", "claude"),
        ("\ua789", ":"),
    ],
)
def test_plain_text_is_what_it_looks_like(text: str, seen: str) -> None:
    assert plain(text) == seen


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("- **made with** `cursor`", "made with cursor"),
        ("_generated with [claude code](https://x.example)_", "generated with claude code"),
        ("<sub>made with <b>cursor</b></sub>", "made with cursor"),
        ("co-authored-by: c <c@acme.org>", "co-authored-by: c <c@acme.org>"),
        ("`made with cursor`", "made with cursor"),
        ("made with [cursor]", "made with cursor"),
        ("made with cursor[bot]", "made with cursor[bot]"),
        ("`made with cursor` is a footer", ""),
        ("<!-- made with cursor -->", ""),
        ("", ""),
    ],
)
def test_a_line_is_read_from_its_first_word_on(line: str, start: str) -> None:
    assert opening(line) == start


def test_the_line_that_opens_a_comment_speaks_and_what_it_hides_does_not() -> None:
    assert list(spoken_lines("a <!-- b\nc\n-->\nd")) == ["a <!-- b", "d"]
    assert list(spoken_lines("<blockquote>\na\n</blockquote>\nb")) == ["b"]
    assert list(spoken_lines("<blockquote>\na")) == ["<blockquote>", "a"]


def test_what_git_squashed_is_read_as_it_was_before_it_was_indented() -> None:
    squash = "Squashed commit of the following:\n\ncommit 1a2b3c4\n\n    a\n\n        quoted\n\tb"
    lines = [line for line in spoken_lines(squash) if line]
    assert lines == ["Squashed commit of the following:", "commit 1a2b3c4", "a", "b"]
    twin = [line for line in spoken_lines(squash.replace("Squashed", "Unsquashed")) if line]
    assert twin == ["Unsquashed commit of the following:", "commit 1a2b3c4"]
    reverted = [line for line in spoken_lines(f"This reverts\n{squash}") if line]
    assert reverted[1:] == ["Squashed commit of the following:", "commit 1a2b3c4"]


def test_a_revert_among_squashed_commits_hides_nothing_of_the_others() -> None:
    squash = "Squashed commit of the following:\n\n    a\n    This reverts commit 1.\n    b"
    assert list(spoken_lines(squash))[-1] == "b"
    twin = squash.replace("    This", "This")
    assert list(spoken_lines(twin))[-1] == "This reverts commit 1."


def test_a_fence_in_a_squashed_message_is_a_quotation_still() -> None:
    squash = "Squashed commit of the following:\n\n    ```\n    a\n    ```\n    b"
    assert list(spoken_lines(squash))[2:] == ["b"]

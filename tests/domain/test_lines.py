"""Which lines speak for themselves? Quickly told, whatever somebody wrote."""

from __future__ import annotations

import time

import pytest

from bot.domain.lines import LINE_AT_MOST, clean, fold, readable, spoken_lines


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

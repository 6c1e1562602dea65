"""Platforms tell of changes in words of their own, and some of them are alike."""

from __future__ import annotations

import pytest

from bot.pipelines.told import first_line, is_revision, legible, title

SHA = "4f" * 20


@pytest.mark.parametrize("text", [SHA, "0" * 64])
def test_a_whole_commit_id_is_one(text: str) -> None:
    assert is_revision(text)


@pytest.mark.parametrize(
    "text", ["", "main", SHA[:12], SHA.upper(), f"{SHA}\n", f" {SHA}", SHA + "0", "\u0663" * 40]
)
def test_nothing_else_is(text: str) -> None:
    assert not is_revision(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Retry refunds  \n\nOnce more", "Retry refunds"),
        ("\n \r\n Retry", "Retry"),
        ("a\x00b", "ab"),
        ("x" * 600, "x" * 500),
        ("x" * 499 + " y", "x" * 499),
        ("\x00 \n", ""),
        ("", ""),
    ],
)
def test_a_title_is_a_line(text: str, line: str) -> None:
    assert first_line(text) == line
    assert title(text, SHA) == (line or "Commit 4f4f4f4f4f4f")


@pytest.mark.parametrize(
    "path", ["a\ufffd.py", "a/../b", "./a", "/a", "a//b", "a/", "", "a\u202eb"]
)
def test_a_path_that_rules_cannot_read_is_not_legible(path: str) -> None:
    assert legible("a.py", "b c/d.py")
    assert not legible("a.py", path)

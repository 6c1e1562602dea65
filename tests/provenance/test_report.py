"""Does the report count what was found, and say so if a bar is missed?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.provenance.report import judged, main, report

ROW = {
    "sha": "1" * 40,
    "author": "Jun Ito",
    "author_email": "jun@acme.example.org",
    "committer": "Jun Ito",
    "committer_email": "jun@acme.example.org",
    "message": "Retry refunds",
    "author_date": "2026-11-23T10:00:00+00:00",
    "label": "human",
    "tool": [],
    "ambiguous": False,
    "declared": None,
    "git_note": None,
}
MARKED = {**ROW, "label": "ai", "tool": ["Cursor"], "message": "x\n\nMade-with: Cursor"}
NOTED = {**ROW, "label": "ai", "tool": [], "git_note": {"tools": ["claude"], "ai_lines": 2}}


def written(*rows: object) -> list[str]:
    return [json.dumps(row) for row in rows]


def test_rows_that_are_told_apart_reach_every_bar() -> None:
    text, reached = report(list(judged(written(ROW, MARKED, NOTED))))
    assert reached
    assert "Cursor                  1 of    1, named    1" in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({**MARKED, "label": "human"}, "false alarm"), ({**ROW, "label": "ai"}, "missed")],
)
def test_a_miss_and_a_false_alarm_are_listed(wrong: object, said: str) -> None:
    text, reached = report(list(judged(written(ROW, MARKED, wrong))))
    assert not reached
    assert f"  {said}: " in text


def test_rows_that_are_not_clear_are_left_out() -> None:
    assert not list(judged(written({**ROW, "ambiguous": True})))


def test_the_exit_code_says_whether_the_bars_are_reached(tmp_path: Path) -> None:
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("\n".join(written(ROW, MARKED)))
    assert main([str(labelled)]) == 0
    labelled.write_text("\n".join(written(ROW, {**ROW, "label": "ai"})))
    assert main([str(labelled)]) == 1
    assert main([]) == 2

"""`provenance`: the evidence in a real repository, as a table, in totals and for programs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import provenance
from tests.repositories import Repository, a_repository

Captured = pytest.CaptureFixture[str]

CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("By hand", a_py="one\n")
    made.commit(f"Helped\n\n{CLAUDE}", a_py="two\n")
    return made


def told(repository: Repository, range: str = "HEAD", *, width: int = 300) -> list[str]:
    return list(provenance.described(provenance.judged(repository.path, range), width))


def told_in_json(repository: Repository, capsys: Captured, range: str = "HEAD") -> Any:
    arguments = argparse.Namespace(git=str(repository.path), range=range, json=True)
    assert provenance.run(arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_each_commit_with_evidence_has_its_row(repository: Repository) -> None:
    headings, row, *_, empty, status, tier, tool, count = told(repository)
    sha = repository.git("rev-parse", "HEAD")
    assert headings.split() == ["COMMIT", "DATE", "STATUS", "TOOL", "TIER", "SOURCE", "TEXT"]
    assert row.startswith(f"{sha[:8]}  2026-11-23  assisted  Claude")
    assert row.endswith(CLAUDE)
    assert "declared" in row
    assert empty == ""
    assert status == "status   1 assisted, 1 undeclared"
    assert tier.startswith("tier     ")
    assert tier.endswith(" declared")
    assert tool.startswith("tool     1 Claude")
    assert count == "1 of 2 commits have findings"


def test_without_evidence_there_are_only_totals(repository: Repository) -> None:
    assert told(repository, "HEAD~1") == [
        "status   1 undeclared",
        "tier     none",
        "tool     none",
        "0 of 1 commits have findings",
    ]


def test_a_second_finding_of_a_commit_stands_under_the_first(repository: Repository) -> None:
    repository.commit(f"Twice\n\n{CLAUDE}\nCo-authored-by: Cursor <cursoragent@cursor.com>")
    first, second = told(repository, "HEAD~1..HEAD")[1:3]
    assert first.split()[2] == "assisted"
    assert second.startswith(" " * 30)


def test_what_the_author_of_a_commit_shows_is_said_once(repository: Repository) -> None:
    repository.commit("By a tool", ("Claude", "noreply@anthropic.com"))
    rows = told(repository, "HEAD~1..HEAD")[1:-5]
    assert [row.count("commit author") for row in rows] == [1, 0]
    assert [row.count("committer") for row in rows] == [0, 1]
    assert not any("change author" in row for row in rows)


def test_the_text_is_cut_to_the_width_of_the_terminal(repository: Repository) -> None:
    assert all(len(row) <= 110 for row in told(repository, width=110))
    assert told(repository, width=110)[1].endswith("…")
    assert told(repository, width=300)[1].endswith(CLAUDE)


def test_text_of_a_repository_moves_no_cursor(repository: Repository) -> None:
    repository.commit("Sly\n\nCo-Authored-By: Claude \x1b[2J\u202e <noreply@anthropic.com>")
    whole = "\n".join(told(repository))
    assert "\x1b" not in whole
    assert "\u202e" not in whole
    assert "\\u001b[2J\\u202e" in whole


def test_programs_get_every_commit_and_every_field(
    repository: Repository, capsys: Captured
) -> None:
    answer = told_in_json(repository, capsys)
    helped, by_hand = answer["commits"]
    assert answer["ok"] is True
    assert answer["conventions"]
    assert answer["totals"]["status"] == {"assisted": 1, "undeclared": 1}
    assert helped["sha"] == repository.git("rev-parse", "HEAD")
    assert helped["authored_at"] == "2026-11-23T10:02:00+00:00"
    assert helped["author"] == {"name": "Jun Ito", "email": "jun@acme.example"}
    assert (helped["subject"], helped["status"]) == ("Helped", "assisted")
    finding = helped["findings"][0]
    assert finding["text"] == CLAUDE
    assert finding["revision"] == helped["sha"]
    assert finding["seen_at"] == helped["authored_at"]
    assert {"id", "source", "tool", "tier", "where", "role", "convention", "present"} <= set(
        finding
    )
    assert (by_hand["status"], by_hand["findings"]) == ("undeclared", [])


def test_the_command_prints_the_table(repository: Repository, capsys: Captured) -> None:
    arguments = argparse.Namespace(git=str(repository.path), range="HEAD~1..HEAD", json=False)
    assert provenance.run(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 commits have findings"


def test_what_git_refuses_is_one_sentence_and_exit_1(tmp_path: Path, capsys: Captured) -> None:
    arguments = argparse.Namespace(git=str(tmp_path), range="HEAD", json=False)
    assert provenance.run(arguments) == 1
    refused = capsys.readouterr()
    assert refused.out == ""
    assert refused.err.startswith("there is no git repository in")
    arguments.json = True
    assert provenance.run(arguments) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["problems"][0].startswith("there is no git repository in")

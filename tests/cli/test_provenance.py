"""`provenance`: the evidence in a real repository, as a table, in totals and for programs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import provenance
from bot.config import Misconfigured, conventions
from tests.offline.company import CONFIG
from tests.repositories import Repository, a_repository

Captured = pytest.CaptureFixture[str]

RENOVATE = ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com")
CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("By hand", a_py="one\n")
    made.commit(f"Helped\n\n{CLAUDE}", a_py="two\n")
    return made


def told(repository: Repository, range: str = "HEAD", *, width: int = 300) -> list[str]:
    found = provenance.judged(repository.path, range, conventions.standard())
    return list(provenance.described(found, width))


def arguments(path: Path, range: str = "HEAD", **more: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"git": str(path), "range": range, "config": None, **more})


def told_in_json(
    repository: Repository, capsys: Captured, range: str = "HEAD", *, config: str | None = None
) -> Any:
    assert provenance.run(arguments(repository.path, range, json=True, config=config)) == 0
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


@pytest.mark.parametrize("by", [("Claude", "noreply@anthropic.com"), RENOVATE])
def test_what_one_author_shows_counts_once(
    repository: Repository, capsys: Captured, by: tuple[str, str]
) -> None:
    repository.commit("By a tool", by)
    answer = told_in_json(repository, capsys, "HEAD~1..HEAD")
    found = [(it["tool"], it["text"], it["source"]) for it in answer["commits"][0]["findings"]]
    assert found
    assert len({(tool, text) for tool, text, source in found if source != "committer"}) == len(
        [source for _, _, source in found if source != "committer"]
    )
    assert sum(answer["totals"]["tier"].values()) == len(found)
    assert len(told(repository, "HEAD~1..HEAD")) == 1 + len(found) + 5


# The operator's own conventions.

OWN = "Acme-Helper: yes"
WITH_OWN = f"""{CONFIG}
provenance:
  conventions:
    - {{id: acme-helper, tool: Acme Helper, where: line, pattern: "acme-helper: yes"}}
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    file = tmp_path / "own.yaml"
    file.write_text(WITH_OWN, encoding="utf-8")
    return str(file)


def test_conventions_of_the_config_count_too(
    repository: Repository, capsys: Captured, own: str
) -> None:
    repository.commit(f"Ours\n\n{OWN}\n{CLAUDE}")
    ours = told_in_json(repository, capsys, "HEAD~1..HEAD")
    both = told_in_json(repository, capsys, "HEAD~1..HEAD", config=own)
    assert "Acme Helper" not in ours["totals"]["tool"]
    assert both["totals"]["tool"] == {**ours["totals"]["tool"], "Acme Helper": 1}
    assert ours["conventions"] == conventions.standard().version
    assert both["conventions"].startswith(f"{ours['conventions']}+")


def test_the_config_of_this_folder_counts_where_none_is_named(
    repository: Repository, capsys: Captured, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(own).parent / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    repository.commit(f"Ours\n\n{OWN}")
    assert told_in_json(repository, capsys, "HEAD~1..HEAD")["totals"]["tool"] == {}
    Path(own).rename(folder / "countersign.yaml")
    named = told_in_json(repository, capsys, "HEAD~1..HEAD")["totals"]["tool"]
    assert named == {"Acme Helper": 1}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [(None, "No such file"), (b"\xff", "is not UTF-8"), (b"people: 1", "people")],
    ids=["missing", "no text", "mistakes"],
)
def test_a_config_that_cannot_be_read_is_no_reason_to_go_on_without_it(
    repository: Repository, tmp_path: Path, written: bytes | None, sentence: str
) -> None:
    file = tmp_path / "broken.yaml"
    if written is not None:
        file.write_bytes(written)
    with pytest.raises(Misconfigured) as refused:
        provenance.run(arguments(repository.path, json=False, config=str(file)))
    assert any(sentence in problem for problem in refused.value.problems)


def test_the_command_prints_the_table(repository: Repository, capsys: Captured) -> None:
    assert provenance.run(arguments(repository.path, "HEAD~1..HEAD", json=False)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 commits have findings"


def test_what_git_refuses_is_one_sentence_and_exit_1(tmp_path: Path, capsys: Captured) -> None:
    assert provenance.run(arguments(tmp_path, json=False)) == 1
    refused = capsys.readouterr()
    assert refused.out == ""
    assert refused.err.startswith("there is no git repository in")
    assert provenance.run(arguments(tmp_path, json=True)) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["problems"][0].startswith("there is no git repository in")

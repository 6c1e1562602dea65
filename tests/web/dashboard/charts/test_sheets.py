"""A spreadsheet gets numbers and words, and never a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from bot.web.dashboard.charts.sheets import sheet, table
from tests.web.dashboard.charts.made import ACROSS, LINES, RANGES, STACKED


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_numbers_are_as_they_are() -> None:
    assert sheet(LINES).split("\r\n") == [
        "Week of,Half (seconds),Nine of ten (seconds)",
        "2026-10-26,600,12000",
        "2026-11-02,,",
        "2026-11-09,660,9000",
        "",
    ]
    assert read(sheet(RANGES))[1] == ["AI-assisted", "0.0732", "0.0252", "0.1943", "3", "41"]


def test_the_table_says_the_same_for_people() -> None:
    assert table(LINES)[0] == ["26 Oct", "10 min", "3 h 20 min"]
    assert table(LINES)[1] == ["2 Nov", "–", "–"]
    assert table(RANGES)[0] == ["AI-assisted", "7 %", "3 %", "19 %", "3", "41"]
    assert table(STACKED)[0] == ["2 Nov", "31", "4"]


@pytest.mark.parametrize(
    "name",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1",
        '=HYPERLINK("https://evil.example")', "=cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_no_name_is_computed(name: str) -> None:
    written = read(sheet(replace(ACROSS, rows=((name, 1, 2),))))
    assert written[1] == [f"'{name}", "1", "2"]


@pytest.mark.parametrize("name", ["a=1", "a-b", "x,y", 'say "hi"', "two\nlines", "é", "' quoted"])
def test_ordinary_names_are_themselves(name: str) -> None:
    written = read(sheet(replace(ACROSS, rows=((name, 1, 2),))))
    assert written[1] == [name, "1", "2"]

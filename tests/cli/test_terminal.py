"""terminal: nothing from outside moves the cursor, and a table fits."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zo\u00eb \u4e2d\u6587", "Zo\u00eb \u4e2d\u6587"),
        ("red \x1b[31m", "red \\u001b[31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("two\nlines\r\tand", "two\\nlines\\r\\tand"),
        ("no\u200bwidth", "no\\u200bwidth"),
        ("\x9b31m", "\\u009b31m"),
        ("blank\u2800", "blank\\u2800"),
        ("\U000e0041", "\\U000e0041"),
        ("a\ud800", "a\\ud800"),
        ("o\u0301", "o\u0301"),
        ("o" + "\u0301" * 6, "o" + "\u0301" * 4 + "\\u0301" * 2),
    ],
)
def test_what_nobody_sees_is_spelt_out(text: str, shown: str) -> None:
    assert terminal.escaped(text) == shown


@given(st.text())
def test_no_text_keeps_a_control_or_format_character(text: str) -> None:
    shown = terminal.escaped(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_text_fits_its_columns(text: str, width: int) -> None:
    assert terminal.columns(terminal.fitted(terminal.escaped(text), width)) <= width


def test_a_cut_is_marked() -> None:
    assert terminal.fitted("abcdef", 6) == "abcdef"
    assert terminal.fitted("abcdef", 5) == "abcd…"
    assert terminal.fitted("\u4e2d\u6587\u4e2d", 4) == "\u4e2d…"


def test_columns_stand_one_below_another_however_wide_their_letters_are() -> None:
    rows = [["NAME", "N", "TEXT"], ["\u4e2d\u6587\u4e2d", "1", "x" * 60], ["a\x1b", "22", "y"]]
    assert terminal.table(rows, 40) == [
        "NAME     N   TEXT",
        "\u4e2d\u6587\u4e2d   1   " + "x" * 26 + "…",
        "a\\u001b  22  y",
    ]


def test_when_nobody_reads_on_it_stops_quietly() -> None:
    script = "from bot.cli import terminal; terminal.tell(str(n) * 100 for n in range(100_000))"
    whole = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert whole.stdout is not None
    assert whole.stderr is not None
    assert whole.stdout.readline() == b"0" * 100 + b"\n"
    whole.stdout.close()
    assert whole.stderr.read() == b""
    whole.stderr.close()
    assert whole.wait() == 0


def test_what_the_terminal_cannot_write_is_replaced() -> None:
    script = "from bot.cli import terminal; terminal.tell(['caf\\u00e9'])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env={"PYTHONIOENCODING": "ascii"}
    )  # fmt: skip
    assert done.stdout == b"caf?\n"

"""Retry-After is believed, up to an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipelines.answers import LONGEST_PAUSE, retry_after, succeeded
from tests.pipelines.signoffs import NOON


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("3601", LONGEST_PAUSE),
        ("9" * 50, LONGEST_PAUSE),
        ("Sat, 21 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Sat, 21 Nov 2026 12:05:00 -0000", timedelta(minutes=5)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Sat, 21 Nov 2037 12:05:00 GMT", LONGEST_PAUSE),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0661\u0662", None),
    ],
)
def test_a_pause_is_read(said: str, pause: timedelta | None) -> None:
    assert retry_after({"retry-after": said}, NOON) == pause


@given(said=st.text() | st.text("0123456789 ,:-+GMTSatNov"))
def test_any_header_is_a_pause_of_an_hour_at_most_or_none(said: str) -> None:
    pause = retry_after({"retry-after": said}, NOON)
    assert pause is None or timedelta(0) <= pause <= LONGEST_PAUSE


def test_only_two_hundreds_are_success() -> None:
    assert [status for status in range(100, 600) if succeeded(status)] == list(range(200, 300))

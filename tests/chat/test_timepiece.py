"""What an answer of Slack's says of our own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.chat.slack.timepiece import Timepiece
from tests.chat.house import House

ASKED = datetime(2026, 11, 23, 10, 0, 0, 700_000, tzinfo=UTC)


def heard(said: object, took: float = 0.2) -> float | None:
    timepiece = Timepiece(clock=lambda: ASKED + timedelta(seconds=took))
    timepiece.heard({"Date": said}, ASKED)
    return timepiece.offset


def dated(ahead: float) -> str:
    """As Slack writes it, whose clock is so many seconds ahead of ours."""
    return format_datetime(ASKED + timedelta(seconds=ahead), usegmt=True)


@pytest.mark.parametrize(
    ("ahead", "took", "offset"),
    [
        (0, 0.2, 0),
        (0, 9.0, 0),
        (4, 9.0, 0),
        (-0.5, 0.2, 0),
        (60, 0.2, 59.1),
        (-60, 0.2, -59.7),
        (7200, 9.0, 7190.3),
    ],
)
def test_it_is_wrong_by_what_no_way_of_the_answer_explains(
    ahead: float, took: float, offset: float
) -> None:
    assert heard(dated(ahead), took) == pytest.approx(offset)


@pytest.mark.parametrize("said", [None, "", "soon", "9" * 400, 7, "Mon, 99 Nov 9999 00:00:00 GMT"])
def test_what_is_no_date_says_nothing(said: object) -> None:
    assert heard(said) is None


def test_nor_does_an_answer_without_headers() -> None:
    timepiece = Timepiece()
    timepiece.heard(None, ASKED)
    assert timepiece.offset is None


async def test_every_answer_of_slacks_is_looked_at(house: House) -> None:
    await house.ask()
    assert house.room.timepiece.offset == 0
    house.slack.ahead = 60
    await house.ask(key="another", repository="acme/payments-web")
    assert house.room.timepiece.offset == pytest.approx(60, abs=1)

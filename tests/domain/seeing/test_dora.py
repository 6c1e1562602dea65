"""DORA's arithmetic, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.seeing.dora import Lead, leads_of, restored_in

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = 3600


def a_lead(before: int = 1, waiting: int = 2, after: int = 3) -> Lead:
    """Hours of each part."""
    return Lead(before * HOUR, waiting * HOUR, after * HOUR)


def test_the_parts_add_up() -> None:
    assert a_lead(10, 2, 4).whole == 16 * HOUR


def test_the_wait_for_sign_off_is_told_apart() -> None:
    found = leads_of(a_lead(waiting=it) for it in (1, 2, 3, 4, 20))
    assert (found.of, found.before, found.waiting, found.after) == (5, HOUR, 3 * HOUR, 3 * HOUR)
    assert found.whole == 7 * HOUR
    assert found.shares == (5 / 50, 30 / 50, 15 / 50)


def test_too_few_have_no_median() -> None:
    found = leads_of([a_lead()] * 4)
    assert (found.of, found.whole, found.shares) == (4, None, None)
    assert leads_of([a_lead()] * 5).whole == 6 * HOUR


def test_of_no_time_there_are_no_shares() -> None:
    assert leads_of([Lead(0, 0, 0)] * 5).shares is None


def test_how_long_it_took_until_all_was_well() -> None:
    over = [(AT, AT + timedelta(hours=it)) for it in (1, 2, 3, 4, 50)]
    assert restored_in([*over, (AT, None)]) == (5, 3 * HOUR)
    assert restored_in([(AT, None)]) == (0, None)

"""Are the shifts of a calendar found, and hostile calendars refused in time?"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.asking.rota import Shift
from bot.rotas import Unreadable
from bot.rotas.ical import EVENTS_AT_MOST, LINE_AT_MOST, REPEATING_AT_MOST, TEXT_AT_MOST, shifts

PEOPLE = {"ada@acme.example": "ada", "Ada Park": "ada", "grace@acme.example": "grace"}
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

TIMES = "DTSTART:20261102T090000Z\nDTEND:20261109T090000Z"
ADA = "SUMMARY:Ada Park"


def an_event(*lines: str, uid: str = "one") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def a_calendar(*events: str, head: str = "X-WR-CALNAME:Payments") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//acme//rota//EN", head, *events]
    return "\r\n".join("\n".join([*lines, "END:VCALENDAR", ""]).split("\n"))


def read(*events: str, head: str = "X-WR-CALNAME:Payments") -> tuple[Shift, ...]:
    return shifts(a_calendar(*events, head=head), SINCE, UNTIL, PEOPLE.get)


def utc(day: int, hour: int = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def spans(found: tuple[Shift, ...]) -> list[tuple[datetime | None, datetime | None]]:
    return [(shift.start, shift.end) for shift in found]


ONE_WEEK = (Shift(person="ada", start=utc(2), end=utc(9)),)


# Who.


@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY:Ada Park",),
        ("SUMMARY:On call: Ada Park",),
        ("SUMMARY:Ada Park - payments primary",),
        ("SUMMARY:On call (ada@acme.example)",),
        ("SUMMARY:Ada Park [primary]",),
        ("SUMMARY:[on call] Ada Park <park@home.example>",),
        ("SUMMARY:On\n  call: Ada\n  Park",),
        ("SUMMARY:Payments", "ATTENDEE:mailto:ada@acme.example"),
        ("SUMMARY:Payments", "ATTENDEE;CN=Ada Park:MAILTO:private@home.example"),
        ("SUMMARY:grace@acme.example", "ATTENDEE:mailto:ada@acme.example"),
        ("SUMMARY:Ada Park", "ATTENDEE:mailto:room@acme.example"),
    ],
    ids=[
        "summary", "after a colon", "before a dash", "in brackets", "before brackets",
        "between brackets", "folded",
        "attendee", "attendee's name", "attendee before summary", "unknown attendee",
    ],
)  # fmt: skip
def test_the_person_is_found(lines: tuple[str, ...]) -> None:
    assert read(an_event(TIMES, *lines)) == ONE_WEEK


def test_two_may_share_a_shift() -> None:
    both = an_event(TIMES, "SUMMARY:Ada Park, grace@acme.example")
    assert [shift.person for shift in read(both)] == ["ada", "grace"]


def test_whoever_declined_is_not_on_call() -> None:
    declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:grace@acme.example"
    event = an_event(TIMES, "SUMMARY:Payments", "ATTENDEE:mailto:ada@acme.example", declined)
    assert read(event) == ONE_WEEK


def test_whom_nobody_knows_is_left_out_whatever_else_the_event_says() -> None:
    lunch = an_event("DTSTART:20261102T120000Z", "RRULE:FREQ=SECONDLY", "SUMMARY:Lunch", uid="two")
    assert read(an_event(TIMES, ADA), lunch) == ONE_WEEK


# When.


def test_a_shift_every_week_comes_again() -> None:
    times = "DTSTART:20260105T090000Z\nDTEND:20260105T170000Z\nRRULE:FREQ=WEEKLY"
    days = (2, 9, 16, 23, 30)
    assert spans(read(an_event(times, ADA))) == [(utc(d), utc(d, 17)) for d in days]


def test_it_comes_again_by_the_clocks_of_its_zone() -> None:
    times = (
        "DTSTART;TZID=Europe/London:20261005T090000\nDTEND;TZID=Europe/London:20261012T090000\n"
        "RRULE:FREQ=WEEKLY;INTERVAL=2"
    )
    # 5 October is in summer time, when nine in London is eight in UTC; November is not.
    november = [(utc(2), utc(9)), (utc(16), utc(23)), (utc(30), utc(7, month=12))]
    assert spans(read(an_event(times, ADA))) == november
    october = shifts(a_calendar(an_event(times, ADA)), utc(1, month=10), SINCE, PEOPLE.get)
    assert spans(october)[0] == (utc(5, 8, month=10), utc(12, 8, month=10))


def test_what_is_left_out_and_what_is_moved() -> None:
    times = "DTSTART:20261102T090000Z\nDTEND:20261102T170000Z\nRRULE:FREQ=WEEKLY;COUNT=3"
    without = an_event(times, ADA, "EXDATE:20261109T090000Z")
    moved = an_event(
        "RECURRENCE-ID:20261116T090000Z\nDTSTART:20261117T090000Z\nDTEND:20261117T170000Z", ADA
    )
    assert spans(read(without, moved)) == [(utc(2), utc(2, 17)), (utc(17), utc(17, 17))]


def test_somebody_else_takes_over_one_shift_even_somebody_nobody_knows() -> None:
    times = "DTSTART:20261102T090000Z\nDTEND:20261102T170000Z\nRRULE:FREQ=WEEKLY;COUNT=2"
    swap = "RECURRENCE-ID:20261109T090000Z\nDTSTART:20261109T090000Z\nDTEND:20261109T170000Z"
    known = read(an_event(times, ADA), an_event(swap, "SUMMARY:grace@acme.example"))
    assert [shift.person for shift in known] == ["ada", "grace"]
    unknown = read(an_event(times, ADA), an_event(swap, "SUMMARY:Stranger"))
    assert spans(unknown) == [(utc(2), utc(2, 17))]


def test_a_day_is_a_day_where_the_calendar_is_at_home() -> None:
    days = "DTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261104"
    assert spans(read(an_event(days, ADA))) == [(utc(2, 0), utc(4, 0))]
    tokyo = read(an_event(days, ADA), head="X-WR-TIMEZONE:Asia/Tokyo")
    assert spans(tokyo) == [(utc(1, 15), utc(3, 15))]


def test_a_day_without_an_end_lasts_a_day_and_a_moment_without_one_is_no_shift() -> None:
    assert spans(read(an_event("DTSTART;VALUE=DATE:20261102", ADA))) == [(utc(2, 0), utc(3, 0))]
    assert read(an_event("DTSTART:20261102T090000Z", ADA)) == ()


def test_a_shift_may_say_how_long_it_is() -> None:
    assert read(an_event("DTSTART:20261102T090000Z", "DURATION:P7D", ADA)) == ONE_WEEK


def test_clocks_without_a_zone_tick_where_the_calendar_is_at_home() -> None:
    times = "DTSTART:20261102T180000\nDTEND:20261109T180000"
    assert read(an_event(times, ADA), head="X-WR-TIMEZONE:Asia/Tokyo") == ONE_WEEK
    utc_times = times.replace("T18", "T09")
    assert read(an_event(utc_times, ADA)) == ONE_WEEK


def test_only_what_touches_the_span_is_told() -> None:
    before = "DTSTART:20261025T000000Z\nDTEND:20261101T000000Z"
    into = "DTSTART:20261025T000000Z\nDTEND:20261101T000001Z"
    assert read(an_event(before, ADA)) == ()
    assert len(read(an_event(into, ADA))) == 1


def test_what_was_cancelled_is_no_shift() -> None:
    assert read(an_event(TIMES, ADA, "STATUS:CONFIRMED")) == ONE_WEEK
    assert read(an_event(TIMES, ADA, "STATUS:CANCELLED")) == ()


def test_alarms_and_descriptions_are_not_read() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:-PT1H\nDTSTART:odd\nSUMMARY:odd\nEND:VALARM"
    assert read(an_event(TIMES, "DESCRIPTION:odd", alarm, ADA)) == ONE_WEEK


# What is odd.

ODD = [
    (TIMES, "RRULE:FREQ=YEARLY"),
    (TIMES, "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2"),
    (TIMES, "RRULE:FREQ=MONTHLY;BYDAY=5MO"),
    (TIMES, "RRULE:FREQ=SECONDLY"),
    (TIMES, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"),
    (TIMES, "RRULE:FREQ=DAILY;COUNT=2", "RDATE;VALUE=PERIOD:20261102T090000Z/P99999999W"),
    ("DTSTART:tomorrow",),
    ("DTEND:20261102T090000Z",),
    ("DTSTART;TZID=Acme/Attic:20261102T090000",),
    ("DTSTART:20261102T090000Z", "DTEND:20261101T090000Z"),
]


@pytest.mark.parametrize("lines", ODD)
def test_one_odd_event_takes_no_other_with_it(lines: tuple[str, ...]) -> None:
    grace = "SUMMARY:grace@acme.example"
    with suppress(Unreadable):
        assert read(an_event(*lines, grace)) == ()
    assert read(an_event(*lines, grace), an_event(TIMES, ADA, uid="two")) == ONE_WEEK
    assert read(an_event(TIMES, ADA, uid="two"), an_event(*lines, grace)) == ONE_WEEK


def test_with_an_odd_event_goes_all_that_was_changed_about_it() -> None:
    weekly = an_event("DTSTART:20261102T090000Z", "DURATION:PT8H", "RRULE:FREQ=WEEKLY", ADA)
    swap = ("DTSTART:20261109T090000Z", "DURATION:PT8H", "SUMMARY:grace@acme.example")
    other = an_event(TIMES, ADA, uid="two")
    fine = read(weekly, an_event("RECURRENCE-ID:20261109T090000Z", *swap), other)
    assert [shift.person for shift in fine].count("grace") == 1
    odd = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261109T090000Z"
    assert read(weekly, an_event(odd, *swap), other) == ONE_WEEK


def test_events_without_a_uid_have_nothing_to_do_with_each_other() -> None:
    fine = "\n".join(["BEGIN:VEVENT", TIMES, ADA, "END:VEVENT"])
    odd = fine.replace(TIMES, f"{TIMES}\nRRULE:FREQ=YEARLY")
    assert read(fine, odd) == read(odd, fine) == ONE_WEEK


# What is refused.


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;BYDAY=MO,TU", "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
    "FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=WEEKLY;UNTIL=20270101T000000Z",
])  # fmt: skip
def test_plain_rules_are_read(rule: str) -> None:
    assert read(an_event(TIMES, f"RRULE:{rule}", ADA))


@pytest.mark.parametrize("rule", [
    "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=YEARLY", "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=-1", "FREQ=WEEKLY;INTERVAL=9999", "FREQ=DAILY;BYHOUR=1,2,3",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=WEEKLY;BYDAY=1MO",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYDAY=9MO",
    "FREQ=WEEKLY;COUNT=99999999",
])  # fmt: skip
def test_rules_that_could_take_for_ever_are_refused_at_once(rule: str) -> None:
    begun = monotonic()
    with pytest.raises(Unreadable):
        read(an_event(TIMES, f"RRULE:{rule}", ADA))
    assert monotonic() - begun < 1


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("DTSTART:20261102T090000Z", "DTEND:20261101T090000Z"), "ends before it begins"),
        (("DTSTART:20251102T090000Z", "DTEND:20270102T090000Z"), "longer than 400 days"),
        (("DTSTART:20261102T090000Z", "DTEND:99991231T090000Z"), "DTEND is not in the years"),
        (("DTSTART:00010101T090000Z",), "DTSTART is not in the years"),
        (("DTSTART;TZID=Acme/Attic:20261102T090000",), "a time zone that nobody knows"),
        ((TIMES, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "cannot be read"),
        ((TIMES, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261102T090000Z"), "all that come after"),
        (("DTSTART:tomorrow",), "cannot be read"),
        (("DTSTART;TZID=Europe:20261102T090000",), "cannot be read"),
        (("DTEND:20261102T090000Z",), "cannot be read"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(lines: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(an_event(*lines, ADA))


def test_a_zone_of_the_calendars_own_making_is_not_believed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Attic\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE"
    )
    event = an_event("DTSTART;TZID=Attic:20261102T090000", ADA)
    with pytest.raises(Unreadable, match="a time zone that nobody knows"):
        read(zone, event)


@pytest.mark.parametrize("text", [
    "", "<html>not found</html>", "BEGIN:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT", "\0", "\ud800",
    a_calendar() + a_calendar(), a_calendar(head="X-WR-TIMEZONE:Acme/Attic"),
])  # fmt: skip
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        shifts(text, SINCE, UNTIL, PEOPLE.get)


def test_there_are_limits() -> None:
    with pytest.raises(Unreadable, match="characters"):
        read("X:" + "x" * TEXT_AT_MOST)
    with pytest.raises(Unreadable, match="a line has more"):
        read("X:" + "x\n " * LINE_AT_MOST)
    with pytest.raises(Unreadable, match="events"):
        read(*[an_event()] * (EVENTS_AT_MOST + 1))
    again = [
        an_event(TIMES, "RRULE:FREQ=WEEKLY", ADA, uid=str(n)) for n in range(REPEATING_AT_MOST + 1)
    ]
    assert read(*again[1:])
    with pytest.raises(Unreadable, match="repeat"):
        read(*again)
    with pytest.raises(Unreadable, match="400 days"):
        shifts(a_calendar(), SINCE, SINCE + timedelta(days=401), PEOPLE.get)


@pytest.mark.parametrize(
    "part", ["\n", "\r\n ", "x\n", "BEGIN:VEVENT\n", "END:VEVENT\n", ";", '"', ":"]
)
def test_a_long_hostile_text_is_read_in_no_time(part: str) -> None:
    begun = monotonic()
    with suppress(Unreadable):
        shifts(part * (TEXT_AT_MOST // len(part)), SINCE, UNTIL, PEOPLE.get)
    assert monotonic() - begun < 5


_VALUES = st.sampled_from([
    "", "20261102T090000Z", "20261102", "20261109T090000", "P1W", "-P1D", "P99999999W", "PT0S",
    "FREQ=WEEKLY", "FREQ=DAILY;UNTIL=20261110", "FREQ=WEEKLY;COUNT=0", "FREQ=", "FREQ=DAILY;UNTIL=x",
    "Ada Park", "mailto:ada@acme.example", "99999999T999999Z", "20261102T090000Z/P1D", "CANCELLED", "-1",
]) | st.text(max_size=10)  # fmt: skip
_NAMES = st.sampled_from([
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID", "SUMMARY",
    "ATTENDEE", "SEQUENCE", "STATUS", "DTSTART;VALUE=DATE", "DTSTART;TZID=Europe/London",
    "RDATE;VALUE=PERIOD", "EXDATE;VALUE=DATE", "ATTENDEE;PARTSTAT=DECLINED;CN=Ada Park", "BEGIN", "END",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(lines=st.lists(st.builds("{}:{}".format, _NAMES, _VALUES), max_size=6))
def test_whatever_stands_in_an_event_is_read_or_refused(lines: list[str]) -> None:
    with suppress(Unreadable):
        for shift in read(an_event(TIMES, ADA), an_event(ADA, *lines, uid="two")):
            assert shift.start is not None
            assert shift.end is not None
            assert shift.end > SINCE
            assert shift.start < min(shift.end, UNTIL)

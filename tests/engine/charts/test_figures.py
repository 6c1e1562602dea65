"""What each figure says of sums that one can add up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.domain.seeing.dora import Lead, leads_of
from bot.domain.seeing.question import Question, day_of, week_of
from bot.domain.seeing.sums import OTHERS, Sums, with_others
from bot.engine.charts import outcomes, policy, speed, work

TODAY = date(2026, 11, 18)
"""A Wednesday: its week began on the 16th."""

ASKED = Question(name="", today=TODAY, weeks=4)
WEEK = ASKED.last_week
MINUTE, HOUR = 60, 3600


def times(*minutes: int, day: date = date(2026, 11, 10)) -> list[tuple[int, int]]:
    return [(day_of(day), it * MINUTE) for it in minutes]


def test_weeks_are_whole_and_the_last_is_running() -> None:
    assert [monday for _, monday in ASKED.each_week()] == [
        date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)
    ]  # fmt: skip
    assert (ASKED.since_day, ASKED.until_day) == (
        day_of(date(2026, 10, 26)),
        day_of(date(2026, 11, 22)),
    )
    assert ASKED.since == datetime(2026, 10, 26, tzinfo=UTC)
    assert ASKED.lately == datetime(2026, 11, 12, tzinfo=UTC)
    for day in (date(2026, 11, 16), TODAY, date(2026, 11, 22)):
        assert week_of(day_of(day)) == WEEK
        assert replace(ASKED, today=day).since_day == ASKED.since_day
    assert week_of(day_of(date(2026, 11, 15))) == WEEK - 1


def test_a_wait_belongs_to_the_first_bound_that_it_is_within() -> None:
    chart = speed.waits(times(5, 6, 15, 60, 61, 241, 481, 1441, 4321), ASKED)
    assert [row[1] for row in chart.rows] == [1, 2, 1, 1, 1, 1, 1, 1]
    assert chart.sentence == (
        "Half of 9 decisions took no more than 1 h 1 min; nine of ten no more than 3 d 1 h."
    )
    assert chart.too_few == ""
    assert speed.waits(times(1, 2, 3, 4), ASKED).too_few == speed.TOO_FEW


def test_a_week_of_too_few_is_a_gap() -> None:
    before = times(1, 2, 3, 4, day=date(2026, 11, 3))
    chart = speed.pace([*before, *times(10, 20, 30, 40, 600)], ASKED)
    assert [row[1:] for row in chart.rows] == [
        (None, None, 0), (None, None, 4), (30 * MINUTE, 600 * MINUTE, 5), (None, None, 0)
    ]  # fmt: skip
    assert "Of 5 decisions of the last whole week half took no more than 30 min" in chart.sentence
    assert "too few" in speed.pace(before, ASKED).sentence


def test_in_time_has_its_counts_and_how_sure_it_is() -> None:
    chart = speed.in_time({WEEK - 1: Sums(in_time=38, due=41), WEEK: Sums(in_time=4, due=4)}, ASKED)
    share, hits, of, low, high = chart.rows[2][1:]
    assert (hits, of) == (38, 41)
    assert isinstance(share, float)
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert round(share, 3) == 0.927
    assert (round(low, 4), round(high, 4)) == (1 - 0.1943, 1 - 0.0252)
    assert chart.rows[3][1:] == (None, 4, 4, None, None)
    assert chart.sentence.startswith("42 of 45 were decided before they expired: 93 %, likely")


def test_ai_is_three_classes_and_unknown_is_never_human() -> None:
    by_ai = {
        "assisted": Sums(opened=10, not_required=1), "contradicted": Sums(opened=2),
        "declared_human": Sums(opened=7), "undeclared": Sums(opened=5), "suspected": Sums(opened=1),
        "automation": Sums(opened=30),
    }  # fmt: skip
    chart = speed.funnel(by_ai, ASKED)
    assert [it.name for it in chart.columns] == [
        "Step", "AI-assisted", "Said to be without", "Unknown", "Automation"
    ]  # fmt: skip
    assert chart.rows[0] == ("Opened", 12, 7, 6, 30)
    assert chart.rows[1] == ("Put to people", 11, 7, 6, 30)
    assert chart.marks == (1, 2, 3)
    assert "54 of 55 changes were put to people" in chart.sentence
    assert speed.funnel({}, ASKED).too_few


def test_hours_are_told_beside_those_of_a_usual_week() -> None:
    weeks = {WEEK - 3: 10, WEEK - 2: 10, WEEK - 1: 31, WEEK: 2}
    chart = work.hours({week: Sums(looked=it * HOUR) for week, it in weeks.items()}, ASKED)
    assert (
        chart.sentence
        == "About 31 h in the last whole week, 21 h more than in a usual week before."
    )
    level = work.hours({week: Sums(looked=10 * HOUR) for week in weeks}, ASKED)
    assert level.sentence.endswith("as much as in the weeks before.")
    assert work.hours({}, ASKED).too_few


def test_tools_of_few_stand_together() -> None:
    by_tool = {
        "copilot": Sums(approved=30, rejected=8, expired=2), "rare": Sums(approved=2),
        "rarer": Sums(rejected=1), "open": Sums(opened=9),
    }  # fmt: skip
    chart = work.tools(by_tool, ASKED)
    assert [row[0] for row in chart.rows] == ["copilot", OTHERS]
    assert chart.rows[0][1:7] == (0.75, 0.2, 0.05, 30, 8, 2)
    assert chart.rows[1][4:7] == (2, 1, 0)
    assert chart.sentence.startswith("copilot: 8 of 40 were rejected: 20 %, likely between")


def test_a_name_that_says_others_is_among_them() -> None:
    found = with_others({OTHERS: Sums(shipped=90), "few": Sums(shipped=2)}, 20, "shipped")
    assert found == [(OTHERS, Sums(shipped=92))]


def test_load_is_a_number_and_no_time() -> None:
    chart = work.load({"ada": (3, 9), "jun": (0, 4)}, ASKED)
    assert chart.rows == (("ada", 3, 9), ("jun", 0, 4))
    assert chart.sentence == "3 questions now wait for 1 person; 13 questions in seven days."
    assert work.load({}, ASKED).too_few


def test_what_a_rule_caught_and_cost() -> None:
    by_rule = {
        "idle": Sums(opened=96, looked=8 * HOUR), "good": Sums(opened=20, rejected=4, looked=HOUR),
        "gone": Sums(),
    }  # fmt: skip
    found = policy.costs(by_rule, {"idle": Sums(opened=90)})
    chart = policy.rules(found, ASKED)
    assert [row[:5] for row in chart.rows] == [
        ("idle", 96, 0, 90, 8 * HOUR), ("good", 20, 4, 0, HOUR)
    ]  # fmt: skip
    assert chart.sentence == (
        "“idle” applied 96 times and caught 0. 1 that applied 20 times or more caught nothing."
    )
    assert policy.rule_hours(found, ASKED).sentence == "“idle” cost about 8 h, and caught 0."


def test_two_rates_are_compared_and_nothing_more_is_said() -> None:
    by_ai = {"assisted": Sums(shipped=41, failed=3), "declared_human": Sums(shipped=50, failed=2)}
    chart = outcomes.failures(by_ai, ASKED)
    assert chart.sentence == (
        "AI-assisted: 3 of 41 failed: 7 %, likely between 3 and 19 %."
        " Said to be without: 2 of 50 failed: 4 %, likely between 1 and 13 %. This may be chance."
    )
    assert [row[4:] for row in chart.rows] == [(3, 41), (2, 50), (0, 0), (0, 0)]
    assert chart.rows[2][1:4] == (None, None, None)
    many = {
        "assisted": Sums(shipped=900, failed=300),
        "declared_human": Sums(shipped=900, failed=9),
    }
    assert outcomes.failures(many, ASKED).sentence.endswith("chance. It does not say why.")
    assert outcomes.failures({}, ASKED).too_few


def test_what_was_decided_quickly_beside_what_was_not() -> None:
    ended = [(60, 1, 1), (60, 1, 0), (90_000, 1, 0)]
    chart = outcomes.time_and_outcome(ended, ASKED)
    assert chart.rows[0][4:] == (1, 2)
    assert chart.rows[6][4:] == (0, 1)
    assert chart.sentence.startswith("Decided within an hour: 1 of 2 failed: 50 %")


def test_what_slipped_through() -> None:
    sums = {"canary": Sums(shipped=40, failed=4), "rare": Sums(shipped=19, failed=1)}
    chart = outcomes.escapes("rule", sums, ASKED)
    assert [(row[0], *row[4:]) for row in chart.rows] == [("canary", 4, 40), (OTHERS, 1, 19)]
    assert chart.sentence.startswith("Most often with canary: 4 of 40 failed: 10 %")
    assert outcomes.escapes("rule", {}, ASKED).too_few


def test_the_four_keys_and_the_wait_as_a_part() -> None:
    at = datetime(2026, 11, 10, tzinfo=UTC)
    one = Lead(HOUR, 3 * HOUR, 6 * HOUR)
    over = [(at, at + timedelta(hours=2))] * 5
    weekly = {WEEK: (3, 1, 0), WEEK - 1: (38, 0, 3)}
    chart = outcomes.keys(weekly, leads_of([one] * 6), over, ASKED)
    assert chart.rows[2:] == ((date(2026, 11, 9), 38, 0, 3), (date(2026, 11, 16), 3, 1, 0))
    assert chart.sentence == (
        "42 deployments in 4 weeks. Lead time: half of 6 no more than 10 h. 3 of 41 failed: 7 %,"
        " likely between 3 and 19 %. Half of 5 incidents were over within 2 h."
    )
    lead = outcomes.lead([one] * 6, ASKED)
    assert [row[1:] for row in lead.rows] == [(HOUR, 0.1), (3 * HOUR, 0.3), (6 * HOUR, 0.6)]
    assert "The wait for sign-off is 30 % of all that time." in lead.sentence
    assert outcomes.keys({}, leads_of([]), [], ASKED).too_few
    assert outcomes.lead([one] * 4, ASKED).too_few

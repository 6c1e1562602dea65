"""What is typed after /signoff: is it read as it was meant, whatever it is?"""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.commands.deeds import Passing, passing_in
from bot.chat.slack.commands.figures import Period, asked, told
from bot.chat.slack.commands.leave import Plan, plan_of
from bot.chat.slack.commands.words import (
    WORDS,
    Wish,
    group_in,
    name_in,
    nearest_groups,
    nearest_word,
    readable,
    understood,
)
from bot.domain.figures import figures_of
from bot.domain.signoff import Status
from bot.engine.figures import Counted
from tests.builders import NOW, PAYMENTS, ROSTER, a_group, a_person, a_roster
from tests.chat.house import words_in
from tests.domain.test_figures import a_case

ADA = ROSTER.people["ada"]


@pytest.mark.parametrize(
    ("text", "verb", "rest", "share"),
    [
        ("", "mine", "", False),
        ("   ", "mine", "", False),
        ("--share", "mine", "", True),
        ("status", "status", "", False),
        ("STATUS  sgn_1 ", "status", "sgn_1", False),
        ("status\tsgn_1", "status", "sgn_1", False),
        ("status\u00a0sgn_1", "status", "sgn_1", False),
        ("why sgn_1", "explain", "sgn_1", False),
        ("back", "away", "back", False),
        ("status --share sgn_1", "status", "sgn_1", True),
        ("status sgn_1 —share", "status", "sgn_1", True),
        ("status sgn_1--share", "status", "sgn_1--share", False),
        ("status --shared", "status", "--shared", False),
        ("sgn_1", "", "", False),
    ],
)
def test_words_become_a_wish(text: str, verb: str, rest: str, share: bool) -> None:
    wish = understood(text)
    assert (wish.verb, wish.rest, wish.share) == (verb, rest, share)


def test_what_was_said_is_kept_where_it_is_no_command() -> None:
    assert understood("frobnicate it --share") == Wish(
        verb="", rest="it", said="frobnicate it", share=True
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("statsu", "status"), ("qeue", "queue"), ("hsitory", "history"), ("delgate", "delegate"),
     ("bakc", "away back"), ("vacaton", "away"), ("zzz", "")],
)  # fmt: skip
def test_the_nearest_command_is_meant(typed: str, meant: str) -> None:
    assert nearest_word(typed) == meant


def test_what_slack_escaped_is_read_as_it_was_written() -> None:
    assert readable("a &lt;b&gt; &amp;amp; <@U0ADA|ada> <#C0PAY|pay> <@U0ADA>") == (
        "a <b> &amp; @ada #pay @U0ADA"
    )


def test_a_mention_that_was_only_typed_out_is_none() -> None:
    """Slack escapes it: nobody can make it look as if they had chosen somebody."""
    assert passing_in("1 &lt;@U0GRACE&gt; please") == (
        "To whom? Say the sign-off, then the person, then why."
    )
    assert passing_in("1 <@U0GRACE> please") == Passing(name="1", to="U0GRACE", reason="please")


@pytest.mark.parametrize("typed", [" `sgn_1` ", '"sgn_1"', "\u2018sgn_1\u2019,", "sgn_1;"])
def test_quotation_marks_around_a_name_are_left_off(typed: str) -> None:
    assert name_in(typed) == "sgn_1"


def test_a_group_is_known_by_what_slack_calls_it() -> None:
    group = a_group("core", "ada", slack_usergroup="S0CORE")
    roster = a_roster([a_person("ada")], [group])
    assert group_in("<!subteam^S0CORE|@core-team>", roster) == group
    assert group_in("<!subteam^S0OTHER|@core>", roster) is None
    assert group_in("@core", roster) == group


@pytest.mark.parametrize("typed", ["", "<#C0NOPE>", "   ", "#"])
def test_no_group_is_known_by_no_name(typed: str) -> None:
    nameless = a_roster([], [a_group("core")])
    assert group_in(typed, nameless) is None


def test_the_nearest_groups_are_those_written_nearly_so_or_that_hold_the_word() -> None:
    assert nearest_groups("payments", ROSTER) == [PAYMENTS]
    assert nearest_groups("pa", ROSTER) == []


def test_figures_of_a_part_say_of_how_many_it_is_one() -> None:
    figures = figures_of([a_case(opened_at=NOW)] * 5)
    part = Counted(since=NOW, opened=83_112, looked_at=5_000, figures=figures)
    whole = Counted(since=NOW, opened=5, looked_at=5, figures=figures)
    assert ", of the newest 5,000 of all 83,112." in words_in(told(part, "").blocks)
    assert "newest" not in words_in(told(whole, "").blocks)


def test_a_share_is_never_rounded_up_to_all() -> None:
    cases = [*[a_case()] * 999, a_case(Status.EXPIRED)]
    counted = Counted(since=NOW, opened=1000, looked_at=1000, figures=figures_of(cases))
    assert "Decided in time, not expired  99 %" in words_in(told(counted, "").blocks)


_ANY = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.one_of(
            st.sampled_from([*WORDS, "<@U0ADA>", "<@U1|x>", "@ada", "@", "1d", "2026-02-30", "since",
                             "0w", "99999d", "9999-12-31", "0001-01-01", "deputy", "until"]),
            st.text(max_size=8),
        ),
        max_size=8,
    ).map(" ".join),
)  # fmt: skip


@given(text=_ANY)
def test_whatever_is_typed_can_be_read(text: str) -> None:
    wish = understood(text)
    assert wish.verb in {"", *WORDS.values()} - {"back"}
    assert isinstance(nearest_word(text), str)
    assert len(name_in(text)) <= 300
    assert group_in(text, ROSTER) is None or group_in(text, ROSTER) in ROSTER.groups.values()
    assert isinstance(nearest_groups(text, ROSTER), list)


@given(text=_ANY)
def test_whatever_is_typed_after_metrics_is_a_past_time_or_a_sentence(text: str) -> None:
    found = asked(text, NOW)
    assert found.since < NOW if isinstance(found, Period) else found.endswith((".", "?"))


@given(text=_ANY)
def test_whatever_is_typed_after_away_is_a_plan_or_a_sentence(text: str) -> None:
    plan = plan_of(text, ADA, NOW)
    if isinstance(plan, Plan):
        assert not plan.day or datetime.fromisoformat(plan.day)
    else:
        assert plan.endswith((".", "?"))


@given(text=_ANY)
def test_whatever_is_typed_after_delegate_is_whole_or_a_sentence(text: str) -> None:
    found = passing_in(text)
    if isinstance(found, Passing):
        assert found.name.strip()
        assert found.to.strip("@")
        assert found.reason.strip()
    else:
        assert found.endswith((".", "?"))

"""Does /signoff tell what it is asked: queues, reasons, people, steps and figures?"""

from __future__ import annotations

import pytest

from bot.chat.slack.commands import help as command_help
from bot.domain.signoff import Verdict
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_click,
    a_file,
    hours,
    minutes,
)
from tests.chat.asking import many, said, shared
from tests.chat.house import House, words_in

HOSTILE = "<!channel> *bold* <https://evil.example|good> \u202e"


async def test_a_queue_is_what_waits_for_that_group_and_no_other(house: House) -> None:
    await house.ask(title="Ours")
    await house.ask(key="k2", repository="acme/website", title="Theirs")
    ours = await said(house, "U0KIM", f"queue {PAYMENTS}")
    theirs = await said(house, "U0KIM", f"queue {PLATFORM}")
    assert "“Ours”" in ours
    assert "“Theirs”" not in ours
    assert "“Theirs”" in theirs
    assert "“Ours”" not in theirs


async def test_what_is_decided_waits_for_nobody(house: House) -> None:
    signoff = await house.ask()
    assert "1 waiting for payments-seniors" in await said(house, "U0KIM", f"queue {PAYMENTS}")
    await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    assert "Nothing waits for payments-seniors." in await said(house, "U0KIM", f"queue {PAYMENTS}")


async def test_without_a_group_it_is_what_waits_for_mine(house: House) -> None:
    await house.ask(title="Ours")
    await house.ask(key="k2", repository="acme/website", title="Theirs")
    answer = await said(house, "U0ADA", "queue")
    assert "1 waiting for payments-seniors" in answer
    assert "“Theirs”" not in answer


async def test_somebody_in_no_group_is_told_which_there_are(house: House) -> None:
    answer = await said(house, "U0KIM", "queue")
    assert answer == "You are in no group. Say which one you mean: payments-seniors, platform"


@pytest.mark.parametrize(
    "name", [PAYMENTS, PAYMENTS.upper(), "<#C0PAY|payments-deploys>", "<#C0PAY>", f"`{PAYMENTS}`"]
)
async def test_a_group_is_known_by_its_name_and_by_its_channel(house: House, name: str) -> None:
    await house.ask()
    assert "1 waiting for payments-seniors" in await said(house, "U0KIM", f"queue {name}")


@pytest.mark.parametrize("name", ["payment-seniors", "payments", "<#C0NOPE|payments-seniors>x"])
async def test_a_group_that_is_nearly_right_is_named(house: House, name: str) -> None:
    assert "Did you mean payments-seniors?" in await said(house, "U0KIM", f"queue {name}")


async def test_a_group_like_none_is_answered_with_all_of_them(house: House) -> None:
    answer = await said(house, "U0KIM", "queue zzz")
    assert answer.endswith("no group called zzz. The groups are: payments-seniors, platform.")


async def test_the_soonest_due_comes_first(house: House) -> None:
    await many(house, 3)
    lines = (await said(house, "U0ADA", "queue")).splitlines()
    assert ["Change 0" in lines[1], "Change 1" in lines[2], "Change 2" in lines[3]] == [True] * 3


@pytest.mark.parametrize("words", ["status", "queue", "mine"])
async def test_the_riskiest_of_what_is_due_about_as_soon_comes_first(
    house: House, words: str
) -> None:
    """Everywhere in the same order: Home, reminders and daily lists have it too."""
    await house.ask(title="A page")
    house.clock.go_on(minutes(1))
    risky = (a_file(".github/workflows/deploy.yml", 900, 400),)
    await house.ask(key="k2", repository="acme/payments-web", title="A charge", files=risky)
    tiers = [it.risk.tier.rank for it in await house.board.pending() if it.risk]
    assert tiers[0] < tiers[1], "the riskier was opened later, and expires later"
    answer = await said(house, "U0ADA", words)
    assert answer.index("“A charge”") < answer.index("“A page”")


@pytest.mark.parametrize("topic", ["mine", "status", "queue"])
def test_the_help_says_in_which_order(topic: str) -> None:
    told = command_help.about(topic)
    assert told
    assert "The most urgent first: what is due soon, then by risk." in told


async def test_only_who_is_on_it_can_be_off_it(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.claim(a_click(signoff, "ada"))
    for words in ("mine", "status sgn_1"):
        assert "I am off it" in await said(house, "U0ADA", words)
        assert "I am off it" not in await said(house, "U0GRACE", words)


async def test_what_the_channel_reads_is_not_about_me(house: House) -> None:
    await house.ask()
    assert "Why you" in await said(house, "U0ADA", "status sgn_1")
    message = await shared(house, "U0ADA", "status sgn_1 --share")
    assert "Why you" not in words_in(message.blocks)


async def test_the_policy_is_explained_rule_by_rule(house: House) -> None:
    await house.ask()
    answer = await said(house, "U0KIM", "explain sgn_1")
    assert answer.startswith("Why sgn_1 is asked for")
    assert "“production”, asks: 1 × senior or above" in answer
    assert "✓" in answer


async def test_who_says_who_may_who_is_asked_and_why_not_the_others(house: House) -> None:
    await house.ask()
    answer = await said(house, "U0KIM", "who sgn_1")
    assert "May approve  Ada, Grace" in answer
    assert "Asked, and why" in answer
    assert "Jun: had a part in this change" in answer
    assert "Pat: not in payments-seniors" in answer


async def test_history_tells_the_trail(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.claim(a_click(signoff, "ada"))
    answer = await said(house, "U0KIM", "history sgn_1")
    assert "Asked for by payments-ci" in answer
    assert "Ada is on it" in answer


async def test_of_a_long_history_the_newest_steps_are_told(house: House) -> None:
    signoff = await house.ask()
    for n in range(20):
        await house.signoffs.claim(a_click(signoff, "ada", f"c{n}"))
        await house.signoffs.inquire(a_click(signoff, "ada", f"q{n}"), f"Question {n} " + "x" * 900)
    answer = await said(house, "U0KIM", "history sgn_1")
    assert "Asked for by" not in answer
    assert "Question 19" in answer


@pytest.mark.parametrize("verb", ["status", "explain", "who", "history", "queue", "mine"])
async def test_words_from_outside_stay_plain_words(house: House, verb: str) -> None:
    await house.ask(title=HOSTILE, description=HOSTILE)
    words = verb if verb in ("queue", "mine") else f"{verb} sgn_1"
    await said(house, "U0ADA", words)
    message = house.slack.ephemerals("U0ADA")[-1]
    assert "mrkdwn" not in str(message.blocks)
    assert "<!channel>" not in message.text
    assert "\u202e" not in str(message.blocks)


async def test_figures_are_honest_about_small_numbers(house: House) -> None:
    await many(house, 4)
    answer = await said(house, "U0KIM", "metrics")
    assert answer.startswith("4 sign-offs opened\nOpened since 2026-10-24 10:04 UTC.")
    assert "How they ended  4 still waiting" in answer
    assert "Time to a decision  too few to say" in answer
    assert "Decided in time, not expired  too few to say" in answer


async def test_figures_tell_how_many_how_fast_and_how_they_ended(house: House) -> None:
    for n in range(6):
        signoff = await house.ask(key=f"k{n}", repository=f"acme/payments-{n}")
        house.clock.go_on(minutes(10))
        verdict = Verdict.REJECT if n == 5 else Verdict.APPROVE
        await house.signoffs.review(a_click(signoff, "ada"), verdict, "because")
    answer = await said(house, "U0KIM", "metrics")
    assert "6 sign-offs opened" in answer
    assert "How they ended  5 approved, 1 rejected" in answer
    assert "Time to a decision  median 10 min, nine of ten within 10 min" in answer
    assert "Time to the first review  median 10 min" in answer
    assert "Decided in time, not expired  100 %" in answer
    assert "People asked for each  2.0 on average" in answer
    assert "nobody said whether it helped, and nothing was found: 6" in answer
    assert "Risk  6 normal" in answer


async def test_figures_name_no_person(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    answer = await said(house, "U0KIM", f"metrics {PAYMENTS}")
    assert not [it.name for it in ROSTER.people.values() if it.name in answer]


async def test_figures_of_a_group_are_of_that_group_alone(house: House) -> None:
    await house.ask()
    await house.ask(key="k2", repository="acme/website")
    assert "2 sign-offs opened\n" in await said(house, "U0KIM", "metrics since 7d")
    answer = await said(house, "U0KIM", f"metrics {PLATFORM} since 7d")
    assert answer.startswith("1 sign-off opened for platform")
    assert "Did you mean platform?" in await said(house, "U0KIM", "metrics platfrom")


async def test_figures_of_a_time_in_which_nothing_was_opened_say_so(house: House) -> None:
    await house.ask()
    house.clock.go_on(hours(48))
    assert "No sign-off was opened in that time." in await said(house, "U0KIM", "metrics since 1d")
    assert "1 sign-off opened" in await said(house, "U0KIM", "metrics since 3d")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("since", "Since when?"),
        ("since yesterday", "Since when? “yesterday” is no day."),
        ("since 2026-13-01", "Since when? “2026-13-01” is no day."),
        ("since 2027-01-01", "Since when? That is not in the past."),
        ("since 0d", "Since when? That is not in the past."),
        ("since 99999w", "That is too long ago: 400 days at most."),
        ("since 7d 2026-11-01", "Since when? There are two days in that."),
    ],
)
async def test_a_time_that_makes_no_sense_is_answered_with_an_example(
    house: House, words: str, why: str
) -> None:
    lines = (await said(house, "U0KIM", f"metrics {words}")).splitlines()
    assert lines[0] == why
    assert lines[1].startswith("Usage: /signoff metrics")
    assert lines[2].startswith("Example: /signoff metrics")


async def test_somebody_outside_the_roster_may_read_and_has_no_queue(house: House) -> None:
    await house.ask()
    assert "1 waiting" in await said(house, "U0EVE", "status")
    assert "not in Countersign's roster" in await said(house, "U0EVE", "queue")

"""Can somebody override by a command at night, and do those whom it concerns read of it?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.override import OverrideRules
from bot.domain.signoff import Signoff, Status
from bot.playground.workspace import Channel
from tests.builders import PLATFORM, hours, sha
from tests.chat.asking import said
from tests.chat.house import CHANNEL, EVERYBODY, PAT, House, a_house, words_in
from tests.chat.house import PLATFORM as PLATFORM_CHANNEL

SECURITY = Channel(id="C0SEC", name="security", members=tuple(it.id for it in EVERYBODY))
CHANNELS = (CHANNEL, PLATFORM_CHANNEL, SECURITY)
ALONE = OverrideRules(people=frozenset({"pat"}), channel="C0SEC")
TOGETHER = OverrideRules(groups=frozenset({PLATFORM}), channel="C0SEC", second=True)
COMMAND = "override 1 INC-7 checkout is down, this is the fix"


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, channels=CHANNELS, overrides=ALONE) as made:
        yield made


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, channels=CHANNELS, overrides=TOGETHER) as made:
        yield made


async def test_one_command_and_it_goes_on(night: House) -> None:
    signoff = await night.ask()
    answer = await said(night, "U0PAT", COMMAND)
    assert answer.startswith("Overridden: it may go on until 2026-11-23 11:00 UTC.")
    assert "review it by 2026-11-24 10:00 UTC" in answer
    after = await night.now(signoff)
    assert after.status is Status.OVERRIDDEN
    assert after.override
    assert (after.override.incident, after.override.reason) == (
        "INC-7",
        "checkout is down, this is the fix",
    )
    await night.settle()
    (told,) = night.pipeline.told
    assert told.status is Status.OVERRIDDEN


# Whoever tells us of a change chooses its key.


async def called(night: House, id: str, **facts: Any) -> Signoff:
    """A sign-off with this id."""
    night.signoffs.new_id = lambda: id
    return await night.ask(**facts)


@pytest.fixture
async def steered(night: House) -> tuple[House, Signoff, Signoff]:
    """The fix, and a change whose key is how people write the fix's ID."""
    fix = await called(night, "sgn_4xk2aaaa")
    evil = await called(
        night,
        "sgn_evil",
        author="kim",
        key="4xk2",
        repository="acme/payments-evil",
        revision=sha("e"),
    )
    assert fix.id == "sgn_4xk2aaaa"
    return night, fix, evil


@pytest.mark.parametrize("name", ["4xk2", "4XK2", "sgn_4xk2", "4xk2aaaa", "sgn_4xk2aaaa"])
async def test_no_key_steers_an_override_onto_another_change(
    steered: tuple[House, Signoff, Signoff], name: str
) -> None:
    night, fix, evil = steered
    await said(night, "U0PAT", f"override {name} INC-7 checkout is down")
    assert (await night.now(evil)).status is Status.PENDING
    assert (await night.now(fix)).status is Status.OVERRIDDEN


@pytest.mark.parametrize("key", ["4xk2aaaa", "sgn_4xk2aaaa", "4XK2AAAA"])
async def test_a_whole_id_wins_over_a_key_that_is_the_same(night: House, key: str) -> None:
    fix = await called(night, "sgn_4xk2aaaa")
    evil = await called(
        night, "sgn_evil", author="kim", key=key, repository="acme/payments-evil", revision=sha("e")
    )
    await said(night, "U0ADA", "claim 4xk2aaaa")
    assert (await night.now(fix)).claim
    await said(night, "U0PAT", "override 4xk2aaaa INC-7 checkout is down")
    now = await night.now(evil)
    assert (now.status, now.claim) == (Status.PENDING, None)
    assert (await night.now(fix)).status is Status.OVERRIDDEN


async def test_what_only_a_key_names_is_neither_overridden_confirmed_nor_reviewed(
    night: House,
) -> None:
    signoff = await night.ask(key="deploy-12")
    for words in (
        "override deploy-12 INC-7 checkout is down",
        "override confirm deploy-12",
        "override review deploy-12 fine it was right",
    ):
        assert "A key is not enough here" in await said(night, "U0PAT", words)
    assert (await night.now(signoff)).status is Status.PENDING
    assert "deploy-12" in await said(night, "U0ADA", "status deploy-12")


async def test_where_two_ids_begin_so_it_asks_which(night: House) -> None:
    for id, repository in (("sgn_4xk2a", "acme/one"), ("sgn_4xk2b", "acme/two")):
        await called(night, id, key=f"{repository}/12", repository=repository)
    answer = await said(night, "U0PAT", "override 4xk2 INC-7 checkout is down")
    for shown in ("2 sign-offs are called so", "sgn_4xk2a", "sgn_4xk2b"):
        assert shown in answer
    assert len(await night.board.pending()) == 2


async def test_to_claim_it_asks_which_where_a_key_and_an_id_begin_so(
    steered: tuple[House, Signoff, Signoff],
) -> None:
    night, fix, evil = steered
    answer = await said(night, "U0ADA", "claim 4xk2")
    assert "2 sign-offs are called so" in answer
    assert (fix.id in answer, evil.id in answer) == (True, True)
    assert [(await night.now(it)).claim for it in (fix, evil)] == [None, None]


async def test_the_security_channel_and_the_owners_read_of_it(night: House) -> None:
    await night.ask()
    await said(night, "U0PAT", "override 1 INC-7 &lt;!channel&gt; <@U0ADA|ada> *down*")
    await night.settle()
    for place in ("C0SEC", "C0PAY"):
        (note,) = [m for m in night.slack.messages(place) if "Emergency override" in m.text]
        assert not note.mentions
        read = words_in(note.blocks)
        assert "Emergency override by Pat: acme/payments-api" in read
        assert "<!channel> @ada *down*" in read
        assert "/signoff override review sgn_1 fine" in read
        assert note.thread_ts in (None, "", note.ts)
    assert [card for card in night.slack.cards("C0SEC") if "Overridden" in card.text]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "Which sign-off?"),
        ("1", "For which incident?"),
        ("1 INC-7", "Say why in a few words"),
        ("1 checkout! is down", "For which incident?"),
        ("1 INC-7 \u200b", "Say why in a few words"),
        ("review", "Was it fine, or wrong?"),
        ("review 1", "Was it fine, or wrong?"),
        ("review 1 perhaps it was", "Was it fine, or wrong?"),
        ("confirm", "Which sign-off?"),
    ],
)
async def test_what_is_missing_is_said_with_an_example(night: House, words: str, why: str) -> None:
    signoff = await night.ask()
    lines = (await said(night, "U0PAT", f"override {words}")).splitlines()
    assert lines[0].startswith(why)
    assert lines[1] == "Usage: /signoff override ID INCIDENT reason"
    assert lines[2].startswith("Example: /signoff override 4xk2 INC-4711")
    assert await night.now(signoff) == signoff


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0ADA", "You are not among those who may do that in an emergency. Pat may."),
        ("U0EVE", "You are not in Countersign's roster"),
    ],
)
async def test_whoever_may_not_is_told_who_may(night: House, user: str, why: str) -> None:
    signoff = await night.ask()
    assert why in await said(night, user, COMMAND)
    assert await night.now(signoff) == signoff


async def test_where_nobody_may_it_says_so(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.ask()
        assert "Nobody may override here" in await said(house, "U0PAT", COMMAND)


async def test_the_command_that_slack_sends_again_is_one(night: House) -> None:
    signoff = await night.ask()
    first = await night.slack.command("U0PAT", "/signoff", COMMAND, channel="C0PAY")
    once = await night.now(signoff)
    await night.slack.resend(first)
    assert await night.now(signoff) == once


async def test_a_second_person_confirms_it(two: House) -> None:
    signoff = await two.ask()
    answer = await said(two, "U0PAT", COMMAND)
    assert answer.startswith("Not yet: somebody else who may has to confirm it by 2026-11-23 10:15")
    await two.settle()
    assert "Pat asked to override it" in words_in(two.card().blocks)
    assert "that change or in its override" not in answer
    assert "part in this change or in its override" in await said(
        two, "U0PAT", "override confirm 1"
    )
    assert (await said(two, "U0RUTH", "override confirm 1")).startswith("Overridden")
    await two.settle()
    assert (await two.now(signoff)).status is Status.OVERRIDDEN
    asked = [m for m in two.slack.messages("C0SEC") if "asks to override" in m.text]
    assert "nothing is to be confirmed any more" in words_in(asked[0].blocks)


async def test_beyond_the_budget_it_takes_two_and_says_why(tmp_path: Path) -> None:
    rules = replace(ALONE, people=frozenset({"pat", "ruth"}), per_month=1)
    async with a_house(tmp_path, channels=CHANNELS, overrides=rules) as house:
        await house.ask()
        assert (await said(house, "U0PAT", COMMAND)).startswith("Overridden")
        await house.ask(key="2", environment="staging")
        answer = await said(house, "U0PAT", COMMAND.replace("override 1", "override 2"))
        assert answer.startswith("Not yet: somebody else who may has to confirm it by")
        assert "It would be the 2nd of this month, and after 1 it takes two." in answer
        assert (await said(house, "U0RUTH", "override confirm 2")).startswith("Overridden")


async def test_where_a_key_is_asked_for_they_are_led_to_the_page(tmp_path: Path) -> None:
    """Whoever may not is told so, and not sent to sign in for nothing."""
    rules = replace(ALONE, step_up=True)
    async with a_house(tmp_path, channels=CHANNELS, overrides=rules) as house:
        signoff = await house.ask()
        for words in ("override 1", COMMAND):
            answer = await said(house, "U0PAT", words)
            assert "your security key here, so nothing was done yet" in answer
            assert "Override at Countersign…" in answer
        assert "You are not among those" in await said(house, "U0ADA", COMMAND)
        assert await house.now(signoff) == signoff


async def test_who_asked_and_left_slack_since_is_not_confirmed(two: House) -> None:
    signoff = await two.ask()
    await said(two, "U0PAT", COMMAND)
    two.slack.change_member(replace(PAT, deleted=True))
    assert "no full member" in await said(two, "U0RUTH", "override confirm 1")
    assert (await two.now(signoff)).status is Status.PENDING


@pytest.mark.parametrize(("word", "verdict"), [("fine", "fine"), ("WRONG,", "wrong")])
async def test_the_next_day_somebody_reviews_it(night: House, word: str, verdict: str) -> None:
    signoff = await night.ask()
    await said(night, "U0PAT", COMMAND)
    assert "override review" in await said(night, "U0ADA", "status")
    assert signoff.id in await said(night, "U0ADA", "status")
    assert "part in this change or in its override" in await said(
        night, "U0PAT", f"override review 1 {word} it was"
    )
    answer = await said(night, "U0ADA", f"override review 1 {word} the fix was right")
    assert answer.startswith(f"You reviewed this override: it was {verdict}.")
    await night.settle()
    assert f"says that it was {verdict}" in words_in(night.card().blocks)
    assert "override review" not in await said(night, "U0ADA", "status")


async def test_an_overdue_review_stops_the_next(night: House) -> None:
    await night.ask()
    await said(night, "U0PAT", COMMAND)
    night.clock.go_on(hours(24))
    await night.ask(key="2", environment="staging")
    answer = await said(night, "U0PAT", "override 2 INC-8 again it is down")
    assert "The override of sgn_1 should have been reviewed by now" in answer
    await said(night, "U0ADA", "override review 1 fine it was right")
    assert (await said(night, "U0PAT", "override 2 INC-8 again it is down")).startswith(
        "Overridden"
    )


async def test_it_stands_in_the_help(night: House) -> None:
    assert "/signoff override ID INCIDENT reason" in await said(night, "U0PAT", "help")
    assert "override confirm 4xk2" in await said(night, "U0PAT", "help override")
    assert "Usage" in await said(night, "U0PAT", "break-glass")


async def test_a_long_reason_is_cut(night: House) -> None:
    signoff = await night.ask()
    await said(night, "U0PAT", f"override 1 INC-7 {'x' * 3900}")
    after = await night.now(signoff)
    assert after.override
    assert len(after.override.reason) == 1000


async def test_rules_without_a_channel_still_tell_the_owners(tmp_path: Path) -> None:
    rules = replace(ALONE, channel="")
    async with a_house(tmp_path, overrides=rules) as house:
        await house.ask()
        await said(house, "U0PAT", COMMAND)
        await house.settle()
        assert [m for m in house.slack.messages("C0PAY") if "Emergency override" in m.text]

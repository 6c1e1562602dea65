"""Can one claim, pass on and be away by a command, and only where one may?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.signoff import Signoff, Verdict
from bot.engine.personal import Away
from tests.builders import ROSTER, a_click, a_person, minutes, with_person
from tests.chat.asking import said
from tests.chat.house import GRACE, House, a_house

TO_GRACE = "<@U0GRACE|grace> she wrote it"


def midnight(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


async def held_by(house: House, signoff: Signoff) -> str:
    claim = (await house.now(signoff)).claim
    return claim.person if claim else ""


async def test_a_claim_is_made_and_says_until_when(house: House) -> None:
    signoff = await house.ask()
    answer = await said(house, "U0ADA", "claim 1")
    assert answer.startswith("You are on it until 2026-11-23 10:30 UTC.")
    assert await held_by(house, signoff) == "ada"


async def test_two_claims_are_two_and_the_later_one_is_longer(house: House) -> None:
    signoff = await house.ask()
    await said(house, "U0ADA", "claim 1")
    house.clock.go_on(minutes(10))
    assert "until 2026-11-23 10:40 UTC" in await said(house, "U0ADA", "claim 1")
    assert await held_by(house, signoff) == "ada"


async def test_the_same_command_that_slack_sends_again_is_one(house: House) -> None:
    signoff = await house.ask()
    first = await house.slack.command("U0ADA", "/signoff", "claim 1", channel="C0PAY")
    once = await house.now(signoff)
    await house.slack.resend(first)
    assert await house.now(signoff) == once


async def test_what_somebody_else_is_on_is_not_taken_from_them(house: House) -> None:
    signoff = await house.ask()
    await said(house, "U0ADA", "claim 1")
    answer = await said(house, "U0GRACE", "claim 1")
    assert "Somebody is on it already" in answer
    assert "It is Ada." in answer
    assert await held_by(house, signoff) == "ada"


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0JUN", "You had a part in this change"),
        ("U0KIM", "You are not among the reviewers"),
        ("U0EVE", "You are not in Countersign's roster"),
    ],
)
@pytest.mark.parametrize("words", ["claim 1", f"delegate 1 {TO_GRACE}"])
async def test_whoever_may_not_decide_arranges_nothing(
    house: House, user: str, why: str, words: str
) -> None:
    signoff = await house.ask()
    assert why in await said(house, user, words)
    assert await house.now(signoff) == signoff


@pytest.mark.parametrize("words", ["claim 1", f"delegate 1 {TO_GRACE}"])
async def test_what_is_decided_is_nobodys_to_arrange(house: House, words: str) -> None:
    signoff = await house.ask()
    after = await house.signoffs.review(a_click(signoff, "ada"), Verdict.REJECT, "No tests.")
    assert "already rejected" in await said(house, "U0ADA", words)
    assert await house.now(signoff) == after


@pytest.mark.parametrize(
    "words",
    [
        f"delegate 1 {TO_GRACE}",
        f"delegate payments-api/deploy/4711 {TO_GRACE}",
        "delegate <@U0GRACE> sgn_1 she wrote it",
        "delegate 1 @grace she wrote it",
        "DELEGATE  1   <@U0GRACE|grace>   she wrote it  ",
    ],
)
async def test_it_is_passed_on_with_the_reason(house: House, words: str) -> None:
    signoff = await house.ask()
    answer = await said(house, "U0ADA", words)
    assert answer.startswith("Grace is asked in your place. You may still decide.")
    (passed,) = (await house.now(signoff)).delegations
    assert (passed.by, passed.to, passed.reason) == ("ada", "grace", "she wrote it")


async def test_a_reason_is_read_as_it_was_written(house: House) -> None:
    signoff = await house.ask()
    await said(house, "U0ADA", "delegate 1 <@U0GRACE> a &lt; b &amp; ask <@U0JUN|jun>, größer")
    (passed,) = (await house.now(signoff)).delegations
    assert passed.reason == "a < b & ask @jun, größer"


async def test_a_reason_of_any_length_fits(house: House) -> None:
    signoff = await house.ask()
    await said(house, "U0ADA", f"delegate 1 <@U0GRACE> {'x' * 3900}")
    (passed,) = (await house.now(signoff)).delegations
    assert len(passed.reason) == 1000


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "To whom?"),
        ("1", "To whom?"),
        ("1 grace she wrote it", "To whom?"),
        ("<@U0GRACE>", "Which sign-off?"),
        ("@grace", "Which sign-off?"),
        ("1 <@U0GRACE>", "Say why in a few words"),
        ("1 <@U0GRACE> \u200b", "Say why in a few words"),
    ],
)
async def test_what_is_missing_is_said_with_an_example(house: House, words: str, why: str) -> None:
    signoff = await house.ask()
    lines = (await said(house, "U0ADA", f"delegate {words}")).splitlines()
    assert lines[0].startswith(why)
    assert lines[1] == "Usage: /signoff delegate ID @person reason"
    assert lines[2].startswith("Example: /signoff delegate")
    assert await house.now(signoff) == signoff


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("<@U0JUN>", "They had a part in this change"),
        ("<@U0KIM>", "They are not among the reviewers"),
        ("<@U0ADA>", "That is you."),
        ("<@U0EVE>", "They are not in Countersign's roster"),
        ("@nobody", "They are not in Countersign's roster"),
        ("<@U0NOSUCH|grace>", "They are not in Countersign's roster"),
    ],
)
async def test_one_who_cannot_be_asked_is_not_and_it_is_said_who_can(
    house: House, to: str, why: str
) -> None:
    signoff = await house.ask()
    answer = await said(house, "U0ADA", f"delegate 1 {to} please")
    assert answer.startswith(why)
    assert answer.endswith("Grace can be asked.")
    assert await house.now(signoff) == signoff


async def test_one_who_has_left_the_workspace_is_not_asked(house: House) -> None:
    signoff = await house.ask()
    house.slack.change_member(replace(GRACE, deleted=True))
    answer = await said(house, "U0ADA", f"delegate 1 {TO_GRACE}")
    assert "no full member of this workspace any more" in answer
    assert await house.now(signoff) == signoff


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("", None),
        ("until 2026-12-07", midnight(7, 12)),
        ("2026-12-07", midnight(7, 12)),
        ("today", midnight(24)),
        ("until tomorrow", midnight(24)),
        ("3d", midnight(26)),
        ("for 2W", midnight(7, 12)),
        ("until Friday", midnight(27)),
        ("until monday", midnight(30)),
    ],
)
async def test_one_is_away_until_the_day_one_says(
    house: House, words: str, until: datetime | None
) -> None:
    answer = await said(house, "U0ADA", f"away {words}")
    assert await house.personal.away("ada") == Away(until, "")
    assert "You are away" in answer
    assert "/signoff away back ends it." in answer


@pytest.mark.parametrize("words", ["away back", "back", "away BACK"])
async def test_one_is_back_when_one_says_so(house: House, words: str) -> None:
    await said(house, "U0ADA", "away 3d")
    assert await said(house, "U0ADA", words) == (
        "You are back, and asked as usual.\nAs of 2026-11-23 10:00 UTC"
    )
    assert await house.personal.away("ada") is None


@pytest.mark.parametrize(
    "words",
    ["3d deputy <@U0GRACE|grace>", "deputy <@U0GRACE> until 2026-11-26", "<@U0GRACE> 3d",
     "3d deputy @grace"],
)  # fmt: skip
async def test_a_deputy_stands_in(house: House, words: str) -> None:
    assert "Grace stands in for you." in await said(house, "U0ADA", f"away {words}")
    assert await house.personal.away("ada") == Away(midnight(26), "grace")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("until 2026-11-23", "Choose a day after today"),
        ("until 2020-01-01", "Choose a day after today"),
        ("until 2029-01-01", "That is too far ahead."),
        ("0d", "Choose a day after today"),
        ("9999w", "That is too far ahead."),
        ("until 2026-02-30", "Until when? “2026-02-30” is no day I know."),
        ("until whenever", "Until when? “whenever” is no day I know."),
        ("until", "Until when?"),
        ("3d 2w", "Until when? Say one day."),
        ("back 3d", "Until when? Say one day."),
        ("3d deputy", "Who stands in for you?"),
        ("3d deputy <@U0GRACE> <@U0JUN>", "Who stands in for you? Say one person."),
        ("3d deputy <@U0ADA>", "Somebody else has to stand in for you."),
        ("3d deputy <@U0EVE>", "This person is not in Countersign's roster."),
        ("3d deputy @nobody", "This person is not in Countersign's roster."),
    ],
)
async def test_what_cannot_be_is_said_and_changes_nothing(
    house: House, words: str, why: str
) -> None:
    lines = (await said(house, "U0ADA", f"away {words}")).splitlines()
    assert lines[0].startswith(why)
    assert lines[1].startswith("Usage: /signoff away")
    assert await house.personal.away("ada") is None


async def test_a_day_begins_where_the_person_lives(tmp_path: Path) -> None:
    """Late on Monday in UTC it is Tuesday in Tokyo, and Wednesday is tomorrow there."""
    roster = with_person(ROSTER, a_person("ada", timezone="Asia/Tokyo"))
    async with a_house(tmp_path, roster=roster) as house:
        house.clock.go_on(minutes(8 * 60))
        await said(house, "U0ADA", "away until tomorrow")
        assert await house.personal.away("ada") == Away(datetime(2026, 11, 24, 15, tzinfo=UTC), "")


async def test_somebody_outside_the_roster_is_never_away(house: House) -> None:
    assert "not in Countersign's roster" in await said(house, "U0EVE", "away 3d")


async def test_ones_own_page_says_it_too(house: House) -> None:
    await said(house, "U0ADA", "away 3d")
    await house.settle()
    page = await house.slack.wait_for(lambda: house.slack.home("U0ADA"))
    assert "You are away" in str(page)

"""Does a page hold whatever there is, and never more than Slack takes?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.chat.slack.home.looks import ON_A_LEAF, Look, Part, first_look, look_of
from bot.chat.slack.home.page import Contents, Page
from bot.chat.slack.richtext import Block
from bot.domain.card import card_of
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.people import Roster
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.risk.reasons import Risk, RiskTier
from bot.domain.signoff import Claim, Signoff
from bot.engine.personal import Away, Preferences
from bot.engine.shares import Share
from bot.playground.blocks import judge_view, too_large
from tests.builders import (
    NOW,
    ROSTER,
    a_change,
    a_file,
    a_person,
    a_signoff,
    after,
    an_ask,
    approves,
    asked,
    hours,
    minutes,
    rejects,
    time_passes,
    withdrawn,
)
from tests.chat.house import words_in

NASTY = "<!channel> <https://evil.example|ok> *b* \u202e&amp; @here " + "\U0001f600" * 500
SLACK_BLOCKS = 100


def a_long_one(number: int, **facts: Any) -> Signoff:
    change = a_change(
        key=f"k{number}", repository="acme/" + "r" * 300, environment="e" * 300, title=NASTY
    )
    people = asked("ada", "grace", "pat", "ruth")
    signoff = a_signoff(signoff_id=f"sgn_{number:032}", change=change, invited=people, **facts)
    claim = Claim(person="grace", at=NOW, until=NOW + hours(1))
    return replace(signoff, risk=Risk(tier=RiskTier.CRITICAL), claim=claim)


def contents(**facts: Any) -> Contents:
    known: dict[str, Any] = {
        "person": a_person("ada"),
        "share": Share(),
        "decided": (),
        "asked_lately": 0,
        "away": None,
        "wishes": Preferences(),
    }
    return Contents(**{**known, **facts})


def blocks(look: Look, roster: Roster = ROSTER, now: datetime = NOW, **facts: Any) -> list[Block]:
    page = Page(
        contents=contents(**facts),
        roster=roster,
        now=now,
        card=lambda it: card_of(it, roster, reader="ada"),
    )
    return page.blocks(look)


def check(shown: list[Block]) -> None:
    view = {"type": "home", "blocks": shown}
    assert judge_view(view, "home").problems == []
    assert len(shown) <= SLACK_BLOCKS
    assert not too_large(view)
    assert len(json.dumps(view)) < 250_000, "however its letters are written"


FIVE_HUNDRED = tuple(a_long_one(number) for number in range(500))

FULL: dict[Part, dict[str, Any]] = {
    Part.WAITING: {"share": Share(asked=FIVE_HUNDRED[:250], others=FIVE_HUNDRED[250:])},
    Part.OWN: {"share": Share(own=FIVE_HUNDRED[:250], expired=FIVE_HUNDRED[250:])},
    Part.GROUPS: {"share": Share(groups=FIVE_HUNDRED)},
    Part.DECIDED: {"decided": FIVE_HUNDRED},
}


@pytest.mark.parametrize("part", Part)
def test_of_five_hundred_with_long_titles_every_leaf_is_valid_and_none_is_left_out(
    part: Part,
) -> None:
    seen: list[str] = []
    for leaf in range(1, 500 // ON_A_LEAF + 1):
        shown = blocks(Look(part, leaf), **FULL[part])
        check(shown)
        assert len(words_in(shown)) > 1000
        names = [str(block["block_id"]) for block in shown if "sgn_" in block.get("block_id", "")]
        seen += dict.fromkeys(id for name in names for id in re.findall(r"sgn_\d+", name))
    assert seen == [signoff.id for signoff in FIVE_HUNDRED]


def test_what_settles_stands_before_all_others_and_is_valid() -> None:
    shown = blocks(
        Look(Part.WAITING), share=Share(settling=FIVE_HUNDRED[:30], asked=FIVE_HUNDRED[30:])
    )
    check(shown)
    text = words_in(shown)
    assert "You approved these" in text
    assert text.count("Undo\n") == ON_A_LEAF


@pytest.mark.parametrize("leaf", [0, 26, 99_999_999])
def test_a_leaf_that_is_not_there_is_the_nearest(leaf: int) -> None:
    shown = words_in(blocks(Look(Part.GROUPS, leaf), **FULL[Part.GROUPS]))
    assert ("1 to 20 of 500" if leaf == 0 else "481 to 500 of 500") in shown


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("away", [None, Away(None), Away(NOW + hours(48), "grace")])
def test_an_empty_page_is_valid_too(part: Part, away: Away | None) -> None:
    check(blocks(Look(part), away=away))


def test_the_buttons_lead_where_they_say() -> None:
    shown = blocks(Look(Part.OWN, 2), **FULL[Part.OWN])
    buttons = [one for block in shown for one in block.get("elements", ()) if "value" in one]
    ways = {one["text"]["text"]: one["value"] for one in buttons if "page" in one["action_id"]}
    assert ways == {
        "Waiting for you (0)": "waiting 1",
        "Yours (500)": "own 1",
        "Your groups (0)": "groups 1",
        "Decided": "decided 1",
        "Earlier": "own 1",
        "Later": "own 3",
    }
    assert all(look_of(value) for value in ways.values())


def test_without_colour_one_knows_which_part_is_shown() -> None:
    tabs, *_ = blocks(Look(Part.GROUPS))
    said = [tab.get("accessibility_label", "") for tab in tabs["elements"]]
    assert said == ["", "", "Your groups (0), shown below", ""]


def test_what_comes_from_outside_is_only_ever_plain() -> None:
    for part in Part:
        assert "mrkdwn" not in json.dumps(blocks(Look(part), **FULL[part]))
        assert "\u202e" not in words_in(blocks(Look(part), **FULL[part]))


# How one signoff reads.


def line(signoff: Signoff, now: datetime = NOW) -> str:
    text = words_in(blocks(Look(Part.GROUPS), now=now, share=Share(groups=(signoff,))))
    return next(line for line in text.splitlines() if signoff.id in line)


def decision(signoff: Signoff) -> str:
    text = words_in(blocks(Look(Part.DECIDED), decided=(signoff,)))
    return next(line for line in text.splitlines() if signoff.id in line)


def test_it_says_when_it_expires_and_who_was_asked() -> None:
    signoff = a_signoff(invited=asked("grace", "ada"))
    assert line(signoff) == "expires Mon 23 Nov, 18:00 UTC · asked: you, Grace · sgn_1"
    assert line(signoff, NOW + hours(9)) == "out of time · asked: you, Grace · sgn_1"
    nobody = replace(signoff, invited=())
    assert line(nobody) == "expires Mon 23 Nov, 18:00 UTC · asked: nobody · sgn_1"


def test_it_is_true_an_hour_later_as_well() -> None:
    """Only what happens to a signoff has a page drawn anew; that time passes does not."""
    signoffs = (a_signoff(), replace(a_signoff(), id="sgn_2"))
    for part, facts in (
        (Part.WAITING, {"share": Share(asked=signoffs)}),
        (Part.GROUPS, {"share": Share(groups=signoffs)}),
        (Part.DECIDED, {"decided": (after(a_signoff(), approves("ada")),)}),
    ):
        now, later = NOW + minutes(5), NOW + hours(1)
        assert blocks(Look(part), now=now, **facts) == blocks(Look(part), now=later, **facts)


@pytest.mark.parametrize(
    ("timezone", "until"),
    [("Asia/Tokyo", "Tue 24 Nov, 03:00 JST"), ("Nowhere/Atall", "Mon 23 Nov, 18:00 UTC")],
)
def test_it_is_written_by_my_own_clock(timezone: str, until: str) -> None:
    person = a_person("ada", timezone=timezone)
    shown = blocks(Look(Part.GROUPS), person=person, share=Share(groups=(a_signoff(),)))
    assert f"expires {until}" in words_in(shown)


def test_what_has_no_deadline_says_so() -> None:
    requirement = replace(a_signoff().requirement, deadlines=())
    assert line(a_signoff(requirement=requirement)).startswith("no deadline · ")


def test_it_says_how_risky_it_is_and_who_is_on_it() -> None:
    signoff = replace(a_signoff(), risk=Risk(tier=RiskTier.HIGH))
    assert gist(signoff).endswith(" · risk high")
    assert gist(a_signoff()) == gist(signoff).removesuffix(" · risk high")
    grace = Claim(person="grace", at=NOW, until=NOW + hours(1))
    assert " · Grace is on it · " in line(replace(signoff, claim=grace))
    assert " · you are on it · " in line(replace(signoff, claim=replace(grace, person="ada")))


def test_it_says_that_an_approval_is_about_to_count() -> None:
    requirement = replace(a_signoff().requirement, grace=minutes(1))
    settling = after(a_signoff(requirement=requirement), approves("ada"))
    assert " · approved, and about to count · " in line(settling)


def test_it_says_what_i_decided_and_when() -> None:
    approved = after(a_signoff(), approves("ada", at=NOW))
    rejected = after(a_signoff(), rejects("ada", at=NOW))
    assert decision(approved) == "You approved it Mon 23 Nov, 10:00 UTC · sgn_1"
    assert decision(rejected) == "You rejected it Mon 23 Nov, 10:00 UTC · sgn_1"


def test_it_says_what_came_of_it_where_that_is_something_else() -> None:
    two = a_signoff(an_ask(2))
    half = after(two, approves("ada", at=NOW))
    assert decision(half).endswith("10:00 UTC · not decided yet · sgn_1")
    assert decision(after(half, withdrawn())).endswith("10:00 UTC · Withdrawn · sgn_1")


def test_what_expired_says_since_when() -> None:
    expired = after(a_signoff(), time_passes(NOW + hours(8)))
    text = words_in(blocks(Look(Part.OWN), now=NOW + hours(10), share=Share(expired=(expired,))))
    assert "Expired, not approved 2026-11-23 18:00 UTC · sgn_1\nAsk again\nDetails" in text


CLAUDE = Finding(source="trailer", tool="Claude Code", tier=Tier.DECLARED, text="", where="commit")


def gist(signoff: Signoff, part: Part = Part.GROUPS) -> str:
    """The line by which one can judge it a little."""
    facts: dict[Part, dict[str, Any]] = {
        Part.WAITING: {"share": Share(asked=(signoff,))},
        Part.OWN: {"share": Share(own=(signoff,))},
        Part.GROUPS: {"share": Share(groups=(signoff,))},
        Part.DECIDED: {"decided": (signoff,)},
    }
    text = words_in(blocks(Look(part), **facts[part]))
    return next((line for line in text.splitlines() if line.startswith("AI: ")), "")


@pytest.mark.parametrize("part", [Part.WAITING, Part.OWN, Part.GROUPS])
def test_it_says_enough_to_judge_it_a_little(part: Part) -> None:
    files = (a_file("a.py", 10, 1), a_file("b.py", 4, 1))
    signoff = a_signoff(
        change=a_change(files=files),
        provenance=Provenance(status=AiStatus.ASSISTED, findings=(CLAUDE,)),
        risk=Risk(tier=RiskTier.NORMAL),
    )
    assert gist(signoff, part) == "AI: Claude Code · 2 files, +14 −2 · risk normal"


def test_of_a_tool_that_only_seems_to_have_helped_it_is_said_that_it_seems_so() -> None:
    signoff = a_signoff(provenance=Provenance(status=AiStatus.SUSPECTED, findings=(CLAUDE,)))
    assert gist(signoff).startswith("AI: perhaps; nobody said so: Claude Code · ")
    sure = a_signoff(provenance=Provenance(status=AiStatus.ASSISTED))
    assert gist(sure).startswith("AI: an AI tool helped · ")


def test_files_that_nobody_told_us_are_not_counted_as_none() -> None:
    unknown = a_change(files=(), files_complete=False)
    assert gist(a_signoff(change=unknown)).endswith(" · files not known")
    assert "files not known" not in gist(a_signoff(change=replace(unknown, files_complete=True)))


def test_what_is_over_is_not_to_be_judged_any_more() -> None:
    half = after(a_signoff(an_ask(2)), approves("ada"))
    assert gist(half, Part.DECIDED).startswith("AI: ")
    assert gist(after(half, withdrawn()), Part.DECIDED) == ""


def labels(signoff: Signoff) -> list[str]:
    shown = blocks(Look(Part.WAITING), share=Share(asked=(signoff,)))
    rows = [block["elements"] for block in shown if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row if one["type"] == "button"]


def test_only_who_is_on_it_is_offered_to_be_off_it() -> None:
    grace = Claim(person="grace", at=NOW, until=NOW + hours(1))
    mine = labels(replace(a_signoff(), claim=replace(grace, person="ada")))
    theirs = labels(replace(a_signoff(), claim=grace))
    assert ("I am off it" in mine, "I am off it" in theirs) == (True, False)


@pytest.mark.parametrize(
    ("share", "lately", "said"),
    [
        (
            Share(asked=(a_signoff(),)),
            1,
            "1 sign-off waits for an answer of yours. You were asked once in",
        ),
        (Share(), 0, "0 sign-offs wait for an answer of yours. You were asked 0 times in"),
        (
            Share(asked=FIVE_HUNDRED[:2], others=FIVE_HUNDRED[2:3], own=FIVE_HUNDRED[3:]),
            2,
            "3 sign-offs wait for an answer of yours. You were asked 2 times in",
        ),
    ],
)
def test_my_load_reads_well_and_is_what_the_tab_counts(
    share: Share, lately: int, said: str
) -> None:
    text = words_in(blocks(Look(Part.WAITING), share=share, asked_lately=lately))
    assert said in text
    assert f"Waiting for you ({len(share.waiting)})" in text


def test_what_expired_of_mine_counts_as_mine_and_is_what_i_see_first() -> None:
    expired = Share(expired=FIVE_HUNDRED[:1])
    assert "Yours (1)" in words_in(blocks(Look(Part.WAITING), share=expired))
    assert first_look(expired) == Look(Part.OWN)
    assert first_look(Share()) == Look(Part.WAITING)
    assert first_look(replace(expired, others=FIVE_HUNDRED[1:2])) == Look(Part.WAITING)

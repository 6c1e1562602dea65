"""Can a senior see the evidence word for word, and take away what is wrong, with a reason?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.details.evidence import EVIDENCE_BUDGET, doubt_form, doubtful, evidence
from bot.chat.slack.richtext import rich_text, size
from bot.chat.slack.subjects import Subject
from bot.domain.evidence.findings import Finding, Role, Tier
from bot.domain.provenance import AiStatus, Provenance, Statement
from bot.domain.signoff import SetAside, Signoff, Status
from bot.playground.blocks import judge_blocks, judge_view
from bot.playground.faults import Fault
from bot.playground.things import View
from tests.builders import NOW, ROSTER, a_signoff, hours, sha
from tests.chat.house import ADA, APPROVE, DETAILS, House, a_house, words_in
from tests.chat.test_blocks import HOSTILE, a_finding, assert_harmless, longest

DOUBT = "signoff_doubt"
TRAILER = "Co-authored-by: Claude <noreply@anthropic.com>"
SUBJECT = Subject(signoff_id="sgn_1", revision=sha("a"), policy_digest="sha256:policy-1")


def a_doubtful(*findings: Finding, **facts: Any) -> Signoff:
    return a_signoff(provenance=Provenance(status=AiStatus.ASSISTED, findings=findings), **facts)


def said(signoff: Signoff) -> str:
    return words_in(evidence(signoff, ROSTER))


async def opened(house: House, user: str = "U0ADA") -> View:
    """The details, as this person has them open."""
    await house.slack.click(user, house.card(), DETAILS)
    view = house.slack.modal(user)
    assert view is not None
    return view


def has_doubt(view: View) -> bool:
    elements = [e for block in view.blocks for e in block.get("elements", [])]
    return DOUBT in {element.get("action_id") for element in elements}


async def assisted(house: House) -> Signoff:
    return await house.ask(description=f"Retry refunds\n\n{TRAILER}")


async def options(house: House, user: str = "U0ADA") -> dict[str, str]:
    """What the form offers: the value of each description."""
    view = house.slack.modal(user)
    assert view is not None
    [select] = [b["element"] for b in view.blocks if b.get("block_id") == "finding"]
    return {option["text"]["text"]: option["value"] for option in select["options"]}


# What is shown.


def test_each_finding_is_shown_word_for_word_with_its_place_and_tier() -> None:
    signoff = a_doubtful(
        a_finding(1, "Co-authored-by: Claude"), replace(a_finding(2, "gone"), present=False)
    )
    assert said(signoff).splitlines() == [
        "1. trailer in commit 0000001, declared: “Co-authored-by: Claude” (Claude)",
        "2. trailer in commit 0000002, declared: “gone” (Claude), in an earlier revision",
    ]


def test_where_nothing_was_found_it_says_so() -> None:
    nothing = a_signoff(provenance=Provenance(status=AiStatus.UNDECLARED))
    assert said(nothing) == "No evidence was found"


def test_what_people_answered_stands_below() -> None:
    answers = tuple(
        Statement(person=person, assisted=helped, at=NOW, revision=sha("b"))
        for person, helped in (("jun", True), ("nobody", False))
    )
    _, label, *lines = said(a_doubtful(statements=answers)).splitlines()
    assert label == "Answers"
    assert lines == [
        "Jun said that AI helped 2026-11-23 10:00 UTC, about revision bbbbbbbbbbbb",
        "nobody said that AI did not help 2026-11-23 10:00 UTC, about revision bbbbbbbbbbbb",
    ]


def test_what_was_set_aside_says_by_whom_and_why() -> None:
    wrong = replace(a_finding(1, "x"), set_aside=True)
    aside = SetAside(finding=wrong.id, by="ada", at=NOW, reason="a quote")
    lost = replace(aside, finding="f" * 32, reason="no longer kept")
    text = said(a_doubtful(wrong, set_aside=(aside, lost)))
    assert "Set aside by Ada 2026-11-23 10:00 UTC: “a quote”" in text
    assert ": “no longer kept”" in text.partition("Set aside, and not kept")[2]
    assert "still counts" not in text


def test_what_too_few_set_aside_says_that_it_still_counts() -> None:
    found = a_finding(1, "x")
    aside = SetAside(finding=found.id, by="ada", at=NOW, reason="a quote")
    assert "“a quote”. It still counts" in said(a_doubtful(found, set_aside=(aside,)))


@pytest.mark.parametrize("char", ["x", "&", "🙈"])
def test_all_the_evidence_there_can_be_keeps_the_budget(char: str) -> None:
    signoff = longest(char)
    blocks = rich_text("evidence", *evidence(signoff, ROSTER))
    assert judge_blocks([blocks], "modal").problems == []
    assert size(blocks) <= EVIDENCE_BUDGET + 200
    assert "more lines" in words_in(blocks)


@pytest.mark.parametrize("text", [*HOSTILE, "", "\u202e", "x" * 5000])
def test_whatever_a_finding_says_the_form_is_one_slack_takes(text: str) -> None:
    signoff = a_doubtful(*(replace(a_finding(n, text), where=f"commit {n}") for n in range(100)))
    form = doubt_form(SUBJECT, doubtful(signoff))
    assert judge_view(form, "modal").problems == []
    rich = rich_text("evidence", *evidence(signoff, ROSTER))
    assert judge_blocks([rich], "modal").problems == []
    assert_harmless([rich])


def test_only_what_still_counts_can_be_doubted() -> None:
    counts = a_finding(1, "counts")
    denies = replace(a_finding(2, "no AI"), role=Role.NONE)
    context = replace(a_finding(3, "context"), tier=Tier.CONTEXT)
    aside = replace(a_finding(4, "aside"), set_aside=True)
    found = doubtful(a_doubtful(counts, denies, context, aside))
    assert found == [(1, counts), (2, denies)]


# What may be done about it.


async def test_a_senior_takes_wrong_evidence_away_and_the_change_is_judged_anew(
    house: House,
) -> None:
    signoff = await assisted(house)
    assert signoff.provenance.status is AiStatus.ASSISTED
    await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    [(label, finding)] = (await options(house)).items()
    assert label.startswith("1. ")
    answer = await house.slack.submit("U0ADA", {"reason": "It is a quotation."})
    assert answer.ok
    now = await house.now(signoff)
    assert [(it.finding, it.by, it.reason) for it in now.set_aside] == [
        (finding, "ada", "It is a quotation.")
    ]
    assert now.provenance.status is AiStatus.UNDECLARED
    await house.settle()
    assert "nobody said whether it helped" in words_in(house.card().blocks)


async def test_the_details_below_the_form_are_drawn_anew(house: House) -> None:
    await assisted(house)
    first = await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    assert len(house.slack.workspace.views.stack("U0ADA")) == 2
    await house.slack.submit("U0ADA", {"reason": "It is a quotation."})

    def renewed() -> View | None:
        view = house.slack.modal("U0ADA")
        return view if view and view.hash != first.hash else None

    view = await house.slack.wait_for(renewed)
    assert view is not None
    assert view.id == first.id
    text = words_in(view.blocks)
    assert "Set aside by Ada" in text
    assert "Ada set evidence aside: “It is a quotation.”" in text
    assert not has_doubt(view)


async def test_a_reason_and_a_choice_are_needed(house: House) -> None:
    signoff = await assisted(house)
    await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    [finding] = (await options(house)).values()
    blank = await house.slack.submit("U0ADA", {"finding": finding, "reason": "  \n"})
    assert "say why" in blank.errors["reason"]
    assert (await house.now(signoff)).set_aside == ()
    assert (await house.slack.submit("U0ADA", {"reason": "A quotation."})).ok
    assert len((await house.now(signoff)).set_aside) == 1


@pytest.mark.parametrize("user", ["U0JUN", "U0KIM", "U0EVE"])
async def test_only_those_who_may_review_are_offered_to(house: House, user: str) -> None:
    await assisted(house)
    assert not has_doubt(await opened(house, user))
    assert has_doubt(await opened(house, "U0GRACE"))


@pytest.mark.parametrize(("description", "there"), [("", False), (TRAILER, True)])
async def test_without_evidence_there_is_nothing_to_doubt(
    house: House, description: str, there: bool
) -> None:
    await house.ask(description=description)
    view = await opened(house)
    assert ("nothing was found" in words_in(view.blocks)) is not there
    assert has_doubt(view) is there


async def test_what_is_decided_cannot_be_doubted_any_more(house: House) -> None:
    signoff = await assisted(house)
    await opened(house)
    await house.slack.click("U0GRACE", house.card(), APPROVE)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    modal = await house.slack.wait_for(
        lambda: len(house.slack.workspace.views.stack("U0ADA")) == 2 and house.slack.modal("U0ADA")
    )
    assert isinstance(modal, View)
    assert "already approved. Grace decided it." in words_in(modal.blocks)
    assert (await house.now(signoff)).set_aside == ()


async def test_a_form_that_comes_too_late_says_so_where_it_stands(house: House) -> None:
    await assisted(house)
    await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    await house.slack.click("U0GRACE", house.card(), APPROVE)
    await house.slack.submit("U0ADA", {"reason": "A quotation."})
    modal = house.slack.modal("U0ADA")
    assert modal is not None
    assert "already approved" in words_in(modal.blocks)
    assert "submit" not in modal.body


async def test_two_who_doubt_the_same_evidence_both_stay_on_record(house: House) -> None:
    signoff = await assisted(house)
    for user in ("U0ADA", "U0GRACE"):
        await opened(house, user)
        await house.slack.click_in_modal(user, DOUBT)
    for user in ("U0ADA", "U0GRACE"):
        assert (await house.slack.submit(user, {"reason": f"A quotation, says {user}."})).ok
    now = await house.now(signoff)
    assert {it.by for it in now.set_aside} == {"ada", "grace"}
    assert now.status is Status.PENDING


async def test_the_form_keeps_its_words_while_slack_is_unsure(house: House) -> None:
    signoff = await assisted(house)
    await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    house.clock.go_on(hours(0.02))
    house.slack.fail("users.info", Fault.DROP_BEFORE)
    answer = await house.slack.submit("U0ADA", {"reason": "A quotation."})
    assert "try again" in answer.errors["finding"]
    assert (await house.slack.submit("U0ADA", {})).ok
    assert (await house.now(signoff)).set_aside[0].reason == "A quotation."


async def test_if_slack_does_not_open_the_form_the_person_is_told(house: House) -> None:
    await assisted(house)
    await opened(house)
    house.slack.fail("views.push", Fault.ERROR("expired_trigger_id"), times=2)
    assert (await house.slack.click_in_modal("U0ADA", DOUBT)).status == 200

    def told() -> bool:
        return any("did not open" in m.text for m in house.slack.messages_to("U0ADA"))

    await house.slack.wait_for(told)


async def test_a_guest_who_was_a_senior_cannot_take_evidence_away(house: House) -> None:
    signoff = await assisted(house)
    await opened(house)
    await house.slack.click_in_modal("U0ADA", DOUBT)
    house.clock.go_on(hours(0.02))
    house.slack.change_member(replace(ADA, restricted=True))
    await house.slack.submit("U0ADA", {"reason": "A quotation."})
    modal = house.slack.modal("U0ADA")
    assert modal is not None
    assert "a guest account" in words_in(modal.blocks)
    assert (await house.now(signoff)).set_aside == ()


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_in_evidence_acts(tmp_path: Path, text: str) -> None:
    async with a_house(tmp_path) as house:
        await house.ask(description=f"x\n\nCo-authored-by: Claude {text} <c@anthropic.com>")
        assert_harmless((await opened(house)).blocks)
        if not has_doubt(await opened(house)):
            return
        await house.slack.click_in_modal("U0ADA", DOUBT)
        for label in await options(house):
            assert "\n" not in label

"""Does a card fit, read well, and stay harmless whatever is put into it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.blocks import MESSAGE_BUDGET, blocks_of, fallback, leanest
from bot.chat.slack.richtext import escape, size
from bot.domain.card import Card, card_of
from bot.domain.change import AiStatement, Check, Commit, FileChange, Identity
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.provenance import AiStatus, Provenance, Statement
from bot.domain.risk import Reason, Risk, RiskTier
from bot.domain.signoff import Asked, SetAside, Signoff, Since, Verdict
from bot.playground.blocks import judge_blocks
from tests.builders import (
    NOW,
    ROSTER,
    a_change,
    a_policy,
    a_requirement,
    a_review,
    a_rule,
    a_signoff,
    after,
    an_ask,
    approves,
    rejects,
    reported,
)
from tests.chat.house import DETAILS, REJECT, House, a_house, words_in
from tests.domain.test_progress import CLAIMED, asks

HOSTILE = [
    "<!channel> look",
    "<!subteam^S0PAY>",
    "<@U0ADA>",
    "<https://evil.example|good>",
    "&lt;!here&gt;",
    "*bold* _it_ ~no~ `code` :white_check_mark:",
    "✅ Approved by Ada",
    "one\n*Outcome*  Approved by Ada\r\nthree\u2028four",
    "abc\u202egnp.exe\u2066\u200b\x07\x1b[31m",
    "https://evil.example/login",
]

LABELS = {
    "Title",
    "Outcome",
    "Pipeline",
    "Now",
    "Who",
    "Policy",
    "Why you",
    "Since then",
    "Risk",
    "AI",
    "Changed",
    "Checks",
    "Needs",
    "Reviews",
    "Expires",
    "Revision",
    "Description",
    "Rules met",
    "Artifact",
    "Key",
    "Opened",
    "In the author's own words (not checked by Countersign)",
}


def hostile_facts(text: str) -> dict[str, Any]:
    """The text wherever somebody outside can put one."""
    who = Identity(login=text, email=f"{text}@x", name=text)
    return {
        "title": text,
        "description": text,
        "url": text,
        "branch": text,
        "artifact_digest": text,
        "author": who,
        "triggered_by": who,
        "commits": (
            Commit(sha="b" * 40, message=f"{text}\n\nCo-authored-by: {text} <{text}>", author=who),
        ),
        "files": (FileChange(path=text, previous_path=text, additions=1),),
        "checks": (Check(name=text, conclusion=text, url=text),),
        "ai": AiStatement(assisted=True, tools=(text,), prompted_by=who, rationale=text),
    }


def everything(node: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from everything(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from everything(value)


def assert_harmless(blocks: Any) -> None:
    allowed = {
        "header", "section", "context", "actions", "divider", "input", "button", "plain_text",
        "overflow", "radio_buttons", "checkboxes", "static_select", "users_select", "datepicker",
        "plain_text_input", "rich_text", "rich_text_section", "rich_text_list", "rich_text_quote",
        "text", "date", "user",
    }  # fmt: skip
    for node in everything(blocks):
        assert node.get("type", "text") in allowed, node
        if node.get("type") == "plain_text":
            assert node["emoji"] is False
        if node.get("type") == "text":
            text = node["text"]
            assert not set(text) & set("\n\r\u2028\u202e\u2066\u200b\x07\x1b"), text


def assert_ours_alone_speak(blocks: Any) -> None:
    """Each line of a card begins with a label of ours; what is quoted stands in a quote."""
    for block in (block for block in blocks if block["type"] == "rich_text"):
        for part in (part for part in block["elements"] if part["type"] == "rich_text_section"):
            label = part["elements"][0]
            assert label["style"] == {"bold": True}
            assert label["text"].strip() in LABELS


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_from_outside_acts_or_speaks_for_us(tmp_path: Path, text: str) -> None:
    async with a_house(tmp_path) as house:
        await house.ask(**hostile_facts(text))
        card = house.card()
        assert_harmless(card.blocks)
        assert_ours_alone_speak(card.blocks)
        assert card.mentions == ()
        assert "<" not in card.text
        assert card.blocks[0]["text"]["text"] == "Sign-off needed: acme/payments-api → production"
        await see_everything(house, text)


async def see_everything(house: House, text: str) -> None:
    """Every other surface on which the text appears."""
    slack = house.slack
    await slack.click("U0ADA", house.card(), DETAILS)
    seen = [slack.modal("U0ADA")]
    await slack.click("U0ADA", house.card(), REJECT)
    seen.append(slack.modal("U0ADA"))
    await slack.open_home("U0ADA")
    await house.settle()
    page = slack.home("U0ADA")
    assert page
    assert_harmless(page)
    for words in ("status", "mine", f"status {text}", text):
        await slack.command("U0ADA", "/signoff", words, channel="C0PAY")
    await slack.submit("U0ADA", {"choice": "tests", "reason": text})
    await house.settle()
    for view in seen:
        assert view is not None
        assert_harmless(view.blocks)
    for message in (*slack.messages("C0PAY"), *slack.ephemerals("U0ADA")):
        assert message.source != "notice", message.text
        assert_harmless(message.blocks)
        assert "<" not in message.text
    assert_ours_alone_speak(house.card().blocks)


def longest(char: str) -> Signoff:
    """As much as fits everywhere, of characters that Slack counts several times."""
    text = char * 3000
    who = Identity(login=text, email=text, name=text)
    facts = hostile_facts(text) | {
        "repository": text,
        "environment": text,
        "revision": "a" * 64,
        "key": text,
        "files": tuple(FileChange(path=f"{text}{i}", additions=9, deletions=9) for i in range(300)),
        "commits": tuple(
            Commit(sha=f"{i:040}", message=f"{text}\n\nCo-authored-by: Claude <c@x>", author=who)
            for i in range(50)
        ),
        "checks": tuple(Check(name=text, conclusion=text) for _ in range(20)),
    }
    requirement = a_requirement(
        because=tuple(text[:200] + str(i) for i in range(50)),
        rules=tuple(text[:200] + str(i) for i in range(50)),
    )
    reviews = tuple(a_review("ada", Verdict.APPROVE, reason=text) for _ in range(20))
    findings = tuple(a_finding(i, text[:200]) for i in range(100))
    opened = a_signoff(
        change=a_change(**facts),
        requirement=requirement,
        provenance=Provenance(status=AiStatus.ASSISTED, findings=findings),
        risk=Risk(tier=RiskTier.HIGH, reasons=tuple(a_risk(text[:200]) for _ in range(40))),
        since=Since(
            signoff_id="sgn_0", revision="b" * 64, identical=False, files=(text[:100],) * 5,
            by=(text[:60],) * 3,
        ),
        statements=tuple(
            Statement(person="jun", assisted=bool(i % 2), at=NOW, revision=text) for i in range(50)
        ),
        set_aside=tuple(
            SetAside(finding=found.id, by="ada", at=NOW, reason=text) for found in findings
        ),
        invited=tuple(Asked(person=id, why=(text[:300],) * 3) for id in ROSTER.people),
    )  # fmt: skip
    return replace(opened, reviews=reviews)


def a_finding(number: int, text: str) -> Finding:
    return Finding(
        source="trailer", tool="Claude", tier=Tier.DECLARED, text=text, where=f"commit {number:07}"
    )


def a_risk(text: str) -> Reason:
    return Reason(kind="size", tier=RiskTier.HIGH, points=1, sentence=text, paths=(text,) * 5)


@pytest.mark.parametrize("char", ["x", "&", "<", "字", "🙈"])
@pytest.mark.parametrize("detailed", [False, True])
def test_the_largest_card_still_fits(char: str, detailed: bool) -> None:
    card = card_of(longest(char), ROSTER, detailed=detailed)
    for blocks in (blocks_of(card), leanest(card)):
        report = judge_blocks(blocks)
        assert report.problems == []
        assert report.size <= size(blocks) <= MESSAGE_BUDGET
    assert blocks_of(card) == blocks_of(card)
    assert 0 < len(fallback(card)) <= 4000


async def test_the_largest_card_hangs_and_can_be_decided(tmp_path: Path) -> None:
    policy = a_policy(risk_checklist=False)
    async with a_house(tmp_path, policy) as house:
        huge = longest("&").change  # five characters each, once escaped
        signoff = await house.ask(
            **{
                name: getattr(huge, name)
                for name in ("title", "description", "files", "commits", "checks", "ai", "author")
            }
        )
        assert 5000 < size(list(house.card().blocks)) <= MESSAGE_BUDGET
        await house.slack.click("U0ADA", house.card(), DETAILS)
        assert house.slack.modal("U0ADA") is not None
        for user in ("U0ADA", "U0GRACE"):  # two, for its author is not in the roster
            await house.slack.click(user, house.card(), "signoff_approve")
            await house.slack.submit(user, {"reason": "I have read all of it."})
        assert (await house.now(signoff)).status.proceed


def test_a_card_that_had_to_be_shortened_says_so() -> None:
    assert "shortened to fit" in words_in(blocks_of(card_of(longest("&"), ROSTER)))
    assert "shortened to fit" not in words_in(blocks_of(a_card()))


def a_card(signoff: Signoff | None = None) -> Card:
    return card_of(signoff or a_signoff(), ROSTER)


def test_each_version_has_block_ids_of_its_own() -> None:
    first, second = a_signoff(), after(a_signoff(), approves())
    ids = [{block["block_id"] for block in blocks_of(a_card(one))} for one in (first, second)]
    assert not ids[0] & ids[1]


def test_a_rationale_is_labelled_as_the_authors_own_words() -> None:
    change = a_change(ai=AiStatement(assisted=True, rationale="It is faster."))
    blocks = blocks_of(a_card(a_signoff(change=change)))
    quote = next(block for block in blocks if block["block_id"].startswith("rationale"))
    assert words_in(quote) == (
        "In the author's own words (not checked by Countersign)\nIt is faster."
    )
    assert quote["elements"][1]["type"] == "rich_text_quote"


def test_moments_are_shown_in_the_readers_time_and_otherwise_in_utc() -> None:
    dates = [n for n in everything(blocks_of(a_card())) if n.get("type") == "date"]
    assert [date["fallback"] for date in dates] == ["2026-11-23 18:00 UTC"]


def test_only_a_link_the_adapter_vouches_for_can_be_followed() -> None:
    link, said = "https://git.acme.example/pull/12", "https://evil.example"
    kinds = []
    for change in (a_change(link=link, url=said), a_change(url=said)):
        links = [n for n in everything(blocks_of(a_card(a_signoff(change=change)))) if "url" in n]
        kinds.append([one["url"] for one in links])
    assert kinds == [[link], []]


def test_the_text_for_notifications_says_what_is_wanted() -> None:
    risky = a_signoff(risk=Risk(tier=RiskTier.HIGH, reasons=(a_risk("It is large."),)))
    assert fallback(a_card(risky)) == (
        "Sign-off needed: acme/payments-api → production. “Retry refunds”. "
        "Risk high: it is large. "
        "Expires 2026-11-23 18:00 UTC; unanswered, the pipeline is stopped. "
        "AI: nobody said whether it helped, and nothing was found. Made by Jun (mid)"
    )


def test_the_text_for_notifications_says_what_goes_on_without_the_words_of_others() -> None:
    busy = after(a_signoff(an_ask(2)), CLAIMED, approves("grace"), asks("ada", "<oops>"))
    said = fallback(card_of(busy, ROSTER, reader="ada"))
    assert (
        "Ada is on it until 2026-11-23 10:35 UTC; 1 of 2 approvals so far; Ada asked the author"
    ) in said
    assert "oops" not in said


def test_the_text_for_notifications_says_how_it_ended() -> None:
    closed = after(a_signoff(), rejects(reason="No tests."), reported())
    assert fallback(a_card(closed)) == (
        "Rejected: acme/payments-api → production. “Retry refunds”. "
        "Rejected by Ada, 2026-11-23 10:05 UTC, after 5 min. "
        "The pipeline was told to stop 2026-11-23 10:05 UTC"
    )


def test_an_author_nobody_knows_is_called_so() -> None:
    stranger = a_card(a_signoff(change=a_change("ghost <x>")))
    assert "Made by “ghost &lt;x&gt;” (not in the roster), with Jun" in fallback(stranger)


def test_a_title_can_neither_act_nor_leave_its_quotation_marks() -> None:
    forged = a_signoff(change=a_change(title="Fix”. Approved by Ada. <!channel> “x"))
    assert "“Fix’. Approved by Ada. &lt;!channel&gt; “x”. " in fallback(a_card(forged))


def test_what_has_no_title_that_can_be_seen_is_called_by_its_place_alone() -> None:
    unnamed = a_signoff(change=a_change(title="\u202e\u200b"))
    assert fallback(a_card(unnamed)).startswith(
        "Sign-off needed: acme/payments-api → production. E"
    )


def test_the_first_lines_say_what_who_and_how_ai_was_involved() -> None:
    lines = words_in(blocks_of(a_card())).splitlines()
    assert [line.partition("  ")[0] for line in lines[:4]] == [
        "Sign-off needed: acme/payments-api → production", "Title", "Who", "AI",
    ]  # fmt: skip


def test_of_what_is_decided_nothing_is_shown_that_only_a_reviewer_needs() -> None:
    change = a_change(ai=AiStatement(assisted=True, rationale="It is faster."))
    waits = a_signoff(change=change)
    before, after_it = a_card(waits), a_card(after(waits, approves()))
    assert "refunds/retry.py" in words_in(blocks_of(before))
    said = words_in(blocks_of(after_it))
    assert "refunds/retry.py" not in said
    assert "It is faster." not in said
    assert said.endswith("sgn_1 · /signoff status sgn_1 says more")


@pytest.mark.parametrize("count", [1, 3000])
def test_one_file_or_three_thousand_read_alike(count: int) -> None:
    files = tuple(FileChange(path=f"src/{n}.py", additions=1) for n in range(count))
    blocks = blocks_of(a_card(a_signoff(change=a_change(files=files))))
    said = words_in(blocks)
    assert f"Changed  {count:,} file{'s' if count > 1 else ''}, +{count:,} −0" in said
    assert said.count("src/") == min(count, 3)
    assert size(blocks) < 1500


def test_nothing_is_mrkdwn_and_every_address_is_ours_or_that_of_the_change() -> None:
    link = "https://git.acme.example/pull/12"
    for text in HOSTILE:
        signoff = a_signoff(change=a_change(**hostile_facts(text), link=link))
        for state in (signoff, after(signoff, rejects(reason=text), reported(False, text))):
            for node in everything(blocks_of(a_card(state))):
                assert node.get("type") != "mrkdwn"
                assert node.get("url", link) == link


def test_why_it_was_rejected_and_how_the_pipeline_took_it_is_on_the_card() -> None:
    closed = after(a_signoff(), rejects(reason="No tests."), reported(False, "HTTP 500 <oops>"))
    said = words_in(blocks_of(a_card(closed)))
    assert "Rejected by Ada, 2026-11-23 10:05 UTC, after 5 min: “No tests.”" in said
    assert "did not accept our answer, 2026-11-23 10:05 UTC: HTTP 500 <oops>" in said


@given(st.text())
def test_escaped_text_holds_no_live_character_and_loses_none(text: str) -> None:
    escaped = escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    back = escaped.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    assert back == text


async def test_policy_may_word_its_checklist_as_it_likes(tmp_path: Path) -> None:
    policy = a_policy(a_rule(checklist=("<!channel> *checked*", "x" * 900)))
    async with a_house(tmp_path, policy) as house:
        await house.ask()
        await house.slack.click("U0ADA", house.card(), "signoff_approve")
        modal = house.slack.modal("U0ADA")
        assert modal is not None
        assert "<!channel> *checked*" in words_in(modal.blocks)

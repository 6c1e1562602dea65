"""Can anything that somebody else wrote act in Slack, or pass for what we say?

Each test ends with every message and view judged (tests/chat/judges.py): no mrkdwn anywhere, no
mention or link in a text, nothing that one of three judges would refuse.
"""

from __future__ import annotations

import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.slack.blocks import MESSAGE_BUDGET, blocks_of, fallback, leanest
from bot.chat.slack.modals import approval, rejection
from bot.chat.slack.richtext import size
from bot.domain.card import card_of
from bot.domain.change import Change
from tests.builders import ROSTER, a_policy, a_rule, a_signoff, judged
from tests.chat.hand import subject_of
from tests.chat.house import House, a_house
from tests.chat.judges import judge_message, judge_modal, linked, objects, shown
from tests.chat.tour import says_everywhere, tour

AT_MOST = 10_000
"""Of a text that takes part in everything; the cards alone are drawn of a million."""

OURS = "https://git.acme.example/change/4711"
SAID = {
    "mrkdwn": "*bold* _it_ ~no~ `code` > quote <https://slack.com.evil.example|slack.com>",
    "everybody": "<!channel> <!here> <!everyone> @channel",
    "a mention": "<@U0ADA> <#C0PAY> <!subteam^S0PAY|@payments>",
    "entities": "&lt;!channel&gt; &amp; <&>",
    "control": "a\x00b\x07c\x1b[31mred\x7f\r\n\tnext\x85line\u2028end",
    "bidi": "evil\u202egpj.exe\u2066\u2069\u200f\u061c",
    "invisible": "pay\u200bments\u2060\ufeff\u3164\U000e0041\u00ad",
    "look-alike": "https://slack.com.evil.example/login https://www.\u0455lack.com",
    "a script": "javascript:alert(1) data:text/html,x file:///etc/passwd",
    "our own words": "Approved by Ada. Outcome: approved\n• Risk: low",
    "an emoji": ":white_check_mark: :tada:",
    "many letters": "x" * 1_000_000,
    "many that are escaped": "&\n<é>" * 200_000,
}


@pytest.mark.parametrize("name", SAID)
async def test_what_others_say_is_shown_and_does_nothing(tmp_path: Path, name: str) -> None:
    text = SAID[name][:AT_MOST]
    async with a_house(tmp_path) as house:
        opening = await house.signoffs.open(says_everywhere(text, link=OURS))
        await tour(house, opening.signoff, text[:2000])
        assert linked(house.slack) <= {OURS}
        assert [said for said in shown(house.slack) if hidden(said)] == []
        assert not any(message.mentions for message in house.slack.messages("C0PAY"))
        assert named(house) <= {"U0JUN", "U0ADA", "U0GRACE"}


def hidden(text: str) -> set[str]:
    """Characters that nobody sees, or that turn others around."""
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")}


def named(house: House) -> set[str]:
    posted = [arguments for _, arguments in house.slack.calls]
    users = [part for part in objects(posted) if part.get("type") == "user" and "user_id" in part]
    return {user["user_id"] for user in users}


NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("<>&|!@#*_~`:/\\\u202e\u200b\x00\n\ud800é漢🙂"),
        st.sampled_from(string.ascii_letters),
        st.characters(),
    ),
    max_size=400,
)
FUZZED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@FUZZED
@given(text=NASTY, times=st.sampled_from([1, 20, 400]))
def test_whatever_is_said_the_card_and_its_forms_are_taken_and_cannot_act(
    text: str, times: int
) -> None:
    assert_taken(says_everywhere(text * times, link=OURS), text or "x")


def assert_taken(change: Change, point: str = "x") -> None:
    made = judged(change, a_policy(a_rule(reason=True, checklist=(point, "y" * 200))))
    signoff = a_signoff(
        change=change,
        provenance=made.facts.provenance,
        contributors=made.facts.contributors.people,
        requirement=made.judgement.requirement,
        risk=made.facts.risk,
    )
    card = card_of(signoff, ROSTER, detailed=True)
    for blocks in (blocks_of(card), leanest(card)):
        assert judge_message(blocks) == []
        assert size(blocks) <= MESSAGE_BUDGET
        assert_harmless(blocks, change)
    assert not set("<>") & set(fallback(card))
    for form in (approval(card, subject_of(signoff)), rejection(card, subject_of(signoff))):
        assert judge_modal(form) == []
        assert_harmless(form, change)


def assert_harmless(payload: object, change: Change) -> None:
    for part in objects({"payload": payload}):
        assert part.get("type") not in ("mrkdwn", "user", "usergroup", "broadcast", "emoji")
        assert part.get("url", change.link) == change.link
        text = part.get("text", "")
        assert not isinstance(text, str) or not hidden(text)


@pytest.mark.parametrize("name", ["mrkdwn", "many letters"])
def test_a_field_may_be_as_long_as_it_likes(name: str) -> None:
    assert_taken(says_everywhere(SAID[name] * (1_000_000 // len(SAID[name])), link=OURS))


OWN, SDK, THIRD = "own", "sdk", "slackblocks"


@pytest.mark.parametrize(
    ("change", "judges"),
    [
        ({"text": {"type": "plain_text", "text": "x" * 151}}, {OWN, SDK, THIRD}),
        ({"text": {"type": "mrkdwn", "text": "x"}}, {OWN}),
        ({"block_id": "x" * 256}, {OWN, SDK, THIRD}),
        ({"type": "carousel"}, {OWN, SDK, THIRD}),
        ({"colour": "red"}, {OWN, SDK}),
    ],
)
def test_the_judges_see_what_is_wrong(change: dict[str, object], judges: set[str]) -> None:
    """Or the tests above would show nothing."""
    good = blocks_of(card_of(a_signoff(), ROSTER))[0]
    assert judge_message([good]) == []
    problems = judge_message([{**good, **change}])
    assert {problem.partition(":")[0] for problem in problems} >= judges

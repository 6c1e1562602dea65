"""Which forms are there, and what do they ask?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat.slack.blocks import quoted
from bot.chat.slack.presses import Subject, Submission
from bot.chat.slack.richtext import Block, plain, rich_text, section, spoken, words
from bot.domain.card import Card
from bot.domain.signoff import Verdict
from bot.domain.spans import harmless

FORM = "signoff_form"
"""callback_ids: `signoff_form_approve` and `signoff_form_reject`."""

REASON, CHECKLIST = "reason", "checklist"

REASON_AT_MOST = 1000
POINTS_IN_A_BLOCK = 10
POINT_AT_MOST = 75

NO_REASON = "Please say why in a few words: a reason is required here."
OPEN_POINTS = "Please confirm every point before you approve."

_SEEN_BY = "Everybody who sees the card can read it; the pipeline is told as well."


def callback(verdict: Verdict) -> str:
    return f"{FORM}_{verdict.value}"


def form(card: Card, subject: Subject, verdict: Verdict) -> Block:
    """Ask for what policy wants to know before this verdict counts."""
    approve = verdict is Verdict.APPROVE
    inputs = _checklist(card) if approve else []
    if not approve or card.approve_reason:
        inputs.append(reason_input("Why is it good to go?" if approve else "What has to change?"))
    return {
        "type": "modal",
        "callback_id": callback(verdict),
        "private_metadata": subject.pack(),
        "title": plain("Approve" if approve else "Reject"),
        "submit": plain("Approve" if approve else "Reject"),
        "close": plain("Cancel"),
        "blocks": [_about(card, approve), *inputs],
    }


def missing(card: Card, submission: Submission, verdict: Verdict) -> dict[str, str]:
    """What the person can mend in their answers, by block; the engine judges the rest."""
    wrong = {}
    if (verdict is Verdict.REJECT or card.approve_reason) and not submission.text(REASON):
        wrong[REASON] = NO_REASON
    if verdict is Verdict.APPROVE:
        for block, points in _groups(card.checklist):
            if len(set(submission.ticked(block))) < len(points):
                wrong[block] = OPEN_POINTS
    return {block: why for block, why in wrong.items() if block in submission.blocks}


def checked(card: Card, submission: Submission) -> tuple[str, ...]:
    """The points that were ticked, as policy words them."""
    ticked = {name for block, _ in _groups(card.checklist) for name in submission.ticked(block)}
    return tuple(point for index, point in enumerate(card.checklist) if str(index) in ticked)


def notice(title: str, sentence: str) -> Block:
    """A modal that only says something."""
    text = sentence.strip()[:2900] or "…"
    return {
        "type": "modal",
        "title": plain(title[:24]),
        "close": plain("Close"),
        "blocks": [{"type": "section", "text": plain(text)}],
    }


def reason_input(label: str, hint: str = _SEEN_BY) -> Block:
    return {
        "type": "input",
        "block_id": REASON,
        "label": plain(label),
        "hint": plain(hint),
        "element": {
            "type": "plain_text_input",
            "action_id": REASON,
            "multiline": True,
            "max_length": REASON_AT_MOST,
            "focus_on_load": True,
        },
    }


def _about(card: Card, approve: bool) -> Block:
    what = "You are about to let this go on: " if approve else "You are about to stop this: "
    return rich_text(
        "about",
        section(words(what), words(card.headline.partition(": ")[2] or card.headline, bold=True)),
        section(words("Title  ", bold=True), *spoken(quoted(card.title))),
    )


def _checklist(card: Card) -> list[Block]:
    blocks: list[Block] = []
    for block, points in _groups(card.checklist):
        blocks += [*_in_full(block, points), _points(block, points)]
    return blocks


def _in_full(block: str, points: Sequence[tuple[int, str]]) -> Iterable[Block]:
    """Points too long for a checkbox are written out above it."""
    long = [(index, point) for index, point in points if len(point) > POINT_AT_MOST]
    if long:
        lines = [section(words(f"{index + 1}. {harmless(point, 1000)}")) for index, point in long]
        yield rich_text(f"{block} in full", *lines)


def _points(block: str, points: Sequence[tuple[int, str]]) -> Block:
    options = [
        {"text": plain(harmless(f"{index + 1}. {point}", POINT_AT_MOST)), "value": str(index)}
        for index, point in points
    ]
    return {
        "type": "input",
        "block_id": block,
        "label": plain("I have checked that"),
        "element": {"type": "checkboxes", "action_id": block, "options": options},
    }


def _groups(checklist: Sequence[str]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Slack takes ten checkboxes at a time."""
    points = list(enumerate(checklist))
    starts = range(0, len(points), POINTS_IN_A_BLOCK)
    return [(f"{CHECKLIST}{i}", points[i : i + POINTS_IN_A_BLOCK]) for i in starts]

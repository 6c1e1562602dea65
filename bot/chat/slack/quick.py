"""Which reasons can be chosen with one press, and how do they read on record?"""

from __future__ import annotations

from bot.chat.slack.presses import Submission
from bot.chat.slack.richtext import Block, plain
from bot.domain.errors import ReasonMissing
from bot.domain.quorum import says_why

CHOICE, REASON = "choice", "reason"

REASON_AT_MOST = 1000

OTHER = "other"

Quick = dict[str, tuple[str, str]]
"""By the value of the option: what is offered, and what is kept."""

REJECTING: Quick = {
    "tests": ("It needs tests", "Needs tests"),
    "risk": ("It is too risky as it is", "Too risky as it is"),
    "size": ("It does too much at once", "Does too much at once"),
    "unclear": ("I do not understand it", "Not understood as it is"),
    "time": ("Wrong time to ship", "Wrong time to ship"),
    OTHER: ("Something else", ""),
}

WITHDRAWING: Quick = {
    "work": ("It needs more work", "Needs more work"),
    "newer": ("Another change takes its place", "Another change takes its place"),
    "time": ("Not now", "Not now"),
    "needless": ("It is not needed any more", "Not needed any more"),
    OTHER: ("Something else", ""),
}

NO_REASON = ReasonMissing().sentence
NO_CHOICE = "Please choose one of these reasons, or “Something else” and say it in your own words."
ELSE_WHAT = "Please say why in a few words, or choose another of the reasons above."
TOO_LONG = f"Please keep it to {REASON_AT_MOST} characters."


def choices(quick: Quick, label: str) -> Block:
    """One of them; whoever has another reason says it in their own words."""
    options = [{"text": plain(shown), "value": value} for value, (shown, _) in quick.items()]
    return {
        "type": "input",
        "block_id": CHOICE,
        "label": plain(label),
        "hint": plain("With “Something else”, say below what it is."),
        "element": {"type": "radio_buttons", "action_id": CHOICE, "options": options},
    }


def reason_of(form: Submission, quick: Quick) -> str:
    """Our words for what was chosen, and theirs: "Too risky as it is: the migration locks"."""
    kept = quick.get(form.chosen(CHOICE), ("", ""))[1]
    return ": ".join(filter(None, (kept, form.text(REASON))))


def wrong_reason(form: Submission, quick: Quick) -> dict[str, str]:
    """What is to be mended before there is a reason, by block."""
    chosen = form.chosen(CHOICE)
    if chosen not in quick:
        return {CHOICE: NO_CHOICE}
    if chosen == OTHER and not says_why(form.text(REASON)):
        return {REASON: ELSE_WHAT}
    return _too_long(form, REASON)


def wrong_why(form: Submission, block: str = REASON) -> dict[str, str]:
    """Whether a reason was given, and no longer than there is room for."""
    return _too_long(form, block) if says_why(form.text(block)) else {block: NO_REASON}


def wrong_text(form: Submission, missing: str, block: str = REASON) -> dict[str, str]:
    """Whether anything was said, and no more than there is room for."""
    return _too_long(form, block) if form.text(block) else {block: missing}


def _too_long(form: Submission, block: str) -> dict[str, str]:
    return {block: TOO_LONG} if len(form.text(block)) > REASON_AT_MOST else {}

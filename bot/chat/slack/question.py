"""How does the question whether AI helped look in Slack?"""

from __future__ import annotations

from bot.chat.slack.presses import Subject
from bot.chat.slack.richtext import Block, escape, plain, rich_text, section, words
from bot.domain.card import Question
from bot.domain.spans import harmless

AI_HELPED, AI_DID_NOT = "signoff_ai_helped", "signoff_ai_did_not"

NAMED_AT_MOST = 10
ANSWER_AT_MOST = 500

_ASKED = "Did AI help to make this change?"
_WHAT_IT_IS_FOR = (
    "Whoever had a part in it can answer. The answer counts as evidence, for this revision."
)


def spoken_text(question: Question) -> str:
    """For notifications and screen readers."""
    what = question.answer or f"{_ASKED} {question.because}"
    return escape(f"{harmless(question.about, 200)}: {harmless(what, ANSWER_AT_MOST)}")


def blocks_of_question(question: Question, *, in_person: bool) -> list[Block]:
    """With its two buttons while it is open; in a channel the people are named, so that they hear."""
    about = words(harmless(question.about, 200), bold=True)
    if question.answer:
        answered = section(about, words(": "), words(harmless(question.answer, ANSWER_AT_MOST)))
        return [rich_text(f"question:{question.version}", answered)]
    named = [] if in_person else _named(question)
    asked = section(*named, words(f"{_ASKED} "), about)
    why = section(words(f"{question.because} {_WHAT_IT_IS_FOR}"))
    return [rich_text(f"question:{question.version}", asked, why), _buttons(question)]


def _named(question: Question) -> list[Block]:
    mentions = [
        part
        for user in question.people[:NAMED_AT_MOST]
        for part in ({"type": "user", "user_id": user}, words(" "))
    ]
    more = len(question.people) - NAMED_AT_MOST
    return [*mentions, words(f"and {more} more: ")] if more > 0 else mentions


def _buttons(question: Question) -> Block:
    value = Subject(
        signoff_id=question.signoff_id,
        revision=question.revision,
        policy_digest=question.policy_digest,
    ).pack()
    labels = ((AI_HELPED, "AI helped"), (AI_DID_NOT, "AI did not help"))
    return {
        "type": "actions",
        "block_id": f"answer:{question.version}",
        "elements": [
            {
                "type": "button",
                "action_id": action_id,
                "text": plain(label),
                "value": value,
                "accessibility_label": harmless(f"{label}: {question.about}", 75),
            }
            for action_id, label in labels
        ],
    }

"""How does the question whether AI helped look in Slack?"""

from __future__ import annotations

from bot.chat.slack.asking import mentions
from bot.chat.slack.buttons import button
from bot.chat.slack.names import AI_DID_NOT, AI_HELPED
from bot.chat.slack.richtext import Block, escape, rich_text, section, words
from bot.chat.slack.subjects import Subject
from bot.domain.notes import Question
from bot.domain.spans import harmless

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
    named = [] if in_person else mentions(question.people)
    asked = section(*named, words(f"{_ASKED} "), about)
    why = section(words(f"{question.because} {_WHAT_IT_IS_FOR}"))
    return [rich_text(f"question:{question.version}", asked, why), _buttons(question)]


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
            button((action_id, label, ""), value, question.about) for action_id, label in labels
        ],
    }

"""How do a question to the author, and its answer, look in Slack?"""

from __future__ import annotations

from bot.chat.slack.buttons import button
from bot.chat.slack.names import ANSWER
from bot.chat.slack.richtext import Block, quote, rich_text, section, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.notes import Asking, Reply
from bot.domain.spans import harmless

NAMED_AT_MOST = 10


def blocks_of_asking(asking: Asking, *, in_person: bool) -> list[Block]:
    """With a button while it can be answered; in a channel the people are named, so that they hear."""
    lead = f"{harmless(asking.asker, 80)} asks about {harmless(asking.about, 200)}:"
    named = [] if in_person or asking.closed else mentions(asking.people)
    parts = [section(*named, words(lead)), quote(*spoken([asking.question]))]
    if asking.closed:
        parts.append(section(words(harmless(asking.closed, 300))))
    said = rich_text(f"asking {asking.number}:{asking.version}", *parts)
    return [said] if asking.closed else [said, _button(asking)]


def blocks_of_reply(reply: Reply, *, in_person: bool) -> list[Block]:
    """The question is said again where it does not stand above."""
    lead = f"{harmless(reply.author, 80)} answered about {harmless(reply.about, 200)}:"
    named = [] if in_person else mentions(reply.people)
    asked = [section(words("You asked:")), quote(*spoken([reply.question]))] if in_person else []
    answer = [section(*named, words(lead)), quote(*spoken([reply.answer]))]
    return [rich_text(f"reply {reply.number}:{reply.version}", *asked, *answer)]


def mentions(users: tuple[str, ...]) -> list[Block]:
    """Slack tells them of it."""
    found = [
        part
        for user in users[:NAMED_AT_MOST]
        for part in ({"type": "user", "user_id": user}, words(" "))
    ]
    more = len(users) - NAMED_AT_MOST
    return [*found, words(f"and {more} more: ")] if more > 0 else found


def _button(asking: Asking) -> Block:
    subject = Subject(
        signoff_id=asking.signoff_id,
        revision=asking.revision,
        policy_digest=asking.policy_digest,
        number=asking.number,
    )
    answer = button((ANSWER, "Answer…", ""), subject.pack(), asking.about)
    return {
        "type": "actions",
        "block_id": f"answer {asking.number}:{asking.version}",
        "elements": [answer],
    }

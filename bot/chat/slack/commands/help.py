"""What can be asked of `/signoff`, and how is it written?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from bot.chat.slack.commands.words import WORDS, name_in

COMMAND = "/signoff"

ORDER = "The most urgent first: what is due soon, then by risk."


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One command: how it is written, what it tells or does, and examples."""

    usage: str
    line: str
    more: str
    examples: tuple[str, ...]


TOPICS = {
    "mine": Topic(
        usage="mine",
        line="what waits for you (also: /signoff alone)",
        more=f"What you could decide now, with its buttons; what you are asked for comes before the rest. {ORDER}",
        examples=("", "mine"),
    ),
    "status": Topic(
        usage="status [ID or key]",
        line="everything that waits, or one sign-off with all we know about it",
        more=f"{ORDER} The beginning of an ID is enough, and its sgn_ may be left out.",
        examples=("status", "status sgn_4xk2", "status payments-api/deploy/4711"),
    ),
    "queue": Topic(
        usage="queue [group]",
        line="what waits for a group, the most urgent first",
        more=f"{ORDER} Without a group: what waits for those you belong to. Its channel will do as a "
        "name.",
        examples=("queue", "queue payments-seniors"),
    ),
    "explain": Topic(
        usage="explain ID",
        line="why it is asked for: the policy, rule by rule",
        more="Each rule that applies with what it looked at, then the others with what they lack.",
        examples=("explain 4xk2",),
    ),
    "who": Topic(
        usage="who ID",
        line="who may approve, who is asked and why, and why not the others",
        more="Those who were asked, those who would be asked now, and what speaks against others.",
        examples=("who 4xk2",),
    ),
    "history": Topic(
        usage="history ID",
        line="what happened to it so far",
        more="Every step that the audit trail holds; the newest where there are many.",
        examples=("history 4xk2",),
    ),
    "claim": Topic(
        usage="claim ID",
        line="tell the others that you are on it",
        more="It lapses by itself, and keeps nobody from deciding.",
        examples=("claim 4xk2",),
    ),
    "delegate": Topic(
        usage="delegate ID @person reason",
        line="have somebody else asked in your place",
        more="They must be among those who may approve. You may still decide yourself.",
        examples=("delegate 4xk2 @grace she wrote the refund code",),
    ),
    "away": Topic(
        usage="away [until DATE|today|tomorrow|friday|3d] [deputy @person]",
        line="be asked last until you are back; away back ends it",
        more="The day you name is the day you are back; today is for the rest of today. Without "
        "a day it is until you say that you are back. Where your deputy may sign, they are "
        "asked sooner.",
        examples=("away until 2026-12-07", "away 3d deputy @grace", "away back"),
    ),
    "override": Topic(
        usage="override ID INCIDENT reason",
        line="in an emergency, let it go on though nobody approved it",
        more="For those whom countersign.yaml names, and everybody concerned hears of it. Where two "
        "are needed, somebody else confirms it within 15 minutes. It ends by itself within an hour. "
        "Where people have security keys theirs signs it, on a page that this leads to. "
        "Afterwards somebody who had no part says whether it was fine or wrong, and why: until "
        "then, once that is overdue, nothing else can be overridden.",
        examples=(
            "override 4xk2 INC-4711 checkout is down, this is the fix",
            "override confirm 4xk2",
            "override review 4xk2 fine the fix was right",
        ),
    ),
    "incident": Topic(
        usage="incident NAME [ID…] what happened",
        line="say which sign-off an incident is of, or which it is not",
        more="Anybody in the roster may. With not ID you say that it was not this one, and that "
        "stays; with over that the incident has ended. The name alone tells what is known of it.",
        examples=(
            "incident INC-4711 sgn_4xk2 checkout is down since the deploy",
            "incident INC-4711 not sgn_4xk2",
            "incident INC-4711 over",
        ),
    ),
    "metrics": Topic(
        usage="metrics [me|group] [since 7d|4w|YYYY-MM-DD]",
        line="how many, how fast, and how they ended; of groups, never of people",
        more="Of what was opened in the last 30 days, if nothing else is said. With me: how you "
        "decided yourself, which nobody else can ask. Members of a group are also told how all of "
        "them together decided, where that says nothing about one.",
        examples=("metrics", "metrics me", "metrics payments-seniors since 7d"),
    ),
    "help": Topic(
        usage="help [topic]",
        line="this, or more about one of these",
        more="Every answer is for you alone; with --share the channel sees it too.",
        examples=("help", "help away"),
    ),
}

SHARING = (
    "Answers are for you alone. Add --share to status, queue, explain, who, history, incident or metrics, "
    "and the channel sees the answer."
)


def overview() -> str:
    """One line each."""
    lines = (f"{COMMAND} {topic.usage}: {topic.line}" for topic in TOPICS.values())
    return "\n".join((*lines, SHARING))


def about(words: str) -> str | None:
    """More about one command; None if it is none."""
    verb = topic_in(words)
    if verb is None:
        return None
    topic = TOPICS[verb]
    lead = f"{COMMAND} {topic.usage}: {topic.line}"
    return "\n".join((f"{lead}.", topic.more, *_examples(topic)))


def topic_in(words: str) -> str | None:
    name = name_in(words).casefold().removeprefix(COMMAND).strip()
    verb = WORDS.get(name) if name else None
    return "away" if verb == "back" else verb


def nearest_topic(words: str) -> str:
    near = get_close_matches(name_in(words).casefold()[:40], TOPICS, n=1)
    return near[0] if near else ""


def usage(verb: str, missing: str) -> str:
    """What is missing, how it is written, and an example."""
    topic = TOPICS[verb]
    return f"{missing}\nUsage: {COMMAND} {topic.usage}\nExample: {COMMAND} {topic.examples[0]}"


def _examples(topic: Topic) -> Iterator[str]:
    yield "For example:"
    yield from (f"{COMMAND} {example}".rstrip() for example in topic.examples)

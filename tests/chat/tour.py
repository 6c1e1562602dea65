"""How do tests make the bot say everything it can say about one change?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.chat.slack import names
from bot.domain.change import (
    AiNote,
    AiStatement,
    Change,
    Check,
    Commit,
    Incident,
    Ownership,
    Resource,
    Scaling,
    Touch,
)
from bot.domain.signoff import Signoff, Verdict
from bot.playground.things import Message
from tests.builders import NOW, a_change, a_click, a_file, minutes, sha, who
from tests.chat.house import House

READERS = ("U0ADA", "U0JUN", "U0EVE")
OPENING = (names.DETAILS, names.REJECT, names.ANSWER)


def says_everywhere(text: str, **facts: Any) -> Change:
    """A change of which every field that somebody else writes says this."""
    said: dict[str, Any] = {
        "key": text,
        "repository": f"acme/payments-{text}",
        "base_branch": text,
        "title": text,
        "description": text,
        "url": text,
        "branch": text,
        "triggered_by": who(text, name=text, email=text),
        "commits": (
            Commit(
                sha=sha("1"),
                message=f"{text}\n\nCo-authored-by: {text} <noreply@anthropic.com>\nAI-Tool: {text}",
                author=who(text, name=text, email=text),
                notes=(AiNote(ref=text, tools=(text,), ai_lines=3, signed=True),),
            ),
        ),
        "files": (a_file(text), a_file(f"db/migrations/{text}.sql"), a_file(f"infra/{text}.tf")),
        "artifact_digest": text,
        "ai": AiStatement(assisted=True, tools=(text,), prompted_by=who(text), rationale=text),
        "checks": (Check(name=text, conclusion="failure", url=text),),
        "labels": (text,),
        "pushers": (who(text),),
        "owners": (Ownership(owners=(text,), section=text, paths=(text,)),),
        "plan": (Resource(address=text, action="delete", forced=(text,)),),
        "scaling": (Scaling(resource=text, setting=text, before=4, after=1, recent_peak=3),),
        "incidents": (Incident(id=text, at=NOW, title=text),),
        "touches": (Touch(who=who(text), commits=3, last=NOW),),
    }
    return a_change(**{**said, **facts})


async def tour(house: House, signoff: Signoff, text: str) -> None:
    """Everybody looks at everything, again and again; people say `text` wherever they can."""
    await look(house, signoff, text)
    await house.signoffs.claim(a_click(signoff, "grace"))
    await house.signoffs.inquire(a_click(signoff, "ada"), text)
    await house.settle()
    await house.signoffs.answer(a_click(signoff, "jun"), 1, text)
    await house.signoffs.inquire(a_click(signoff, "grace"), text)
    await house.signoffs.delegate(a_click(signoff, "ada", id="passes"), "grace", text)
    house.clock.go_on(minutes(20))
    await house.signoffs.pass_deadlines()
    await look(house, signoff, text)
    await house.signoffs.review(a_click(signoff, "ada", id="no"), Verdict.REJECT, text)
    await look(house, signoff, text)


async def look(house: House, signoff: Signoff, text: str) -> None:
    """At every page, and at all that can be opened from a message; nothing is decided by it."""
    await house.settle()
    for user in READERS:
        await house.slack.open_home(user)
        await house.settle()
        for message in (*house.slack.messages("C0PAY"), *house.slack.messages_to(user)):
            await _open_each(house, user, message)
    for line in _lines(signoff, text):
        await house.slack.command("U0ADA", "/signoff", line, channel="C0PAY")
    await house.settle()


async def _open_each(house: House, user: str, message: Message) -> None:
    blocks = [block for block in message.blocks if block["type"] == "actions"]
    for element in (element for block in blocks for element in block["elements"]):
        if element["type"] == "overflow":
            for option in element["options"]:
                await house.slack.click(user, message, element["action_id"], value=option["value"])
        elif element["action_id"] in OPENING:
            await house.slack.click(user, message, element["action_id"])


def _lines(signoff: Signoff, text: str) -> Iterator[str]:
    yield from ("", "mine", "queue", "metrics", "help", "help status", "away", "delegate")
    yield from (f"{verb} {signoff.id}" for verb in ("status", "explain", "who", "history"))
    yield f"status {signoff.id} --share"
    spoken = " ".join(text.split())[:1000]
    yield from (f"{verb} {spoken}" for verb in ("", "status", "queue", "explain", "metrics"))

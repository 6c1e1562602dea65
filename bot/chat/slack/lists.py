"""How do several signoffs read at a glance?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.slack.blocks import actions
from bot.chat.slack.richtext import Block, plain, rich_text, section, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.calendar import working_hours
from bot.domain.card import Card
from bot.domain.people import Roster
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Verdict
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless
from bot.domain.wording import HEADLINES, ai, changed, place_of, risk

TITLE_AT_MOST, AI_AT_MOST = 80, 60


def item(signoff: Signoff, card: Card, roster: Roster, now: datetime, reader: str) -> list[Block]:
    """One that waits, with its buttons. Block ids are unique on a page of many."""
    name = f"{signoff.id}:{signoff.version}"
    return [entry(f"item:{name}", signoff, roster, now, reader), actions(card)]


def entry(block_id: str, signoff: Signoff, roster: Roster, now: datetime, reader: str) -> Block:
    """What it is, what it is called, what to know of it, and how it stands: a line each. `reader`
    is "you" in it."""
    stands = (*standing(signoff, roster, now, reader), Ours(f" · {signoff.id}"))
    return rich_text(
        block_id,
        section(words(place_of(signoff), bold=True)),
        section(*spoken([_title(signoff)])),
        *(section(words(line)) for line in _gist(signoff)),
        section(*spoken(stands)),
    )


def row(
    block_id: str, signoff: Signoff, stands: Sequence[Span], zone: str, pressed: Block
) -> Block:
    """The same with one button beside it, in less room: plain text, by the clocks of `zone`."""
    stood = f"{_text(stands, zone)} · {signoff.id}"
    lines = (place_of(signoff), _title(signoff).text, *_gist(signoff), stood)
    text = plain("\n".join(lines))
    return {"type": "section", "block_id": block_id, "text": text, "accessory": pressed}


def standing(signoff: Signoff, roster: Roster, now: datetime, reader: str) -> tuple[Span, ...]:
    """Until when there is time, and who is at it; or how it ended.

    Moments, not lengths: a page that hangs for an hour is as true as it was.
    """
    if signoff.status.is_final:
        return _over(signoff)
    asked = f" · {_asked(signoff, roster, reader)}"
    taken = settling = ""
    if signoff.claim:
        mine = signoff.claim.person == reader
        taken = f" · {'you are' if mine else roster.name(signoff.claim.person) + ' is'} on it"
    if signoff.settling:
        settling = " · approved, and about to count"
    return (*_until(signoff, now), Ours(f"{asked}{taken}{settling}"))


def ended(signoff: Signoff, reader: str) -> tuple[Span, ...]:
    """What the reader said of it, when, and what came of it."""
    mine = [review for review in signoff.reviews if review.person == reader]
    headline = HEADLINES[signoff.status] if signoff.status.is_final else "not decided yet"
    if not mine:
        return (Ours(headline),)
    verb = "approved" if mine[-1].verdict is Verdict.APPROVE else "rejected"
    came = f" · {headline}" if headline.casefold() != verb else ""
    return (Ours(f"You {verb} it "), Moment(mine[-1].at), Ours(came))


def subject_of(signoff: Signoff) -> Subject:
    """What a press beside it is about: as it stands now, wherever that hangs."""
    return Subject(
        signoff_id=signoff.id,
        revision=signoff.change.revision,
        policy_digest=signoff.requirement.policy_digest,
    )


def button(action_id: str, label: str, signoff: Signoff) -> Block:
    """What it is about is read out with it, for there are many alike on a page."""
    spoken_label = harmless(f"{label} {place_of(signoff)}, {signoff.id}", 75)
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(label),
        "value": subject_of(signoff).pack(),
        "accessibility_label": spoken_label,
    }


def _gist(signoff: Signoff) -> list[str]:
    """One line to judge it by before it is opened; none once there is nothing to judge."""
    if signoff.status.is_final:
        return []
    known = signoff.change.files_complete or signoff.change.files
    size = _text(changed(signoff, 0)) if known else "files not known"
    tier = f" · risk {_text(risk(signoff, 0))}" if signoff.risk else ""
    return [f"AI: {_ai(signoff)} · {size}{tier}"]


def _ai(signoff: Signoff) -> str:
    """Which tool helped, where one surely did; else the answer in words."""
    tools = ", ".join(signoff.provenance.tools)
    sure = signoff.provenance.status is AiStatus.ASSISTED and tools
    return harmless(tools if sure else _text(ai(signoff, 0)), AI_AT_MOST)


def _until(signoff: Signoff, now: datetime) -> tuple[Span, ...]:
    if signoff.expires_at is None:
        return (Ours("no deadline"),)
    if signoff.expires_at <= now:
        return (Ours("out of time"),)
    return (Ours("expires "), Moment(signoff.expires_at))


def _asked(signoff: Signoff, roster: Roster, reader: str) -> str:
    others = [person for person in signoff.asked if person != reader]
    names = [*(["you"] if reader in signoff.asked else []), *map(roster.name, others)]
    return f"asked: {harmless(', '.join(names) or 'nobody', 120)}"


def _over(signoff: Signoff) -> tuple[Span, ...]:
    when = (Moment(signoff.decided_at),) if signoff.decided_at else ()
    return (Ours(f"{HEADLINES[signoff.status]} "), *when)


def _text(spans: Iterable[Span], zone: str = "") -> str:
    clock = ZoneInfo(working_hours("", zone).zone)
    return "".join(
        f"{span.at.astimezone(clock):%a %d %b, %H:%M %Z}" if isinstance(span, Moment) else span.text
        for span in spans
    )


def _title(signoff: Signoff) -> Theirs:
    return Theirs(f"“{harmless(signoff.change.title, TITLE_AT_MOST)}”")

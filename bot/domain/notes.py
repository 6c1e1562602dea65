"""What is said beside a card: questions, their answers, lists of what waits, and alarms?

Like a card, each is what a stored state looks like at one moment, and is corrected when that
changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.emergency import Emergency
from bot.domain.people import Person, Roster
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Inquiry, Signoff, wants_declaration
from bot.domain.spans import Span, Theirs, harmless
from bot.domain.wording import line_of, place_of

TEXT_SHOWN = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether AI helped, asked of those who made a change: `people` are their ids in the chat.

    `because` says why they are asked, and `answer` what came of it; empty while it is open.
    """

    signoff_id: str
    revision: str
    policy_digest: str
    version: int
    people: tuple[str, ...]
    about: str
    because: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A reviewer's question to those who made the change; `people` are their ids in the chat.

    `closed` says in our words why it cannot be answered any more; empty while it can.
    """

    signoff_id: str
    revision: str
    policy_digest: str
    version: int
    number: int
    people: tuple[str, ...]
    about: str
    asker: str
    question: Theirs
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to such a question; `people` are the ids in the chat of who wanted to know."""

    signoff_id: str
    version: int
    number: int
    people: tuple[str, ...]
    about: str
    author: str
    question: Theirs
    answer: Theirs


class ListingKind(StrEnum):
    REMINDER = "reminder"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One signoff in a list, and what a press beside it is about; `about`: what ships where."""

    signoff_id: str
    revision: str
    policy_digest: str
    open: bool
    about: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Several signoffs at once, as they stand. `more` are left out."""

    id: str
    kind: ListingKind
    lead: str
    lines: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A signed checkpoint of the audit trail, word for word, for people to keep."""

    id: str
    lead: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an operator has to mend, in our words."""

    id: str
    text: str


Note = Question | Asking | Reply | Listing | Alarm | Emergency | Witness


def question_of(signoff: Signoff, roster: Roster) -> Question:
    change = signoff.change
    return Question(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=signoff.requirement.policy_digest,
        version=signoff.version,
        people=tuple(person.slack for person in makers(signoff, roster)),
        about=place_of(signoff),
        because=_BECAUSE[signoff.provenance.status is AiStatus.CONTRADICTED],
        answer=_answer(signoff, roster),
    )


def asking_of(signoff: Signoff, inquiry: Inquiry, roster: Roster) -> Asking:
    change = signoff.change
    return Asking(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=signoff.requirement.policy_digest,
        version=signoff.version,
        number=inquiry.number,
        people=tuple(person.slack for person in makers(signoff, roster)),
        about=place_of(signoff),
        asker=roster.name(inquiry.by),
        question=Theirs(harmless(inquiry.question, TEXT_SHOWN)),
        closed=_closed(signoff, inquiry, roster),
    )


def reply_of(signoff: Signoff, inquiry: Inquiry, roster: Roster) -> Reply:
    asker = roster.people.get(inquiry.by)
    return Reply(
        signoff_id=signoff.id,
        version=signoff.version,
        number=inquiry.number,
        people=(asker.slack,) if asker and asker.slack else (),
        about=place_of(signoff),
        author=roster.name(inquiry.answered_by),
        question=Theirs(harmless(inquiry.question, TEXT_SHOWN)),
        answer=Theirs(harmless(inquiry.answer, TEXT_SHOWN)),
    )


def listing_of(
    listing_id: str,
    kind: ListingKind,
    signoffs: Sequence[Signoff],
    roster: Roster,
    now: datetime,
    more: int = 0,
) -> Listing:
    """In the order given; what is decided by now stays, and says so."""
    open_still = sum(not signoff.status.is_final for signoff in signoffs) + more
    return Listing(
        id=listing_id,
        kind=kind,
        lead=_lead(kind, open_still),
        lines=tuple(
            Line(
                signoff_id=signoff.id,
                revision=signoff.change.revision,
                policy_digest=signoff.requirement.policy_digest,
                open=not signoff.status.is_final,
                about=place_of(signoff),
                spans=line_of(signoff, roster),
            )
            for signoff in signoffs
        ),
        more=more,
    )


def makers(signoff: Signoff, roster: Roster) -> tuple[Person, ...]:
    """The author; everybody we know who had a part, where the author is not known or not in the
    chat."""
    author = roster.identify(signoff.change.author)
    ids = [author.id] if author and author.slack else sorted(signoff.contributors.people)
    known = (roster.people[id] for id in ids if id in roster.people)
    return tuple(person for person in known if person.slack)


_BECAUSE = {
    False: "Nobody has said so yet.",
    True: "Somebody said that it did not, and the evidence says that it did.",
}


def _answer(signoff: Signoff, roster: Roster) -> str:
    own = [said for said in signoff.statements if said.revision == signoff.change.revision]
    if own:
        verb = "says that AI helped" if own[-1].assisted else "says that AI did not help"
        return f"{roster.name(own[-1].person)} {verb}."
    if signoff.status.is_final:
        return "This is decided, so it need not be answered any more."
    return "" if wants_declaration(signoff) else "This was answered elsewhere meanwhile."


def _closed(signoff: Signoff, inquiry: Inquiry, roster: Roster) -> str:
    if inquiry.answered_at is not None:
        return f"{roster.name(inquiry.answered_by)} answered."
    if signoff.status.is_final:
        return "This is decided, so it need not be answered any more."
    return ""


def _lead(kind: ListingKind, waiting: int) -> str:
    what = "waits for you" if kind is ListingKind.REMINDER else "waits for a sign-off"
    if not waiting:
        return "Nothing on this list waits any more"
    return f"{waiting} {what if waiting == 1 else what.replace('waits', 'wait')}"

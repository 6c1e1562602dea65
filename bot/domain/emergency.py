"""What is said of an override, on its card and beside it? Nobody whom it concerns can miss it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.override import Override, OverrideReview, OverrideWanted
from bot.domain.overriding import is_by_key
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Link, Moment, Ours, Span, Theirs, harmless
from bot.domain.wording import place_of, quoted

INCIDENT_SHOWN = 80

STRANGER = "Somebody whom the roster does not know had a part in this change, so it takes two."


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """A message of its own about an override. `lead` is for notifications and screen readers."""

    id: str
    version: int
    lead: str
    spans: tuple[Span, ...]


def override_fact(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """What the card says beside its outcome: for which incident, until when, and the review."""
    it = signoff.override
    return (*_good_for(it, roster), *_reviewed(it, roster)) if it else ()


def override_wanted(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """Of one that is still to be confirmed."""
    asked = signoff.override_asked
    if asked is None or signoff.status.is_final:
        return ()
    lead = f"{roster.name(asked.by)} asked to override it in an emergency, for "
    confirm = Ours("; somebody else who may has to confirm it by ")
    return (
        Ours(lead),
        _incident(asked),
        confirm,
        Moment(asked.until),
        *_how_many(asked.nth, 0),
        *quoted(asked.reason),
    )


def emergency_of(signoff: Signoff, id: str, roster: Roster) -> Emergency | None:
    """That it was overridden; corrected once somebody has reviewed that."""
    it = signoff.override
    if it is None:
        return None
    lead = f"Emergency override by {roster.name(it.by)}: {place_of(signoff)}"
    said = (
        Ours("It goes on though nobody approved it", bold=True),
        *quoted(it.reason),
        Ours("\n• "),
        *_good_for(it, roster),
        *_reviewed(it, roster),
        *(() if it.reviewed else (Ours("\n• "), Ours(_how_to_review(signoff)))),
    )
    return Emergency(id=id, version=signoff.version, lead=lead, spans=said)


def emergency_wanted_of(
    signoff: Signoff, id: str, roster: Roster, public_url: str = ""
) -> Emergency | None:
    """That somebody wants to override, and who may has to confirm it; or what came of that."""
    asked = signoff.override_asked
    if asked is None:
        return None
    lead = f"{roster.name(asked.by)} asks to override: {place_of(signoff)}"
    if signoff.status.is_final:
        over = (Ours("This is decided, so nothing is to be confirmed any more."),)
        return Emergency(id=id, version=signoff.version, lead=lead, spans=over)
    page = override_page(public_url, signoff.id)
    command = Ours(f"/signoff override confirm {signoff.id}")
    how = Link(text=page, url=page) if is_by_key(asked.shown) and public_url else command
    said = (*override_wanted(signoff, roster), Ours("\n• To confirm: "), how)
    return Emergency(id=id, version=signoff.version, lead=lead, spans=said)


def overdue_of(signoff: Signoff, id: str, roster: Roster) -> Emergency | None:
    """That nobody has reviewed it in time, so that nothing else can be overridden."""
    it = signoff.override
    if it is None:
        return None
    lead = f"Nobody has reviewed the override by {roster.name(it.by)}: {place_of(signoff)}"
    if it.reviewed:
        said: tuple[Span, ...] = _review(it.reviewed, roster)
        return Emergency(id=id, version=signoff.version, lead=lead, spans=said)
    since = (Ours("It was to be reviewed by ", bold=True), Moment(it.review_by))
    blocks = Ours(". Until somebody does, nobody can override anything else")
    how = (Ours("\n• "), Ours(_how_to_review(signoff)))
    return Emergency(id=id, version=signoff.version, lead=lead, spans=(*since, blocks, *how))


def _how_to_review(signoff: Signoff) -> str:
    return f"To review: /signoff override review {signoff.id} fine (or: wrong) and why"


def _good_for(it: Override, roster: Roster) -> Iterator[Span]:
    yield from (Ours("for "), _incident(it))
    if it.second:
        yield Ours(f", confirmed by {roster.name(it.second)}")
    yield from (Ours("; good until "), Moment(it.until))
    if it.ended:
        yield Ours(", so it is not merged any more")
    yield from _how_many(it.nth, it.per_month)


def _how_many(nth: int, meant: int) -> Iterator[Span]:
    """From the second of a month on; beyond what was `meant` to be enough, that too."""
    if nth > 1:
        beyond = f", and {meant} were meant to be enough" if 0 < meant < nth else ""
        yield Ours(f"; the {ordinal(nth)} of this month{beyond}")


def ordinal(number: int) -> str:
    """As in 1st, 2nd, 3rd, 4th, 11th."""
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def override_page(public_url: str, signoff_id: str) -> str:
    """Where somebody overrides who signs that with their key; and where Slack is not needed."""
    return f"{public_url}/override/{signoff_id}"


def _reviewed(it: Override, roster: Roster) -> tuple[Span, ...]:
    if it.reviewed:
        return (Ours("\n• "), *_review(it.reviewed, roster))
    word = "nobody has reviewed it, and it was due " if it.reminded else "to be reviewed by "
    return (Ours("\n• "), Ours(word), Moment(it.review_by))


def _review(review: OverrideReview, roster: Roster) -> tuple[Span, ...]:
    verdict = "it was fine" if review.fine else "it was wrong"
    said = Ours(f"{roster.name(review.by)} reviewed it, and says that {verdict}, ")
    return (said, Moment(review.at), *quoted(review.note))


def _incident(it: Override | OverrideWanted) -> Theirs:
    return Theirs(harmless(it.incident, INCIDENT_SHOWN))

"""What goes on with a signoff while it waits, and who is wanted?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.domain.emergency import override_wanted
from bot.domain.people import Roster
from bot.domain.quorum import awaits_declaration, is_current, wanted
from bot.domain.signoff import Review, Signoff, Verdict
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless
from bot.domain.wording import listed, quoted, sentences

ASKED_SHOWN = 5
NAMED_AT_MOST = 3
"""Of the people who were asked; the others are counted."""

MINUTE = timedelta(minutes=1)
"""A moment is shown to the minute: a shorter wait is told in words."""


def under_way(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """One line about each thing that is going on, the nearest to a decision first."""
    return () if signoff.status.is_final else listed(list(_lines(signoff, roster)))


def approvals(signoff: Signoff) -> int:
    """How many people have approved it, as far as that counts by now."""
    latest = {review.person: review for review in signoff.reviews}
    return sum(
        review.verdict is Verdict.APPROVE and is_current(signoff, review)
        for review in latest.values()
    )


def needs(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    if signoff.status.is_final or signoff.settling:
        return ()
    said = {review.person for review in signoff.reviews if is_current(signoff, review)}
    wanting = [invited.person for invited in signoff.invited if invited.person not in said]
    shown = [roster.name(person) for person in wanting[:ASKED_SHOWN]]
    left = len(wanting) - len(shown)
    more = f" and {left} more" if left > 0 else ""
    whom = f"; asked: {', '.join(shown)}{more}"
    nobody = "; nobody could be asked: Details says who may sign"
    key = ", with a fresh sign-in and their security key" if signoff.requirement.step_up else ""
    first = "; the author has to say first whether AI helped" if awaits_declaration(signoff) else ""
    return (Ours(wanted(signoff) + key + first + (whom if shown else nobody)),)


def why_you(signoff: Signoff, reader: str, roster: Roster) -> tuple[Span, ...]:
    """Nothing for those who were not asked, or once it is decided."""
    asked = next((it for it in signoff.invited if it.person == reader), None)
    if signoff.status.is_final or asked is None:
        return ()
    passed = [it for it in signoff.delegations if it.to == reader][-1:]
    spans: list[Span] = []
    for it in passed:
        spans += [Ours(f"{roster.name(it.by)} passed it on to you"), *quoted(it.reason)]
    if passed and asked.why:
        spans.append(Ours("; "))
    return (*spans, *sentences(asked.why))


def reviews(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """Those that the outcome does not tell already."""
    told = signoff.status.is_final and len(signoff.reviews) == 1
    lines = [] if told else [_review(signoff, review, roster) for review in signoff.reviews]
    return tuple(span for line in lines for span in (Ours("\n• "), *line))


def since(signoff: Signoff) -> tuple[Span, ...]:
    """What is different from the revision before: whoever looked at that one need not start anew."""
    told = signoff.since
    if told is None:
        return ()
    before = Ours(f"{told.signoff_id} asked about revision ")
    revision = Theirs(harmless(told.revision, 64)[:12])
    if told.identical:
        return (before, revision, Ours(f": this is the identical change{_kept(signoff)}"))
    by = (Ours(", by "), Theirs(", ".join(told.by))) if told.by else ()
    if not told.files:
        return (before, revision, Ours(": what is different is not known"), *by)
    more = f" and {told.more} more" if told.more else ""
    files = Theirs(", ".join(told.files))
    return (before, revision, Ours(": different are "), files, Ours(more), *by)


def _lines(signoff: Signoff, roster: Roster) -> Iterator[tuple[Span, ...]]:
    yield from _settling(signoff, roster)
    if wanted_now := override_wanted(signoff, roster):
        yield wanted_now
    if signoff.claim:
        on_it = Ours(f"{roster.name(signoff.claim.person)} is on it until ")
        yield (on_it, Moment(signoff.claim.until))
    if signoff.settling is None and (count := approvals(signoff)):
        yield (Ours(_so_far(signoff, count)),)
    for passed in signoff.delegations[-1:]:
        who = f"{roster.name(passed.by)} passed it on to {roster.name(passed.to)}"
        yield (Ours(who), *quoted(passed.reason))
    yield from _questions(signoff, roster)
    if signoff.escalated:
        wider = ", ".join(sorted(signoff.joined))
        yield (Ours(f"Nobody decided for a while{f', so {wider} may too' if wider else ''}"),)
    if signoff.along:
        yield (Ours(_along(signoff.along)),)
    if signoff.renews:
        yield (Ours(f"This asks again for {signoff.renews}, which expired"),)


def _along(along: tuple[str, ...]) -> str:
    """What its reviewers would otherwise ship unseen."""
    named = ", ".join(along[:NAMED_AT_MOST])
    more = f" and {len(along) - NAMED_AT_MOST} more" if len(along) > NAMED_AT_MOST else ""
    verb = "was" if len(along) == 1 else "were"
    return f"{named}{more} {verb} not signed here before and would ship along: judge both"


def _settling(signoff: Signoff, roster: Roster) -> Iterator[tuple[Span, ...]]:
    if settling := signoff.settling:
        names = ", ".join(roster.name(person) for person in settling.approvers)
        soon = signoff.requirement.grace < MINUTE
        when = Ours("in a few seconds") if soon else Moment(settling.until)
        lead = Ours(f"Approved by {names}; it counts ")
        yield (lead, when, Ours(" unless it is taken back"))


def _so_far(signoff: Signoff, count: int) -> str:
    most = max((ask.approvals for ask in signoff.requirement.asks), default=1)
    if count < most and len(signoff.requirement.asks) == 1:
        return f"{count} of {most} approvals so far"
    return f"{count} approval{'' if count == 1 else 's'} so far, which is not enough yet"


def _questions(signoff: Signoff, roster: Roster) -> Iterator[tuple[Span, ...]]:
    unanswered = [it for it in signoff.inquiries if it.answered_at is None]
    if not unanswered:
        return
    *others, newest = unanswered
    asked = Ours(f"{roster.name(newest.by)} asked the author")
    count = "1 more question is" if len(others) == 1 else f"{len(others)} more questions are"
    more = (Ours(f"; {count} open"),) if others else ()
    yield (asked, *quoted(newest.question), *more)


def _kept(signoff: Signoff) -> str:
    kept = sum(bool(review.carried) for review in signoff.reviews)
    if not kept:
        return "; no approval of it is kept"
    return f"; {kept} approval{'s' if kept > 1 else ''} of it kept"


def _review(signoff: Signoff, review: Review, roster: Roster) -> tuple[Span, ...]:
    verb = "approved" if review.verdict is Verdict.APPROVE else "rejected"
    note = f" {review.carried.signoff_id}, the identical change," if review.carried else ""
    if review.policy_digest != signoff.requirement.policy_digest:
        note += " (under an earlier policy, so it no longer counts)"
    elif not is_current(signoff, review):
        note += " (before more was asked for, so it no longer counts)"
    said = Ours(f"{roster.name(review.person)} {verb}{note} ")
    return (said, Moment(review.at), *quoted(review.reason))

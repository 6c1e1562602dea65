"""Whose word ended a signoff? Of reviews those alone that counted at that very moment."""

from __future__ import annotations

from bot.domain.events import Event, Opened, Reviewed, Settled
from bot.domain.people import Standing
from bot.domain.quorum import counting
from bot.domain.signoff import Signoff, Status, Verdict


def deciders(before: Signoff | None, after: Signoff, event: Event) -> tuple[str, ...]:
    """Of what this event ended; nobody where time, policy or the pipeline did.

    Whoever approved and did not count (since more was asked by then, or they had lost their level,
    left the group or turned out to have had a part) is not among them.
    """
    match after.status:
        case Status.APPROVED:
            return _counted(before, after, event, Verdict.APPROVE)
        case Status.REJECTED:
            return _counted(before, after, event, Verdict.REJECT)
        case Status.OVERRIDDEN if after.override:
            return tuple(it for it in (after.override.by, after.override.second) if it)
        case Status.WITHDRAWN if after.ended_by:
            return (after.ended_by,)
        case _:
            return ()


def _counted(
    before: Signoff | None, after: Signoff, event: Event, verdict: Verdict
) -> tuple[str, ...]:
    said = counting(after, _standings(before, event))
    return tuple(person for person, theirs in said.items() if theirs is verdict)


def _standings(before: Signoff | None, event: Event) -> tuple[Standing, ...]:
    """Of those who were asked about when it was counted."""
    match event:
        case Settled() if before and before.settling:
            approvers = before.settling.approvers
            return tuple(it for it in event.standings if it.person in approvers)
        case Opened() | Reviewed() | Settled():
            return event.standings
        case _:
            return ()

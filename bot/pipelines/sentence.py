"""What does a platform show of a decision? One line, without anything that could act there."""

from __future__ import annotations

from datetime import UTC

from bot.domain.signoff import Signoff, Status, Verdict
from bot.domain.spans import harmless

LONGEST = 500

ENDS = {
    Status.PENDING: "Waiting for sign-off",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Not approved in time",
    Status.SUPERSEDED: "Superseded by a newer change",
    Status.WITHDRAWN: "Withdrawn",
    Status.OVERRIDDEN: "Overridden",
    Status.NOT_REQUIRED: "No sign-off was required",
}


OVERRIDE_ENDED = "The override has ended"


def sentence(signoff: Signoff, at_most: int = LONGEST) -> str:
    """ "Approved by ada, grace (Countersign sgn_…)": how it ended, by whom, why, and its name."""
    by = f" by {who}" if (who := ", ".join(deciders(signoff))) else ""
    why = f": {reason}" if (reason := _reason(signoff)) else ""
    name = f" (Countersign {signoff.id})"
    said = harmless(f"{ENDS[signoff.status]}{by}{why}", at_most - len(name))
    return f"{said}{name}"


def waits(signoff: Signoff) -> str:
    """What a platform shows until then."""
    return f"Waits for a sign-off (Countersign {signoff.id})"


def ended(signoff: Signoff, at_most: int = LONGEST) -> str:
    """Of an override that is over: what was let go on by it, and is not merged yet, is not any more."""
    it = signoff.override
    at = f" at {it.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if it else ""
    name = f" (Countersign {signoff.id})"
    return f"{harmless(f'{OVERRIDE_ENDED}{at}: ask again', at_most - len(name))}{name}"


def approver(signoff: Signoff) -> str:
    """ "ada, grace (sgn_…)": who let it go on, in no words but ids, so that a script may take it."""
    who = ", ".join(deciders(signoff))
    return f"{who} ({signoff.id})" if who else signoff.id


def deciders(signoff: Signoff) -> tuple[str, ...]:
    """Ids of those whose word it was."""
    if signoff.status in (Status.WITHDRAWN, Status.OVERRIDDEN):
        return (signoff.ended_by,) if signoff.ended_by else ()
    wanted = {Status.APPROVED: Verdict.APPROVE, Status.REJECTED: Verdict.REJECT}
    verdict = wanted.get(signoff.status)
    return tuple(it.person for it in signoff.reviews if it.verdict is verdict)


def _reason(signoff: Signoff) -> str:
    if signoff.status is Status.REJECTED:
        return next((it.reason for it in signoff.reviews if it.verdict is Verdict.REJECT), "")
    return signoff.ended_why

"""What does a person read on GitHub once the decision has come? Markdown, 1,024 characters."""

from __future__ import annotations

import re

from bot.domain.signoff import Signoff, Status, Verdict

LIMIT = 1_024
LONGEST_QUOTE = 200

RUN_AGAIN = "so the job was stopped. Run it again to ask again."

_HEADLINES = {
    Status.PENDING: "**Waiting for sign-off.**",
    Status.APPROVED: "**Approved.**",
    Status.REJECTED: "**Rejected.**",
    Status.EXPIRED: "**Not approved in time**",
    Status.SUPERSEDED: (
        "**Superseded:** a newer change to this environment waits for sign-off instead."
    ),
    Status.WITHDRAWN: "**Withdrawn**",
    Status.OVERRIDDEN: "**Overridden**",
    Status.NOT_REQUIRED: "**No sign-off was required.**",
}

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def comment(signoff: Signoff, when_expired: str = RUN_AGAIN) -> str:
    """Why the job may go on or not, and what to do once it has expired. Text of people stands in code spans, where nothing acts."""
    lines = [_headline(signoff, when_expired), *_reviews(signoff), *_because(signoff)]
    last = f"Countersign {quoted(signoff.id)}"
    kept: list[str] = []
    for line in lines:
        if _size("\n\n".join((*kept, line, "…", last))) > LIMIT:
            kept.append("…")
            break
        kept.append(line)
    return "\n\n".join((*kept, last))


def quoted(text: str) -> str:
    """A code span: no mention, no link, no emphasis, no second line."""
    plain = _UNPRINTABLE.sub(" ", text).replace("`", "'").strip() or "-"
    return f"`{plain if len(plain) <= LONGEST_QUOTE else plain[: LONGEST_QUOTE - 1] + '…'}`"


def _headline(signoff: Signoff, when_expired: str) -> str:
    line = _HEADLINES[signoff.status]
    if signoff.status is Status.EXPIRED:
        return f"{line}, {when_expired}"
    if signoff.status not in (Status.OVERRIDDEN, Status.WITHDRAWN):
        return line
    why = f": {quoted(signoff.ended_why)}" if signoff.ended_why else ""
    by = f" by {quoted(signoff.ended_by)}" if signoff.ended_by else ""
    return f"{line}{by}{why}"


def _reviews(signoff: Signoff) -> list[str]:
    words = {Verdict.APPROVE: "approved", Verdict.REJECT: "rejected"}
    return [
        f"{quoted(r.person)} {words[r.verdict]}" + (f": {quoted(r.reason)}" if r.reason else "")
        for r in signoff.reviews
    ]


def _because(signoff: Signoff) -> list[str]:
    reasons = [quoted(reason) for reason in signoff.requirement.because]
    return [f"Asked because: {', '.join(reasons)}"] if reasons else []


def _size(text: str) -> int:
    # Bytes are never fewer than characters, whatever GitHub counts.
    return len(text.encode())

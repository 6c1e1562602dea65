"""What do others hear of a signoff: that it was asked for, who answered what, and how it ended?

Told within the transaction in which it happened, so that no subscriber misses anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.effects import News, Publish
from bot.domain.events import (
    DeadlinePassed,
    Delegated,
    Event,
    Opened,
    OverrideReviewed,
    Renewed,
    Reported,
    Reviewed,
    Shipped,
)
from bot.domain.signoff import Signoff, Status, Verdict
from storage import recording
from storage.store import Session

AFTER_THE_END = Reported | Shipped | Renewed | OverrideReviewed
"""What happens to a signoff that has ended."""

ANSWERS = {Verdict.APPROVE: "approved", Verdict.REJECT: "rejected"}


@dataclass(frozen=True, slots=True)
class Publishing:
    """`subscribers`: what each of them wants to hear."""

    subscribers: Mapping[str, frozenset[News]] = field(default_factory=dict)

    def follow(self, session: Session, event: Event, after: Signoff) -> None:
        for news, decision, by in _news(event, after) if self.subscribers else ():
            effects = [
                Publish(
                    subscriber=name,
                    news=news,
                    at=event.at,
                    number=after.version,
                    decision=decision,
                    by=by,
                )
                for name, wanted in self.subscribers.items()
                if news in wanted
            ]
            recording.promise(session, after, effects, event.at)


SILENT = Publishing()
"""Nobody else hears."""


def _news(event: Event, after: Signoff) -> Iterator[tuple[News, str, str]]:
    """With the decision and who made it, where somebody did."""
    match event:
        case Opened():
            yield "created", "", ""
        case Reviewed(review=review):
            yield "updated", ANSWERS[review.verdict], review.person
        case Delegated(delegation=delegation):
            yield "updated", "delegate", delegation.by
        case _:
            pass
    reminds = isinstance(event, DeadlinePassed) and after.status is Status.OVERRIDDEN
    if after.status.is_final and not reminds and not isinstance(event, AFTER_THE_END):
        yield "closed", *_ended(after)


def _ended(after: Signoff) -> tuple[str, str]:
    """The last word, and whose it was; nobody's where time or a rule ended it."""
    if after.status is Status.WITHDRAWN:
        return "deferred", after.ended_by
    if after.status is Status.OVERRIDDEN:
        return "approved", after.ended_by
    verdict = Verdict.REJECT if after.status is Status.REJECTED else Verdict.APPROVE
    said = [review.person for review in after.reviews if review.verdict is verdict]
    decided = after.status in (Status.APPROVED, Status.REJECTED) and said
    if decided:
        return ANSWERS[verdict], said[-1]
    return ("approved" if after.status.proceed else "deferred"), ""

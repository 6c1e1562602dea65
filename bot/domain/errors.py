"""Why not? Refusals: a person asked for something the rules do not allow.

The docstring of each is the sentence that person reads; `{names}` in it are given when it is
raised. Notes added on the way up (who may instead, say) are read after it.
"""

from __future__ import annotations

import inspect


class Refusal(Exception):
    """That is not possible."""

    def __init__(self, **facts: str) -> None:
        super().__init__((inspect.getdoc(self) or "").format(**facts))

    @property
    def sentence(self) -> str:
        """What the person is told."""
        return " ".join((str(self), *getattr(self, "__notes__", ())))


class UnknownSignoff(Refusal):
    """There is no signoff called {name}."""


class AlreadyDecided(Refusal):
    """Too late: this signoff is already {status}."""


class TooLate(Refusal):
    """Too late: this signoff has expired, so the pipeline was stopped."""


class StaleRevision(Refusal):
    """This card is about another revision than the one now waiting. Look at the newest card."""


class PolicyChanged(Refusal):
    """The policy changed since this card was shown. Look at the card again, then decide."""


class OwnChange(Refusal):
    """You had a part in this change, so somebody else has to sign it off."""


class NotAReviewer(Refusal):
    """You are not among the reviewers this change needs: {wanted}."""


class UnknownPerson(Refusal):
    """You are not in Countersign's roster, so your review cannot count."""


class GuestMayNotReview(Refusal):
    """Your Slack account is {sort}, and such accounts may not review."""


class AlreadyReviewed(Refusal):
    """You have already chosen to {verdict} this. {missing}"""


class ReasonMissing(Refusal):
    """Please say why in a few words: a reason is required here."""


class ChecklistOpen(Refusal):
    """Please confirm every point of the checklist first."""


class DeclarationMissing(Refusal):
    """Its author has not said yet whether AI helped, and policy wants to know that first."""


class NotYours(Refusal):
    """Only somebody who had a part in this change can do that."""


class NotSenior(Refusal):
    """Evidence can only be set aside by somebody who is {level} or above."""


class OwnWord(Refusal):
    """That is what somebody who had a part answered. They can answer again; nobody else can for them."""


class NoSuchFinding(Refusal):
    """That evidence is not on record any more. Look at the details again."""


class ChatUnreachable(Refusal):
    """Slack does not say who you are just now, so nothing was recorded. Please try again."""

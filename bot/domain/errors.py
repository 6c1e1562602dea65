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
    """There is no sign-off called {name}."""


class AlreadyDecided(Refusal):
    """Too late: this sign-off is already {status}."""


class TooLate(Refusal):
    """Too late: this sign-off has expired, so the pipeline was stopped."""


class StaleRevision(Refusal):
    """This card is about another revision than the one now waiting. Look at the newest card."""


class PolicyChanged(Refusal):
    """The policy changed since this card was shown. Look at the card again, then decide."""


class OwnChange(Refusal):
    """You had a part in this change, so somebody else has to sign it off."""


class NotAReviewer(Refusal):
    """You are not among the reviewers this change needs: {wanted}."""


class UnknownPerson(Refusal):
    """You are not in Countersign's roster, so nothing was recorded. Whoever runs it can add you."""


class GuestMayNotReview(Refusal):
    """Your Slack account is {sort}. Only full members of this workspace can do that."""


class AlreadyReviewed(Refusal):
    """You have already chosen to {verdict} this. {missing}"""


class NotCounted(Refusal):
    """This press was counted before, and taken back since. Press again on the card if you mean it."""


class NothingToTakeBack(Refusal):
    """There is no review of yours here that could be taken back."""


class AlreadyClaimed(Refusal):
    """Somebody is on it already, which keeps nobody from deciding."""


class NotClaimed(Refusal):
    """You are not on it."""


class Yourself(Refusal):
    """That is you. Choose somebody else."""


class TheirOwnChange(Refusal):
    """They had a part in this change, so they may not sign it off."""


class NotTheirs(Refusal):
    """They are not among the reviewers this change needs: {wanted}."""


class TheySaid(Refusal):
    """They have reviewed it already."""


class NobodyElse(Refusal):
    """There is nobody else in the roster who may review this and has not done so yet."""


class TooManyQuestions(Refusal):
    """There are {count} questions already. Ask the others in the thread, in your own words."""


class TooManyHands(Refusal):
    """It was passed on {count} times already. Decide it, or reject it and say what is missing."""


class NoSuchQuestion(Refusal):
    """There is no such question to answer."""


class AlreadyAnswered(Refusal):
    """This question was answered already."""


class NotExpired(Refusal):
    """Only what expired is asked for again, and this is {status}."""


class AlreadyRenewed(Refusal):
    """This was asked for again already, as {renewed_as}."""


class NewerWaits(Refusal):
    """A newer change waits for the same place, as {signoff}, and this one would push it aside."""


class NewerWentOn(Refusal):
    """A newer change was let go on meanwhile, as {signoff}, and this one would undo it. To ship it all the same, run the job again."""


class NotTold(Refusal):
    """The pipeline has not taken the answer yet that this expired. Ask again once the card says so."""


class RunIsOver(Refusal):
    """The pipeline ended that run when it was told to stop. Run the job again, and it is asked anew."""


class ReasonMissing(Refusal):
    """Please say why in a few words."""


class ChecklistOpen(Refusal):
    """Please confirm every point of the checklist first."""


class DeclarationMissing(Refusal):
    """Its author has not said yet whether AI helped, and policy wants to know that first."""


class StepUpMissing(Refusal):
    """This needs a fresh sign-in and your security key. Press “Approve at Countersign…” on the card."""


class KeyRefused(Refusal):
    """That security key is not one of yours, was removed, or was copied, so nothing was recorded."""


class NotVouchedFor(Refusal):
    """This key was added before keys were vouched for, or by somebody without our signing key: \
remove it and register it again."""


class CannotVouch(Refusal):
    """Our signing key could not sign for it just now, so no key was let in. Try again in a moment."""


class NotAllowedToOverride(Refusal):
    """You are not among those who may do that in an emergency."""


class IncidentMissing(Refusal):
    """Please name the incident, as in INC-4711: letters, digits and . _ / # - only."""


class OwnOverride(Refusal):
    """You had a part in this change or in its override, so somebody else has to do that."""


class OverrideAskedAlready(Refusal):
    """Somebody asked to override this already, so it only has to be confirmed, by somebody else."""


class NoOverrideAsked(Refusal):
    """Nobody has asked to override this lately. Ask for it first, and then somebody else confirms it."""


class UnknownIncident(Refusal):
    """There is no incident {name}."""


class IncidentKeyUsed(Refusal):
    """This key was used before for another incident. Send a new key with a new incident, or PATCH what changed of this one."""


class OverrideByKey(Refusal):
    """Overriding takes a fresh sign-in and your security key here, so nothing was done yet."""


class AskerLeft(Refusal):
    """Whoever asked for it is no full member of this workspace any more, so it is not done."""


class OverrideUnreviewed(Refusal):
    """The override of {signoff} should have been reviewed by now and was not, so nothing else is overridden until it is."""


class NotOverridden(Refusal):
    """This was not overridden, so there is nothing to review."""


class OverrideReviewedAlready(Refusal):
    """This override was reviewed already."""


class NotYours(Refusal):
    """Only somebody who had a part in this change can do that."""


class NotSenior(Refusal):
    """Evidence can only be set aside by somebody who is {level} or above."""


class OwnWord(Refusal):
    """That is what somebody who had a part answered. They can answer again, and nobody else can for them."""


class NoSuchFinding(Refusal):
    """That evidence is not on record any more. Look at the details again."""


class Outdated(Refusal):
    """A Countersign with a newer configuration has taken over from the one you reached, so nothing was recorded. Please try again."""


class ChatUnreachable(Refusal):
    """Slack does not say who you are just now, so nothing was recorded. Please try again."""


class Busy(Refusal):
    """There is too much at once, so nothing was recorded. Press again in a moment."""


class TooManyWait(Refusal):
    """{most} changes of {repository} wait for a signature already, and no more may. Nothing was recorded: decide or withdraw some, and try again."""


class NotStored(Refusal):
    """Nothing was recorded, because {why}. Please try again in a few minutes."""


class PerhapsStored(Refusal):
    """It may have been recorded, or not: the database did not say so in time. Look at the card again, then decide."""

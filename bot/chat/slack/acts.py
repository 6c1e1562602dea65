"""Which button, word of a menu, or form does what? One line for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.slack import names
from bot.chat.slack.actions import Actions
from bot.chat.slack.arranging import Arranging
from bot.chat.slack.desk import Desk
from bot.chat.slack.snoozing import Snoozing
from bot.chat.slack.turns import Act, Fill
from bot.chat.slack.undoing import Undoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """By the names that Slack repeats to us; a word of the menu may be a button as well."""

    buttons: Mapping[str, Act]
    words: Mapping[str, Act]
    forms: Mapping[str, Fill]


def acts_of(desk: Desk) -> Acts:
    actions, arranging = Actions(desk=desk), Arranging(desk=desk)
    undoing, snoozing = Undoing(desk=desk), Snoozing(desk=desk)
    return Acts(
        buttons={
            names.APPROVE: actions.approve,
            names.REJECT: actions.reject,
            names.STEP_UP: actions.step_up,
            names.AI_HELPED: actions.ai_helped,
            names.AI_DID_NOT: actions.ai_did_not,
            names.CLAIM: arranging.claim,
            names.RELEASE: arranging.release,
            names.ANSWER: arranging.answer,
            names.UNDO: undoing.take_back,
        },
        words={
            names.NOTE: actions.note,
            names.INQUIRE: arranging.inquire,
            names.DELEGATE: arranging.delegate,
            names.SNOOZE: snoozing.snooze,
            names.TAKE_BACK: undoing.take_back,
            names.WITHDRAW: undoing.withdraw,
            names.RENEW: undoing.renew,
        },
        forms={
            names.APPROVE_FORM: actions.approved,
            names.REJECT_FORM: actions.rejected,
            names.INQUIRY_FORM: arranging.inquired,
            names.ANSWER_FORM: arranging.answered,
            names.DELEGATE_FORM: arranging.delegated,
            names.SNOOZE_FORM: snoozing.snoozed,
            names.WITHDRAW_FORM: undoing.withdrawn,
        },
    )

"""To what in Slack do we listen? One Bolt app, whichever way its messages travel."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.request_verification.async_request_verification import (
    AsyncRequestVerification,
)
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.absence import Absence
from bot.chat.slack.actions import Actions
from bot.chat.slack.blocks import APPROVE, DETAILS, REJECT
from bot.chat.slack.commands import COMMAND, Commands
from bot.chat.slack.evidence import DOUBT, DOUBT_FORM
from bot.chat.slack.home import Home
from bot.chat.slack.identity import Identity
from bot.chat.slack.inquiries import Inquiries
from bot.chat.slack.leave import AWAY_FORM, COME_BACK, GO_AWAY
from bot.chat.slack.modals import callback
from bot.chat.slack.question import AI_DID_NOT, AI_HELPED
from bot.clock import Clock
from bot.domain.signoff import Verdict

log = logging.getLogger(__name__)

ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    actions: Actions
    inquiries: Inquiries
    absence: Absence
    commands: Commands
    home: Home


class _OurClock(SignatureClock):
    """Bolt's second look at the signature is on the same clock as ours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def make_app(
    *,
    web: AsyncWebClient,
    token: str,
    signing_secrets: tuple[str, ...],
    identity: Identity,
    clock: Clock,
    listeners: Listeners,
) -> AsyncApp:
    """Every listener is done before Slack has its answer: what was acknowledged is stored."""

    async def authorize() -> AuthorizeResult:
        ours = identity.known
        return AuthorizeResult(
            enterprise_id=None,
            team_id=ours.team if ours else None,
            bot_token=token,
            bot_id=ours.bot if ours else None,
            bot_user_id=ours.bot_user if ours else None,
        )

    app = AsyncApp(
        name="countersign",
        logger=_quiet_logger(),
        client=web,
        authorize=authorize,
        signing_secret=signing_secrets[0],
        request_verification_enabled=False,
        process_before_response=True,
    )
    if len(signing_secrets) == 1:
        app.use(_second_look(signing_secrets[0], clock))
    _listen_to_people(app, listeners)
    app.error(_failed)
    return app


def _quiet_logger() -> logging.Logger:
    """Bolt copies its level: below errors it has only bodies and good advice to offer."""
    logger = logging.getLogger("bot.chat.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger


def _second_look(secret: str, clock: Clock) -> AsyncRequestVerification:
    """Bolt's own check; ours has come before it. It knows one secret, so not during a rotation."""
    check = AsyncRequestVerification(secret, base_logger=_quiet_logger())
    check.verifier.clock = _OurClock(clock)
    return check


def _listen_to_people(app: AsyncApp, to: Listeners) -> None:
    app.action(APPROVE)(to.actions.approve)
    app.action(REJECT)(to.actions.reject)
    app.action(AI_HELPED)(to.actions.ai_helped)
    app.action(AI_DID_NOT)(to.actions.ai_did_not)
    app.action(DETAILS)(to.inquiries.details)
    app.action(DOUBT)(to.inquiries.doubt)
    app.action(GO_AWAY)(to.absence.ask)
    app.action(COME_BACK)(to.absence.come_back)
    app.action(ANYTHING)(to.actions.unknown_button)
    app.view(callback(Verdict.APPROVE))(to.actions.send_approval)
    app.view(callback(Verdict.REJECT))(to.actions.send_rejection)
    app.view(DOUBT_FORM)(to.inquiries.set_aside)
    app.view(AWAY_FORM)(to.absence.leave)
    app.view(ANYTHING)(to.actions.unknown_form)
    app.command(COMMAND)(to.commands.signoff)
    app.event("app_home_opened")(to.home.opened)


async def _failed(error: Exception) -> BoltResponse:
    """Not acknowledged: the person sees that it did not work, and may press again."""
    log.error("a listener failed: %s", type(error).__name__, exc_info=error)
    return BoltResponse(status=500)

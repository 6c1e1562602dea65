"""To what in Slack do we listen? One Bolt app, whichever way its messages travel."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.request_verification.async_request_verification import (
    AsyncRequestVerification,
)
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack import names
from bot.chat.slack.acts import Acts
from bot.chat.slack.channels import Channels
from bot.chat.slack.commands.commands import COMMAND, Commands
from bot.chat.slack.commands.shortcuts import Shortcuts
from bot.chat.slack.desk import Desk
from bot.chat.slack.details.inquiries import Inquiries
from bot.chat.slack.home.away import Absence
from bot.chat.slack.home.home import PAGE_BUTTON, Home
from bot.chat.slack.home.settings import Settings
from bot.chat.slack.identity import Identity
from bot.chat.slack.menu import Menu, Strays
from bot.chat.slack.presses import place_of
from bot.chat.slack.turns import Turns
from bot.clock import Clock
from bot.engine.ailments import as_refusal

log = logging.getLogger(__name__)

ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    turns: Turns
    acts: Acts
    menu: Menu
    strays: Strays
    inquiries: Inquiries
    absence: Absence
    commands: Commands
    channels: Channels
    home: Home
    settings: Settings
    shortcuts: Shortcuts


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
    app.error(_owning_up(listeners.turns.desk))
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
    """Whatever is known comes before whatever else there may be."""
    _listen_to_cards(app, to)
    app.action(names.GO_AWAY)(to.absence.ask)
    app.action(names.COME_BACK)(to.absence.come_back)
    app.view(names.AWAY_FORM)(to.absence.leave)
    app.command(COMMAND)(to.commands.signoff)
    app.event("app_home_opened")(to.home.opened)
    app.event("channel_shared")(to.channels.shared)
    app.action(PAGE_BUTTON)(to.home.turn)
    app.action(names.SETTINGS)(to.settings.ask)
    app.view(names.SETTINGS_FORM)(to.settings.save)
    app.global_shortcut(names.GLOBAL_SHORTCUT)(to.shortcuts.ask)
    app.message_shortcut(names.MESSAGE_SHORTCUT)(to.shortcuts.about)
    app.view(names.ASK_FORM)(to.shortcuts.answer)
    app.action(ANYTHING)(to.strays.button)
    app.view(ANYTHING)(to.strays.form)


def _listen_to_cards(app: AsyncApp, to: Listeners) -> None:
    for name, act in (*to.acts.buttons.items(), *to.acts.words.items()):
        app.action(name)(to.turns.on_press(act))
    for name, fill in to.acts.forms.items():
        app.view(name)(to.turns.on_form(fill))
    app.action(names.MORE)(to.menu.more)
    app.action(names.DETAILS)(to.inquiries.details)
    app.action(names.DOUBT)(to.inquiries.doubt)
    app.view(names.DOUBT_FORM)(to.inquiries.set_aside)


def _owning_up(desk: Desk) -> Callable[..., Awaitable[BoltResponse]]:
    async def failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
        """What ails the database is told in words, where there is a way; anything else is not
        acknowledged: the person sees that it did not work, and may press again.
        """
        refusal, place = as_refusal(error), place_of(body)
        if refusal is not None and place.response_url:
            log.error("nothing could be looked up or stored: %s", refusal)
            desk.tell(place, refusal.sentence)
            return BoltResponse(status=200)
        log.error("a listener failed: %s", type(error).__name__, exc_info=error)
        return BoltResponse(status=500)

    return failed

"""How is one person told something that is nobody else's business?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.client import QUIET
from bot.chat.slack.modals import notice
from bot.chat.slack.presses import Place
from bot.chat.slack.richtext import Block, escape, plain
from bot.ports import Unreachable

log = logging.getLogger(__name__)

TEXT_AT_MOST = 2900

NOT_POSSIBLE, DONE = "Not possible", "Done"
"""What stands above a sentence that is said in a window of its own."""


def said(sentence: str) -> dict[str, Any]:
    """A message of one sentence, in which nothing is markup."""
    shown = sentence.strip()[:TEXT_AT_MOST] or "…"
    block: Block = {"type": "section", "text": plain(shown)}
    return {"text": escape(shown), "blocks": [block]}


@dataclass(frozen=True, slots=True)
class Whisper:
    api: SlackApi

    async def say(self, place: Place, sentence: str, title: str = NOT_POSSIBLE) -> None:
        """By the way that was given with the click; failing that, by the next best one.

        Raises SlackRefused or Unreachable if none of them works.
        """
        thread = {"thread_ts": place.thread} if place.thread else {}
        if place.response_url:
            try:
                private = {"response_type": "ephemeral", "replace_original": False, **thread}
                await self.api.answer(place.response_url, {**private, **said(sentence)})
                return
            except (SlackRefused, Unreachable) as problem:
                log.warning("a response_url does not work: %s", problem)
        if place.channel:
            try:
                await self.api.call(
                    "chat.postEphemeral",
                    channel=place.channel,
                    user=place.user,
                    thread_ts=place.thread or None,
                    **said(sentence),
                )
                return
            except SlackRefused as refused:
                log.warning("no ephemeral message: %s", refused)
        await self._face_to_face(place, sentence, title)

    async def _face_to_face(self, place: Place, sentence: str, title: str) -> None:
        if place.trigger_id and not place.channel:
            try:
                view = notice(title, sentence)
                method = "views.push" if place.in_modal else "views.open"
                await self.api.call(method, trigger_id=place.trigger_id, view=view)
                return
            except (SlackRefused, Unreachable) as problem:
                log.warning("no modal: %s", problem)
        await self.api.call("chat.postMessage", channel=place.user, **QUIET, **said(sentence))

"""How long may an app use a trigger or a response_url, and how often?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.playground.identities import Mint
from bot.playground.refusals import Refused
from bot.playground.things import TEAM, Message

TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Leave to open a view for this person; ``view`` is the modal they acted in, if any."""

    user: str
    issued: float
    view: str | None
    spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLine:
    """Leave to answer an interaction; ``origin`` is the message it happened on, if any."""

    user: str
    channel: str
    issued: float
    origin: Message | None
    uses: int = 0


class Passes:
    """Triggers and response lines that were handed out."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint
        self._triggers: dict[str, Trigger] = {}
        self._lines: dict[str, ResponseLine] = {}

    def new_trigger(self, user: str, view: str | None = None) -> str:
        trigger_id = f"{self._mint.number()}.{TEAM}.{user}"
        self._triggers[trigger_id] = Trigger(user=user, issued=self._mint.now(), view=view)
        return trigger_id

    def spend_trigger(self, trigger_id: object) -> Trigger:
        """Once, and within three seconds."""
        trigger = self._triggers.get(str(trigger_id))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.spent:
            raise Refused("exchanged_trigger_id")
        if self._mint.now() - trigger.issued > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        self._triggers[str(trigger_id)] = replace(trigger, spent=True)
        return trigger

    def new_line(self, user: str, channel: str, origin: Message | None = None) -> str:
        key = f"{TEAM}/{self._mint.number()}"
        self._lines[key] = ResponseLine(
            user=user, channel=channel, issued=self._mint.now(), origin=origin
        )
        return key

    def use_line(self, key: str) -> ResponseLine:
        """Five times, and within thirty minutes."""
        line = self._lines.get(key)
        if line is None:
            raise Refused("no_such_response_url")
        if self._mint.now() - line.issued > RESPONSE_SECONDS:
            raise Refused("expired_url")
        if line.uses >= RESPONSE_USES:
            raise Refused("used_url")
        self._lines[key] = replace(line, uses=line.uses + 1)
        return line

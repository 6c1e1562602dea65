"""How does a test press what no card shows, or no longer shows? As Slack would write it, signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.chat.slack import names
from bot.chat.slack.subjects import Subject
from bot.domain.signoff import Signoff
from bot.playground.courier import Answer, Delivery
from bot.playground.things import TEAM, View
from bot.ports import CardRef
from tests.chat.house import House

_STAMPS = count(1)


def subject_of(signoff: Signoff, number: int = 0, on: CardRef | None = None) -> Subject:
    return Subject(
        signoff_id=signoff.id,
        revision=signoff.change.revision,
        policy_digest=signoff.requirement.policy_digest,
        on=on,
        number=number,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Of one person, on the card in the channel; `team` is where they say they are from."""

    house: House
    user: str
    team: str = TEAM
    facts: dict[str, Any] = field(default_factory=dict)

    async def press(self, action_id: str, value: str) -> Answer:
        """A button that carries this value."""
        return await self._act({"action_id": action_id, "type": "button", "value": value})

    async def choose(self, action_id: str, word: str, beside: list[str]) -> Answer:
        """A word in a menu, in one row with buttons that carry these values."""
        buttons = [
            {"type": "button", "action_id": f"b{n}", "value": it} for n, it in enumerate(beside)
        ]
        menu = {"type": "overflow", "action_id": action_id}
        row = {"type": "actions", "block_id": "row", "elements": [*buttons, menu]}
        action = {
            "action_id": action_id,
            "type": "overflow",
            "selected_option": {"value": word},
        }
        return await self._act(action, blocks=[row])

    async def send(self, callback_id: str, metadata: str, **answers: Any) -> Answer:
        """A form, with one input in each block: a text, or an option in square brackets."""
        values = {block: {block: _held(given)} for block, given in answers.items()}
        view = {
            "id": f"V{next(_STAMPS)}",
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": metadata,
            "state": {"values": values},
        }
        return await self._deliver({"type": "view_submission", "view": view})

    async def _act(self, action: dict[str, Any], blocks: list[Any] | None = None) -> Answer:
        card = self.house.card()
        stamped = {**action, "block_id": "row", "action_ts": f"{next(_STAMPS)}.5"}
        passes = self.house.slack.workspace.passes
        payload = {
            "type": "block_actions",
            "container": {
                "type": "message",
                "message_ts": card.ts,
                "channel_id": card.channel,
                "is_ephemeral": False,
            },
            "channel": {"id": card.channel, "name": "payments-deploys"},
            "message": {"ts": card.ts, "blocks": blocks or []},
            "actions": [stamped],
            "trigger_id": passes.new_trigger(self.user),
        }
        return await self._deliver(payload)

    async def _deliver(self, payload: dict[str, Any]) -> Answer:
        who = {"id": self.user, "team_id": self.team, "name": self.user.lower()}
        whole = {**payload, "user": who, "team": {"id": TEAM}, **self.facts}
        answer = Answer(status=0, delivery=Delivery(kind="interactive", payload=whole))
        return await self.house.slack.resend(answer)


async def press(house: House, user: str, action_id: str, signoff: Signoff, n: int = 0) -> Answer:
    return await Hand(house=house, user=user).press(action_id, subject_of(signoff, n).pack())


async def choose(house: House, user: str, word: str, signoff: Signoff) -> Answer:
    value = subject_of(signoff).pack()
    return await Hand(house=house, user=user).choose(names.MORE, word, [value])


def modal(house: House, user: str) -> View:
    found = house.slack.modal(user)
    assert found is not None
    return found


def offered(view: View, block_id: str) -> list[str]:
    (element,) = [b["element"] for b in view.blocks if b.get("block_id") == block_id]
    return [option["text"]["text"] for option in element["options"]]


def _held(given: Any) -> dict[str, Any]:
    if isinstance(given, list):
        return {"type": "radio_buttons", "selected_option": {"value": given[0]} if given else None}
    return {"type": "plain_text_input", "value": given}

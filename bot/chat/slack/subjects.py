"""What is a press about? It is packed into every button and form, and comes back from Slack."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.chat.slack.payload import as_object, text
from bot.domain.errors import Refusal
from bot.engine.clicks import Click
from bot.ports import CardRef


class GarbledCard(Refusal):
    """This card cannot be read any more. Ask /signoff mine for what waits for you now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a press is about: the signoff as the card showed it, and where that card hangs.

    `number` is that of the question it is about, nought if it is about none.
    """

    signoff_id: str
    revision: str
    policy_digest: str
    on: CardRef | None = None
    number: int = 0

    def click(self, click_id: str, person: str) -> Click:
        return Click(
            id=click_id,
            signoff_id=self.signoff_id,
            person=person,
            revision=self.revision,
            policy_digest=self.policy_digest,
            on=self.on,
        )

    def pack(self) -> str:
        """For `private_metadata`, from where `unpack` has it back."""
        on = [self.on.channel, self.on.message] if self.on else None
        packed: dict[str, object] = {
            "s": self.signoff_id,
            "r": self.revision,
            "p": self.policy_digest,
            "on": on,
        }
        if self.number:
            packed["n"] = self.number
        return json.dumps(packed, separators=(",", ":"))


def unpack(packed: str, on: CardRef | None) -> Subject:
    """Raises GarbledCard."""
    try:
        said = json.loads(packed)
    except (ValueError, RecursionError) as problem:
        raise GarbledCard from problem
    found = as_object(said)
    facts = [text(found, name) for name in ("s", "r", "p")]
    if not all(facts):
        raise GarbledCard
    place = found.get("on")
    if isinstance(place, list) and len(place) == 2 and all(isinstance(p, str) for p in place):
        on = CardRef(*(text({"at": part}, "at") for part in place))
    number = found.get("n")
    return Subject(
        signoff_id=facts[0],
        revision=facts[1],
        policy_digest=facts[2],
        on=on,
        number=number if type(number) is int else 0,
    )


def is_subject(value: str) -> bool:
    try:
        return bool(unpack(value, None))
    except GarbledCard:
        return False

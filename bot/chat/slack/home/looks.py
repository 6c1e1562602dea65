"""Which part of their page does a person look at, and how do they get to another?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.chat.slack.blocks import context
from bot.chat.slack.names import PAGE
from bot.chat.slack.richtext import Block, plain
from bot.engine.shares import Share

ON_A_LEAF = 20
"""So many signoffs at once: with their buttons they stay far below Slack's hundred blocks."""


class Part(StrEnum):
    WAITING = "waiting"
    OWN = "own"
    GROUPS = "groups"
    DECIDED = "decided"


HEADERS = {
    Part.WAITING: "Waiting for you",
    Part.OWN: "What you asked for",
    Part.GROUPS: "What your groups have open",
    Part.DECIDED: "Your last decisions",
}
TABS = {
    Part.WAITING: "Waiting for you",
    Part.OWN: "Yours",
    Part.GROUPS: "Your groups",
    Part.DECIDED: "Decided",
}
NOTHING = {
    Part.WAITING: "Nothing waits for you.",
    Part.OWN: "None of your own changes waits for a sign-off.",
    Part.GROUPS: "Nothing of your groups waits for a sign-off.",
    Part.DECIDED: "You have decided nothing in the last 30 days.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks at: a part of their page, and which leaf of it, from 1 on."""

    part: Part
    leaf: int = 1

    def pack(self) -> str:
        return f"{self.part} {self.leaf}"

    @property
    def first(self) -> int:
        """How many come before it."""
        return (self.leaf - 1) * ON_A_LEAF

    def within(self, total: int) -> Look:
        """A leaf that is not there, or not any more, is the nearest that is."""
        return Look(self.part, min(max(self.leaf, 1), _leaves(total)))


def look_of(packed: str) -> Look | None:
    """None for what no button of ours says."""
    part, _, leaf = packed.partition(" ")
    if part not in list(Part) or not (leaf.isascii() and leaf.isdigit() and len(leaf) < 9):
        return None
    return Look(Part(part), int(leaf))


def first_look(share: Share) -> Look:
    """What waits for one; if that is nothing, what one asked for, or may ask for again."""
    mine = share.own or share.expired
    return Look(Part.WAITING if share.waiting or share.settling or not mine else Part.OWN)


def tabs(shown: Part, share: Share) -> Block:
    """All parts, and how much is in those in which something waits."""
    counts = {
        Part.WAITING: f" ({len(share.waiting)})",
        Part.OWN: f" ({len(share.own) + len(share.expired)})",
        Part.GROUPS: f" ({len(share.groups)})",
        Part.DECIDED: "",
    }
    buttons = [
        _turn(part, Look(part), f"{TABS[part]}{counts[part]}", now=part is shown) for part in Part
    ]
    return {"type": "actions", "block_id": f"parts:{shown}", "elements": buttons}


def turning(look: Look, total: int) -> list[Block]:
    """Where one is among all leaves, and the way to the next; nothing where there is but one."""
    leaves = _leaves(total)
    if leaves == 1:
        return []
    buttons = []
    if look.leaf > 1:
        buttons.append(_turn("earlier", Look(look.part, look.leaf - 1), "Earlier"))
    if look.leaf < leaves:
        buttons.append(_turn("later", Look(look.part, look.leaf + 1), "Later"))
    place = f"{look.part}:{look.leaf}"
    return [
        context(
            f"{look.first + 1} to {min(look.first + ON_A_LEAF, total)} of {total}", f"leaf:{place}"
        ),
        {"type": "actions", "block_id": f"turn:{place}", "elements": buttons},
    ]


def _turn(name: str, to: Look, label: str, *, now: bool = False) -> Block:
    """Within one block each button has a name of its own."""
    element = {
        "type": "button",
        "action_id": f"{PAGE}:{name}",
        "text": plain(label),
        "value": to.pack(),
    }
    shown = {"style": "primary", "accessibility_label": f"{label}, shown below"}
    return {**element, **shown} if now else element


def _leaves(total: int) -> int:
    return max(-(-total // ON_A_LEAF), 1)

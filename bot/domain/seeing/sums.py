"""What is summed of many signoffs, and which of their classes are told apart?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from bot.domain.provenance import AiStatus
from bot.domain.seeing.chart import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """As the columns of `daily`. `looked`: seconds of senior time."""

    opened: int = 0
    approved: int = 0
    rejected: int = 0
    expired: int = 0
    overridden: int = 0
    not_required: int = 0
    in_time: int = 0
    due: int = 0
    shipped: int = 0
    failed: int = 0
    looked: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(**{it: getattr(self, it) + getattr(other, it) for it in NAMES})

    @property
    def asked(self) -> int:
        """What was put to people."""
        return self.opened - self.not_required

    @property
    def decided(self) -> int:
        return self.approved + self.rejected

    @property
    def went_on(self) -> int:
        return self.approved + self.overridden + self.not_required

    @property
    def ended(self) -> int:
        """What came to an end that is somebody's: not superseded, not withdrawn."""
        return self.approved + self.rejected + self.expired


NAMES: Final = tuple(it.name for it in fields(Sums))
NONE = Sums()


@dataclass(frozen=True, slots=True)
class AiClass:
    """What is said of AI, in three classes and never two: what is not known is never human."""

    name: str
    tone: Tone
    statuses: tuple[AiStatus, ...]


ASSISTED = AiClass("AI-assisted", Tone.FIRST, (AiStatus.ASSISTED, AiStatus.CONTRADICTED))
WITHOUT = AiClass("Said to be without", Tone.SECOND, (AiStatus.DECLARED_HUMAN,))
UNKNOWN = AiClass("Unknown", Tone.THIRD, (AiStatus.UNDECLARED, AiStatus.SUSPECTED))
AUTOMATION = AiClass("Automation", Tone.IDLE, (AiStatus.AUTOMATION,))
CLASSES = (ASSISTED, WITHOUT, UNKNOWN)
WHAT_CLASSES_ARE = (
    "Unknown: nobody said, or it is only suspected; it is never counted as without AI. "
    "Automation, which is not AI, stands apart."
)


def of_class(one: AiClass, sums: Mapping[str, Sums]) -> Sums:
    return added(sums.get(status.value, NONE) for status in one.statuses)


def added(sums: Iterable[Sums]) -> Sums:
    whole = NONE
    for one in sums:
        whole += one
    return whole


OTHERS = "others"


def with_others(
    sums: Mapping[str, Sums], least: int, of: str, shown: int = 20
) -> list[tuple[str, Sums]]:
    """The largest by `of`, largest first; those of fewer than `least`, and whatever is left, are
    one at the end.
    """
    ordered = sorted(sums.items(), key=lambda it: (-getattr(it[1], of), it[0]))
    large = [it for it in ordered if getattr(it[1], of) >= least and it[0] != OTHERS][:shown]
    named = {name for name, _ in large}
    rest = added(one for name, one in ordered if name not in named)
    return [*large, (OTHERS, rest)] if getattr(rest, of) else large

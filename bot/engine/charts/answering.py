"""Who answers what is asked of the figures? Of the same trail, the same question has one answer.

So what was answered is kept until the trail was counted further, and is never stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.seeing.chart import Chart
from bot.domain.seeing.question import SORTS, Question
from bot.engine.charts.every import EVERY
from storage import charting, charting_now
from storage.charting_now import Progress
from storage.store import Session, Store

KEPT, NAMED = 256, 50


@dataclass(frozen=True, slots=True)
class Charts:
    """Reading only."""

    store: Store
    kept: dict[tuple[Question, int], Chart] = field(default_factory=dict)

    async def answer(self, questions: Sequence[Question]) -> tuple[Chart, ...]:
        """All of one page, of the same moment; each is named in `EVERY`."""
        return await self.store.read(lambda session: self._answer(session, questions))

    async def progress(self) -> Progress:
        return await self.store.read(charting_now.progress)

    async def names(self, question: Question) -> Mapping[str, Sequence[str]]:
        """What one may ask to see alone: of each sort the most frequent, in these weeks."""
        return await self.store.read(
            lambda session: {
                sort: [it for it in charting.split(session, sort, question) if it][:NAMED]
                for sort in SORTS
            }
        )

    def _answer(self, session: Session, questions: Sequence[Question]) -> tuple[Chart, ...]:
        seq = charting_now.progress(session).counted
        return tuple(self._one(session, question, seq) for question in questions)

    def _one(self, session: Session, question: Question, seq: int) -> Chart:
        known = self.kept.get((question, seq))
        if known is None:
            known = EVERY[question.name](session, question)
            self._keep((question, seq), known)
        return known

    def _keep(self, key: tuple[Question, int], chart: Chart) -> None:
        """The oldest goes; readers are several threads, and each may be first."""
        self.kept[key] = chart
        while len(self.kept) > KEPT:
            self.kept.pop(next(iter(self.kept)), None)

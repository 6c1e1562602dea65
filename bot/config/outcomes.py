"""How are incidents linked to what was deployed? What the config says of it, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.config import shape_outcomes as shape
from bot.domain.globs import name_fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """`window`: so long before an incident something may have been deployed that it is of."""

    window: timedelta = timedelta(hours=24)
    production: tuple[str, ...] = ("production*",)

    def is_production(self, environment: str) -> bool:
        return name_fits(environment, self.production)


DAY_BEFORE = Outcomes()


def outcomes(written: shape.Outcomes) -> Outcomes:
    return Outcomes(window=written.window, production=written.production)

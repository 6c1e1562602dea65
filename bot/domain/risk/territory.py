"""Which part of the code has somebody named, and how much harm does a mistake there do?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.globs import name_fits
from bot.domain.risk.reasons import RiskTier


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A part of the code that somebody named, and how much harm a mistake there does.

    Without `paths` it is all of the `repository` globs; without those it is every repository.
    """

    name: str
    paths: tuple[str, ...] = ()
    repository: tuple[str, ...] = ()
    criticality: RiskTier = RiskTier.HIGH

    def has_repository(self, repository: str) -> bool:
        return not self.repository or name_fits(repository, self.repository)

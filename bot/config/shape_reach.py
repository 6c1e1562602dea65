"""Of which repositories may a connection speak?"""

from __future__ import annotations

from bot.config.patterns import RepositoryGlob
from bot.config.shape_former import Renewable
from bot.config.shape_parts import Some


class Bounded(Renewable):
    """Somebody who announces changes."""

    repositories: Some[RepositoryGlob] | None = None
    """Globs of the repositories whose changes it may announce; without: of any. Others are refused."""

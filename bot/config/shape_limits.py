"""How much may wait at once?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.config.shape_parts import Shape


class Limits(Shape):
    """So that one source cannot bury what comes from the others."""

    pending_per_repository: Annotated[int, Field(ge=10, le=100_000)] = 1_000
    """Signoffs of one repository that may wait at once, through one connection; by default 1000.
    What comes beyond is sent away, and may come again."""

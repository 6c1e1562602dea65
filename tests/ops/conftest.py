"""The real house, a play Slack and a toy pipeline, as for the pages and doors."""

from __future__ import annotations

from tests.web.conftest import ci, clock, scene

__all__ = ["ci", "clock", "scene"]

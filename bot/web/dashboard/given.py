"""Of what may a page of the dashboard be made?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.clock import Clock
from bot.engine.board import Board
from bot.engine.charts.answering import Charts
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.web.dashboard.frame import Frame
from bot.web.dashboard.live import Live
from bot.web.membership import Membership

Export = Callable[[datetime, datetime, Path], Awaitable[bool]]
"""Writes a period of the trail into a file, as lines of JSON; whether that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`steps_up`: people can decide by security key, at `/decide/{id}`.

    `reopens` says of a connection whether its pipeline still takes a yes once it was stopped.
    `connections` are the kinds of those in the config, by name; `export` writes a period of the trail
    into a file.
    `production`: globs of the environments that DORA's keys are of.
    `auditors` may export the trail, as `administrators` may; those may also handle parcels.
    """

    frame: Frame
    board: Board
    signoffs: Signoffs
    members: Membership
    clock: Clock
    live: Live
    public_url: str
    steps_up: bool
    administrators: frozenset[str]
    auditors: frozenset[str]
    charts: Charts
    reopens: Callable[[str], bool] = lambda connection: True
    connections: Mapping[str, str] = field(default_factory=dict)
    export: Export | None = None
    production: tuple[str, ...] = ("production*",)

    @property
    def rulebook(self) -> Rulebook:
        return self.signoffs.rulebook

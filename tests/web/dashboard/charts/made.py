"""Charts of each kind, with whatever names one wants in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.seeing.chart import Chart, Column, Kind, Part, Tone, Unit, beside, weeks, words

BARS = Chart(
    name="waits", title="How long decisions took", sentence="Half took no more than 41 min.",
    kind=Kind.BARS, unit=Unit.NUMBER, columns=(words("Within"), Column("Decisions")),
    rows=(("5 min", 12), ("1 h", 31), ("longer", 0)),
)  # fmt: skip
ACROSS = replace(
    BARS, name="load", kind=Kind.ACROSS,
    columns=(words("Who"), Column("Waits"), Column("Asked", tone=Tone.SECOND)),
    rows=(("Ada Park", 3, 31), ("Grace Hill", 0, 1234)),
)  # fmt: skip
STACKED = replace(
    BARS, name="ends", kind=Kind.STACKED,
    columns=(weeks(), Column("Approved", tone=Tone.GOOD), Column("Rejected", tone=Tone.BAD)),
    rows=((date(2026, 11, 2), 31, 4), (date(2026, 11, 9), 12, 0)), running=True,
)  # fmt: skip
STACKED_ACROSS = replace(
    BARS, name="tools", kind=Kind.STACKED_ACROSS, unit=Unit.SHARE,
    columns=(words("Tool"), Column("Approved", Unit.SHARE), Column("Rejected", Unit.SHARE, tone=Tone.BAD),
             beside("Of")),
    rows=(("claude-code", 0.75, 0.25, 40),),
)  # fmt: skip
LINES = replace(
    BARS, name="pace", kind=Kind.LINES, unit=Unit.LENGTH,
    columns=(weeks(), Column("Half", Unit.LENGTH), Column("Nine of ten", Unit.LENGTH, tone=Tone.SECOND)),
    rows=((date(2026, 10, 26), 600, 12_000), (date(2026, 11, 2), None, None), (date(2026, 11, 9), 660, 9000)),
)  # fmt: skip
RANGES = replace(
    BARS, name="failures", kind=Kind.RANGES, unit=Unit.SHARE,
    columns=(words("Change"), Column("Failed", Unit.SHARE, tone=Tone.BAD), Column("From", Unit.SHARE, Part.LOW),
             Column("To", Unit.SHARE, Part.HIGH), Column("Failed", part=Part.HITS), Column("Of", part=Part.OF)),
    rows=(("AI-assisted", 3 / 41, 0.0252, 0.1943, 3, 41), ("Unknown", None, None, None, 0, 0)),
)  # fmt: skip
EVERY = (BARS, ACROSS, STACKED, STACKED_ACROSS, LINES, RANGES)

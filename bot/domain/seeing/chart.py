"""What does a chart say? Rows, and what each of their columns is.

The picture, the table below it and the file of a spreadsheet are all made of these same rows, so
none of them can say what the others do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Cell = str | int | float | date | None
"""None: there is nothing to say, which is not the same as nought."""

Row = tuple[Cell, ...]


class Kind(StrEnum):
    """How it is drawn. `ACROSS` and `STACKED_ACROSS` lie on their side, so that names have room."""

    BARS = "bars"
    STACKED = "stacked"
    LINES = "lines"
    ACROSS = "across"
    STACKED_ACROSS = "stacked across"
    RANGES = "ranges"


class Unit(StrEnum):
    """What a cell is: `LENGTH` and `WORK` are seconds, `SHARE` is from 0 to 1."""

    WORDS = "words"
    WEEK = "week"
    NUMBER = "number"
    LENGTH = "length"
    WORK = "work"
    SHARE = "share"


class Part(StrEnum):
    """What a column is to the picture. Beside a rate stand its interval, and `HITS` out of `OF`;
    what is `BESIDE` stands in the table only.
    """

    LABEL = "label"
    MARK = "mark"
    LOW = "low"
    HIGH = "high"
    HITS = "hits"
    OF = "of"
    BESIDE = "beside"


class Tone(StrEnum):
    """Which colour and which pattern; never the one without the other."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    GOOD = "good"
    BAD = "bad"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    unit: Unit = Unit.NUMBER
    part: Part = Part.MARK
    tone: Tone = Tone.FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The first column is the label of a row. `sentence` says what is to be seen; `note` what one
    must know to read it; `too_few` why there is no picture, where there is none. `running`: the
    last row is of a week that is not over.
    """

    name: str
    title: str
    sentence: str
    kind: Kind
    unit: Unit
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    too_few: str = ""
    running: bool = False

    def __post_init__(self) -> None:
        if [it.part for it in self.columns].count(Part.LABEL) != 1 or not self.columns:
            raise ValueError(f"{self.name}: one column is the label of the rows")
        if self.columns[0].part is not Part.LABEL:
            raise ValueError(f"{self.name}: the first column is the label of the rows")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: each row has a cell for each column")

    @property
    def marks(self) -> tuple[int, ...]:
        """Which columns are drawn."""
        return tuple(at for at, it in enumerate(self.columns) if it.part is Part.MARK)

    def of(self, part: Part) -> int | None:
        """The first column that is this to the picture."""
        return next((at for at, it in enumerate(self.columns) if it.part is part), None)


def words(name: str) -> Column:
    """A column of names to read the rows by."""
    return Column(name, Unit.WORDS, Part.LABEL)


def weeks() -> Column:
    return Column("Week of", Unit.WEEK, Part.LABEL)


def beside(name: str, unit: Unit = Unit.NUMBER) -> Column:
    return Column(name, unit, Part.BESIDE)


def total(rows: Iterable[Row], column: int) -> int:
    """The sum of a column of numbers."""
    return sum(cell for row in rows if isinstance(cell := row[column], int))


def last_known(rows: Sequence[Row], column: int) -> Cell:
    """The newest that there is."""
    return next((row[column] for row in reversed(rows) if row[column] is not None), None)

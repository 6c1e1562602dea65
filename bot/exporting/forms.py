"""In which forms can it be had, and what is written first, of each record, and last?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any, Protocol

from bot.domain.record import Record
from bot.exporting import tables
from bot.exporting.writing import Sink, trouble

Facts = Mapping[str, Any]


class Form(Protocol):
    def record(self, record: Record) -> None: ...

    def end(self, completeness: Facts) -> None: ...


class JsonLines:
    """The last line is whether all is there."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def record(self, record: Record) -> None:
        self._sink.write(tables.record_line(record))

    def end(self, completeness: Facts) -> None:
        self._sink.write(tables.line({"completeness": completeness}))


class Csv:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        sink.write(tables.heading())

    def record(self, record: Record) -> None:
        self._sink.write(tables.row(record))

    def end(self, completeness: Facts) -> None:
        """A table has no place for it: it stands beside."""


def pdf(sink: Sink) -> Form:
    """Named, not imported: it needs a package that is an extra. Raises Misconfigured."""
    if find_spec("fpdf") is None:
        raise trouble(
            "--format pdf needs the package fpdf2: "
            "pip install --require-hashes -r requirements/pdf.txt"
        )
    made: Form = resolve_name("bot.exporting.pages:Pdf")(sink)
    return made


FORMS: Mapping[str, Callable[[Sink], Form]] = {"jsonl": JsonLines, "csv": Csv, "pdf": pdf}
SAYS_ITSELF = ("jsonl",)
"""Whether it is complete; of the others a file beside them says so."""

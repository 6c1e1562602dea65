"""How does a page of a PDF look? Letters, lines and tables on A4, without a font of our own.

What the built-in fonts cannot write (all but Latin-1) is spelt out, and so is what nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from bot.cli import terminal

Colour = tuple[int, int, int]

INK, GREY, PALE, RULE = (31, 35, 40), (101, 109, 118), (246, 248, 250), (216, 222, 228)
GREEN, RED, AMBER, SLATE = (26, 127, 55), (190, 30, 42), (154, 103, 0), (74, 85, 98)
LABEL, MARGIN, LINE = 44.0, 17.0, 4.1
"""Millimetres: of what stands at the left, around a page, from line to line."""

LONGEST = 800
"""Characters of one value; the whole of it is in JSONL."""

PAGES = "\x01" * 4
"""Stands for how many pages there are until all are drawn. `spelt` leaves nobody such a character,
so that no words of theirs are taken for it.
"""

Row = tuple[str, str]

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z")
"""Each page says that times are UTC."""


def when(text: str) -> str:
    """A moment of ours as people read it; anything else as it is."""
    found = _STAMP.fullmatch(text)
    return f"{found[1]} {found[2]}" if found else text


def spelt(text: str) -> str:
    """In letters that the built-in fonts have, and no line break in it."""
    plain = terminal.escaped(when(text))
    return "".join(it if ord(it) < 256 else f"U+{ord(it):04X}" for it in plain)


def lines_of(text: str) -> str:
    """The same, line by line, and not too many of them."""
    cut = text[:LONGEST]
    more = f"\n[and {len(text) - len(cut):,} more characters]" if len(cut) < len(text) else ""
    return "\n".join(map(spelt, f"{cut}{more}".replace("\r\n", "\n").split("\n")))


class Sheet(FPDF):
    """`running` stands below each page."""

    def __init__(self, running: str) -> None:
        super().__init__(format="A4")
        self._running = spelt(running)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=18)
        self.set_title("Countersign: records of decisions")
        self.set_creator("Countersign")
        self.alias_nb_pages(PAGES)

    def footer(self) -> None:
        self.set_y(-14)
        self._ink(GREY, 7.5)
        self.cell(0, 4, self._running)
        self.set_y(-14)
        self.cell(0, 4, f"times are UTC    {self.page_no()} / {PAGES}", align="R")

    def headline(self, text: str, below: str = "") -> None:
        self._ink(INK, 17, "B")
        self.multi_cell(0, 8, spelt(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if below:
            self._ink(GREY, 9.5)
            self.multi_cell(0, 5, spelt(below), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2.5)

    def banner(self, text: str, colour: Colour) -> None:
        """One sentence that nobody overlooks."""
        self.set_fill_color(*colour)
        self._ink((255, 255, 255), 10.5, "B")
        self.multi_cell(
            0, 5, spelt(text), fill=True, padding=(2, 3), new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.ln(1.6)

    def section(self, title: str) -> None:
        """Never the last on a page."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(1.8)
        self._ink(INK, 10, "B")
        self.cell(0, 5.5, spelt(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.ln(1.4)

    def rows(self, rows: Iterable[Row]) -> None:
        """A label and what is to be said of it."""
        for label, value in rows:
            self._row(label, lines_of(value))

    def paragraph(self, text: str) -> None:
        self._ink(GREY, 8.5)
        self.multi_cell(0, 4.4, lines_of(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def grid(
        self, heads: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]
    ) -> None:
        """A table; `widths` are shares."""
        self._ink(INK, 8)
        self.set_draw_color(*RULE)
        self.set_fill_color(255, 255, 255)
        head = FontFace(emphasis="BOLD", color=GREY, fill_color=PALE)
        with self.table(
            borders_layout="HORIZONTAL_LINES",
            headings_style=head,
            col_widths=tuple(widths),
            line_height=4.2,
            text_align="LEFT",
            padding=(0.9, 1.5),
        ) as table:
            for cells in (heads, *rows):
                table.row([lines_of(it) for it in cells])
        self.ln(1)

    def _row(self, label: str, value: str) -> None:
        self._ink(INK, 8.5)
        width = self.epw - LABEL
        if self.will_page_break(LINE * min(1 + value.count("\n"), 4)):
            self.add_page()
        self._ink(GREY, 8.5)
        self.cell(LABEL, LINE, spelt(label))
        self._ink(INK, 8.5)
        self.multi_cell(width, LINE, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _ink(self, colour: Colour, size: float, style: str = "") -> None:
        self.set_text_color(*colour)
        self.set_font("Helvetica", style=style, size=size)

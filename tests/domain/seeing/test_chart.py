"""A chart that does not fit its rows cannot be made."""

from __future__ import annotations

import pytest

from bot.domain.seeing.chart import Chart, Column, Kind, Part, Row, Unit, last_known, total, words


def made(*rows: Row, columns: tuple[Column, ...] = (words("Tool"), Column("Approved"))) -> Chart:
    return Chart(
        name="tools", title="Tools", sentence="", kind=Kind.BARS, unit=Unit.NUMBER,
        columns=columns, rows=rows,
    )  # fmt: skip


def test_each_row_has_a_cell_for_each_column() -> None:
    assert made(("a", 1)).marks == (1,)
    with pytest.raises(ValueError, match="each row has a cell for each column"):
        made(("a", 1, 2))


@pytest.mark.parametrize(
    "columns", [(), (Column("a"),), (Column("a"), words("b")), (words("a"), words("b"))]
)
def test_the_first_column_alone_is_the_label(columns: tuple[Column, ...]) -> None:
    with pytest.raises(ValueError, match="label of the rows"):
        made(columns=columns)


def test_what_a_column_is_to_the_picture() -> None:
    chart = made(columns=(words("a"), Column("b"), Column("c", part=Part.LOW), Column("d")))
    assert chart.marks == (1, 3)
    assert chart.of(Part.LOW) == 2
    assert chart.of(Part.HIGH) is None


def test_sums_and_the_newest_that_is_known() -> None:
    rows: tuple[Row, ...] = (("a", 1), ("b", 4), ("c", None))
    assert total(rows, 1) == 5
    assert last_known(rows, 1) == 4
    assert last_known((), 1) is None

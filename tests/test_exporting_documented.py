"""Does docs/audit-export.md say of each column what it is, and does docs/compliance.md claim no more than we show?"""

from __future__ import annotations

import re
from pathlib import Path

from bot.domain.record_columns import COLUMNS, UNRECORDED

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "audit-export.md").read_text(encoding="utf-8")
COMPLIANCE = (DOCS / "compliance.md").read_text(encoding="utf-8")
CLAIMED = re.compile(r"\b(complies|compliant|certified|guarantees compliance)\b", re.I)


def sentences() -> dict[str, str]:
    table = PAGE.partition("## The columns")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| (.+) \|$", table, re.M)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_each_column_has_a_sentence_in_the_order_of_the_columns() -> None:
    assert tuple(sentences()) == COLUMNS
    assert all(it.endswith(".") for it in sentences().values())


def test_what_is_always_null_says_so() -> None:
    always = [column for column, said in sentences().items() if said.startswith("Always null")]
    assert tuple(always) == UNRECORDED


def test_what_is_named_for_a_frame_is_a_column() -> None:
    groups = {column.partition(".")[0] for column in COLUMNS}
    named = re.findall(r"`([a-z]+\.[a-z_*]+)`", COMPLIANCE)
    assert len(named) > 20
    for name in named:
        group, _, rest = name.partition(".")
        if group == "completeness":
            assert f"`{rest}`" in PAGE, name
        else:
            assert name in COLUMNS or (rest == "*" and group in groups), name


def test_nothing_is_claimed_that_only_an_auditor_can_say() -> None:
    for page in (COMPLIANCE, PAGE):
        assert not CLAIMED.search(page)
    assert "supports" in COMPLIANCE
    assert "cannot show" in COMPLIANCE


def test_each_frame_is_there() -> None:
    for frame in (
        "CC8.1",
        "6.5.1",
        "Art. 12",
        "Art. 14",
        "Art. 26",
        "PS.1",
        "PS.3",
        "PW.7",
        "PO.3.3",
    ):
        assert frame in COMPLIANCE

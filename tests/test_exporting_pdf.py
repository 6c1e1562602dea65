"""Does the PDF say first whether it holds, and does nothing in it do anything?"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.signoff import Verdict
from bot.exporting import forms, pages, sheet
from bot.misconfigured import Misconfigured
from tests.builders import NOW, who
from tests.exporting import Stage, staged

HOSTILE = "=cmd|'/C calc'!A0 \u202etxt.exe (a) \\) 日本語"
ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/AA", b"/EmbeddedFile")


@pytest.fixture
async def stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Stage]:
    made = await staged(f"sqlite:///{tmp_path / 'countersign.db'}", tmp_path, capsys)
    yield made
    await made.house.store.close()


def made(stage: Stage, name: str, *more: str) -> tuple[int, bytes]:
    out = stage.folder / name
    code = stage.export("--out", str(out), *more, form="pdf").code
    return code, out.read_bytes()


def said(raw: bytes) -> list[str]:
    """The words of each page, as they are drawn."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.S)
    drawn = [text for it in streams if b" Tj" in (text := unpacked(it))]
    return [" ".join(map(words, re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", it))) for it in drawn]


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def words(drawn: bytes) -> str:
    return re.sub(rb"\\(.)", rb"\1", drawn).decode("latin-1")


async def test_what_holds_says_so_first(stage: Stage) -> None:
    await stage.decided(1, title="Retry refunds", description="So that they arrive.")
    await stage.landed("deploy/1")
    code, raw = made(stage, "q4.pdf")
    first, *records = said(raw)
    assert code == 0
    assert "All records hold, and so does the audit trail." in first
    assert "does not hold" not in first
    text = " ".join(records)
    for expected in ("Approved by ada", "Retry refunds", "So that they arrive.", "slack-click"):
        assert expected in text
    beside = json.loads((stage.folder / "q4.pdf.completeness.json").read_text())
    assert beside["population"]["root"] in first


async def test_what_does_not_hold_says_that_first(stage: Stage) -> None:
    await stage.decided(1)
    await stage.landed("", what="abc1234 by hand", environment="production")
    stage.tamper("UPDATE signoff SET document = replace(document, 'Retry', 'Retrj')")
    code, raw = made(stage, "q4.pdf")
    first, record, *_ = said(raw)
    assert code == 1
    assert "Records that do not hold: 1" in first
    assert "Deployed without a decision: 1" in first
    assert "abc1234 by hand" in first
    assert "All records hold" not in first
    assert "This record does not hold" in record


async def test_a_person_s_words_do_nothing(stage: Stage) -> None:
    author = who("jun", name="endstream endobj /OpenAction")
    await stage.decided(
        1,
        Verdict.REJECT,
        title=HOSTILE,
        description="a\nb\r\n\u2028c\x00" + "x" * 5000,
        author=author,
    )
    _, raw = made(stage, "q4.pdf")
    text = " ".join(said(raw))
    assert r"\u202etxt.exe" in text
    assert "U+65E5U+672CU+8A9E" in text
    assert "more characters" in text
    assert "x" * 900 not in text
    assert not any(it in raw for it in ACTIVE)
    opening = re.findall(rb"/OpenAction (.{18})", raw)
    assert opening == [b"[3 0 R /FitH null]"]  # where to look first, and no action


async def test_a_person_s_words_stand_there_as_they_wrote_them(stage: Stage) -> None:
    """What stands for the number of pages is nothing that anybody can write."""
    await stage.decided(1, title=f"raise the limit to {{nb}}, not {sheet.PAGES}")
    text = " ".join(said(made(stage, "q4.pdf")[1]))
    assert r"raise the limit to {nb}, not \u0001\u0001\u0001\u0001" in text


async def test_the_same_is_the_same_file(stage: Stage) -> None:
    await stage.decided(1)
    assert made(stage, "one.pdf")[1] == made(stage, "two.pdf")[1]


async def test_a_record_that_cannot_be_told_has_its_page(stage: Stage) -> None:
    await stage.decided(1)
    stage.tamper("UPDATE audit SET body = 'nothing' WHERE seq = 1")
    code, raw = made(stage, "q4.pdf")
    assert code == 1
    assert "its entries cannot be replayed" in " ".join(said(raw))


async def test_only_as_many_as_people_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 2)
    for number in (1, 2, 3):
        await stage.decided(number, None)
    with pytest.raises(Misconfigured, match="take a --sample"):
        made(stage, "q4.pdf")
    assert not (stage.folder / "q4.pdf").exists()
    assert made(stage, "q4.pdf", "--sample", "2", "--seed", "x")[0] == 0


async def test_it_says_where_to_get_what_it_needs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.decided(1)
    monkeypatch.setattr(forms, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r"pip install .*requirements/pdf\.txt"):
        made(stage, "q4.pdf")
    assert not (stage.folder / "q4.pdf").exists()


async def test_it_goes_to_a_file(stage: Stage) -> None:
    heard = stage.export(form="pdf")
    assert heard.code == 2
    assert "--out" in heard.err


def test_a_moment_is_written_for_people_and_nothing_else_is_touched() -> None:
    assert sheet.when(f"{NOW:%Y-%m-%dT%H:%M:%SZ}") == f"{NOW:%Y-%m-%d %H:%M:%S}"
    command = "countersign verify --at=2026-11-23T10:00:00Z"
    assert sheet.spelt(command) == command

"""The pages of figures: what stands in them, whatever the names are, and for whom."""

from __future__ import annotations

import csv
import io
import re
from html import escape, unescape
from html.parser import HTMLParser
from random import Random
from urllib.parse import quote

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session

from bot.demo.scene import Scene
from bot.domain.seeing.question import day_of
from bot.engine.charts.every import EVERY
from storage.counted_looking import COUNTED, MADE
from storage.leaves import Away, put
from storage.tables import table
from tests.storage import test_charting as invented
from tests.web.dashboard.sitter import Sitter, seated, sitter

PAGES = ("/me", "/policy", "/people",
         *(f"/figures?tab={it}" for it in ("speed", "course", "work")))  # fmt: skip
HOSTILE = '"><script>alert(1)</script>'
FORMULA = "=HYPERLINK(1)"


async def fill(scene: Scene) -> None:
    """A quarter of invented signoffs, all with names that are not meant well."""
    random = Random(8)  # noqa: S311 - nothing secret
    shift = day_of(scene.clock().date()) - day_of(invented.TODAY)
    ones = [invented.invented(random, number) for number in range(200)]
    for one in ones:
        one.row["day"] += shift
        one.names["rule"] = (*one.names["rule"], HOSTILE)
        one.names["tool"] = (*one.names["tool"], HOSTILE, FORMULA)
        one.names["reviewer"] = ("ada", "grace")
    await scene.house.store.write(_counted)
    await scene.house.store.write(lambda session: invented.filled(session, ones))
    asked = [
        {"signoff_id": "sgn_0001", "person": who, "at": scene.clock(), "waiting": who == "ada"}
        for who in ("ada", "grace")
    ]
    invited = insert(table("invitation"))
    await scene.house.store.write(lambda session: session.execute(invited, asked) and None)


def _counted(session: Session) -> None:
    """As if all had been: whoever counts has nothing to do."""
    session.execute(delete(table("mark")))
    newest = session.execute(select(func.max(table("audit").c.seq))).scalar() or 0
    session.execute(insert(table("mark")).values(name=COUNTED, seq=newest, made=MADE))


async def page(reader: Sitter, path: str) -> str:
    heard = await reader.get(path)
    assert heard.status == 200, (path, heard.body)
    return heard.body.decode()


async def sheet(reader: Sitter, path: str) -> list[list[str]]:
    heard = await reader.get(path)
    assert heard.status == 200, (path, heard.body)
    assert heard.headers["content-type"] == "text/csv; charset=utf-8"
    assert heard.headers["content-disposition"].startswith('attachment; filename="')
    return list(csv.reader(io.StringIO(heard.body.decode(), newline=""), strict=True))


class _Tables(HTMLParser):
    """The numbers below each chart, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self.tables: dict[str, list[list[str]]] = {}
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "section" and found.get("class") == "figure":
            self.name = (found["aria-labelledby"] or "").removesuffix("-title")
            self.tables[self.name] = []
        if tag == "tr" and self.name:
            self.tables[self.name].append([])
        if tag in ("th", "td") and self.name:
            self.cell = []

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td") and self.cell is not None:
            self.tables[self.name][-1].append("".join(self.cell))
            self.cell = None
        if tag == "section":
            self.name = ""


async def test_before_anything_happened(scene: Scene) -> None:
    """Every page is there, for whoever has a seat, and has nothing to say."""
    stranger = sitter(scene)
    for path in (*PAGES, "/figures/waits.csv", "/figures/nothing.csv"):
        assert (await stranger.get(path)).status == 401
    ada = await seated(scene)
    assert (await ada.get("/figures/nothing.csv")).status == 404
    for path in PAGES:
        found = await page(ada, path)
        assert f"<h1>{'Ada Park' if path == '/me' else path[1:].partition('?')[0].title()}" in found
        assert '<svg class="chart' not in found or path == "/people"
    assert "too few to say" in await page(ada, "/figures")


async def test_once_much_happened(scene: Scene) -> None:
    await fill(scene)
    ada = await seated(scene)
    await _drawn_and_written_are_the_same(ada)
    await _no_person_but_in_the_load(scene, ada)
    await _one_name_alone_and_other_weeks(ada)
    await _what_cannot_be_asked_is_asked_of_all(ada)


async def _drawn_and_written_are_the_same(ada: Sitter) -> None:
    """And whatever a rule or a tool is called, it is a word."""
    seen: set[str] = set()
    for path in PAGES[1:]:
        found = await page(ada, path)
        assert HOSTILE not in found
        assert found.count("<script") == len(re.findall(r'<script src="[^"]+/static/', found))
        assert " style=" not in found
        assert "<style" not in found
        read = _Tables()
        read.feed(found)
        for name, cells in read.tables.items():
            rows = await sheet(ada, f"/figures/{name}.csv")
            assert len(rows) == len(cells), name
            assert [row[0] for row in rows[1:]] == [
                _as_in_a_sheet(row[0], of) for row, of in zip(cells[1:], rows[1:], strict=True)
            ]
            assert f'aria-labelledby="{name}-title"' in found
        seen |= set(read.tables)
    assert escape(HOSTILE[2:]) in await page(ada, "/policy")
    assert {"waits", "pace", "in-time", "funnel", "tiers", "hours", "tools", "rules"} <= seen
    words = [row[0] for row in await sheet(ada, "/figures/tools.csv")]
    assert f"'{FORMULA}" in words
    assert FORMULA not in words


def _as_in_a_sheet(word: str, row: list[str]) -> str:
    """A week is written with its year, and a formula is told to be a word."""
    dated = re.fullmatch(r"\d{4}-\d\d-\d\d", row[0])
    return row[0] if dated else f"'{word}" if word.startswith("=") else word


async def _no_person_but_in_the_load(scene: Scene, ada: Sitter) -> None:
    people = {it.name for it in scene.house.signoffs.rulebook.roster.people.values()}
    people |= {it.id for it in scene.house.signoffs.rulebook.roster.people.values()}
    for name in EVERY:
        cells = {cell for row in await sheet(ada, f"/figures/{name}.csv?weeks=26") for cell in row}
        assert name == "load" or not cells & people, name


async def _one_name_alone_and_other_weeks(ada: Sitter) -> None:
    everything = await sheet(ada, "/figures/funnel.csv")
    alone = await sheet(ada, "/figures/funnel.csv?only=group:payments")
    assert 0 < int(alone[1][1]) < int(everything[1][1])
    assert len(await sheet(ada, "/figures/pace.csv?weeks=4")) == 5
    assert len(await sheet(ada, "/figures/pace.csv")) == 14
    found = await page(ada, f"/figures?only={quote('tool:' + HOSTILE)}&weeks=26")
    chosen = re.findall(r'<option value="([^"]*)" selected>', found)
    assert [unescape(it) for it in chosen] == ["26", f"tool:{HOSTILE}"]
    assert f"only={quote('tool:' + HOSTILE, safe='')}" in unescape(found).replace("+", "%20")


async def _what_cannot_be_asked_is_asked_of_all(ada: Sitter) -> None:
    whole = await sheet(ada, "/figures/waits.csv")
    for odd in ("weeks=5", "weeks=x", "only=author:jun", "only=group:", "only=reviewer:ada",
                f"only=group:{'a' * 201}", "only=group:%00", "only=all:all"):  # fmt: skip
        assert await sheet(ada, f"/figures/waits.csv?{odd}") == whole, odd
    assert await sheet(ada, "/figures/waits.csv?only=group:nobody") != whole


async def test_people_and_policy(scene: Scene) -> None:
    """Whoever is away stands with their group, and a rule as the config has it."""
    ada = await seated(scene)
    assert "stands in" not in await page(ada, "/people")
    await scene.house.store.write(lambda session: put(session, "ada", Away(None, "grace")))
    found = await page(ada, "/people")
    assert "away; Grace Hill stands in" in found
    assert "You are away; Grace Hill stands in" in await page(ada, "/me")

    found = await page(ada, "/policy")
    for rule in scene.house.signoffs.rulebook.policy.rules:
        assert escape(rule.name) in found
    assert "environment: production" in found
    assert "no other rule applies" in found

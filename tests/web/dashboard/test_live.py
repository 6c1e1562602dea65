"""An open page hears that something has changed; so many do, for so long, and never anything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web

from bot.demo.changes import REFUNDS
from bot.demo.scene import Scene
from bot.domain.people import Person
from bot.engine.bell import Bell
from bot.engine.stepping_up import Visit
from bot.web.dashboard.live import BEGUN, CHANGED, STILL_HERE, Live
from bot.web.dashboard.seat import Seat
from bot.web.pages.rendering import Pages, Site
from bot.web.problems import speak_problems
from tests.builders import NOW
from tests.web.dashboard.sitter import seated, signed_out, sitter

WHOLE_DAY = 86_400.0
SOON = 2.0


@dataclass
class Visits:
    """Who is there, as the database says."""

    ended: set[str] = field(default_factory=set)

    async def here(self, id: str) -> Visit | None:
        return None if id in self.ended else Visit(id=id, stage="here", until=NOW)


@dataclass
class Stand:
    """Live pages, and whoever `who` is looks at one."""

    live: Live
    bell: Bell
    visits: Visits
    client: ClientSession

    async def open(self, who: str = "ada") -> ClientResponse:
        return await self.client.get("/live", params={"who": who})

    async def listening(self, who: str = "ada") -> ClientResponse:
        page = await self.open(who)
        assert await page.content.readexactly(len(BEGUN)) == BEGUN
        return page


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """Nothing is said but of changes, and those at once."""
    bell, visits = Bell(), Visits()
    known: Any = visits
    live = Live(
        pages=Pages(Site("http://localhost")),
        bell=bell,
        stepping_up=known,
        pause=0,
        beat=WHOLE_DAY,
        longest=WHOLE_DAY,
    )

    async def stream(request: web.Request) -> web.StreamResponse:
        who = request.query["who"]
        visit = Visit(id=f"visit of {who}", stage="here", until=NOW)
        person = Person(id=who, name=who, level="senior")
        return await live.stream(request, Seat(visit=visit, person=person))

    app = web.Application(middlewares=[speak_problems])
    app.router.add_get("/live", stream)
    app.on_shutdown.append(live.close)
    runner = web.AppRunner(app, shutdown_timeout=SOON)  # it tells no handler that its page is gone
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        yield Stand(live, bell, visits, client)
        await runner.cleanup()


async def until(condition: Any) -> None:
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0)


async def rest(page: ClientResponse) -> bytes:
    """What is still said until it ends."""
    async with asyncio.timeout(SOON):
        return await page.read()


async def test_it_says_that_something_changed_and_not_what(stand: Stand) -> None:
    page = await stand.listening()
    stand.bell.ring("sgn_secret")
    assert await page.content.readexactly(len(CHANGED)) == CHANGED
    await stand.live.close()
    assert await rest(page) == b""
    assert page.headers["Content-Type"] == "text/event-stream"
    assert (page.headers["Cache-Control"], page.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_however_much_changes_it_says_so_once_in_a_while(stand: Stand) -> None:
    stand.live.pause = WHOLE_DAY
    page = await stand.listening()
    for _ in range(100):
        stand.bell.ring("sgn_a")
        await asyncio.sleep(0)
    await stand.live.close()
    assert await rest(page) == CHANGED
    stand.live.pause = 0


async def test_what_changes_while_it_pauses_is_said_afterwards(stand: Stand) -> None:
    stand.live.pause = 0.02
    page = await stand.listening()
    stand.bell.ring("sgn_a")
    assert await page.content.readexactly(len(CHANGED)) == CHANGED
    stand.bell.ring("sgn_b")
    assert await page.content.readexactly(len(CHANGED)) == CHANGED


async def test_where_nothing_changes_it_keeps_the_connection(stand: Stand) -> None:
    stand.live.beat = 0.01
    page = await stand.listening()
    assert await page.content.readexactly(2 * len(STILL_HERE)) == 2 * STILL_HERE


async def test_it_ends_with_the_seat_and_nobody_elses(stand: Stand) -> None:
    ada, grace = await stand.listening("ada"), await stand.listening("grace")
    stand.live.end("visit of ada")
    assert await rest(ada) == b""
    stand.bell.ring()
    assert await grace.content.readexactly(len(CHANGED)) == CHANGED


@pytest.mark.parametrize("rings", [False, True])
async def test_a_seat_that_ended_elsewhere_is_noticed(stand: Stand, rings: bool) -> None:
    """Somebody signed out at another process, or the hours are over: whether much changes or not."""
    stand.live.beat = 0.01
    page = await stand.listening()
    stand.visits.ended.add("visit of ada")
    async with asyncio.timeout(SOON):
        while stand.live.open:
            if rings:
                stand.bell.ring()
            await asyncio.sleep(0.002)
    assert (await rest(page)).replace(CHANGED, b"") in (b"", STILL_HERE)


async def test_after_ten_minutes_the_page_asks_anew(stand: Stand) -> None:
    stand.live.longest, stand.live.beat = 0.03, 0.01
    assert set((await rest(await stand.listening())).split(b"\n\n")) <= {b":", b""}
    assert Live.__dataclass_fields__["longest"].default == 600


async def test_one_person_has_five_and_others_are_not_kept_out(stand: Stand) -> None:
    pages = [await stand.listening() for _ in range(5)]
    sixth = await stand.open()
    assert (sixth.status, sixth.headers["Retry-After"]) == (503, "60")
    assert (await stand.open("grace")).status == 200
    pages[0].close()
    await until(lambda: any(it.gone for it in stand.live._streams))
    assert (await stand.open()).status == 200  # a page that was closed takes nobody's place


async def test_all_together_have_so_many(stand: Stand) -> None:
    stand.live.most = 2
    for who in ("ada", "grace"):
        await stand.listening(who)
    assert (await stand.open("pat")).status == 503
    assert Live.__dataclass_fields__["most"].default == 500


async def test_a_page_that_was_closed_is_forgotten_without_a_word(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    page = await stand.listening()
    page.close()
    await until(lambda: any(it.gone for it in stand.live._streams))
    stand.bell.ring()
    await until(lambda: not stand.live.open)
    assert [it for it in caplog.records if it.levelno >= logging.WARNING] == []


async def test_once_the_server_stops_nobody_new_is_told(stand: Stand) -> None:
    page = await stand.listening()
    await stand.live.close()
    assert await rest(page) == b""
    assert (await stand.open()).status == 503


# In the house.


async def test_a_change_is_told_to_whoever_sits_there_and_to_nobody_else(scene: Scene) -> None:
    ada = await seated(scene)
    assert (await sitter(scene).get("/live")).status == 401
    cookies = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    async with scene.http.get(f"{scene.address}/live", headers={"Cookie": cookies}) as page:
        assert await page.content.readexactly(len(BEGUN)) == BEGUN
        await scene.send(REFUNDS)
        async with asyncio.timeout(SOON):
            assert await page.content.readexactly(len(CHANGED)) == CHANGED
            assert (await signed_out(ada)).status == 303
            assert (await page.read()).replace(CHANGED, b"") == b""


async def test_when_the_house_stops_it_waits_for_no_page(scene: Scene) -> None:
    ada = await seated(scene)
    cookies = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    async with scene.http.get(f"{scene.address}/live", headers={"Cookie": cookies}) as page:
        assert await page.content.readexactly(len(BEGUN)) == BEGUN
        loop = asyncio.get_running_loop()
        began = loop.time()
        await scene.stop()
        assert loop.time() - began < SOON * 3 / 4  # a server waits two seconds for what hangs
        assert (await rest(page)).replace(CHANGED, b"") == b""

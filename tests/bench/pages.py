"""How long does each page of the dashboard take, with a year of a large company behind it?

`python -m tests.bench.pages`, and `--postgresql` on a cluster of its own. A few signoffs are lived
through, copied over a year, and counted; then each page is asked for in turn, as a browser does.
Of each the median and the worst are told, and what counting takes beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, bindparam, select, text
from sqlmodel import Session

from bot import signing
from bot.clock import system_clock
from bot.demo.changes import EVERY_DAY, REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import AS_FAST_AS_YOU_PRESS, OTHER_SENIOR, Scene, playing
from bot.domain.seeing.counted import day_at
from storage import counted, counted_cells, counted_looking
from storage.opening import opened
from storage.statements import Statement
from storage.tables import table
from tests.bench.filling import TOKEN, Copies, fill
from tests.bench.rivals.cluster import durable
from tests.web.dashboard.sitter import seated
from tests.web.visitor import PUBLIC

YEAR = timedelta(days=365)
TEAMS = 100
PENDING = 0.05
WEEKS = (13, 53)
PAGES = (
    *("/queue", "/signoffs/{id}", "/audit", "/connections", "/people", "/policy", "/me"),
    *(f"/{it}?weeks={weeks}" for it in ("figures", "outcomes") for weeks in WEEKS),
    *(f"/figures?tab=work&weeks={weeks}" for weeks in WEEKS),
    "/figures?weeks=13&only=group%3Apayments-seniors",
    *(f"/figures/{it}.csv?weeks=53" for it in ("waits", "pace", "funnel", "tools", "rules")),
)
"""What is asked for; whoever adds a page adds it here."""

_ONE, _MARK = table("counted"), table("mark")
_PLACE = Statement(_ONE.update().where(_ONE.c.signoff_id == bindparam("of")), "opened_at", "day")


async def main(count: int, times: int, url: str, folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds: the median, and the worst."""
    key = folder / "key.pem"
    signing.load_or_make(key)
    environ = {
        "PUBLIC_URL": PUBLIC,
        "DATABASE_URL": url or f"sqlite:///{folder / 'year.db'}",
        "COUNTERSIGN_SIGNING_KEY": str(key),
    }
    playing_here = playing(folder, config=AT_ONCE, environ=environ, pace=AS_FAST_AS_YOU_PRESS)
    async with playing_here as scene:
        waits, ended = await _lived(scene)
        await scene.stop()
        with opened(environ["DATABASE_URL"]) as connection:
            _told("copying")
            fill(connection, list(_copies(waits, ended, count)), TEAMS)
        with opened(environ["DATABASE_URL"]) as connection:
            _told("counting")
            began = time.perf_counter()
            with connection.begin():
                counted.count_anew(Session(connection))
            length = time.perf_counter() - began
            found = {"countersign recount": (length, length)}
            with connection.begin():
                _spread(connection)
        await scene.start()
        found |= await _counted(scene, times)
        return {**found, **await _asked(scene, waits[0], times)}


async def _lived(scene: Scene) -> tuple[list[str], list[str]]:
    """What waits, and what was approved."""
    waits, ended = [], []
    for number in range(len(EVERY_DAY)):
        one, repository = EVERY_DAY[number], f"acme/payments-{TOKEN}-{number}"
        waits.append(await scene.send(one, repository=repository, title=f"Waits {number}"))
        went = await scene.send(REFUNDS, repository=f"{repository}-b", title=f"Went {number}")
        await scene.approve(OTHER_SENIOR, await scene.shown(went))
        ended.append(went)
    await scene.house.settle()
    return waits[:1], ended


def _copies(waits: list[str], ended: list[str], count: int) -> Iterator[Copies]:
    for ids, number in ((waits, int(count * PENDING)), (ended, int(count * (1 - PENDING)))):
        of_each = max(1, number // len(ids))
        apart = YEAR.total_seconds() / count
        for id in ids:
            yield Copies(of=id, count=of_each, apart=apart)


def _spread(connection: Connection) -> None:
    """Each copy was opened at its own time, which its document does not say."""
    signoff = table("signoff").c
    session = Session(connection)
    places = [
        {"of": id, "opened_at": at, "day": day_at(at)}
        for id, at in connection.execute(select(signoff.id, signoff.opened_at))
    ]
    _PLACE.run_all(session, places)
    for said in (
        "UPDATE counted_name SET day = (SELECT day FROM counted"
        " WHERE counted.signoff_id = counted_name.signoff_id)",
        "DELETE FROM daily",
    ):
        connection.execute(text(said))
    counted_cells.sum_all(session)
    connection.execute(text("ANALYZE"))


async def _counted(scene: Scene, times: int) -> dict[str, tuple[float, float]]:
    """The newest entries once more, ten signoffs a turn: beside the writer, and in its time."""
    store, looked, wrote = scene.house.store, list[float](), list[float]()
    newest = await store.read(counted_looking.newest)
    back = text("UPDATE mark SET seq = :seq WHERE name = 'counted'")
    for _ in range(times):
        at = newest - 60
        await store.write(lambda session, at=at: session.execute(back, {"seq": at}))
        began = time.perf_counter()
        turn = await store.read(lambda session: counted_looking.next_turn(session, newest))
        looked.append(time.perf_counter() - began)
        if turn is None:
            continue
        began = time.perf_counter()
        await store.write(lambda session, turn=turn: counted.keep(session, turn))
        wrote.append(time.perf_counter() - began)
    return {
        "counting ten: looking": (median(looked), max(looked)),
        "counting ten: writing": (median(wrote), max(wrote)),
    }


async def _asked(scene: Scene, waits: str, times: int) -> dict[str, tuple[float, float]]:
    """Each page by somebody who sits there. What was asked before is remembered, as it always is."""
    ada, found = await seated(scene), {}
    for page in PAGES:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            heard = await ada.get(page.format(id=waits))
            took.append(time.perf_counter() - began)
            if heard.status != 200:
                raise RuntimeError(f"{page}: {heard.status}: {heard.body[:300]!r}")
            await asyncio.sleep(0.06)  # whoever asks more often is told to wait
        found[page] = (median(took), max(took))
    return found


def table_of(found: dict[str, tuple[float, float]]) -> Iterator[str]:
    yield "| | median | worst |"
    yield "|---|---|---|"
    for name, (middle, worst) in found.items():
        yield f"| `{name}` | {1000 * middle:,.0f} ms | {1000 * worst:,.0f} ms |"


def _told(what: str) -> None:
    sys.stderr.write(f"{system_clock():%H:%M:%S} {what}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--signoffs", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        where = Path(stack.enter_context(TemporaryDirectory(prefix="countersign-pages-")))
        at = stack.enter_context(durable()).new_database() if chosen.postgresql else ""
        told = asyncio.run(main(chosen.signoffs, chosen.times, at, where))
    lines = [json.dumps(told, indent=2)] if chosen.json else table_of(told)
    sys.stdout.writelines(f"{line}\n" for line in lines)

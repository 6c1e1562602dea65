"""How does a house live with a million signoffs? Its start, its stop, its memory, and what it is asked.

`python -m tests.bench.life`, and `--postgresql` on a cluster of its own; `--folder` keeps what was
made for the next time. Of each figure the median and the worst are told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import aiohttp
from aiohttp import web
from sqlalchemy import create_engine

from bot import settings, signing
from bot.clock import system_clock
from bot.connections import pipelines
from bot.demo.changes import REFUNDS, change
from bot.domain.signoff import Verdict
from bot.engine.clicks import Click
from bot.house import House, open_house
from bot.pipelines.signatures import secret_key
from bot.pipelines.signatures import sign as signed
from bot.playground.courier import Delivery, sign
from storage.postgresql import driver_url
from tests.bench.filling import TOKEN, Copies, fill
from tests.bench.server import SECRET, SIGNING, _nowhere, environment, listen
from tests.installation import installed

HOOK = "/hooks/payments-ci"
TEAMS = 100
PATIENCE = 20.0
TIMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a house has its config and its database, and what stands in for the world outside."""

    folder: Path
    outside: str
    database_url: str

    def variables(self) -> dict[str, str]:
        self.folder.mkdir(exist_ok=True)
        known = environment(self.folder, self.outside)
        config = Path(known["COUNTERSIGN_CONFIG"])
        config.write_text(_company(config.read_text()))
        key = self.folder / "key.pem"
        signing.load_or_make(key)
        return {
            **known,
            "PORT": str(20_000 + secrets.randbelow(12_000)),
            "DATABASE_URL": self.database_url,
            "COUNTERSIGN_SIGNING_KEY": str(key),
        }


@dataclass(slots=True, kw_only=True)
class Life:
    """A house in a process of its own, and how long it took to what, in seconds."""

    process: asyncio.subprocess.Process
    url: str
    http: aiohttp.ClientSession
    took: dict[str, list[float]] = field(default_factory=dict)

    @property
    def resident(self) -> float:
        """MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
        return int(kilobytes) / 1024

    async def time(self, what: str, deed: Callable[[], Awaitable[object]]) -> None:
        began = time.perf_counter()
        await deed()
        self.took.setdefault(what, []).append(time.perf_counter() - began)

    async def get(self, path: str) -> int:
        async with self.http.get(self.url + path) as answer:
            await answer.read()
            return answer.status

    async def tell(self, delivery: Delivery) -> None:
        """As Slack does."""
        body, kind = delivery.body()
        stamp = int(system_clock().timestamp())
        headers = {"Content-Type": kind, **sign(SIGNING, body, stamp)}
        address = f"{self.url}/slack/events"
        async with self.http.post(address, data=body, headers=headers) as answer:
            said = await answer.read()
            if answer.status != 200:
                raise AssertionError(f"{answer.status}: {said[:300]!r}")

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(aiohttp.ClientError):
                    if await self.get("/readyz") == 200:
                        return
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


@asynccontextmanager
async def living(place: Place) -> AsyncIterator[Life]:
    """Yields before it is ready."""
    variables = place.variables()
    with (place.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", env={**os.environ, **variables},  # noqa: TID251
            stdout=log, stderr=log,
        )  # fmt: skip
    async with aiohttp.ClientSession() as http:
        yield Life(process=process, url=f"http://127.0.0.1:{variables['PORT']}", http=http)
        if process.returncode is None:
            process.kill()
            await process.wait()


def _company(config: str) -> str:
    """The demo's company, and many teams besides. Ada is in the first."""
    teams = [f"x{number:03}x" for number in range(TEAMS)]
    levels = dict.fromkeys("abcde", "senior")
    people = [
        f"  {team}{one}: {{name: {team}{one}, level: {level}, slack: U{team.upper()}{one.upper()}}}"
        for team in teams
        for one, level in levels.items()
    ]
    groups = [
        f"  {team}: {{members: [{', '.join([*(team + one for one in levels), 'ada'][: 5 + (not n)])}"
        f'], channel: C0PAY, owns: ["acme/{team}-*"]}}'
        for n, team in enumerate(teams)
    ]
    config = config.replace("groups:\n", "\n".join([*people, "groups:", *groups, ""]))
    return config.replace('owns: ["acme/payments-*"]', 'owns: ["acme/payments-*", "acme/other"]')


async def prepare(place: Place, past: int, open_now: int) -> None:
    """A database with so many signoffs; what waits was opened within the last seven hours."""
    ahead = timedelta(hours=-7)

    def clock() -> datetime:
        return system_clock() + ahead

    chosen = settings.read(place.variables())
    pending, decided = [], []
    async with open_house(chosen, clock=clock) as house:
        for number in range(8):
            signoff_id = await _opened(house, chosen, number)
            (decided if number < 3 else pending).append(signoff_id)
            ahead += timedelta(minutes=50)
    url = place.database_url
    engine = create_engine(driver_url(url) if url.startswith("postgres") else url)
    year = timedelta(days=365).total_seconds()
    wanted = [Copies(of=it, count=past // len(decided), apart=year / past) for it in decided]
    wanted += [Copies(of=it, count=open_now // len(pending), apart=0.0001) for it in pending]
    with engine.connect() as connection:
        fill(connection, wanted, TEAMS)
    engine.dispose()


async def _opened(house: House, chosen: settings.Settings, number: int) -> str:
    """The first three are approved."""
    pipeline = pipelines(chosen, system_clock, _nowhere)["payments-ci"]
    data = change(REFUNDS, number, "")
    del data["callback_url"]
    data |= {"environment": "production", "repository": f"acme/{TOKEN}-{number}"}
    opening = await house.signoffs.open(pipeline.read_data(data))  # type: ignore[attr-defined]
    signoff = opening.signoff
    if number < 3:
        click = Click(
            id=f"{number}",
            signoff_id=signoff.id,
            person=f"{TOKEN}a",
            revision=signoff.change.revision,
            policy_digest=signoff.requirement.policy_digest,
        )
        await house.signoffs.review(click, Verdict.APPROVE)
    return signoff.id


async def _slack(request: web.Request) -> web.Response:
    """Says yes to everything, as fast as it can."""
    channel = {"id": "D0ADA"} if request.match_info["method"] == "conversations.open" else "C0PAY"
    ada = {"id": "U0ADA", "team_id": "T0", "name": "ada"}
    known = {"ok": True, "channel": channel, "ts": "1.1", "user_id": "U0BOT", "bot_id": "B0BOT"}
    return web.json_response({**known, "team_id": "T0", "user": ada, "members": [ada]})


ASKED = {
    "/signoff mine": "mine",
    "/signoff status": "status",
    "/signoff queue x000x": "queue x000x",
    "/signoff status of a name mistyped": "status sgn_nobody",
}


def _said(words: str) -> Delivery:
    known = {
        "command": "/signoff", "text": words, "user_id": "U0ADA", "user_name": "ada",
        "team_id": "T0", "team_domain": "acme", "channel_id": "C0PAY", "channel_name": "pay",
        "api_app_id": "A0", "response_url": "http://127.0.0.1:9/x", "trigger_id": "1.1",
    }  # fmt: skip
    return Delivery(kind="slash_commands", payload=known)


def _home() -> Delivery:
    event = {"type": "app_home_opened", "user": "U0ADA", "channel": "D0ADA", "tab": "home",
             "event_ts": "1.1"}  # fmt: skip
    whole = {"type": "event_callback", "team_id": "T0", "api_app_id": "A0", "event": event,
             "event_id": secrets.token_hex(6), "event_time": 1, "token": "x"}  # fmt: skip
    return Delivery(kind="events_api", payload=whole)


async def look(life: Life) -> dict[str, float]:
    """Memory, when it was asked nothing, and after it was asked everything there is to ask."""
    await life.time("start to /readyz", life.ready)
    await asyncio.sleep(6)
    memory = {"idle": life.resident}
    for _ in range(TIMES):
        await life.time("/readyz", lambda: life.get("/readyz"))
        await life.time("/metrics", lambda: life.get("/metrics"))
        await life.time("Home opened", lambda: life.tell(_home()))
        for what, words in ASKED.items():
            await life.time(what, partial(life.tell, _said(words)))
        await life.time("change to 202", lambda: _announce(life))
    memory["after use"] = life.resident
    return memory


async def _announce(life: Life) -> None:
    """A change of a repository of its own; it may be asked to come again."""
    data = change(REFUNDS, secrets.randbelow(10**9), "") | {"key": secrets.token_hex(8)}
    del data["callback_url"]
    data |= {"repository": f"acme/{TOKEN}-{secrets.token_hex(6)}"}
    body = json.dumps({"type": "change.ready", "data": data}).encode()
    headers = signed(secret_key(SECRET), f"evt_{secrets.token_hex(6)}", system_clock(), body)
    async with life.http.post(f"{life.url}{HOOK}", data=body, headers=headers) as answer:
        said = await answer.text()
        if answer.status not in (202, 429):
            raise AssertionError(f"{answer.status}: {said}")


async def stop(life: Life) -> None:
    """While changes come in and people wait for answers."""

    async def busy() -> None:
        with suppress(aiohttp.ClientError, OSError, AssertionError):
            while True:
                await _announce(life)

    async def waiting() -> None:
        headers = {"Authorization": "Bearer bench-token-bench-token"}
        address = f"{life.url}/api/v1/signoffs/sgn_c{900_001:015}?wait=30"
        with suppress(aiohttp.ClientError, OSError):
            async with life.http.get(address, headers=headers) as answer:
                await answer.read()

    deeds = [deed() for deed in (busy, waiting) for _ in range(16)]
    crowd = [asyncio.create_task(deed) for deed in deeds]
    await asyncio.sleep(3)
    await life.time("stop under load", life.stop)
    await asyncio.gather(*crowd)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """The URL of a database with this name."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{folder / name}.db"
        return
    with installed() as found, found.cluster() as cluster:
        yield lambda _: cluster.new_database()


async def main(kind: str, folder: Path, past: int, open_now: int) -> None:
    outside = await listen({"/api/{method}": _slack})
    with databases(kind, folder) as url_of:
        empty = Place(folder=folder / "empty", outside=outside, database_url=url_of("none"))
        full = Place(folder=folder / "full", outside=outside, database_url=url_of("million"))
        if kind != "sqlite" or not (folder / "million.db").exists():
            began = time.perf_counter()
            await prepare(full, past, open_now)
            _tell("made in seconds", round(time.perf_counter() - began))
        for name, place in {"empty": empty, "full": full}.items():
            async with living(place) as life:
                memory = await look(life)
                _tell(name, {what: round(mb, 1) for what, mb in memory.items()})
                await stop(life)
            for what, took in life.took.items():
                _tell(f"{name}: {what}", [round(1000 * median(took)), round(1000 * max(took))])


def _tell(what: str, found: object) -> None:
    sys.stdout.write(f"{what}: {json.dumps(found)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.life", description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--past", type=int, default=900_000)
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="a place for the databases, which stay there")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="countersign-life-") as temporary:
        place = chosen.folder or Path(temporary)
        place.mkdir(exist_ok=True)
        kind = "postgresql" if chosen.postgresql else "sqlite"
        asyncio.run(main(kind, place, chosen.past, chosen.open))

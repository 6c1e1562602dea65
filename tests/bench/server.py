"""The servers that are measured, one a process: `python -m tests.bench.server KIND FOLDER [URL [OUTSIDE [CROWD [CLICKED]]]]`.

URL is the database, else a file in FOLDER. OUTSIDE is where the kind of that name listens, which
stands in for Slack and the pipeline: it is not to share a process with what is measured. CROWD is
how many signoffs are open beside those that are CLICKED.

Prints one line of JSON when it is ready: where it listens, and what may be sent to it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import hashlib
import hmac
import json
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import create_engine

from bot import logs, main, settings, signing
from bot.clock import system_clock
from bot.connections import pipelines
from bot.demo.changes import REFUNDS, change
from bot.demo.scene import AS_FAST_AS_YOU_PRESS, AT_ONCE
from bot.domain.lifecycle import begin
from bot.domain.signoff import Signoff
from bot.engine.bell import Bell
from bot.engine.circumstances import Circumstances
from bot.engine.intake import Intake
from bot.engine.opening import Opening
from bot.engine.patience import Patience
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.house import House, open_house
from bot.sender import Sender
from bot.settings import Settings
from bot.web.hooks import Hooks
from bot.web.rates import Rates
from storage.postgresql import driver_url
from storage.store import Store
from tests.bench.filling import Copies, fill

SIGNING, SECRET = "bench-signing-secret", "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def environment(folder: Path, outside: str, database: str = "") -> dict[str, str]:
    config = folder / "countersign.yaml"
    patient = AT_ONCE.replace("remind: [20s], escalate: 40s, expire: 2m", "expire: 8h")
    signing.load_or_make(folder / "key.pem")
    config.write_text(patient.replace("CALLBACK_PREFIX", f"{outside}/callback/"))
    return {
        "COUNTERSIGN_CONFIG": str(config),
        "DATABASE_URL": database or f"sqlite:///{folder / 'bench.db'}",
        "HOST": "127.0.0.1",
        "PORT": "3000",
        "SLACK_BOT_TOKEN": "xoxb-bench-bench",
        "SLACK_SIGNING_SECRET": SIGNING,
        "SLACK_API_URL": f"{outside}/api/",
        "COUNTERSIGN_SIGNING_KEY": str(folder / "key.pem"),
        "PAYMENTS_CI_SECRET": SECRET,
        "PAYMENTS_CI_TOKEN": "bench-token-bench-token",
        "SLACK_CLIENT_SECRET": "bench-client-secret",
    }


async def outside(_: Path) -> None:
    """Slack and the pipeline, who say yes to everything."""
    await _ready(await listen({"/api/{method}": _slack, "/callback/{key}": _slack}), [])


async def house(
    folder: Path, database: str = "", outside: str = "", crowd: str = "0", clicked: str = "100"
) -> None:
    """The whole server, with signoffs that wait to be clicked, and whose cards hang. These are hung
    faster than Slack would let us; what is measured keeps to the pace that Slack asks for.
    """
    chosen = dataclasses.replace(settings.read(environment(folder, outside, database)), port=0)
    async with open_house(chosen, pace=AS_FAST_AS_YOU_PRESS) as running:
        first, *signoffs = await _opened(running, chosen, outside, range(int(clicked) + 1))
    if int(crowd):
        url = chosen.database_url
        engine = create_engine(driver_url(url) if url.startswith("postgres") else url)
        with engine.connect() as connection:
            fill(connection, [Copies(of=first.id, count=int(crowd), apart=0.1)], 100)
        engine.dispose()
    async with open_house(chosen) as running:
        await _ready(running.url, [_value(signoff) for signoff in signoffs])


async def _opened(
    running: House, chosen: Settings, outside: str, numbers: Iterable[int]
) -> list[Signoff]:
    pipeline = pipelines(chosen, system_clock, _nowhere)["payments-ci"]
    openings = await asyncio.gather(
        *(
            running.signoffs.open(pipeline.read_data(_data(n, outside)))  # type: ignore[attr-defined]
            for n in numbers
        )
    )
    await running.settle()
    return [opening.signoff for opening in openings]


async def hmac_only(_: Path) -> None:
    """A bare aiohttp handler that checks Slack's HMAC, and nothing else."""

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        mac = hmac.new(SIGNING.encode(), b"v0:" + stamp + b":" + raw, hashlib.sha256).hexdigest()
        offered = request.headers["X-Slack-Signature"]
        return web.Response(status=200 if hmac.compare_digest(f"v0={mac}", offered) else 401)

    await _ready(await listen({"/slack/events": handle}), [])


async def bolt_default(_: Path) -> None:
    """Bolt as it comes, with a listener that only says ack."""

    async def authorize(enterprise_id: str | None, team_id: str) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token="xoxb",
            bot_id="B",
            bot_user_id="U",
        )

    app = AsyncApp(signing_secret=SIGNING, authorize=authorize)

    @app.action("signoff_approve")
    async def acknowledge(ack) -> None:  # type: ignore[no-untyped-def]
        await ack()

    async def handle(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    await _ready(await listen({"/slack/events": handle}), [])


async def no_store(folder: Path) -> None:
    """The intake of the house: verify, read, judge and answer; only nothing is kept."""
    chosen = settings.read(environment(folder, "http://127.0.0.1:9"))
    rulebook = Rulebook(chosen.config.roster, chosen.config.policy)

    class Forgetful:
        numbers = iter(range(10**9))

        async def open(self, stated) -> Opening:  # type: ignore[no-untyped-def]
            event = rulebook.judge(f"sgn_{next(self.numbers)}", stated, system_clock())
            return Opening(begin(event).signoff, new=True)

    class Nothing:
        backlog = 0

    await _serve_intake(chosen, Forgetful(), Nothing())  # type: ignore[arg-type]


async def with_store(folder: Path, database: str = "") -> None:
    """The intake of the house, kept: what is decided is only carried out by the whole house."""
    chosen = settings.read(environment(folder, "http://127.0.0.1:9", database))
    store = Store(chosen.database_url)
    roster = chosen.config.roster
    signoffs = Signoffs(
        store=store,
        rulebook=Rulebook(roster, chosen.config.policy),
        circumstances=Circumstances(roster=roster, clock=system_clock),
        clock=system_clock,
        new_id=lambda: f"sgn_{secrets.token_hex(8)}",
        bell=Bell(),
    )
    await _serve_intake(chosen, signoffs, store)


async def _serve_intake(chosen: Settings, signoffs: Signoffs, store: Store) -> None:
    async with Sender() as sender:
        intake = Intake(
            store=store,
            signoffs=signoffs,
            pipelines=pipelines(chosen, system_clock, sender),
            clock=system_clock,
            bell=Bell(),
            patience=Patience(),
        )
        unlimited = Rates(burst=10**9)
        hooks = Hooks(intake=intake, public_url="http://localhost", rates=unlimited)
        await _ready(await listen({"/hooks/{connection}": hooks.receive}), [])


async def listen(routes: dict) -> str:  # type: ignore[type-arg]
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_post(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


async def _slack(request: web.Request) -> web.Response:
    """Says yes to everything, as fast as it can."""
    answer = {"ok": True, "channel": "C0PAY", "ts": "1.1", "user_id": "U0BOT", "bot_id": "B0BOT",
              "team_id": "T0", "user": {"id": "U0ADA", "team_id": "T0", "name": "ada"}}  # fmt: skip
    return web.json_response(answer)


async def _nowhere(_: object) -> None:
    raise AssertionError("nothing is sent")


def _data(number: int, outside: str) -> dict:  # type: ignore[type-arg]
    url = f"{outside}/callback/{number}"
    return change(REFUNDS, number, url) | {
        "environment": "production",
        "repository": f"acme/payments-{number}",
    }


def _value(signoff) -> str:  # type: ignore[no-untyped-def]
    fields = {
        "s": signoff.id,
        "r": signoff.change.revision,
        "p": signoff.requirement.policy_digest,
        "v": signoff.version,
    }
    return json.dumps(fields, separators=(",", ":"))


async def _ready(url: str, values: list[str]) -> None:
    gc.collect()
    gc.freeze()  # as `countersign serve` does
    sys.stdout.write(json.dumps({"url": url, "values": values}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


KINDS = {
    "outside": outside,
    "house": house,
    "hmac": hmac_only,
    "bolt": bolt_default,
    "no-store": no_store,
    "store": with_store,
}

if __name__ == "__main__":
    logs.configure((), stream=sys.stderr, level=50)
    sys.setswitchinterval(main.TURN)
    asyncio.run(KINDS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:]))

"""How is the bot? It says so itself: alive, ready or why not, and in numbers."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from bot.demo.scene import SENIOR, Scene, staged
from bot.engine.loads import Load
from bot.engine.rulebook import Rulebook
from bot.web.health import SURFACES_TOO_MANY, Health, Metrics
from bot.web.problems import own_up, speak_problems
from storage.destinations import TOO_MANY
from storage.overrides import Counted
from storage.store import Store
from tests.builders import ROSTER, FakeClock, a_policy
from tests.engine.house import a_board
from tests.web.ci import HOOK, PROBLEM, SIGNOFFS, Ci, MovableClock

NOT_A_DATABASE = "the database does not answer"


# Alive.


async def test_it_is_alive(ci: Ci):
    heard = await ci.ask("GET", "/healthz")
    assert (heard.status, heard.said) == (200, {"status": "alive"})
    assert (await ci.ask("HEAD", "/healthz")).status == 200


# Ready, or why not.


async def test_it_is_ready(ci: Ci):
    heard = await ci.ask("GET", "/readyz")
    assert (heard.status, heard.said) == (200, {"status": "ready"})


async def test_while_slack_is_down_at_the_start_it_says_so_and_takes_changes(
    tmp_path: Path, clock: MovableClock
):
    async with staged(tmp_path, clock=clock) as scene:
        ci = Ci(scene)
        scene.slack.down = True
        await scene.start()
        heard = await ci.ask("GET", "/readyz")
        assert heard.status == 503
        assert heard.said == {"status": "not ready", "problems": ["Slack does not answer"]}
        assert (await ci.ask("GET", "/healthz")).status == 200
        await ci.loses_nothing()


async def test_once_slack_is_back_it_is_ready_by_itself(tmp_path: Path, clock: MovableClock):
    async with staged(tmp_path, clock=clock) as scene:
        ci = Ci(scene)
        scene.slack.down = True
        await scene.start()
        assert (await ci.ask("GET", "/readyz")).status == 503
        scene.slack.down = False
        async with asyncio.timeout(20):
            while (await ci.ask("GET", "/readyz")).status == 503:
                pass  # it asks Slack again by itself


async def test_a_revoked_token_is_not_ready(tmp_path: Path, clock: MovableClock):
    async with staged(tmp_path, clock=clock, environ={"SLACK_BOT_TOKEN": "xoxb-revoked"}) as scene:
        await scene.start()
        assert (await Ci(scene).ask("GET", "/readyz")).status == 503


async def test_when_the_database_hangs_it_says_so_in_time_and_recovers(ci: Ci, scene: Scene):
    gate = threading.Event()
    stuck = [asyncio.create_task(scene.house.store.read(lambda _: gate.wait())) for _ in range(4)]
    try:
        ready, scraped = await asyncio.wait_for(
            asyncio.gather(ci.ask("GET", "/readyz"), ci.ask("GET", "/metrics")), 10
        )
        assert (ready.status, ready.said["problems"]) == (503, [NOT_A_DATABASE])
        ci.check_problem(scraped, 503, "database does not answer")
        assert (await ci.ask("GET", "/healthz")).status == 200
    finally:
        gate.set()
        await asyncio.gather(*stuck)
    assert (await ci.ask("GET", "/readyz")).status == 200


async def test_when_the_database_is_broken_it_says_so(ci: Ci, scene: Scene):
    await _all_parts_run(ci, scene)
    _sql(scene, "ALTER TABLE surface RENAME TO gone")
    try:
        ready = await ci.ask("GET", "/readyz")
        assert (ready.status, ready.said["problems"]) == (503, [NOT_A_DATABASE])
        ci.check_problem(await ci.ask("GET", "/metrics"), 500, "inside Countersign")
        ci.check_problem(await ci.post(ci.message()), 500, "inside Countersign")
    finally:
        _sql(scene, "ALTER TABLE gone RENAME TO surface")
    assert (await ci.ask("GET", "/readyz")).status == 200
    await ci.loses_nothing()


async def test_what_the_database_could_not_do_then_is_done_later(ci: Ci, scene: Scene):
    await _all_parts_run(ci, scene)
    _sql(scene, "ALTER TABLE surface RENAME TO gone")
    scene.house.reconciler.wake()
    assert (await ci.post(ci.message())).status == 500
    _sql(scene, "ALTER TABLE gone RENAME TO surface")
    await scene.shown((await ci.post(ci.message())).said["id"])


async def test_too_much_that_waits_is_not_ready(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    await scene.shown(signoff_id)
    await scene.house.settle()
    _sql(
        scene,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)"
        " INSERT INTO outbox (signoff_id, lane, effect, due_at, since, attempts, lease, error, state)"
        " SELECT 'sgn_' || i, 'x', '{\"kind\": \"attest\"}', '2999-01-01 00:00:00.000000',"
        " '2026-01-01 00:00:00.000000', 1, 0, '', 'waiting' FROM n",
    )
    heard = await ci.ask("GET", "/readyz")
    assert heard.status == 503
    assert heard.said["problems"] == ["1001 effects are waiting to be carried out"]


# In numbers.


async def _metrics(ci: Ci) -> dict[str, float]:
    heard = await ci.ask("GET", "/metrics")
    assert heard.status == 200
    assert heard.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in heard.body.decode().splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def _requests(route: str, status: int) -> str:
    return f'countersign_http_requests_total{{route="{route}",status="{status}"}}'


async def test_each_answer_is_counted_under_the_status_that_was_heard(ci: Ci):
    body = ci.message()
    await ci.post(body)
    await ci.post(body)
    await ci.post(body, {})
    await ci.post(b"{")
    await ci.post(b"{}")
    await ci.post(body, path="/hooks/nobody")
    await ci.ask("GET", f"{SIGNOFFS}/sgn_1")
    await ci.get(f"{SIGNOFFS}/sgn_1")
    counted = await _metrics(ci)
    hooks, signoff = "/hooks/{connection}", f"{SIGNOFFS}/{{id}}"
    wanted = {(hooks, status): 1 for status in (202, 200, 401, 400, 422, 404)}
    wanted |= {(signoff, 401): 1, (signoff, 404): 1}
    for (route, status), times in wanted.items():
        assert counted[_requests(route, status)] == times, (route, status)
    assert counted[f'countersign_http_request_seconds_count{{route="{hooks}"}}'] == 6


async def test_our_own_mistakes_are_counted_too(ci: Ci, scene: Scene):
    await _all_parts_run(ci, scene)
    _sql(scene, "ALTER TABLE signoff RENAME TO gone")
    await ci.post(ci.message())
    _sql(scene, "ALTER TABLE gone RENAME TO signoff")
    assert (await _metrics(ci))[_requests("/hooks/{connection}", 500)] == 1


async def test_nobody_can_invent_labels(ci: Ci):
    await _metrics(ci)
    routes = {"/metrics", "unknown", "/hooks/{connection}", f"{SIGNOFFS}/{{id}}"}
    for number in range(30):
        await ci.ask("GET", f"/nowhere/{number}")
        await ci.ask("POST", f"/hooks/nobody-{number}")
        await ci.ask("PUT", HOOK)
        await ci.get(f"{SIGNOFFS}/sgn_{number}?wait={number}")
        await ci.ask("GET", "/metrics", {"User-Agent": f"{number}", "X-Route": f"{number}"})
        await ci.ask(("LOCK", "MOVE", "COPY")[number % 3], f"/{number}")
    counted = await _metrics(ci)
    assert {r for name in counted for r in re.findall('route="([^"]*)"', name)} == routes
    assert {n for name in counted for n in re.findall('[{,]([a-z]+)="', name)} == {
        "route", "status", "le", "state", "destination", "clock", "tier", "outcome",
        "kind", "method", "version", "schema",
    }  # fmt: skip
    assert counted[_requests("unknown", 404)] == 60
    assert counted[_requests("unknown", 405)] == 30


async def test_what_waits_is_shown_with_its_age(ci: Ci, scene: Scene, clock: MovableClock):
    before = await _metrics(ci)
    assert before["countersign_signoffs_pending"] == 0
    assert before["countersign_oldest_pending_seconds"] == 0
    signoff_id = (await ci.post(ci.message())).said["id"]
    card = await scene.shown(signoff_id)
    await scene.house.settle()
    clock.advance(seconds=15)
    waiting = await _metrics(ci)
    assert waiting["countersign_signoffs_pending"] == 1
    assert 15 <= waiting["countersign_oldest_pending_seconds"] < 30
    assert waiting['countersign_backlog{state="waiting"}'] == 0
    await scene.press(SENIOR, card, "Approve")
    assert (await _metrics(ci))["countersign_signoffs_pending"] == 0


async def test_what_is_parked_is_shown(ci: Ci, scene: Scene):
    scene.pipeline.answers = [410]
    signoff_id = (await ci.post(ci.message())).said["id"]
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "did not accept our answer")
    assert (await _metrics(ci))['countersign_backlog{state="parked"}'] == 1


async def test_a_destination_that_is_down_is_shown_until_it_is_back(
    ci: Ci, scene: Scene, clock: MovableClock
):
    scene.pipeline.answers = [500] * 1000
    signoff_id = (await ci.post(ci.message())).said["id"]
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    for _ in range(2 * TOO_MANY):
        await scene.house.settle()
        clock.advance(minutes=2)
    down = await _metrics(ci)
    scene.pipeline.answers = []
    clock.advance(minutes=2)
    await scene.house.settle()
    back = await _metrics(ci)
    for told, so_many in ((down, 1), (back, 0)):
        assert told['countersign_outbox{destination="payments-ci",state="waiting"}'] == so_many
        assert told['countersign_destination_left_alone{destination="payments-ci"}'] == so_many
        assert told['countersign_outbox{destination="@inside",state="waiting"}'] == 0


async def test_destinations_that_are_in_no_config_are_shown_together():
    """However many there were: each label is kept for ever by whoever scrapes."""
    gone = {f"gone-{number}": Load(waiting=2, parked=1) for number in range(30)}
    board: Any = _Crowded({}, burdens={**gone, "ci": Load(parked=1), "old": Load(left_alone=True)})
    metrics = Metrics(board, FakeClock(), ["ci"])
    told = (await metrics.scrape(make_mocked_request("GET", "/metrics"))).text
    assert told is not None
    board.burdens = {}
    again = (await metrics.scrape(make_mocked_request("GET", "/metrics"))).text
    assert again is not None
    names = ("countersign_outbox{", "countersign_destination_left_alone{")
    assert [line.partition("{")[2] for line in told.splitlines() if line.startswith(names)] == [
        'destination="ci",state="waiting"} 0.0',
        'destination="ci",state="parked"} 1.0',
        'destination="@inside",state="waiting"} 0.0',
        'destination="@inside",state="parked"} 0.0',
        'destination="other",state="waiting"} 60.0',
        'destination="other",state="parked"} 30.0',
        'destination="ci"} 0.0',
        'destination="@inside"} 0.0',
        'destination="other"} 1.0',
    ]
    assert "other" not in again


async def test_no_secret_and_no_name_is_in_the_numbers(ci: Ci, scene: Scene):
    await scene.shown((await ci.post(ci.message())).said["id"])
    told = (await ci.ask("GET", "/metrics")).body.decode()
    ci.check_secrecy(told)
    assert not re.search("ada|jun|acme|sgn_", told)


@dataclass
class _Crowded:
    """A board of a house where nothing waits but messages and pages, so many in each state."""

    states: Mapping[str, int]
    burdens: Mapping[str, Load] = field(default_factory=dict)
    units: int = 0

    async def check(self) -> None:
        pass

    async def waiting(self) -> tuple[int, None]:
        return 0, None

    async def backlog(self) -> Mapping[str, int]:
        return {"waiting": 0, "parked": 0, "unread": 0}

    async def surfaces(self) -> Mapping[str, int]:
        return self.states

    async def overrides(self) -> Counted:
        return Counted(total=0, unreviewed=0)

    async def loads(self) -> Mapping[str, Load]:
        return self.burdens

    async def overdue(self) -> None:
        return None


@asynccontextmanager
async def _told(**states: int) -> AsyncIterator[Callable[[str], Awaitable[tuple[int, str]]]]:
    """What readiness and metrics say of it."""
    board: Any = _Crowded(states)
    app = web.Application()
    app.router.add_get("/readyz", Health(board=board, chat_trouble=lambda: "").ready)
    app.router.add_get("/metrics", Metrics(board, FakeClock()).scrape)
    async with TestClient(TestServer(app)) as client:

        async def ask(path: str) -> tuple[int, str]:
            answer = await client.get(path)
            return answer.status, await answer.text()

        yield ask


async def test_messages_that_wait_or_cannot_be_shown_are_counted():
    async with _told(true=70, wanting=3, parked=2, gone=1) as ask:
        _, told = await ask("/metrics")
    shown = [line for line in told.splitlines() if line.startswith("countersign_surfaces{")]
    assert shown == [
        'countersign_surfaces{state="wanting"} 3.0',
        'countersign_surfaces{state="parked"} 2.0',
    ]


async def test_where_all_is_shown_there_are_none():
    async with _told() as ask:
        assert 'countersign_surfaces{state="wanting"} 0.0' in (await ask("/metrics"))[1]
        assert (await ask("/readyz"))[0] == 200


async def test_more_messages_than_slack_takes_in_hours_are_not_ready():
    async with _told(wanting=SURFACES_TOO_MANY) as ask:
        assert (await ask("/readyz"))[0] == 200
    async with _told(wanting=SURFACES_TOO_MANY + 1) as ask:
        status, told = await ask("/readyz")
    assert status == 503
    assert f"{SURFACES_TOO_MANY + 1} messages are waiting to be shown in Slack" in told


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[tuple[Metrics, TestClient]]:
    """The metrics over a handler that breaks down, as they stand in the house."""
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    metrics = Metrics(a_board(store, Rulebook(ROSTER, a_policy())), FakeClock())

    async def breaks(_: web.Request) -> web.StreamResponse:
        raise ZeroDivisionError

    app = web.Application(middlewares=[metrics.count, own_up, speak_problems])
    app.router.add_get("/breaks/{how}", breaks)
    app.router.add_get("/metrics", metrics.scrape)
    async with TestClient(TestServer(app)) as client:
        yield metrics, client
    await store.close()


async def test_a_handler_that_breaks_is_a_problem_and_counted_as_500(counting):
    _, client = counting
    answer = await client.get("/breaks/badly")
    assert (answer.status, answer.content_type) == (500, PROBLEM)
    told = await (await client.get("/metrics")).text()
    assert f"{_requests('/breaks/{how}', 500)} 1.0" in told


async def _all_parts_run(ci: Ci, scene: Scene) -> None:
    """What begins in the background has begun once a card hangs."""
    await scene.shown((await ci.post(ci.message(environment="staging"))).said["id"])
    await scene.house.settle()


def _sql(scene: Scene, statement: str) -> None:
    """As an administrator with a tool of theirs would."""
    with sqlite3.connect(scene.folder / "countersign.db", timeout=5) as connection:
        connection.execute(statement)
    connection.close()


async def test_overrides_are_counted_and_so_is_what_nobody_reviewed(
    ci: Ci, scene: Scene, clock: MovableClock
):
    before = await _metrics(ci)
    names = ("overrides_total", "overrides_unreviewed", "override_review_overdue_seconds")
    total, unreviewed, overdue = (f"countersign_{name}" for name in names)
    assert [before[name] for name in (total, unreviewed, overdue)] == [0, 0, 0]
    await scene.stop()
    scene.config += "\noverride: {people: [pat], channel: C0OPS, review: 1h}\n"
    await scene.start()
    answer = await ci.post(ci.message())
    text = f"override {answer.said['id']} INC-7 all is down"
    await scene.slack.command("U0PAT", "/signoff", text, channel="C0OPS")
    clock.advance(hours=1, minutes=10)
    after = await _metrics(ci)
    assert [after[name] for name in (total, unreviewed)] == [1, 1]
    assert before["countersign_overrides_this_month"] == 0
    assert after["countersign_overrides_this_month"] == 1
    assert 600 <= after[overdue] < 660

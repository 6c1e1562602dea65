"""What is counted, and can anybody make the numbers grow without end?"""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry, generate_latest

from bot.chat.slack.api import SlackRefused, _how
from bot.demo.scene import SENIOR, Scene
from bot.domain.errors import Refusal
from bot.tallies import METHODS, REFUSALS, STATUSES, TIERS, Tallies
from bot.web.gauges import KNOWN, Gauges
from bot.web.health import Metrics
from tests.builders import FakeClock
from tests.web.ci import Ci, MovableClock
from tests.web.test_health import _Crowded

SLACK = Path(__file__).parents[2] / "bot" / "chat" / "slack"


def _numbers(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def _of(tallies: Tallies) -> dict[str, float]:
    return _numbers(generate_latest(tallies.registry).decode())


async def _scraped(ci: Ci) -> dict[str, float]:
    return _numbers((await ci.ask("GET", "/metrics")).body.decode())


# However hostile the names are.


def _tell(tallies: Tallies, name: str) -> None:
    tallies.decided(name, name, 1, in_time=True)
    tallies.refused(name)
    tallies.passed([name])
    tallies.delivered(name, name, 1)
    tallies.called(name, name)


def _hostile(count: int) -> list[str]:
    lot = random.Random(8)  # noqa: S311
    signs = 'abc"\n\\{},=é\u202e \x00'
    return ["".join(lot.choices(signs, k=lot.randrange(1, 300))) for _ in range(count)]


def test_a_thousand_hostile_names_are_one():
    tallies = Tallies(["ci"])
    _tell(tallies, "nobody knows this one")
    before = _of(tallies)
    for name in _hostile(1000):
        _tell(tallies, name)
    after = _of(tallies)
    assert after.keys() == before.keys()
    assert after['countersign_refusals_total{refusal="other"}'] == 1001
    assert after['countersign_callbacks_total{destination="other",outcome="other"}'] == 1001


def test_whoever_is_known_has_a_series_of_their_own():
    tallies = Tallies(["ci"])
    before = _of(tallies)
    tallies.decided("approved", "high", 61, in_time=True)
    tallies.decided("expired", "", 90_000, in_time=False)
    tallies.decided("superseded", "low", None, in_time=None)
    tallies.refused("OwnChange")
    tallies.passed(["remind", "remind", "expire"])
    tallies.delivered("ci", "taken", 0.2)
    tallies.called("chat.update", "ok")
    after = _of(tallies)
    grown = {name: it for name, it in after.items() if it != before.get(name, 0)}
    grown = {name: it for name, it in grown.items() if "_created" not in name}
    assert {name: it for name, it in grown.items() if "_bucket" not in name} == {
        'countersign_decisions_total{status="approved",tier="high"}': 1,
        'countersign_decisions_total{status="expired",tier="unassessed"}': 1,
        'countersign_decisions_total{status="superseded",tier="low"}': 1,
        'countersign_decision_wait_seconds_count{tier="high"}': 1,
        'countersign_decision_wait_seconds_sum{tier="high"}': 61,
        'countersign_decision_wait_seconds_count{tier="unassessed"}': 1,
        'countersign_decision_wait_seconds_sum{tier="unassessed"}': 90_000,
        'countersign_sla_total{outcome="in_time"}': 1,
        'countersign_sla_total{outcome="expired"}': 1,
        'countersign_refusals_total{refusal="OwnChange"}': 1,
        'countersign_deadlines_passed_total{kind="remind"}': 2,
        'countersign_deadlines_passed_total{kind="expire"}': 1,
        'countersign_callbacks_total{destination="ci",outcome="taken"}': 1,
        'countersign_callback_duration_seconds_count{destination="ci"}': 1,
        'countersign_callback_duration_seconds_sum{destination="ci"}': 0.2,
        'countersign_slack_calls_total{method="chat.update",outcome="ok"}': 1,
    }
    bucket = 'countersign_decision_wait_seconds_bucket{le="%s",tier="high"}'
    assert (grown.get(bucket % "60.0", 0), grown[bucket % "300.0"]) == (0, 1)


def test_what_is_decided_has_a_series_before_it_happens():
    """Prometheus sees no increase in a series that begins at 1."""
    told = _of(Tallies())
    for status in STATUSES:
        for tier in TIERS:
            assert told[f'countersign_decisions_total{{status="{status}",tier="{tier}"}}'] == 0


def test_every_method_that_we_call_is_known():
    code = "\n".join(file.read_text() for file in SLACK.rglob("*.py"))
    families = "auth|chat|conversations|dnd|users|views"
    assert set(re.findall(rf'"((?:{families})\.[a-zA-Z]+)"', code)) == METHODS


def test_every_refusal_of_the_house_is_known():
    def below(sort: type[Refusal]) -> set[str]:
        return {it.__name__ for it in sort.__subclasses__()}.union(
            *map(below, sort.__subclasses__())
        )

    ours = {name for name in below(Refusal) if not name.startswith("_")}
    assert ours >= REFUSALS > {"OwnChange", "TooLate", "Busy"}


@pytest.mark.parametrize(
    ("error", "how"),
    [("ratelimited", "refused"), ("invalid_auth", "locked_out"), ("is_archived", "refused")],
)
def test_how_slack_answered_is_one_of_few_words(error: str, how: str):
    assert _how(SlackRefused(error)) == how


# In the house.


async def test_what_people_are_refused_is_counted_by_why(ci: Ci, scene: Scene):
    card = await scene.shown((await ci.post(ci.message())).said["id"])
    await scene.approve(SENIOR, card)
    await scene.house.settle()
    before = await _scraped(ci)
    assert not [name for name in before if "countersign_refusals_total" in name]
    await scene.press(SENIOR, card, "Approve")
    after = await _scraped(ci)
    assert after['countersign_refusals_total{refusal="AlreadyDecided"}'] == 1
    assert after['countersign_callbacks_total{destination="payments-ci",outcome="taken"}'] >= 1
    assert after['countersign_callbacks_total{destination="@inside",outcome="taken"}'] == 1
    assert after['countersign_slack_calls_total{method="chat.postMessage",outcome="ok"}'] >= 1
    assert after["countersign_slack_up"] == 1
    assert re.search(r'countersign_build_info\{schema="\d{4}",version=".+"\}', "\n".join(after))


async def test_what_a_pipeline_does_not_take_is_counted_by_how(
    ci: Ci, scene: Scene, clock: MovableClock
):
    scene.pipeline.answers = [500, 410]
    card = await scene.shown((await ci.post(ci.message())).said["id"])
    await scene.approve(SENIOR, card)
    await scene.house.settle()
    clock.advance(seconds=2)
    await scene.house.settle()
    told = await _scraped(ci)
    name = 'countersign_callbacks_total{destination="payments-ci",outcome="%s"}'
    assert [told[name % outcome] for outcome in ("later", "refused", "failed")] == [1, 1, 0]


async def test_deadlines_are_counted_once_and_one_that_waits_is_lag(
    ci: Ci, scene: Scene, clock: MovableClock
):
    await scene.shown((await ci.post(ci.message())).said["id"])
    await scene.house.settle()
    await scene.house.heartbeat.stop()
    assert (await _scraped(ci))["countersign_scheduler_lag_seconds"] == 0
    clock.advance(seconds=100)
    late = await _scraped(ci)
    assert 60 < late["countersign_scheduler_lag_seconds"] < 100
    assert late['countersign_deadlines_passed_total{kind="remind"}'] == 0
    assert await scene.house.signoffs.pass_deadlines() == 1
    assert await scene.house.signoffs.pass_deadlines() == 0
    after = await _scraped(ci)
    assert after['countersign_deadlines_passed_total{kind="remind"}'] == 1
    assert after['countersign_deadlines_passed_total{kind="expire"}'] == 0


async def test_what_is_decided_is_counted_once_the_figures_have_it(ci: Ci, scene: Scene):
    await scene.house.heartbeat.beat()  # what ended before is old
    card = await scene.shown((await ci.post(ci.message())).said["id"])
    await scene.approve(SENIOR, card)
    await scene.house.settle()
    await scene.house.heartbeat.beat()
    await scene.house.heartbeat.beat()
    told = await _scraped(ci)
    name = "countersign_decisions_total{"
    assert [sum(it for key, it in told.items() if key.startswith(name))] == [1]
    assert told['countersign_sla_total{outcome="in_time"}'] == 1
    assert told["countersign_counted_behind_entries"] == 0
    assert told["countersign_incidents_open"] == told["countersign_live_pages"] == 0


# What other parts tell.


async def test_a_gauge_is_asked_for_at_each_scrape_by_whatever_it_is_looked_up():
    number = 0

    async def looked() -> float:
        await asyncio.sleep(0)
        return number

    looks = {"countersign_live_pages": lambda: 3, "countersign_incidents_open": looked}
    metrics = Metrics(_Crowded({}), FakeClock(), looks=looks)  # type: ignore[arg-type]
    for number in (2, 5):
        text = (await metrics.scrape(make_mocked_request("GET", "/metrics"))).text
        told = _numbers(text or "")
        assert told["countersign_live_pages"] == 3
        assert told["countersign_incidents_open"] == number
        assert "countersign_counted_behind_entries" not in told


def test_nobody_invents_a_gauge():
    with pytest.raises(KeyError):
        Gauges({"countersign_invented": lambda: 1}, registry=CollectorRegistry())
    Gauges({name: lambda: 1 for name in KNOWN}, registry=CollectorRegistry())

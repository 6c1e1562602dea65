"""What does a collector of traces hear? One trace a signoff, and nothing that is nobody's business."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot import otlp, parts, settings
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, staged
from bot.ports import Request, Response, Unreachable
from bot.sender import Sender
from bot.settings import SettingsError
from bot.tracing import FACTS, MOST, NAMES, Traces, caller_of
from tests.web.ci import Ci, MovableClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=3)
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


@dataclass
class Collector:
    """Takes spans at 127.0.0.1, or answers otherwise."""

    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        elsewhere = {"Location": f"{self.url}/elsewhere"} if self.status == 307 else {}
        return web.Response(status=self.status, headers=elsewhere)

    @property
    def spans(self) -> list[Any]:
        read = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        scopes = (it for said in read for told in said.resource_spans for it in told.scope_spans)
        return [span for scope in scopes for span in scope.spans]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    found, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", found.take)
    app.router.add_post("/elsewhere", found.take)
    async with TestServer(app) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found


@pytest.fixture
async def traces(collector: Collector) -> AsyncIterator[Traces]:
    async with Sender(private_prefixes=(f"{collector.url}/",)) as send:
        yield Traces(endpoint=collector.url, headers={"x-key": "canary"}, send=send)


def _facts(span: Any) -> dict[str, Any]:
    return {
        it.key.removeprefix("countersign."): getattr(it.value, it.value.WhichOneof("value"))
        for it in span.attributes
    }


CANARIES = {
    "title": "canarytitle",
    "description": "canarydescription",
    "url": "https://canaryhost.example/canaryurl",
}


async def test_a_signoff_is_one_trace_from_webhook_to_callback(
    tmp_path: Path, collector: Collector
):
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20canarytoken",
    }
    clock = MovableClock()
    async with staged(tmp_path, environ=environ, clock=clock) as scene:
        await scene.start()
        ci = Ci(scene)
        scene.pipeline.answers = [500]
        files = [{**REFUNDS["files"][0], "path": "canary/path.py"}]
        body = ci.message(**CANARIES, files=files)
        taken = await ci.post(body, ci.signed(body, traceparent=PARENT))
        signoff_id = taken.said["id"]
        await scene.approve(SENIOR, await scene.shown(signoff_id))
        await scene.house.settle()
        clock.advance(seconds=2)
        await scene.house.settle()
        await ci.announce_by_token()
        await scene.stop()
    _, ours = otlp.ids_of(signoff_id)
    spans = [it for it in collector.spans if _facts(it)["signoff"] == signoff_id]
    by_name = {it.name: it for it in spans}
    assert by_name.keys() - {"show_waiting"} == {
        "receive", "judge", "show", "review", "settle", "report", "attest", "signoff",
    }  # fmt: skip
    digest = hashlib.sha256(f"countersign trace {signoff_id}".encode()).digest()
    assert {it.trace_id for it in spans} == {digest[:16]}
    root = by_name.pop("signoff")
    assert (root.span_id, root.parent_span_id) == (ours, b"")
    assert {it.parent_span_id for it in by_name.values()} == {ours}
    assert len({it.span_id for it in spans}) == len(spans)
    assert all(0 < it.start_time_unix_nano <= it.end_time_unix_nano for it in spans)
    assert [it.trace_id.hex() for it in by_name["receive"].links] == [TRACE]
    assert _facts(by_name["receive"]) == {
        "connection": "payments-ci", "bytes": len(body), "signoff": signoff_id,
    }  # fmt: skip
    assert _facts(by_name["review"])["verdict"] == "approve"
    assert _facts(root)["status"] == "approved"
    outcomes = [_facts(it)["outcome"] for it in spans if it.name == "report"]
    assert outcomes == ["later", "taken"]
    assert {it.name for it in collector.spans if it not in spans} >= {"receive", "judge"}
    _holds_nothing(collector, "canary", "ada", "pat", "jun", "acme", "refunds", "127.0.0.1", "U0")
    assert {it["authorization"] for it in map(_lower, collector.headers)} == {"Bearer canarytoken"}


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _holds_nothing(collector: Collector, *words: str) -> None:
    for span in collector.spans:
        assert span.name in NAMES
        facts = _facts(span)
        assert facts.keys() <= FACTS | {"signoff"}
        said = json.dumps({name: it for name, it in facts.items() if name != "signoff"})
        assert not [word for word in words if word in said], said
        assert not span.events
    assert not [
        word for word in words if len(word) > 3 and word.encode() in b"".join(collector.bodies)
    ]


async def test_what_may_not_be_said_is_left_out(collector: Collector, traces: Traces):
    said: dict[str, Any] = {
        "title": "x", "path": "a.py", "person": "ada", "error": "boom",
        "status": "two words", "tier": "https://x", "connection": "c\n", "destination": "é",
        "verdict": "", "sort": "s" * 101, "outcome": "taken", "attempt": 2, "bytes": True,
    }  # fmt: skip
    traces.tell("sgn_a", "report", NOON, LATER, said)
    traces.tell("sgn_a", "fetch https://x", NOON, LATER, {})
    traces.tell("U0ADA", "show", NOON, LATER, {"sort": "home"})
    await traces.flush()
    first, second = collector.spans
    assert _facts(first) == {"outcome": "taken", "attempt": 2, "bytes": True, "signoff": "sgn_a"}
    assert second.name == "other"
    assert (first.end_time_unix_nano - first.start_time_unix_nano) == 3_000_000_000


@pytest.mark.parametrize(
    "said",
    [
        "", "00", PARENT.upper(), f"{PARENT}-more", f"ff{PARENT[2:]}", f"{PARENT} ", f"\n{PARENT}",
        f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE[1:]}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01-{'x' * 200}", f"00-{TRACE}-{SPAN}-0g", PARENT * 1000,
    ],
)  # fmt: skip
def test_a_traceparent_that_is_none_is_none(said: str):
    assert caller_of({"traceparent": said}) is None


@pytest.mark.parametrize("said", [PARENT, f"00-{TRACE}-{SPAN}-00", f"01-{TRACE}-{SPAN}-01-more"])
def test_one_that_is_becomes_a_link(said: str):
    found = caller_of({"traceparent": said})
    assert found is not None
    assert (found.trace.hex(), found.span.hex()) == (TRACE, SPAN)


async def test_without_an_endpoint_nothing_is_kept():
    silent = Traces()
    silent.tell("sgn_a", "report", NOON, LATER, {})
    await silent.beat()
    await silent.finish()
    assert (silent.lost, silent.heard) == (0, False)


async def test_a_collector_that_is_down_costs_spans_and_nothing_else(
    collector: Collector, traces: Traces, caplog: pytest.LogCaptureFixture
):
    collector.status = 503
    traces.tell("sgn_a", "report", NOON, LATER, {})
    await traces.flush()
    assert (traces.lost, len(collector.bodies)) == (1, 1)
    collector.status = 200
    traces.tell("sgn_b", "report", NOON, LATER, {})
    await traces.flush()
    assert (traces.lost, len(collector.bodies)) == (1, 2)
    assert collector.url not in caplog.text


async def test_no_redirect_is_followed(collector: Collector, traces: Traces):
    collector.status = 307
    traces.tell("sgn_a", "report", NOON, LATER, {})
    await traces.flush()
    assert len(collector.bodies) == 1


async def test_no_proxy_of_the_environment_is_asked(
    collector: Collector, traces: Traces, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    traces.tell("sgn_a", "report", NOON, LATER, {})
    await traces.flush()
    assert len(collector.bodies) == 1


async def test_nobody_can_fill_the_memory():
    async def down(_: Request) -> Response:
        raise Unreachable("no")

    traces = Traces(endpoint="http://127.0.0.1:9", send=down)
    for _ in range(MOST + 10):
        traces.tell("sgn_a", "report", NOON, LATER, {})
    assert traces.lost == 10
    await traces.finish()


# What is set.


def _environ(tmp_path: Path, **more: str) -> dict[str, str]:
    config = tmp_path / "countersign.yaml"
    config.write_text(
        "people: {ada: {name: Ada, slack: U0ADA, level: senior, github: ada}}\ngroups: {all: {members: [ada]}}\n"
    )
    return {
        "COUNTERSIGN_CONFIG": str(config),
        "SLACK_BOT_TOKEN": "xoxb-of-the-test",
        "SLACK_SIGNING_SECRET": "a-signing-secret",
        **more,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a b=canary"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "key=canary%0d%0ahost: x"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "key="),
    ],
)
def test_a_wrong_setting_is_told_and_not_shown(tmp_path: Path, name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        settings.read(_environ(tmp_path, **{name: value}))
    assert name in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_right_one_is_read_and_its_headers_are_hidden(tmp_path: Path):
    url = "http://collector.internal:4318"
    chosen = settings.read(
        _environ(
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=f"{url}/",
            OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20Y2FuYXJ5, x-team=sre",
        )
    )
    assert chosen.otel_endpoint == url
    assert chosen.otel_headers == {"authorization": "Basic Y2FuYXJ5", "x-team": "sre"}
    assert {"Basic Y2FuYXJ5", "sre"} <= set(chosen.hidden)
    assert "Y2FuYXJ5" not in repr(chosen)


def test_check_says_so_if_the_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with_it = settings.read(_environ(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"))
    without = settings.read(_environ(tmp_path))
    assert not [it for it in parts.remarks(with_it) if "OTEL" in it]
    monkeypatch.setattr(otlp, "can_be_sent", lambda: False)
    assert [otlp.NEEDED in it for it in parts.remarks(with_it) if "OTEL" in it] == [True]
    assert not [it for it in parts.remarks(without) if "OTEL" in it]
    assert not parts.traces(with_it, Sender()).heard

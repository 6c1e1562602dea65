"""How long does a server take? A keep-alive client that sends ready-made bytes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

from bot.clock import system_clock
from bot.demo.changes import REFUNDS, change
from bot.pipelines.signatures import secret_key, sign
from tests.bench.server import SECRET, SIGNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds, and requests a second."""

    p50: float
    p99: float
    rate: float


def middle(rounds: Sequence[Measured]) -> Measured:
    """The medians of several rounds."""
    return Measured(
        p50=median(r.p50 for r in rounds),
        p99=median(r.p99 for r in rounds),
        rate=median(r.rate for r in rounds),
    )


async def measure(
    url: str, requests: Sequence[bytes], connections: int, wanted: int, pause: float = 0
) -> Measured:
    """Send them all over so many connections; every answer must have the status `wanted`.

    `pause`: seconds between an answer and the next request of a connection; they begin one after
    the other, as people do who do not know of each other.
    """
    times: list[float] = []
    waiting = iter(requests)
    began = time.perf_counter()
    starts = (pause * number / connections for number in range(connections))
    await asyncio.gather(*(_worker(url, waiting, times, wanted, pause, it) for it in starts))
    took = time.perf_counter() - began
    return Measured(
        p50=1000 * median(times), p99=1000 * quantiles(times, n=100)[98], rate=len(times) / took
    )


async def _worker(
    url: str,
    waiting: Iterator[bytes],
    times: list[float],
    wanted: int,
    pause: float,
    start: float,
) -> None:
    await asyncio.sleep(start)
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        body = await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        status = int(head[9:12])
        if status != wanted:
            raise AssertionError(f"{status} instead of {wanted}: {body[:300]!r}")
        await asyncio.sleep(pause)
    writer.close()


def click(value: str) -> bytes:
    """Ada presses Approve, signed as Slack signs."""
    action = {
        "action_id": "signoff_approve",
        "block_id": "actions",
        "action_ts": f"{secrets.randbelow(10**9)}.{secrets.randbelow(10**6)}",
        "type": "button",
        "value": value,
        "text": {"type": "plain_text", "text": "Approve"},
    }
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0"},
        "team": {"id": "T0", "domain": "acme"},
        "api_app_id": "A0",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0PAY"},
        "channel": {"id": "C0PAY", "name": "payments-deploys"},
        "trigger_id": secrets.token_hex(8),
        "response_url": "http://127.0.0.1:9/response",
        "message": {"ts": "1.1", "text": "…", "blocks": [{"type": "section", "text": "x" * 3000}]},
        "actions": [action],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(system_clock().timestamp()))
    mac = hmac.new(SIGNING.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac.hexdigest()}",
    }
    return _post("/slack/events", headers, body)


def announcement(number: int) -> bytes:
    """A change of a repository of its own, signed as CI signs."""
    data = change(REFUNDS, number, f"http://127.0.0.1:9/callback/{number}")
    data |= {"key": secrets.token_hex(8), "repository": f"acme/payments-{secrets.token_hex(6)}"}
    message = {"type": "change.ready", "timestamp": "2026-11-21T10:00:00Z", "data": data}
    body = json.dumps(message).encode()
    headers = sign(secret_key(SECRET), f"evt_{number}", system_clock(), body)
    return _post("/hooks/payments-ci", {"Content-Type": "application/json", **headers}, body)


def _post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

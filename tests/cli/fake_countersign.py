"""A server that answers what it is told to, and keeps what it was asked: strict about both."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-token-of-this-test"
REVISION = "7d1f0c3a9b5e48e2a6f1c0d9e8b7a6f5c4d3e2f1"
ID = "sgn_1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer. `cut`: it breaks off before its end."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    token: str
    body: bytes


@dataclass(slots=True)
class Fake:
    """The answers that are left for each path, without its query; the last is given again."""

    url: str = ""
    answers: dict[str, list[Said]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, path: str, *said: Said) -> None:
        self.answers[path] = list(said)

    def next(self, path: str) -> Said:
        left = self.answers.get(path.partition("?")[0])
        if not left:
            return Said(status=404, body=b'{"title": "There is nothing at this address."}')
        return left.pop(0) if len(left) > 1 else left[0]

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def serving() -> Iterator[Fake]:
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            assert scheme == "Bearer"
            fake.asked.append(Asked(method=self.command, path=self.path, token=token, body=body))
            said = fake.next(self.path)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body) + 10 * said.cut))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, format: str, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signoff(said: str = "pending", **facts: Any) -> Said:
    """What the API says of one."""
    data = {
        "id": ID,
        "key": "k",
        "repository": "acme/payments-api",
        "revision": REVISION,
        "environment": "production",
        "status": said,
        "proceed": said in ("approved", "overridden", "not_required"),
        "reviews": [],
        "because": ["production"],
        **facts,
    }
    return Said(body=json.dumps(data).encode())


def problem(status: int, title: str, **more: Any) -> Said:
    headers = more.pop("headers", {})
    body = json.dumps({"status": status, "title": title, **more}).encode()
    return Said(status=status, body=body, headers=headers)

"""What a client hears when something is wrong: always in the same form, in words for people."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.errors import AlreadyRenewed
from bot.engine.opening import KeyReused
from bot.ports import Closed, Invalid, Malformed, Problem, Unauthenticated
from bot.web.bodies import read_body
from bot.web.problems import own_up, speak_problems
from tests.builders import a_signoff
from tests.web.ci import PROBLEM, Ci, request

CANARY = "canary-that-nobody-may-hear"


@asynccontextmanager
async def _handling(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[TestClient]:
    """A server that does what `handler` does at every address, with our two middlewares."""
    app = web.Application(middlewares=[own_up, speak_problems])
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("raised", "status", "words"),
    [
        (Unauthenticated(CANARY), 401, "missing, wrong or too old"),
        (Malformed("not JSON"), 400, "not JSON"),
        (Invalid(Problem("data.key", "is required")), 422, "data.key"),
        (KeyReused(a_signoff()), 409, "used before"),
        (AlreadyRenewed(renewed_as="sgn_2"), 409, "asked for again already, as sgn_2"),
        (Closed(), 503, "stopping"),
        (web.HTTPForbidden(reason="Not for you, I fear."), 403, "Not for you"),
        (RuntimeError(CANARY), 500, "inside Countersign"),
        (KeyError(CANARY), 500, "inside Countersign"),
        (TimeoutError(), 500, "inside Countersign"),
        (RecursionError(CANARY), 500, "inside Countersign"),
    ],
)
async def test_each_trouble_has_its_status_and_its_words(
    raised: Exception, status: int, words: str
):
    async def handler(_: web.Request) -> web.StreamResponse:
        raise raised

    async with _handling(handler) as client, client.get("/") as answer:
        said = await answer.json(content_type=PROBLEM)
        assert (answer.status, said["status"], said["type"]) == (status, status, "about:blank")
        assert words in await answer.text()
        assert CANARY not in await answer.text()


async def test_what_nobody_foresaw_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture):
    async def handler(_: web.Request) -> web.StreamResponse:
        raise RuntimeError("the third wheel came off")

    async with _handling(handler) as client:
        await client.get("/secret-path?token=canary")
    [told] = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert told.exc_info is not None
    assert "third wheel" in str(told.exc_info[1])
    assert "secret-path" not in told.getMessage()


async def test_why_a_signature_is_refused_is_in_the_log_and_not_in_the_answer(
    ci: Ci, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "bot.web")
    body = ci.message()
    heard = await ci.post(body, ci.signed(body, age=3_600))
    said = ci.check_problem(heard, 401)
    assert "s old" not in str(said)
    [told] = [r.getMessage() for r in caplog.records if r.name == "bot.web.problems"]
    assert "/hooks/{connection}" in told
    assert "webhook-timestamp is 36" in told
    ci.check_secrecy(caplog.text)


async def test_what_is_no_error_passes():
    async def handler(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    async with _handling(handler) as client:
        answer = await client.get("/", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere")


async def test_a_body_that_does_not_come_is_not_waited_for():
    async def handler(got: web.Request) -> web.StreamResponse:
        return web.Response(body=await read_body(got, 100, within=0.05))

    async def endless() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    async with _handling(handler) as client:
        answer = await client.post("/", data=endless())
        said = await answer.json(content_type=PROBLEM)
        assert (answer.status, said["title"]) == (408, "The body did not arrive in time.")


@pytest.mark.parametrize(("size", "status"), [(0, 200), (100, 200), (101, 413), (5_000, 413)])
@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_may_be_so_long_and_no_longer(size: int, status: int, chunked: bool):
    async def handler(got: web.Request) -> web.StreamResponse:
        return web.Response(body=await read_body(got, 100))

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x"

    async with _handling(handler) as client:
        answer = await client.post("/", data=pieces() if chunked else b"x" * size)
        assert answer.status == status
        assert status != 200 or await answer.read() == b"x" * size


# Where there is nothing, in the real house.


@pytest.mark.parametrize(
    "path", ["/nowhere", "/hooks", "/hooks/", "/api/v1", "/api/v1/signoffs/", "/favicon.ico", "/%00", "/é",
             "/hooks/payments-ci/more", "/..%2f..%2fetc/passwd", "/api/v1/signoffs/a/b", "/docs"],
)  # fmt: skip
async def test_an_unknown_address(ci: Ci, path: str):
    for method in ("GET", "POST"):
        ci.check_problem(await ci.ask(method, path), 404, "nothing at this address")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/healthz", "GET,HEAD"), ("/readyz", "GET,HEAD"), ("/metrics", "GET,HEAD"),
     ("/slack/events", "POST"), ("/api/v1/signoffs", "POST"), ("/api/v1/signoffs/x", "GET,HEAD")],
)  # fmt: skip
async def test_the_methods_of_each_address(ci: Ci, path: str, allowed: str):
    heard = await ci.ask("DELETE", path)
    ci.check_problem(heard, 405, "does not understand that method")
    assert heard.headers["allow"] == allowed


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nx: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        request("POST", "/hooks/payments-ci", [("Content-Length", "-1")]),
        request("POST", "/hooks/payments-ci", [("Content-Length", "1"), ("Content-Length", "2")], b"x"),
        request("POST", "/hooks/payments-ci", [("Content-Length", "1"), ("Transfer-Encoding", "chunked")], b"0\r\n\r\n"),
        request("POST", "/hooks/payments-ci", [("Transfer-Encoding", "chunked")], b"x\r\n"),
    ],
)  # fmt: skip
async def test_what_is_not_http_is_the_clients_mistake_and_does_no_harm(ci: Ci, raw: bytes):
    """aiohttp answers these itself, before there is a request: 400, in plain text."""
    heard = await asyncio.wait_for(ci.wire(raw), 5)
    assert heard is not None
    assert heard.status == 400
    await ci.loses_nothing()

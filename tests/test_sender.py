"""Requests reach the public internet and what the operator configured; nothing else."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from posixpath import normpath
from urllib.parse import unquote

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import is_public, matches_prefix
from bot.ports import Request, Unreachable
from bot.sender import Sender


class Neighbour:
    """A small server on loopback that counts who came."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.url = ""
        self.port = 0
        self.never = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.read())
        match request.path:
            case "/long":
                return web.Response(body=b"x" * 2_000)
            case "/bomb":
                return web.Response(
                    body=gzip.compress(b"\0" * 200_000), headers={"Content-Encoding": "gzip"}
                )
            case "/away":
                return web.Response(status=302, headers={"Location": f"{self.url}/here"})
            case "/slow":
                await self.never.wait()
            case "/cut":
                assert request.transport is not None
                request.transport.abort()
        answer = web.Response(text="hello", headers={"Set-Cookie": "a=b", "X-Said": "Yes"})
        if request.path == "/bye":
            answer.force_close()
        return answer


@asynccontextmanager
async def neighbour() -> AsyncIterator[Neighbour]:
    served = Neighbour()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", served.answer)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.port = runner.addresses[0][1]
    served.url = f"http://127.0.0.1:{served.port}"
    try:
        yield served
    finally:
        served.never.set()
        await runner.cleanup()


class Names(AbstractResolver):
    """Resolves any name to the next of its addresses: a rebinding name server."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        found = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=found,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


def get(url: str) -> Request:
    return Request(method="GET", url=url)


async def test_a_request_arrives_as_it_was_made_and_its_answer_is_read() -> None:
    async with neighbour() as there, Sender(private_prefixes=(there.url,)) as send:
        wanted = Request(
            method="POST", url=f"{there.url}/a%20b?c=%2F", headers={"x-id": "1"}, body=b"{}"
        )
        answer = await send(wanted)
        assert (answer.status, answer.body, answer.headers["x-said"]) == (200, b"hello", "Yes")
        request = there.seen[0]
        assert request.raw_path == "/a%20b?c=%2F"
        assert request.headers["User-Agent"] == "Countersign"
        assert request.headers["X-Id"] == "1"
        assert there.bodies == [b"{}"]


async def test_cookies_are_not_kept() -> None:
    async with neighbour() as there, Sender(private_prefixes=(there.url,)) as send:
        await send(get(there.url))
        await send(get(there.url))
        assert "Cookie" not in there.seen[1].headers


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with neighbour() as there, Sender(private_prefixes=(there.url,)) as send:
        assert (await send(get(f"{there.url}/away"))).status == 302
        assert [request.path for request in there.seen] == ["/away"]


async def test_a_proxy_of_the_environment_is_not_asked() -> None:
    async with neighbour() as there, Sender(private_prefixes=(there.url,)) as send:
        for session in (send._public, send._configured):
            assert session is not None
            assert session.trust_env is False


@pytest.mark.parametrize("path", ["/long", "/bomb"])
async def test_an_answer_over_the_limit_is_not_read(path: str) -> None:
    async with neighbour() as there:
        async with Sender(private_prefixes=(there.url,), max_body=300_000) as send:
            await send(get(there.url + path))
        async with Sender(private_prefixes=(there.url,), max_body=1_999) as send:
            with pytest.raises(Unreachable, match="longer than 1999") as caught:
                await send(get(there.url + path))
        assert caught.value.sent


@pytest.mark.parametrize("path", ["/slow", "/cut"])
async def test_a_lost_answer_may_have_been_acted_on(path: str) -> None:
    async with neighbour() as there, Sender(private_prefixes=(there.url,), timeout=0.2) as send:
        with pytest.raises(Unreachable, match="no whole answer") as caught:
            await send(Request(method="POST", url=there.url + path, body=b"1"))
        assert caught.value.sent


async def test_a_refused_connection_was_not_acted_on() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        async with Sender(private_prefixes=(url,)) as send:
            with pytest.raises(Unreachable, match="no connection") as caught:
                await send(get(url))
    assert not caught.value.sent


async def test_an_error_never_repeats_the_path_or_query() -> None:
    async with Sender(resolver=Names("127.0.0.1")) as send:
        with pytest.raises(Unreachable) as caught:
            await send(get("https://ci.example/hush?token=hush"))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "localhost",
        "169.254.169.254",
        "168.63.129.16",
        "10.0.0.1",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
    ],
)
async def test_no_spelling_of_a_private_address_is_reached(host: str) -> None:
    async with neighbour() as there, Sender() as send:
        with pytest.raises(Unreachable, match=r"not public|not a plain|InvalidUrl") as caught:
            await send(get(f"https://{host}:{there.port}/"))
        assert not caught.value.sent
        assert not there.seen


@pytest.mark.parametrize(
    "url",
    [
        "https://①②⑦.⓪.⓪.①/",
        "https://user:pw@ci.example/",
        "https://@ci.example/",
        "https://ci.example\\@evil.example/",
        "https://ci.example/a b",
        "https://ci.example/\r\nx: y",
        "https://ci.example:99999/",
        "https://ci.example/#x",
        "https:/ci.example/",
        "file:///etc/passwd",
        "ftp://ci.example/",
        "//ci.example/",
        "",
    ],
)
async def test_an_address_that_is_not_plain_is_refused(url: str) -> None:
    async with Sender(private_prefixes=(url,)) as send:
        with pytest.raises(Unreachable, match="not a plain") as caught:
            await send(get(url))
        assert not caught.value.sent


async def test_a_name_is_judged_anew_at_each_connection() -> None:
    async with neighbour() as there:
        prefix = f"http://ci.acme.example:{there.port}/"
        names = Names("127.0.0.1", "169.254.169.254")
        async with Sender(private_prefixes=(prefix,), resolver=names) as send:
            assert (await send(get(f"{prefix}bye"))).status == 200
            with pytest.raises(Unreachable, match="link-local"):
                await send(get(f"{prefix}bye"))
        assert len(there.seen) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1"])
async def test_a_public_name_with_a_private_address_is_refused(address: str) -> None:
    async with neighbour() as there:
        async with Sender(resolver=Names(address)) as send:
            with pytest.raises(Unreachable, match="not public"):
                await send(get(f"https://ci.example:{there.port}/"))
        assert not there.seen


async def test_a_name_may_be_private_only_under_its_configured_prefix() -> None:
    async with neighbour() as there:
        base = f"http://ci.acme.example:{there.port}"
        async with Sender(
            private_prefixes=(f"{base}/signoff/",), resolver=Names("127.0.0.1")
        ) as send:
            assert (await send(get(f"{base}/signoff/4711"))).status == 200
            for outside in (f"{base}/admin", f"{base}/signoff/../admin", f"{base}/signoffs/1"):
                with pytest.raises(Unreachable, match="https is needed"):
                    await send(get(outside))
            with pytest.raises(Unreachable, match="not public"):
                await send(get(f"https://ci.acme.example:{there.port}/admin"))
        assert [request.path for request in there.seen] == ["/signoff/4711"]


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "fe80::1", "0.0.0.0"])  # noqa: S104
async def test_even_a_configured_name_never_leads_to_cloud_metadata(address: str) -> None:
    prefix = "http://ci.acme.example/"
    async with Sender(private_prefixes=(prefix,), resolver=Names(address)) as send:
        with pytest.raises(Unreachable, match="link-local or reserved"):
            await send(get(prefix))


async def test_a_sender_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Sender()(get("https://ci.example/"))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("::ffff:1.1.1.1", True),
        ("::ffff:10.0.0.1", False),
        ("::1.1.1.1", False),
        ("fec0::1", False),
        ("192.88.99.1", False),
        ("168.63.129.16", False),
        ("100.64.0.1", False),
        ("2002:7f00:1::", False),
        ("2001:0:1::", False),
        ("64:ff9b:1::1", False),
        ("224.0.1.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),  # noqa: S104
        ("172.31.255.255", False),
        ("172.32.0.0", True),
        ("192.168.0.1", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


PREFIX = "https://ci.acme.example/signoff"


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        (f"{PREFIX}/4711", PREFIX),
        (f"{PREFIX}/4711", f"{PREFIX}/"),
        (PREFIX, PREFIX),
        (f"{PREFIX}?run=4711", PREFIX),
        ("HTTPS://CI.acme.EXAMPLE:443/signoff/4711", PREFIX),
        ("https://ci.acme.example/x", "https://ci.acme.example"),
        ("https://ci.acme.example", "https://ci.acme.example/"),
        ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000/"),
        ("http://[::1]:9000/x", "http://[::1]:9000/"),
        (f"{PREFIX}/a%20b/c.d/...;x=1", PREFIX),
        (f"{PREFIX}/4711?back=%2Fhome/../x", PREFIX),
        (f"{PREFIX}/job/payments/job/feature%252Fx/wfapi/describe", PREFIX),
        (f"{PREFIX}/changes/acme%2Fpayments~4711", PREFIX),
        (f"{PREFIX}/a%2Fb%2F%2Fc/100%2525", PREFIX),
        (f"{PREFIX}/100%25", PREFIX),
        (f"{PREFIX}/r%C3%A9vision%252F%C3%A9", PREFIX),
    ],
)
def test_an_address_below_the_prefix_matches(url: str, prefix: str) -> None:
    assert matches_prefix(url, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.acme.example/signoffs/4711",
        "https://ci.acme.example/Signoff/4711",
        "https://ci.acme.example/",
        "http://ci.acme.example/signoff/4711",
        "https://ci.acme.example:444/signoff/4711",
        "https://ci.acme.example.evil.example/signoff/4711",
        "https://ci.acme.example./signoff/4711",
        "https://ci.acme.example@evil.example/signoff/4711",
        "https://jun:pw@ci.acme.example/signoff/4711",
        "https://evil.example/https://ci.acme.example/signoff/4711",
        f"{PREFIX}/../admin",
        f"{PREFIX}/./4711",
        f"{PREFIX}/..",
        f"{PREFIX}/..;/admin",
        f"{PREFIX}/%2e%2e/admin",
        f"{PREFIX}/.%2E/admin",
        f"{PREFIX}/%252e%252e/admin",
        f"{PREFIX}/..%2fadmin",
        f"{PREFIX}/..%5cadmin",
        f"{PREFIX}/..%3b/admin",
        f"{PREFIX}/x%2f..%2f..%2fadmin",
        f"{PREFIX}/x%2F../%2F../admin",
        f"{PREFIX}/..%252fadmin",
        f"{PREFIX}/%252F..%252Fadmin",
        f"{PREFIX}/..%25252fadmin",
        f"{PREFIX}/%2525252e%2525252e/admin",
        f"{PREFIX}/%2%65%2%65/admin",
        f"{PREFIX}/%252%65%252%65/admin",
        f"{PREFIX}/%25%32%65%25%32%65/admin",
        f"{PREFIX}/%25252525252525252525252Fx",
        f"{PREFIX}/..%255cadmin",
        f"{PREFIX}/x%255c..%255cadmin",
        f"{PREFIX}/..%253b/admin",
        f"{PREFIX}/..%2f;/admin",
        f"{PREFIX}/..%3fx",
        f"{PREFIX}/..%23x",
        f"{PREFIX}/..%253fx",
        f"{PREFIX}/..%20/admin",
        f"{PREFIX}/%20../admin",
        f"{PREFIX}/..%2520%2fadmin",
        f"{PREFIX}/%25c0%25ae%25c0%25ae/admin",
        f"{PREFIX}/%25u002e%25u002e/admin",
        f"{PREFIX}/%ef%bc%8e%ef%bc%8e/admin",
        f"{PREFIX}/..%ef%bc%8fadmin",
        f"{PREFIX}/..%25ef%25bc%258fadmin",
        f"{PREFIX}/4711%2500",
        f"{PREFIX}/4711%250d%250aX-A:b",
        f"{PREFIX}%2Fadmin",
        f"{PREFIX}%2F../admin",
        f"{PREFIX}/%c0%ae%c0%ae/admin",
        f"{PREFIX}/4711%00",
        f"{PREFIX}\\..\\admin",
        f"{PREFIX}/4711\n",
        f"{PREFIX}/4711\t",
        f"{PREFIX}/4711#fragment",
        f"{PREFIX}/%zz",
        f"{PREFIX}/ü",
        "https://c\u0131.acme.example/signoff/4711",
        "//ci.acme.example/signoff/4711",
        "/signoff/4711",
        "",
    ],
)
def test_an_address_beside_the_prefix_does_not_match(url: str) -> None:
    assert not matches_prefix(url, PREFIX)


@pytest.mark.parametrize("prefix", ["", "https://", "https://ci.acme.example/?a=1", "ci.example"])
def test_a_prefix_that_is_none_matches_nothing(prefix: str) -> None:
    for url in (prefix, "https://ci.acme.example/?a=1", "https://ci.acme.example/x"):
        assert not matches_prefix(url, prefix)


def decoders(path: str, depth: int = 3) -> set[str]:
    """Where it may lead: decoded and resolved so and so often, in any order."""
    found = {path}
    for _ in range(depth):
        for known in list(found):
            found |= {unquote(known), normpath(known.replace("\\", "/"))}
            found |= {re.sub("[;?#][^/]*", "", known)}
    return found


@given(tail=st.text(st.sampled_from("/.%2eEfF5c\\;?#@:a\n "), max_size=16))
def test_whatever_matches_still_lies_below_once_resolved(tail: str) -> None:
    url = f"{PREFIX}{tail}"
    if matches_prefix(url, PREFIX):
        path = url.partition("?")[0].removeprefix("https://ci.acme.example")
        for there in decoders(path):
            assert f"{there}/".startswith("/signoff/")


@pytest.mark.parametrize("tail", ["job/feature%252Fx", "changes/a%2Fb~1"])
async def test_a_private_platform_gets_an_encoded_name_as_it_was_built(tail: str) -> None:
    async with neighbour() as there, Sender(private_prefixes=(f"{there.url}/ci/",)) as send:
        assert (await send(get(f"{there.url}/ci/{tail}"))).status == 200
        assert there.seen[0].raw_path == f"/ci/{tail}"

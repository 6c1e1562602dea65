"""How does an HTTP request leave the house, and where may it go?

Public addresses over https, and what the operator configured; nothing else. The address is judged
when the socket is made, so neither a name that resolves twice nor an odd spelling gets around it.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType, SocketFactoryType
from yarl import URL

from bot.addresses import Address, is_public, is_reserved, matches_prefix, parse
from bot.ports import Request, Response, Unreachable

MEBIBYTE = 1024 * 1024

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


class Sender:
    """Makes requests; fulfils `bot.ports.Send`. To be opened before use and closed after.

    Addresses under one of `private_prefixes` may be plain http and may be private or loopback;
    all others must be https and public. `max_body` bytes of an answer are read at most, and
    everything together takes `timeout` seconds at most. Redirects are answers like any other.
    """

    def __init__(
        self,
        *,
        private_prefixes: tuple[str, ...] = (),
        max_body: int = MEBIBYTE,
        timeout: float = 20,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._private_prefixes = private_prefixes
        self._max_body = max_body
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(5, timeout))
        self._resolver = resolver
        self._public: aiohttp.ClientSession | None = None
        self._configured: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        # Two pools: a connection allowed to the one must never serve the other.
        self._public = self._session(_public_socket)
        self._configured = self._session(_configured_socket)

    async def close(self) -> None:
        for session in (self._public, self._configured):
            if session is not None:
                await session.close()
        self._public = self._configured = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def __call__(self, request: Request) -> Response:
        """The whole answer, whatever its status. Raises Unreachable."""
        address, session = self._judge(request.url)
        try:
            async with session.request(
                request.method,
                URL(str(address), encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                body = await self._read(answer, address.host)
                return Response(status=answer.status, headers=headers, body=body)
        except _NEVER_SENT as error:
            raise Unreachable(
                f"no connection to {address.host}: {_why(error)}", sent=False
            ) from error
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            raise Unreachable(f"no whole answer from {address.host}: {_why(error)}") from error

    def _judge(self, url: str) -> tuple[Address, aiohttp.ClientSession]:
        if self._public is None or self._configured is None:
            raise RuntimeError("this Sender is not open")
        address = parse(url)
        if address is None:
            raise Unreachable("refused: not a plain http(s) address", sent=False)
        if any(matches_prefix(url, prefix) for prefix in self._private_prefixes):
            return address, self._configured
        if address.scheme != "https":
            raise Unreachable(
                f"refused: {address.host} is not configured, so https is needed", sent=False
            )
        return address, self._public

    async def _read(self, answer: aiohttp.ClientResponse, host: str) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(64 * 1024):
            body += chunk
            if len(body) > self._max_body:
                answer.close()
                raise Unreachable(f"the answer of {host} is longer than {self._max_body} bytes")
        return bytes(body)

    def _session(self, socket_factory: SocketFactoryType) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                socket_factory=socket_factory,
                resolver=self._resolver,
                use_dns_cache=False,
                limit=0,  # the lanes are the limit; one that hangs must not keep others waiting
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trust_env=False,
            headers={"user-agent": "Countersign"},
        )


class _Forbidden(OSError):
    """An address we do not talk to."""


def _public_socket(info: AddrInfoType) -> socket.socket:
    if not is_public(str(info[4][0])):
        raise _Forbidden("its address is not public")
    return socket.socket(info[0], info[1], info[2])


def _configured_socket(info: AddrInfoType) -> socket.socket:
    if is_reserved(str(info[4][0])):
        raise _Forbidden("its address is link-local or reserved")
    return socket.socket(info[0], info[1], info[2])


def _why(error: BaseException) -> str:
    """A reason that holds no address and no header: those may hold secrets."""
    if isinstance(error, _Forbidden):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return str(error.os_error.strerror or error.os_error) or "unknown"
    return "timed out" if isinstance(error, TimeoutError) else type(error).__name__

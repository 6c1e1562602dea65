"""How does an HTTP request leave the house, and where may it go?

Public addresses over https, and what the operator configured; nothing else. The address is judged
when the socket is made, so neither a name that resolves twice nor an odd spelling gets around it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote_to_bytes

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType, SocketFactoryType
from yarl import URL

from bot.ports import Request, Response, Unreachable

MEBIBYTE = 1024 * 1024

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address
_Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
# A strict subset of RFC 3986: every parser reads such an address in the same way.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_][a-z0-9._-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?"
    r"(?P<query>\?(?:[\w.~!$&'()*+,;=:@/?\[\]-]|%[0-9a-f]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
# Dot, slash, semicolon, backslash, percent and controls: who decodes once more gets another path.
_DISGUISED = re.compile(r"%(?:2[ef5]|3b|5c|7f|[01][0-9a-f])", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def _networks(listed: str) -> _Networks:
    return tuple(map(ipaddress.ip_network, listed.split()))


# Python calls some of these global (security.md, F). Of IPv6 only 2000::/3 is in use.
_INTERNET_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC = _networks(
    "0.0.0.0/8 100.64.0.0/10 168.63.129.16/32 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 "
    "224.0.0.0/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20"
)
# Cloud metadata and link-local: no operator means these, even behind a configured name.
_NEVER = _networks(
    "0.0.0.0/8 100.100.100.200/32 168.63.129.16/32 169.254.0.0/16 224.0.0.0/3 ::/128 "
    "fd00:ec2::/32 fe80::/10 ff00::/8"
)


@dataclass(frozen=True, slots=True)
class _Address:
    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def url(self) -> URL:
        return URL(f"{self.scheme}://{self.host}:{self.port}{self.path}{self.query}", encoded=True)


def matches_prefix(url: str, prefix: str) -> bool:
    """Whether `url` lies under `prefix`: the same origin, and a path below it, segment by segment.

    False for whatever two programs might read differently: user names, dot segments, encoded dots
    or slashes, backslashes, fragments, control characters, anything but ASCII.
    """
    ours, theirs = _parse(prefix), _parse(url)
    if ours is None or theirs is None or ours.query:
        return False
    if (ours.scheme, ours.host, ours.port) != (theirs.scheme, theirs.host, theirs.port):
        return False
    if not (_is_plain(ours.path) and _is_plain(theirs.path)):
        return False
    base = ours.path if ours.path.endswith("/") else f"{ours.path}/"
    return theirs.path == ours.path or theirs.path.startswith(base)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = _plain_ip(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _INTERNET_6:
        return False
    return ip.is_global and not _within(ip, _NOT_PUBLIC)


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
                address.url,
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

    def _judge(self, url: str) -> tuple[_Address, aiohttp.ClientSession]:
        if self._public is None or self._configured is None:
            raise RuntimeError("this Sender is not open")
        address = _parse(url)
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


def _parse(url: str) -> _Address | None:
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port < 65536:
        return None
    path, query = found["path"] or "/", found["query"] or ""
    return _Address(scheme, found["host"].lower(), port, path, query)


def _is_plain(path: str) -> bool:
    """No dot segments, plain or disguised; the percent signs spell UTF-8."""
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    segments = (segment.partition(";")[0] for segment in path.split("/"))
    return not _DISGUISED.search(path) and not any(s in (".", "..") for s in segments)


def _public_socket(info: AddrInfoType) -> socket.socket:
    if not is_public(str(info[4][0])):
        raise _Forbidden("its address is not public")
    return socket.socket(info[0], info[1], info[2])


def _configured_socket(info: AddrInfoType) -> socket.socket:
    if _within(_plain_ip(str(info[4][0])), _NEVER):
        raise _Forbidden("its address is link-local or reserved")
    return socket.socket(info[0], info[1], info[2])


def _plain_ip(address: str) -> _IP:
    ip = ipaddress.ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _within(ip: _IP, networks: _Networks) -> bool:
    return any(ip in network for network in networks)


def _why(error: BaseException) -> str:
    """A reason that holds no address and no header: those may hold secrets."""
    if isinstance(error, _Forbidden):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return str(error.os_error.strerror or error.os_error) or "unknown"
    return "timed out" if isinstance(error, TimeoutError) else type(error).__name__

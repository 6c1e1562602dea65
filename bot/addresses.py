"""Where does an address lead, however it is spelled, and to whom does that place belong?

Judged by a strict subset of what is allowed: what two programs might read differently is refused.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import unquote

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
# Dot, semicolon, backslash and controls, which nobody needs to disguise; and what IIS decodes.
_DISGUISED = re.compile(r"%(?:2e|3b|5c|7f|[01][0-9a-f]|u)", re.IGNORECASE)
_MOST_DECODINGS = 4
"""A branch job of Jenkins is encoded twice; what needs more than one look beyond that is no name."""
_PARAMETERS = re.compile("[;?#]")
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
class Address:
    """A plain http(s) address in its parts."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.path}{self.query}"


def parse(url: str) -> Address | None:
    """None if it is not plain."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port < 65536:
        return None
    path, query = found["path"] or "/", found["query"] or ""
    return Address(scheme, found["host"].lower(), port, path, query)


def matches_prefix(url: str, prefix: str) -> bool:
    """Whether `url` lies under `prefix`: the same origin, and a path below it, segment by segment.

    False for whatever two programs might read differently: user names, dot segments, encoded dots,
    backslashes, fragments, control characters, anything but ASCII. An encoded slash or percent sign
    may stand in it where nobody who decodes it, as often as they like, is led above the prefix.
    """
    ours, theirs = parse(prefix), parse(url)
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


def is_reserved(address: str) -> bool:
    """Whether no operator can mean this IP address, even behind a configured name."""
    return _within(_plain_ip(address), _NEVER)


def _is_plain(path: str) -> bool:
    """No dot segments, plain or disguised, however often it is decoded; and it spells UTF-8."""
    for _ in range(_MOST_DECODINGS):
        if _DISGUISED.search(path) or any(map(_leads_elsewhere, path.split("/"))):
            return False
        try:
            decoded = normalize("NFKC", unquote(path, errors="strict"))
        except UnicodeDecodeError:
            return False
        if decoded == path:
            return True
        path = decoded
    return False


def _leads_elsewhere(segment: str) -> bool:
    """Whether it is a dot segment to any program: some drop parameters, some blanks at the ends."""
    return "\\" in segment or _PARAMETERS.split(segment)[0].strip() in (".", "..")


def _plain_ip(address: str) -> _IP:
    ip = ipaddress.ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _within(ip: _IP, networks: _Networks) -> bool:
    return any(ip in network for network in networks)

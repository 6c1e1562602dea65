"""From which address does a request come, if a proxy of ours hands it over?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

log = logging.getLogger(__name__)

FORWARDED = "X-Forwarded-For"
ONE_SUBSCRIBER = 64
"""Bits of an IPv6 address: whoever has one has all that begin so."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class Origins:
    """`proxies` are believed as to whom they speak for, and nobody else is."""

    proxies: Sequence[Network] = ()
    _told: bool = field(default=False)

    def of(self, request: web.Request) -> str:
        """The address, or of IPv6 the network, that is behind it."""
        peer = _read(request.remote or "")
        if peer is None:
            return request.remote or ""
        handed_over = request.headers.getall(FORWARDED, [])
        if not self._is_proxy(peer):
            if handed_over and not self.proxies and not self._told:
                self._told = True
                log.warning(
                    "a proxy hands requests over, and counts as one person for all: name it in "
                    "COUNTERSIGN_TRUSTED_PROXIES"
                )
            return _network(peer)
        return _network(self._behind(peer, handed_over))

    def _behind(self, peer: Address, handed_over: Sequence[str]) -> Address:
        """Each proxy adds who spoke to it at the end: what stands before the first that is none of
        ours is whatever that one likes.
        """
        found = peer
        for said in reversed(",".join(handed_over).split(",")):
            before = _read(said.strip())
            if before is None:
                break
            found = before
            if not self._is_proxy(found):
                break
        return found

    def _is_proxy(self, address: Address) -> bool:
        return any(address in network for network in self.proxies)


def _read(text: str) -> Address | None:
    """As a proxy writes it; what is none is told apart from no text by nobody."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _network(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, ONE_SUBSCRIBER), strict=False))

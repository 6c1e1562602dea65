"""From which address a request comes is what our own proxy says, and nothing that a sender says."""

from __future__ import annotations

import logging
from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.web.origins import FORWARDED, Origins

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PROXY, PERSON, ATTACKER = "10.0.0.1", "198.51.100.7", "203.0.113.9"


def origin(peer: str | None, *handed_over: str, proxies: tuple[object, ...] = PROXIES) -> str:
    headers = CIMultiDict((FORWARDED, line) for line in handed_over)
    transport = Mock()
    transport.get_extra_info.return_value = (peer, 5) if peer else None
    request = make_mocked_request("GET", "/sign-in", headers=headers, transport=transport)
    return Origins(proxies).of(request)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("handed_over", "found"),
    [
        ([PERSON], PERSON),
        ([f"{PERSON}, 10.0.0.9"], PERSON),
        ([PERSON, "10.0.0.9"], PERSON),
        ([f" {PERSON} "], PERSON),
        (["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        ([f"::ffff:{PERSON}"], PERSON),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ([], PROXY),
    ],
)
def test_a_proxy_of_ours_says_for_whom_it_speaks(handed_over: list[str], found: str) -> None:
    assert origin(PROXY, *handed_over) == found


@pytest.mark.parametrize("made_up", [PERSON, "10.0.0.1", f"{PERSON}, 10.0.0.1", "junk", "", ",,,"])
def test_whatever_the_sender_writes_in_front_changes_nothing(made_up: str) -> None:
    assert origin(PROXY, f"{made_up}, {ATTACKER}") == ATTACKER
    assert origin(PROXY, made_up, ATTACKER) == ATTACKER
    assert origin(PROXY, f"{made_up}, {ATTACKER}, 10.0.0.9") == ATTACKER


@pytest.mark.parametrize("junk", ["junk", "", "unknown", "1.2.3.4:80", "_hidden", "9" * 5000])
def test_behind_what_is_no_address_nothing_is_believed(junk: str) -> None:
    assert origin(PROXY, f"{PERSON}, {junk}") == PROXY


@pytest.mark.parametrize("said", [PERSON, "127.0.0.1", f"{PERSON}, {PROXY}"])
def test_who_is_no_proxy_of_ours_speaks_for_nobody(said: str) -> None:
    assert origin(ATTACKER, said) == ATTACKER
    assert origin(PROXY, said, proxies=()) == PROXY


def test_a_subscriber_s_addresses_are_one() -> None:
    one, other = "2001:db8:1:2::1", "2001:db8:1:2:ffff::1"
    assert origin(one) == origin(other)
    assert origin("2001:db8:1:3::1") != origin(one)


def test_without_a_peer_all_are_one() -> None:
    assert origin(None, PERSON) == ""


def test_a_proxy_that_nobody_named_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    origins = Origins()
    transport = Mock()
    transport.get_extra_info.return_value = (PROXY, 5)
    headers = CIMultiDict({FORWARDED: PERSON})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            request = make_mocked_request("GET", "/", headers=headers, transport=transport)
            origins.of(request)
    [record] = caplog.records
    assert "COUNTERSIGN_TRUSTED_PROXIES" in record.getMessage()
    assert PERSON not in record.getMessage()

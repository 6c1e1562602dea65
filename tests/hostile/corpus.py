"""What can become of a good message? Seeded: the same number is the same attack, for ever."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Headers = tuple[tuple[str, str], ...]
Body = Callable[[Random, bytes], bytes]

DEEP = 3_000
WRONG: Sequence[Any] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**63, 10**400, -(10**400), 1e308, "", " ", "x",
    "x" * 5_000, "0" * 500, "\x00", "a\x00b", "\u202eevil", "\u200b", "\ud800", "é" * 300, "../../etc",
    "<!channel>", "<https://evil.example|x>", "${jndi:ldap://x}", "' OR 1=1 --", "=cmd|' /C calc'!A0",
    "a" * 40, "f" * 40, "sgn_unknown", "2026-11-21T10:00:00Z", "9999-99-99T99:99:99Z", [], {}, [[]],
    [None], {"": None}, {"a": {"b": {}}}, ["x"] * 300, [{}] * 300, {"__proto__": {"x": 1}},
)  # fmt: skip
SPLINTERS: Sequence[bytes] = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"-Infinity", b"1e999", b"-0",
    b"1" * 400, b"\\u0000", b"\\ud800", b"\\ud83d\\ude00", b"\\u202e", b"\x00", b"\xff", b"\xfe\xff",
    b"\xc0\xae", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n\r\n", b"%", b"%00", b"&payload=", b"+", b"=",
    b"\xf0\x9f\x98\x80", b"/*", b"//", b"<!--", b"true", b"[" * 40, b'{"a":' * 40,
)  # fmt: skip
WHOLE: Sequence[bytes] = (
    b"", b" ", b"null", b"true", b"0", b"-", b'""', b"[]", b"{}", b"[" * DEEP, b'{"a":' * DEEP,
    b"[" * 19 + b"]" * 19, b'"' + b"\\" * 9_999, b"\x00" * 1_000, b"\xff" * 1_000, b"9" * 5_000,
    b"a=b&c=d", b"payload=", b"payload=%7B%7D", b"payload={}&payload={}", b"--x\r\n\r\n--x--",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"- &a [*a]\n", b"x" * 70_000,
)  # fmt: skip


def bits(random: Random, body: bytes) -> bytes:
    changed = bytearray(body or b"\x00")
    for _ in range(random.choice((1, 1, 2, 8))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body) + 1)
    return body[:at] if random.random() < 0.7 else body[at:]


def splintered(random: Random, body: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 3))):
        at = random.randrange(len(body) + 1)
        body = body[:at] + random.choice(SPLINTERS) + body[at:]
    return body


def doubled(random: Random, body: bytes) -> bytes:
    """A piece of it once more: keys twice, lists in lists, commas without end."""
    start, end = sorted(random.randrange(len(body) + 1) for _ in range(2))
    return body[:end] + body[start:end] * random.choice((1, 1, 5)) + body[end:]


def whole(random: Random, _: bytes) -> bytes:
    return random.choice(WHOLE)


def spelled_otherwise(random: Random, body: bytes) -> bytes:
    """The same to somebody's eyes, in bytes that nobody asked for."""
    said = body.decode("utf-8", "replace")
    ways: Sequence[Callable[[], bytes]] = (
        lambda: said.encode("utf-16", "replace"),
        lambda: said.encode("utf-32", "replace"),
        lambda: said.encode("latin-1", "replace"),
        lambda: b"\xef\xbb\xbf" + body,
        lambda: gzip.compress(body, 1),
        lambda: said.upper().encode(),
        lambda: b" " * 20_000 + body,
        lambda: body + b"\x00",
    )
    return random.choice(ways)()


def rearranged(random: Random, body: bytes) -> bytes:
    """JSON as well-formed as before, in which something is of another kind, missing or too much."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return splintered(random, body)
    for _ in range(random.choice((1, 1, 2, 4))):
        tree = _elsewhere(random, tree)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _elsewhere(random: Random, tree: Any) -> Any:
    """Another value somewhere within: the deeper it goes, the rarer."""
    if isinstance(tree, dict) and tree and random.random() < 0.9:
        key = random.choice(list(tree))
        return _of_object(random, tree, key)
    if isinstance(tree, list) and tree and random.random() < 0.9:
        at = random.randrange(len(tree))
        return [*tree[:at], _elsewhere(random, tree[at]), *tree[at + 1 :]]
    return random.choice(WRONG)


def _of_object(random: Random, tree: dict[str, Any], key: str) -> dict[str, Any]:
    rest = {name: it for name, it in tree.items() if name != key}
    match random.randrange(10):
        case 0:
            return rest
        case 1:
            return {**rest, key.upper() or "X": tree[key]}
        case 2:
            return {**tree, random.choice(("x", "", "__class__", "\u0430ge", key + " ")): tree[key]}
        case 3:
            return {**tree, key: [tree[key]]}
        case 4:
            return {**tree, key: tree[random.choice(list(tree))]}
        case _:
            return {**tree, key: _elsewhere(random, tree[key])}


BODIES: Sequence[Body] = (bits, cut, splintered, doubled, whole, spelled_otherwise, rearranged)
"""What can be done to bytes."""

_TEXTS = (
    "", " ", "x", "0", "-1", "é", "\udcff", "\x0b", "a" * 9_000, ",", ";", "null", "Bearer", "v1,",
    "v1,AAAA", "sha256=", "sha256=" + "0" * 64, "v0=" + "0" * 64, "9" * 30, "1e9", "\u0661\u0662", "{}",
)  # fmt: skip
_MORE: Headers = (
    ("Content-Encoding", "gzip"), ("Content-Type", "text/xml"), ("Content-Type", "a" * 3_000),
    ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Type", "application/json; charset=utf-7"),
    ("Expect", "100-continue"), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("X-Forwarded-For", "::1"),
    ("X-Http-Method-Override", "DELETE"), ("Cookie", "a=b; " * 500), ("Range", "bytes=0-0,1-1"),
    ("If-None-Match", "*"), ("Accept-Encoding", "br;q=9"), ("Authorization", "Basic Og=="), ("Host", "evil.example"),
    ("X-Slack-Retry-Num", "x"), ("Authorization", "Bearer " + "é" * 200), ("Forwarded", 'for="[::1]"'),
)  # fmt: skip


def other_headers(random: Random, good: Headers) -> Headers:
    """One of them gone, twice, of another value, or one too many."""
    if not good or random.random() < 0.3:
        return (*good, random.choice(_MORE))
    at = random.randrange(len(good))
    name, value = good[at]
    spoilt = bits(random, value.encode("utf-8", "surrogateescape")).decode("latin-1")
    others: Sequence[Headers] = (
        (),
        ((name, value), (name, value)),
        ((name, random.choice(_TEXTS)), (name, value)),
        ((name, random.choice(_TEXTS)),),
        ((name, random.choice(_TEXTS)),),
        ((name, _printable(spoilt)),),
        ((name.upper(), value + random.choice((" ", "0", ","))),),
    )
    return (*good[:at], *random.choice(others), *good[at + 1 :])


def _printable(text: str) -> str:
    """What ends a line would make it another request: `framings` do that on purpose."""
    return "".join(it for it in text if it.isprintable() or it == "\x0b")


@dataclass(frozen=True, slots=True)
class Framing:
    """How a request is put on the wire; not `ends`: its end cannot be told, so that we hang up."""

    name: str
    write: Callable[[str, str, Headers, bytes], bytes]


def request(method: str, path: str, headers: Headers, body: bytes) -> bytes:
    """As it should be."""
    length = ("Content-Length", str(len(body)))
    lines = [f"{n}: {v}" for n, v in (("Host", "x"), length, *headers)]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])
    return head.encode("utf-8", "surrogateescape") + body


def _with(old: bytes, new: bytes) -> Callable[[str, str, Headers, bytes], bytes]:
    return lambda *parts: request(*parts).replace(old, new, 1)


def _lengths(said: str) -> Callable[[str, str, Headers, bytes], bytes]:
    def write(method: str, path: str, headers: Headers, body: bytes) -> bytes:
        own = f"Content-Length: {len(body)}".encode()
        return request(method, path, headers, body).replace(own, said.encode(), 1)

    return write


FRAMINGS: Sequence[Framing] = (
    Framing("no length", _lengths("X: y")),
    Framing("too short", _lengths("Content-Length: 1")),
    Framing("too long", _lengths("Content-Length: 999999")),
    Framing("far too long", _lengths("Content-Length: " + "9" * 40)),
    Framing("below nought", _lengths("Content-Length: -1")),
    Framing("in words", _lengths("Content-Length: ten")),
    Framing("signed", _lengths("Content-Length: +2")),
    Framing("two lengths", _lengths("Content-Length: 2\r\nContent-Length: 3")),
    Framing("length and chunks", _lengths("Content-Length: 2\r\nTransfer-Encoding: chunked")),
    Framing("chunks that are none", _lengths("Transfer-Encoding: chunked")),
    Framing("unheard of coding", _lengths("Transfer-Encoding: x, chunked, y")),
    Framing("two hosts", _with(b"Host: x", b"Host: x\r\nHost: y")),
    Framing("no host", _with(b"Host: x\r\n", b"")),
    Framing("folded", _with(b"Host: x", b"Host: x\r\n folded")),
    Framing("no colon", _with(b"Host: x", b"Host x")),
    Framing("a space before the colon", _with(b"Host: x", b"Host : x")),
    Framing("NUL in a header", _with(b"Host: x", b"Host: x\x00y")),
    Framing("a bare line feed", _with(b"Host: x\r\n", b"Host: x\n")),
    Framing("a bare return", _with(b"Host: x\r\n", b"Host: x\rX: y\r\n")),
    Framing("another version", _with(b"HTTP/1.1", b"HTTP/9.9")),
    Framing("an old version", _with(b"HTTP/1.1", b"HTTP/1.0")),
    Framing("no version", _with(b" HTTP/1.1", b"")),
    Framing("a method of its own", _with(b"POST ", b"P\x00ST ")),
    Framing("an unheard of method", _with(b"POST ", b"BREW ")),
    Framing("an address elsewhere", _with(b" /", b" http://evil.example/")),
    Framing("no address", _with(b" /", b" *")),
    Framing("percent signs", _with(b" /", b" /%00%ff%2e%2e/")),
    Framing("a long address", _with(b" /", b" /" + b"a" * 9_000)),
    Framing("many headers", _with(b"Host: x", b"Host: x" + b"".join(b"\r\nX%d: y" % it for it in range(500)))),
    Framing("a long header", _with(b"Host: x", b"Host: x\r\nX: " + b"y" * 40_000)),
    Framing("another protocol", lambda *_: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20),
    Framing("HTTP/2", lambda *_: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Framing("nothing", lambda *_: b"\r\n\r\n"),
    Framing("noise", lambda *_: bytes(range(256)) * 4),
)  # fmt: skip

"""What does a checkpoint of the audit trail look like? A C2SP checkpoint, in a signed note.

Pure: who signs, and by which library a signature is checked, is passed in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Check = Callable[[bytes, bytes, bytes], bool]
"""Whether this public key signed this message so: key (32 bytes), message, signature."""

LARGEST = 16_384
"""Characters of a note that is looked at."""

_ED25519 = b"\x01"
_SIGNATURES_AT_MOST = 100
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")
"""A name of a key, too: so without spaces and `+`."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_PASTED = re.compile(
    r"(?<![!-~])(?:```)?(?P<origin>[!-*,-~]{1,200})[^\S\n]*\n"
    r"[^\S\n]*(?P<size>0|[1-9][0-9]{0,17})[^\S\n]*\n"
    r"[^\S\n]*(?P<root>[A-Za-z0-9+/]{43}=)[^\S\n]*\n\s*"
    r"(?P<signed>— [!-*,-~]{1,200} [A-Za-z0-9+/]{91}=)"
)
"""Where a program in between added or took away white space; one signature, of an Ed25519 key."""
_SIGNED = re.compile(r"— ([^\s+\x00-\x1f\x7f]+) ([A-Za-z0-9+/]+={0,2})")


class BadNote(Exception):
    """It is no checkpoint that one of these keys signed; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`key` tells keys of one name apart; it is a hint, and proves nothing."""

    name: str
    key: bytes
    made: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The first `size` entries of the trail `origin` have this root."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...] = ()


def text(origin: str, size: int, root: bytes) -> str:
    """What is signed. The origin is a name without spaces, such as "sign.acme.example/audit"."""
    if not (_ORIGIN.fullmatch(origin) and _SIZE.fullmatch(str(size)) and len(root) == 32):
        raise ValueError("not what a checkpoint may say")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def signed(said: str, name: str, public: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The note: what is said, and one signature, made in the name of its origin."""
    made = base64.b64encode(key_hash(name, public) + sign(said.encode())).decode()
    return f"{said}\n— {name} {made}\n"


def key_hash(name: str, public: bytes) -> bytes:
    """Four bytes that tell the keys of a name apart."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """The key as Go's `sumdb/note` and the tools of C2SP want it."""
    encoded = base64.b64encode(_ED25519 + public).decode()
    return f"{name}+{key_hash(name, public).hex()}+{encoded}"


def read(note: str) -> Checkpoint:
    """What a note says, whoever signed it, if it is written as we write it. Raises BadNote."""
    if len(note) > LARGEST:
        raise BadNote("it is too long for a checkpoint")
    said, gap, signatures = note.rpartition("\n\n")
    lines = said.split("\n")
    if not gap or len(lines) != 3 or not signatures.endswith("\n"):
        raise BadNote("it is no checkpoint: three lines, an empty one, and a signature")
    origin, size, encoded = lines
    if not (_ORIGIN.fullmatch(origin) and _SIZE.fullmatch(size)):
        raise BadNote("it is no checkpoint: its origin or its size is none")
    return Checkpoint(
        origin=origin,
        size=int(size),
        root=_decoded(encoded, "its root", 32),
        signatures=_signatures(signatures[:-1].split("\n")),
    )


def pasted(words: str) -> list[str]:
    """The notes in a text that somebody copied, from a chat say, as they were written."""
    return [
        f"{it['origin']}\n{it['size']}\n{it['root']}\n\n{it['signed']}\n"
        for it in _PASTED.finditer(words)
    ]


def verify(note: str, keys: Iterable[bytes], check: Check) -> Checkpoint:
    """The checkpoint, if one of these public keys signed it for its origin. Raises BadNote.

    Lines of others, such as witnesses, are passed over; one of ours that does not fit is not.
    """
    found = read(note)
    message = text(found.origin, found.size, found.root).encode()
    ours = {key_hash(found.origin, key): key for key in keys}
    fitting = 0
    for line in found.signatures:
        if line.name != found.origin or line.key not in ours:
            continue
        if not check(ours[line.key], message, line.made):
            raise BadNote("its signature does not fit what it says")
        fitting += 1
    if not fitting:
        raise BadNote("none of these keys signed it")
    return found


def _signatures(lines: list[str]) -> tuple[Signature, ...]:
    if len(lines) > _SIGNATURES_AT_MOST:
        raise BadNote("it has too many signatures")
    return tuple(map(_signature, lines))


def _signature(line: str) -> Signature:
    if not (found := _SIGNED.fullmatch(line)):
        raise BadNote("it has a line that is no signature")
    whole = _decoded(found[2], "a signature")
    if len(whole) < 5:
        raise BadNote("a signature is too short")
    return Signature(name=found[1], key=whole[:4], made=whole[4:])


def _decoded(encoded: str, what: str, length: int | None = None) -> bytes:
    """Base64 that has one spelling only: two notes that differ are two."""
    try:
        found = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise BadNote(f"{what} is not base64") from None
    if base64.b64encode(found).decode() != encoded or length not in (None, len(found)):
        raise BadNote(f"{what} is not what is written there")
    return found

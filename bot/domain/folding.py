"""When are two ways of writing the same name, and where in a text does such a way stand?

Composed or not, in either case, with any blanks between its parts, with characters in it that nobody
sees, or escaped as in an address (`ada%40acme.example`): it folds to the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

PLAIN = re.compile(r"[\t\n\r\x20-\x24\x26-\x7e]*")
"""What is written in one way alone, but for its case and its blanks."""

MARKS = 30
"""Accents on one letter; to put a long run of them in order takes quadratic time."""

ESCAPED = 3
"""How many times over an escape is escaped."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{MARKS}}}")
_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")

Piece = tuple[str, int, int]
"""What is read, and from where to where it is written."""


def fold(text: str) -> str:
    """All ways of writing the same are one; escapes stay."""
    if not PLAIN.fullmatch(text):
        kinds = "".join(set(text))  # looked at first, as most texts hold none of these
        if _UNSEEN.search(kinds):
            text = _UNSEEN.sub("", text)
        if any(map(_is_mark, kinds)):
            text = _RUN.sub(lambda run: f"{run.group()}\0", text)
        text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def unescaped(text: str) -> str:
    """The same object where nothing is escaped."""
    for _ in range(ESCAPED):
        before, text = text, _ESCAPES.sub(lambda it: _decoded(it.group()), text)
        if text == before:
            break
    return text


def folded(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """What it folds to without escapes, and for each character of that where it is written."""
    parts, places = list[str](), list[tuple[int, int]]()
    for read, start, end in _letters(_unescaped(text)):
        one = " " if read[0].isspace() else fold(read)
        if one == " " and parts and parts[-1] == " ":
            places[-1] = (places[-1][0], end)
            continue
        parts.extend(one)
        places.extend([(start, end)] * len(one))
    return "".join(parts), places


def _letters(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Each with all that stands on it and what nobody sees after it."""
    held, since, until, marks = "", 0, 0, 0
    for read, start, end in pieces:
        more = _is_mark(read) and marks < MARKS
        if held and (more or _UNSEEN.match(read)):
            marks += more
            held, until = held + read, end
            continue
        if held:
            yield held, since, until
        held, since, until, marks = read, start, end, 0
    if held:
        yield held, since, until


def _is_mark(read: str) -> bool:
    """Parts of a Korean syllable are none to Unicode."""
    return not read.isascii() and (
        unicodedata.category(read)[0] == "M" or "\u1160" <= read <= "\u11ff"
    )


def _unescaped(text: str) -> list[Piece]:
    pieces = [(it, at, at + 1) for at, it in enumerate(text)]
    for _ in range(ESCAPED):
        written = "".join(it for it, _, _ in pieces)
        if "%" not in written:
            break
        pieces = list(_once(written, pieces))
    return pieces


def _once(written: str, pieces: Sequence[Piece]) -> Iterator[Piece]:
    at = 0
    for found in _ESCAPES.finditer(written):
        place = found.start()
        yield from pieces[at:place]
        at = found.end()
        read = _decoded(found.group())
        if read == found.group():
            yield from pieces[place:at]
            continue
        for it in read:
            long = 3 * len(it.encode())
            yield it, pieces[place][1], pieces[place + long - 1][2]
            place += long
    yield from pieces[at:]


def _decoded(escapes: str) -> str:
    """What is no UTF-8 is no escape."""
    try:
        return bytes.fromhex(escapes.replace("%", "")).decode()
    except UnicodeDecodeError:
        return escapes

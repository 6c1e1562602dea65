"""Which lines of a text speak for themselves, and how are they compared?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

READ_AT_MOST = 1_000_000
"""Bytes of text that are read of one change, all its texts together."""

LINE_AT_MOST = 1_000
"""Characters that are looked at in a line that speaks for itself."""

_UNSEEN = frozenset({"Cf", "Mn", "Me", "Mc"})
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2043\u2212", "-"))
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|\\r\\n|\\n")
_QUOTED = re.compile(r" {0,3}>| {4}| {0,3}\t")  # four spaces: a block of code, or a pasted log
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def readable(texts: Iterable[str], limit: int = READ_AT_MOST) -> tuple[list[str], bool]:
    """The texts up to so many bytes in all, and whether something had to be left out."""
    read, left, cut = list[str](), limit, False
    for text in texts:
        coded = text.encode(errors="surrogatepass")
        fits = len(coded) <= left
        read.append(text if fits else coded[:left].decode(errors="ignore"))
        left -= min(len(coded), left)
        cut = cut or not fits
    return read, cut


def all_lines(text: str) -> list[str]:
    """Every line, by any break there is: also the two characters of an escaped one."""
    return _BREAK.split(text)


def spoken_lines(text: str) -> Iterator[str]:
    """The lines that speak for themselves: no quotations, fenced code or hidden comments.

    Only the first 1,000 characters of a line are looked at; padding does not count as such.
    """
    closer, held = "", list[str]()
    for line in all_lines(text):
        if closer:
            held.append(line)
            if _closes(line, closer):
                closer, held = "", []
        elif closer := _opens(line):
            held = [line]
        elif not _QUOTED.match(line):
            yield _short(line)
    # What nobody closed is no quotation: it must not hide the rest of the text.
    yield from (_short(line) for line in held if not _QUOTED.match(line))


def _short(line: str) -> str:
    if len(line) <= LINE_AT_MOST:
        return line
    return " ".join(_seen(line).split())[:LINE_AT_MOST]


def _opens(line: str) -> str:
    fence = _FENCE.match(line)
    if fence and "`" not in line[fence.end() :]:
        return fence[1]
    return "-->" if "<!--" in line and "-->" not in line else ""


def _closes(line: str, closer: str) -> bool:
    if closer == "-->":
        return closer in line
    bare = line.strip()
    return bare.startswith(closer) and not bare.strip(closer[0])


def fold(text: str) -> str:
    """A text as the conventions are written: clean, and in lower case."""
    return clean(text).lower().strip()


def clean(text: str) -> str:
    """A text in NFKC, with one kind of hyphen, nothing invisible and no accents of their own.

    The marks go first, since composing a long run of them takes quadratic time.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _seen(text)).translate(_HYPHENS)
    return text.strip()


def _seen(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)

"""Which lines of a text speak for themselves, and how are they compared?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_UNSEEN = frozenset({"Cf", "Mn", "Me", "Mc"})
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]|\\r\\n|\\n")
_QUOTED = re.compile(r" {0,3}>| {4}| {0,3}\t")  # four spaces: a block of code, or a pasted log
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*$")


def spoken_lines(text: str) -> Iterator[str]:
    """The lines that speak for themselves: no quotations, fenced code or hidden comments."""
    closer, held = "", list[str]()
    for line in _BREAK.split(text):
        if closer:
            held.append(line)
            if _closes(line, closer):
                closer, held = "", []
        elif closer := _opens(line):
            held = [line]
        elif not _QUOTED.match(line):
            yield line
    # What nobody closed is no quotation: it must not hide the rest of the text.
    yield from (line for line in held if not _QUOTED.match(line))


def _opens(line: str) -> str:
    if fence := _FENCE.match(line):
        return fence[1]
    return "-->" if "<!--" in line and "-->" not in line else ""


def _closes(line: str, closer: str) -> bool:
    if closer == "-->":
        return closer in line
    bare = line.strip()
    return bare.startswith(closer) and not bare.strip(closer[0])


def fold(text: str) -> str:
    """A text as the conventions are written: NFKC, lower case, nothing invisible, no accents.

    The marks go first, since composing a long run of them takes quadratic time.
    """
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
        text = unicodedata.normalize("NFKC", text)
    return text.lower().strip()

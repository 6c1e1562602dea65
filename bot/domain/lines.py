"""Which lines of a text speak for themselves, and how are they compared?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

READ_AT_MOST = 50_000_000
"""What is read of one change, all its texts together: bytes, and for each line break some more."""

BREAK_COSTS = 40
"""How many bytes more a line break counts as: short lines take as long to read as others."""

LINE_AT_MOST = 1_000
"""Characters that are looked at in a line that speaks for itself."""

_UNSEEN = frozenset({"Cf", "Mn", "Me", "Mc"})
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2043\u2212", "-"))
# Letters that look like Latin ones; signs that look like a colon, and letters that look like nothing.
_ALIKE = _HYPHENS | str.maketrans(
    "АВЕКМНОРСТУХІЈЅҺаеорсухіјѕһԁԛԝӏкмтΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυγωϲօսոհցıɑɡɩłøđᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ∶꞉ː",  # noqa: RUF001
    "ABEKMHOPCTYXIJSHaeopcyxijshdqwlkmtABEZHIKMNOPTYXaeikvoptuywcounhgiagilodabcdeghijklmnoprtuvwyz:::",
    "\u115f\u1160\u2800",
)
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|\\r\\n|\\n")
_BREAKS = ("\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\\n")
_QUOTED = re.compile(r" {0,3}>| {4}| {0,3}\t")  # four spaces: a block of code, or a pasted log
# What `git merge --squash` writes: the messages stand indented below it.
_SQUASHED = re.compile(r"Squashed commit of the following:\s*")
_REVERTS = re.compile(r"\s{0,40}this reverts\b", re.I)
_INDENT = re.compile(r" {4}|\t")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
_BRACKETS = re.compile(r"(?<= )\[([^\[\]]{0,200})\]")
_LEAD = re.compile(r"(?:</?[a-z][^<>@]{0,300}>|[^a-z0-9<])*")
_TAG = re.compile(r"</?[a-z][^<>@]{0,300}>")
_ORNATE = re.compile(r"[\[<`*]")
_EMPHASIS = str.maketrans("", "", "`*")


def readable(texts: Iterable[str], limit: int = READ_AT_MOST) -> tuple[list[str], bool]:
    """The texts up to so much in all, and whether something had to be left out."""
    read, left, cut = list[str](), limit, False
    for text in texts:
        coded = text.encode(errors="surrogatepass")
        breaks = sum(map(text.count, _BREAKS))
        costs = len(coded) + breaks * BREAK_COSTS
        fits = costs <= left
        if not fits:
            upto = left // (1 + BREAK_COSTS) if breaks else left
            text = coded[:upto].decode(errors="ignore")
        read.append(text)
        left, cut = max(left - costs, 0), cut or not fits
    return read, cut


def all_lines(text: str) -> list[str]:
    """Every line, by any break there is: also the two characters of an escaped one."""
    return _BREAK.split(text)


def spoken_lines(text: str) -> Iterator[str]:
    """The lines that speak for themselves: no quotations, no fenced code, no hidden comments.

    The line that opens a comment is among them: tools leave their marks there. Only the first
    1,000 characters of a line are looked at; padding does not count as such.
    """
    closer, held, depth = "", list[str](), 0
    lines = all_lines(text)
    for line in _outdented(lines) if "commit of the following:" in text else lines:
        if not closer and (closer := _opens(line)):
            held, depth = [], 0
        elif not closer:
            if not _QUOTED.match(line):
                yield _short(line)
            continue
        depth += _deeper(line, closer, first=not held)
        if closer == "-->" and not held:
            yield _short(line)
        held.append(line)
        if depth <= 0:
            closer, held = "", []
    # What nobody closed is no quotation: it must not hide the rest of the text.
    yield from (_short(line) for line in held if not _QUOTED.match(line))


def _outdented(lines: list[str]) -> list[str]:
    """The lines, with the messages of squashed commits as they were before they were indented."""
    out, squashed, reverts = list[str](), False, False
    for line in lines:
        inner = squashed and _INDENT.match(line)
        if not inner and (_REVERTS.match(line) or _SQUASHED.fullmatch(line)):
            reverts = bool(_REVERTS.match(line)) or reverts
            squashed = not reverts
        out.append(line[inner.end() :] if inner else line)
    return out


def opening(line: str) -> str:
    """A plain line from its first word on, without ornaments and the targets of links.

    Nothing is left of a hidden comment, and of a line that begins with a word in quotation marks:
    it speaks about that word.
    """
    if line[:1].isalnum() and line[0].isascii() and not _ORNATE.search(line):
        return line.rstrip("_ ")  # nearly every line
    if line.startswith("<!--"):
        return ""
    if "](" in line:
        line = _LINK.sub(r"\1", line)
    if " [" in line:
        line = _BRACKETS.sub(r"\1", line)
    if "</" in line:
        line = _TAG.sub("", line)
    found = _LEAD.match(line)
    lead, rest = (found[0], line[found.end() :]) if found else ("", line)
    mark = next((sign for sign in '`"' if sign in lead), "")
    if mark and any(map(str.isalnum, rest.partition(mark)[2])):
        return ""
    return rest.translate(_EMPHASIS).rstrip("_ ")


def fold(text: str) -> str:
    """A text in lower case and clean."""
    return clean(text).lower().strip()


def clean(text: str) -> str:
    """A text in NFKC, with one kind of hyphen, nothing invisible and no accents of their own.

    The marks go first, since composing a long run of them takes quadratic time.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _seen(text)).translate(_HYPHENS)
    return text.strip()


def plain(text: str) -> str:
    """A text as the conventions are written: only what it looks like, with single spaces.

    Lower case, Latin letters for those that look like them, no accents.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _seen(text)))
        text = _seen(text).translate(_ALIKE)
    text = " ".join(text.lower().split())
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _short(line: str) -> str:
    if len(line) <= LINE_AT_MOST:
        return line
    return " ".join(_seen(line).split())[:LINE_AT_MOST]


def _opens(line: str) -> str:
    fence = _FENCE.match(line)
    if fence and "`" not in line[fence.end() :]:
        return fence[1]
    if "<!--" in line and "-->" not in line:
        return "-->"
    return "</blockquote" if _deeper(line, "</blockquote", first=True) > 0 else ""


def _deeper(line: str, closer: str, *, first: bool) -> int:
    """How much deeper a line leads into what `closer` ends; a first line leads in by one at least."""
    if closer == "</blockquote":
        folded = line.lower()
        return folded.count("<blockquote") - folded.count(closer)
    if first:
        return 1
    bare = line.strip()
    ends = (
        closer in line if closer == "-->" else bare.startswith(closer) and not bare.strip(closer[0])
    )
    return -1 if ends else 0


def _seen(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)

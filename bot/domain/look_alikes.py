"""Which names could be taken for each other, by people or by programs?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.lines import clean, fold

LONG = 8
"""From so many letters on, one slip of the finger is a reason to look twice."""

_NAME_AT_MOST = 200
# Letters of other alphabets, and digits, that are drawn as these are.
_DRAWN_ALIKE = {
    "a": "\u0430\u03b1\u0251@4", "b": "\u0432\u044c\u03b2\u10428", "c": "\u0441\u03f2\u1d04",
    "d": "\u0501", "e": "\u0435\u0454\u03b5\u212e3", "f": "\u0192", "g": "\u0261\u05819",
    "h": "\u04bb\u043d\u0570", "i": "\u0456\u03b9\u0131", "j": "\u0458\u03f3",
    "k": "\u043a\u03ba", "l": "\u217c\u01c0\u04cf", "m": "\u043c", "n": "\u0578\u03b7\u03c0",
    "o": "\u043e\u03bf\u03c3\u05850", "p": "\u0440\u03c1", "q": "\u051b", "r": "\u0433\u1d26",
    "s": "\u0455\u01bd5$", "t": "\u0442\u03c4\u20207", "u": "\u057d\u03c5\u028b", "v": "\u03bd\u0475",
    "w": "\u051d\u0461\u03c9", "x": "\u0445\u03c7", "y": "\u0443\u04af\u03b3", "z": "\u1d222",
}  # fmt: skip
_LETTERS = str.maketrans(
    {alike: letter for letter, all_alike in _DRAWN_ALIKE.items() for alike in all_alike}
)
_STROKES = str.maketrans(dict.fromkeys("I1|\u0406\u0399\u04c0", "l"))
_DOTLESS = ("gmail.com", "googlemail.com")
_CLUSTERS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


class Alike(StrEnum):
    """How two names are alike, from what programs confuse to what only people do."""

    SAME = "the same name"
    LETTERS = "the same to the eye, with other letters"
    SHAPES = "nearly the same to the eye"
    SLIP = "one letter apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikes:
    """Two keys whose names are alike."""

    first: str
    second: str
    how: Alike


def look_alikes(names: Mapping[str, str]) -> tuple[LookAlikes, ...]:
    """All pairs of keys whose names could be taken for each other, each in the closest way."""
    found: dict[tuple[str, str], Alike] = {}
    for how in Alike:
        for first, second in _sharing({key: _keys(how, name) for key, name in names.items()}):
            near = how is not Alike.SLIP or one_apart(folded(names[first]), folded(names[second]))
            if near:
                found.setdefault((first, second), how)
    return tuple(LookAlikes(first=a, second=b, how=how) for (a, b), how in found.items())


def folded(name: str) -> str:
    """Without capitals, accents, spaces around and what nobody sees: NFKC and then some."""
    short = fold(name[:_NAME_AT_MOST])
    bare = unicodedata.normalize("NFKD", short)
    return " ".join(fold(bare).split())


def drawn(name: str) -> str:
    """A name by what it looks like, letter by letter: a capital I is the stroke that an l is."""
    return folded(clean(name[:_NAME_AT_MOST]).translate(_STROKES)).translate(_LETTERS)


def shaped(name: str) -> str:
    """A name as it looks from afar, where letters run together."""
    shape = drawn(name)
    for cluster, letter in _CLUSTERS:
        shape = shape.replace(cluster, letter)
    return shape


def mailbox(email: str) -> str:
    """Where a letter arrives: without a tag after a plus, and without dots where they are ignored."""
    local, _, host = fold(email).rpartition("@")
    bare = local.partition("+")[0] or local
    if host in _DOTLESS:
        bare, host = bare.replace(".", ""), _DOTLESS[0]
    return f"{bare}@{host}"


def handle(name: str) -> str:
    """A login, or the name in an address, as somebody would choose it again elsewhere."""
    local = mailbox(name).rpartition("@")[0] if "@" in name else fold(name)
    return "".join(char for char in local if char not in ".-_")


def _keys(how: Alike, name: str) -> list[str]:
    """Two names that are alike in this way share one of these."""
    match how:
        case Alike.SAME:
            return [folded(name)]
        case Alike.LETTERS:
            return [drawn(name)]
        case Alike.SHAPES:
            return [shaped(name)]
        case Alike.SLIP:
            return _with_slips(folded(name))


def _with_slips(name: str) -> list[str]:
    """A long name, and what is left of it without one letter."""
    if len(name.replace(" ", "")) < LONG:
        return []
    return [name, *dict.fromkeys(name[:i] + name[i + 1 :] for i in range(len(name)))]


def _sharing(keyed: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    holders: dict[str, list[str]] = {}
    for key, words in keyed.items():
        for word in dict.fromkeys(words):
            if word:
                others = holders.setdefault(word, [])
                yield from ((other, key) for other in others)
                others.append(key)


def one_apart(first: str, second: str) -> bool:
    """Whether one letter is added, left out, exchanged, or has changed places with the next."""
    short, long = sorted((first, second), key=len)
    if first == second or len(long) - len(short) > 1:
        return False
    at = next((i for i, char in enumerate(short) if char != long[i]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1]
    return short[at + 1 :] == long[at + 1 :] or (swapped and short[at + 2 :] == long[at + 2 :])

"""Who had a part in a change? They may not sign it off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.domain.change import Change, Identity
from bot.domain.evidence.conventions import Conventions
from bot.domain.evidence.findings import texts_of
from bot.domain.evidence.identities import is_person, names_within
from bot.domain.lines import all_lines, clean, readable
from bot.domain.people import Contributors, Person, Roster

STRANGERS_AT_MOST = 500
"""Names kept that the roster does not know."""

MORE = "and more"
NOBODY = "nobody human is named"
NOBODY_BEFORE = Contributors()

_JUDGED_AT_MOST = 2_000
# Between its words a trailer may have whatever hyphens somebody likes.
_TRAILER = re.compile(
    r"""(?<![a-z])
    (?: co[\W_]{0,3} (?:author|develop) (?:s|ed|er|ers|ing)? (?:[\W_]{0,3}by)?
      | signed [\W_]{0,3} off [\W_]{0,3} by
      | assisted [\W_]{0,3} by
      | pair (?:ed|ing)? [\W_]{0,3} (?:programm?(?:ed|ing)? [\W_]{0,3})? with
    ) (?![a-z]) (?P<mark>[\W_]{0,8}?:)?""",
    re.I | re.X,
)
_CONTINUES = re.compile(r"\s|[*<>+-]")
_PIECES = re.compile(r"[<>()\[\],;|&]|\s(?:and|with)\s", re.I)
_WRAPPING = "*`\"'.:"
_ORNAMENT = _WRAPPING + "_#~=-"


@dataclass(frozen=True, slots=True)
class _Named:
    """Somebody a trailer names. `sure` is False where the words may be no name at all."""

    identity: Identity
    sure: bool = True


def contributors(
    change: Change,
    roster: Roster,
    conventions: Conventions,
    *,
    before: Contributors = NOBODY_BEFORE,
) -> Contributors:
    """Author, committers, co-authors, pushers, whoever triggered the run or prompted the tool.

    Where login and address name two persons, both took part: in doubt, somebody may not sign.
    Whoever the roster does not know is listed by name, so that a card can say so. Tools and
    bots are no persons: they may not review anyway. Who had a part in a revision `before` this
    one still has.
    """
    directory = roster.directory
    people = set(before.people)
    strangers: dict[Identity, None] = {}
    everyone, cut = _everyone(change)
    for named in everyone:
        who = named.identity
        known = directory.everyone(who)
        namesakes = _namesakes(who, roster, conventions)
        people.update(person.id for person in (*known, *namesakes))
        unsure = not known or roster.is_namesake(who)
        if unsure and named.sure and (who.login or who.email or not namesakes):
            strangers[who] = None
    unknown = with_earlier(_listed(strangers, conventions, cut=cut), before.unknown)
    # Whom only the text of a commit names, anybody may have written there.
    vouched = any(is_person(who, conventions) for who in acting(change))
    return Contributors(
        people=frozenset(people), unknown=unknown if vouched else (*unknown, NOBODY)
    )


def by_nobody(people: Contributors) -> bool:
    """Whether no human being is known to have had a part, by name or as a stranger."""
    return not people.people and people.unknown in ((), (NOBODY,))


def takers_part(change: Change) -> Iterator[Identity]:
    """Everybody who is named as having had a part, tools and bots too."""
    return (named.identity for named in _everyone(change)[0] if named.sure)


def acting(change: Change) -> Iterator[Identity]:
    """Those whom the platform or the pipeline names, not a commit."""
    yield change.author
    yield from change.pushers
    if change.triggered_by:
        yield change.triggered_by
    if change.ai and change.ai.prompted_by:
        yield change.ai.prompted_by


def with_earlier(now: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in (*now, *before) if name not in (MORE, NOBODY)))
    cut = MORE in now or MORE in before or len(names) > STRANGERS_AT_MOST
    return (*names[:STRANGERS_AT_MOST], MORE) if cut else names


def _namesakes(who: Identity, roster: Roster, conventions: Conventions) -> tuple[Person, ...]:
    """Whom the name may mean. A tool's name in it takes nobody away: "Ada (Claude Code)" is Ada."""
    found = dict.fromkeys(
        person
        for name in names_within(who.name, conventions)
        for person in roster.directory.called(name)
    )
    return () if found and _is_a_tools(who, conventions) else tuple(found)


def _is_a_tools(who: Identity, conventions: Conventions) -> bool:
    """Whether the name is a tool's. People bear some of those: a name alone may be theirs."""
    account = who.login or who.email
    return bool(account) and not (
        is_person(who, conventions) or is_person(Identity(name=who.name), conventions)
    )


def _listed(
    strangers: Iterable[Identity], conventions: Conventions, *, cut: bool
) -> tuple[str, ...]:
    listed: dict[str, None] = {}
    for judged, who in enumerate(strangers):
        if judged == _JUDGED_AT_MOST or len(listed) > STRANGERS_AT_MOST:
            cut = True
            break
        if is_person(who, conventions):
            listed[str(who)] = None
    names = tuple(listed)[:STRANGERS_AT_MOST]
    return (*names, MORE) if cut or len(listed) > len(names) else names


def _everyone(change: Change) -> tuple[Iterable[_Named], bool]:
    """Everybody, each once, and whether there was more text than we read."""
    texts, cut = readable(texts_of(change))
    named = dict.fromkeys(_Named(identity) for identity in _identities(change))
    named.update(dict.fromkeys(who for text in texts for who in _in_trailers(text)))
    return named, cut


def _identities(change: Change) -> Iterator[Identity]:
    yield change.author
    if change.triggered_by:
        yield change.triggered_by
    yield from change.pushers
    if change.ai and change.ai.prompted_by:
        yield change.ai.prompted_by
    for commit in change.commits:
        yield from (who for who in (commit.author, commit.committer) if who != Identity())


def _in_trailers(text: str) -> Iterator[_Named]:
    """Whom the trailers name, wherever they stand, and whom the lines that carry them on."""
    goes_on = False
    for raw in all_lines(text):
        line = clean(raw)
        if found := _TRAILER.search(line):
            yield from _named(line[found.end() :], sure=bool(found["mark"]))
            goes_on = True
        elif goes_on := bool(goes_on and line and _CONTINUES.match(raw)):
            yield from _named(line, sure=False)


def _named(value: str, *, sure: bool) -> Iterator[_Named]:
    """All persons in the value of a trailer: by address, by login, or by bare name."""
    sure = sure and "@" not in value
    name, names = "", list[str]()
    for piece in _PIECES.split(value):
        words = [word.strip(_WRAPPING) for word in piece.split()]
        addresses = [word for word in words if "@" in word[1:]]
        logins = [word for word in words if word[:1] == "@" and word not in addresses]
        rest = " ".join(word for word in map(_plain, words) if word and "@" not in word)
        if name and (rest or logins):
            yield _Named(Identity(name=name), sure)
        name = rest or name
        names += [rest] if rest else []
        for address in addresses:
            yield _Named(Identity(name=name, email=address))
            if len(names) > 1:  # "Ada (some tool) <…>" is Ada
                yield _Named(Identity(name=" ".join(names), email=address))
            name = ""
            names.clear()
        yield from (_Named(Identity(login=login[1:])) for login in logins if login[1:])
    if name:
        yield _Named(Identity(name=name), sure)


def _plain(word: str) -> str:
    return word.strip(_ORNAMENT)

"""What about the people and groups of a config is wrong, or perhaps not what was meant?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from bot.cli.claims import covers, overlap
from bot.config import Config
from bot.domain.look_alikes import Alike, handle, look_alikes, mailbox
from bot.domain.people import Group, Person, Roster
from bot.domain.policy import DEFAULT, Policy

LEVEL = DEFAULT.require.level


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing to look at; `who` are ids of people or groups."""

    severity: Severity
    sentence: str
    who: tuple[str, ...]


def doubts(config: Config) -> tuple[Doubt, ...]:
    """Everything there is to say, errors first."""
    roster = config.roster
    found = [
        *_unreachable(roster),
        *_nameless(roster),
        *_twice(roster),
        *_alike(roster),
        *_homeless(roster),
        *_silent(roster),
        *_overlapping(roster),
        *_unused(roster, config.policy),
    ]
    return tuple(sorted(found, key=lambda doubt: list(Severity).index(doubt.severity)))


def _error(sentence: str, *who: str) -> Doubt:
    return Doubt(severity=Severity.ERROR, sentence=sentence, who=who)


def _warning(sentence: str, *who: str) -> Doubt:
    return Doubt(severity=Severity.WARNING, sentence=sentence, who=who)


def _unreachable(roster: Roster) -> Iterator[Doubt]:
    for person in roster.people.values():
        if not person.slack:
            yield _warning("has no Slack id, so cannot be asked", person.id)


def _nameless(roster: Roster) -> Iterator[Doubt]:
    """Nobody sees that a change is theirs: who may sign could sign their own."""
    for person in roster.people.values():
        if not (person.logins or person.emails or person.accounts):
            if _may_sign(person, roster):
                sentence = "has no login and no address, so could sign a change of their own"
                yield _error(sentence, person.id)
            else:
                yield _warning("has no login and no address, so counts as a stranger", person.id)


def _may_sign(person: Person, roster: Roster) -> bool:
    return roster.reaches(person.level, LEVEL)


def _twice(roster: Roster) -> Iterator[Doubt]:
    """One human under two ids could sign their own work."""
    people = roster.people.values()
    certain = list(_shared({it.id: map(mailbox, it.emails) for it in people}))
    for ids in certain:
        yield _error(
            "have one mailbox, so seem to be one human who could sign their own work", *ids
        )
    for ids in _shared({it.id: map(handle, (*it.logins, *it.emails)) for it in people}):
        if ids not in certain:
            yield _warning("have a login or an address that differ in dots or domain alone", *ids)


def _shared(words: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    holders: dict[str, list[str]] = {}
    for key, own in words.items():
        for word in dict.fromkeys(own):
            holders.setdefault(word, []).append(key)
    yield from dict.fromkeys(
        tuple(keys) for word, keys in holders.items() if len(keys) > 1 and word
    )


def _alike(roster: Roster) -> Iterator[Doubt]:
    """On a card and in a commit only the name is to be seen."""
    names = {person.id: person.name for person in roster.people.values()}
    for pair in look_alikes(names):
        doubt = _error if pair.how is Alike.LETTERS else _warning
        yield doubt(f"have names that are {pair.how.value}", pair.first, pair.second)
    logins = {(it.id, login): login for it in roster.people.values() for login in it.logins}
    keyed = {"\0".join(key): login for key, login in logins.items()}
    for pair in look_alikes(keyed):
        (first, _), (second, _) = pair.first.split("\0"), pair.second.split("\0")
        if first != second and pair.how is Alike.LETTERS:
            yield _warning(f"have logins that are {pair.how.value}", first, second)


def _homeless(roster: Roster) -> Iterator[Doubt]:
    members = {member for group in roster.groups.values() for member in group.members}
    for person in roster.people.values():
        if _may_sign(person, roster) and person.id not in members:
            yield _warning(f"is {person.level} and in no group, so is never asked", person.id)


def _silent(roster: Roster) -> Iterator[Doubt]:
    for group in roster.groups.values():
        members = [roster.people[member] for member in group.members]
        able = [person for person in members if _may_sign(person, roster)]
        asked = [person.id for person in able if person.slack]
        if not able:
            yield _error(f"is a group in which nobody is {LEVEL} or above: nobody signs", group.id)
        elif not asked:
            yield _error("is a group in which nobody who may sign has a Slack id", group.id)
        elif len(asked) == 1:
            sentence = f"is a group with one signer, {asked[0]}, whose own changes nobody signs"
            yield _warning(sentence, group.id)


def _overlapping(roster: Roster) -> Iterator[Doubt]:
    """Where two groups own a repository, either may sign: which may be meant, or not."""
    for one, other in combinations(roster.groups.values(), 2):
        for glob, another in _touching(one, other):
            yield _warning(_overlap(one, glob, other, another), one.id, other.id)
    for group in roster.groups.values():
        for glob, another in combinations(group.owns, 2):
            wide, narrow = (glob, another) if covers(glob, another) else (another, glob)
            if covers(wide, narrow):
                yield _warning(f"owns {narrow} twice: {wide} covers it", group.id)


def _touching(one: Group, other: Group) -> Iterator[tuple[str, str]]:
    for glob in one.owns:
        yield from ((glob, another) for another in other.owns if overlap(glob, another))


def _overlap(one: Group, glob: str, other: Group, another: str) -> str:
    if covers(glob, another):
        return f"{glob} of {one.id} covers {another} of {other.id}: either may sign there"
    if covers(another, glob):
        return f"{another} of {other.id} covers {glob} of {one.id}: either may sign there"
    return f"{glob} of {one.id} and {another} of {other.id} overlap: either may sign there"


def _unused(roster: Roster, policy: Policy) -> Iterator[Doubt]:
    """Who owns nothing answers for what nobody claims; where all is claimed, that is nothing."""
    named = {source for rule in policy.rules for source in rule.require.sources}
    named |= {group for sla in policy.slas.values() for group in sla.escalate_to}
    globs = [glob for group in roster.groups.values() for glob in group.owns]
    everything = any(set(glob) <= set("*/") for glob in globs)
    for group in roster.groups.values():
        if everything and not group.owns and not group.teams and group.id not in named:
            yield _warning("is a group that owns nothing and that no rule names", group.id)

"""Who is who? One person may have many names; rules compare persons, never names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.change import Change, Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human in the roster.

    `logins` are VCS logins and `emails` addresses, both lower case.
    """

    id: str
    name: str
    level: str
    slack: str = ""
    logins: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    timezone: str = "UTC"
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who answer for something. `owns` are globs of repositories; empty: what nobody claims."""

    id: str
    members: tuple[str, ...]
    channel: str = ""
    owns: tuple[str, ...] = ()
    slack_usergroup: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person was entitled to at one moment; kept with each review as evidence."""

    person: str
    level: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributors:
    """Everyone with a part in a change: the persons we know, and the names we do not."""

    people: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everybody we know, as configured at one moment."""

    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    levels: tuple[str, ...]

    def rank(self, level: str) -> int:
        """How high a level stands; one the roster does not list is below all others."""
        return self.levels.index(level) if level in self.levels else -1

    def reaches(self, level: str, wanted: str) -> bool:
        """Whether `level` is at least `wanted`; a level we do not list is never reached."""
        return wanted in self.levels and self.rank(level) >= self.rank(wanted)

    def name(self, person_id: str) -> str:
        """What people call them; the id of somebody who has left the roster."""
        person = self.people.get(person_id)
        return person.name if person else person_id

    def by_slack(self, user: str) -> Person | None:
        return _only(person for person in self.people.values() if user and person.slack == user)

    def everyone_named(self, identity: Identity) -> tuple[Person, ...]:
        """All persons that a login or an address fits."""
        login, email = identity.login.casefold(), _plain(identity.email)
        logins = {login, _login_in(email)} - {""}
        return tuple(
            person
            for person in self.people.values()
            if logins & person.logins or (email and email in person.emails)
        )

    def identify(self, identity: Identity) -> Person | None:
        """The person behind a name; None if nobody fits, or if login and address disagree."""
        return _only(self.everyone_named(identity))

    def standing(self, person_id: str) -> Standing | None:
        person = self.people.get(person_id)
        if person is None:
            return None
        groups = frozenset(g.id for g in self.groups.values() if person_id in g.members)
        return Standing(person=person.id, level=person.level, groups=groups)

    def owners(self, change: Change) -> tuple[str, ...]:
        """The groups that answer for the change's repository, in the order of the config."""
        claimed = tuple(
            group.id
            for group in self.groups.values()
            if any(fnmatchcase(change.repository, glob) for glob in group.owns)
        )
        return claimed or tuple(group.id for group in self.groups.values() if not group.owns)


def _only(found: Iterable[Person]) -> Person | None:
    people = tuple(found)
    return people[0] if len(people) == 1 else None


def _login_in(email: str) -> str:
    """The login in the address GitHub gives to those who hide theirs: 1234+ada@users.noreply…"""
    local, _, host = email.rpartition("@")
    return local.rpartition("+")[2] if host == "users.noreply.github.com" else ""


def _plain(email: str) -> str:
    """An address without its plus-tag, so that ada+ci@… is ada@…; providers' no-reply ids stay."""
    local, at, host = email.casefold().strip().rpartition("@")
    if not at or host.endswith("noreply.github.com"):
        return email.casefold().strip()
    return f"{local.partition('+')[0]}@{host}"

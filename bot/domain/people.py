"""Who is who? One person may have many names; rules compare persons, never names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.domain.accounts import GITHUB
from bot.domain.calendar import OFFICE, WorkingHours, working_hours
from bot.domain.change import Change, Identity
from bot.domain.lines import fold

_NUMBER = re.compile(r"\d+[-+]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human in the roster.

    `logins` are VCS logins and `emails` addresses, both lower case; `homes` says of the logins where
    they are theirs ("github:ada"; none: wherever they stand). `accounts` are the numbers behind
    them ("github:1234"): a login can be renamed, or given to somebody else. `hours`
    are their own, if they have any; else those of their `calendar`, whose days are theirs. `oidc`
    is what their OpenID Connect provider calls them.
    """

    id: str
    name: str
    level: str
    slack: str = ""
    logins: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    timezone: str = "UTC"
    hours: str = ""
    calendar: WorkingHours = OFFICE
    oidc: str = ""

    def is_called(self, login: str, at: str = "") -> bool:
        """Whether this is their login `at` these accounts; where nobody says which: at any."""
        if at and self.homes:
            return f"{at}:{login}" in self.homes
        return login != "" and login in self.logins

    def works(self, hours: str = "") -> WorkingHours:
        """When they work; `hours` go before their own."""
        return working_hours(hours or self.hours, self.timezone, self.calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who answer for something. `owns` are globs of repositories; empty: what nobody claims.

    `teams` is what CODEOWNERS calls them ("@acme/payments"); `on_call` names their rota. `digest`
    is when they get the list of what is open, by the clocks of `timezone`; empty: never.
    """

    id: str
    members: tuple[str, ...]
    channel: str = ""
    owns: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    on_call: str = ""
    slack_usergroup: str = ""
    digest: str = "09:00"
    timezone: str = "UTC"


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
    directory: Directory = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directory", Directory(self.people.values()))

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
        """All persons that a login or an address may mean, however it is written."""
        return self.directory.everyone(identity)

    def identify(self, identity: Identity) -> Person | None:
        """The person behind a name, never a guess.

        None if nobody fits to the letter, if number, login and address disagree, or if only an
        address speaks for a login we do not know: anybody may write an address.
        """
        person = _only(self.everyone_named(identity))
        return person if person and _fits(person, identity) else None

    def is_namesake(self, identity: Identity) -> bool:
        """Whether a login is all that speaks for those we know, and it is theirs somewhere else."""
        if not (identity.id and identity.login):
            return False
        by_login = self.directory.everyone(Identity(login=identity.login, id=identity.id))
        others = self.directory.everyone(Identity(email=identity.email))
        return not others and not any(_fits(person, identity) for person in by_login)

    def standing(self, person_id: str) -> Standing | None:
        person = self.people.get(person_id)
        if person is None:
            return None
        groups = frozenset(g.id for g in self.groups.values() if person_id in g.members)
        return Standing(person=person.id, level=person.level, groups=groups)

    def owners(self, change: Change) -> tuple[str, ...]:
        """The groups that answer for the change's repository, in the order of the config."""
        repository = change.repository.casefold()
        claimed = tuple(
            group.id
            for group in self.groups.values()
            if any(fnmatchcase(repository, glob.casefold()) for glob in group.owns)
        )
        return claimed or tuple(group.id for group in self.groups.values() if not group.owns)


def _only(found: Iterable[Person]) -> Person | None:
    people = tuple(found)
    return people[0] if len(people) == 1 else None


def _fits(person: Person, identity: Identity) -> bool:
    """Whether the number is theirs, or the login where it is, or the address where no login is given.

    A login whose number is another was theirs once, and is somebody else's now.
    """
    at, numbered, _ = identity.id.partition(":")
    if numbered and any(account.startswith(f"{at}:") for account in person.accounts):
        return identity.id in person.accounts
    if identity.login:
        return person.is_called(identity.login.casefold(), at)
    email = _plain(identity.email.casefold().strip())
    return email in person.emails or person.is_called(_login_in(email), GITHUB)


def _login_in(email: str) -> str:
    """The login in the address GitHub gives to those who hide theirs: 1234+ada@users.noreply…"""
    local, _, host = email.rpartition("@")
    return local.rpartition("+")[2] if host == "users.noreply.github.com" else ""


def _plain(email: str) -> str:
    """An address without its plus-tag, so that ada+ci@… is ada@…; providers' no-reply ids stay."""
    local, at, host = email.rpartition("@")
    if not at or host.endswith("noreply.github.com"):
        return email
    return f"{local.partition('+')[0]}@{host}"


class Directory:
    """Everybody by every name, as generous as can be: it is for saying who had a part.

    Too many found costs a reviewer; one too few lets somebody approve their own work.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self._accounts: dict[str, list[Person]] = {}
        self._names: dict[str, list[Person]] = {}
        for person in people:
            named = {*map(_login, person.logins), *map(_address, person.emails)}
            for account in {*named, *person.accounts} - {""}:
                self._accounts.setdefault(account, []).append(person)
            for name in {*map(_name, (person.name, person.id, *person.logins))} - {""}:
                self._names.setdefault(name, []).append(person)

    def everyone(self, identity: Identity) -> tuple[Person, ...]:
        """All persons that the number, the login or the address may mean."""
        written = {identity.login, identity.email} - {""}
        keys = (key for word in written for key in _accounts_in(word))
        return _found(self._accounts, (identity.id, *keys))

    def called(self, name: str) -> tuple[Person, ...]:
        """All persons of exactly this name, login or id, or whose page this is."""
        whole = _name(name)
        return _found(self._names, (whole, whole.rstrip("/").rpartition("/")[2].lstrip("@")))


def _found(index: Mapping[str, list[Person]], keys: Iterable[str]) -> tuple[Person, ...]:
    found = {person.id: person for key in keys for person in index.get(key, ())}
    return tuple(found.values())


def _accounts_in(word: str) -> Iterator[str]:
    """Every login and every address that a login or an address may stand for."""
    if "@" not in (login := _login(word)):
        yield from (login, login.rstrip("/").rpartition("/")[2].lstrip("@"))
        return
    address = _address(word)
    local, _, host = address.rpartition("@")
    yield from (address, address.strip("_#~*-"), f"{local.partition('+')[0]}@{host}")
    if host.startswith("users.noreply."):  # 1234+ada of GitHub, 1234-ada of GitLab
        yield from (local, local.rpartition("+")[2], _NUMBER.sub("", local, count=1))


def _login(written: str) -> str:
    return "".join(fold(written).split()).lstrip("@")


def _address(written: str) -> str:
    """An address as its owner would write it, without brackets, quotes and the like."""
    inner = fold(written).rpartition("<")[2].partition(">")[0]
    bare = "".join(inner.split()).strip("\"'").removeprefix("mailto:").replace("\u3002", ".")
    local, at, host = bare.rstrip(".").rpartition("@")
    return local.strip("\"'") + at + host.rstrip(".")


def _name(written: str) -> str:
    """A name without accents, so that both ways to write one are the same."""
    plain = fold(unicodedata.normalize("NFKD", fold(written)))
    return " ".join(plain.split()).strip("@\"'")

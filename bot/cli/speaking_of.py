"""Whose accounts do connections speak of, and can they be told apart?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bot.config import Config, Connection, GithubConnection, PlatformConnection
from bot.config.connections import accounts
from bot.domain.accounts import GITHUB, GITLAB


def notes(config: Config) -> Iterator[str]:
    """What is allowed, and perhaps not what was meant."""
    speaking: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, connection in config.connections.items():
        if (word := accounts(connection).name) and (where := _where(connection)):
            speaking[word][where].append(name)
    known = {
        it.partition(":")[0] for person in config.roster.people.values() for it in person.homes
    }
    known |= {GITHUB, GITLAB}
    for word, places in speaking.items():
        names = ", ".join(name for those in places.values() for name in those)
        if len(places) > 1:
            yield (
                f"{names} are several installations, and all speak of {word}: whoever has a "
                "login at one is taken for whoever has it at another"
            )
        if word not in known:
            yield (
                f"nobody has a login at {names}, so everybody there is a stranger: give people "
                f"`logins: {{{word}: …}}`, or the connection `accounts: github`, if they are the same"
            )


def _where(connection: Connection) -> str:
    """The installation; empty where any job may speak."""
    match connection:
        case GithubConnection():
            return connection.api_url
        case PlatformConnection():
            return connection.url or connection.kind
        case _:
            return ""

"""What does countersign.yaml say?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TypeVar

from pydantic import ValidationError

from bot.config import conventions, meaning, meaning_policy, reading
from bot.config.connections import (
    Connection,
    GithubConnection,
    PlatformConnection,
    WebhookConnection,
)
from bot.config.meaning import Config
from bot.config.mistakes import ConfigError, Mistake, Path, spoken
from bot.config.references import contradictions, empty
from bot.config.references_policy import Known, only_tightens, rules
from bot.config.rotas import AnyRota, IcalRota, PagerDutyRota
from bot.config.shape import File
from bot.config.shape_parts import Shape
from bot.config.shape_policy import RepositoryFile
from bot.config.values import NEWER, VERSION
from bot.config.view import Found, View, located
from bot.config.words import refusals, schema
from bot.domain.policy import Origin, Rule
from bot.misconfigured import Misconfigured

__all__ = [
    "AnyRota",
    "Config",
    "ConfigError",
    "Connection",
    "GithubConnection",
    "IcalRota",
    "Misconfigured",
    "Mistake",
    "PagerDutyRota",
    "PlatformConnection",
    "WebhookConnection",
    "load",
    "repository_policy",
    "schema",
]

REPOSITORY_BYTES = 64 * 1024
_MATCHES_AT_MOST, _RULES_AT_MOST = 10, 50
_TOLD_AT_MOST = 200

AnyShape = TypeVar("AnyShape", bound=Shape)


def load(text: str) -> Config:
    """Read a config; ConfigError with every mistake in it at once."""
    return meaning.config(_read(text, File, contradictions), text)


def repository_policy(text: str, config: Config) -> tuple[Rule, ...]:
    """The rules of a repository's own file; ConfigError with every mistake in it.

    They are added to the server's. Nothing in the file can loosen: it may want more, of names the
    server knows, and it knows no other words.
    """
    if len(text.encode(errors="surrogatepass")) > REPOSITORY_BYTES:
        raise ConfigError([Mistake(1, "", "a repository's own policy may have 64 KB at most")])
    known = Known(
        levels=list(config.roster.levels),
        people={person.id: person.level for person in config.roster.people.values()},
        groups={it.id: frozenset(it.members) for it in config.roster.groups.values()},
        slas=list(config.policy.slas),
        windows=[window.name for window in config.risk.windows],
        step_up=config.step_up is not None,
    )
    file = _read(text, RepositoryFile, lambda data: _of_repository(data, known))
    return tuple(meaning_policy.rules(file.rules, file.groups, Origin.REPOSITORY))


def _of_repository(data: object, known: Known) -> Found:
    """Before any pattern is compiled, which takes the longest of all: are there too many?"""
    file = View(data)
    if sum(view.name == "matches" for view in file.everything()) > _MATCHES_AT_MOST:
        said = f"a repository's own policy may hold `matches` {_MATCHES_AT_MOST} times at most"
        raise ConfigError([Mistake(1, "", said)])
    groups = [group["rules"].items() for group in file["groups"].items()]
    if len(file["rules"].items()) + sum(map(len, groups)) > _RULES_AT_MOST:
        said = f"a repository's own policy may hold {_RULES_AT_MOST} rules at most"
        raise ConfigError([Mistake(1, "", said)])
    return chain(only_tightens(file), empty(file), rules(file, known))


def _read(text: str, model: type[AnyShape], judged: Callable[[object], Found]) -> AnyShape:
    document = reading.read(text)
    mistakes = list(document.mistakes)
    version = View(document.data)["version"]
    if model is File and type(version.value) is int and version.value > VERSION:
        # What else it says need not mean what it means here.
        raise ConfigError([Mistake(document.line(version.path), spoken(version.path), NEWER)])
    if document.data is None:
        raise ConfigError(mistakes or [Mistake(1, "", "is empty")])
    disagreeing = list(islice(judged(document.data), _TOLD_AT_MOST))
    file, refused = _shaped(document.data, model)
    found: dict[Path, str] = {}
    for path, message in (*disagreeing, *islice(refused, _TOLD_AT_MOST)):
        found.setdefault(located(path, document.data), message)
    mistakes += [
        Mistake(document.line(path), spoken(path), message) for path, message in found.items()
    ]
    if mistakes or file is None:
        raise ConfigError(mistakes)
    return file


def _shaped(data: object, model: type[AnyShape]) -> tuple[AnyShape | None, Found]:
    try:
        file = model.model_validate(data)
    except ValidationError as error:
        return None, refusals(error, model)
    own = file.provenance.conventions if isinstance(file, File) else ()
    return file, _of_conventions(own)


def _of_conventions(own: tuple[conventions.Entry, ...]) -> Iterator[tuple[Path, str]]:
    for path, message in conventions.problems(own):
        yield ("provenance", "conventions", *path), message

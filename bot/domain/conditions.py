"""Under which conditions does a rule apply? The words, as a config writes them; predicates.py judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain.change import Kind
from bot.domain.globs import name_fits
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier


class Pattern(Protocol):
    """A regular expression that takes linear time; `pattern` is its text."""

    @property
    def pattern(self) -> str: ...

    def search(self, text: str, /) -> object | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Anybody with a part `below` a level, or all `at_least` of one; strangers are below all."""

    below: str = ""
    at_least: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Larger than so many lines (added and deleted together) or files; whatever is unknown is."""

    lines_over: int | None = None
    files_over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Texts of a change that a pattern has to be found in."""

    title: Pattern | None = None
    description: Pattern | None = None
    branch: Pattern | None = None
    path: Pattern | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a rule: all that are given must hold, one value of each is enough.

    `sample` is a share in ten thousandths; `all`, `any` and `none` hold conditions of their own.
    """

    environment: tuple[str, ...] = ()
    repository: tuple[str, ...] = ()
    kind: tuple[Kind, ...] = ()
    ai: tuple[AiStatus, ...] = ()
    tools: tuple[str, ...] = ()
    author_level: LevelRange | None = None
    paths: tuple[str, ...] = ()
    size: Size | None = None
    risk: tuple[RiskTier, ...] = ()
    risk_from: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    matches: Matches | None = None
    checks: tuple[str, ...] = ()
    window: tuple[str, ...] = ()
    incidents: int | None = None
    unowned: bool = False
    sample: int | None = None
    all: tuple[When, ...] = ()
    any: tuple[When, ...] = ()
    none: tuple[When, ...] = ()


def names_environment(when: When, environment: str) -> bool:
    """Whether one of its globs of environments fits, at any depth."""
    nested = (*when.all, *when.any)
    return name_fits(environment, when.environment) or any(
        names_environment(inner, environment) for inner in nested
    )


def spells_environment(when: When, environment: str) -> bool:
    """Whether it names this one in so many words, at any depth: no glob fits what somebody invents."""
    nested = (*when.all, *when.any)
    return environment.lower() in {name.lower() for name in when.environment} or any(
        spells_environment(inner, environment) for inner in nested
    )


def asks_about_environment(when: When) -> bool:
    return bool(when.environment) or any(map(asks_about_environment, (*when.all, *when.any)))

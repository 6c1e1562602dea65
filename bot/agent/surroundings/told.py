"""What may a CI tell of its run, and how is that read from its variables?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.domain.change import Identity
from bot.domain.owners import Dialect

Variables = Mapping[str, str]

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the change is to be compared with: a commit, or where a branch is.

    `said` is who says so, for people. Both empty: nobody does, and nothing is guessed. `partial`: it
    need not be what runs (only what was pushed or built before), and then what it held ships as well.
    `went_on`: it is what went on last where the change goes, so it may also be newer than the change.
    """

    sha: str = ""
    branch: str = ""
    said: str = ""
    partial: bool = False
    went_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a CI tells; whatever it does not is empty.

    `run` is the same for one attempt of one run, however often its job is started, and for no
    other. `queued`: it runs in a merge queue. `deepen` says how to get a clone with enough of the
    past.
    """

    name: str = ""
    run: str = ""
    repository: str = ""
    revision: str = ""
    branch: str = ""
    url: str = ""
    lineage: str = ""
    title: str = ""
    description: str = ""
    environment: str = ""
    labels: tuple[str, ...] = ()
    author: Identity | None = None
    triggered_by: Identity | None = None
    pushed_by: tuple[Identity, ...] = ()
    base: Base = field(default_factory=Base)
    dialect: Dialect | None = None
    queued: bool = False
    deepen: str = "clone with all of the past, or fetch the base"

    @property
    def merges(self) -> bool:
        """It runs for what is to be merged, so it is compared with where that goes."""
        return self.queued or bool(self.lineage or self.base.branch)


class Clean:
    """Variables without what no text may hold; one that is not there is empty."""

    def __init__(self, environ: Variables) -> None:
        self._environ = environ

    def __call__(self, name: str) -> str:
        raw = self._environ.get(name, "").encode("utf-8", "surrogateescape")
        return raw.decode("utf-8", "replace").strip()


def known(login: str = "", email: str = "", name: str = "", id: str = "") -> Identity | None:
    """Somebody who can be looked up: a name alone identifies nobody."""
    return Identity(login=login, email=email, name=name, id=id) if login or email else None


def commit(sha: str, said: str, *, partial: bool = False) -> Base:
    """None where it is spelt with zeros: so they all write "there is none"."""
    there = _SHA.fullmatch(sha) and sha.strip("0")
    return Base(sha=sha, said=said, partial=partial) if there else Base()


def branch(name: str, said: str) -> Base:
    return Base(branch=name.removeprefix("refs/heads/"), said=said) if name else Base()


def dialect_of(address: str) -> Dialect | None:
    """Whose rules CODEOWNERS is read by, where the name of the host says it."""
    host = (urlsplit(address).hostname if "://" in address else address.partition(":")[0]) or ""
    return next((dialect for dialect in Dialect if dialect.value in host), None)

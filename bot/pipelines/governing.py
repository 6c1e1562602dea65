"""What do the files say that govern a change: CODEOWNERS, and the repository's own policy?

Of the base, which the change cannot write; where it touches such a file, of what ships as well.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.domain.change import Ownership
from bot.domain.owners import LOCATIONS, Dialect
from bot.pipelines.owning import owned
from bot.pipelines.platform import Unreadable
from bot.ports import Undelivered

LONGEST_POLICY = 65_536

NO_POLICY = "cannot be read"
"""Stands for a policy we could not read: no reader takes it for one."""

log = logging.getLogger(__name__)


class Unknown(Exception):
    """There may be a file, and we cannot read it."""


def governing(
    base: str, sha: str, places: Iterable[str], known: tuple[str, ...] | None
) -> tuple[str, ...]:
    """The revisions whose file counts: the base and, where it may be touched, what ships.

    `known` are all the paths of the change; None: there may be more.
    """
    touched = known is None or not set(places).isdisjoint(known)
    return (base, sha) if touched else (base,)


def text_of(encoded: str, size: int) -> str:
    """A file that comes in base64. Raises ValueError."""
    content = base64.b64decode(encoded)
    if len(content) != size:
        raise ValueError("not as long as the platform says")
    return content.decode("utf-8-sig")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoverningFiles:
    """Of one repository; `where` says to people which. Of CODEOWNERS the first that is there counts, of
    `policy_files` all: a second one cannot put the first aside.

    `read` gives what is at a path of a revision, and None where nothing is. It raises Unreadable or
    ValueError where there may be something, Undelivered or Unreachable where nobody knows.
    """

    where: str
    dialect: Dialect
    policy_files: tuple[str, ...]
    read: Callable[[str, str], Awaitable[str | None]]

    async def owners(
        self, revisions: Iterable[str], paths: tuple[str, ...]
    ) -> tuple[Ownership, ...] | None:
        """Who owns `paths` by any of these revisions. None: it cannot be known.

        Raises Undelivered or Unreachable where asking again may help.
        """
        try:
            texts = [await self._codeowners(revision) for revision in revisions]
        except Unknown as problem:
            log.warning("owners in %s are unknown: %s", self.where, problem)
            return None
        found = [text for text in texts if text is not None]
        return await asyncio.to_thread(owned, found, self.dialect, paths)

    async def policies(self, revisions: Iterable[str]) -> tuple[str, ...]:
        """What these revisions hold of it, each text once. Raises Undelivered or Unreachable.

        One that cannot be read might ask for more than we know: it is handed on as a text that is
        no policy, so that a senior has to sign.
        """
        found: dict[str, None] = {}
        for revision in revisions:
            for path in self.policy_files:
                try:
                    text = await self._text(path, revision)
                except Unknown as problem:
                    log.warning("a policy in %s is unknown: %s", self.where, problem)
                    text = NO_POLICY
                if text is not None:
                    found[text if len(text) <= LONGEST_POLICY else NO_POLICY] = None
        return tuple(found)

    async def _codeowners(self, revision: str) -> str | None:
        for path in LOCATIONS[self.dialect]:
            text = await self._text(path, revision)
            if text is not None:
                return text
        return None

    async def _text(self, path: str, revision: str) -> str | None:
        """None: there is no such file. Raises Unknown, or Undelivered or Unreachable for now."""
        try:
            return await self.read(path, revision)
        except (Unreadable, ValueError) as error:
            raise Unknown(f"{path} at {revision[:12]} cannot be read") from error
        except Undelivered as refused:
            if refused.final:
                raise Unknown(f"{path} at {revision[:12]} cannot be read: {refused}") from refused
            raise

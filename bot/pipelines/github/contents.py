"""What do the files say that govern a change: CODEOWNERS, and the repository's own policy?

Of the base, which the change cannot write; where it touches such a file, of its head as well.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bot.domain.change import Ownership
from bot.domain.owners import LARGEST, LOCATIONS, Dialect
from bot.pipelines.github.api import NotThere
from bot.pipelines.github.questions import Questions, Unreadable
from bot.pipelines.owning import owned
from bot.pipelines.told import Sha
from bot.ports import Undelivered

CODEOWNERS = LOCATIONS[Dialect.GITHUB]
"""The first that is there counts."""

POLICIES = (".github/.countersign.yaml", ".countersign.yaml")
"""All that are there count: a second one cannot put the first aside."""

LONGEST_POLICY = 65_536

NO_POLICY = "cannot be read"
"""Stands for a policy we could not read: no reader takes it for one."""

log = logging.getLogger(__name__)


class Unknown(Exception):
    """There may be a file, and we cannot read it."""


class Content(BaseModel):
    """Of a larger file GitHub gives no content here, but the number of its blob."""

    type: Literal["file"]
    sha: Sha
    size: Annotated[int, Field(ge=0, le=LARGEST)]
    encoding: str = ""
    content: str = ""


class Blob(BaseModel):
    encoding: Literal["base64"]
    content: str


async def owners(
    questions: Questions, revisions: Iterable[str], paths: tuple[str, ...]
) -> tuple[Ownership, ...] | None:
    """Who owns `paths` by any of these revisions. None: it cannot be known.

    Raises Undelivered or Unreachable where asking again may help.
    """
    try:
        texts = [await _first(questions, revision) for revision in revisions]
    except Unknown as problem:
        log.warning("owners in %s are unknown: %s", questions.access.repository, problem)
        return None
    found = [text for text in texts if text is not None]
    return await asyncio.to_thread(owned, found, Dialect.GITHUB, paths)


async def policies(questions: Questions, revisions: Iterable[str]) -> tuple[str, ...]:
    """What these revisions hold of it, each text once. Raises Undelivered or Unreachable.

    One that cannot be read might ask for more than we know: it is handed on as a text that is no
    policy, so that a senior has to sign.
    """
    found: dict[str, None] = {}
    for revision in revisions:
        for path in POLICIES:
            try:
                text = await _text(questions, path, revision)
            except Unknown as problem:
                log.warning("a policy in %s is unknown: %s", questions.access.repository, problem)
                text = NO_POLICY
            if text is not None:
                found[text if len(text) <= LONGEST_POLICY else NO_POLICY] = None
    return tuple(found)


async def _first(questions: Questions, revision: str) -> str | None:
    for path in CODEOWNERS:
        text = await _text(questions, path, revision)
        if text is not None:
            return text
    return None


async def _text(questions: Questions, path: str, revision: str) -> str | None:
    """None: there is no such file. Raises Unknown, or Undelivered or Unreachable for now."""
    try:
        return await _read(questions, path, revision)
    except NotThere:
        return None
    except (Unreadable, ValueError) as error:
        raise Unknown(f"{path} at {revision[:12]} cannot be read") from error
    except Undelivered as refused:
        if refused.final:
            raise Unknown(f"{path} at {revision[:12]} cannot be read: {refused}") from refused
        raise


async def _read(questions: Questions, path: str, revision: str) -> str:
    found = await questions.one(Content, f"/contents/{path}?ref={revision}")
    encoded = found.content if found.encoding == "base64" else await _blob(questions, found.sha)
    content = base64.b64decode(encoded)
    if len(content) != found.size:
        raise ValueError("not as long as GitHub says")
    return content.decode("utf-8-sig")


async def _blob(questions: Questions, sha: str) -> str:
    try:
        return (await questions.one(Blob, f"/git/blobs/{sha}")).content
    except NotThere as gone:
        raise ValueError("its blob is gone") from gone

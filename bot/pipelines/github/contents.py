"""How are the files of a repository read that govern a change?"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bot.domain.owners import LARGEST, LOCATIONS, POLICIES, Dialect
from bot.pipelines.github.questions import Questions
from bot.pipelines.github.refusals import NotThere
from bot.pipelines.governing import GoverningFiles, text_of
from bot.pipelines.told import Sha

CODEOWNERS = LOCATIONS[Dialect.GITHUB]
POLICY_FILES = POLICIES[Dialect.GITHUB]


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


def governing_files(questions: Questions) -> GoverningFiles:
    return GoverningFiles(
        where=questions.access.repository,
        dialect=Dialect.GITHUB,
        policy_files=POLICY_FILES,
        read=partial(_text, questions),
    )


async def _text(questions: Questions, path: str, revision: str) -> str | None:
    """None: there is no such file. Raises ValueError, Undelivered or Unreachable."""
    try:
        found = await questions.one(Content, f"/contents/{path}?ref={revision}")
    except NotThere:
        return None
    encoded = found.content if found.encoding == "base64" else await _blob(questions, found.sha)
    return text_of(encoded, found.size)


async def _blob(questions: Questions, sha: str) -> str:
    try:
        return (await questions.one(Blob, f"/git/blobs/{sha}")).content
    except NotThere as gone:
        raise ValueError("its blob is gone") from gone

"""Which files only moved, with the content they had?

GitHub says no more of them than of a binary file that moved and changed: so the old name is looked
up in the base, folder by folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from pydantic import BaseModel

from bot.pipelines.github.entries import FileEntry
from bot.pipelines.github.questions import Questions
from bot.pipelines.platform import Unreadable
from bot.ports import Undelivered

MOST_FOLDERS = 10


class Listed(BaseModel):
    """What a folder holds; `sha` names its content."""

    path: str
    type: str
    sha: str | None = None


async def unchanged(
    questions: Questions, entries: Sequence[FileEntry], base: str
) -> frozenset[str]:
    """The new paths of those that `base` holds alike. Raises Undelivered or Unreachable.

    What GitHub refuses for good, and what lies in further folders, is left out.
    """
    moved = [it for it in entries if it.only_moved and it.legible]
    folders = Counter(_folder(it.previous_filename or "") for it in moved)
    before: dict[str, str | None] = {}
    for folder, _ in folders.most_common(MOST_FOLDERS):
        listed = await _listed(questions, folder, base)
        before.update({it.path: it.sha for it in listed if it.type == "file"})
    alike = (it for it in moved if it.sha and before.get(it.previous_filename or "") == it.sha)
    return frozenset(it.filename for it in alike)


async def _listed(questions: Questions, folder: str, base: str) -> Sequence[Listed]:
    try:
        return await questions.several(Listed, f"/contents/{quote(folder)}?ref={base}")
    except Unreadable:
        return ()
    except Undelivered as refused:
        if refused.final:
            return ()
        raise


def _folder(path: str) -> str:
    return path.rpartition("/")[0]

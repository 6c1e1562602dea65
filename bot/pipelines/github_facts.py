"""What does GitHub itself say about a commit that is to be deployed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.change import Commit, FileChange, Identity
from bot.pipelines.github_api import Access, GitHubApp
from bot.pipelines.github_payloads import CommitEntry, FileEntry, PullRequest, Run, best
from bot.ports import Undelivered

PER_PAGE = 100
MOST_COMMITS = 250  # GitHub lists no more of a pull request, and does not say so
MOST_FILES = 3_000
LONGEST_TITLE = 500

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we found; `pull` is None where the commit belongs to no pull request."""

    pull: PullRequest | None
    title: str
    description: str
    author: Identity
    commits: tuple[Commit, ...]
    commits_complete: bool
    files: tuple[FileChange, ...]
    files_complete: bool


async def facts(app: GitHubApp, access: Access, sha: str) -> Facts:
    """Asks for the pull request, its commits and files. Raises Undelivered or Unreachable."""
    repository = f"/repos/{access.repository}"
    listed = await app.get(access, f"{repository}/commits/{sha}/pulls?per_page={PER_PAGE}")
    chosen = best(_models(PullRequest, listed), sha)
    if chosen is None:
        return _of_commit(_model(CommitEntry, await app.get(access, f"{repository}/commits/{sha}")))
    path = f"{repository}/pulls/{chosen.number}"
    pull = _model(PullRequest, await app.get(access, path))
    commits = await _pages(app, access, f"{path}/commits", CommitEntry, MOST_COMMITS)
    files = await _pages(app, access, f"{path}/files", FileEntry, MOST_FILES)
    return Facts(
        pull=pull,
        title=_title(pull.title, sha),
        description=pull.body or "",
        author=pull.user.identity() if pull.user else Identity(),
        commits=tuple(entry.to_commit() for entry in commits),
        commits_complete=_complete(len(commits), pull.commits, MOST_COMMITS) and pull.ships(sha),
        files=tuple(entry.file() for entry in files),
        # A commit in its midst may hold what a later one took back.
        files_complete=(_complete(len(files), pull.changed_files, MOST_FILES) and pull.ships(sha)),
    )


async def run_attempt(app: GitHubApp, access: Access, run_id: str) -> int:
    """How often the run was started by now. Raises Undelivered or Unreachable."""
    said = await app.get(access, f"/repos/{access.repository}/actions/runs/{run_id}")
    return _model(Run, said).run_attempt


def _of_commit(entry: CommitEntry) -> Facts:
    """Without a pull request nobody says which commits before this one ship with it."""
    commit = entry.to_commit()
    return Facts(
        pull=None,
        title=_title(commit.message, entry.sha),
        description=commit.message,
        author=commit.author,
        commits=(commit,),
        commits_complete=False,
        files=tuple(file.file() for file in entry.files or ()),
        files_complete=False,
    )


async def _pages(
    app: GitHubApp, access: Access, path: str, model: type[_Model], most: int
) -> list[_Model]:
    """All entries GitHub lists, page by page; its own links to further pages are not followed."""
    found: list[_Model] = []
    for page in range(1, -(-most // PER_PAGE) + 1):
        listed = await app.get(access, f"{path}?per_page={PER_PAGE}&page={page}")
        entries = _models(model, listed)
        found.extend(entries)
        if len(entries) < PER_PAGE:
            break
    return found


def _complete(found: int, stated: int | None, most: int) -> bool:
    return found < most and (stated is None or found >= stated)


def _title(text: str, sha: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:LONGEST_TITLE] if lines else f"Commit {sha[:12]}"


def _models(model: type[_Model], said: Any) -> Sequence[_Model]:
    if not isinstance(said, list):
        raise Undelivered("GitHub's answer cannot be read: a list was expected")
    return [_model(model, item) for item in said]


def _model(model: type[_Model], said: Any) -> _Model:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise Undelivered(f"GitHub's {model.__name__} cannot be read") from error

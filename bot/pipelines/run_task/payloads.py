"""What does HCP Terraform say when a run comes to a run task, as far as we read it?

Tolerant on purpose: what it adds is no business of ours.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.domain.change import Identity
from bot.pipelines.told import Text, first_line

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_ID = r"^[A-Za-z0-9_-]+$"
_TOKEN = r"^[!-~]+$"  # noqa: S105 - what one looks like

FORMATS = {
    _NAME: "must be a name of letters, digits, _, . and -",
    _ID: "must be an id of letters, digits, _ and -",
    _TOKEN: "must be a token",
}

LONGEST_MESSAGE = 65_536

_COMMIT = re.compile(r"https?://[!-~]{1,1000}/commits?/([0-9a-f]{40}|[0-9a-f]{64})/?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")


Name = Annotated[str, StringConstraints(max_length=90, pattern=_NAME)]
Id = Annotated[str, StringConstraints(max_length=100, pattern=_ID)]
Line = Annotated[Text, StringConstraints(max_length=2_048)]
Message = Annotated[Text, StringConstraints(max_length=LONGEST_MESSAGE)]


class RunAtTask(BaseModel):
    """A run that waits for our word, or tells of its plan."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    stage: str
    access_token: Annotated[str, StringConstraints(pattern=_TOKEN, max_length=16_384)]
    is_speculative: bool = False
    organization_name: Name
    workspace_name: Name
    run_id: Id
    run_app_url: Line = ""
    run_message: Message = ""
    run_created_by: Line = ""
    plan_json_api_url: Line = ""
    task_result_id: Id
    task_result_callback_url: Line
    vcs_repo_url: Line = ""
    vcs_branch: Line = ""
    vcs_commit_url: Line = ""

    @property
    def commit(self) -> str:
        """The commit it was made of; empty where no VCS is connected."""
        found = _COMMIT.fullmatch(self.vcs_commit_url)
        return found[1] if found else ""

    @property
    def repository(self) -> str:
        """Of the code; where no VCS is connected, the workspace with its organisation."""
        return self._code() or f"{self.organization_name}/{self.workspace_name}"

    @property
    def title(self) -> str:
        return first_line(self.run_message) or f"Run {self.run_id}"

    @property
    def who(self) -> Identity:
        """Whoever began the run: who wrote it is not said."""
        return Identity(login=self.run_created_by)

    def _code(self) -> str:
        try:
            steps = urlsplit(self.vcs_repo_url).path.strip("/").removesuffix(".git")
        except ValueError:
            return ""
        fits = _REPOSITORY.fullmatch(steps) and len(steps) <= 200
        return steps if fits and not {".", ".."} & set(steps.split("/")) else ""

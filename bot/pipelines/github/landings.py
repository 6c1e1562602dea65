"""What came of a job that was let go on? A deployment's last state tells."""

from __future__ import annotations

from bot.pipelines.github.payloads import Landed, Repository
from bot.pipelines.told import one_line, what
from bot.ports import Landing

ENDED = {"success": True, "failure": False, "error": False}
"""States of a deployment that are its last; whether it succeeded."""


def landing(connection: str, landed: Landed) -> Landing | None:
    """None until it has ended. Without a `key` where no job could have asked us about it."""
    run, status = landed.workflow_run, landed.deployment_status
    if status.state not in ENDED:
        return None
    asked = run is not None and landed.environment
    attempt = (str(run.id), run.run_attempt) if run else ("", 1)
    return Landing(
        connection=connection,
        key=key(landed.repository, *attempt, landed.environment) if asked else "",
        succeeded=ENDED[status.state],
        detail=one_line(status.description or ""),
        what=what(
            landed.deployment.sha, landed.repository.full_name, landed.deployment.environment
        ),
        environment=one_line(landed.deployment.environment),
    )


def key(repository: Repository, run_id: str, attempt: int, environment: str) -> str:
    """One for each attempt of a run, and each environment it asks for."""
    run = run_id if attempt == 1 else f"{run_id}.{attempt}"
    return f"{repository.id}/{run}/{environment}"

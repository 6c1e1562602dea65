"""What came of a job that was let go on? A deployment's last state tells."""

from __future__ import annotations

from bot.pipelines.github.payloads import Landed, Repository
from bot.ports import Landing

ENDED = {"success": True, "failure": False, "error": False}
"""States of a deployment that are its last; whether it succeeded."""

LONGEST_DETAIL = 200


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
        what=what(landed),
        environment=one_line(landed.deployment.environment),
    )


def key(repository: Repository, run_id: str, attempt: int, environment: str) -> str:
    """One for each attempt of a run, and each environment it asks for."""
    run = run_id if attempt == 1 else f"{run_id}.{attempt}"
    return f"{repository.id}/{run}/{environment}"


def what(landed: Landed) -> str:
    """ "4f4f… of acme/payments-api to production", for the log."""
    shipped = landed.deployment
    revision = one_line(shipped.sha)[:40] or "something"
    place = one_line(shipped.environment) or "no environment"
    return f"{revision} of {landed.repository.full_name} to {place}"


def one_line(text: str) -> str:
    """Without what nobody sees, and no longer than people read."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(seen.split())[:LONGEST_DETAIL].rstrip()

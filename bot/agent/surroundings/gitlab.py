"""What does GitLab CI tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Clean, Surroundings, commit, known
from bot.domain.owners import Dialect


def told(of: Clean) -> Surroundings:
    request = of("CI_MERGE_REQUEST_IID")
    project = of("CI_PROJECT_URL")
    base = commit(of("CI_MERGE_REQUEST_DIFF_BASE_SHA"), "CI_MERGE_REQUEST_DIFF_BASE_SHA")
    if not request:
        base = commit(of("CI_COMMIT_BEFORE_SHA"), "the push before", partial=True)
    number = of("GITLAB_USER_ID") if of("CI_SERVER_HOST") == "gitlab.com" else ""
    return Surroundings(
        name="GitLab CI",
        run=f"gitlab/{of('CI_PROJECT_PATH')}/{of('CI_JOB_ID')}" if of("CI_JOB_ID") else "",
        repository=of("CI_PROJECT_PATH"),
        revision=of("CI_COMMIT_SHA"),
        branch=of("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or of("CI_COMMIT_REF_NAME"),
        url=f"{project}/-/merge_requests/{request}" if request else of("CI_JOB_URL"),
        lineage=f"merge_requests/{request}" if request else "",
        title=of("CI_MERGE_REQUEST_TITLE"),
        environment=of("CI_ENVIRONMENT_NAME"),
        labels=tuple(filter(None, of("CI_MERGE_REQUEST_LABELS").split(","))),
        triggered_by=known(
            login=of("GITLAB_USER_LOGIN"),
            email=of("GITLAB_USER_EMAIL"),
            name=of("GITLAB_USER_NAME"),
            id=f"gitlab:{number}" if number else "",
        ),
        base=base,
        dialect=Dialect.GITLAB,
        deepen='`GIT_DEPTH: "0"` among the variables of the job',
    )

"""What does Azure Pipelines tell of its run?"""

from __future__ import annotations

import re

from bot.agent.surroundings.told import Clean, Surroundings, branch, dialect_of, known


def told(of: Clean) -> Surroundings:
    build = of("BUILD_BUILDID")
    attempt = f"{of('SYSTEM_STAGEATTEMPT') or '1'}.{of('SYSTEM_JOBATTEMPT') or '1'}"
    request = of("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER") or of("SYSTEM_PULLREQUEST_PULLREQUESTID")
    repository, project = of("BUILD_REPOSITORY_NAME"), of("SYSTEM_TEAMPROJECT")
    whole = repository if "/" in repository else f"{project}/{repository}" if repository else ""
    run = f"{of('SYSTEM_COLLECTIONURI')}{project}/_build/results?buildId={build}"
    return Surroundings(
        name="Azure Pipelines",
        run=f"azure/{of('SYSTEM_TEAMPROJECTID') or project}/{build}/{attempt}" if build else "",
        repository=re.sub(r"[^A-Za-z0-9_./-]", "-", whole),
        revision=of("BUILD_SOURCEVERSION"),
        branch=(of("SYSTEM_PULLREQUEST_SOURCEBRANCH") or of("BUILD_SOURCEBRANCH")).removeprefix(
            "refs/heads/"
        ),
        url=run.replace(" ", "%20"),
        lineage=f"pull/{request}" if request else "",
        environment=of("ENVIRONMENT_NAME"),
        triggered_by=known(email=of("BUILD_REQUESTEDFOREMAIL"), name=of("BUILD_REQUESTEDFOR")),
        base=branch(of("SYSTEM_PULLREQUEST_TARGETBRANCH"), "SYSTEM_PULLREQUEST_TARGETBRANCH"),
        dialect=dialect_of(of("BUILD_REPOSITORY_URI")),
        deepen="`checkout: self` with `fetchDepth: 0`",
    )

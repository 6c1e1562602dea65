"""What does Bitbucket Pipelines tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Base, Clean, Surroundings, branch


def told(of: Clean) -> Surroundings:
    request, repository = of("BITBUCKET_PR_ID"), of("BITBUCKET_REPO_FULL_NAME")
    base = branch(of("BITBUCKET_PR_DESTINATION_BRANCH"), "BITBUCKET_PR_DESTINATION_BRANCH")
    number, attempt = of("BITBUCKET_BUILD_NUMBER"), of("BITBUCKET_STEP_RUN_NUMBER") or "1"
    run = f"https://bitbucket.org/{repository}/pipelines/results/{number}"
    return Surroundings(
        name="Bitbucket Pipelines",
        run=f"bitbucket/{repository}/{number}/{attempt}" if number else "",
        repository=repository,
        revision=of("BITBUCKET_COMMIT"),
        branch=of("BITBUCKET_BRANCH"),
        url=f"https://bitbucket.org/{repository}/pull-requests/{request}" if request else run,
        lineage=f"pull/{request}" if request else "",
        environment=of("BITBUCKET_DEPLOYMENT_ENVIRONMENT"),
        base=base if request else Base(),
        deepen="`clone: {depth: full}`",
    )

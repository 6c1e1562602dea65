"""What does CircleCI tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Clean, Surroundings, dialect_of, known
from bot.gitlog import owner_and_name


def told(of: Clean) -> Surroundings:
    request = of("CIRCLE_PULL_REQUEST")
    number = request.rpartition("/")[2]
    owner, name = of("CIRCLE_PROJECT_USERNAME"), of("CIRCLE_PROJECT_REPONAME")
    workflow = of("CIRCLE_WORKFLOW_ID")
    return Surroundings(
        name="CircleCI",
        run=f"circleci/{workflow}" if workflow else "",
        repository=f"{owner}/{name}"
        if owner and name
        else owner_and_name(of("CIRCLE_REPOSITORY_URL")),
        revision=of("CIRCLE_SHA1"),
        branch=of("CIRCLE_BRANCH"),
        url=request or of("CIRCLE_BUILD_URL"),
        lineage=f"pull/{number}" if number else "",
        triggered_by=known(login=of("CIRCLE_USERNAME")),
        dialect=dialect_of(of("CIRCLE_REPOSITORY_URL")),
        deepen="`checkout: {method: full}`",
    )

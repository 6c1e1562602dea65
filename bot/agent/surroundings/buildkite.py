"""What does Buildkite tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Base, Clean, Surroundings, branch, dialect_of, known
from bot.gitlog import owner_and_name


def told(of: Clean) -> Surroundings:
    """A step that is tried again is in the same build, and waits at the same gate."""
    request = of("BUILDKITE_PULL_REQUEST").removeprefix("false")
    base = branch(of("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "BUILDKITE_PULL_REQUEST_BASE_BRANCH")
    build = of("BUILDKITE_BUILD_ID")
    return Surroundings(
        name="Buildkite",
        run=f"buildkite/{build}" if build else "",
        repository=owner_and_name(of("BUILDKITE_REPO")),
        revision=of("BUILDKITE_COMMIT"),
        branch=of("BUILDKITE_BRANCH"),
        url=of("BUILDKITE_BUILD_URL"),
        lineage=f"pull/{request}" if request else "",
        triggered_by=known(
            email=of("BUILDKITE_BUILD_CREATOR_EMAIL"), name=of("BUILDKITE_BUILD_CREATOR")
        ),
        base=base if request else Base(),
        dialect=dialect_of(of("BUILDKITE_REPO")),
        deepen="no `--depth` in BUILDKITE_GIT_CLONE_FLAGS",
    )

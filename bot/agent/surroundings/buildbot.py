"""What does Buildbot tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Clean, Surroundings, dialect_of
from bot.gitlog import owner_and_name


def told(of: Clean) -> Surroundings:
    """Buildbot sets no variables of its own: these are those of docs/pipelines/any-ci.md."""
    builder, number = of("BUILDBOT_BUILDERNAME"), of("BUILDBOT_BUILDNUMBER")
    return Surroundings(
        name="Buildbot",
        run=f"buildbot/{builder}/{number}" if number else "",
        repository=owner_and_name(of("BUILDBOT_REPOSITORY")),
        revision=of("BUILDBOT_GOT_REVISION") or of("BUILDBOT_REVISION"),
        branch=of("BUILDBOT_BRANCH"),
        url=of("BUILDBOT_URL"),
        dialect=dialect_of(of("BUILDBOT_REPOSITORY")),
        deepen='the Git step with `mode="full"` and without `shallow`',
    )

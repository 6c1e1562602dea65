"""In which CI does this run, and what does it say of its run: by its documented variables?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.agent.surroundings import (
    azure,
    bitbucket,
    buildbot,
    buildkite,
    circleci,
    github,
    gitlab,
    jenkins,
)
from bot.agent.surroundings.told import Base, Clean, Surroundings, Variables

__all__ = ["Base", "Surroundings", "Variables", "surroundings"]

_MARKS: Mapping[str, Callable[[Clean], Surroundings]] = {
    "GITHUB_ACTIONS": github.told,
    "GITLAB_CI": gitlab.told,
    "BUILDKITE": buildkite.told,
    "CIRCLECI": circleci.told,
    "TF_BUILD": azure.told,
    "BITBUCKET_BUILD_NUMBER": bitbucket.told,
    "BUILDBOT_BUILDNUMBER": buildbot.told,
    "JENKINS_URL": jenkins.told,
}
"""The variable by which each is known. Jenkins stands last: its agents may run inside another."""


def surroundings(environ: Variables) -> Surroundings:
    """Of the CI whose mark is there; outside of all of them everything is empty."""
    for mark, found in _MARKS.items():
        if environ.get(mark):
            return found(Clean(environ))
    return Surroundings()

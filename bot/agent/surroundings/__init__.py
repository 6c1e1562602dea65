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

__all__ = ["Base", "Surroundings", "Variables", "marks", "surroundings"]

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


def marks(environ: Variables) -> list[str]:
    """Of all the CIs that this may be. Of several it is not known which of them tells the truth."""
    return [mark for mark in _MARKS if environ.get(mark)]


def surroundings(environ: Variables) -> Surroundings:
    """Of the CI whose mark is there; outside of all of them everything is empty."""
    mark = next(iter(marks(environ)), None)
    return _MARKS[mark](Clean(environ)) if mark else Surroundings()

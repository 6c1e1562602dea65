"""In which CI does this run, and what does it say of its run: by its documented variables?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.agent import github
from bot.domain.change import Identity
from bot.domain.owners import Dialect
from bot.gitlog import owner_and_name

Variables = Mapping[str, str]

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the change is to be compared with: a commit, or where a branch is.

    `said` is who says so, for people. Both empty: nobody does, and nothing is guessed. `pushed`: it is
    only what was pushed before; that need not run, and then what it held ships as well.
    """

    sha: str = ""
    branch: str = ""
    said: str = ""
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a CI tells; whatever it does not is empty.

    `run` is the same for one attempt of one run, however often its job is started, and for no
    other. `deepen` says how to get a clone with enough of the past.
    """

    name: str = ""
    run: str = ""
    repository: str = ""
    revision: str = ""
    branch: str = ""
    url: str = ""
    lineage: str = ""
    title: str = ""
    description: str = ""
    environment: str = ""
    labels: tuple[str, ...] = ()
    author: Identity | None = None
    triggered_by: Identity | None = None
    pushed_by: tuple[Identity, ...] = ()
    base: Base = field(default_factory=Base)
    dialect: Dialect | None = None
    deepen: str = "clone with all of the past, or fetch the base"


def surroundings(environ: Variables) -> Surroundings:
    """Of the CI whose mark is there; outside of all of them everything is empty."""
    for mark, found in _MARKS.items():
        if environ.get(mark):
            return found(_Clean(environ))
    return Surroundings()


class _Clean:
    """Variables without what no text may hold; one that is not there is empty."""

    def __init__(self, environ: Variables) -> None:
        self._environ = environ

    def __call__(self, name: str) -> str:
        raw = self._environ.get(name, "").encode("utf-8", "surrogateescape")
        return raw.decode("utf-8", "replace").strip()


def known(login: str = "", email: str = "", name: str = "", id: str = "") -> Identity | None:
    """Somebody who can be looked up: a name alone identifies nobody."""
    return Identity(login=login, email=email, name=name, id=id) if login or email else None


def _commit(sha: str, said: str, *, pushed: bool = False) -> Base:
    """None where it is spelt with zeros: so they all write "there is none"."""
    known = _SHA.fullmatch(sha) and sha.strip("0")
    return Base(sha=sha, said=said, pushed=pushed) if known else Base()


def _branch(name: str, said: str) -> Base:
    return Base(branch=name.removeprefix("refs/heads/"), said=said) if name else Base()


def _dialect(address: str) -> Dialect | None:
    """Whose rules CODEOWNERS is read by, where the name of the host says it."""
    host = (urlsplit(address).hostname if "://" in address else address.partition(":")[0]) or ""
    return next((dialect for dialect in Dialect if dialect.value in host), None)


def _of_github(of: _Clean) -> Surroundings:
    told = github.event(of("GITHUB_EVENT_PATH"), of("GITHUB_EVENT_NAME"))
    public = of("GITHUB_SERVER_URL") == "https://github.com"
    starter = of("GITHUB_TRIGGERING_ACTOR") or of("GITHUB_ACTOR")
    number = of("GITHUB_ACTOR_ID") if public and starter == of("GITHUB_ACTOR") else ""
    run = f"{of('GITHUB_REPOSITORY')}/{of('GITHUB_RUN_ID')}"
    address = f"{of('GITHUB_SERVER_URL')}/{of('GITHUB_REPOSITORY')}/actions/runs"
    return Surroundings(
        name="GitHub Actions",
        run=f"github/{run}/{of('GITHUB_RUN_ATTEMPT') or '1'}" if of("GITHUB_RUN_ID") else "",
        repository=of("GITHUB_REPOSITORY"),
        revision=of("GITHUB_SHA"),
        branch=of("GITHUB_HEAD_REF") or of("GITHUB_REF_NAME"),
        url=told.url or f"{address}/{of('GITHUB_RUN_ID')}",
        lineage=told.lineage,
        title=told.title,
        description=told.description,
        labels=told.labels,
        author=told.author(public=public),
        triggered_by=known(login=starter, id=f"github:{number}" if number else ""),
        pushed_by=told.pushers(public=public),
        base=_commit(told.base, told.base_said, pushed=told.pushed),
        dialect=Dialect.GITHUB,
        deepen="actions/checkout with `fetch-depth: 0`",
    )


def _of_gitlab(of: _Clean) -> Surroundings:
    request = of("CI_MERGE_REQUEST_IID")
    project = of("CI_PROJECT_URL")
    base = _commit(of("CI_MERGE_REQUEST_DIFF_BASE_SHA"), "CI_MERGE_REQUEST_DIFF_BASE_SHA")
    if not request:
        base = _commit(of("CI_COMMIT_BEFORE_SHA"), "the push before", pushed=True)
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


def _of_jenkins(of: _Clean) -> Surroundings:
    request = of("CHANGE_ID")
    base = _branch(of("CHANGE_TARGET"), "CHANGE_TARGET")
    if not request:
        said = "GIT_PREVIOUS_SUCCESSFUL_COMMIT"
        base = _commit(of(said), f"the last build that went well, {said}")
    number = of("BUILD_NUMBER")
    return Surroundings(
        name="Jenkins",
        run=f"jenkins/{of('JOB_NAME')}/{number}" if number else "",
        repository=owner_and_name(of("GIT_URL")),
        revision=of("GIT_COMMIT"),
        branch=of("CHANGE_BRANCH") or of("BRANCH_NAME") or of("GIT_BRANCH").removeprefix("origin/"),
        url=of("CHANGE_URL") or of("BUILD_URL"),
        lineage=f"pull/{request}" if request else "",
        title=of("CHANGE_TITLE"),
        author=known(login=of("CHANGE_AUTHOR"), email=of("CHANGE_AUTHOR_EMAIL")),
        triggered_by=known(login=of("BUILD_USER_ID"), email=of("BUILD_USER_EMAIL")),
        base=base,
        dialect=_dialect(of("GIT_URL")),
        deepen="no shallow clone, and *Honor refspec* off, in the Git plugin",
    )


def _of_buildkite(of: _Clean) -> Surroundings:
    """A step that is tried again is in the same build, and waits at the same gate."""
    request = of("BUILDKITE_PULL_REQUEST").removeprefix("false")
    base = _branch(of("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "BUILDKITE_PULL_REQUEST_BASE_BRANCH")
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
        dialect=_dialect(of("BUILDKITE_REPO")),
        deepen="no `--depth` in BUILDKITE_GIT_CLONE_FLAGS",
    )


def _of_circleci(of: _Clean) -> Surroundings:
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
        dialect=_dialect(of("CIRCLE_REPOSITORY_URL")),
        deepen="`checkout: {method: full}`",
    )


def _of_azure(of: _Clean) -> Surroundings:
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
        base=_branch(of("SYSTEM_PULLREQUEST_TARGETBRANCH"), "SYSTEM_PULLREQUEST_TARGETBRANCH"),
        dialect=_dialect(of("BUILD_REPOSITORY_URI")),
        deepen="`checkout: self` with `fetchDepth: 0`",
    )


def _of_bitbucket(of: _Clean) -> Surroundings:
    request, repository = of("BITBUCKET_PR_ID"), of("BITBUCKET_REPO_FULL_NAME")
    base = _branch(of("BITBUCKET_PR_DESTINATION_BRANCH"), "BITBUCKET_PR_DESTINATION_BRANCH")
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


def _of_buildbot(of: _Clean) -> Surroundings:
    """Buildbot sets no variables of its own: these are those of docs/pipelines/any-ci.md."""
    builder, number = of("BUILDBOT_BUILDERNAME"), of("BUILDBOT_BUILDNUMBER")
    return Surroundings(
        name="Buildbot",
        run=f"buildbot/{builder}/{number}" if number else "",
        repository=owner_and_name(of("BUILDBOT_REPOSITORY")),
        revision=of("BUILDBOT_GOT_REVISION") or of("BUILDBOT_REVISION"),
        branch=of("BUILDBOT_BRANCH"),
        url=of("BUILDBOT_URL"),
        dialect=_dialect(of("BUILDBOT_REPOSITORY")),
        deepen='the Git step with `mode="full"` and without `shallow`',
    )


_MARKS: Mapping[str, Callable[[_Clean], Surroundings]] = {
    "GITHUB_ACTIONS": _of_github,
    "GITLAB_CI": _of_gitlab,
    "BUILDKITE": _of_buildkite,
    "CIRCLECI": _of_circleci,
    "TF_BUILD": _of_azure,
    "BITBUCKET_BUILD_NUMBER": _of_bitbucket,
    "BUILDBOT_BUILDNUMBER": _of_buildbot,
    "JENKINS_URL": _of_jenkins,
}
"""The variable by which each is known. Jenkins stands last: its agents may run inside another."""

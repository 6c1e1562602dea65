"""Every CI is known by its own documented variables, and none of them is guessed from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.agent import stating
from bot.agent.surroundings import Base, Surroundings, surroundings
from bot.domain.change import Identity
from bot.domain.owners import Dialect

SHA, BASE, ZERO = "a" * 40, "b" * 40, "0" * 40

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/payments-api",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": SHA,
    "GITHUB_REF_NAME": "main",
    "GITHUB_ACTOR": "jun",
    "GITHUB_ACTOR_ID": "7",
    "GITHUB_TRIGGERING_ACTOR": "jun",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "acme/pay/api",
    "CI_PROJECT_URL": "https://gitlab.com/acme/pay/api",
    "CI_SERVER_HOST": "gitlab.com",
    "CI_JOB_ID": "99",
    "CI_JOB_URL": "https://gitlab.com/acme/pay/api/-/jobs/99",
    "CI_COMMIT_SHA": SHA,
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_BEFORE_SHA": BASE,
    "CI_ENVIRONMENT_NAME": "live",
    "GITLAB_USER_LOGIN": "jun.ito",
    "GITLAB_USER_EMAIL": "jun@acme.example",
    "GITLAB_USER_NAME": "Jun Ito",
    "GITLAB_USER_ID": "12",
}
JENKINS = {
    "JENKINS_URL": "https://ci.acme.example/",
    "JOB_NAME": "pay/main",
    "BUILD_NUMBER": "12",
    "BUILD_URL": "https://ci.acme.example/job/pay/12/",
    "GIT_URL": "git@github.com:acme/payments-api.git",
    "GIT_COMMIT": SHA,
    "GIT_BRANCH": "origin/main",
    "GIT_PREVIOUS_SUCCESSFUL_COMMIT": BASE,
    "BUILD_USER_ID": "jun",
}
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_BUILD_ID": "0190-a",
    "BUILDKITE_RETRY_COUNT": "0",
    "BUILDKITE_REPO": "https://github.com/acme/payments-api.git",
    "BUILDKITE_COMMIT": SHA,
    "BUILDKITE_BRANCH": "retry",
    "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/pay/builds/1",
    "BUILDKITE_PULL_REQUEST": "false",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "",
    "BUILDKITE_BUILD_CREATOR": "Jun Ito",
    "BUILDKITE_BUILD_CREATOR_EMAIL": "jun@acme.example",
}
CIRCLECI = {
    "CIRCLECI": "true",
    "CIRCLE_WORKFLOW_ID": "w-1",
    "CIRCLE_PROJECT_USERNAME": "acme",
    "CIRCLE_PROJECT_REPONAME": "payments-api",
    "CIRCLE_REPOSITORY_URL": "git@github.com:acme/payments-api.git",
    "CIRCLE_SHA1": SHA,
    "CIRCLE_BRANCH": "main",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/payments-api/5",
    "CIRCLE_USERNAME": "jun",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_BUILDID": "33",
    "SYSTEM_STAGEATTEMPT": "1",
    "SYSTEM_JOBATTEMPT": "2",
    "SYSTEM_TEAMPROJECT": "Pay Team",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "BUILD_REPOSITORY_NAME": "api",
    "BUILD_REPOSITORY_URI": "https://dev.azure.com/acme/Pay%20Team/_git/api",
    "BUILD_SOURCEVERSION": SHA,
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_REQUESTEDFOR": "Jun Ito",
    "BUILD_REQUESTEDFOREMAIL": "jun@acme.example",
}
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "8",
    "BITBUCKET_REPO_FULL_NAME": "acme/payments-api",
    "BITBUCKET_COMMIT": SHA,
    "BITBUCKET_BRANCH": "main",
    "BITBUCKET_DEPLOYMENT_ENVIRONMENT": "live",
}
BUILDBOT = {
    "BUILDBOT_BUILDNUMBER": "3",
    "BUILDBOT_BUILDERNAME": "deploy",
    "BUILDBOT_GOT_REVISION": SHA,
    "BUILDBOT_BRANCH": "main",
    "BUILDBOT_REPOSITORY": "https://gitlab.acme.example/acme/payments-api.git",
    "BUILDBOT_URL": "https://buildbot.acme.example/#/builders/1/builds/3",
}


@pytest.mark.parametrize(
    ("environ", "name", "run", "repository"),
    [
        (GITHUB, "GitHub Actions", "github/acme/payments-api/4711/2", "acme/payments-api"),
        (GITLAB, "GitLab CI", "gitlab/acme/pay/api/99", "acme/pay/api"),
        (JENKINS, "Jenkins", "jenkins/pay/main/12", "acme/payments-api"),
        (BUILDKITE, "Buildkite", "buildkite/0190-a", "acme/payments-api"),
        (CIRCLECI, "CircleCI", "circleci/w-1", "acme/payments-api"),
        (AZURE, "Azure Pipelines", "azure/Pay Team/33/1.2", "Pay-Team/api"),
        (BITBUCKET, "Bitbucket Pipelines", "bitbucket/acme/payments-api/8/1", "acme/payments-api"),
        (BUILDBOT, "Buildbot", "buildbot/deploy/3", "acme/payments-api"),
    ],
    ids=lambda it: it if isinstance(it, str) and " " not in it else "",
)
def test_each_ci_tells_its_run_and_what_it_builds(
    environ: Mapping[str, str], name: str, run: str, repository: str
) -> None:
    found = surroundings(environ)
    assert (found.name, found.run, found.repository) == (name, run, repository)
    assert found.revision == SHA
    assert found.branch in ("main", "retry")
    assert found.url.startswith("https://")
    assert surroundings({**environ, "JENKINS_URL": "https://outer.example"}).name == name


def test_outside_of_all_of_them_nothing_is_known() -> None:
    assert surroundings({"HOME": "/", "CI": "true"}) == Surroundings()


@pytest.mark.parametrize(
    ("environ", "again"),
    [
        (GITHUB, {"GITHUB_RUN_ATTEMPT": "3"}),
        (GITLAB, {"CI_JOB_ID": "100"}),
        (JENKINS, {"BUILD_NUMBER": "13"}),
        (BUILDKITE, {"BUILDKITE_BUILD_ID": "0190-b"}),
        (CIRCLECI, {"CIRCLE_WORKFLOW_ID": "w-2"}),
        (AZURE, {"SYSTEM_JOBATTEMPT": "3"}),
        (BITBUCKET, {"BITBUCKET_STEP_RUN_NUMBER": "2"}),
        (BUILDBOT, {"BUILDBOT_BUILDNUMBER": "4"}),
    ],
)
def test_a_run_that_is_run_again_is_another(
    environ: Mapping[str, str], again: Mapping[str, str]
) -> None:
    data = {"repository": "r", "revision": SHA, "environment": "production"}
    keys = [stating.key(surroundings(it), data) for it in (environ, environ, {**environ, **again})]
    assert keys[0] == keys[1] != keys[2]
    assert stating.key(surroundings(environ), {**data, "environment": "eu"}) != keys[0]


def test_a_long_key_is_shortened_and_stays_its_own() -> None:
    data = {"repository": "r", "revision": SHA, "environment": "e" * 100}
    jobs = [surroundings({**JENKINS, "JOB_NAME": "x" * 150 + end}) for end in "ab"]
    first, second = [stating.key(job, data) for job in jobs]
    assert len(first) <= 200
    assert first != second


@pytest.mark.parametrize(
    ("environ", "base"),
    [
        (GITLAB, Base(sha=BASE)),
        ({**GITLAB, "CI_COMMIT_BEFORE_SHA": ZERO}, Base()),
        (
            {**GITLAB, "CI_MERGE_REQUEST_IID": "5", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "c" * 40},
            Base(sha="c" * 40),
        ),
        ({**GITLAB, "CI_MERGE_REQUEST_IID": "5"}, Base()),
        (JENKINS, Base(sha=BASE)),
        ({**JENKINS, "CHANGE_ID": "4", "CHANGE_TARGET": "main"}, Base(branch="main")),
        (BUILDKITE, Base()),
        (
            {
                **BUILDKITE,
                "BUILDKITE_PULL_REQUEST": "4",
                "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
            },
            Base(branch="main"),
        ),
        (CIRCLECI, Base()),
        (AZURE, Base()),
        ({**AZURE, "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}, Base(branch="main")),
        (BITBUCKET, Base()),
        (
            {**BITBUCKET, "BITBUCKET_PR_ID": "4", "BITBUCKET_PR_DESTINATION_BRANCH": "main"},
            Base(branch="main"),
        ),
        (BUILDBOT, Base()),
    ],
)
def test_a_base_is_what_the_ci_says_or_unknown(environ: Mapping[str, str], base: Base) -> None:
    found = surroundings(environ).base
    assert (found.sha, found.branch) == (base.sha, base.branch)
    assert bool(found.said) == bool(base.sha or base.branch)


def test_who_started_it_is_told_so_that_they_do_not_sign() -> None:
    assert surroundings(GITHUB).triggered_by == Identity(login="jun", id="github:7")
    again = surroundings({**GITHUB, "GITHUB_TRIGGERING_ACTOR": "max"})
    assert again.triggered_by == Identity(login="max")
    own = surroundings({**GITHUB, "GITHUB_SERVER_URL": "https://git.acme.example"})
    assert own.triggered_by == Identity(login="jun")
    by = surroundings(GITLAB).triggered_by
    assert by is not None
    assert (by.login, by.email, by.id) == ("jun.ito", "jun@acme.example", "gitlab:12")
    assert surroundings(BITBUCKET).triggered_by is None
    nameless = {**BUILDKITE, "BUILDKITE_BUILD_CREATOR_EMAIL": ""}
    assert surroundings(nameless).triggered_by is None


def test_a_merge_request_names_its_lineage_and_labels() -> None:
    request = {
        **GITLAB,
        "CI_MERGE_REQUEST_IID": "5",
        "CI_MERGE_REQUEST_TITLE": "Retry",
        "CI_MERGE_REQUEST_LABELS": "bug,ai",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "retry",
    }
    found = surroundings(request)
    assert (found.lineage, found.title, found.branch) == ("merge_requests/5", "Retry", "retry")
    assert found.labels == ("bug", "ai")
    assert found.environment == "live"
    assert found.url == "https://gitlab.com/acme/pay/api/-/merge_requests/5"


def test_codeowners_are_read_as_the_forge_does_where_it_is_known() -> None:
    known = [surroundings(it).dialect for it in (GITHUB, GITLAB, JENKINS, BUILDBOT, AZURE)]
    assert known == [Dialect.GITHUB, Dialect.GITLAB, Dialect.GITHUB, Dialect.GITLAB, None]


def test_what_is_no_text_becomes_one() -> None:
    found = surroundings({**JENKINS, "BRANCH_NAME": "caf\udce9"})
    assert found.branch == "caf\ufffd"


# The event of GitHub.


def of_event(tmp_path: Path, name: str, event: object) -> Surroundings:
    file = tmp_path / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event))
    more = {"GITHUB_EVENT_PATH": str(file), "GITHUB_EVENT_NAME": name}
    return surroundings({**GITHUB, **more})


REQUEST: dict[str, Any] = {
    "sender": {"login": "max", "id": 9},
    "pull_request": {
        "number": 12,
        "title": "Retry refunds",
        "body": "Because.",
        "html_url": "https://github.com/acme/payments-api/pull/12",
        "user": {"login": "jun", "id": 7},
        "base": {"sha": BASE},
        "labels": [{"name": "ai"}, {"name": ""}, 5],
    },
}


def test_a_pull_request_tells_base_author_and_labels(tmp_path: Path) -> None:
    found = of_event(tmp_path, "pull_request", REQUEST)
    assert found.base.sha == BASE
    assert (found.lineage, found.title, found.description) == (
        "pull/12",
        "Retry refunds",
        "Because.",
    )
    assert found.author == Identity(login="jun", id="github:7")
    assert found.pushed_by == (Identity(login="max", id="github:9"),)
    assert found.labels == ("ai",)


def test_a_run_in_the_base_is_not_about_the_pull_request(tmp_path: Path) -> None:
    found = of_event(tmp_path, "pull_request_target", REQUEST)
    assert (found.base, found.lineage, found.author) == (Base(), "", None)


def test_a_push_tells_what_was_there_before(tmp_path: Path) -> None:
    pushed = of_event(tmp_path, "push", {"before": BASE}).base
    assert (pushed.sha, pushed.partial) == (BASE, True)
    assert of_event(tmp_path, "push", {"before": ZERO}).base == Base()
    merging = {"merge_group": {"base_sha": BASE}}
    queued = of_event(tmp_path, "merge_group", merging).base
    assert (queued.sha, queued.partial) == (BASE, False)
    assert of_event(tmp_path, "workflow_dispatch", {"before": BASE}).base == Base()


def test_what_is_to_be_merged_is_told_from_what_ships(tmp_path: Path) -> None:
    """Only what ships is compared with what went on last."""
    merging = {"pull_request": REQUEST, "merge_group": {"merge_group": {"base_sha": BASE}}}
    for name, event in merging.items():
        assert of_event(tmp_path, name, event).merges
    for name in ("push", "workflow_dispatch", "pull_request_target"):
        assert not of_event(tmp_path, name, {"before": BASE, **REQUEST}).merges
    assert surroundings({**GITLAB, "CI_MERGE_REQUEST_IID": "5"}).merges
    assert surroundings({**AZURE, "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}).merges
    for environ in (GITLAB, JENKINS, BUILDKITE, CIRCLECI, AZURE, BITBUCKET, BUILDBOT):
        assert not surroundings(environ).merges


def test_what_was_built_or_pushed_before_need_not_run() -> None:
    """A build may go well whose deployment was skipped."""
    assert surroundings(JENKINS).base.partial
    assert surroundings(GITLAB).base.partial
    merging = {"CI_MERGE_REQUEST_IID": "5", "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE}
    for environ in ({**GITLAB, **merging}, {**JENKINS, "CHANGE_ID": "4", "CHANGE_TARGET": "main"}):
        assert not surroundings(environ).base.partial


@pytest.mark.parametrize(
    "event",
    ["", "[]", "null", "[" * 100_000, {"before": 5}, {"before": "main"}, {"pull_request": []}],
)
def test_an_event_that_says_nothing_is_no_trouble(tmp_path: Path, event: object) -> None:
    for name in ("push", "pull_request", "merge_group"):
        assert of_event(tmp_path, name, event).base == Base()


def test_a_step_that_buildkite_tries_again_is_in_the_same_build_and_asks_for_the_same() -> None:
    data = {"repository": "r", "revision": SHA, "environment": "production"}
    again = {**BUILDKITE, "BUILDKITE_RETRY_COUNT": "1"}
    assert stating.key(surroundings(BUILDKITE), data) == stating.key(surroundings(again), data)

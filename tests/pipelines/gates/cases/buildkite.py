"""Buildkite: the build is looked at, then its block step is unblocked, or it is cancelled."""

from __future__ import annotations

from bot.pipelines.gates import buildkite
from tests.pipelines.gates import Case, Exchange, as_json, said
from tests.pipelines.signoffs import REVISION

BUILD = "/v2/organizations/acme/pipelines/payments-deploy/builds/27"
BLOCKS = f"{BUILD}?exclude_pipeline=true&job_states%5B%5D=blocked&job_states%5B%5D=unblocked"
NO_JOBS = f"{BUILD}?exclude_pipeline=true&exclude_jobs=true"
JOB = "01905a02-dcd1-4f2d-8b09-e6fc3ea2805a"
BLOCK = {
    "id": JOB,
    "type": "manual",
    "label": "Senior sign-off",
    "step_key": "sign-off",
    "state": "blocked",
    "unblockable": True,
    "unblock_url": "https://evil.example/unblock",
}
RUNNING = {"number": 27, "commit": REVISION, "state": "running", "blocked": True}

CASE = Case(
    kind="buildkite",
    make=buildkite.make,
    url="https://api.buildkite.com",
    words={"organization": "acme"},
    token="bkua_some-token",
    headers={"authorization": "Bearer bkua_some-token"},
    gate={"pipeline": "payments-deploy", "build": 27, "step": "sign-off"},
    place="payments-deploy/sign-off",
    wrong=[
        ({"pipeline": "../admin", "build": 27, "step": "a"}, "slug"),
        ({"pipeline": "a/builds/1", "build": 27, "step": "a"}, "slug"),
        ({"pipeline": "deploy", "build": "27/../28", "step": "a"}, "must be a number"),
        ({"pipeline": "deploy", "build": None, "step": "a"}, r"gate\.build"),
        ({"pipeline": "deploy", "build": 27, "step": ""}, r"gate\.step"),
        ({"pipeline": "deploy", "build": 27}, r"gate\.step"),
    ],
    proceed=[
        Exchange(method="GET", path=BLOCKS, answer=said({**RUNNING, "jobs": [BLOCK]})),
        Exchange(method="PUT", path=f"{BUILD}/jobs/{JOB}/unblock", **as_json({"fields": {}})),
    ],
    stop=[
        Exchange(method="GET", path=NO_JOBS, answer=said(RUNNING)),
        Exchange(method="PUT", path=f"{BUILD}/cancel"),
    ],
)

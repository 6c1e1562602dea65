"""Jenkins: the input step's own addresses."""

from __future__ import annotations

from bot.pipelines.gates import jenkins
from tests.pipelines.gates import Case, Exchange, as_form, said

RUN = "/job/payments/job/deploy%20it/12"
INPUT = f"{RUN}/input/Deploy-gate"
RUN_IS_OVER = Exchange(
    method="GET", path=f"{RUN}/api/json?tree=building,result", answer=said({"building": False})
)

CASE = Case(
    kind="jenkins",
    make=jenkins.make,
    url="https://jenkins.acme.example/ci",
    words={"user": "countersign"},
    token="11aa-jenkins-token",
    headers={"authorization": "Basic Y291bnRlcnNpZ246MTFhYS1qZW5raW5zLXRva2Vu"},
    gate={"job": "payments/deploy it", "build": 12, "input": "deploy-gate"},
    place="payments/deploy it",
    wrong=[
        ({"job": "payments/../admin", "build": 12, "input": "a"}, "full name"),
        ({"job": "a//b", "build": 12, "input": "a"}, "full name"),
        ({"job": "deploy", "build": "12/../13", "input": "a"}, "must be a number"),
        ({"job": "deploy", "build": True, "input": "a"}, "must be a text"),
        ({"job": "deploy", "build": 12, "input": "a/b"}, "id of an input step"),
        ({"job": "deploy", "build": 12, "input": ".."}, "id of an input step"),
        ({"job": "deploy", "build": 12, "input": "a%2Fb"}, "id of an input step"),
    ],
    proceed=[Exchange(method="POST", path=f"{INPUT}/proceedEmpty", **as_form())],
    stop=[Exchange(method="POST", path=f"{INPUT}/abort", **as_form())],
    afterwards={404: [RUN_IS_OVER]},
)

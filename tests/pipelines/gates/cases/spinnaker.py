"""Spinnaker: a look at the execution, and the judgment."""

from __future__ import annotations

from typing import Any

from bot.pipelines.gates import spinnaker
from tests.pipelines.gates import APPROVER, SENTENCE, Case, Exchange, as_json, said

EXECUTION, STAGE = "01F5EF6V1CTYQBD3HBNZXG0CTJ", "01F5EF6V1CQ9DCCSYF9HMJVZ3J"
AT = {"execution": EXECUTION, "stage": STAGE}


def executions(status: str, sort: str = "manualJudgment") -> list[dict[str, Any]]:
    stages = [
        {"id": "01F5EF6V1C0000000000000000", "type": "runJob", "status": "SUCCEEDED"},
        {"id": STAGE, "type": sort, "status": status, "context": {}, "refId": "2"},
    ]
    return [{"id": EXECUTION, "application": "payments", "status": "RUNNING", "stages": stages}]


def look(value: object) -> Exchange:
    where = f"/executions?executionIds={EXECUTION}&expand=false"
    return Exchange(method="GET", path=where, answer=said(value))


def judge(status: str, said: str) -> Exchange:
    judgment = {"judgmentStatus": status, "judgmentInput": said}
    where = f"/pipelines/{EXECUTION}/stages/{STAGE}"
    return Exchange(method="PATCH", path=where, **as_json(judgment))


WAITS = look(executions("RUNNING"))

CASE = Case(
    kind="spinnaker",
    make=spinnaker.make,
    url="https://gate.acme.example",
    token="gate-token",
    headers={"authorization": "Bearer gate-token"},
    gate=AT,
    wrong=[
        ({**AT, "execution": "a,b"}, "id of Spinnaker"),
        ({**AT, "execution": "a&expand=true"}, "id of Spinnaker"),
        ({**AT, "stage": "../x"}, "id of Spinnaker"),
        ({"execution": EXECUTION}, "stage: is required"),
    ],
    proceed=[WAITS, judge("continue", APPROVER)],
    stop=[WAITS, judge("stop", SENTENCE)],
)

"""Argo Rollouts: the status subresource in Kubernetes' API, as promote.go and abort.go patch it."""

from __future__ import annotations

from typing import Any

from bot.pipelines.gates import argo_rollouts
from tests.pipelines.gates import Case, Exchange, as_json, said

ROLLOUT = "/apis/argoproj.io/v1alpha1/namespaces/payments/rollouts/payments-api"
HASH = "7bf84f9696"
MERGE = "application/merge-patch+json"
AT = {"namespace": "payments", "rollout": "payments-api", "hash": HASH}


def a_rollout(**status: object) -> dict[str, Any]:
    """Paused at the second step of its canary, unless said otherwise."""
    paused = {
        "observedGeneration": "12",
        "currentPodHash": HASH,
        "stableRS": "5d4c7b8d9f",
        "currentStepIndex": 1,
        "controllerPause": True,
        "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T11:00:00Z"}],
        "blueGreen": {},
        "canary": {},
        "phase": "Paused",
    }
    return {
        "kind": "Rollout",
        "metadata": {"name": "payments-api", "generation": 12, "resourceVersion": "88120"},
        "spec": {"replicas": 4},
        "status": {key: value for key, value in (paused | status).items() if value is not None},
    }


def patch(status: object) -> Exchange:
    body = {"metadata": {"resourceVersion": "88120"}, "status": status}
    return Exchange(method="PATCH", path=f"{ROLLOUT}/status", **as_json(body, MERGE))


LOOK = Exchange(method="GET", path=ROLLOUT, answer=said(a_rollout()))

CASE = Case(
    kind="argo-rollouts",
    make=argo_rollouts.make,
    url="https://kubernetes.acme.example:6443",
    token="sa-token",
    headers={"authorization": "Bearer sa-token"},
    gate={**AT, "step": 1},
    place="payments/payments-api",
    wrong=[
        ({**AT, "hash": "7BF/.."}, "pod template hash"),
        ({**AT, "hash": ""}, "pod template hash"),
        ({**AT, "step": "-1"}, "must be a number"),
        ({**AT, "rollout": "a/status"}, "name of Kubernetes"),
        ({**AT, "namespace": "-"}, "name of Kubernetes"),
        ({"namespace": "a", "rollout": "b"}, "hash: is required"),
    ],
    proceed=[LOOK, patch({"pauseConditions": None})],
    stop=[LOOK, patch({"abort": True})],
)

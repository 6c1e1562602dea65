"""Argo Workflows: the server's own API, always with a selector."""

from __future__ import annotations

from bot.pipelines.gates import argo_workflows
from tests.pipelines.gates import SENTENCE, Case, Exchange, as_json

WORKFLOW = "/api/v1/workflows/ci/deploy-x7k2p"
UUID = "3f0c9a52-production"
NODE = {
    "name": "deploy-x7k2p",
    "namespace": "ci",
    "nodeFieldSelector": f"inputs.parameters.uuid.value={UUID}",
}
AT = {"namespace": "ci", "workflow": "deploy-x7k2p"}

CASE = Case(
    kind="argo-workflows",
    make=argo_workflows.make,
    url="https://argo.acme.example",
    token="argo-token",
    headers={"authorization": "Bearer argo-token"},
    gate={**AT, "uuid": UUID},
    place="ci/deploy-x7k2p",
    wrong=[
        ({**AT, "uuid": "a,phase=Running"}, "parameter uuid"),
        ({**AT, "uuid": "a!=b"}, "parameter uuid"),
        ({**AT, "uuid": "a\\,b"}, "parameter uuid"),
        ({**AT, "uuid": ""}, "parameter uuid"),
        ({**AT, "node": "approve,name!=x"}, "full name"),
        ({**AT, "node": "a=b"}, "full name"),
        (AT, "either the uuid or the node"),
        ({**AT, "uuid": "a", "node": "b"}, "either the uuid or the node"),
        ({**AT, "namespace": "../kube-system", "uuid": "a"}, "name of Kubernetes"),
        ({**AT, "workflow": "a/b", "uuid": "a"}, "name of Kubernetes"),
        ({"workflow": "a", "uuid": "a"}, "namespace: is required"),
    ],
    proceed=[Exchange(method="PUT", path=f"{WORKFLOW}/resume", **as_json(NODE))],
    stop=[
        Exchange(method="PUT", path=f"{WORKFLOW}/stop", **as_json({**NODE, "message": SENTENCE}))
    ],
)

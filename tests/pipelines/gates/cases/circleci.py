"""CircleCI: the workflow, its commit and its jobs are looked at, then it is approved or cancelled."""

from __future__ import annotations

from bot.pipelines.gates import circleci
from bot.ports import Response
from tests.pipelines.gates import Case, Exchange, said
from tests.pipelines.signoffs import REVISION

ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"
PIPELINE_ID = "34a5c9b4-0000-4c43-9457-de07e2029e7b"
REQUEST_ID = "881ead4f-0e10-4125-a3f9-4e29e973e922"
WORKFLOW = f"/api/v2/workflow/{ID}"
ON_HOLD = {
    "type": "approval",
    "name": "sign-off",
    "status": "on_hold",
    "id": REQUEST_ID,
    "approval_request_id": REQUEST_ID,
}
BUILT = {"type": "build", "name": "test", "status": "success", "id": "x", "job_number": 4}

ASKED = Exchange(
    method="GET",
    path=WORKFLOW,
    answer=said({"id": ID, "pipeline_id": PIPELINE_ID, "status": "on_hold"}),
)
COMMIT = Exchange(
    method="GET",
    path=f"/api/v2/pipeline/{PIPELINE_ID}",
    answer=said({"id": PIPELINE_ID, "vcs": {"revision": REVISION}}),
)

CASE = Case(
    kind="circleci",
    make=circleci.make,
    url="https://circleci.com",
    token="CCIPAT_some-token",
    headers={"circle-token": "CCIPAT_some-token"},
    gate={"workflow": ID, "job": "sign-off"},
    place="sign-off",
    wrong=[
        ({"workflow": "../me", "job": "sign-off"}, "id of a workflow"),
        ({"workflow": f"{ID}/cancel", "job": "sign-off"}, "id of a workflow"),
        ({"workflow": ID, "job": ""}, r"gate\.job"),
        ({"workflow": ID}, r"gate\.job"),
    ],
    proceed=[
        ASKED,
        COMMIT,
        Exchange(
            method="GET",
            path=f"{WORKFLOW}/job",
            answer=said({"items": [BUILT, ON_HOLD], "next_page_token": None}),
        ),
        Exchange(
            method="POST", path=f"{WORKFLOW}/approve/{REQUEST_ID}", answer=Response(status=202)
        ),
    ],
    stop=[
        ASKED,
        COMMIT,
        Exchange(method="POST", path=f"{WORKFLOW}/cancel", answer=Response(status=202)),
    ],
)

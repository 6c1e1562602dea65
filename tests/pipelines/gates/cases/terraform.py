"""HCP Terraform: a look at the run, and what is done with its plan."""

from __future__ import annotations

from typing import Any

from bot.pipelines.gates import terraform
from bot.ports import Response
from tests.pipelines.gates import SENTENCE, Case, Exchange, as_json, said
from tests.pipelines.signoffs import REVISION

RUN = "run-CZcmD7eagjhyX0vN"
JSON_API = "application/vnd.api+json"


def a_run(
    status: str = "planned",
    *,
    confirmable: bool = True,
    discardable: bool = True,
    commit: str | None = REVISION,
    id: str = RUN,
) -> dict[str, Any]:
    """Of a configuration from a repository; `commit=None`: from an upload."""
    actions = {
        "is-cancelable": True,
        "is-confirmable": confirmable,
        "is-discardable": discardable,
        "is-force-cancelable": False,
    }
    attributes = {"actions": actions, "status": status, "auto-apply": False}
    version = {"id": "cv-1", "type": "configuration-versions", "attributes": {"source": "github"}}
    ingress = {"id": "ia-1", "type": "ingress-attributes", "attributes": {"commit-sha": commit}}
    included = [version, ingress] if commit else [version]
    return {"data": {"id": id, "type": "runs", "attributes": attributes}, "included": included}


def look(run: object) -> Exchange:
    where = f"/api/v2/runs/{RUN}?include=configuration_version.ingress_attributes"
    return Exchange(method="GET", path=where, answer=said(run))


def act(action: str) -> Exchange:
    return Exchange(
        method="POST",
        path=f"/api/v2/runs/{RUN}/actions/{action}",
        answer=Response(status=202),
        **as_json({"comment": SENTENCE}, JSON_API),
    )


CASE = Case(
    kind="terraform",
    make=terraform.make,
    url="https://app.terraform.io",
    token="tfe-token",
    headers={"authorization": "Bearer tfe-token", "accept": JSON_API},
    gate={"run": RUN},
    wrong=[
        ({"run": "CZcmD7eagjhyX0vN"}, "id of a run"),
        ({"run": "run-a/../../x"}, "id of a run"),
        ({"run": "run-"}, "id of a run"),
        ({"run": 12}, "must be a text"),
    ],
    proceed=[look(a_run()), act("apply")],
    stop=[look(a_run()), act("discard")],
)

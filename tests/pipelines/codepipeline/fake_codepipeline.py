"""AWS CodePipeline, small enough to read, and strict: it checks signatures, shapes and tokens.

async with FakeCodePipeline() as aws:
    aws.wait()
    ...
    assert aws.results[0]["result"]["status"] == "Approved"
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.pipelines.codepipeline import sigv4

SHA = "4f" * 20
REGION = "eu-central-1"
ACCESS, SECRET, SESSION = (
    "AKIDEXAMPLE",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "session/token==",
)
PIPELINE, STAGE, ACTION = "payments", "Production", "Sign-off"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ASKED = {
    "GetPipeline": ({"name"}, {"version"}),
    "GetPipelineState": ({"name"}, set()),
    "GetPipelineExecution": ({"pipelineName", "pipelineExecutionId"}, set()),
    "ListActionExecutions": ({"pipelineName"}, {"maxResults"}),
    "PutApprovalResult": ({"pipelineName", "stageName", "actionName", "token", "result"}, set()),
}


class _No(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(slots=True, kw_only=True)
class FakeCodePipeline:
    keys: dict[str, tuple[str, str]] = field(default_factory=lambda: {ACCESS: (SECRET, SESSION)})
    path: str = ""
    """Of the endpoint."""
    url: str = ""
    mode: str = "SUPERSEDED"
    provider: str = "CodeStarSourceConnection"
    source: dict[str, str] = field(
        default_factory=lambda: {
            "FullRepositoryId": "acme/payments-api",
            "BranchName": "main",
            "ConnectionArn": "arn:aws:codestar-connections:eu-central-1:111122223333:connection/x",
        }
    )
    custom: str | None = None
    newer_custom: str | None = None
    """Of a version that was made after this execution began."""
    revisions: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {
                "name": "SourceOutput",
                "revisionId": SHA,
                "revisionSummary": json.dumps(
                    {"ProviderType": "GitHub", "CommitMessage": "Retry refunds\n\nThey are slow."}
                ),
                "revisionUrl": f"https://github.com/acme/payments-api/commit/{SHA}",
                "created": 1700000000.123,
            }
        ]
    )
    trigger: dict[str, str] = field(
        default_factory=lambda: {"triggerType": "WebhookV2", "triggerDetail": "arn:…"}
    )
    version: int = 3
    execution: str = ""
    execution_status: str = "InProgress"
    token: str = ""
    status: str = "InProgress"
    summary: str = ""
    calls: list[str] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int, str, dict[str, str], bytes | None]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    def wait(self) -> str:
        """An execution reaches the approval: the token under which it waits."""
        self.execution, self.token = str(uuid.uuid4()), str(uuid.uuid4())
        self.status, self.summary = "InProgress", ""
        return self.token

    def message(self, **more: Any) -> str:
        """What the notification says of it."""
        approval = {
            "pipelineName": PIPELINE,
            "stageName": STAGE,
            "actionName": ACTION,
            "token": self.token,
            "expires": "2026-11-28T20:22Z",
            "externalEntityLink": "https://evil.example/",
            "approvalReviewLink": "https://console.aws.amazon.com/codesuite/…",
            "customData": "whatever the message says",
            **more.pop("approval", {}),
        }
        link = "https://console.aws.amazon.com/codesuite/codepipeline/…"
        told = {"region": REGION, "consoleLink": link, "approval": approval, **more}
        return json.dumps({name: it for name, it in told.items() if it is not None})

    def fail(
        self,
        where: str,
        code: str,
        status: int = 400,
        *,
        times: int = 1,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> None:
        self.faults += [(where, status, code, headers or {}, body)] * times

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.route("*", "/{any:.*}", self._answer)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}{self.path}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        operation = headers.get("x-amz-target", "").removeprefix("CodePipeline_20150709.")
        try:
            if (request.method, request.path) != ("POST", f"{self.path}/"):
                raise _No("UnknownOperationException", 404)
            if headers.get("content-type") != "application/x-amz-json-1.1":
                raise _No("UnknownOperationException", 404)
            sigv4.check(
                "POST",
                request.path,
                headers,
                body,
                keys=self.keys,
                service="codepipeline",
                region=REGION,
            )
            self.calls.append(operation)
            for fault in self.faults:
                if fault[0] == operation:
                    self.faults.remove(fault)
                    return _refusal(*fault[1:])
            answer = getattr(self, f"_{operation}")(self._asked(operation, body))
        except sigv4.Wrong as wrong:
            return _refusal(400, str(wrong), {}, None)
        except _No as no:
            return _refusal(no.status, no.code, {}, None)
        return web.json_response(answer, content_type="application/x-amz-json-1.1")

    def _asked(self, operation: str, body: bytes) -> dict[str, Any]:
        if operation not in _ASKED:
            raise _No("UnknownOperationException")
        asked = json.loads(body)
        needed, more = _ASKED[operation]
        if not needed <= asked.keys() <= needed | more:
            raise _No("ValidationException")
        if asked.get("name", asked.get("pipelineName")) != PIPELINE:
            raise _No("PipelineNotFoundException")
        return dict(asked)

    def _GetPipeline(self, asked: dict[str, Any]) -> Any:
        newest = self.version if self.newer_custom is None else self.version + 1
        version = asked.get("version", newest)
        if version > newest:
            raise _No("PipelineVersionNotFoundException")
        custom = self.custom if version == self.version else self.newer_custom
        configuration = {} if custom is None else {"CustomData": custom}
        source = _action("Source", "Source", self.provider, self.source)
        source["outputArtifacts"] = [{"name": "SourceOutput"}]
        second = _action("Config", "Source", "S3", {"S3Bucket": "acme-config"})
        second["outputArtifacts"] = [{"name": "ConfigOutput"}]
        approval = _action(ACTION, "Approval", "Manual", configuration)
        return {
            "pipeline": {
                "name": PIPELINE,
                "roleArn": "arn:aws:iam::111122223333:role/x",
                "version": version,
                "executionMode": self.mode,
                "stages": [
                    {"name": "Source", "actions": [source, second]},
                    {"name": STAGE, "actions": [approval]},
                ],
            },
            "metadata": {"created": 1700000000.5},
        }

    def _GetPipelineState(self, _: dict[str, Any]) -> Any:
        run = {"status": self.status, "lastStatusChange": 1700000000.5}
        if self.summary:
            run["summary"] = self.summary
        if self.status == "InProgress" and self.mode != "PARALLEL":
            run["token"] = self.token
        stage = {"pipelineExecutionId": self.execution, "status": self.status}
        return {
            "pipelineName": PIPELINE,
            "stageStates": [
                {"stageName": "Source", "actionStates": [{"actionName": "Source"}]},
                {
                    "stageName": STAGE,
                    "actionStates": [{"actionName": ACTION, "latestExecution": run}],
                    "latestExecution": stage,
                },
            ],
        }

    def _GetPipelineExecution(self, asked: dict[str, Any]) -> Any:
        if asked["pipelineExecutionId"] != self.execution:
            raise _No("PipelineExecutionNotFoundException")
        return {
            "pipelineExecution": {
                "pipelineName": PIPELINE,
                "pipelineVersion": self.version,
                "pipelineExecutionId": self.execution,
                "status": self.execution_status,
                "artifactRevisions": self.revisions,
                "trigger": self.trigger,
                "executionMode": self.mode,
            }
        }

    def _ListActionExecutions(self, _: dict[str, Any]) -> Any:
        def one(execution: str, token: str) -> dict[str, Any]:
            return {
                "pipelineExecutionId": execution,
                "stageName": STAGE,
                "actionName": ACTION,
                "status": self.status,
                "output": {"executionResult": {"externalExecutionId": token}},
            }

        other = one(str(uuid.uuid4()), str(uuid.uuid4()))
        return {"actionExecutionDetails": [other, one(self.execution, self.token)]}

    def _PutApprovalResult(self, asked: dict[str, Any]) -> Any:
        if asked["stageName"] != STAGE:
            raise _No("StageNotFoundException")
        if asked["actionName"] != ACTION:
            raise _No("ActionNotFoundException")
        result = asked["result"]
        if result.keys() != {"status", "summary"} or len(result["summary"]) > 512:
            raise _No("ValidationException")
        if result["status"] not in ("Approved", "Rejected") or not _UUID.fullmatch(asked["token"]):
            raise _No("ValidationException")
        if asked["token"] != self.token:
            raise _No("InvalidApprovalTokenException")
        if self.status != "InProgress":
            raise _No("ApprovalAlreadyCompletedException")
        self.status = "Succeeded" if result["status"] == "Approved" else "Failed"
        self.summary = result["summary"]
        self.results.append(asked)
        return {"approvedAt": 1700000000.5}


def _action(name: str, category: str, provider: str, configuration: dict[str, str]) -> Any:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, "runOrder": 1}


def _refusal(status: int, code: str, headers: dict[str, str], body: bytes | None) -> web.Response:
    said = {"__type": f"com.amazonaws.codepipeline#{code}", "message": "as the user said …"}
    sent = json.dumps(said).encode() if body is None else body
    return web.Response(status=status, body=sent, headers=headers)

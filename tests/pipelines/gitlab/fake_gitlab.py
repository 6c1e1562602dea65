"""A GitLab small enough to read, and strict: it refuses what the real one would refuse.

async with FakeGitLab() as gitlab:
    gitlab.add_request(12, head=SHA)
    gitlab.add_job(657)
    delivery = gitlab.pipeline_delivery(sha=SHA)
    ...
    assert gitlab.played == [657]
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.pipelines.signatures import secret_key, sign
from bot.ports import Delivery
from tests.pipelines.signoffs import NOON

BASE, START = "b" * 40, "a" * 40
TOKEN = "glpat-not-to-be-shown"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
CHECK_SECRET = "a shared secret"
JUN = {"id": 501, "username": "jun", "name": "Jun Ito", "state": "active"}
EVE = {"id": 502, "username": "eve", "name": "Eve", "state": "active"}
BOT = {"id": 900, "username": "project_7_bot_1", "name": "Countersign", "state": "active"}

PROJECT = {
    "id": 7,
    "path_with_namespace": "acme/payments-api",
    "default_branch": "main",
    "web_url": "https://evil.example/acme/payments-api",
}

STATUS_CHECKS = (
    {"id": 2, "name": "Scan", "external_url": "https://scan.acme.example/hooks/other"},
    {"id": 3, "name": "Countersign", "external_url": "https://sign.acme.example/hooks/gitlab"},
)
"""What it lists of each merge request."""


@dataclass(slots=True)
class _Fault:
    """An answer in place of the real one, to calls whose "METHOD /path" holds `where`."""

    where: str
    status: int
    headers: dict[str, str]
    body: bytes
    times: int


@dataclass(slots=True, kw_only=True)
class FakeGitLab:
    url: str = ""
    links: bool = True
    calls: list[str] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    played: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    status_checks: list[dict[str, Any]] = field(default_factory=lambda: list(STATUS_CHECKS))
    _requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    _commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    _between: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _tips: dict[str, str] = field(default_factory=lambda: {"main": START})
    _trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _history: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    _jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    _deployments: dict[int, dict[str, Any]] = field(default_factory=dict)
    _faults: list[_Fault] = field(default_factory=list)
    _meanwhile: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    _deliveries: int = 0
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._strictly])
        api, p = "/gitlab/api/v4", "/gitlab/api/v4/projects/7"
        app.add_routes(
            [
                web.get(f"{api}/user", self._user),
                web.get(p, self._project),
                web.get(f"{p}/repository/commits", self._list_commits),
                web.get(f"{p}/repository/commits/{{sha}}", self._commit),
                web.get(f"{p}/repository/commits/{{sha}}/diff", self._commit_diff),
                web.get(f"{p}/repository/commits/{{sha}}/merge_requests", self._requests_of),
                web.get(f"{p}/repository/compare", self._compare),
                web.get(f"{p}/repository/merge_base", self._merge_base),
                web.get(f"{p}/repository/tree", self._tree),
                web.get(f"{p}/repository/blobs/{{sha}}", self._blob),
                web.get(f"{p}/merge_requests/{{n}}", self._request),
                web.get(f"{p}/merge_requests/{{n}}/{{list:commits|diffs}}", self._list),
                web.post(f"{p}/merge_requests/{{n}}/status_check_responses", self._check),
                web.get(f"{p}/merge_requests/{{n}}/status_checks", self._list_checks),
                web.get(f"{p}/jobs/{{n}}", self._job),
                web.post(f"{p}/jobs/{{n}}/{{act:play|cancel}}", self._act),
                web.get(f"{p}/deployments", self._list_deployments),
                web.get(f"{p}/deployments/{{n}}", self._deployment),
                web.post(f"{p}/deployments/{{n}}/approval", self._approve),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        # Below a path, as some install it, so that nobody forgets it.
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/gitlab"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def add_request(
        self,
        iid: int = 12,
        *,
        head: str,
        commits: list[dict[str, Any]] | None = None,
        diffs: list[dict[str, Any]] | None = None,
        **said: Any,
    ) -> None:
        """A merge request, merged as a fast-forward unless `said` replaces fields of its JSON."""
        commits = [a_commit(head)] if commits is None else commits
        diffs = [a_diff("refunds/retry.py")] if diffs is None else diffs
        request = {
            "iid": iid,
            "title": "Retry refunds",
            "description": "Because they fail.",
            "state": "merged",
            "merged_at": "2026-11-21T10:00:00.000Z",
            "merge_user": EVE,
            "merged_by": EVE,
            "source_branch": "retry",
            "target_branch": "main",
            "source_project_id": 7,
            "target_project_id": 7,
            "author": JUN,
            "labels": ["refunds"],
            "sha": head,
            "merge_commit_sha": None,
            "squash_commit_sha": None,
            "diff_refs": {"base_sha": BASE, "head_sha": head, "start_sha": START},
            "changes_count": str(len(diffs)),
            "updated_at": "2026-11-21T11:00:00.123Z",
        } | said
        self._requests[iid] = {"json": request, "commits": commits, "diffs": diffs}
        for sha in (BASE, START, head, *(c["id"] for c in commits)):
            self._trees.setdefault(sha, {})

    def say(self, iid: int = 12, **said: Any) -> None:
        """It says something else of a merge request, were it ever so wrong."""
        self._requests[iid]["json"] |= said

    def add_commit(self, sha: str, **said: Any) -> None:
        """A commit that belongs to no merge request."""
        self._commits[sha] = a_commit(sha) | said
        for known in (sha, START, *self._commits[sha]["parent_ids"]):
            self._trees.setdefault(known, {})

    def between(
        self,
        base: str,
        head: str,
        *,
        commits: list[dict[str, Any]],
        diffs: list[dict[str, Any]] | None = None,
        merge_base: str = "",
    ) -> None:
        """What it says when these two are compared; `merge_base`: where they part, unless at the first."""
        said = {"commits": commits, "diffs": diffs or [], "merge_base": merge_base or base}
        self._between[base, head] = said
        for sha in (base, head):
            self._trees.setdefault(sha, {})

    def put(self, path: str, content: str | bytes, *, at: str = START) -> None:
        """A file, as it is at one commit."""
        encoded = content.encode() if isinstance(content, str) else content
        self._trees.setdefault(at, {})[path] = encoded

    def changed_by(self, path: str, *commits: dict[str, Any], at: str = START) -> None:
        """What changed a file before `at`, the newest first."""
        self._history[path, at] = list(commits)

    def add_job(self, job: int = 657, *, sha: str, **said: Any) -> None:
        pipeline = {"id": 31, "sha": sha, "ref": "main", "status": "manual"}
        given = {"id": job, "name": "deploy", "status": "manual", "user": JUN}
        self._jobs[job] = {**given, "pipeline": pipeline} | said

    def add_deployment(
        self,
        number: int = 41,
        *,
        sha: str,
        job: int = 657,
        environment: str = "production",
        **said: Any,
    ) -> None:
        """A deployment that waits for approvals."""
        self._deployments[number] = {
            "id": number,
            "status": "blocked",
            "sha": sha,
            "environment": {"id": 9, "name": environment},
            "deployable": {"id": job, "status": "manual"},
            "user": JUN,
            "pending_approval_count": 1,
            "approvals": [],
        } | said

    def pipeline_delivery(self, *, sha: str, builds: Any = None, **said: Any) -> Delivery:
        payload = {
            "object_kind": "pipeline",
            "object_attributes": {
                "id": 31,
                "iid": 3,
                "ref": "main",
                "sha": sha,
                "status": "manual",
            },
            "merge_request": None,
            "user": JUN,
            "project": PROJECT,
            "builds": [a_build(657)] if builds is None else builds,
        } | said
        return self.delivery(payload, event="Pipeline Hook")

    def request_delivery(
        self, iid: int = 12, *, action: str = "open", user: Any = JUN, **said: Any
    ) -> Delivery:
        """The webhook about a merge request as it is now; `said` replaces its attributes."""
        return self.delivery(self.request_payload(iid, action=action, user=user, **said))

    def request_payload(self, iid: int, *, user: Any = JUN, **said: Any) -> dict[str, Any]:
        it = self._requests[iid]["json"]
        attributes = {
            "iid": iid,
            "state": "opened",
            "title": it["title"],
            "description": it["description"],
            "source_branch": it["source_branch"],
            "target_branch": it["target_branch"],
            "target_project_id": 7,
            "last_commit": {"id": it["sha"]},
            "labels": [{"id": 1, "title": title} for title in it["labels"]],
            "url": "https://evil.example/steal",
        }
        return {
            "object_kind": "merge_request",
            "event_type": "merge_request",
            "user": user,
            "project": PROJECT,
            "object_attributes": attributes | said,
        }

    def check_delivery(
        self, iid: int = 12, *, rule: int = 3, changes: Any = None, **said: Any
    ) -> Delivery:
        """As the external status check of a merge request is asked: signed, and nothing else."""
        named = {"id": rule, "name": "Countersign", "external_url": "https://evil.example/steal"}
        payload = self.request_payload(iid, **said) | {"external_approval_rule": named}
        payload["changes"] = changes or {}
        body = json.dumps(payload).encode()
        digest = hmac.new(CHECK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-gitlab-signature": digest}
        return Delivery(headers=headers, body=body)

    def deployment_delivery(self, status: str, *, job: int | None = 657, **said: Any) -> Delivery:
        payload = {
            "object_kind": "deployment",
            "status": status,
            "deployment_id": 41,
            "deployable_id": job,
            "environment": "production",
            "project": PROJECT,
            "short_sha": "4f4f4f4f",
            "user": JUN,
        } | said
        return self.delivery(payload, event="Deployment Hook")

    def delivery(
        self, payload: object, *, event: str = "Merge Request Hook", at: datetime = NOON
    ) -> Delivery:
        self._deliveries += 1
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        message_id = f"f5e5f430-f57b-4e6e-9fac-{self._deliveries:012d}"
        headers = {
            "content-type": "application/json",
            "x-gitlab-event": event,
            "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
            "x-gitlab-webhook-uuid": "1a2b3c4d-cac6-4fda-95a8-c58e00a3954e",
            "x-gitlab-instance": "https://evil.example",
            "idempotency-key": message_id,
            **sign(secret_key(SIGNING), message_id, at, body),
        }
        return Delivery(headers=headers, body=body)

    def fail(
        self,
        where: str,
        status: int,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"{}",
        times: int = 1,
    ) -> None:
        """The next `times` calls whose "METHOD /path" holds `where` are answered like this."""
        self._faults.append(_Fault(where, status, headers or {}, body, times))

    def meanwhile(self, where: str, happens: Callable[[], None]) -> None:
        """Right after the first answer to a call whose "METHOD /path" holds `where`."""
        self._meanwhile.append((where, happens))

    def job(self, number: int = 657) -> dict[str, Any]:
        return self._jobs[number]

    def request(self, iid: int = 12) -> dict[str, Any]:
        """With its commits and diffs."""
        return self._requests[iid]

    def deployment(self, number: int = 41) -> dict[str, Any]:
        return self._deployments[number]

    @web.middleware
    async def _strictly(self, request: web.Request, handler: Any) -> web.StreamResponse:
        call = f"{request.method} {request.path_qs.removeprefix('/gitlab/api/v4')}"
        self.calls.append(call)
        for fault in self._faults:
            if fault.where in call and fault.times:
                fault.times -= 1
                headers = {"Content-Type": "application/json"} | fault.headers
                return web.Response(status=fault.status, headers=headers, body=fault.body)
        if request.headers.get("PRIVATE-TOKEN") != TOKEN or "Authorization" in request.headers:
            return _problem(401, "401 Unauthorized")
        if request.headers.get("Accept") != "application/json":
            return _problem(406, "not for machines")
        if await request.read() and request.content_type != "application/json":
            return _problem(415, "415 Unsupported Media Type")
        answer: web.StreamResponse = await handler(request)
        for due in [it for it in self._meanwhile if it[0] in call]:
            self._meanwhile.remove(due)
            due[1]()
        return answer

    def _paged(self, request: web.Request, entries: list[dict[str, Any]]) -> web.Response:
        size, page = int(request.query.get("per_page", 20)), int(request.query.get("page", 1))
        if not 1 <= size <= 100:
            return _problem(400, "per_page does not have a valid value")
        more = page * size < len(entries)
        headers = {"X-Next-Page": str(page + 1) if more else ""} if self.links else {}
        if self.links and more:
            headers["Link"] = '<https://evil.example/next?page=2>; rel="next"'
        return web.json_response(entries[(page - 1) * size : page * size], headers=headers)

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(BOT)

    async def _project(self, request: web.Request) -> web.Response:
        return web.json_response(PROJECT)

    async def _list_commits(self, request: web.Request) -> web.Response:
        ref = request.query["ref_name"]
        if ".." in ref:
            found = self._compared(*ref.split(".."))
            return self._paged(request, found["commits"][::-1]) if found else _problem(404, "404")
        if path := request.query.get("path"):
            return self._paged(request, self._history.get((path, ref), []))
        if ref not in self._tips:
            return self._paged(request, [])
        return self._paged(request, [a_commit(self._tips[ref])])

    async def _commit(self, request: web.Request) -> web.Response:
        found = self._commits.get(request.match_info["sha"])
        return web.json_response(found) if found else _problem(404, "404 Commit Not Found")

    async def _commit_diff(self, request: web.Request) -> web.Response:
        return self._paged(request, [a_diff("refunds/retry.py")])

    async def _requests_of(self, request: web.Request) -> web.Response:
        sha, details = request.match_info["sha"], ("diff_refs", "changes_count")
        listed = [
            {key: value for key, value in it["json"].items() if key not in details}
            for it in self._requests.values()
            if sha in (it["json"]["merge_commit_sha"], it["json"]["squash_commit_sha"])
            or sha in (c["id"] for c in it["commits"])
        ]
        return self._paged(request, listed)

    async def _compare(self, request: web.Request) -> web.Response:
        start, head = request.query["from"], request.query["to"]
        if said := self._between.get((start, head)):
            return web.json_response({key: said[key] for key in ("commits", "diffs")})
        for it in self._requests.values():
            known = {c["id"] for c in it["commits"]}
            if head in known and start in (START, it["json"]["target_branch"]):
                answer = {"commits": it["commits"], "diffs": it["diffs"], "compare_timeout": False}
                return web.json_response(answer)
        return _problem(404, "404 Commit Not Found")

    async def _merge_base(self, request: web.Request) -> web.Response:
        base, head = request.query.getall("refs[]")
        found = self._compared(base, head)
        return web.json_response(a_commit(found["merge_base"])) if found else _problem(404, "404")

    def _compared(self, base: str, head: str) -> dict[str, Any] | None:
        """A merge request brings its own commits, where nothing else was said."""
        if said := self._between.get((base, head)):
            return said
        for it in self._requests.values() if base == START else ():
            request, commits = it["json"], it["commits"]
            if head in (request["sha"], request["merge_commit_sha"], request["squash_commit_sha"]):
                known = head in {commit["id"] for commit in commits}
                merge = [] if known else [a_commit(head)]
                return {"commits": [*commits, *merge], "diffs": it["diffs"], "merge_base": base}
        return None

    async def _tree(self, request: web.Request) -> web.Response:
        ref, folder = request.query["ref"], request.query.get("path", "")
        start, found = f"{folder}/" if folder else "", dict[str, dict[str, Any]]()
        if ref not in self._trees:
            return _problem(404, "404 Tree Not Found")
        for name, content in self._trees[ref].items():
            if name.startswith(start):
                first, deeper, _ = name.removeprefix(start).partition("/")
                sort = "tree" if deeper else "blob"
                found[first] = {"id": blob_sha(content), "name": first, "type": sort}
        if folder and not found:
            return _problem(404, "404 invalid revision or path Not Found")
        return self._paged(request, sorted(found.values(), key=lambda it: it["name"]))

    async def _blob(self, request: web.Request) -> web.Response:
        for content in (it for tree in self._trees.values() for it in tree.values()):
            if blob_sha(content) == request.match_info["sha"]:
                encoded = base64.b64encode(content).decode()
                answer = {"size": len(content), "encoding": "base64", "content": encoded}
                return web.json_response(answer)
        return _problem(404, "404 Blob Not Found")

    async def _request(self, request: web.Request) -> web.Response:
        found = self._requests.get(int(request.match_info["n"]))
        return web.json_response(found["json"]) if found else _problem(404, "404 Not found")

    async def _list(self, request: web.Request) -> web.Response:
        found = self._requests[int(request.match_info["n"])]
        return self._paged(request, found[request.match_info["list"]])

    async def _list_checks(self, request: web.Request) -> web.Response:
        return web.json_response(self.status_checks)

    async def _check(self, request: web.Request) -> web.Response:
        said = await request.json()
        if set(said) != {"sha", "external_status_check_id", "status"}:
            return _problem(400, "400 Bad request")
        if said["status"] not in ("pending", "passed", "failed"):
            return _problem(400, "status does not have a valid value")
        if said["sha"] != self._requests[int(request.match_info["n"])]["json"]["sha"]:
            return _problem(409, "SHA does not match HEAD of source branch")
        self.checks.append(said)
        return web.json_response({"id": 1}, status=201)

    async def _job(self, request: web.Request) -> web.Response:
        found = self._jobs.get(int(request.match_info["n"]))
        return web.json_response(found) if found else _problem(404, "404 Not Found")

    async def _act(self, request: web.Request) -> web.Response:
        number, act = int(request.match_info["n"]), request.match_info["act"]
        job = self._jobs[number]
        blocked = any(
            it["deployable"]["id"] == number and it["pending_approval_count"]
            for it in self._deployments.values()
        )
        if act == "cancel":
            job["status"] = "canceled"
            self.cancelled.append(number)
            return web.json_response(job, status=201)
        if job["status"] == "running" or blocked:
            return _problem(400, "400 Bad request - Unplayable Job")
        # A finished job that may be retried is run once more by this: it is no mistake to GitLab.
        job |= {"status": "pending", "user": BOT}
        self.played.append(number)
        return web.json_response(job)

    async def _list_deployments(self, request: web.Request) -> web.Response:
        wanted = request.query["status"], request.query["environment"]
        found = [
            it
            for it in self._deployments.values()
            if (it["status"], it["environment"]["name"]) == wanted
        ]
        return self._paged(request, found)

    async def _deployment(self, request: web.Request) -> web.Response:
        found = self._deployments.get(int(request.match_info["n"]))
        return web.json_response(found) if found else _problem(404, "404 Not Found")

    async def _approve(self, request: web.Request) -> web.Response:
        said = await request.json()
        found = self._deployments[int(request.match_info["n"])]
        if not {"status", "comment"} <= set(said) <= {"status", "comment", "represented_as"}:
            return _problem(400, "400 Bad request")
        if said["status"] not in ("approved", "rejected"):
            return _problem(400, "status does not have a valid value")
        if found["status"] != "blocked":
            return _problem(400, "This deployment is not waiting for approvals.")
        self.verdicts.append(said)
        found["approvals"].append(said | {"user": BOT})
        if said["status"] == "rejected":
            found["status"] = self._jobs[found["deployable"]["id"]]["status"] = "failed"
        else:
            found["pending_approval_count"] -= 1
            if not found["pending_approval_count"]:
                found["status"] = "created"
        return web.json_response(said, status=201)


def a_commit(sha: str, **said: Any) -> dict[str, Any]:
    return {
        "id": sha,
        "short_id": sha[:8],
        "title": "Retry refunds",
        "message": "Retry refunds",
        "author_name": "Jun Ito",
        "author_email": "jun@acme.example",
        "authored_date": "2026-11-21T10:00:00.000+00:00",
        "committer_name": "Jun Ito",
        "committer_email": "jun@acme.example",
        "committed_date": "2026-11-21T10:00:00.000+00:00",
        "parent_ids": [START],
    } | said


def a_diff(path: str, **said: Any) -> dict[str, Any]:
    return {
        "old_path": path,
        "new_path": path,
        "a_mode": "100644",
        "b_mode": "100644",
        "diff": "@@ -1,2 +1,3 @@\n-before\n+after\n+more\n same\n",
        "new_file": False,
        "renamed_file": False,
        "deleted_file": False,
        "generated_file": False,
        "collapsed": False,
        "too_large": False,
    } | said


def a_build(number: int, **said: Any) -> dict[str, Any]:
    return {
        "id": number,
        "stage": "deploy",
        "name": "deploy",
        "status": "manual",
        "when": "manual",
        "manual": True,
        "allow_failure": False,
        "environment": {"name": "production", "action": "start", "deployment_tier": "production"},
    } | said


def blob_sha(content: bytes) -> str:
    """As git names it."""
    spelled = b"blob %d\0" % len(content) + content
    return hashlib.sha1(spelled, usedforsecurity=False).hexdigest()


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)

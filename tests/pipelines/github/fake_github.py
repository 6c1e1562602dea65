"""A GitHub small enough to read, and strict: it refuses what the real one would refuse.

async with FakeGitHub(clock=clock) as github:
    github.add_pull(12, head=SHA, files=[{"filename": "a.py"}])
    delivery = github.rule_delivery(sha=SHA)
    ...
    assert github.decisions[0].state == "approved"
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any, Self

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.ports import Delivery

BASE = "b" * 40
SHA = re.compile(r"[0-9a-f]{40}")
INLINE = 1_048_576
"""Of a larger file the contents API says everything but the content."""

JUN = {"login": "jun", "type": "User", "id": 501}
ACME = {"login": "acme", "type": "Organization", "id": 1}

NEEDED = {"actions": "read", "contents": "read", "deployments": "write", "pull_requests": "read"}


@cache
def app_key() -> rsa.RSAPrivateKey:
    """Made once for all tests: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the App said about one environment of one run."""

    run_id: int
    environment: str
    state: str
    comment: str


@dataclass(slots=True)
class _Fault:
    """An answer in place of the real one, to calls whose "METHOD /path" holds `where`."""

    where: str
    status: int
    headers: dict[str, str]
    body: bytes
    times: int


@dataclass(slots=True, kw_only=True)
class FakeGitHub:
    clock: Callable[[], datetime]
    repository: str = "acme/payments-api"
    repository_id: int = 7
    default_branch: str = "main"
    app_id: str = "1234"
    installation_id: int = 99
    webhook_secret: bytes = b"It's a Secret to Everybody"
    token_life: timedelta = timedelta(hours=1)
    api_url: str = ""
    calls: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    suites: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Check runs, by the number of their suite."""
    may_check: bool = False
    failed: list[dict[str, Any]] = field(default_factory=list)
    """Attempts to deliver that nobody took, the newest first."""
    taken: list[dict[str, Any]] = field(default_factory=list)
    """Those that somebody took."""
    tried_again: list[int] = field(default_factory=list)
    _pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    _commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    _trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _tips: dict[str, str] = field(default_factory=lambda: {"main": BASE})
    _history: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    _compared: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _waiting: set[tuple[int, str]] = field(default_factory=set)
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _faults: list[_Fault] = field(default_factory=list)
    _meanwhile: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    _attempts: dict[int, int] = field(default_factory=dict)
    _deliveries: int = 0
    _runner: web.AppRunner | None = None

    @property
    def private_key(self) -> str:
        return pem(app_key())

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._strictly])
        repo = f"/api/v3/repos/{self.repository}"
        app.add_routes(
            [
                web.post("/api/v3/app/installations/{id}/access_tokens", self._access_token),
                web.get("/api/v3/app/hook/deliveries", self._failed),
                web.post("/api/v3/app/hook/deliveries/{id}/attempts", self._attempt),
                web.get(repo, self._home),
                web.get(repo + "/git/ref/heads/{branch:.+}", self._ref),
                web.get(repo + "/commits/{sha}/pulls", self._pulls_of),
                web.get(repo + "/commits/{sha}", self._commit),
                web.get(repo + "/commits", self._commits_to),
                web.get(repo + "/compare/{base}...{head}", self._compare),
                web.get(repo + "/contents/{path:.*}", self._content),
                web.get(repo + "/git/blobs/{sha}", self._blob),
                web.get(repo + "/pulls/{n}", self._pull),
                web.get(repo + "/pulls/{n}/{list:commits|files}", self._list),
                web.get(repo + "/actions/runs/{run}", self._run),
                web.post(repo + "/actions/runs/{run}/deployment_protection_rule", self._decide),
                web.post(repo + "/check-runs", self._check_run),
                web.get(repo + "/check-suites/{suite}/check-runs", self._check_runs),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        # As on GitHub Enterprise Server, so that nobody forgets the path of the base.
        self.api_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/v3"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def add_pull(
        self,
        number: int = 12,
        *,
        head: str,
        commits: list[dict[str, Any]] | None = None,
        files: list[dict[str, Any]] | None = None,
        counts: dict[str, int] | None = None,
        **said: Any,
    ) -> None:
        """A pull request, or a push to it; `counts` and `said` replace fields of its JSON."""
        commits = [a_commit(head)] if commits is None else commits
        files = [a_file("refunds/retry.py")] if files is None else files
        lengths = {"commits": len(commits), "changed_files": len(files)}
        pull = {
            "number": number,
            "title": "Retry refunds",
            "body": "Because they fail.",
            "user": JUN,
            "head": {"sha": head, "ref": "retry", "user": ACME},
            "base": {"sha": BASE, "ref": "main", "user": ACME},
            "labels": [],
            "merge_commit_sha": None,
            "merged_at": None,
            "state": "closed" if said.get("merged_at") else "open",
            **lengths,
            **(counts or {}),
            **said,
        }
        self._pulls[number] = {"json": pull, "commits": commits, "files": files}
        base = pull["base"]["sha"]
        self._compared[base, head] = {"commits": commits, "files": files}
        if merged_as := pull["merged_at"] and pull["merge_commit_sha"]:
            brought = [*commits, a_commit(merged_as)]
            self._compared[base, merged_as] = {"commits": brought, "files": files}
        self._trees.setdefault(BASE, {})
        for sha in (base, head, pull["merge_commit_sha"] or head, *(c["sha"] for c in commits)):
            self._trees.setdefault(sha, {})

    def say(self, number: int = 12, **said: Any) -> None:
        """It says something else of a pull request, were it ever so wrong."""
        self._pulls[number]["json"] |= said

    def say_files(self, number: int, files: list[dict[str, Any]]) -> None:
        """The list of a pull request's files is that of another moment."""
        self._pulls[number]["files"] = files

    def add_commit(self, sha: str, **said: Any) -> None:
        """A commit that belongs to no pull request."""
        self._commits[sha] = a_commit(sha) | {"files": [a_file("refunds/retry.py")]} | said
        for known in (sha, BASE, *(parent["sha"] for parent in self._commits[sha]["parents"])):
            self._trees.setdefault(known, {})

    def put(self, path: str, content: str | bytes, *, at: str = BASE) -> None:
        """A file, as it is at one commit."""
        encoded = content.encode() if isinstance(content, str) else content
        self._trees.setdefault(at, {})[path] = encoded

    def move(self, branch: str, sha: str) -> None:
        """A branch stands at another commit."""
        self._tips[branch] = sha
        self._trees.setdefault(sha, {})

    def changed_by(self, path: str, *commits: dict[str, Any], at: str = BASE) -> None:
        """What changed a file before `at`, the newest first."""
        self._history[path, at] = list(commits)

    def forget(self, sha: str) -> None:
        """A commit is force-pushed away, and nobody's any more."""
        self._compared = {ends: it for ends, it in self._compared.items() if sha not in ends}

    def rule_delivery(
        self, *, sha: str, environment: str = "production", run_id: int = 4711, **said: Any
    ) -> Delivery:
        """The signed webhook for a job that waits; `said` replaces fields of its payload."""
        self._waiting.add((run_id, environment))
        payload = {
            "action": "requested",
            "environment": environment,
            "event": "push",
            "deployment_callback_url": (
                f"{self.api_url}/repos/{self.repository}/actions/runs/{run_id}"
                "/deployment_protection_rule"
            ),
            "deployment": {"id": 1, "sha": sha, "ref": "main", "creator": {"login": "eve"}},
            "pull_requests": [],
            "repository": {
                "id": self.repository_id,
                "full_name": self.repository,
                "default_branch": self.default_branch,
            },
            "installation": {"id": self.installation_id},
            "sender": JUN,
        } | said
        return self.delivery(json.dumps(payload).encode())

    def pull_delivery(self, number: int = 12, *, action: str = "opened", **said: Any) -> Delivery:
        """The signed webhook for a pull request as it is now; `said` replaces fields of it."""
        payload = {
            "action": action,
            "number": number,
            "pull_request": self._pulls[number]["json"],
            "repository": {"id": self.repository_id, "full_name": self.repository},
            "installation": {"id": self.installation_id},
            "sender": JUN,
        } | said
        return self.delivery(json.dumps(payload).encode(), event="pull_request")

    def group_delivery(self, number: int = 12, *, head: str, **said: Any) -> Delivery:
        """The signed webhook for what a merge queue is about to merge."""
        group = {
            "head_sha": head,
            "head_ref": f"refs/heads/gh-readonly-queue/main/pr-{number}-{BASE}",
            "base_sha": BASE,
            "base_ref": "refs/heads/main",
        } | said
        payload = {
            "action": "checks_requested",
            "merge_group": group,
            "repository": {"id": self.repository_id, "full_name": self.repository},
            "installation": {"id": self.installation_id},
            "sender": {"login": "github-merge-queue[bot]", "type": "Bot", "id": 9},
        }
        return self.delivery(json.dumps(payload).encode(), event="merge_group")

    def group_destroyed(self, number: int = 12, *, head: str, reason: str, **said: Any) -> Delivery:
        """The signed webhook for a group that is no more."""
        asked = json.loads(self.group_delivery(number, head=head, **said).body)
        payload = asked | {"action": "destroyed", "reason": reason}
        return self.delivery(json.dumps(payload).encode(), event="merge_group")

    def run_delivery(self, run: dict[str, Any], *, action: str = "rerequested") -> Delivery:
        """The signed webhook for one check run of any App."""
        return self._about_checks("check_run", run, action)

    def suite_delivery(self, suite: dict[str, Any], *, action: str = "rerequested") -> Delivery:
        return self._about_checks("check_suite", suite, action)

    def _about_checks(self, event: str, about: dict[str, Any], action: str) -> Delivery:
        payload = {
            "action": action,
            event: about,
            "repository": {"id": self.repository_id, "full_name": self.repository},
            "installation": {"id": self.installation_id},
            "sender": JUN,
        }
        return self.delivery(json.dumps(payload).encode(), event=event)

    def between(
        self,
        base: str,
        head: str,
        *,
        commits: list[dict[str, Any]],
        files: list[dict[str, Any]] | None = None,
        status: str = "ahead",
    ) -> None:
        """What it says when these two are compared."""
        self._compared[base, head] = {"commits": commits, "files": files or [], "status": status}
        for sha in (base, head, *(it["sha"] for it in commits)):
            self._trees.setdefault(sha, {})

    def queue(self, head: str, *, of: int = 12) -> None:
        """It makes the commit that a merge group is to be merged as."""
        pull = self._pulls[of]
        self._compared[BASE, head] = {"commits": pull["commits"], "files": pull["files"]}
        self._trees.setdefault(head, {})

    def delivery(self, body: bytes, *, event: str = "deployment_protection_rule") -> Delivery:
        self._deliveries += 1
        digest = hmac.new(self.webhook_secret, body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": f"72d3162e-cc78-11e3-81ab-{self._deliveries:012d}",
            "x-hub-signature-256": f"sha256={digest}",
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

    def works_again(self) -> None:
        self._faults.clear()

    def meanwhile(self, where: str, happens: Callable[[], None]) -> None:
        """Right after the first answer to a call whose "METHOD /path" holds `where`."""
        self._meanwhile.append((where, happens))

    def start_again(self, run_id: int = 4711) -> None:
        """Somebody re-runs all jobs: the same run, its next attempt."""
        self._attempts[run_id] = self._attempts.get(run_id, 1) + 1

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    @web.middleware
    async def _strictly(self, request: web.Request, handler: Any) -> web.StreamResponse:
        call = f"{request.method} {request.path_qs.removeprefix('/api/v3')}"
        self.calls.append(call)
        for fault in self._faults:
            if fault.where in call and fault.times:
                fault.times -= 1
                headers = {"Content-Type": "application/json"} | fault.headers
                return web.Response(status=fault.status, headers=headers, body=fault.body)
        if refused := _refused_headers(request):
            return _problem(400, refused)
        credential = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path.startswith("/api/v3/app/"):
            allowed = self._is_our_app(credential)
        else:
            allowed = self._tokens.get(credential, self.clock()) > self.clock()
        if not allowed:
            return _problem(401, "Bad credentials")
        answer: web.StreamResponse = await handler(request)
        for due in [it for it in self._meanwhile if it[0] in call]:
            self._meanwhile.remove(due)
            due[1]()
        return answer

    def _is_our_app(self, credential: str) -> bool:
        try:
            claims = jwt.decode(
                credential,
                app_key().public_key(),
                algorithms=["RS256"],
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "require": ["iat", "exp", "iss"],
                },
            )
        except jwt.PyJWTError:
            return False
        now = self.clock().timestamp()
        fresh = claims["iat"] <= now < claims["exp"] <= now + 600
        return bool(fresh and claims["iss"] == self.app_id)

    async def _access_token(self, request: web.Request) -> web.Response:
        said = await request.json()
        if request.match_info["id"] != str(self.installation_id):
            return _problem(404, "Not Found")
        needed = NEEDED | ({"checks": "write"} if self.may_check else {})
        if said != {"repositories": [self.repository.partition("/")[2]], "permissions": needed}:
            return _problem(422, "Not what this App may ask for")
        token = f"ghs_{self.app_id}_" + f"{len(self.calls):03d}" * 150
        expires = self.clock() + self.token_life
        self._tokens[token] = expires
        return web.json_response(
            {"token": token, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}, status=201
        )

    async def _failed(self, request: web.Request) -> web.Response:
        lists = {"failure": self.failed, "success": self.taken}
        query = dict(request.query)
        start, status = query.pop("cursor", "v1_0"), query.pop("status", "")
        if query != {"per_page": "100"} or status not in lists or not start.startswith("v1_"):
            return _problem(422, "Invalid request")
        first = int(start.removeprefix("v1_"))
        page, more = lists[status][first : first + 100], lists[status][first + 100 :]
        # Whoever follows it instead of taking the cursor goes astray.
        link = f'<https://evil.example/?per_page=100&cursor=v1_{first + 100}>; rel="next"'
        return web.json_response(page, headers={"Link": link} if more else {})

    async def _attempt(self, request: web.Request) -> web.Response:
        self.tried_again.append(int(request.match_info["id"]))
        return web.json_response({}, status=202)

    async def _home(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "id": self.repository_id,
                "full_name": self.repository,
                "default_branch": self.default_branch,
            }
        )

    async def _ref(self, request: web.Request) -> web.Response:
        branch = request.match_info["branch"]
        if branch not in self._tips:
            return _problem(404, "Not Found")
        tip = {"sha": self._tips[branch], "type": "commit"}
        return web.json_response({"ref": f"refs/heads/{branch}", "object": tip})

    async def _pulls_of(self, request: web.Request) -> web.Response:
        sha = request.match_info["sha"]
        listed = [
            {k: v for k, v in pull["json"].items() if k not in ("commits", "changed_files")}
            for pull in self._pulls.values()
            if sha in (pull["json"]["merge_commit_sha"], (pull["json"]["head"] or {}).get("sha"))
            or sha in (c["sha"] for c in pull["commits"])
        ]
        return web.json_response(listed)

    async def _commit(self, request: web.Request) -> web.Response:
        sha = request.match_info["sha"]
        commit = self._commits.get(sha) or next(
            (
                entry | {"files": pull["files"]}
                for pull in self._pulls.values()
                for entry in pull["commits"]
                if entry["sha"] == sha
            ),
            None,
        )
        return web.json_response(commit) if commit else _problem(422, "No commit found")

    async def _pull(self, request: web.Request) -> web.Response:
        pull = self._pulls.get(int(request.match_info["n"]))
        return web.json_response(pull["json"]) if pull else _problem(404, "Not Found")

    async def _list(self, request: web.Request) -> web.Response:
        sort = request.match_info["list"]
        most = {"commits": 250, "files": 3_000}[sort]
        size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        if not 1 <= size <= 100:
            return _problem(422, "per_page")
        entries = self._pulls[int(request.match_info["n"])][sort][:most]
        return web.json_response(entries[(page - 1) * size : page * size])

    async def _commits_to(self, request: web.Request) -> web.Response:
        path, sha = request.query["path"], request.query["sha"]
        if sha not in self._trees or not 1 <= int(request.query["per_page"]) <= 100:
            return _problem(422, "Invalid request")
        return web.json_response(self._history.get((path, sha), []))

    async def _compare(self, request: web.Request) -> web.Response:
        ends = request.match_info["base"], request.match_info["head"]
        found = self._compared.get(ends)
        if found is None:
            return _problem(404, "Not Found")
        size, page = int(request.query["per_page"]), int(request.query["page"])
        commits = found["commits"]
        answer = {
            "status": found.get("status", "ahead"),
            "total_commits": len(commits),
            "commits": commits[(page - 1) * size : page * size],
            "files": found["files"][:300] if page == 1 else [],
        }
        return web.json_response(answer)

    async def _content(self, request: web.Request) -> web.Response:
        ref, path = request.query["ref"], request.match_info["path"]
        if not SHA.fullmatch(ref):
            return _problem(422, "A branch moves; ask for a commit")
        if ref not in self._trees:
            return _problem(404, f"No commit found for the ref {ref}")
        content = self._trees[ref].get(path)
        if content is None:
            inside = self._folder(ref, path)
            return web.json_response(inside) if inside else _problem(404, "Not Found")
        inline = len(content) <= INLINE
        answer = {
            "type": "file",
            "path": path,
            "sha": blob_sha(content),
            "size": len(content),
            "encoding": "base64" if inline else "none",
            "content": base64.encodebytes(content).decode() if inline else "",
        }
        return web.json_response(answer)

    def _folder(self, ref: str, path: str) -> list[dict[str, Any]]:
        """The files and folders right below it."""
        start = f"{path}/" if path else ""
        found: dict[str, dict[str, Any]] = {}
        for name, content in self._trees[ref].items():
            if name.startswith(start):
                first, deeper, _ = name.removeprefix(start).partition("/")
                sort = "dir" if deeper else "file"
                found[first] = {"path": start + first, "type": sort, "sha": blob_sha(content)}
        return list(found.values())[:1_000]

    async def _blob(self, request: web.Request) -> web.Response:
        for content in (it for tree in self._trees.values() for it in tree.values()):
            if blob_sha(content) == request.match_info["sha"]:
                encoded = base64.encodebytes(content).decode()
                return web.json_response({"encoding": "base64", "content": encoded})
        return _problem(404, "Not Found")

    async def _run(self, request: web.Request) -> web.Response:
        run = int(request.match_info["run"])
        return web.json_response({"id": run, "run_attempt": self._attempts.get(run, 1)})

    async def _decide(self, request: web.Request) -> web.Response:
        said = await request.json()
        run = int(request.match_info["run"])
        if set(said) == {"environment_name", "comment"} and len(said["comment"]) <= 1_024:
            self.remarks.append(said["comment"])
            return web.Response(status=204)
        right = set(said) == {"environment_name", "state", "comment"}
        if not right or said["state"] not in ("approved", "rejected"):
            return _problem(422, "Invalid request")
        if len(said["comment"]) > 1_024:
            return _problem(422, "Comment is too long")
        if (run, said["environment_name"]) not in self._waiting:
            return _problem(422, "No pending deployment to that environment")
        self._waiting.discard((run, said["environment_name"]))
        self.decisions.append(
            Decision(
                run_id=run,
                environment=said["environment_name"],
                state=said["state"],
                comment=said["comment"],
            )
        )
        return web.Response(status=204)

    async def _check_run(self, request: web.Request) -> web.Response:
        said = await request.json()
        known = {"name", "head_sha", "status", "conclusion", "external_id", "output"}
        ends = {"success", "failure", "timed_out", "cancelled", "action_required"}
        wrong = (
            set(said) != known or said["status"] != "completed" or said["conclusion"] not in ends
        )
        if (
            wrong
            or not SHA.fullmatch(said["head_sha"])
            or set(said["output"]) != {"title", "summary"}
        ):
            return _problem(422, "Invalid request")
        self.checks.append(said)
        return web.json_response({"id": len(self.checks)}, status=201)

    async def _check_runs(self, request: web.Request) -> web.Response:
        if dict(request.query) != {"filter": "latest", "per_page": "100"}:
            return _problem(422, "Invalid request")
        listed = self.suites[int(request.match_info["suite"])]
        return web.json_response({"total_count": len(listed), "check_runs": listed})


def a_commit(sha: str, **said: Any) -> dict[str, Any]:
    signature = {"name": "Jun Ito", "email": "jun@acme.example", "date": "2026-11-21T10:00:00Z"}
    return {
        "sha": sha,
        "commit": {"message": "Retry refunds", "author": signature, "committer": signature},
        "author": JUN,
        "committer": JUN,
        "parents": [{"sha": BASE}],
    } | said


def by(login: str, sha: str, *, on: str = "2026-11-20T10:00:00Z", **said: Any) -> dict[str, Any]:
    """A commit of somebody else's; `on` is its date."""
    signature = {"name": login.title(), "email": f"{login}@acme.example", "date": on}
    account = {"login": login, "type": "User", "id": sum(map(ord, login))}
    commit = {"message": "Earlier", "author": signature, "committer": signature}
    return a_commit(sha, commit=commit, author=account, committer=account) | said


def a_file(name: str, **said: Any) -> dict[str, Any]:
    return {
        "filename": name,
        "status": "modified",
        "additions": 40,
        "deletions": 3,
        "sha": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
        "patch": "@@ -1 +1 @@\n-before\n+after",
    } | said


def blob_sha(content: bytes) -> str:
    """As git names it."""
    spelled = b"blob %d\0" % len(content) + content
    return hashlib.sha1(spelled, usedforsecurity=False).hexdigest()


def _refused_headers(request: web.Request) -> str:
    wanted = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "Countersign",
    }
    wrong = [name for name, value in wanted.items() if request.headers.get(name) != value]
    if request.can_read_body and request.content_type != "application/json":
        wrong.append("Content-Type")
    return ", ".join(wrong)


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)

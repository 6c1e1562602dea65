"""What would the run do, by the plan that HCP Terraform keeps of it?"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from bot.addresses import matches_prefix
from bot.domain.change import Resource
from bot.domain.risk.plans import resources
from bot.pipelines.answers import succeeded
from bot.pipelines.platform import Platform, Refused, bearer
from bot.ports import Request, Undelivered

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PLAN = re.compile(r"/api/v2/plans/(plan-[A-Za-z0-9]{1,100})/json-output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`digest` names exactly this plan: sha256 of its JSON, without the time it was made at."""

    resources: tuple[Resource, ...]
    digest: str


def path_of(url: str, base: str) -> str:
    """The plan's path below the platform; empty if that is no address of a plan there."""
    found = _PLAN.fullmatch(url.removeprefix(base)) if url.startswith(base) else None
    return found[0] if found else ""


async def fetched(platform: Platform, path: str, token: str, archive: str) -> Plan | None:
    """None: there is none for us, for good. Raises Undelivered or Unreachable."""
    try:
        body = await _body(platform, path, token, archive)
    except Refused as refused:
        if refused.final:
            return None
        raise
    plan = await asyncio.to_thread(read, body)
    if plan is None:
        raise Undelivered("the plan cannot be read (yet)")
    return plan


def read(body: bytes) -> Plan | None:
    """None if it is no plan."""
    try:
        said = json.loads(body)
        found = resources(said)
        if found is None:
            return None
        told = {name: it for name, it in said.items() if name != "timestamp"}
        written = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None
    return Plan(resources=found, digest=hashlib.sha256(written).hexdigest())


async def _body(platform: Platform, path: str, token: str, archive: str) -> bytes:
    """The plan's address leads on to where it lies: there we go once, and without the token."""
    try:
        return (await platform.call("GET", path, headers=bearer(token))).body
    except Refused as refused:
        if refused.answer.status not in _REDIRECTS:
            raise
        there = _joined(f"{platform.url}{path}", refused.answer.headers.get("location", ""))
    if not any(matches_prefix(there, known) for known in (platform.url, archive)):
        raise Undelivered("the plan lies where we do not look for it", final=True)
    answer = await platform.send(Request(method="GET", url=there))
    if not succeeded(answer.status):
        raise Undelivered(f"the plan's archive answered {answer.status}")
    return answer.body


def _joined(asked: str, location: str) -> str:
    """Empty for what is no address."""
    try:
        return urljoin(asked, location) if location else ""
    except ValueError:
        return ""

"""What do the commands without a server read in tests? Files of the house of tests.builders."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.running import run
from tests.builders import sha

PEOPLE = """
people:
  jun: {name: Jun Ito, level: mid, slack: U0JUN, github: jun, emails: [jun@acme.example]}
  kim: {name: Kim Lee, level: junior, slack: U0KIM, emails: [kim@acme.example]}
  ada: {name: Ada Park, level: senior, slack: U0ADA, github: ada, emails: [ada@acme.example], timezone: Europe/London, hours: "09:00-17:30"}
  grace: {name: Grace Obi, level: senior, slack: U0GRACE, github: grace, emails: [grace@acme.example], timezone: Africa/Lagos}
  pat: {name: Pat Moe, level: principal, slack: U0PAT, github: pat, emails: [pat@acme.example]}
  ruth: {name: Ruth Roe, level: staff, slack: U0RUTH, github: ruth, emails: [ruth@acme.example]}
groups:
  payments-seniors: {members: [ada, grace], owns: acme/payments-*, teams: "@acme/payments", on_call: payments}
  platform: {members: [pat, ruth], teams: "@acme/platform"}
connections:
  payments-ci: {kind: webhook, secret_env: PAYMENTS_CI_SECRET}
rotas:
  payments: {kind: rotation, members: [grace, ada], starting: 2026-01-05, every: 7d, timezone: UTC}
windows:
  year-end: {kind: freeze, from: 2026-12-19, to: 2027-01-03, timezone: UTC}
slas:
  production: {remind: 15m, escalate: 1h, expire: 8h, escalate_to: platform}
"""

POLICY = """
policy:
  rules:
    - name: AI in production
      when: {environment: production, ai: [assisted, contradicted, suspected, undeclared], author_level: {below: senior}}
      require: {sla: production}
    - name: Freeze
      when: {window: year-end}
      require: {approvals: 2, reason: true}
    - name: Words only
      when: {paths: "docs/**"}
      require: {approvals: 0}
  groups:
    - name: Infrastructure
      when: {paths: "infra/**"}
      rules:
        - {name: Platform looks, require: {level: staff, from: platform, checklist: [The plan was read], declaration: required}}
"""

CONFIG = PEOPLE + POLICY
CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"
NOON = "2026-11-25T12:00:00Z"
"""A Wednesday."""

Captured = pytest.CaptureFixture[str]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with the files that a command is given."""

    path: Path

    def put(self, name: str, content: object) -> str:
        """Text and bytes as they are, anything else as JSON; gives the name for the command."""
        file = self.path / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(file)


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def told(capsys: Captured, target: str, options: Mapping[str, object]) -> Told:
    """What a command says, run as the command line runs it."""
    capsys.readouterr()
    code = run(argparse.Namespace(target=f"bot.offline.{target}:run", **options))
    captured = capsys.readouterr()
    return Told(code, captured.out, captured.err)


def a_message(**facts: Any) -> dict[str, Any]:
    """Jun's change to payments-api in the webhook's JSON: one file, one commit."""
    known: dict[str, Any] = {
        "key": "payments-api/deploy/4711",
        "repository": "acme/payments-api",
        "revision": sha(),
        "environment": "production",
        "title": "Retry refunds",
        "author": {"login": "jun"},
        "commits": [{"sha": sha(), "message": "Retry refunds", "author": {"login": "jun"}}],
        "files": [{"path": "refunds/retry.py", "additions": 40, "deletions": 3}],
    }
    stated = {key: value for key, value in {**known, **facts}.items() if value is not ...}
    return {"type": "change.ready", "timestamp": NOON, "data": stated}

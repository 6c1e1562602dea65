"""What stands in repositories of strangers, and at addresses of others? Policies, patches, owners, calendars."""

from __future__ import annotations

from bot import config
from bot.config import ConfigError
from bot.demo.changes import RETRY
from bot.demo.company import CONFIG
from bot.domain.evidence.notes import read_note
from bot.domain.owners import Dialect
from bot.domain.owners.codeowners import parse
from bot.domain.risk.diffs import inspect
from bot.rotas import Unreadable
from bot.rotas.ical import shifts
from tests.rotas.test_ical import ADA, PEOPLE, SINCE, TIMES, UNTIL, a_calendar, an_event

KNOWN = config.load(CONFIG.replace("CALLBACK_PREFIX", "https://ci.acme.example/"))
POLICY = b"""\
version: 1
rules:
  - name: Refunds
    when: {environment: production, paths: ["refunds/**"], any: [{risk: high}, {unowned: true}]}
    require: {approvals: 2, reason: true}
"""
OWNERS = b"""\
* @acme/all
[Payments][2] @ada
refunds/**/*.py @grace ada@acme.example # as agreed
/docs/[a-z]*
!vendor/
"""
NOTE = b'src/a.py\n  d9978a8723e02b52 1-4\n---\n{"prompts": {"d9978a8723e02b52": {"agent_id": {"tool": "cursor"}}}}'
PATHS = ("refunds/retry.py", "docs/a", "vendor/x/y.go", "a b/\u00e9.py")


def repository_policy(said: bytes) -> None:
    config.repository_policy(said.decode("utf-8", "replace"), KNOWN)


def patch(said: bytes) -> None:
    found = inspect("refunds/retry.py", said.decode("utf-8", "replace"), status="modified")
    assert len(found.settings) < 10_000


def codeowners(said: bytes) -> None:
    for dialect in Dialect:
        found = parse(said.decode("utf-8", "replace"), dialect).of(PATHS)
        assert all(isinstance(it.owners, tuple) for it in found)


def calendar(said: bytes) -> None:
    shifts(said.decode("utf-8", "replace"), SINCE, UNTIL, PEOPLE.get)


def git_note(said: bytes) -> None:
    for ref in ("refs/notes/ai", "refs/notes/agent-trace", "refs/notes/x"):
        read_note(ref, said.decode("utf-8", "replace"), signed=False)


READERS = (
    (repository_policy, [POLICY], (ConfigError,)),
    (patch, [RETRY.encode(), b"@@ -1 +1 @@\n-replicas: 2\n+replicas: 40\n"], ()),
    (codeowners, [OWNERS], ()),
    (calendar, [a_calendar(an_event(TIMES, ADA)).encode(), a_calendar(an_event(TIMES, ADA, "RRULE:FREQ=WEEKLY;COUNT=3")).encode()], (Unreadable,)),
    (git_note, [NOTE], ()),
)  # fmt: skip

"""`kill -9` at every point between a change that comes in and a pipeline that is told, on both stores."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from itertools import count
from typing import Any

import pytest

from bot.domain.signoff import Status
from storage import audit
from storage.store import Session, Store
from tests.builders import NOW, minutes
from tests.faults import records
from tests.faults.evidence import Evidence, Press, Received
from tests.faults.judge import judge
from tests.faults.mutated import HOME

POINTS = {
    "before begin",
    "after begin",
    "before commit",
    "after commit",
    "before send",
    "before its answer is heard",
    "before acknowledge",
    "after acknowledge",
}

pytestmark = pytest.mark.timeout(180)


def test_whoever_dies_anywhere_loses_nothing_and_says_nothing_twice(database_url: str) -> None:
    """Each life dies a point later than the one before, whose story it ends first."""
    said = lives(database_url)
    died = Counter(where for word, where in said if word == "died")
    assert set(died) == POINTS
    assert min(died[it] for it in POINTS if "begin" in it or "commit" in it) >= 4
    evidence = asyncio.run(witnessed(database_url, said))
    assert not judge(evidence), [str(it) for it in judge(evidence)]
    assert {it.status for it in evidence.stored.values()} == {Status.APPROVED}
    assert len(evidence.stored) == sum(died.values()) + 1
    assert not evidence.waiting


def lives(url: str) -> list[Any]:
    """Until one does not die any more."""
    what = [sys.executable, "-m", "tests.faults.crashing"]
    with subprocess.Popen(
        what, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        said: list[Any] = []
        for life in count(1):
            process.stdin.write(json.dumps({"url": url, "life": life}) + "\n")
            process.stdin.flush()
            before = len(said)
            while (line := json.loads(process.stdout.readline()))[0] != "ended":
                said.append(line)
            last = said[-1][0] if len(said) > before else ""
            assert last in ("died", "done"), "it ended otherwise"
            if last == "done":
                break
        process.stdin.close()
    return said


async def witnessed(url: str, said: list[Any]) -> Evidence:
    counted = {what for word, what in said if word == "counted"}
    received = [_received(*what) for word, what in said if word == "received"]
    known = {
        "acknowledged": frozenset(what for word, what in said if word == "acknowledged"),
        "presses": [Press(id=it, person="ada", words=it, counted=True) for it in counted],
    }

    def read(session: Session) -> Evidence:
        assert audit.verify(session) is None
        return records.read(session, received, NOW + minutes(10_000), **known)

    store = Store(url)
    try:
        return await store.read(read)
    finally:
        await store.close()


def _received(message_id: str, signoff: str, status: str, digest: str) -> Received:
    at = NOW + minutes(10_000)
    return Received(message_id=message_id, signoff=signoff, status=status, digest=digest, at=at)

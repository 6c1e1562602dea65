"""How long does it take to look a long trail through, and in how much memory?

`python -m tests.bench.trail`: copies of one signoff with its entries, attestation and checkpoints,
each with an id of its own, in a hundred lines, so that everything holds and is guarded; then
`countersign audit verify` beside it. Whatever it finds fault with ends the measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import re
import resource
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import checkpoint, merkle
from bot.domain.statement import Position, statement_of
from bot.domain.summary import summary_of
from bot.domain.unshipped import line_of
from bot.engine.attesting import Decided, decided_by
from bot.engine.checkpointing import ENTRIES
from bot.merkle import Growing
from storage import audit, guarding
from storage.attestations import Told
from storage.documents import canonical, read_event, read_signoff
from tests import test_auditing as house

AT_ONCE = 5_000
OLD, OLD_KEY, OLD_ENVIRONMENT = "sgn_1", "deploy/0", "e0"

LOOK_EVERY = 0.05
LINES = 100
"""So many environments; in each the last copy is what was asked for last."""


@dataclass(slots=True)
class Copier:
    """Writes the same signoff again and again, as if it had happened so often."""

    database: sqlite3.Connection
    events: list[str]
    row: dict[str, Any]
    place: dict[str, Any]
    seq: int = 0
    prev: str = audit.NOTHING
    tree: Growing = field(default_factory=Growing)
    signed: int = 0
    waiting: list[Decided] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    complete: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def copy(self, number: int) -> None:
        new = {
            OLD: f"sgn_{number:012d}",
            OLD_KEY: f"deploy/{number}",
            OLD_ENVIRONMENT: f"e{number % LINES}",
        }
        id, key, environment = new.values()
        told = [self._append(id, _renamed(event, new)) for event in self.events]
        decided, _ = decided_by(told)
        assert decided
        self.waiting.append(decided)
        if self.seq - self.signed >= ENTRIES:
            self.sign()
        document = _renamed(self.row["document"], new)
        line = line_of(read_signoff(document).change)
        row = {**self.row, "id": id, "key": key, "document": document}
        self._insert("signoff", {**row, "environment": environment, "line": line})
        self._insert("place", {**self.place, "line": line, "newest": id}, "INSERT OR REPLACE")

    def _append(self, id: str, event: str) -> Told:
        self.seq += 1
        entry = {"v": audit.FORMAT, "seq": self.seq, "prev": self.prev, "signoff": id}
        entry["salt"] = secrets.token_hex(16)
        body = canonical({**entry, "event": json.loads(event)})
        leaf = audit.leaf_of(body)
        row = {"seq": self.seq, "signoff_id": id, "prev": self.prev, "leaf": leaf}
        self._insert("audit", {**row, "body": body.decode()})
        self.prev = leaf
        self.tree.append(bytes.fromhex(leaf))
        self.leaves.append(bytes.fromhex(leaf))
        return Told(self.seq, leaf, read_event(json.loads(event)))

    def sign(self) -> None:
        """A checkpoint, and with it whatever was decided since the one before."""
        root, self.signed = self.tree.root(), self.seq
        said = checkpoint.text(house.ORIGIN, self.seq, root)
        note = checkpoint.signed(said, house.ORIGIN, house.PUBLIC, house.KEY.sign)
        row = {"size": self.seq, "root": root.hex(), "note": note, "at": "2026-11-23 10:00:00"}
        self._insert("checkpoint", row)
        for decided in self.waiting:
            self._attest(decided, note)
        self.waiting.clear()

    def _attest(self, decided: Decided, note: str) -> None:
        proof = merkle.inclusion(decided.by.seq - 1, self.seq, self._subtree)
        position = Position(
            origin=house.ORIGIN,
            seq=decided.by.seq,
            leaf=decided.by.leaf,
            checkpoint=note,
            proof=tuple(base64.b64encode(it).decode() for it in proof),
        )
        it = decided.signoff
        until = it.opened_at + timedelta(days=30)
        envelope = house.enveloped(
            statement_of(it, position, until, decided.standings, decided.deciders), house.KEY
        )
        digest = hashlib.sha256(envelope.encode()).hexdigest()
        summary = summary_of(it, "https://sign.acme.example", digest)
        row = {"signoff_id": it.id, "envelope": envelope}
        self._insert(
            "attestation", {**row, "summary": summary and house.enveloped(summary, house.KEY)}
        )

    def _subtree(self, low: int, high: int) -> bytes:
        """Only those that are complete are known for good."""
        if high - low == 1:
            return self.leaves[low]
        if found := self.complete.get((low, high)):
            return found
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        made = merkle.node_of(self._subtree(low, middle), self._subtree(middle, high))
        if (high - low).bit_count() == 1:
            self.complete[low, high] = made
        return made

    def _insert(self, table: str, row: dict[str, Any], how: str = "INSERT") -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        statement = f"{how} INTO {table} ({names}) VALUES ({marks})"
        self.database.execute(statement, tuple(row.values()))


def _renamed(document: str, new: Mapping[str, str]) -> str:
    for old, it in new.items():
        document = document.replace(f'"{old}"', f'"{it}"')
    return document


def fill(file: Path, entries: int) -> None:
    asyncio.run(house.filled(f"sqlite:///{file}"))
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA synchronous = OFF")
        for statement in guarding.TAKEN_AWAY["sqlite"]:
            database.execute(statement)
        bodies = "SELECT body FROM audit WHERE signoff_id = ? ORDER BY seq"
        found = [json.loads(it["body"])["event"] for it in database.execute(bodies, (OLD,))]
        row = database.execute("SELECT * FROM signoff WHERE id = ?", (OLD,)).fetchone()
        place = database.execute("SELECT * FROM place WHERE newest = ?", (OLD,)).fetchone()
        for table in ("audit", "signoff", "attestation", "checkpoint", "tile", "place"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608
        copier = Copier(database, [json.dumps(it) for it in found], dict(row), dict(place))
        number = 0
        while copier.seq < entries:
            copier.copy(number := number + 1)
            if not number % AT_ONCE:
                database.commit()
        copier.sign()
        for statement in guarding.SQLITE:
            database.execute(statement)
        database.commit()


def report(entries: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "countersign.db"
        fill(file, entries)
        key = str(house.pem(Path(folder), house.KEY))
        yield f"{entries:,} entries, {file.stat().st_size / 1e6:,.0f} MB"
        for more in (("--quick",), ()):
            yield _looked(file, "--key", key, *more)


def _looked(file: Path, *words: str) -> str:
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{file}"}  # noqa: TID251
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "bot", "audit", "verify", *words]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as done:
        memory = 0
        while done.poll() is None:
            memory = max(memory, _peak(done.pid))
            time.sleep(LOOK_EVERY)
    if done.returncode:
        raise SystemExit(f"exit {done.returncode}: nothing was measured")
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = "quick" if "--quick" in words else "in full"
    return f"{what}: exit 0, {took:.0f} s ({used:.1f} s of CPU), {memory / 1024:.0f} MB"


def _peak(pid: int) -> int:
    """In kB. What `wait` tells of a child is at least as much as we took ourselves when it began."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trail", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    for line in report(parser.parse_args().entries):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

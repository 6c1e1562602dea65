"""How long does it take to look a long trail through, and in how much memory?

`python -m tests.bench.trail`: copies of one signoff with its entries, attestation and checkpoints,
each with an id of its own, so that everything holds; then `countersign audit verify` beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import checkpoint
from bot.engine.checkpointing import ENTRIES
from bot.merkle import Growing
from storage import audit
from storage.documents import read_signoff
from tests import test_auditing as house

AT_ONCE = 5_000
OLD = "sgn_1"


@dataclass(slots=True)
class Copier:
    """Writes the same signoff again and again, as if it had happened so often."""

    database: sqlite3.Connection
    events: list[str]
    row: dict[str, Any]
    seq: int = 0
    prev: str = audit.NOTHING
    tree: Growing = field(default_factory=Growing)

    def copy(self, number: int) -> None:
        id, key = f"sgn_{number:012d}", f"deploy/{number}"
        for event in self.events:
            self._append(id, event.replace(f'"{OLD}"', f'"{id}"').replace('"deploy/0"', f'"{key}"'))
        document = self.row["document"].replace(f'"{OLD}"', f'"{id}"')
        document = document.replace('"deploy/0"', f'"{key}"')
        row = {**self.row, "id": id, "key": key, "document": document}
        self._insert("signoff", row)
        envelope = house.enveloped(house.statement(read_signoff(document)), house.KEY)
        self._insert("attestation", {"signoff_id": id, "envelope": envelope})

    def _append(self, id: str, event: str) -> None:
        self.seq += 1
        entry = {"v": audit.FORMAT, "seq": self.seq, "prev": self.prev, "signoff": id}
        body = audit.canonical({**entry, "event": json.loads(event)})
        leaf = audit.leaf_of(body)
        row = {"seq": self.seq, "signoff_id": id, "prev": self.prev, "leaf": leaf}
        self._insert("audit", {**row, "body": body.decode()})
        self.prev = leaf
        self.tree.append(bytes.fromhex(leaf))
        if not self.seq % ENTRIES:
            self._sign()

    def _sign(self) -> None:
        root = self.tree.root()
        said = checkpoint.text(house.ORIGIN, self.seq, root)
        note = checkpoint.signed(said, house.ORIGIN, house.PUBLIC, house.KEY.sign)
        row = {"size": self.seq, "root": root.hex(), "note": note, "at": "2026-11-23 10:00:00"}
        self._insert("checkpoint", row)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        self.database.execute(statement, tuple(row.values()))


def fill(file: Path, entries: int) -> None:
    asyncio.run(house.filled(f"sqlite:///{file}"))
    house.take_guards_away(file)
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA synchronous = OFF")
        bodies = "SELECT body FROM audit WHERE signoff_id = ? ORDER BY seq"
        found = [json.loads(it["body"])["event"] for it in database.execute(bodies, (OLD,))]
        row = database.execute("SELECT * FROM signoff WHERE id = ?", (OLD,)).fetchone()
        for table in ("audit", "signoff", "attestation", "checkpoint", "tile"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608
        copier = Copier(database, [json.dumps(it) for it in found], dict(row))
        number = 0
        while copier.seq < entries:
            copier.copy(number := number + 1)
            if not number % AT_ONCE:
                database.commit()
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
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=False)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = "quick" if "--quick" in words else "in full"
    memory = after.ru_maxrss / 1024
    return f"{what}: exit {done.returncode}, {took:.0f} s ({used:.0f} s of CPU), {memory:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trail", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    for line in report(parser.parse_args().entries):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

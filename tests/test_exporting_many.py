"""Does an export of very many take no more memory than one of a few?"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot import signing
from storage import audit, checkpoints
from tests.exporting import SIGNER, database, staged

MANY, FEW = 8_000, 200
ROOM = 24 << 20
"""Bytes that many may take more than few do: a page cache, and lists that are bounded."""


def renamed(text: str, id: str) -> str:
    return text.replace("sgn_1", id).replace("deploy/1", f"deploy/{id}")


def copied(file: Path, first: int, last: int) -> None:
    """Many more like the first, with a chain that holds."""
    with closing(sqlite3.connect(file)) as connection:
        (row,) = connection.execute("SELECT * FROM signoff WHERE id = 'sgn_1'").fetchall()
        names = [it[1] for it in connection.execute("PRAGMA table_info(signoff)")]
        told = connection.execute(
            "SELECT body FROM audit WHERE signoff_id = 'sgn_1' ORDER BY seq"
        ).fetchall()
        seq, prev = connection.execute(
            "SELECT seq, leaf FROM audit ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        for number in range(first, last):
            id = f"sgn_m{number}"
            for (body,) in told:
                entry = json.loads(renamed(body, id))
                entry |= {"seq": (seq := seq + 1), "prev": prev}
                written = audit.canonical(entry)
                leaf = audit.leaf_of(written)
                connection.execute(
                    "INSERT INTO audit (seq, signoff_id, prev, leaf, body) VALUES (?, ?, ?, ?, ?)",
                    (seq, id, prev, leaf, written.decode()),
                )
                prev = leaf
            copy = dict(zip(names, row, strict=True))
            copy |= {"id": id, "key": f"deploy/{id}", "document": renamed(copy["document"], id)}
            marks = ", ".join("?" * len(names))
            connection.execute(
                f"INSERT INTO signoff ({', '.join(names)}) VALUES ({marks})",  # noqa: S608
                [copy[name] for name in names],
            )
        connection.commit()


def peak(url: str, out: Path, key: Path) -> int:
    """Bytes that the command took at most, in a process of its own."""
    words = ["export", "--since", "2026-11-23", "--until", "2026-11-24", "--format", "jsonl"]
    words += ["--out", str(out), "--key", str(key)]
    program = (
        "import resource, sys\n"
        "from bot.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
    )
    environ = {**os.environ, "DATABASE_URL": url}  # noqa: TID251
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    code, bytes_ = done.stdout.split()
    assert code == "0", done.stderr[:2000]
    return int(bytes_)


async def covered(url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By a checkpoint over all of them."""
    stage = await staged(url, folder, capsys)
    last = await stage.house.store.read(checkpoints.last_entry)
    await stage.checkpointing.covering(last)
    await stage.house.store.close()


@pytest.mark.timeout(240)
async def test_many_take_no_more_memory_than_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    stage = await staged(url, tmp_path, capsys)
    await stage.decided(1, None)
    await stage.house.store.close()
    key = tmp_path / "countersign.pub"
    key.write_text(signing.pem(SIGNER.public))
    copied(database(url), 0, FEW)
    few = peak(url, tmp_path / "few.jsonl", key)
    copied(database(url), FEW, MANY)
    await covered(url, tmp_path, capsys)
    many = peak(url, tmp_path / "many.jsonl", key)
    assert many - few < ROOM
    assert (tmp_path / "many.jsonl").read_bytes().count(b"\n") == MANY + 2

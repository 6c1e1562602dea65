"""How is a database begun that has its tables already? As a copy: to make them takes longer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import migrating
from storage.opening import opened


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        with opened(f"sqlite:///{file}", new=True) as connection:
            migrating.bring_up(connection)
        return file.read_bytes()


def begun(file: Path) -> str:
    """The URL of a file as a store leaves it that was opened once. One that is there stays so."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_empty())
    return f"sqlite:///{file}"

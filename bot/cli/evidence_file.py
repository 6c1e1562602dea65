"""`--attestation FILE`: where is what was signed of a yes kept, for `countersign verify`?"""

from __future__ import annotations

from pathlib import Path

from bot.cli.asking import NotAnswered
from bot.cli.calling import Say, Server, encoded


def begun(path: str) -> None:
    """Before anybody waits: it can be written, and holds nothing of an earlier run.

    Raises NotAnswered.
    """
    _write(path, "")


def kept(asked: Server, id: str, path: str, say: Say) -> None:
    """The envelope, as the server hands it out. Raises Refused, OutOfTime and NotAnswered."""
    _write(path, encoded(asked.ask(f"/api/v1/signoffs/{id}/attestation", say)) + "\n")


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="ascii")
    except OSError as problem:
        why = problem.strerror or "it is no file"
        raise NotAnswered(f"--attestation {path} cannot be written: {why}") from None

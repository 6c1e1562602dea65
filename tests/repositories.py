"""How do tests come by a real git repository? They make it, commit by commit."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.builders import NOW

JUN = ("Jun Ito", "jun@acme.example")


@dataclass(slots=True)
class Repository:
    """A repository whose clock goes on by a minute with every commit."""

    path: Path
    now: datetime = NOW

    def git(self, *words: str, given: str | bytes = "", person: tuple[str, str] = JUN) -> str:
        """Runs git as a person, with no configuration but the repository's own."""
        name, email = person
        moment = f"{int(self.now.timestamp())} +0000"
        roles = {f"GIT_{role}_{fact}": value for role in ("AUTHOR", "COMMITTER")
                 for fact, value in (("NAME", name), ("EMAIL", email), ("DATE", moment))}  # fmt: skip
        quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **quiet, **roles},
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def write(self, name: str, content: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str, person: tuple[str, str] = JUN, **files: str | bytes) -> str:
        """Commits all there is, and `files` (`a_py` is a.py); gives the sha."""
        for name, content in files.items():
            self.write(name.replace("_", "."), content)
        self.now += timedelta(minutes=1)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "--quiet", "--file=-", given=message, person=person)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str, person: tuple[str, str] = JUN) -> str:
        self.now += timedelta(minutes=1)
        self.git("merge", "--quiet", "--no-ff", "-m", message, branch, person=person)
        return self.git("rev-parse", "HEAD")


def a_repository(path: Path, *, name: str = "payments-api") -> Repository:
    folder = path / name
    folder.mkdir(parents=True)
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made

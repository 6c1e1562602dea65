"""What would a process do that has this bug? It runs a module of ours with other texts in it.

    python -m tests.faults.mutated '[["storage/leases.py", "old text", "new text"]]' a.module …

Only that process has it: nothing that was edited is imported before, and no file is touched.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

HOME = Path(__file__).parents[2]

Edit = tuple[str, str, str]
"""A module by its path from the root, and the one place in it: what stands there, and what is to."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Finds the modules that were edited before anybody else does, and loads them."""

    texts: Mapping[str, str]

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        path = _path(name)
        if path not in self.texts:
            return None
        return spec_from_loader(name, self, origin=str(HOME / path))  # type: ignore[arg-type]

    def create_module(self, _: ModuleSpec) -> None:
        """As usual."""

    def exec_module(self, module: ModuleType) -> None:
        path = _path(module.__name__)
        exec(compile(self.texts[path], str(HOME / path), "exec"), module.__dict__)  # noqa: S102 -- our own text


def become(edits: Sequence[Edit]) -> None:
    """What imports these modules from now on gets them so. Each text has to stand there once."""
    texts = _texts(edits)
    known = [path for path in map(_path, sys.modules) if path in texts]
    assert not known, f"{known} were imported before they were edited"
    sys.meta_path.insert(0, Edited(texts))  # type: ignore[arg-type]


def _path(name: str) -> str:
    return name.replace(".", "/") + ".py"


def _texts(edits: Sequence[Edit]) -> Mapping[str, str]:
    """By module."""
    texts: dict[str, str] = defaultdict(str)
    for path, old, new in edits:
        text = texts[path] or (HOME / path).read_text()
        found = text.count(old)
        assert found == 1, f"{old!r} stands {found} times in {path}"
        texts[path] = text.replace(old, new)
    return texts


def command(edits: Sequence[Edit], module: str, *arguments: str) -> list[str]:
    """What to start, from the root of the repository."""
    return [sys.executable, "-m", __name__, json.dumps(edits), module, *arguments]


if __name__ == "__main__":
    _, edits, module, *arguments = sys.argv
    become(json.loads(edits))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")

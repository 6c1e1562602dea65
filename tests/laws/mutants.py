"""How is a mutant made? From the text of our modules, into fresh modules beside them.

The modules themselves are never touched. Each edit has to fit exactly once, so that a mutant
cannot quietly become a twin of the original when the code moves on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType

HOME = Path(__file__).parents[2]
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Edit:
    """One place in one module: `module` is its path from the root of the repository."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    edits: tuple[Edit, ...]


@contextmanager
def grown(mutant: Mutant, *modules: str) -> Iterator[ModuleType]:
    """The last of `modules`, edited; each is made of those before it instead of the originals."""
    made: dict[str, str] = {}
    texts: list[str] = []
    module = ModuleType("none")
    try:
        for path in modules:
            text = _edited(mutant, path)
            for original, name in made.items():
                text = _led_to(text, original, name)
            texts.append(text)
            module = _made(path, text)
            made[path] = module.__name__
        edited = {edit.module for edit in mutant.edits}
        assert edited <= set(modules), f"{mutant.name} edits what is not made"
        for name in list(made.values())[:-1]:
            assert any(name in text for text in texts), f"{mutant.name}: nothing uses {name}"
        yield module
    finally:
        for name in made.values():
            del sys.modules[name]


def _edited(mutant: Mutant, path: str) -> str:
    text = (HOME / path).read_text()
    for edit in mutant.edits:
        if edit.module == path:
            found = text.count(edit.old)
            assert found == 1, f"{mutant.name}: {edit.old!r} stands {found} times in {path}"
            text = text.replace(edit.old, edit.new)
    return text


def _led_to(text: str, original: str, name: str) -> str:
    """The text with its import of one module led to its mutant."""
    package, _, last = original.removesuffix(".py").replace("/", ".").rpartition(".")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith(f"from {package}.{last} import"):
            lines[number] = line.replace(f"from {package}.{last} ", f"from {name} ")
        elif line.startswith(f"from {package} import") and last in line:
            lines.insert(number + 1, f"import {name} as {last}")
    return "\n".join(lines)


def _made(path: str, text: str) -> ModuleType:
    name = f"mutant_{next(_numbers)}_{Path(path).stem}"
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)  # noqa: S102 -- our own text
    return module

"""Which plain values are in a YAML text, and on which lines do they stand?

YAML as 1.2 has it: `no`, `on`, `9:30` and dates are text. Whatever lets a file say less than it
seems to (anchors, tags, a key given twice) is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.config.mistakes import Mistake, Path, shown, spoken

MAX_CHARS = 1_000_000
MAX_DEPTH = 20

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`data` holds mappings, lists, text, numbers, booleans and None alone."""

    data: object
    lines: Mapping[Path, int]
    mistakes: tuple[Mistake, ...]

    def line(self, path: Path) -> int:
        """Where `path` stands, or the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """The values of a text; one that cannot be read to its end has data None, and mistakes."""
    if len(text) > MAX_CHARS:
        return _broken(1, "the file is larger than 1 MB, which no config should be")
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _broken(line, "holds a character that YAML does not allow")
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _broken(mark.line + 1 if mark else 1, _why(error), loader.mistakes)
    finally:
        loader.dispose()
    tree = _Tree(mistakes=loader.mistakes)
    data = tree.plain(node, ()) if node else {}
    return Document(data=data, lines=tree.lines, mistakes=tuple(tree.mistakes))


def _why(error: yaml.MarkedYAMLError) -> str:
    if re.search("scanning an? (?:alias|anchor|tag)", error.context or ""):
        return "text that begins with * & or ! needs quotes"
    return f"is not YAML: {shown(error.problem)}"


def _broken(line: int, message: str, more: list[Mistake] | None = None) -> Document:
    return Document(data=None, lines={}, mistakes=(*(more or ()), Mistake(line, "", message)))


class _Loader(yaml.SafeLoader):
    """PyYAML's own, but it resolves no alias and follows no tag."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.mistakes: list[Mistake] = []
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        start: Any = event.start_mark
        line = start.line + 1
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            self._refuse(line, f"*{shown(event.anchor)}: text that begins with * needs quotes")
            return yaml.ScalarNode("", "", start, style="'")
        if getattr(event, "anchor", None):
            self._refuse(line, f"&{shown(event.anchor)}: text that begins with & needs quotes")
            event.anchor = None  # a second one of the same name would end the reading
        if getattr(event, "tag", None):
            self._refuse(line, "text that begins with ! needs quotes")
        if self._depth >= MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=start)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refuse(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(line, "", f"{message} (YAML anchors and tags are not used)"))


@dataclass(slots=True)
class _Tree:
    """From YAML nodes to plain values, noting the line of each."""

    mistakes: list[Mistake]
    lines: dict[Path, int] = field(default_factory=dict)

    def plain(self, node: yaml.Node, path: Path) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.plain(item, (*path, i)) for i, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return _scalar(node)
            case _:
                raise TypeError(f"YAML has no such node: {type(node)}")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(Mistake(line, spoken(path), "a key must be plain text"))
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in values:
                message = f"stands here a second time; the first is on line {self.lines[here]}"
                self.mistakes.append(Mistake(line, spoken(here), message))
                continue
            self.lines[here] = line
            values[key] = self.plain(value_node, here)
        return values


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text = str(node.value)
    if node.style is not None:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text

"""What does a git note say about who wrote the lines of a commit?

Two formats: the authorship log of git-ai (lines that attest, `---`, JSON) and records of Agent Trace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.domain.change import AiNote
from bot.domain.lines import all_lines

READ_AT_MOST = 2_000_000
"""Characters read of one note."""

LINES_AT_MOST = 10_000_000
"""Lines counted of one note: no commit has more."""

_TOOLS_AT_MOST = 10
_NAME_AT_MOST = 100
_SCHEMA = "authorship/"
_RANGES = r"[0-9]{1,9}(?:-[0-9]{1,9})?"
_ATTESTED = re.compile(
    rf"\s+(?P<key>s_[0-9a-f]{{14}}(?:::\S{{1,80}})?|h_\S{{1,80}}|[0-9a-f]{{7,40}})"
    rf"\s+(?P<ranges>{_RANGES}(?:,{_RANGES})*)\s*"
)
_BY_AI = ("ai", "mixed")


def read_note(ref: str, text: str, *, signed: bool) -> AiNote | None:
    """The tools in a note and how many lines are theirs; None if it is in neither format."""
    text = text[:READ_AT_MOST]
    found = _authorship_log(text) or _traces(text)
    if found is None:
        return None
    lines, tools = found
    names = dict.fromkeys(tool[:_NAME_AT_MOST] for tool in tools if tool.strip())
    return AiNote(
        ref=ref,
        tools=tuple(names)[:_TOOLS_AT_MOST] if lines else (),
        ai_lines=min(lines, LINES_AT_MOST),
        signed=signed,
    )


def _authorship_log(text: str) -> tuple[int, list[str]] | None:
    """Every key that is no human's is a session's, or in older logs a prompt's."""
    attested, _, rest = f"\n{text}".partition("\n---")
    data = _parsed(rest)
    counted = dict[str, int]()
    for line in all_lines(attested):
        if found := _ATTESTED.fullmatch(line):
            key = found["key"].partition("::")[0]
            counted[key] = counted.get(key, 0) + _length(found["ranges"])
    schema = data.get("schema_version") if isinstance(data, dict) else None
    if not counted and not (isinstance(schema, str) and schema.startswith(_SCHEMA)):
        return None
    by_ai = {key: lines for key, lines in counted.items() if lines and not key.startswith("h_")}
    return sum(by_ai.values()), [_agent(data, key) for key in by_ai]


def _agent(data: Any, key: str) -> str:
    """The tool behind a key, as the log has it; nothing if it does not say."""
    for section in ("sessions", "prompts"):
        agent = _at(data, section, key, "agent_id")
        if isinstance(tool := _at(agent, "tool"), str):
            return tool
    return ""


def _traces(text: str) -> tuple[int, list[str]] | None:
    """One record, a list of them, or one on each line."""
    data = _parsed(text)
    if data is None:
        data = [_parsed(line) for line in all_lines(text) if line.startswith("{")]
    records = [r for r in _items(data) if isinstance(r, dict) and isinstance(r.get("files"), list)]
    if not records:
        return None
    lines, tools = 0, list[str]()
    for record in records:
        for length, model in _ai_ranges(record):
            lines += length
            tool = _at(record, "tool", "name")
            tools += [name for name in (tool or model,) if isinstance(name, str)][:1]
    return lines, tools


def _ai_ranges(record: dict[str, Any]) -> Iterator[tuple[int, object]]:
    """How many lines each range of a tool's has, and the model; a range may name its own."""
    for file in _items(record.get("files")):
        for talk in _items(_at(file, "conversations")):
            for part in _items(_at(talk, "ranges")):
                by = _at(part, "contributor") or _at(talk, "contributor")
                first, last = _at(part, "start_line"), _at(part, "end_line")
                counted = type(first) is int and type(last) is int and 1 <= first <= last
                if counted and _at(by, "type") in _BY_AI:
                    yield min(last - first + 1, LINES_AT_MOST), _at(by, "model_id")


def _length(ranges: str) -> int:
    total = 0
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        total += max(int(last or first) - int(first) + 1, 0)
    return total


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _items(value: object) -> list[Any]:
    """The items of a list; one mapping counts as a list of itself."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def _at(value: object, *keys: str) -> Any:
    """What stands under some keys, None where anything on the way is not there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value

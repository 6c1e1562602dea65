"""What does a note say of who wrote the lines? Counted, and never a failure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change import AiNote
from bot.domain.evidence.notes import LINES_AT_MOST, read_note

REF = "refs/notes/ai"
SESSION, OTHER, HUMAN, PROMPT = "s_0123456789abcd", "s_fedcba98765432", "h_0123456789abcd", "ab" * 8


def log(*lines: str, **metadata: object) -> str:
    data = {"schema_version": "authorship/3.0.0", **metadata}
    return "\n".join((*lines, "---", json.dumps(data, indent=2)))


def agent(tool: str) -> dict[str, object]:
    return {"agent_id": {"tool": tool, "id": "1", "model": "m"}}


def read(text: str) -> AiNote | None:
    return read_note(REF, text, signed=False)


def test_the_lines_of_sessions_and_prompts_are_a_tools_and_those_of_humans_are_not() -> None:
    text = log(
        "refunds/retry.py",
        f"  {SESSION}::t_0123456789abcd 1-10,15",
        f"  {HUMAN} 11-14",
        '"a file.py"',
        f"  {OTHER} 3",
        f"  {PROMPT} 1,2",
        sessions={SESSION: agent("claude"), OTHER: agent("codex")},
        prompts={PROMPT: agent("cursor")},
    )
    assert read_note(REF, text, signed=True) == AiNote(
        ref=REF, tools=("claude", "codex", "cursor"), ai_lines=14, signed=True
    )


@pytest.mark.parametrize(
    "text",
    [
        log("a.py", f"  {HUMAN} 1-5", sessions={SESSION: agent("claude")}),
        log(prompts={PROMPT: {**agent("claude"), "accepted_lines": 9}}),
        log("a.py", f"  {SESSION} 9-3", sessions={SESSION: agent("claude")}),
    ],
    ids=["human lines", "no lines", "a range that runs backwards"],
)
def test_a_note_without_a_line_of_a_tools_names_no_tool(text: str) -> None:
    assert read(text) == AiNote(ref=REF)


def test_lines_that_attest_count_even_where_the_rest_is_broken() -> None:
    assert read(f"a.py\n  {SESSION} 1-4\n---\n{{broken") == AiNote(ref=REF, ai_lines=4)
    assert read(f"a.py\r\n  {SESSION} 1-4\r\n---\r\n{{}}") == AiNote(ref=REF, ai_lines=4)


@pytest.mark.parametrize(
    "text",
    ["", "Reviewed-by: Ada", "a.py\n  1-4", "---\n{}", "{}", "[]", '{"files": 1}', "[" * 100_000],
)
def test_other_texts_are_no_notes_of_this_kind(text: str) -> None:
    assert read(text) is None


def trace(*ranges: dict[str, object], by: object = None, **more: object) -> dict[str, object]:
    conversation = {"ranges": list(ranges)} | ({"contributor": by} if by else {})
    return {
        "version": "0.1.0",
        "files": [{"path": "a.py", "conversations": [conversation]}],
        **more,
    }


def part(first: object, last: object, **more: object) -> dict[str, object]:
    return {"start_line": first, "end_line": last, **more}


@pytest.mark.parametrize(
    ("kind", "lines"), [("ai", 3), ("mixed", 3), ("human", 0), ("unknown", 0), (1, 0)]
)
def test_a_trace_counts_what_a_tool_had_a_hand_in(kind: object, lines: int) -> None:
    record = trace(part(1, 3), by={"type": kind}, tool={"name": "cursor"})
    note = read(json.dumps(record))
    assert note == AiNote(ref=REF, tools=("cursor",) if lines else (), ai_lines=lines)


def test_a_range_may_name_its_own_contributor() -> None:
    record = trace(
        part(1, 3, contributor={"type": "ai", "model_id": "openai/gpt-9"}),
        part(4, 9),
        by={"type": "human"},
    )
    assert read(json.dumps(record)) == AiNote(ref=REF, tools=("openai/gpt-9",), ai_lines=3)


def test_records_stand_in_a_list_or_on_lines_of_their_own() -> None:
    one = trace(part(1, 2), by={"type": "ai"})
    for text in (json.dumps([one, one]), f"{json.dumps(one)}\n{json.dumps(one)}\n"):
        note = read(text)
        assert note is not None
        assert note.ai_lines == 4


@pytest.mark.parametrize("wrong", [part("1", 2), part(True, 2), part(0, 2), part(3, 2), {}])
def test_a_range_that_is_none_counts_nothing(wrong: dict[str, object]) -> None:
    assert read(json.dumps(trace(wrong, by={"type": "ai"}))) == AiNote(ref=REF)


def test_no_note_counts_more_lines_than_there_can_be() -> None:
    note = read(log("a.py", f"  {SESSION} 1-999999999,1-999999999"))
    assert note is not None
    assert note.ai_lines == LINES_AT_MOST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["files", "conversations", "ranges", "contributor", "type", "tool", "name",
                 "start_line", "end_line", "sessions", "prompts", "agent_id", SESSION]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.text(), JSON)
@settings(deadline=None)
def test_whatever_a_note_holds_it_is_read_without_failing(text: str, data: object) -> None:
    for written in (text, json.dumps(data), f"a\n  {SESSION} 1-2\n---\n{json.dumps(data)}"):
        note = read(written)
        assert note is None or note.ai_lines >= 0

"""The content of a generic change is checked strictly, field by field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.pipelines.problems import LONGEST_ECHO, MOST, path
from bot.ports import Invalid, Malformed
from tests.pipelines.signoffs import REVISION
from tests.pipelines.test_webhook import LEAST, PREFIX, a_delivery, a_pipeline

FULL: dict[str, Any] = LEAST | {
    "base_revision": REVISION,
    "kind": "software",
    "description": "why",
    "url": "https://git.example/1",
    "triggered_by": {"email": "jun@acme.example"},
    "commits": [{"sha": REVISION, "message": "x", "author": {"name": "Jun"}}],
    "files": [{"path": "a.py", "previous_path": None, "additions": 1, "deletions": 0}],
    "artifact_digest": "sha256:" + "d" * 64,
    "ai": {"assisted": False, "tools": ["t"], "prompted_by": {"login": "jun"}, "rationale": "r"},
    "checks": [{"name": "tests", "conclusion": "success", "url": "https://ci.example/1"}],
    "callback_url": f"{PREFIX}1",
}


def with_value(where: tuple[str | int, ...], value: object) -> dict[str, Any]:
    made: Any = copy.deepcopy(FULL)
    inner = made
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("where", "refused", "accepted"),
    [
        (("key",), "k" * 201, "k" * 200),
        (("key",), "", "k"),
        (("key",), " k", "a k"),
        (("key",), "k\n", "k"),
        (("repository",), "payments-api", "acme/payments-api"),
        (("repository",), "acme/payments-api\n", "acme/sub/payments-api"),
        (("repository",), "acme//x", "acme/x"),
        (("repository",), "acm\u0435/x", "acme/x"),
        (("repository",), "a/" + "b" * 199, "a/" + "b" * 198),
        (("revision",), "4f" * 19 + "4", "4f" * 20),
        (("revision",), "4F" * 20, "4f" * 32),
        (("revision",), "4f" * 20 + "\n", "4f" * 20),
        (("revision",), "main", "4f" * 20),
        (("base_revision",), "", None),
        (("environment",), "", "p"),
        (("environment",), "p" * 101, "p" * 100),
        (("environment",), "production ", "production eu"),
        (("environment",), "production\u200b", "production"),
        (("environment",), "pro\tduction", "pro duction"),
        (("title",), "t" * 501, "t" * 500),
        (("title",), " \n", "\u00fc"),
        (("title",), "a\x00b", "a\x01b"),
        (("title",), 7, "7"),
        (("author",), {"name": "Jun"}, {"email": "jun@acme.example"}),
        (("author",), "jun", {"login": "jun"}),
        (("author", "login"), "j" * 201, "j" * 200),
        (("author", "name"), "j" * 1_001, "j\u200dn" * 300),
        (("author", "email"), 1, None),
        (("triggered_by",), {}, {"login": "jun"}),
        (("kind",), "hardware", "scaling"),
        (("description",), "d" * 65_537, "d" * 65_536),
        (("url",), "javascript:alert(1)", "http://x"),
        (("url",), "https://x y", "https://x/y"),
        (("url",), "", None),
        (("commits",), {}, []),
        (("commits",), [{"sha": REVISION}] * 1_001, [{"sha": REVISION}] * 1_000),
        (("commits", 0, "sha"), "HEAD", "4f" * 20),
        (("commits", 0, "message"), "d" * 65_537, "d" * 65_536),
        (("commits", 0, "author"), {"logn": "jun"}, {}),
        (("files",), [{"path": "a"}] * 5_001, [{"path": "a"}] * 5_000),
        (("files", 0, "path"), "", "\u00fc"),
        (("files", 0, "path"), "a\x00", "a b"),
        (("files", 0, "previous_path"), "", "old"),
        (("files", 0, "additions"), -1, 0),
        (("files", 0, "additions"), 1.0, 1),
        (("files", 0, "additions"), True, 1),
        (("files", 0, "additions"), "1", 1),
        (("repository",), "./acme/x", ".acme/x"),
        (("repository",), "acme/../x", "acme/..x"),
        (("repository",), "acme/x/.", "acme/x/.x"),
        (("environment",), "pr\u043eduction", "production"),
        (("environment",), "\uff50roduction", "production"),
        (("files", 0, "path"), "/a", "a"),
        (("files", 0, "path"), "./a", ".a"),
        (("files", 0, "path"), "a/../b", "a/..b"),
        (("files", 0, "path"), "a/./b", "a/.b"),
        (("files", 0, "path"), "a/..", "a/..."),
        (("files", 0, "path"), "a//b", "a/b"),
        (("files", 0, "path"), "a/", "a"),
        (("files", 0, "path"), "a\\b", "a/b"),
        (("files", 0, "path"), '"a"', 'a"'),
        (("files", 0, "path"), "a\u200b/b", "a/b"),
        (("files", 0, "path"), "a\tb", "a b"),
        (("files", 0, "path"), " a", "a"),
        (("files", 0, "path"), "a\u00a0", "a\u00a0b"),
        (("files", 0, "previous_path"), "../old", "old"),
        (("artifact_digest",), "sha256:" + "d" * 63, "sha512:" + "d" * 128),
        (("ai",), True, {"assisted": True}),
        (("ai", "assisted"), "false", False),
        (("ai", "assisted"), 1, True),
        (("ai", "tools"), "claude", ["claude"]),
        (("ai", "prompted_by"), {"name": "Jun"}, {"login": "jun"}),
        (("ai", "rationale"), "r" * 65_537, "r" * 65_536),
        (("checks", 0, "conclusion"), None, "failure"),
        (("callback_url",), f"{PREFIX}../x", f"{PREFIX}x"),
        (("callback_url",), "", None),
    ],
)
def test_one_wrong_value_is_named_and_its_twin_is_read(
    where: tuple[str | int, ...], refused: object, accepted: object
) -> None:
    pipeline = a_pipeline()
    assert isinstance(pipeline.read_data(with_value(where, accepted)), Change)
    with pytest.raises(Invalid) as caught:
        pipeline.read_data(with_value(where, refused))
    named = path("data", where)
    assert all(problem.field.startswith(named) for problem in caught.value.problems)


def test_a_path_as_git_quotes_it_is_told_how_to_be_sent() -> None:
    with pytest.raises(Invalid) as caught:
        a_pipeline().read_data(with_value(("files", 0, "path"), '"ledger/\\303\\251.py"'))
    assert [(p.field, p.detail) for p in caught.value.problems] == [
        (
            "data.files[0].path",
            'must not begin with ": send paths unquoted, core.quotePath=false',
        )
    ]


@pytest.mark.parametrize("kind", [None, "software", "infrastructure"])
def test_only_what_is_scaled_may_touch_no_file(kind: str | None) -> None:
    def complete(kind: str | None, files: list[object]) -> bool:
        return a_pipeline().read_data(LEAST | {"kind": kind, "files": files}).files_complete

    assert complete("scaling", [])
    assert not complete(kind, [])
    assert complete(kind, [{"path": "a"}])


@pytest.mark.parametrize("key", ["key", "repository", "revision", "environment", "title", "author"])
def test_what_is_required_is_missed(key: str) -> None:
    least = {k: v for k, v in LEAST.items() if k != key}
    with pytest.raises(Invalid) as caught:
        a_pipeline().read_data(least)
    assert [(p.field, p.detail) for p in caught.value.problems] == [(f"data.{key}", "is required")]


def test_a_thousand_problems_are_told_by_the_first_hundred() -> None:
    with pytest.raises(Invalid) as caught:
        a_pipeline().read_data(LEAST | {"files": [{}] * 1_000})
    assert len(caught.value.problems) == MOST + 1
    assert caught.value.problems[-1].detail == "has 900 more problems"


@pytest.mark.parametrize("key", ["k" * 5_000, "<!channel>\n\u202e", 'a"b', ""])
def test_a_key_from_outside_is_named_short_and_printable(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        a_pipeline().read_data(LEAST | {key: 1})
    field = caught.value.problems[0].field
    assert len(field) <= LONGEST_ECHO + len('data.""')
    assert field.isprintable()


def test_no_problem_repeats_what_was_said() -> None:
    hush = "hush" * 30
    wrong = with_value(("title",), {hush: hush}) | {"kind": hush, "url": hush, "revision": hush}
    with pytest.raises(Invalid) as caught:
        a_pipeline().read_data(wrong)
    assert "hush" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def _places(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps: list[str | int] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    return [here, *(place for step in steps for place in _places(value[step], (*here, step)))]


@given(where=st.sampled_from(_places(FULL)[1:]), value=JSON)
def test_whatever_stands_anywhere_is_read_or_explained(
    where: tuple[str | int, ...], value: object
) -> None:
    try:
        change = a_pipeline().read_data(with_value(where, value))
    except Invalid as refused:
        details = [problem.detail for problem in refused.problems]
    else:
        details = []
        assert isinstance(change, Change)
    assert "is not valid" not in details or not json_like(value)


def json_like(value: object) -> bool:
    """Whether strict JSON could have brought it here; only then must every problem have words."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, UnicodeEncodeError):
        return False
    return True


@given(
    body=st.binary() | JSON.map(lambda v: json.dumps({"type": "change.ready", "data": v}).encode())
)
async def test_any_body_is_a_change_nothing_malformed_or_invalid(body: bytes) -> None:
    try:
        change = await a_pipeline().read(a_delivery(body))
    except (Malformed, Invalid):
        return
    assert change is None or isinstance(change, Change)

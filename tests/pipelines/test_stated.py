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
    "tree": REVISION,
    "kind": "software",
    "description": "why",
    "url": "https://git.example/1",
    "triggered_by": {"email": "jun@acme.example"},
    "commits": [
        {
            "sha": REVISION,
            "message": "x",
            "author": {"name": "Jun", "id": "github:501"},
            "authored_at": "2026-11-21T10:00:00Z",
            "notes": [{"ref": "refs/notes/ai", "text": "{}"}],
        }
    ],
    "files": [
        {
            "path": "a.py",
            "previous_path": None,
            "additions": 1,
            "deletions": 0,
            "status": "modified",
            "patch": "@@ -0,0 +1 @@\n+a",
            "mode": "100644",
            "blob": REVISION,
        }
    ],
    "lineage": "pull/12",
    "branch": "retry",
    "labels": ["ai"],
    "pushed_by": [{"login": "jun", "id": "github:501"}],
    "codeowners": {"dialect": "github", "base": "* @a", "head": "* @b"},
    "policies": ["rules: []"],
    "plan": {"format_version": "1.2", "resource_changes": []},
    "scaling": [{"resource": "r", "setting": "s", "before": 2, "after": 1.5, "recent_peak": None}],
    "incidents": [{"id": "INC-7", "at": "2026-11-20T10:00:00+01:00", "title": "refunds"}],
    "history": [{"email": "ada@acme.example", "commits": 3, "last": "2026-11-01T00:00:00Z"}],
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
        (("tree",), "main", "4f" * 20),
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
        (("lineage",), "", None),
        (("lineage",), "l" * 2_049, "l" * 2_048),
        (("lineage",), "a\nb", "a b"),
        (("branch",), "b" * 1_001, "b" * 1_000),
        (("branch",), "a\x00b", "a\u200bb"),
        (("labels",), ["ai"] * 101, ["ai"] * 100),
        (("labels", 0), "l" * 201, "l" * 200),
        (("labels", 0), None, "\U0001f469\u200d\U0001f4bb"),
        (("pushed_by",), {"login": "jun"}, [{"login": "jun"}]),
        (("pushed_by",), [{"login": "jun"}] * 101, [{"login": "jun"}] * 100),
        (("pushed_by", 0), {"id": "github:501"}, {"id": "github:501", "login": "jun"}),
        (("pushed_by", 0), {"name": "Jun"}, {"email": "jun@acme.example"}),
        (("author",), {"login": "jun", "id": 501}, {"login": "jun", "id": "gitlab:501"}),
        (("author",), {"login": "jun", "id": "501"}, {"login": "jun", "id": "gitlab-eu:501"}),
        (("commits", 0, "author", "id"), "github:", "github:0"),
        (("commits", 0, "author", "id"), "github:1\n", "github:1"),
        (("commits", 0, "author", "id"), "github:\u0661", "github:1"),
        (("commits", 0, "author", "id"), "GitHub:1", None),
        (("commits", 0, "authored_at"), "2026-11-21T10:00:00", "2026-11-21T10:00:00+02:00"),
        (("commits", 0, "authored_at"), 1_763_719_200, None),
        (("commits", 0, "authored_at"), "2026-02-30T10:00:00Z", "2026-02-28T10:00:00Z"),
        (("commits", 0, "authored_at"), "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"),
        (("commits", 0, "notes"), [{"ref": "n", "text": ""}] * 21, []),
        (("commits", 0, "notes", 0, "ref"), "r\n", "r"),
        (("commits", 0, "notes", 0, "text"), None, "{}"),
        (("commits", 0, "notes", 0, "text"), "t" * 1_048_577, "t" * 1_048_576),
        (("files", 0, "status"), "changed", "renamed"),
        (("files", 0, "patch"), "+" * 1_048_577, "+" * 1_048_576),
        (("files", 0, "patch"), ["+a"], ""),
        (("files", 0, "mode"), "644", "100644"),
        (("files", 0, "mode"), "100648", "120000"),
        (("files", 0, "blob"), "4f", "4f" * 20),
        (("codeowners",), "* @a", {"dialect": "gitlab", "base": ""}),
        (("codeowners",), {"dialect": "github"}, {"dialect": "github", "base": "* @a"}),
        (("codeowners", "dialect"), "bitbucket", "gitlab"),
        (("codeowners", "head"), 1, None),
        (("codeowners", "base"), "#" * 3_000_001, "#" * 3_000_000),
        (("policies",), "rules: []", ["rules: []"]),
        (("policies",), [""] * 11, [""] * 10),
        (("policies", 0), "p" * 65_537, "p" * 65_536),
        (("plan",), {}, {"format_version": "1.2", "resource_changes": []}),
        (("plan",), [], None),
        (("plan",), "{}", None),
        (("scaling",), [{"resource": "r"}], [{"resource": "r", "setting": "s"}]),
        (("scaling", 0, "before"), True, 1),
        (("scaling", 0, "before"), "1", 1.5),
        (("scaling", 0, "after"), 10**15 + 1, 10**15),
        (("scaling", 0, "after"), float("nan"), -1),
        (("scaling", 0, "recent_peak"), float("inf"), 0),
        (("incidents", 0, "at"), None, "2026-11-20T10:00:00Z"),
        (("incidents", 0, "id"), None, "INC-8"),
        (("history", 0, "commits"), 0, 1),
        (("history", 0, "commits"), None, 1),
        (("history", 0), {"name": "Ada", "commits": 1}, {"login": "ada", "commits": 1}),
        (("history", 0, "last"), "yesterday", None),
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

"""Whatever stands in a file that somebody names, it is read, or refused in plain sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Misconfigured
from bot.domain.policy import DEFAULT
from bot.offline import files
from tests.builders import NOW, a_change
from tests.offline.company import CONFIG, Captured, Folder, a_message, told

few = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def refused(sentence: str, subject: str, read: Any, *arguments: Any) -> None:
    with pytest.raises(Misconfigured) as error:
        read(*arguments)
    assert error.value.subject == subject
    assert any(sentence in problem for problem in error.value.problems)


def test_a_file_is_read_as_it_is(folder: Folder) -> None:
    name = folder.put("a", b"\xef\xbb\xbfhello\r\n")
    assert files.raw(name, "it") == b"\xef\xbb\xbfhello\r\n"
    assert files.text(name, "it") == "hello\r\n"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0b", "is no name of a file"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_to_be(folder: Folder, name: str, sentence: str) -> None:
    refused(sentence, "it cannot be read", files.raw, f"{folder.path}/{name}", "it")


def test_a_name_moves_no_cursor() -> None:
    with pytest.raises(Misconfigured) as error:
        files.raw("/nothing/\x1b[2J\u202e", "it")
    assert "\x1b" not in str(error.value)
    assert "\u202e" not in str(error.value)


def test_a_file_may_be_large_but_not_without_end(folder: Folder) -> None:
    assert len(files.raw(folder.put("a", b"x" * files.LARGEST), "it")) == files.LARGEST
    larger = folder.put("b", b"x" * (files.LARGEST + 1))
    refused("is larger than 16 MB", "it cannot be read", files.raw, larger, "it")
    refused("is larger than 16 MB", "it cannot be read", files.raw, "/dev/zero", "it")


def test_text_is_utf_8(folder: Folder) -> None:
    latin = folder.put("a", "é".encode("latin-1"))
    refused("is not UTF-8 at byte 0", "it cannot be read", files.text, latin, "it")


def test_rules_are_those_of_the_config(folder: Folder) -> None:
    config = files.config(folder.put("c.yaml", CONFIG))
    rules = files.rules_of(config)
    assert rules.roster == config.roster
    assert rules.policy is config.policy
    assert rules.conventions is config.conventions
    assert rules.risk is config.risk
    own = rules.read_policy("rules: [{name: Two, require: {approvals: 2}}]")
    assert own is not None
    assert [rule.require.approvals for rule in own] == [2]
    assert rules.read_policy("rules: [") is None
    assert DEFAULT not in config.policy.rules


def test_a_change_is_as_a_server_would_read_it(folder: Folder) -> None:
    read = files.change(folder.put("c.json", a_message()))
    like = a_change()
    assert (read.key, read.repository, read.revision) == (like.key, like.repository, like.revision)
    assert read.author == like.author
    assert read.files[0].path == like.files[0].path
    assert read.reply_to == {}


def test_data_of_another_shape_is_no_change(folder: Folder) -> None:
    for data in (None, [], "x", 7):
        message = {"type": "change.ready", "data": data}
        refused(
            "must be an object",
            "the change has mistakes",
            files.change,
            folder.put("c.json", message),
        )


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00:00+02:00", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("1970-01-01", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment(written: str, moment: datetime) -> None:
    assert files.moment(written, "--at") == moment


@pytest.mark.parametrize(
    "written",
    [
        "",
        "now",
        "2026-11-21T10:00:00",
        "2026-02-30",
        "2026-13-01",
        "1969-12-31",
        "2201-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-21\n",
    ],
)
def test_what_is_no_moment(written: str) -> None:
    refused(
        "--at: must be a day, or a moment with its offset",
        "the command was not understood",
        files.moment,
        written,
        "--at",
    )


@pytest.mark.parametrize(
    ("written", "ago"),
    [("36h", timedelta(hours=36)), ("90d", timedelta(days=90)), ("12w", timedelta(weeks=12))],
)
def test_so_long_ago(written: str, ago: timedelta) -> None:
    assert files.since(written, NOW) == NOW - ago


def test_since_a_day() -> None:
    assert files.since("2026-11-01", NOW) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["90", "d", "-1d", "1.5d", "90 d", "٣d", "1y", "100000w"])
def test_what_is_no_length(written: str) -> None:
    with pytest.raises(Misconfigured):
        files.since(written, NOW)


# Whatever it is given, a command ends in an answer or in sentences.

noise = st.text(alphabet=st.sampled_from("a0 \n\t:-{}[]\"'\\&*!|é\x1b\u202e#,@/"), max_size=60)
scraps = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | noise,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(noise, inner, max_size=3),
    max_leaves=8,
)
KEYS = [*a_message()["data"], "ai", "plan", "codeowners", "policies", "history", "kind"]


def _explained(folder: Folder, capsys: Captured, **given: object) -> None:
    usual = {
        "id": None,
        "change": folder.put("change.json", a_message()),
        "config": folder.put("countersign.yaml", CONFIG),
        "repository_policy": None,
        "codeowners": None,
        "dialect": "gitlab",
        "at": "2026-11-25T12:00:00Z",
        "json": False,
    }
    answer = told(capsys, "explain", {**usual, **given})
    assert answer.code in (0, 1)
    assert bool(answer.err) == bool(answer.code)
    for printed in (answer.out, answer.err):
        assert "\x1b" not in printed
        assert "\u202e" not in printed


@few
@given(st.dictionaries(st.sampled_from(KEYS), scraps, max_size=3))
def test_any_change_is_explained_or_refused(
    folder: Folder, capsys: Captured, facts: dict[str, Any]
) -> None:
    message = json.dumps(a_message(**facts))
    _explained(folder, capsys, change=folder.put("odd.json", message))


@few
@given(st.binary(max_size=60) | noise.map(str.encode))
def test_any_bytes_are_explained_or_refused(
    folder: Folder, capsys: Captured, content: bytes
) -> None:
    odd = folder.put("odd", content)
    for option in ("change", "config", "repository_policy", "codeowners"):
        _explained(folder, capsys, **{option: odd})


@few
@given(noise)
def test_any_title_and_any_author_are_printed_harmlessly(
    folder: Folder, capsys: Captured, words: str
) -> None:
    message = a_message(title=f"x{words}", description=words, author={"email": f"a{words}@b"})
    _explained(folder, capsys, change=folder.put("odd.json", message))

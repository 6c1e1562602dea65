"""What a pipeline of one's own says beyond the least: each optional key reaches the change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.change import (
    AiNote,
    Change,
    FileChange,
    Identity,
    Incident,
    Mark,
    Ownership,
    Resource,
    Scaling,
    Touch,
)
from bot.ports import Invalid
from storage.documents import digest_of_change
from tests.pipelines.signoffs import REVISION
from tests.pipelines.test_stated import FULL
from tests.pipelines.test_webhook import LEAST, a_pipeline

URL = "https://git.example/pull/12"
GIT_AI = """\
refunds/retry.py
  0a1b2c3d4e5f60 1-40
---
{"schema_version": "authorship/3.0.0", "prompts": {
  "0a1b2c3d4e5f60": {"agent_id": {"tool": "claude", "id": "x", "model": "opus"}}}}
"""
PATCH = "@@ -1 +1 @@\n-replicas: 3\n+replicas: 9"


def read(**data: Any) -> Change:
    return a_pipeline().read_data(LEAST | data)


def read_file(**said: Any) -> FileChange:
    [file] = read(files=[{"path": "values.yaml", "additions": 1, "deletions": 1} | said]).files
    return file


@pytest.mark.parametrize(
    ("said", "lineage"),
    [
        ({}, ""),
        ({"url": URL}, URL),
        ({"lineage": "pull/12"}, "pull/12"),
        ({"lineage": "pull/12", "url": URL}, "pull/12"),
        ({"lineage": None, "url": URL}, URL),
    ],
)
def test_the_lineage_is_the_address_unless_it_is_said(said: Any, lineage: str) -> None:
    assert read(**said).lineage == lineage


def test_branch_and_labels_are_kept() -> None:
    change = read(branch="claude/retry", labels=["ai", "risky"])
    assert (change.branch, change.labels) == ("claude/retry", ("ai", "risky"))


def test_everybody_may_have_a_number() -> None:
    jun = {"login": "jun", "id": "github:501"}
    change = read(author=jun, triggered_by=jun, pushed_by=[jun])
    known = Identity(login="jun", id="github:501")
    assert (change.author, change.triggered_by, change.pushers) == (known, known, (known,))


def test_a_commit_may_say_when_it_was_written() -> None:
    change = read(commits=[{"sha": REVISION, "authored_at": "2026-11-21T12:00:00+02:00"}])
    assert change.commits[0].authored_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_two_spellings_of_a_moment_are_the_same_change() -> None:
    def digest(moment: str) -> str:
        return digest_of_change(read(commits=[{"sha": REVISION, "authored_at": moment}]))

    assert digest("2026-11-21T12:00:00+02:00") == digest("2026-11-21T10:00:00Z")
    assert digest("2026-11-21T12:00:00+02:00") != digest("2026-11-21T12:00:00Z")


def test_the_same_data_is_the_same_change() -> None:
    pipeline = a_pipeline()
    first, second = pipeline.read_data(FULL), pipeline.read_data(FULL)
    assert digest_of_change(first) == digest_of_change(second)


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ({"additions": 1, "deletions": 0}, True),
        ({"additions": 0, "deletions": 0}, True),
        ({"additions": 1, "deletions": None}, False),
        ({"additions": None, "deletions": 1}, False),
        ({"additions": None, "deletions": None}, False),
    ],
)
def test_a_count_that_is_left_out_is_not_zero(said: Any, counted: bool) -> None:
    assert read_file(**said).counted is counted


def test_a_patch_is_looked_at_and_not_kept() -> None:
    change = read(files=[{"path": "values.yaml", "patch": PATCH, "status": "modified"}])
    [file] = change.files
    assert file.status == "modified"
    assert [(it.before, it.after) for it in file.settings] == [("3", "9")]
    assert Mark.UNSEEN not in file.marks
    assert "@@" not in repr(change)


def test_a_file_without_a_patch_was_not_seen() -> None:
    assert Mark.UNSEEN in read_file().marks
    assert Mark.UNSEEN in read_file(patch=None).marks
    assert Mark.UNSEEN not in read_file(patch="").marks


def test_what_changes_in_a_file_is_named_by_its_digest() -> None:
    assert read_file(patch=PATCH).digest == read_file(patch=PATCH).digest != ""
    assert read_file(patch=PATCH).digest != read_file(patch=PATCH.replace("9", "8")).digest
    assert read_file(blob=REVISION).digest != read_file(blob="5e" * 20).digest


def test_the_mode_tells_a_link() -> None:
    assert Mark.SYMLINK in read_file(mode="120000", patch=PATCH).marks
    assert Mark.SYMLINK not in read_file(mode="100644", patch=PATCH).marks


@pytest.mark.parametrize(("checked", "signed"), [(True, True), (False, False), (None, False)])
def test_notes_that_our_own_ci_checked_are_signed(checked: bool | None, signed: bool) -> None:
    note = {"ref": "refs/notes/ai", "text": GIT_AI, "checked": checked}
    change = read(commits=[{"sha": REVISION, "notes": [note]}])
    [read_note] = change.commits[0].notes
    assert read_note == AiNote(ref="refs/notes/ai", tools=("claude",), ai_lines=40, signed=signed)


def test_a_note_in_no_known_format_says_nothing() -> None:
    note = {"ref": "refs/notes/commits", "text": "Reviewed by nobody"}
    assert read(commits=[{"sha": REVISION, "notes": [note]}]).commits[0].notes == ()


def test_owners_are_resolved_at_once() -> None:
    owners = {"dialect": "github", "base": "*.yaml @acme/platform\n"}
    change = read(files=[{"path": "values.yaml"}], codeowners=owners)
    assert change.owners == (Ownership(owners=("@acme/platform",), paths=("values.yaml",)),)


def test_each_platform_reads_its_own_way() -> None:
    text = "[Platform][2]\n*.yaml @acme/platform\n"
    owned = read(files=[{"path": "a.yaml"}], codeowners={"dialect": "gitlab", "base": text}).owners
    assert owned is not None
    assert [(it.section, it.approvals) for it in owned] == [("Platform", 2)]


def test_whoever_touches_codeowners_needs_the_old_and_the_new_owners() -> None:
    owners = {"dialect": "github", "base": "* @acme/old\n", "head": "* @acme/new\n"}
    change = read(files=[{"path": "CODEOWNERS"}], codeowners=owners)
    assert change.owners is not None
    assert [it.owners for it in change.owners] == [("@acme/old",), ("@acme/new",)]


def test_both_names_of_a_renamed_file_have_owners() -> None:
    owners = {"dialect": "github", "base": "/old/ @acme/old\n/new/ @acme/new\n"}
    change = read(files=[{"path": "new/a", "previous_path": "old/a"}], codeowners=owners)
    assert change.owners is not None
    assert {it.owners for it in change.owners} == {("@acme/old",), ("@acme/new",)}


@pytest.mark.parametrize("side", ["base", "head"])
def test_codeowners_too_long_to_be_read_leave_the_owners_unknown(side: str) -> None:
    def owners(lines: int) -> object:
        said = {"dialect": "github", "base": "* @a", side: "#\n" * lines}
        return read(files=[{"path": "a"}], codeowners=said).owners

    assert owners(10) is not None
    assert owners(60_000) is None


def test_without_codeowners_nobody_looked() -> None:
    assert read().owners is None


def test_policies_are_kept_as_they_are() -> None:
    assert read(policies=["rules: []\n", "more: 1\n"]).policies == ("rules: []\n", "more: 1\n")


def test_a_plan_becomes_what_it_does() -> None:
    destroyed = {"address": "aws_db_instance.main", "change": {"actions": ["delete"]}}
    plan = {"format_version": "1.2", "resource_changes": [destroyed]}
    assert read(plan=plan).plan == (Resource(address="aws_db_instance.main", action="delete"),)
    assert read().plan is None


def test_a_plan_that_is_none_is_told_so() -> None:
    with pytest.raises(Invalid) as caught:
        read(plan={"resource_changes": []})
    assert [(it.field, it.detail) for it in caught.value.problems] == [
        ("data.plan", "must be what `terraform show -json` says of a plan")
    ]


def test_what_scaling_moves_is_kept() -> None:
    bound = {"resource": "web", "setting": "max_replicas", "before": 20, "after": 4}
    assert read(scaling=[bound | {"recent_peak": 11.5}]).scaling == (
        Scaling(resource="web", setting="max_replicas", before=20.0, after=4.0, recent_peak=11.5),
    )


def test_incidents_and_history_are_kept() -> None:
    change = read(
        incidents=[{"id": "INC-7", "at": "2026-11-20T10:00:00Z"}],
        history=[{"login": "ada", "commits": 3}],
    )
    assert change.incidents == (Incident(id="INC-7", at=datetime(2026, 11, 20, 10, tzinfo=UTC)),)
    assert change.touches == (Touch(who=Identity(login="ada"), commits=3),)

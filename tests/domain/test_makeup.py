"""Is every file counted once, in the sort a reviewer would call it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import FileChange, Resource, Scaling, Setting
from bot.domain.makeup import Share, shares, turns
from tests.builders import a_change, a_file

SORTS = {
    "refunds/retry.py": "code",
    "tests/test_retry.py": "tests",
    "web/cart.test.ts": "tests",
    "README.md": "documentation",
    "requirements.txt": "dependencies",
    "web/package-lock.json": "dependencies",
    ".github/workflows/ci.yml": "pipeline",
    "Dockerfile": "infrastructure",
    "network/main.tf": "infrastructure",
    "db/migrations/0042_fees.sql": "database",
    "strange.xyz": "other files",
}


@pytest.mark.parametrize(("path", "sort"), SORTS.items(), ids=SORTS.keys())
def test_each_file_has_its_sort(path: str, sort: str) -> None:
    [share] = shares(a_change(files=(a_file(path, 4, 2),)))
    assert share == Share(sort=sort, files=1, additions=4, deletions=2)


def test_sorts_are_added_up_the_largest_first() -> None:
    files = (a_file("a.py", 1, 1), a_file("b.py", 2, 0), a_file("README.md", 90, 0))
    told = [(it.sort, it.files, it.additions, it.deletions) for it in shares(a_change(files=files))]
    assert told == [("documentation", 1, 90, 0), ("code", 2, 3, 1)]


def test_of_a_renamed_file_the_new_name_counts() -> None:
    moved = replace(a_file("docs/retry.md"), previous_path="refunds/retry.py")
    assert [it.sort for it in shares(a_change(files=(moved,)))] == ["documentation"]


def test_three_thousand_files_are_all_counted() -> None:
    files = tuple(a_file(f"services/s{n}/main.py", 1, 0) for n in range(3000))
    [share] = shares(a_change(files=files))
    assert (share.sort, share.files, share.additions) == ("code", 3000, 3000)


def test_without_files_there_is_nothing_to_count() -> None:
    assert shares(a_change(files=())) == ()


def test_what_runs_differently_is_told_thing_by_thing() -> None:
    setting = Setting(name="replicas", before="2", after="20")
    change = a_change(
        plan=(
            Resource(address="aws_db.main", action="replace", forced=("engine",)),
            Resource(address="aws_asg.web", action="update", moves=(setting,)),
        ),
        scaling=(Scaling(resource="pool", setting="max", before=12, after=None, recent_peak=9.5),),
        files=(FileChange(path="values.yaml", settings=(replace(setting, before=None),)),),
    )
    assert [(it.about, it.what) for it in turns(change)] == [
        ("aws_db.main", "replace, forced by engine"),
        ("aws_asg.web", "update, replicas 2 → 20"),
        ("pool", "max 12 → unknown, lately needed: 9.5"),
        ("values.yaml", "replicas nothing → 20"),
    ]


def test_of_a_change_of_code_nothing_runs_differently() -> None:
    assert turns(a_change()) == ()

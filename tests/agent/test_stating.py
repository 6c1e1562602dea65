"""What is told of a change is all there is, or it is said to be unknown; the server takes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.agent import facts, stating
from bot.agent.stating import Statement
from bot.agent.surroundings import Base, Surroundings
from bot.domain.change import Change, Identity
from bot.domain.owners import Dialect
from bot.pipelines.stated import StatedChange
from tests.repositories import Repository, a_repository

ADA = ("Ada Park", "ada@acme.example")
NAMED = Surroundings(repository="acme/payments-api", deepen="fetch-depth: 0")
POLICY = "rules: []\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\ntwo\n", b_py="x\n" * 50)
    made.git("tag", "base")
    return made


def told(
    repository: Repository,
    base: str = "base",
    around: Surroundings = NAMED,
    *,
    branch: str = "",
    path: Path | None = None,
) -> Statement:
    where = Base(sha="" if branch else base, branch=branch, said="a test")
    head = repository.git("rev-parse", "HEAD")
    found = stating.stated(path or repository.path, around, head, where if base else Base())
    change(found)
    return found


def change(found: Statement) -> Change:
    """As the server understands it; it would refuse what it does not take."""
    data = {"key": "k", "environment": "production", **found.data}
    return StatedChange.model_validate(data).change(connection="c")


def test_commits_and_files_are_told_in_full(repository: Repository) -> None:
    first = repository.commit("Change\n\nWhy.", a_py="one\n2\n")
    repository.git("mv", "b.py", "c.py")
    second = repository.commit("Move", ADA)
    found = told(repository)
    commits = found.data["commits"]
    assert [commit["sha"] for commit in commits] == [first, second]
    assert commits[0]["message"] == "Change\n\nWhy."
    assert commits[1]["author"] == {"name": ADA[0], "email": ADA[1]}
    files = {file["path"]: file for file in found.data["files"]}
    assert files["a.py"]["patch"] == "@@ -1,2 +1,2 @@\n one\n-two\n+2"
    assert (files["a.py"]["additions"], files["a.py"]["mode"]) == (1, "100644")
    assert (files["c.py"]["previous_path"], files["c.py"]["patch"]) == ("b.py", "")
    assert found.data["base_revision"] == repository.git("rev-parse", "base")
    assert found.data["tree"] == repository.git("rev-parse", "HEAD^{tree}")
    assert found.data["title"] == "Move"
    assert found.data["author"] == {"name": "Jun Ito", "email": "jun@acme.example"}
    understood = change(found)
    assert understood.commits_complete
    assert understood.files_complete
    assert [line for line in found.notes if "left out" in line] == []


def test_what_was_pushed_before_need_not_run_so_there_may_be_more(repository: Repository) -> None:
    repository.commit("Change", a_py="one\n2\n")
    head, base = repository.git("rev-parse", "HEAD"), repository.git("rev-parse", "base")
    before = Base(sha=base, said="the push before", partial=True)
    found = stating.stated(repository.path, NAMED, head, before)
    understood = change(found)
    assert len(understood.commits) == 1
    assert not understood.commits_complete
    assert not understood.files_complete
    assert any("--base" in line for line in found.notes)


def test_notes_of_recorders_are_told_as_they_are(repository: Repository) -> None:
    sha = repository.commit("Change", a_py="two\n")
    note = '{"version": "1", "tool": "x"}'
    repository.git("notes", "--ref=refs/notes/ai", "add", "-m", note, sha)
    [commit] = told(repository).data["commits"]
    assert commit["notes"] == [{"ref": "refs/notes/ai", "text": f"{note}\n"}]


def test_without_a_base_nothing_is_guessed(repository: Repository) -> None:
    repository.commit("Change", a_py="two\n")
    found = told(repository, "")
    assert not {"commits", "files", "base_revision", "codeowners"} & set(found.data)
    assert found.data["title"] == "Change"
    assert found.data["policies"] == ["cannot be read"]
    assert "--base" in found.notes[0]
    understood = change(found)
    assert not understood.commits_complete
    assert not understood.files_complete


def test_a_base_that_hides_everything_tells_no_commits(repository: Repository) -> None:
    head = repository.commit("Change", a_py="two\n")
    assert "commits" not in told(repository, head).data
    repository.git("checkout", "--quiet", "base")
    back = told(repository, head)
    assert "commits" not in back.data
    assert [file["path"] for file in back.data["files"]] == ["a.py"]
    assert any("goes back" in line for line in back.notes)


def test_of_a_branch_only_what_left_it_is_compared(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "retry")
    mine = repository.commit("Mine", a_py="two\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Theirs", b_py="y\n")
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "--quiet", "retry")
    found = told(repository, branch="main")
    assert [commit["sha"] for commit in found.data["commits"]] == [mine]
    assert [file["path"] for file in found.data["files"]] == ["a.py"]
    assert found.data["base_revision"] == repository.git("rev-parse", "base")
    unknown = told(repository, branch="gone")
    assert "does not hold origin/gone" in unknown.notes[0]


def a_clone(repository: Repository, tmp_path: Path, depth: int) -> Repository:
    copy = Repository(tmp_path / f"depth{depth}")
    copy.path.mkdir()
    copy.git("clone", "--quiet", f"--depth={depth}", f"file://{repository.path}", ".")
    return copy


def test_a_shallow_clone_says_what_it_lacks_and_how_to_get_it(
    repository: Repository, tmp_path: Path
) -> None:
    base = repository.git("rev-parse", "base")
    for text in ("two", "three"):
        repository.commit(text, a_py=text)
    found = told(a_clone(repository, tmp_path, 1), base)
    assert "files" not in found.data
    assert "shallow" in found.notes[0]
    assert "fetch-depth: 0" in found.notes[0]
    enough = told(a_clone(repository, tmp_path, 3), base)
    assert len(enough.data["commits"]) == 2
    assert "files" in enough.data


def test_a_clone_cut_off_within_the_change_tells_no_commits(
    repository: Repository, tmp_path: Path
) -> None:
    """The base is there, but a merged branch is not: its commits would be missing."""
    base = repository.git("rev-parse", "base")
    repository.git("checkout", "--quiet", "-b", "long", "base")
    for number in range(4):
        repository.commit(f"Long {number}", b_py=f"{number}\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Main", a_py="two\n")
    repository.merge("long", "Merge")
    copy = a_clone(repository, tmp_path, 3)
    assert copy.git("cat-file", "-t", base) == "commit"
    found = told(copy, base)
    assert "commits" not in found.data
    assert any("only the last of its commits" in line for line in found.notes)


def test_who_merged_is_not_the_author(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "retry")
    repository.commit("Mine", a_py="two\n")
    repository.git("checkout", "--quiet", "main")
    repository.merge("retry", "Merge", ADA)
    assert told(repository).data["author"]["email"] == "jun@acme.example"


def test_the_ci_knows_author_and_title_better(repository: Repository) -> None:
    repository.commit("Change", a_py="two\n")
    around = Surroundings(
        repository="acme/payments-api",
        title="Of the pull request",
        author=Identity(login="jun", id="github:7"),
        triggered_by=Identity(login="max"),
        lineage="pull/12",
        labels=("ai",),
        url="https://github.com/acme/payments-api/pull/12",
    )
    data = told(repository, around=around).data
    assert data["author"] == {"login": "jun", "id": "github:7"}
    assert data["title"] == "Of the pull request"
    assert (data["lineage"], data["labels"]) == ("pull/12", ["ai"])
    assert data["triggered_by"] == {"login": "max"}


@pytest.mark.parametrize("url", ["", "/acme/runs/5", "javascript:x", "https://x y", "https://"])
def test_what_is_no_address_is_not_told_as_one(repository: Repository, url: str) -> None:
    repository.commit("Change", a_py="two\n")
    good = Surroundings(repository="acme/payments-api", url="https://ci.acme.example/5")
    assert told(repository, around=good).data["url"] == good.url
    wrong = Surroundings(repository="acme/payments-api", url=url)
    assert "url" not in told(repository, around=wrong).data


@pytest.mark.parametrize("name", ["a\\b", '"a', " a", "a\x01b", "a\u202eb"])
def test_a_name_that_cannot_be_told_leaves_the_files_unknown(
    repository: Repository, name: str
) -> None:
    repository.write(name, "x")
    repository.commit("Odd")
    found = told(repository)
    assert "files" not in found.data
    assert "commits" in found.data
    assert any("cannot be told" in line for line in found.notes)


def test_a_binary_and_a_long_patch_are_told_without_it(repository: Repository) -> None:
    repository.write("picture", b"\0\1\2")
    repository.commit("More", long_txt="line\n" * 300_000)
    files = {file["path"]: file for file in told(repository).data["files"]}
    assert "patch" not in files["long.txt"]
    assert files["long.txt"]["additions"] == 300_000
    assert not {"patch", "additions", "deletions"} & set(files["picture"])


def test_too_long_a_message_leaves_the_commits_unknown(repository: Repository) -> None:
    repository.commit("x" * (facts.TEXT_AT_MOST + 1), a_py="two\n")
    found = told(repository)
    assert "commits" not in found.data
    assert len(found.data["title"]) == 500


def test_too_many_commits_or_files_are_unknown(repository: Repository) -> None:
    lines = []
    for number in range(facts.COMMITS_AT_MOST + 1):
        parent = "from refs/heads/main^0\n" if not number else ""
        lines.append(
            f"commit refs/heads/main\ncommitter J <j@x> {1_800_000_000 + number} +0000\n"
            f"data 1\nx\n{parent}M 644 inline f{number % 3}\ndata 2\n{number % 10}\n\n"
        )
    repository.git("fast-import", "--quiet", given="".join(lines))
    found = told(repository)
    assert "commits" not in found.data
    assert any(f"more than {facts.COMMITS_AT_MOST} commits" in line for line in found.notes)


# The files that govern a change.


def github(found: Mapping[str, Any]) -> Surroundings:
    return Surroundings(repository="acme/payments-api", dialect=Dialect.GITHUB, **found)


def test_owners_are_those_of_the_base_and_of_the_head_if_touched(repository: Repository) -> None:
    repository.write(".github/CODEOWNERS", "* @ada\n")
    repository.commit("Owners")
    repository.git("tag", "--force", "base")
    repository.commit("Change", a_py="two\n")
    assert told(repository, around=github({})).data["codeowners"] == {
        "dialect": "github",
        "base": "* @ada\n",
    }
    repository.write(".github/CODEOWNERS", "* @jun\n")
    repository.commit("Take it")
    assert told(repository, around=github({})).data["codeowners"]["head"] == "* @jun\n"
    assert "codeowners" not in told(repository).data  # nobody says how to read them


def test_without_codeowners_nobody_owns_which_is_known(repository: Repository) -> None:
    repository.commit("Change", a_py="two\n")
    found = told(repository, around=github({}))
    assert found.data["codeowners"] == {"dialect": "github", "base": ""}
    owners = change(found).owners
    assert owners is not None
    assert not any(owned.owners for owned in owners)


def test_policies_are_those_of_the_base_and_of_the_head_if_touched(repository: Repository) -> None:
    repository.write(".countersign.yaml", POLICY)
    repository.commit("Policy")
    repository.git("tag", "--force", "base")
    repository.commit("Change", a_py="two\n")
    assert told(repository).data["policies"] == [POLICY]
    repository.git("rm", "--quiet", ".countersign.yaml")
    repository.write(".github/.countersign.yaml", "other\n")
    repository.commit("Another")
    assert told(repository).data["policies"] == [POLICY, "other\n"]
    repository.write(".countersign.yaml", "x" * 70_000)
    repository.commit("Too long")
    assert "cannot be read" in told(repository).data["policies"]
    assert set(told(repository, "").data["policies"]) == {"cannot be read", "other\n"}


@pytest.mark.parametrize("dialect", [None, *Dialect])
def test_a_policy_is_found_wherever_the_forge_keeps_its_files(
    repository: Repository, dialect: Dialect | None
) -> None:
    """Of which forge it is may be unknown; then all of them count."""
    for folder in (".github/", ".gitlab/", ""):
        repository.write(f"{folder}.countersign.yaml", f"{folder}\n")
    repository.commit("Policies")
    repository.git("tag", "--force", "base")
    repository.commit("Change", a_py="two\n")
    around = Surroundings(repository="acme/payments-api", dialect=dialect)
    folders = [f".{dialect}/"] if dialect else [".github/", ".gitlab/"]
    wanted = {f"{folder}\n" for folder in (*folders, "")}
    assert set(told(repository, around=around).data["policies"]) == wanted
    repository.write(f"{folders[-1]}.countersign.yaml", "of the head\n")
    repository.commit("Loosen")
    assert set(told(repository, around=around).data["policies"]) == {*wanted, "of the head\n"}

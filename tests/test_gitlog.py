"""gitlog: what real repositories say, and that hostile ones can only say it."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import gitlog
from bot.domain.change import Change, Identity
from bot.gitlog import GitTrouble, Shipped
from tests.builders import NOW
from tests.repositories import Repository, a_repository

ADA = ("Ada Park", "ada@acme.example")
CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"
EVER = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    return made


def changes(
    repository: Repository, since: datetime = EVER, *, branch: str = "HEAD"
) -> list[Change]:
    return [one.change for one in gitlog.shipped(repository.path, since, branch=branch)]


def last(repository: Repository) -> Change:
    return changes(repository)[-1]


# Commits.


def test_a_commit_has_both_persons_its_whole_message_and_its_date(repository: Repository) -> None:
    sha = repository.commit(f"Retry refunds\n\nThe bank is slow.\n\n{CLAUDE}", ADA)
    (found,) = gitlog.commits(repository.path, "HEAD~1..HEAD")
    assert found.sha == sha
    assert found.message == f"Retry refunds\n\nThe bank is slow.\n\n{CLAUDE}"
    assert found.author == Identity(name="Ada Park", email="ada@acme.example")
    assert found.committer == found.author
    assert found.authored_at == NOW + timedelta(minutes=2)
    assert found.notes == ()


def test_commits_come_newest_first(repository: Repository) -> None:
    second, third = repository.commit("Second"), repository.commit("Third")
    found = [commit.sha for commit in gitlog.commits(repository.path, "HEAD")]
    assert found[:2] == [third, second]
    assert len(found) == 3


def test_author_and_committer_are_told_apart(repository: Repository) -> None:
    repository.git("config", "user.name", "unused")
    repository.git(
        "commit", "--allow-empty", "--quiet", "-m", "x", "--author=Grace <grace@acme.example>"
    )
    (found,) = gitlog.commits(repository.path, "HEAD~1..HEAD")
    assert (found.author.name, found.committer.name) == ("Grace", "Jun Ito")


def test_names_are_those_of_the_commit_whatever_the_mailmap_says(repository: Repository) -> None:
    repository.git("config", "log.mailmap", "true")
    repository.commit("x", mailmap="")
    repository.write(".mailmap", "Somebody Else <else@acme.example> <jun@acme.example>\n")
    repository.commit("Rename Jun")
    (found,) = gitlog.commits(repository.path, "HEAD~1..HEAD")
    assert found.author.email == "jun@acme.example"


def test_another_encoding_is_understood_and_broken_bytes_are_replaced(
    repository: Repository,
) -> None:
    repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repository.git("commit", "--allow-empty", "-qF-", given="Gr\u00fc\u00dfe".encode("latin-1"))
    tree, latin = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    person = b"Jun <jun@acme.example> 1700000000 +0000"
    raw = b"tree %s\nauthor %s\ncommitter %s\n\nbroken \xff byte\n"
    raw %= (tree.encode(), person, person)
    broken = repository.git("hash-object", "-t", "commit", "-w", "--stdin", given=raw)
    assert next(gitlog.commits(repository.path, latin)).message == "Gr\u00fc\u00dfe"
    assert next(gitlog.commits(repository.path, broken)).message == "broken \ufffd byte"


def test_a_message_cannot_make_up_another_commit(repository: Repository) -> None:
    tree, parent = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    fake = "\0".join(["a" * 40, "", "Grace", "grace@acme.example", "1", "G", "g@x", "1", "No AI"])
    person = "Jun <jun@acme.example> 1700000000 +0000"
    raw = f"tree {tree}\nparent {parent}\nauthor {person}\ncommitter {person}\n\nTrue\0{fake}\n"
    sha = repository.git(
        "hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=raw.encode()
    )
    repository.git("update-ref", "refs/heads/main", sha)
    (found,) = gitlog.commits(repository.path, "HEAD~1..HEAD")
    assert found.sha == sha
    assert found.author.name == "Jun"


def test_a_commit_with_an_impossible_date_has_none(repository: Repository) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    person = "Jun <jun@acme.example> 99999999999999999999 +0000"
    raw = f"tree {tree}\nauthor {person}\ncommitter {person}\n\nLate\n"
    sha = repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=raw)
    (found,) = gitlog.commits(repository.path, sha)
    assert found.message == "Late"
    assert found.authored_at is None or found.authored_at.year in (1970, 9999)


def test_a_message_of_many_megabytes_is_cut(repository: Repository) -> None:
    repository.commit("x" * 5_000_000)
    repository.commit("After it")
    after, long, _ = list(gitlog.commits(repository.path, "HEAD"))
    assert after.message == "After it"
    assert 1_000_000 < len(long.message) < 3_000_000


def test_ten_thousand_commits_take_a_few_seconds(tmp_path: Path) -> None:
    made = a_repository(tmp_path)
    stream = (
        f"commit refs/heads/main\ncommitter Jun <jun@acme.example> {1_700_000_000 + n} +0000\n"
        f"data {len(f'Commit {n}')}\nCommit {n}\n"
        for n in range(10_000)
    )
    made.git("fast-import", "--quiet", given="".join(stream))
    begun = time.perf_counter()
    found = sum(1 for _ in gitlog.commits(made.path, "main"))
    assert found == 10_000
    assert time.perf_counter() - begun < 10


def gits_of_ours() -> int:
    """How many git processes this one has, those that have ended and wait for it too."""
    found = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = file.read_text(errors="replace").rpartition(")")
            found += name.endswith("(git") and rest.split()[1] == str(os.getpid())
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed elsewhere")
def test_who_stops_reading_leaves_no_git_behind(repository: Repository) -> None:
    for n in range(5):
        repository.commit(f"Commit {n}\n\n{'x' * 500_000}")
    repository.git("notes", "--ref=refs/notes/ai", "add", "-F-", "HEAD", given=NOTE)
    found = gitlog.commits(repository.path, "HEAD")
    assert next(found).message.startswith("Commit 4")
    assert gits_of_ours() == 2
    del found
    assert gits_of_ours() == 0


# Notes.


NOTE = """\
src/refunds.py
  s_0123456789abcd::t_0123456789abcd 1-12
---
{"schema_version": "authorship/3.0.0", "base_commit_sha": "", "prompts": {},
 "sessions": {"s_0123456789abcd": {"agent_id": {"tool": "claude", "id": "1", "model": "m"}}}}
"""


def test_the_notes_of_a_recorder_come_with_their_commit(repository: Repository) -> None:
    noted = repository.git("rev-parse", "HEAD")
    repository.git("notes", "--ref=refs/notes/ai", "add", "-F-", noted, given=NOTE)
    repository.commit("Without a note")
    bare, found = list(gitlog.commits(repository.path, "HEAD"))
    assert bare.notes == ()
    assert [(note.ref, note.signed) for note in found.notes] == [("refs/notes/ai", False)]


def test_notes_of_other_refs_are_not_looked_at(repository: Repository) -> None:
    repository.git("notes", "--ref=refs/notes/others", "add", "-F-", "HEAD", given=NOTE)
    (found,) = gitlog.commits(repository.path, "HEAD")
    assert found.notes == ()


def test_many_and_large_notes_do_not_get_mixed_up(repository: Repository) -> None:
    shas = [repository.git("rev-parse", "HEAD")]
    shas += [repository.commit(f"Commit {n}") for n in range(3)]
    for n, sha in enumerate(shas):
        note = "x" * 6_000_000 if n == 1 else NOTE
        repository.git("notes", "--ref=refs/notes/ai", "add", "-F-", sha, given=note)
    found = {commit.sha: commit for commit in gitlog.commits(repository.path, "HEAD")}
    for n in (0, 2, 3):
        assert found[shas[n]].notes[0].ref == "refs/notes/ai"


@pytest.mark.parametrize("spoilt", [None, b"no object"])
def test_a_note_that_is_listed_and_cannot_be_read_is_trouble(
    repository: Repository, spoilt: bytes | None
) -> None:
    repository.git("notes", "--ref=refs/notes/ai", "add", "-F-", "HEAD", given=NOTE)
    assert next(gitlog.commits(repository.path, "HEAD")).notes
    blob = repository.git("notes", "--ref=refs/notes/ai", "list").split()[0]
    file = repository.path / ".git/objects" / blob[:2] / blob[2:]
    file.unlink()
    if spoilt is not None:
        file.write_bytes(spoilt)
    with pytest.raises(GitTrouble, match="note"):
        list(gitlog.commits(repository.path, "HEAD"))


def test_a_note_that_is_no_file_says_nothing(repository: Repository) -> None:
    tree, noted = repository.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    entry = f"040000 tree {tree}\t{noted}\0"
    notes = repository.git("commit-tree", repository.git("mktree", "-z", given=entry), "-m", "n")
    repository.git("update-ref", "refs/notes/ai", notes)
    (found,) = gitlog.commits(repository.path, "HEAD")
    assert found.notes == ()


# Contents.


def test_contents_are_those_of_the_revision(repository: Repository) -> None:
    repository.commit("Owners", **{"CODEOWNERS": "* @ada\n"})
    repository.commit("Other owners", **{"CODEOWNERS": "* @grace\n"})
    assert gitlog.contents(repository.path, "HEAD~1", "CODEOWNERS") == "* @ada\n"
    assert gitlog.contents(repository.path, "HEAD", "CODEOWNERS") == "* @grace\n"


@pytest.mark.parametrize("name", ["CODEOWNERS", "a*", "docs", "docs/", "", "../a.py", "a.py\0"])
def test_what_is_no_file_of_the_tree_has_no_contents(repository: Repository, name: str) -> None:
    repository.write("docs/guide.md", "Read me\n")
    repository.commit("A folder")
    assert gitlog.contents(repository.path, "HEAD", name) is None
    assert gitlog.contents(repository.path, "HEAD", "a.py") == "one\n"


def test_a_link_has_no_contents(repository: Repository) -> None:
    (repository.path / "CODEOWNERS").symlink_to("/etc/passwd")
    repository.commit("A link")
    assert gitlog.contents(repository.path, "HEAD", "CODEOWNERS") is None


def test_contents_are_never_cut(repository: Repository) -> None:
    repository.commit("Large", a_py="x\n" * 1_000_000, b_py="x\n" * 1_000_001)
    assert gitlog.contents(repository.path, "HEAD", "a.py") == "x\n" * 1_000_000
    with pytest.raises(GitTrouble, match="more than"):
        gitlog.contents(repository.path, "HEAD", "b.py")


def test_contents_of_an_unknown_revision_are_trouble(repository: Repository) -> None:
    with pytest.raises(GitTrouble):
        gitlog.contents(repository.path, "nowhere", "a.py")


# What shipped.


def merged(repository: Repository, message: str) -> str:
    """A branch of two commits by Ada, merged by Jun while main went on."""
    repository.git("checkout", "--quiet", "-b", "retry")
    repository.commit("Retry once", ADA, b_py="one\ntwo\n")
    repository.commit("Retry twice", ADA, b_py="one\n2\nthree\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Meanwhile", c_py="c\n")
    return repository.merge("retry", message)


def test_each_first_parent_commit_is_one_change_oldest_first(repository: Repository) -> None:
    sha = merged(repository, "Merge branch 'retry'")
    begin, meanwhile, merge = changes(repository)
    assert [begin.title, meanwhile.title] == ["Begin", "Meanwhile"]
    assert (merge.key, merge.revision, merge.connection) == (sha, sha, "git")
    assert merge.base_revision == meanwhile.revision
    assert merge.environment == "production"
    assert merge.files_complete
    assert merge.commits_complete


def test_the_change_of_a_merge_is_what_it_brought_in(repository: Repository) -> None:
    merged(repository, "Merge branch 'retry'")
    merge = last(repository)
    assert [commit.message for commit in merge.commits] == ["Retry once", "Retry twice"]
    assert [(file.path, file.additions) for file in merge.files] == [("b.py", 3)]
    assert merge.author.name == "Ada Park"
    assert merge.triggered_by == Identity(name="Jun Ito", email="jun@acme.example")


def test_a_commit_of_its_own_is_itself(repository: Repository) -> None:
    repository.commit(f"Retry refunds (#12)\n\nWhy not.\n\n{CLAUDE}", ADA, b_py="b\n")
    change = last(repository)
    assert (change.title, change.description) == ("Retry refunds (#12)", f"Why not.\n\n{CLAUDE}")
    assert [commit.message for commit in change.commits] == [
        f"Retry refunds (#12)\n\nWhy not.\n\n{CLAUDE}"
    ]
    assert change.author.name == "Ada Park"
    assert change.triggered_by is None


def test_what_an_earlier_merge_brought_is_not_brought_again(repository: Repository) -> None:
    merged(repository, "First merge")
    repository.git("checkout", "--quiet", "retry")
    repository.commit("Retry thrice", ADA, b_py="again\n")
    repository.git("checkout", "--quiet", "main")
    repository.merge("retry", "Second merge")
    assert [commit.message for commit in last(repository).commits] == ["Retry thrice"]


def test_a_merge_of_several_branches_brings_them_all(repository: Repository) -> None:
    for name in ("one", "two", "three"):
        repository.git("checkout", "--quiet", "-b", name, "main")
        repository.commit(f"From {name}", ADA, **{f"{name}_py": f"{name}\n"})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "All", "one", "two", "three")
    merge = last(repository)
    assert {commit.message for commit in merge.commits} == {"From one", "From two", "From three"}
    assert [file.path for file in merge.files] == ["one.py", "three.py", "two.py"]


def test_what_a_merge_changes_by_itself_is_in_its_files(repository: Repository) -> None:
    merged(repository, "Merge")
    repository.write("sly.py", "sly\n")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--amend", "--no-edit")
    merge = last(repository)
    assert [file.path for file in merge.files] == ["b.py", "sly.py"]
    assert merge.triggered_by is not None
    assert merge.triggered_by.name == "Jun Ito"


def test_a_merge_that_brings_nothing_is_itself(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    parent = repository.commit("Two")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    words = ("commit-tree", tree, "-p", parent, "-p", base, "-m", "Merge the past")
    repository.git("reset", "--quiet", "--hard", repository.git(*words))
    merge = last(repository)
    assert [commit.message for commit in merge.commits] == ["Merge the past"]
    assert merge.files == ()


def test_a_branch_that_took_in_main_brings_only_its_own(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "retry")
    repository.commit("Retry", ADA, b_py="b\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Meanwhile", c_py="c\n")
    repository.git("checkout", "--quiet", "retry")
    repository.merge("main", "Take main in", ADA)
    repository.git("checkout", "--quiet", "main")
    repository.merge("retry", "Merge branch 'retry'")
    merge = last(repository)
    assert [commit.message for commit in merge.commits] == ["Retry", "Take main in"]
    assert [file.path for file in merge.files] == ["b.py"]


def test_a_span_within_the_history_brings_what_a_whole_one_does(repository: Repository) -> None:
    merged(repository, "First merge")
    begun = repository.now + timedelta(seconds=1)
    repository.git("checkout", "--quiet", "retry")
    repository.commit("Retry thrice", ADA, b_py="again\n")
    repository.git("checkout", "--quiet", "main")
    repository.merge("retry", "Second merge")
    assert changes(repository, begun) == changes(repository)[-1:]


@pytest.mark.parametrize(
    ("message", "title", "branch", "description"),
    [
        (
            "Merge pull request #7 from acme/fix/refunds\n\nRetry refunds\n\nBecause.",
            "Retry refunds",
            "fix/refunds",
            "Because.",
        ),
        ("Merge pull request #7 from acme/retry", "retry", "retry", ""),
        (
            "Merge branch 'fix/refunds' into 'main'\n\nRetry refunds\n\nBecause.\n\n"
            "See merge request acme/payments!7",
            "Retry refunds",
            "fix/refunds",
            "Because.\n\nSee merge request acme/payments!7",
        ),
        (
            "Merge branch 'retry' into 'main'\n\nSee merge request acme/payments!7",
            "retry",
            "retry",
            "See merge request acme/payments!7",
        ),
        ("Merge branch 'retry'\n\nBy hand", "Merge branch 'retry'", "", "By hand"),
        (
            "Merge pull request #x from acme/retry\n\nTitle",
            "Merge pull request #x from acme/retry",
            "",
            "Title",
        ),
    ],
)
def test_a_merge_is_called_what_the_forge_called_it(
    repository: Repository, message: str, title: str, branch: str, description: str
) -> None:
    merged(repository, message)
    change = last(repository)
    assert (change.title, change.branch, change.description) == (title, branch, description)


def test_the_span_has_its_beginning_and_not_its_end(repository: Repository) -> None:
    for name in ("Two", "Three", "Four"):
        repository.commit(name)
    begun, ended = NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)
    found = list(gitlog.shipped(repository.path, begun, ended))
    assert [(one.change.title, one.at) for one in found] == [
        ("Two", begun),
        ("Three", begun + timedelta(minutes=1)),
    ]
    assert isinstance(found[0], Shipped)


def test_a_commit_with_an_old_date_hides_nothing_before_it(repository: Repository) -> None:
    repository.commit("Two")
    now, repository.now = repository.now, datetime(1999, 1, 1, tzinfo=UTC)
    repository.commit("Out of time")
    repository.now = now
    repository.commit("Four")
    assert [change.title for change in changes(repository, NOW)] == ["Begin", "Two", "Four"]


def test_nothing_shipped_is_no_trouble(repository: Repository) -> None:
    assert changes(repository, NOW + timedelta(days=1)) == []


def test_another_branch_can_be_asked_about(repository: Repository) -> None:
    repository.git("branch", "release")
    repository.commit("Not released")
    assert [change.title for change in changes(repository, branch="release")] == ["Begin"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/acme/payments.git", "acme/payments"),
        ("https://token@gitlab.example/acme/deep/payments", "acme/deep/payments"),
        ("git@github.com:acme/payments.git", "acme/payments"),
        ("ssh://git@github.com:22/acme/payments.git/", "acme/payments.git"),
        ("/srv/git/payments.git", "payments-api"),
        ("file:///srv/git/payments.git", "payments-api"),
        ("http://[", "payments-api"),
    ],
)
def test_the_repository_is_called_as_its_remote_is(
    repository: Repository, address: str, name: str
) -> None:
    repository.git("config", "remote.origin.url", address)
    assert last(repository).repository == name.removesuffix(".git")


def test_a_name_and_an_environment_that_are_given_count(repository: Repository) -> None:
    (one,) = gitlog.shipped(repository.path, EVER, repository="acme/pay", environment="staging")
    change = one.change
    assert (change.repository, change.environment) == ("acme/pay", "staging")


# Files.


def test_a_renamed_file_has_both_its_names(repository: Repository) -> None:
    repository.write("old name.py", "".join(f"line {n}\n" for n in range(20)))
    repository.commit("Old")
    repository.git("mv", "old name.py", "new\tname.py")
    repository.commit("New")
    (file,) = last(repository).files
    assert (file.path, file.previous_path, file.status) == (
        "new\tname.py",
        "old name.py",
        "renamed",
    )
    assert (file.additions, file.deletions, file.counted) == (0, 0, True)


def test_added_modified_and_removed_files_say_so(repository: Repository) -> None:
    repository.commit("Two more", b_py="b\n", c_py="c\n")
    (repository.path / "b.py").unlink()
    repository.commit("All sorts", a_py="one\ntwo\n", d_py="quite another content\n")
    found = {
        file.path: (file.status, file.additions, file.deletions) for file in last(repository).files
    }
    assert found == {
        "a.py": ("modified", 1, 0),
        "b.py": ("removed", 0, 1),
        "d.py": ("added", 1, 0),
    }


def test_nobody_counts_the_lines_of_a_binary_file(repository: Repository) -> None:
    repository.commit("A picture", a_png=b"\x89PNG\0\0\0\1", b_txt="text\n")
    picture, text = last(repository).files
    assert (picture.path, picture.counted, picture.additions) == ("a.png", False, 0)
    assert (text.path, text.counted, text.additions) == ("b.txt", True, 1)


def test_the_digest_of_a_file_follows_what_changes_in_it(repository: Repository) -> None:
    repository.commit("Two", a_py="two\n")
    two = last(repository)
    repository.commit("One", a_py="one\n")
    repository.commit("Three", a_py="three\n")
    three = last(repository)
    assert two.files[0].digest
    assert two.files[0].digest != three.files[0].digest
    assert last(repository).files[0].digest == three.files[0].digest


def test_links_and_files_that_become_links_are_marked(repository: Repository) -> None:
    (repository.path / "a.py").unlink()
    (repository.path / "a.py").symlink_to("b.py")
    repository.commit("A link", b_py="b\n")
    link, file = last(repository).files
    assert [mark.value for mark in link.marks] == ["symlink"]
    assert file.marks == ()


def test_a_script_that_becomes_executable_is_marked(repository: Repository) -> None:
    (repository.path / "a.py").chmod(0o755)
    repository.commit("May run")
    (file,) = last(repository).files
    assert (file.status, file.additions, file.counted) == ("modified", 0, True)
    assert "executable" in [mark.value for mark in file.marks]


def test_a_submodule_is_marked(repository: Repository) -> None:
    sha = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},deep")
    repository.git("commit", "--quiet", "-m", "A submodule")
    (file,) = last(repository).files
    assert file.path == "deep"
    assert "submodule" in [mark.value for mark in file.marks]


@pytest.mark.parametrize(
    "name", ['quo"ted', "line\nbreak", "tab\there", ":colon", "Zo\u00eb", "-p", "a b"]
)
def test_a_file_may_be_called_anything(repository: Repository, name: str) -> None:
    repository.write(name, "odd\n")
    repository.commit("Odd", z_py="z\n")
    found = {file.path: file.additions for file in last(repository).files}
    assert found == {name: 1, "z.py": 1}


def test_a_name_that_is_no_utf_8_is_replaced(repository: Repository) -> None:
    blob = repository.git("rev-parse", "HEAD:a.py")
    entry = f"100644 blob {blob}\t".encode() + b"br\xffken\0"
    tree = repository.git("mktree", "-z", given=entry)
    sha = repository.git("commit-tree", tree, "-m", "Broken name")
    assert [file.path for file in changes(repository, branch=sha)[0].files] == ["br\ufffdken"]


LINES = st.sampled_from(
    ["", "x", "+x", "-x", " x", "\\ No newline at end of file", "@@ -1 +1 @@", "a" * 40,
     "diff --git a/a b/a", "--- a/a", "+++ b/a", "\r", "\x85", "\u2028"]
)  # fmt: skip
CONTENTS = st.lists(LINES, max_size=6).map("\n".join)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(CONTENTS, CONTENTS), min_size=2, max_size=4))
def test_files_changed_together_are_as_if_changed_alone(contents: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        made = a_repository(Path(folder))
        names = [f"{n}_txt" for n in range(len(contents))]
        before = dict(zip(names, (before for before, _ in contents), strict=True))
        after = dict(zip(names, (after for _, after in contents), strict=True))
        made.commit("Before", **before)
        made.commit("Together", **after)
        made.commit("Back", **before)
        for name, content in after.items():
            made.commit("Alone", **{name: content})
        _, together, _, *alone = changes(made)
        assert together.files == tuple(file for change in alone for file in change.files)


def test_a_file_cannot_pretend_that_its_patch_ends(repository: Repository) -> None:
    repository.commit("Begin well", a_py="first\n", z_py="z\n")
    honest = last(repository)
    sha = repository.git("rev-parse", "HEAD")
    lines = f"first\n{sha}\ndiff --git a/q b/q\n@@ -1,9 +1,9 @@\n\\ No newline\n"
    repository.commit("Pretend", a_py=lines, z_py="zz\n")
    repository.commit("Twin", z_py="z\n")
    repository.commit("Twin", z_py="zz\n")
    *_, pretending, _, twin = changes(repository)
    assert [file.path for file in honest.files] == ["a.py", "z.py"]
    assert pretending.files[1] == twin.files[0]


def test_a_patch_of_many_megabytes_counts_as_unseen(repository: Repository) -> None:
    repository.commit("Large", a_py="x" * 3_000_000 + "\n", b_py="b\n")
    large, small = last(repository).files
    assert "unseen" in [mark.value for mark in large.marks]
    assert "unseen" not in [mark.value for mark in small.marks]
    assert large.additions == 1


# Other repositories.


def test_a_bare_repository_and_a_folder_within_one_are_read(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("deep/er/b.py", "b\n")
    repository.commit("Deep")
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare, within = tmp_path / "bare.git", repository.path / "deep/er"
    for path in (bare, within):
        assert [one.change.title for one in gitlog.shipped(path, EVER)] == ["Begin", "Deep"]
        assert gitlog.contents(path, "HEAD", "deep/er/b.py") == "b\n"
        assert gitlog.contents(path, "HEAD", "a.py") == "one\n"
    (begin, deep) = gitlog.shipped(within, EVER)
    assert [file.path for file in (*begin.change.files, *deep.change.files)] == [
        "a.py",
        "deep/er/b.py",
    ]


def test_longer_shas_are_read_too(tmp_path: Path) -> None:
    made = Repository(tmp_path / "long")
    made.path.mkdir()
    made.git("init", "--quiet", "--object-format=sha256")
    sha = made.commit("Begin", a_py="one\n")
    (change,) = changes(made)
    assert (len(sha), change.revision) == (64, sha)
    assert [file.additions for file in change.files] == [1]
    assert [commit.sha for commit in gitlog.commits(made.path, sha)] == [sha]


def test_a_tag_is_the_commit_it_names(repository: Repository) -> None:
    repository.git("tag", "-a", "v1", "-m", "First")
    repository.commit("Two")
    assert [change.title for change in changes(repository, branch="v1")] == ["Begin"]
    assert [commit.message for commit in gitlog.commits(repository.path, "v1..HEAD")] == ["Two"]
    assert gitlog.contents(repository.path, "v1", "a.py") == "one\n"


# Hostile repositories.


@pytest.mark.parametrize("range", ["--output=pwned", "-p", "", "HEAD --all", "a\nb", "a\0b"])
def test_a_range_that_may_be_an_option_is_refused(repository: Repository, range: str) -> None:
    with pytest.raises(GitTrouble, match="no revision"):
        list(gitlog.commits(repository.path, range))
    with pytest.raises(GitTrouble, match="no revision"):
        changes(repository, branch=range)
    with pytest.raises(GitTrouble, match="no revision"):
        gitlog.contents(repository.path, range, "a.py")
    assert not list(repository.path.glob("pwned*"))


def test_programs_that_the_repository_configures_are_not_run(repository: Repository) -> None:
    pwned = repository.path.parent / "pwned"
    repository.write(".gitattributes", "*.py diff=evil\n")
    repository.write("a.py", "two\n")
    repository.commit("Attributes")
    for key in ("diff.external", "diff.evil.command", "diff.evil.textconv", "core.pager",
                "core.fsmonitor", "gpg.program", "core.sshCommand"):  # fmt: skip
        repository.git("config", key, f"touch {pwned}; cat")
    repository.git("config", "log.showSignature", "true")
    assert last(repository).files[1].additions == 1
    assert list(gitlog.commits(repository.path, "HEAD"))
    assert not pwned.exists()
    with pytest.raises(subprocess.CalledProcessError):  # the twin: git alone runs it
        repository.git("log", "-p", "--ext-diff")
    assert pwned.exists()


def test_nothing_is_fetched_for_a_repository_that_lacks_a_file(repository: Repository) -> None:
    pwned = repository.path.parent / "pwned"
    blob = repository.git("rev-parse", "HEAD:a.py")
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", f"file://{repository.path}"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", f"touch {pwned}; false"),
        ("protocol.file.allow", "always"),
    ):
        repository.git("config", key, value)
    with pytest.raises(GitTrouble):
        changes(repository)
    with pytest.raises(GitTrouble):
        gitlog.contents(repository.path, "HEAD", "a.py")
    assert not pwned.exists()
    with pytest.raises(subprocess.CalledProcessError):  # the twin: git alone asks the remote
        repository.git("cat-file", "blob", blob)
    assert pwned.exists()


def test_a_file_of_the_work_tree_cannot_stand_in_for_what_was_committed(
    repository: Repository,
) -> None:
    file, long_ago = repository.path / "a.py", (1_600_000_000, 1_600_000_000)
    repository.git("config", "core.trustctime", "false")
    os.utime(file, long_ago)
    repository.git("update-index", "--refresh")
    honest = last(repository)
    repository.write("a.py", "two\n")
    os.utime(file, long_ago)
    assert last(repository).files == honest.files
    patch = repository.git("diff-tree", "-p", "--root", "--stdin", given=honest.revision + "\n")
    assert "+two" in patch  # the twin: git alone believes it


def test_another_commit_cannot_stand_in_for_one(repository: Repository) -> None:
    honest = repository.commit(f"Helped\n\n{CLAUDE}")
    repository.commit("Written by hand")
    repository.git("replace", honest, "HEAD")
    (found,) = gitlog.commits(repository.path, f"{honest}~1..{honest}")
    assert found.message == f"Helped\n\n{CLAUDE}"
    assert repository.git("log", "-1", "--format=%s", honest) == "Written by hand"


def test_what_git_refuses_is_one_clean_sentence(repository: Repository, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, range, sentence in (
        (repository.path, "nowhere..HEAD", "does not know this revision or range"),
        (empty, "HEAD", "there is no git repository in"),
        (tmp_path / "missing", "HEAD", "there is no folder"),
    ):
        with pytest.raises(GitTrouble, match=sentence) as told:
            list(gitlog.commits(path, range))
        assert "\n" not in str(told.value)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else_is_not_read(repository: Repository) -> None:
    assert list(gitlog.commits(repository.path, "HEAD"))
    os.chown(repository.path, 12345, 12345)
    os.chown(repository.path / ".git", 12345, 12345)
    with pytest.raises(GitTrouble, match="belongs to somebody else"):
        list(gitlog.commits(repository.path, "HEAD"))


def test_a_shallow_clone_does_not_know_what_shipped(repository: Repository, tmp_path: Path) -> None:
    repository.commit("Two")
    copy = Repository(tmp_path / "shallow")
    copy.path.mkdir()
    copy.git("clone", "--quiet", "--depth=1", f"file://{repository.path}", ".")
    with pytest.raises(GitTrouble, match="shallow"):
        changes(copy)
    copy.git("fetch", "--quiet", "--unshallow")
    assert [change.title for change in changes(copy)] == ["Begin", "Two"]

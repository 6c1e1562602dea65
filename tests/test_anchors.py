"""Is a checkpoint that is kept elsewhere there, whole, and only once?"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import anchors, checkpoint
from bot.anchors import Folder, Repository

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "countersign.example.com/audit"


def note(size: int, root: bytes = bytes(32)) -> str:
    said = checkpoint.text(ORIGIN, size, root)
    return checkpoint.signed(said, ORIGIN, KEY.public_key().public_bytes_raw(), KEY.sign)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "anchor"
    made.mkdir()
    return made


@pytest.fixture
def repository(folder: Path) -> Path:
    git(folder, "init", "-q", "-b", "main")
    return folder


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath, "HOME": str(path), "LC_ALL": "C"},
    )
    return done.stdout


def names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir() if it.name != ".git")


async def test_each_is_a_file_named_by_its_size(folder: Path) -> None:
    anchor = Folder(folder)
    assert await anchor.newest() == ""
    for size in (3, 1_000_000, 20):
        await anchor.keep(note(size), size)
    assert names(folder) == ["000000000003.note", "000000000020.note", "000001000000.note"]
    assert await anchor.newest() == note(1_000_000)
    assert (folder / "000000000020.note").read_bytes() == note(20).encode()


async def test_the_same_again_does_no_harm(folder: Path) -> None:
    for _ in range(2):
        await Folder(folder).keep(note(3), 3)
    assert names(folder) == ["000000000003.note"]


async def test_what_is_there_is_not_written_over(folder: Path) -> None:
    await Folder(folder).keep(note(3), 3)
    with pytest.raises(FileExistsError, match="is another"):
        await Folder(folder).keep(note(3, b"x" * 32), 3)
    assert (folder / "000000000003.note").read_text() == note(3)


async def test_one_that_was_cut_short_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(anchors.os, "fsync", no_room)
    with pytest.raises(OSError, match="no space"):
        await Folder(folder).keep(note(3), 3)
    assert names(folder) == []


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    anchor = Folder(tmp_path / "unmounted")
    with pytest.raises(FileNotFoundError):
        await anchor.keep(note(3), 3)
    with pytest.raises(FileNotFoundError):
        await anchor.newest()


async def test_other_files_there_are_passed_over(folder: Path) -> None:
    (folder / "README.note").write_text("?")
    (folder / ".000000000009.note.1.part").write_text("half")
    await Folder(folder).keep(note(3), 3)
    assert await Folder(folder).newest() == note(3)


async def test_a_huge_file_is_not_read_whole(folder: Path) -> None:
    (folder / "000000000003.note").write_text("x" * 1_000_000)
    assert len(await Folder(folder).newest()) == checkpoint.LARGEST + 1


async def test_each_is_a_commit(repository: Path) -> None:
    anchor = Repository(repository)
    await anchor.keep(note(3), 3)
    await anchor.keep(note(3), 3)
    await anchor.keep(note(20, b"x" * 32), 20)
    assert git(repository, "log", "--format=%an %s").splitlines() == [
        f"Countersign 20 {(b'x' * 32).hex()}",
        f"Countersign 3 {bytes(32).hex()}",
    ]
    assert git(repository, "status", "--porcelain") == ""
    assert await anchor.newest() == note(20, b"x" * 32)


async def test_what_lies_beside_is_not_committed(repository: Path) -> None:
    (repository / "other").write_text("of somebody else")
    git(repository, "add", "other")
    await Repository(repository).keep(note(3), 3)
    assert git(repository, "show", "--format=", "--name-only").split() == ["000000000003.note"]


async def test_one_that_was_written_and_not_committed_is_committed(repository: Path) -> None:
    """Stopped between the two."""
    anchors.put(repository, note(3), 3)
    await Repository(repository).keep(note(3), 3)
    assert git(repository, "log", "--format=%s").split()[0] == "3"


async def test_a_hook_pushes_it_and_learns_no_secret(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    hook = repository / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv > {repository.parent}/seen\n")
    hook.chmod(0o755)
    await Repository(repository).keep(note(3), 3)
    seen = (repository.parent / "seen").read_text()
    assert "PATH=" in seen
    assert "xoxb" not in seen


async def test_what_git_says_is_told(folder: Path) -> None:
    with pytest.raises(OSError, match=r"git add failed: .*not a git repository"):
        await Repository(folder).keep(note(3), 3)

"""Once a day a channel is told what the audit trail says, word for word; that is proof enough later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot import auditing, checkpoint, signing
from bot.cli.commands import parser
from bot.demo.changes import REFUNDS
from bot.demo.scene import AT_ONCE, SENIOR, Scene, staged
from bot.playground.faults import Fault
from tests.clocks import QUICKLY, MovableClock
from tests.storage.disarming import take_guards_away

AUDIT = "C0OPS"


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    config = f"{AT_ONCE}\nevidence:\n  anchors: [{{slack: {AUDIT}}}]\n"
    async with staged(tmp_path, config=config, clock=clock, patience=QUICKLY) as scene:
        await scene.start()
        yield scene
        await scene.stop()


async def decide(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    await scene.approve(SENIOR, await scene.shown(signoff))
    await scene.shown(signoff, "was told to go on")


async def pass_time(scene: Scene, **length: float) -> None:
    assert isinstance(scene.clock, MovableClock)
    scene.clock.advance(**length)
    await scene.house.heartbeat.beat()
    await scene.house.heartbeat.beat()
    await scene.house.settle()


def posted(scene: Scene) -> list[str]:
    """The words of each such message, as somebody copies them."""
    return [copied(it.blocks) for it in scene.slack.messages(AUDIT) if is_witness(it.blocks)]


def is_witness(blocks: Any) -> bool:
    return any(it.get("block_id") == "witness" for it in blocks)


def copied(blocks: Any) -> str:
    [block] = blocks
    parts = ("".join(it["text"] for it in part["elements"]) for part in block["elements"])
    return "\n".join(parts)


async def test_once_a_day_and_only_if_there_is_anything_new(scene: Scene) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    assert len(posted(scene)) == 1
    await decide(scene)
    await pass_time(scene, minutes=6)
    assert len(posted(scene)) == 1
    await pass_time(scene, days=1)
    assert len(posted(scene)) == 2
    await pass_time(scene, days=1)
    assert len(posted(scene)) == 2


async def test_it_is_what_was_signed(scene: Scene) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    [words] = posted(scene)
    [note] = checkpoint.pasted(words)
    public = scene.public_key().public_bytes_raw()
    assert checkpoint.verify(note, [public], signing.genuine).size >= 1
    assert note in words


async def test_a_lost_answer_and_a_restart_make_no_second_one(scene: Scene) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    await decide(scene)
    scene.slack.fail("chat.postMessage", Fault.DROP_AFTER, times=None)
    await pass_time(scene, days=1)
    await scene.stop()
    scene.slack.heal()
    for _ in range(2):
        await scene.start()
        await pass_time(scene, minutes=6)
        await scene.stop()
    await scene.start()
    assert len(posted(scene)) == 2


async def test_while_slack_is_down_it_waits(scene: Scene) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    scene.slack.down = True
    await scene.send(REFUNDS)
    await pass_time(scene, days=1)
    assert len(posted(scene)) == 1
    scene.slack.down = False
    await pass_time(scene, minutes=6)
    assert len(posted(scene)) == 2


@pytest.mark.parametrize(
    "bent",
    [
        lambda words: words,
        lambda words: f"Countersign APP  10:04 AM\n{words}\nada: got it\n",
        lambda words: words.replace("\n", "\r\n"),
        lambda words: "\n".join(f"  {line} " for line in words.split("\n")),
        lambda words: words.replace("\n\n", "\n"),
        lambda words: words.replace("Keep this message.\n", "Keep this message. "),
        lambda words: words.rstrip("\n"),
    ],
)
async def test_what_was_copied_shows_a_trail_that_was_rolled_back(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str], bent: Any
) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    file = tmp_path / "copied.txt"
    file.write_bytes(bent(posted(scene)[0]).encode())
    await scene.stop()
    assert verified(scene, file, capsys) == (0, [])
    take_back(scene)
    code, flaws = verified(scene, file, capsys)
    assert code == 1
    assert any(f"which the checkpoint in {file} covers" in it["why"] for it in flaws)
    assert verified(scene, None, capsys)[0] == 0  # without the message nobody could tell
    await scene.start()


async def test_a_message_that_somebody_changed_is_not_one_of_ours(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await decide(scene)
    await pass_time(scene, minutes=6)
    file = tmp_path / "copied.txt"
    [note] = checkpoint.pasted(posted(scene)[0])
    size = checkpoint.read(note).size
    file.write_text(note.replace(f"\n{size}\n", f"\n{size - 1}\n"))
    code, flaws = verified(scene, file, capsys)
    assert (code, [it["why"] for it in flaws]) == (
        1,
        [f"in {file}: its signature does not fit what it says"],
    )


def verified(
    scene: Scene, file: Path | None, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    words = ["audit", "verify", "--json", *(["--checkpoint", str(file)] if file else [])]
    code = auditing.verify(parser().parse_args(words), read=scene.settings)
    return code, json.loads(capsys.readouterr().out)["flaws"]


def take_back(scene: Scene) -> None:
    """As an old copy would have it: nothing of it, and no checkpoint."""
    database = scene.folder / "countersign.db"
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as connection:
        for table in ("audit", "checkpoint", "tile", "signoff", "attestation", "place"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- ours
        connection.commit()

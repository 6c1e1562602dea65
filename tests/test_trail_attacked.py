"""What does the start refuse, and sign no more, when somebody changed what it would look at first?"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import anchors
from bot.anchors import Folder, Misnamed
from bot.demo.scene import AT_ONCE, Scene, staged
from bot.engine.checkpointing import CONTRADICTED, Checkpointing, Contradicted
from bot.settings import SettingsError
from storage import audit, checkpoints
from storage.audit import NOTHING, leaf_of
from storage.store import Store
from storage.tree import WIDTH
from tests.builders import FakeClock, opened
from tests.clocks import MovableClock
from tests.engine.test_checkpointing import signing_of
from tests.storage.disarming import take_guards_away
from tests.test_anchors import note
from tests.test_trail import database, emptied, lives, rows, starts


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    made = tmp_path / "anchor"
    made.mkdir()
    return made


@pytest.fixture
async def scene(tmp_path: Path, anchor: Path) -> AsyncIterator[Scene]:
    config = f"{AT_ONCE}\nevidence:\n  anchors: [{{directory: {anchor}}}]\n"
    async with staged(tmp_path, config=config, clock=MovableClock()) as scene:
        yield scene


# A genuine old checkpoint under a name of the future.


async def test_an_old_note_with_a_new_name_hides_no_rollback(
    scene: Scene, anchor: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    before = await lives(scene, anchor)
    shutil.copyfile(database(scene), copy)
    after = await lives(scene, anchor, changes=2)
    shutil.copyfile(copy, database(scene))
    planted = anchor / anchors.file_name(999_999)
    shutil.copyfile(anchor / anchors.file_name(before), planted)
    with pytest.raises(SettingsError, match=rf"over {before} entries, .* says 999,999: we never"):
        await scene.start()
    planted.unlink()
    with pytest.raises(SettingsError, match=f"over {after}: it was rolled back"):
        await scene.start()


async def test_notes_with_names_of_their_own_are_compared(scene: Scene, anchor: Path) -> None:
    """The twin: as many files, each named as it should be."""
    await lives(scene, anchor)
    await lives(scene, anchor, changes=2)
    await starts(scene)


@pytest.mark.parametrize(("size", "refused"), [(5, True), (20, False)])
async def test_a_note_says_what_its_name_says(size: int, refused: bool, tmp_path: Path) -> None:
    (tmp_path / anchors.file_name(20)).write_text(note(size))
    if refused:
        with pytest.raises(Misnamed, match="is a checkpoint over 5 entries, and its name says 20"):
            await Folder(tmp_path).newest()
    else:
        assert await Folder(tmp_path).newest() == note(20)


# Entries under a complete tile, whose row was left as it was.


def rewritten(file: Path) -> None:
    """Entry 2 says something else, and all after it to the end of its tile are hashed anew."""
    take_guards_away(file)
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute(
            "SELECT seq, prev, body FROM audit WHERE seq <= ? ORDER BY seq", (WIDTH,)
        ).fetchall()
        last = NOTHING
        for seq, prev, body in found:
            said = body.replace(prev, last)
            said = said.replace('"author":', '"Author":') if seq == 2 else said
            now = leaf_of(said.encode())
            change = "UPDATE audit SET body = ?, leaf = ?, prev = ? WHERE seq = ?"
            connection.execute(change, (said, now, last, seq))
            last = now
        connection.commit()


@pytest.fixture
async def trail(tmp_path: Path) -> Path:
    """More than a tile of entries, all of them signed, and nobody has it open."""
    file, clock = tmp_path / "countersign.db", FakeClock()
    store = Store(f"sqlite:///{file}", clock=clock)
    await store.write(lambda s: audit.append_all(s, [("sgn_1", opened())] * (WIDTH + 5)))
    await signing_of(store, clock).covering(WIDTH + 5)
    await store.close()
    return file


async def started(file: Path) -> Checkpointing:
    clock = FakeClock()
    signer = signing_of(Store(f"sqlite:///{file}", clock=clock), clock)
    await signer.look()
    return signer


async def one_more(signer: Checkpointing) -> int:
    await signer.store.write(lambda s: audit.append(s, "sgn_2", opened()))
    last = await signer.store.read(checkpoints.last_entry)
    return (await signer.covering(last)).size


async def test_what_was_rewritten_under_a_tile_is_not_signed_again(trail: Path) -> None:
    rewritten(trail)
    signer = await started(trail)
    with pytest.raises(Contradicted):
        await one_more(signer)
    assert signer.trouble() == [CONTRADICTED]
    await signer.store.close()


async def test_what_nobody_touched_is_signed_on(trail: Path) -> None:
    signer = await started(trail)
    assert await one_more(signer) == WIDTH + 6
    assert signer.trouble() == []
    await signer.store.close()


async def test_nor_does_an_anchor_hold_what_was_rewritten_there(scene: Scene, anchor: Path) -> None:
    await scene.start()
    await scene.house.store.write(
        lambda s: audit.append_all(s, [("sgn_1", opened())] * (WIDTH + 5))
    )
    await scene.stop()
    await lives(scene, anchor)
    await starts(scene)  # the twin
    rewritten(database(scene))
    with pytest.raises(SettingsError, match="it was forked"):
        await scene.start()


async def test_without_an_anchor_it_starts_and_says_so(scene: Scene, anchor: Path) -> None:
    """Whoever is asked why a change was let go has to be able to look; nothing is signed."""
    await lives(scene, anchor)
    take_guards_away(database(scene))
    with closing(sqlite3.connect(database(scene))) as connection:
        seq, body = rows(scene)[0]
        said = body.replace('"seq":', '"seq": ')
        connection.execute(
            "UPDATE audit SET body = ?, leaf = ? WHERE seq = ?", (said, leaf_of(said.encode()), seq)
        )
        connection.commit()
    emptied(anchor)
    await scene.start()
    async with scene.http.get(f"{scene.address}/readyz") as answer:
        assert answer.status == 503
        assert CONTRADICTED in (await answer.json())["problems"]
    await scene.stop()

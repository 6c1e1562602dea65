"""Is each record what happened, does it say whether it holds, and is nothing missing?"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import merkle
from bot.domain.house_events import Unasked
from bot.domain.override import OverrideRules
from bot.domain.record_columns import COLUMNS
from bot.domain.signoff import Status, Verdict
from bot.exporting.population import lot
from bot.merkle import leaf_of
from storage import audit
from tests.builders import NOW, a_click, hours, minutes, standing
from tests.engine.house import furnish
from tests.exporting import Stage, staged

Captured = pytest.CaptureFixture[str]


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, capsys: Captured) -> AsyncIterator[Stage]:
    made = await staged(database_url, tmp_path, capsys)
    yield made
    await made.house.store.close()


def shell(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, check=True, text=True
    )
    return done.stdout


async def three(stage: Stage) -> None:
    """Approved and deployed, rejected, and still waiting."""
    await stage.decided(1)
    await stage.landed("deploy/1")
    await stage.decided(2, Verdict.REJECT)
    await stage.decided(3, None)
    await stage.checkpointing.covering(1)


# What a record says.


async def test_a_decision_is_exported_and_holds(stage: Stage) -> None:
    await three(stage)
    said = stage.export()
    assert said.code == 0
    assert said.ids == ["sgn_1", "sgn_2", "sgn_3"]
    first = said.record("sgn_1")
    assert list(first) == list(dict.fromkeys(it.partition(".")[0] for it in COLUMNS))
    assert (first["decision"]["status"], first["decision"]["by"]) == ("approved", ["ada"])
    (review,) = first["people"]["reviews"]
    assert (review["person"], review["level"]) == ("ada", standing("ada").level)
    assert first["outcome"]["deployed"] is True
    assert said.record("sgn_2")["decision"]["reason"] == "refunds twice"
    assert said.record("sgn_3")["decision"]["status"] == "pending"
    assert all(it["integrity"]["verified"] for it in said.records)


async def test_the_proof_in_a_record_leads_to_the_checkpoint(stage: Stage) -> None:
    await three(stage)
    found = stage.export().record("sgn_1")["integrity"]
    path = [base64.b64decode(it) for it in found["inclusion_proof"]]
    root = bytes.fromhex(found["checkpoint_root"])
    leaf, size = bytes.fromhex(found["leaf"]), found["checkpoint_size"]
    assert merkle.check_inclusion(leaf, found["seq"] - 1, size, path, root)


async def test_what_is_newer_than_any_checkpoint_says_so(stage: Stage) -> None:
    await stage.decided(1, None)
    found = stage.export().record("sgn_1")["integrity"]
    assert (found["checkpoint_size"], found["inclusion_proof"]) == (None, None)
    assert found["verified"] is True


async def test_the_count_at_the_end_is_of_all(stage: Stage) -> None:
    await three(stage)
    said = stage.export().completeness
    assert (said["decisions"], said["let_go_on"], said["records_written"]) == (2, 1, 3)
    assert (said["deployments_seen"], said["with_decision"]) == (1, 1)
    assert said["statuses"] == {"approved": 1, "pending": 1, "rejected": 1}
    assert (said["without_decision"], said["let_go_on_and_never_seen"]) == ([], 0)
    assert said["trail_holds"] is True
    ids = b"sgn_1\nsgn_2\nsgn_3\n"
    assert said["population"]["ids_sha256"] == hashlib.sha256(ids).hexdigest()
    leaves = [leaf_of(f"sgn_{n}".encode()) for n in (1, 2, 3)]
    two = merkle.folded(leaves[:2])
    assert said["population"]["root"] == merkle.node_of(two, leaves[2]).hex()


async def test_what_was_let_go_on_and_never_seen_again_is_counted(stage: Stage) -> None:
    await stage.decided(1)
    assert stage.export().completeness["let_go_on_and_never_seen"] == 1


# Periods.


async def test_each_belongs_to_one_period(stage: Stage) -> None:
    await stage.decided(1)
    stage.clock.now = NOW + hours(14)  # midnight
    await stage.decided(2)
    assert stage.export().ids == ["sgn_1"]
    assert stage.export(since="2026-11-24", until="2026-11-25").ids == ["sgn_2"]
    assert stage.export(until="2026-11-24T00:00:01Z").ids == ["sgn_1", "sgn_2"]


async def test_an_environment_alone(stage: Stage) -> None:
    await stage.decided(1)
    await stage.decided(2)
    said = stage.export("--environment", "e2")
    assert said.ids == ["sgn_2"]
    assert said.code == 0
    assert said.completeness["population"]["count"] == 1


async def test_a_period_that_is_not_over_says_so(stage: Stage) -> None:
    await stage.decided(1)
    assert stage.export().completeness["population"]["over"] is True
    early = stage.export(at=NOW + hours(1))
    assert early.completeness["population"]["over"] is False
    assert "not over" in early.err


# Samples.


async def test_the_same_seed_draws_the_same_wherever_it_is_drawn(stage: Stage) -> None:
    for number in range(1, 9):
        await stage.decided(number, None)
    drawn = stage.export("--sample", "3", "--seed", "Q4 by Max")
    whole = stage.export()
    root = whole.completeness["population"]["root"]
    by_hand = sorted(whole.ids, key=lambda id: lot("Q4 by Max", root, id))[:3]
    assert sorted(drawn.ids) == sorted(by_hand)
    assert drawn.completeness["sample"] == {
        "size": 3,
        "seed": "Q4 by Max",
        "drawn": sorted(by_hand),
    }
    assert drawn.completeness["population"] == whole.completeness["population"]
    assert drawn.completeness["statuses"] == {"pending": 8}
    assert stage.export("--sample", "3", "--seed", "another").ids != drawn.ids


async def test_a_sample_larger_than_all_is_all(stage: Stage) -> None:
    await three(stage)
    assert stage.export("--sample", "30", "--seed", "x").ids == stage.export().ids


def test_a_lot_is_what_the_page_says() -> None:
    assert lot("a", "b", "c") == hashlib.sha256(b"a\0b\0c").digest()


async def test_who_asks_cannot_see_whether_they_will_be_drawn(stage: Stage) -> None:
    """With a seed that is known early: one more decision, and all lots are others."""
    for number in range(1, 9):
        await stage.decided(number, None)
    words = ("--sample", "3", "--seed", "Q4 by Max")
    early = stage.export(*words, at=NOW + hours(1))
    assert "this sample is none yet" in early.err
    await stage.decided(9, None)
    said = stage.export(*words)
    assert "this sample is none yet" not in said.err
    roots = [it.completeness["population"]["root"] for it in (early, said)]
    one, other = (lot("Q4 by Max", root, "sgn_1") for root in roots)
    assert one != other


async def test_what_the_page_says_draws_the_same_by_hand(stage: Stage, tmp_path: Path) -> None:
    """docs/audit-export.md, with a shell alone."""
    for number in range(1, 9):
        await stage.decided(number, None)
    (tmp_path / "all.jsonl").write_text(stage.export().out)
    page = (Path(__file__).parent.parent / "docs/audit-export.md").read_text()
    (script,) = (it for it in page.split("```")[1::2] if "sha256sum" in it and "SEED" in it)
    command = script.removeprefix("sh\n")
    drawn = stage.export("--sample", "3", "--seed", "Q3 by Max").ids
    assert sorted(shell(command, tmp_path).split()) == sorted(drawn)


async def test_the_same_database_gives_the_same_records(stage: Stage) -> None:
    await three(stage)
    once, again = stage.export(), stage.export(at=NOW + hours(99))
    assert once.out.split("\n")[:3] == again.out.split("\n")[:3]
    assert once.completeness["population"] == again.completeness["population"]


# Deployments that nobody asked for.


async def test_a_stray_deployment_is_found(stage: Stage) -> None:
    await three(stage)
    await stage.landed(
        "", what="abc1234 of acme/payments-api to production", environment="production"
    )
    said = stage.export()
    assert said.code == 1
    (stray,) = said.completeness["without_decision"]
    assert stray["what"] == "abc1234 of acme/payments-api to production"
    assert (stray["why"], stray["rules_name_it"]) == ("nobody had been asked", True)
    assert said.completeness["deployments_seen"] == 2
    assert "abc1234" in said.err
    assert stage.export("--allow-gaps").code == 0


async def test_so_is_a_key_that_nobody_was_asked_about(stage: Stage) -> None:
    """Told twice, it is one."""
    for _ in range(2):
        await stage.landed("deploy/unknown")
    kept = await stage.house.store.read(audit.of_house)
    assert [it.key for it in kept if isinstance(it, Unasked)] == ["deploy/unknown"]
    (stray,) = stage.export().completeness["without_decision"]
    assert (stray["key"], stray["told"], stray["signoff"]) == ("deploy/unknown", 1, None)


async def test_one_that_was_asked_for_later_says_so(stage: Stage) -> None:
    await stage.landed("deploy/1")
    await stage.decided(1)
    (stray,) = stage.export().completeness["without_decision"]
    assert (stray["why"], stray["signoff"]) == ("nobody had been asked", "sgn_1")


async def test_what_failed_is_no_deployment(stage: Stage) -> None:
    await stage.landed("deploy/unknown", succeeded=False)
    assert await stage.house.store.read(audit.of_house) == []
    assert stage.export().code == 0


async def test_what_was_deployed_before_its_yes_has_none(stage: Stage) -> None:
    signoff = await stage.decided(1, None)
    await stage.landed("deploy/1")
    await stage.house.review(await stage.house.now(signoff))
    said = stage.export()
    assert said.code == 1
    assert said.record("sgn_1")["decision"]["status"] == Status.APPROVED
    assert said.record("sgn_1")["outcome"]["deployed_without_yes"] is True
    (gap,) = said.completeness["without_decision"]
    assert (gap["signoff"], gap["why"]) == ("sgn_1", "nobody had let it go on: it is approved")


async def test_so_has_what_was_rejected(stage: Stage) -> None:
    await stage.decided(1, Verdict.REJECT)
    await stage.landed("deploy/1")
    assert stage.export().completeness["without_decision_count"] == 1


async def test_a_deployment_in_another_period_or_place_is_not_of_this_one(stage: Stage) -> None:
    await stage.landed("x", environment="production")
    assert stage.export(since="2026-11-24", until="2026-11-25").code == 0
    assert stage.export("--environment", "staging").code == 0
    assert stage.export("--environment", "production").code == 1
    assert stage.export().code == 1


async def test_what_ships_in_another_period_than_it_was_asked_for_is_of_that_one(
    stage: Stage,
) -> None:
    """Rejected on the last day, and deployed when that had been exported already."""
    await stage.decided(1, Verdict.REJECT)
    await stage.decided(2)
    stage.clock.go_on(hours(31))
    await stage.landed("deploy/1")
    await stage.landed("deploy/2")
    next_day = {"since": "2026-11-24", "until": "2026-11-25", "at": NOW + hours(72)}
    said = stage.export(**next_day)  # type: ignore[arg-type]
    seen = said.completeness
    assert (said.code, said.ids, seen["population"]["count"]) == (1, [], 0)
    assert (seen["deployments_seen"], seen["with_decision"], seen["statuses"]) == (2, 1, {})
    (found,) = seen["without_decision"]
    assert (found["signoff"], found["key"]) == ("sgn_1", "deploy/1")
    assert stage.export("--environment", "e1", **next_day).code == 1  # type: ignore[arg-type]
    assert stage.export("--environment", "e2", **next_day).code == 0  # type: ignore[arg-type]
    first = stage.export()
    assert (first.code, first.completeness["deployments_seen"]) == (0, 0)
    assert first.record("sgn_1")["outcome"]["deployed_without_yes"] is True


async def test_what_shipped_and_does_not_hold_is_named_wherever_it_was_asked_for(
    stage: Stage,
) -> None:
    await stage.decided(1)
    stage.clock.go_on(hours(31))
    await stage.landed("deploy/1")
    stage.tamper("UPDATE signoff SET document = replace(document, 'Retry', 'Retrj')")
    said = stage.export(since="2026-11-24", until="2026-11-25", at=NOW + hours(72))
    assert said.code == 1
    assert [it["record_id"] for it in said.completeness["records_not_verified"]] == ["sgn_1"]


async def test_what_a_run_deploys_long_after_its_override_has_no_decision(stage: Stage) -> None:
    rules = OverrideRules(people=frozenset({"pat"}), lasts=minutes(30))
    stage.house = overriding = furnish(stage.house.store, stage.clock, overrides=rules)
    for number in (1, 2):
        opened = await overriding.open(key=f"deploy/{number}", environment=f"e{number}")
        click = a_click(opened, "pat", id=f"click {number}")
        await overriding.signoffs.override(click, "INC-1", "night emergency")
    stage.clock.go_on(hours(1))
    await stage.landed("deploy/1")
    stage.clock.go_on(hours(9))
    await stage.landed("deploy/2")
    seen = stage.export().completeness
    assert (seen["with_decision"], seen["without_decision_count"]) == (1, 1)
    assert seen["without_decision"][0]["key"] == "deploy/2"


async def test_one_that_does_not_say_where_may_have_gone_anywhere(stage: Stage) -> None:
    await stage.landed("x")
    assert stage.export("--environment", "staging").code == 1


# Somebody had the database in hand.


async def test_a_decision_that_was_edited_is_false(stage: Stage) -> None:
    await three(stage)
    stage.tamper(
        "UPDATE signoff SET status = 'approved',"
        " document = replace(document, 'refunds twice', 'looks fine') WHERE id = 'sgn_2'"
    )
    said = stage.export()
    assert said.code == 1
    found = said.record("sgn_2")
    assert found["integrity"]["verified"] is False
    assert found["integrity"]["flaws"] == ["it is not what its entries tell"]
    assert found["decision"]["reason"] == "refunds twice"
    assert said.record("sgn_1")["integrity"]["verified"] is True
    assert said.completeness["records_not_verified_count"] == 1
    assert stage.export("--allow-gaps").code == 1


async def test_an_entry_that_was_edited_is_named(stage: Stage) -> None:
    await three(stage)
    stage.tamper("UPDATE audit SET body = replace(body, 'Retry', 'Retrj') WHERE seq = 1")
    said = stage.export()
    assert (said.code, said.completeness["trail_holds"]) == (1, False)
    flaws = said.record("sgn_1")["integrity"]["flaws"]
    assert "entry 1: its bytes are not those that were hashed" in flaws


async def test_an_entry_of_the_house_that_cannot_be_read_is_named(stage: Stage) -> None:
    """It may have told of a deployment that nobody was asked about."""
    await stage.landed("x", environment="production")
    assert stage.export().completeness["entries_not_readable"] == []
    stage.tamper("UPDATE audit SET body = replace(body, '\"unasked\"', '\"unheard\"')")
    said = stage.export("--allow-gaps")
    assert (said.code, said.completeness["without_decision_count"]) == (1, 0)
    assert said.completeness["entries_not_readable"] == [1]
    assert "1 entries tell of nothing that we know" in said.err


async def test_an_attestation_of_somebody_else_is_named(stage: Stage) -> None:
    await three(stage)
    stage.tamper(
        "UPDATE attestation SET envelope ="
        " (SELECT envelope FROM attestation WHERE signoff_id = 'sgn_2') WHERE signoff_id = 'sgn_1'"
    )
    (flaw,) = stage.export().record("sgn_1")["integrity"]["flaws"]
    assert flaw.startswith("its attestation: it says otherwise than the trail")


async def test_a_proof_that_leads_nowhere_is_named(stage: Stage) -> None:
    await three(stage)
    stage.tamper("UPDATE audit SET leaf = '" + "0" * 64 + "' WHERE seq = 1")
    said = stage.export()
    assert said.code == 1
    flaws = said.record("sgn_1")["integrity"]["flaws"]
    assert "nothing leads from its entry to the checkpoint over it" in flaws


async def test_a_checkpoint_that_nobody_signed_is_named(stage: Stage) -> None:
    await three(stage)
    stage.tamper("UPDATE checkpoint SET note = replace(note, 'sign.acme', 'sigm.acme')")
    flaws = stage.export().record("sgn_1")["integrity"]["flaws"]
    assert "the checkpoint over its entry is not genuine" in flaws


async def test_a_decision_that_was_removed_is_missed(stage: Stage) -> None:
    await three(stage)
    stage.tamper("DELETE FROM attestation", "DELETE FROM signoff WHERE id = 'sgn_2'")
    said = stage.export()
    assert said.code == 1
    assert said.ids == ["sgn_1", "sgn_3"]
    assert said.completeness["trail"]["not_in_database"] == ["sgn_2"]
    assert said.completeness["trail"]["asked_for_in_period"] == 3
    assert said.completeness["trail_holds"] is False


async def test_so_is_one_that_was_moved_into_another_period(stage: Stage) -> None:
    await three(stage)
    stage.tamper("UPDATE signoff SET opened_at = '2026-10-01 10:00:00.000000' WHERE id = 'sgn_2'")
    said = stage.export()
    assert (said.code, said.completeness["trail"]["same_as_database"]) == (1, False)
    other = stage.export(since="2026-10-01", until="2026-10-02")
    assert other.code == 1
    why = "its row stands in this period or environment, and its entries do not"
    assert why in other.record("sgn_2")["integrity"]["flaws"]


async def test_one_that_nothing_tells_of_is_nothing_but_its_name(stage: Stage) -> None:
    await three(stage)
    columns = "connection, key, renewal, change_digest, repository, environment, lineage, revision, line, status, opened_at, judged_by, document"
    stage.tamper(
        f"INSERT INTO signoff (id, {columns}) SELECT 'sgn_9', {columns.replace('key', 'key || 9', 1)}"  # noqa: S608
        " FROM signoff WHERE id = 'sgn_1'"
    )
    said = stage.export()
    assert said.code == 1
    made_up = said.record("sgn_9")
    assert made_up["integrity"]["flaws"] == ["nothing in the trail tells of it"]
    assert made_up["decision"]["status"] is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET body = 'nothing' WHERE signoff_id = '@house'",
        "UPDATE audit SET body = '[[[' WHERE seq = 1",
        "UPDATE audit SET leaf = 'no hash' WHERE seq = 2",
        "UPDATE signoff SET document = 'nothing' WHERE id = 'sgn_1'",
        "UPDATE attestation SET envelope = '{\"payload\": 1}'",
        "UPDATE checkpoint SET note = 'nothing'",
        "UPDATE tile SET hash = 'nothing'",
    ],
)
async def test_whatever_stands_there_the_others_are_exported(stage: Stage, change: str) -> None:
    await three(stage)
    await stage.landed("deploy/unknown")
    stage.tamper(change)
    said = stage.export("--allow-gaps")
    assert said.ids == ["sgn_1", "sgn_2", "sgn_3"]
    assert said.code == (0 if "tile" in change else 1)
    assert said.record("sgn_3")["decision"]["status"] == "pending"


async def test_a_checkpoint_that_was_kept_elsewhere_is_compared(
    stage: Stage, tmp_path: Path
) -> None:
    await three(stage)
    note = stage.export().completeness["trail"]["newest_checkpoint"]
    (tmp_path / "held.note").write_text(note)
    held = ("--checkpoint", str(tmp_path / "held.note"))
    assert stage.export(*held).code == 0
    stage.tamper("DELETE FROM checkpoint", "DELETE FROM audit WHERE seq > 5")
    assert stage.export(*held).completeness["trail_holds"] is False


@pytest.mark.parametrize("column", ["body", "leaf"])
async def test_sqlite_takes_anything_for_a_text(
    tmp_path: Path, capsys: Captured, column: str
) -> None:
    stage = await staged(f"sqlite:///{tmp_path / 'countersign.db'}", tmp_path, capsys)
    await three(stage)
    stage.tamper(f"UPDATE audit SET {column} = x'00ff' WHERE seq = 1")  # noqa: S608
    said = stage.export()
    await stage.house.store.close()
    assert (said.code, len(said.ids)) == (1, 3)
    assert not said.record("sgn_1")["integrity"]["verified"]


# What a command line may ask for.


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--sample", "3"), "go together"),
        (("--seed", "x"), "go together"),
        (("--sample", "0", "--seed", "x"), "at least 1"),
    ],
)
async def test_what_makes_no_sense_is_not_understood(
    stage: Stage, words: tuple[str, ...], why: str
) -> None:
    said = stage.export(*words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err


async def test_a_period_has_to_begin_before_it_ends(stage: Stage) -> None:
    assert stage.export(since="2026-11-24", until="2026-11-24").code == 2
    assert stage.export(since="yesterday").code == 2


async def test_in_json_it_says_what_it_found(stage: Stage) -> None:
    await three(stage)
    said = stage.export("--json")
    told = json.loads(said.err)
    assert told["file"]["sha256"] == hashlib.sha256(said.out.encode()).hexdigest()
    assert told["population"] == said.completeness["population"]

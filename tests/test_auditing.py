"""Is everything that somebody did to the database found, and named?"""

# ruff: noqa: S608 -- nothing in here comes from outside

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot import auditing, checkpoint, merkle
from bot.auditing.findings import NAMED_AT_MOST
from bot.cli.audited import Bar
from bot.cli.commands import parser
from bot.domain.signoff import Signoff, Verdict
from bot.engine.checkpointing import Checkpointing
from bot.merkle import Growing
from bot.misconfigured import Misconfigured
from storage import audit
from storage.documents import read_signoff
from storage.opening import opened
from storage.store import Store
from tests.builders import FakeClock
from tests.engine.house import furnish
from tests.storage.disarming import disarmed, take_guards_away
from tests.storage.old import file_of

KEY, STRANGE = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
PUBLIC = KEY.public_key().public_bytes_raw()
ORIGIN = "countersign.example.com/audit"
SIGNOFFS = 8
ENTRIES = 24
"""Opened, decided, reported: three of each."""
SIZES = (6, 12, 18, 24)


def pem(folder: Path, key: Ed25519PrivateKey) -> Path:
    file = folder / "public.pem"
    text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    file.write_bytes(text)
    return file


async def filled(url: str) -> None:
    clock = FakeClock()
    store = Store(url, clock=clock)
    try:
        house = furnish(store, clock)
        signing = checkpointing(store, clock)
        for number in range(SIGNOFFS):
            facts = {"key": f"deploy/{number}", "environment": f"e{number}"}
            signoff = await house.open(**facts, reply_to={"url": "https://ci.example/1"})
            verdict = Verdict.REJECT if number == 3 else Verdict.APPROVE
            await house.review(signoff, verdict=verdict, id=f"click {number}")
            await house.settle()
            if 3 * (number + 1) in SIZES:
                await signing.covering(3 * (number + 1))
    finally:
        await store.close()
    vouch(Path(make_url(url).database or ""))


def vouch(database: Path) -> None:
    """What is kept of each decision, as versions before checkpoints wrote it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM outbox")
        for id, document in connection.execute("SELECT id, document FROM signoff").fetchall():
            envelope = enveloped(statement(read_signoff(document)), KEY)
            put = "INSERT OR REPLACE INTO attestation (signoff_id, envelope) VALUES (?, ?)"
            connection.execute(put, (id, envelope))
        connection.commit()


def statement(signoff: Signoff, **more: object) -> dict[str, Any]:
    change, decided = signoff.change, signoff.decided_at
    assert decided
    return {
        "subject": [{"name": change.repository, "digest": {"gitCommit": change.revision}}],
        "predicate": {
            "signoff": signoff.id,
            "status": signoff.status.value,
            "proceed": signoff.status.proceed,
            "repository": change.repository,
            "environment": change.environment,
            "connection": change.connection,
            "key": change.key,
            "policyDigest": signoff.requirement.policy_digest,
            "decidedAt": f"{decided.isoformat()[:19]}Z",
            "reviews": [
                {"person": it.person, "verdict": it.verdict.value, "revision": it.revision}
                for it in signoff.reviews
            ],
            **more,
        },
    }


def enveloped(said: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    payload, kind = json.dumps(said).encode(), b"application/vnd.in-toto+json"
    signed = key.sign(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    return json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind.decode(),
            "signatures": [{"keyid": "x", "sig": base64.b64encode(signed).decode()}],
        }
    )


def checkpointing(store: Store, clock: FakeClock) -> Checkpointing:
    return Checkpointing(store=store, origin=ORIGIN, public=PUBLIC, sign=KEY.sign, clock=clock)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("original") / "countersign.db"
    asyncio.run(filled(f"sqlite:///{file}"))
    return file


@pytest.fixture
def database(original: Path, tmp_path: Path) -> Path:
    file = tmp_path / "countersign.db"
    shutil.copyfile(original, file)
    return file


Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(database: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The exit code, and what it says in JSON."""

    def run(*words: str) -> tuple[int, Any]:
        key = str(pem(database.parent, KEY))
        arguments = parser().parse_args(["audit", "verify", "--json", "--key", key, *words])
        code = auditing.verify(arguments, lambda: f"sqlite:///{database}")
        return code, json.loads(capsys.readouterr().out)

    return run


def tamper(database: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as connection:
        for statement in statements:
            connection.execute(statement, values)
        connection.commit()


def named(said: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    found = []
    for flaw in said["flaws"]:
        [kind] = [name for name in flaw if name != "why"]
        found.append((kind, flaw[kind], flaw["why"]))
    return found


def rows(database: Path) -> list[tuple[int, str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT seq, signoff_id, body FROM audit ORDER BY seq"
        return connection.execute(query).fetchall()


def hash_anew(database: Path, since: int = 1) -> None:
    """What whoever owns the database does after changing an entry: all after it fits again."""
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as connection:
        prev = audit.NOTHING
        for seq, _, body in rows(database):
            if seq >= since:
                entry = json.loads(body)
                entry["prev"] = prev
                body = audit.canonical(entry).decode()
                change = "UPDATE audit SET prev = ?, leaf = ?, body = ? WHERE seq = ?"
                connection.execute(change, (prev, audit.leaf_of(body.encode()), body, seq))
            prev = audit.leaf_of(body.encode())
        connection.commit()


def held(original: Path, folder: Path, size: int) -> Path:
    """A checkpoint that somebody kept while all was well."""
    with closing(sqlite3.connect(original)) as connection:
        query = "SELECT note FROM checkpoint WHERE size = ?"
        (note,) = connection.execute(query, (size,)).fetchone()
    file = folder / f"{size:012d}.note"
    file.write_text(note)
    return file


# Nothing was done.


def test_what_nobody_touched_holds(run: Run) -> None:
    code, said = run()
    assert code == 0
    assert said == {
        "holds": True,
        "entries": ENTRIES,
        "checkpoints": len(SIZES),
        "signoffs": SIGNOFFS,
        "attestations": SIGNOFFS,
        "flaws": [],
        "more_flaws": 0,
        "guarded": True,
        "erased": [],
        "newest": said["newest"],
    }
    assert checkpoint.read(said["newest"]).size == ENTRIES


def test_quickly_only_the_trail_is_looked_at(run: Run, database: Path) -> None:
    tamper(database, "UPDATE signoff SET document = '{}'")
    code, said = run("--quick")
    assert (code, said["entries"], said["signoffs"]) == (0, ENTRIES, None)


def test_for_people(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["audit", "verify", "--key", str(pem(database.parent, KEY))]
    code = auditing.verify(parser().parse_args(words), lambda: f"sqlite:///{database}")
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "24 entries hold"
    assert lines[1].startswith(
        "4 checkpoints hold; the newest is over 24 entries, signed by SHA256:"
    )
    assert lines[2] == "8 sign-offs are what their entries tell; 8 attestations are genuine"
    assert lines[3] == "Keep this elsewhere, and compare with it later (--checkpoint):"
    assert lines[5:7] == [ORIGIN, "24"]


def test_what_does_not_hold_is_told_on_standard_error(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(database, "UPDATE audit SET body = replace(body, 'ada', 'eve') WHERE seq = 5")
    words = ["audit", "verify", "--quick", "--key", str(pem(database.parent, KEY))]
    code = auditing.verify(parser().parse_args(words), lambda: f"sqlite:///{database}")
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert "countersign: the audit trail does not hold\n" in err
    assert "  entry 5: its bytes are not those that were hashed\n" in err
    assert "triggers that guard the trail in the database are gone" in err


# Somebody changed an entry.

CHANGES = {
    "the verdict": ('"verdict":"approve"', '"verdict":"reject"'),
    "who": ('"person":"ada"', '"person":"eve"'),
    "when": ("2026-", "2025-"),
    "which revision": ('"revision":"a', '"revision":"b'),
    "the policy": ("sha256:", "sha255:"),
    "which signoff": ('"signoff":"sgn_', '"signoff":"sgx_'),
    "its number": ('"seq":', '"seq":1'),
    "its format": ("countersign-audit/2", "countersign-audit/1"),
    "white space": ("{", "{ "),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("seq", [2, 14, 23])
def test_a_changed_byte_is_named(what: str, seq: int, run: Run, database: Path) -> None:
    body = rows(database)[seq - 1][2]
    old, new = CHANGES[what]
    assert old in body
    tamper(
        database,
        "UPDATE audit SET body = ? WHERE seq = ?",
        values=(body.replace(old, new, 1), seq),
    )
    code, said = run("--quick")
    assert (code, said["guarded"]) == (1, False)
    assert ("entry", seq, "its bytes are not those that were hashed") in named(said)
    assert said["checkpoints"] == len(SIZES)


@pytest.mark.parametrize(
    ("column", "value"), [("prev", "0" * 64), ("signoff_id", "sgn_other"), ("leaf", "f" * 64)]
)
def test_a_changed_column_is_named(column: str, value: str, run: Run, database: Path) -> None:
    tamper(database, f"UPDATE audit SET {column} = '{value}' WHERE seq = 9")
    code, said = run("--quick")
    assert code == 1
    assert named(said)[0][:2] == ("entry", 9)


def test_it_goes_on_behind_a_flaw(run: Run, database: Path) -> None:
    for seq in (4, 10, 17):
        tamper(database, f"UPDATE audit SET body = body || ' ' WHERE seq = {seq}")
    code, said = run("--quick")
    assert code == 1
    assert [which for _, which, _ in named(said)] == [4, 10, 17]


def test_only_so_many_are_named_and_the_rest_is_counted(run: Run, database: Path) -> None:
    tamper(database, "UPDATE audit SET body = body || ' '")
    _, said = run("--quick")
    assert len(said["flaws"]) == NAMED_AT_MOST
    assert said["more_flaws"] == ENTRIES - NAMED_AT_MOST


ODD = {
    "a text of bytes": "UPDATE audit SET body = x'ff00' WHERE seq = 9",
    "a number for a text": "UPDATE audit SET body = 7 WHERE seq = 9",
    "a leaf of bytes": "UPDATE audit SET leaf = x'ff' WHERE seq = 9",
    "an entry that is deep": "UPDATE audit SET body = printf('%.*c', 100000, '[') WHERE seq = 9",
    "a number below the first": "UPDATE audit SET seq = -9 WHERE seq = 9",
    "a signoff of bytes": "UPDATE signoff SET document = x'ff' WHERE id = 'sgn_3'",
    "a signoff that is a number": "UPDATE signoff SET document = 7 WHERE id = 'sgn_3'",
    "a note of bytes": "UPDATE checkpoint SET note = x'ff' WHERE size = 12",
    "a root of bytes": "UPDATE checkpoint SET root = x'ff' WHERE size = 12",
    "a moment that is none": "UPDATE checkpoint SET at = 'never', root = 'x' WHERE size = 12",
    "an envelope of bytes": "UPDATE attestation SET envelope = x'ff' WHERE signoff_id = 'sgn_3'",
}


@pytest.mark.parametrize("what", ODD)
def test_nothing_that_stands_there_ends_the_look(what: str, run: Run, database: Path) -> None:
    tamper(database, ODD[what])
    code, said = run()
    assert code == 1
    assert said["entries"] == ENTRIES - (what == "a number below the first")
    kinds = {"leaf": 9, "text": 9, "entry": 9, "number": 9, "signoff": "sgn_3", "envelope": "sgn_3"}
    expected = next((which for word, which in kinds.items() if word in what), 12)
    expected = -9 if "below" in what else "sgn_3" if "signoff" in what else expected
    assert expected in [which for _, which, _ in named(said)]


# Somebody removed entries, or moved them.


@pytest.mark.parametrize(("where", "why"), [("= 7", ""), ("IN (7, 8, 9)", ", and all to 9")])
def test_removed_entries_are_named(where: str, why: str, run: Run, database: Path) -> None:
    tamper(database, f"DELETE FROM audit WHERE seq {where}")
    code, said = run("--quick")
    assert code == 1
    assert named(said)[0] == ("entry", 7, f"it is missing{why}")
    assert len(said["flaws"]) == 1
    assert said["checkpoints"] == 1  # those behind it cannot be compared


def test_entries_that_changed_places_are_named(run: Run, database: Path) -> None:
    tamper(
        database,
        "UPDATE audit SET seq = 999 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 6",
        "UPDATE audit SET seq = 6 WHERE seq = 999",
    )
    code, said = run("--quick")
    assert code == 1
    assert {5, 6} <= {which for kind, which, _ in named(said) if kind == "entry"}


def test_a_tail_that_was_cut_off_is_named(run: Run, database: Path) -> None:
    tamper(database, "DELETE FROM audit WHERE seq > 19")
    code, said = run("--quick")
    why = "it is missing, and all to 24, which the checkpoint in the database covers"
    assert (code, named(said)) == (1, [("entry", 20, why)])


def test_with_its_checkpoints_only_who_kept_one_elsewhere_can_tell(
    run: Run, database: Path, original: Path, tmp_path: Path
) -> None:
    tamper(
        database,
        "DELETE FROM audit WHERE seq > 18",
        "DELETE FROM checkpoint WHERE size > 18",
    )
    assert run("--quick")[0] == 0
    kept = held(original, tmp_path, 24)
    code, said = run("--quick", "--checkpoint", str(kept))
    why = f"it is missing, and all to 24, which the checkpoint in {kept} covers"
    assert (code, named(said)) == (1, [("entry", 19, why)])


# Somebody changed an entry, and hashed everything anew.


def changed_throughout(database: Path) -> None:
    tamper(database, "UPDATE audit SET body = replace(body, '\"ada\"', '\"eve\"') WHERE seq = 8")
    hash_anew(database)


def test_the_first_checkpoint_behind_it_is_named(run: Run, database: Path) -> None:
    changed_throughout(database)
    code, said = run("--quick")
    assert code == 1
    [(kind, size, why)] = named(said)
    assert (kind, size) == ("checkpoint", 12)
    assert why == (
        "in the database: the entries have another root, so one of them was changed, and all after "
        "it were hashed anew; so have 2 after it"
    )
    assert said["checkpoints"] == 1


def test_without_checkpoints_only_who_kept_one_elsewhere_can_tell(
    run: Run, database: Path, original: Path, tmp_path: Path
) -> None:
    changed_throughout(database)
    tamper(database, "DELETE FROM checkpoint")
    assert run("--quick")[0] == 0
    code, said = run("--quick", "--checkpoint", str(held(original, tmp_path, 6)))
    assert code == 0  # what was kept is from before
    code, said = run("--quick", "--checkpoint", str(held(original, tmp_path, 12)))
    assert [(kind, size) for kind, size, _ in named(said)] == [("checkpoint", 12)]


def test_a_folder_of_them_is_looked_through(
    run: Run, database: Path, original: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for size in SIZES:
        held(original, folder, size)
    assert run("--quick", "--checkpoint", str(folder))[1]["checkpoints"] == 2 * len(SIZES)
    changed_throughout(database)
    assert run("--quick", "--checkpoint", str(folder))[0] == 1


def test_a_fork_that_was_signed_anew_is_named(
    run: Run, database: Path, original: Path, tmp_path: Path
) -> None:
    """By somebody who has the key as well: two genuine checkpoints of one size."""
    changed_throughout(database)
    tree = Growing()
    for _, _, body in rows(database)[:12]:
        tree.append(bytes.fromhex(audit.leaf_of(body.encode())))
    said = checkpoint.text(ORIGIN, 12, tree.root())
    note = checkpoint.signed(said, ORIGIN, PUBLIC, KEY.sign)
    tamper(
        database,
        "DELETE FROM checkpoint WHERE size > 12",
    )
    tamper(
        database,
        "UPDATE checkpoint SET root = ?, note = ? WHERE size = 12",
        values=(tree.root().hex(), note),
    )
    assert run("--quick")[0] == 0
    kept = held(original, tmp_path, 12)
    code, told = run("--quick", "--checkpoint", str(kept))
    assert code == 1
    why = f"in the database and in {kept} they differ: the trail was forked"
    assert ("checkpoint", 12, why) in named(told)


# Somebody did something to the checkpoints.


def test_one_that_nobody_of_us_signed_is_named(run: Run, database: Path) -> None:
    said = checkpoint.text(ORIGIN, 12, bytes(32))
    public = STRANGE.public_key().public_bytes_raw()
    note = checkpoint.signed(said, ORIGIN, public, STRANGE.sign)
    tamper(database, "UPDATE checkpoint SET note = ? WHERE size = 12", values=(note,))
    code, told = run("--quick")
    why = "in the database: none of these keys signed it"
    assert (code, named(told)) == (1, [("checkpoint", 12, why)])


def test_one_whose_columns_say_something_else_is_named(run: Run, database: Path) -> None:
    tamper(database, f"UPDATE checkpoint SET root = '{'0' * 64}' WHERE size = 12")
    code, said = run("--quick")
    why = "its row says something else than its note"
    assert (code, named(said)) == (1, [("checkpoint", 12, why)])


def test_one_over_nothing_holds(run: Run, tmp_path: Path) -> None:
    said = checkpoint.text(ORIGIN, 0, merkle.NO_LEAVES)
    (tmp_path / "first.note").write_text(checkpoint.signed(said, ORIGIN, PUBLIC, KEY.sign))
    assert run("--quick", "--checkpoint", str(tmp_path / "first.note"))[0] == 0


def test_one_of_another_trail_is_named(run: Run, tmp_path: Path) -> None:
    other = "other.example.com/audit"
    note = checkpoint.signed(checkpoint.text(other, 12, bytes(32)), other, PUBLIC, KEY.sign)
    (tmp_path / "other.note").write_text(note)
    code, said = run("--quick", "--checkpoint", str(tmp_path / "other.note"))
    assert code == 1
    assert named(said)[0][2].endswith("it is of another trail, other.example.com/audit")


# Somebody changed what is made of the trail.


def a_signoff(database: Path, number: int = 2) -> str:
    return rows(database)[3 * number][1]


def signoff_of(database: Path, id: str) -> Signoff:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT document FROM signoff WHERE id = ?"
        return read_signoff(connection.execute(query, (id,)).fetchone()[0])


def test_a_signoff_that_says_otherwise_is_named(run: Run, database: Path) -> None:
    id = a_signoff(database, 3)
    change = "UPDATE signoff SET document = replace(document, '\"rejected\"', '\"approved\"')"
    tamper(database, f"{change} WHERE id = '{id}'")
    code, said = run()
    assert (code, named(said)) == (1, [("signoff", id, "it is not what its entries tell")])


def test_a_signoff_that_is_gone_is_named(run: Run, database: Path) -> None:
    id = a_signoff(database)
    tamper(database, f"DELETE FROM signoff WHERE id = '{id}'")
    assert named(run()[1]) == [("signoff", id, "its entries tell of it, and it is gone")]


def test_a_signoff_that_nothing_tells_of_is_named(run: Run, database: Path) -> None:
    """Slipped in beside the trail: approved, and nobody was asked."""
    id = a_signoff(database)
    columns = "connection, 'x', renewal, change_digest, repository, environment, lineage"
    tamper(
        database,
        "INSERT INTO signoff (id, connection, key, renewal, change_digest, repository, environment,"
        " lineage, status, opened_at, judged_by, document) SELECT 'sgn_forged', "
        f"{columns}, status, opened_at, judged_by, document FROM signoff WHERE id = '{id}'",
    )
    assert named(run()[1]) == [("signoff", "sgn_forged", "nothing in the trail tells of it")]


def test_an_attestation_that_is_gone_is_named(run: Run, database: Path) -> None:
    id = a_signoff(database)
    tamper(database, f"DELETE FROM attestation WHERE signoff_id = '{id}'")
    why = "it was let go on, and its attestation is gone"
    assert named(run()[1]) == [("signoff", id, why)]


def test_one_that_is_still_to_be_made_is_not(run: Run, database: Path) -> None:
    id = a_signoff(database)
    tamper(
        database,
        f"DELETE FROM attestation WHERE signoff_id = '{id}'",
        "INSERT INTO outbox (signoff_id, lane, effect, since, due_at, attempts, state, error, lease)"
        f" VALUES ('{id}', '@inside', '{{\"kind\":\"attest\"}}', '2026-11-23', '2026-11-23', 0,"
        " 'waiting', '', 0)",
    )
    assert run()[0] == 0


def test_one_of_another_signoff_is_named(run: Run, database: Path) -> None:
    id, other = a_signoff(database, 2), a_signoff(database, 3)
    tamper(
        database,
        "UPDATE attestation SET envelope = (SELECT envelope FROM attestation WHERE signoff_id = "
        f"'{id}') WHERE signoff_id = '{other}'",
    )
    [(_, which, why)] = named(run()[1])
    assert which == other
    assert why.startswith(
        "its attestation: it says otherwise than the trail: signoff, status, proceed"
    )


def test_one_that_we_did_not_sign_is_named(run: Run, database: Path) -> None:
    id = a_signoff(database)
    envelope = enveloped(statement(signoff_of(database, id)), STRANGE)
    tamper(
        database,
        "UPDATE attestation SET envelope = ? WHERE signoff_id = ?",
        values=(envelope, id),
    )
    assert named(run()[1]) == [("signoff", id, "its attestation: no key of ours signed it")]


# Attestations that name their place in the trail.


def placed(database: Path, id: str, seq: int, **changed: object) -> str:
    """As it is made today: with the entry that decided, and the checkpoint that covers it."""
    with closing(sqlite3.connect(database)) as connection:
        leaves = [it for (it,) in connection.execute("SELECT leaf FROM audit ORDER BY seq")]
        query = "SELECT note FROM checkpoint WHERE size = 24"
        (note,) = connection.execute(query).fetchone()

    def subtree(low: int, high: int) -> bytes:
        return merkle.folded([bytes.fromhex(it) for it in leaves[low:high]])

    path = merkle.inclusion(seq - 1, ENTRIES, subtree)
    position = {
        "origin": ORIGIN,
        "seq": seq,
        "leaf": leaves[seq - 1],
        "checkpoint": note,
        "inclusionProof": [base64.b64encode(it).decode() for it in path],
        **changed,
    }
    envelope = enveloped(statement(signoff_of(database, id), audit=position), KEY)
    values = (envelope, id)
    tamper(database, "UPDATE attestation SET envelope = ? WHERE signoff_id = ?", values=values)
    return id


def test_one_that_does_is_compared_with_the_trail(run: Run, database: Path) -> None:
    placed(database, a_signoff(database), 8)
    assert run()[1]["attestations"] == SIGNOFFS


def test_one_that_names_the_entry_of_another_is_named(run: Run, database: Path) -> None:
    id = placed(database, a_signoff(database), 11)
    why = "its attestation: it names entry 11, which is not its own"
    assert named(run()[1]) == [("signoff", id, why)]


def test_one_whose_proof_leads_elsewhere_is_named(run: Run, database: Path) -> None:
    id = placed(database, a_signoff(database), 8, inclusionProof=[])
    why = "its attestation: its inclusion proof does not lead to the checkpoint of 24"
    assert named(run()[1]) == [("signoff", id, why)]


def test_one_that_names_a_checkpoint_which_is_not_there_is_named(run: Run, database: Path) -> None:
    id = placed(database, a_signoff(database), 8)
    tamper(database, "DELETE FROM checkpoint WHERE size = 24")
    why = "its attestation: it names a checkpoint of 24 that is not ours"
    assert named(run()[1]) == [("signoff", id, why)]


# What it is given.


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--checkpoint", "missing.note"), "--checkpoint: missing.note cannot be read"),
        (("--key", "missing.pem"), "--key: missing.pem cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(words: tuple[str, str], why: str, run: Run) -> None:
    with pytest.raises(Misconfigured, match=why):
        run(*words)


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    words = ["audit", "verify", "--key", str(pem(tmp_path, KEY))]
    with pytest.raises(Misconfigured, match="there is no database"):
        auditing.verify(parser().parse_args(words), lambda: f"sqlite:///{tmp_path}/no.db")


def test_an_older_schema_is_brought_up_first(tmp_path: Path) -> None:
    words = ["audit", "verify", "--key", str(pem(tmp_path, KEY))]
    with pytest.raises(Misconfigured, match="run countersign migrate first"):
        auditing.verify(parser().parse_args(words), lambda: file_of("schema-4", tmp_path))


def test_a_server_may_go_on_meanwhile(run: Run, database: Path) -> None:
    async def beside() -> int:
        store = Store(f"sqlite:///{database}")
        try:
            return (await asyncio.to_thread(run))[0]
        finally:
            await store.close()

    assert asyncio.run(beside()) == 0


async def test_so_it_is_on_either_store(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a server, whose decisions are not attested yet."""
    clock, words = FakeClock(), ["audit", "verify", "--json", "--key", str(pem(tmp_path, KEY))]

    async def looked() -> tuple[int, dict[str, Any]]:
        arguments = parser().parse_args(words)
        code = await asyncio.to_thread(auditing.verify, arguments, lambda: database_url)
        return code, json.loads(capsys.readouterr().out)

    store = Store(database_url, clock=clock)
    try:
        house = furnish(store, clock)
        for number in range(3):
            signoff = await house.open(key=f"deploy/{number}", environment=f"e{number}")
            await house.review(signoff, id=f"click {number}")
        await checkpointing(store, clock).beat()
        code, said = await looked()
        assert (code, said["entries"], said["checkpoints"], said["signoffs"]) == (0, 6, 1, 3)
        assert said["guarded"]
    finally:
        await store.close()
    with opened(database_url) as connection, connection.begin():
        disarmed(connection)
        connection.execute(text("UPDATE audit SET body = body || ' ' WHERE seq = 3"))
        connection.execute(text("UPDATE signoff SET document = '{}' WHERE id = 'sgn_3'"))
    code, said = await looked()
    assert (code, said["guarded"]) == (1, False)
    assert named(said) == [
        ("entry", 3, "its bytes are not those that were hashed"),
        ("signoff", "sgn_3", "it is not what its entries tell"),
    ]


def test_a_bar_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    moments = iter([0.0, 0.1, 7.0])
    bar = Bar(1_000_000, lambda: next(moments))
    bar(20_000)  # too soon to be told
    bar(560_000)
    bar.end()
    told = capsys.readouterr().err
    assert told == "\r\x1b[K[######------]  58%  580,000 of 1,000,000 entries, 5 s left\r\x1b[K"


def test_a_log_is_told_nothing_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(10)
    bar(5)
    bar.end()
    assert capsys.readouterr().err == ""

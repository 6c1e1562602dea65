"""Is all that was decided compared with the trail, and not only what one looks at first?"""

# ruff: noqa: S608 -- nothing in here comes from outside

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import auditing, keys, signing
from bot.auditing import house as houses
from bot.cli.commands import parser
from bot.domain.house_events import KeyUsed, PasskeyAdded, PasskeyRemoved
from bot.domain.signoff import Verdict
from bot.signing import Signer
from storage import audit, passkeys
from storage.passkeys import Passkey, State
from storage.store import Store
from tests.builders import NOW, FakeClock
from tests.engine.house import furnish
from tests.engine.test_attesting import KEY, SIGNER, attesting_in
from tests.test_auditing import STRANGE, named, pem, tamper
from tests.vouching import signed_for

Captured = pytest.CaptureFixture[str]

PASSKEY = Passkey(
    id="cred-ada",
    person="ada",
    public_key="cose",
    sign_count=1,
    label="yellow",
    at=NOW,
    state=State.ACTIVE,
    by="operator",
)
ADDED = PasskeyAdded(
    person="ada",
    credential="cred-ada",
    key_digest=f"sha256:{hashlib.sha256(b'cose').hexdigest()}",
    by="operator",
    how="operator",
    at=NOW,
)


async def filled(url: str) -> None:
    """Three signoffs: approved, rejected, pending; keys of two people, one of them removed."""
    clock = FakeClock()
    store = Store(url, clock=clock)
    try:
        await store.write(lambda session: keys.keep_in_trail(session, KEY.public_key()))
        house = furnish(store, clock)
        house.dispatcher.carrier.attest = attesting_in(house).kept
        for number, verdict in enumerate((Verdict.APPROVE, Verdict.REJECT, None), 1):
            facts = {"key": f"deploy/{number}", "environment": f"e{number}"}
            signoff = await house.open(**facts)
            if verdict:
                await house.review(signoff, verdict=verdict, id=f"click {number}")
            await house.settle()
        await store.write(_let_in)
        last = await store.read(lambda session: [it.seq for it in audit.entries(session)])
        await attesting_in(house).checkpointing.covering(last[-1])
    finally:
        await store.close()


def _let_in(session: Any) -> None:
    passkeys.add(session, PASSKEY)
    audit.append_house(session, signed_for(ADDED, KEY))
    lost = replace(PASSKEY, id="cred-pat", person="pat", state=State.REVOKED)
    passkeys.add(session, lost)
    pats = replace(ADDED, person="pat", credential="cred-pat")
    audit.append_house(session, signed_for(pats, KEY))
    gone = PasskeyRemoved(person="pat", credential="cred-pat", by="pat", at=NOW)
    audit.append_house(session, gone)
    passkeys.add(session, replace(PASSKEY, id="cred-kim", person="kim", state=State.WAITING))


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


def verified(database: Path, capsys: Captured, *more: str) -> tuple[int, Any]:
    words = ["audit", "verify", "--json", "--key", str(pem(database.parent, KEY)), *more]
    code = auditing.verify(parser().parse_args(words), lambda: f"sqlite:///{database}")
    return code, json.loads(capsys.readouterr().out)


def envelopes(database: Path, column: str) -> Any:
    with closing(sqlite3.connect(database)) as connection:
        query = f"SELECT {column} FROM attestation WHERE signoff_id = 'sgn_1'"
        (envelope,) = connection.execute(query).fetchone()
    return json.loads(base64.b64decode(json.loads(envelope)["payload"]))


def signed_anew(database: Path, column: str, statement: Any, signer: Signer = SIGNER) -> None:
    envelope = signer.envelope(statement)
    change = f"UPDATE attestation SET {column} = ? WHERE signoff_id = 'sgn_1'"
    tamper(database, change, values=(envelope,))


def test_what_nobody_touched_holds(database: Path, capsys: Captured) -> None:
    code, said = verified(database, capsys)
    assert (code, said["flaws"]) == (0, [])
    assert (said["signoffs"], said["attestations"]) == (3, 2)


def test_where_the_same_is_written_again_it_still_holds(database: Path, capsys: Captured) -> None:
    """The twin of those below: they only differ in what they say."""
    for column in ("envelope", "summary"):
        signed_anew(database, column, envelopes(database, column))
    assert verified(database, capsys)[0] == 0


# What is looked up by.

COLUMNS = {
    "connection": "'other'",
    "key": "'deploy/17'",
    "renewal": "7",
    "repository": "'acme/other'",
    "environment": "'e17'",
    "lineage": "'pull/17'",
    "revision": "'ffff'",
    "line": "'other'",
    "status": "'overridden'",
    "opened_at": "'2020-01-01 00:00:00.000000'",
    "next_due": "'2031-01-01 00:00:00.000000'",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_named(column: str, database: Path, capsys: Captured) -> None:
    tamper(database, f"UPDATE signoff SET {column} = {COLUMNS[column]} WHERE id = 'sgn_3'")
    code, said = verified(database, capsys)
    why = f"its columns say something else than its entries: {column}"
    assert (code, named(said)) == (1, [("signoff", "sgn_3", why)])


@pytest.mark.parametrize("value", ["NULL", "'never'", "7", "x'ff'"])
def test_whoever_keeps_it_from_ever_expiring_is_found(
    value: str, database: Path, capsys: Captured
) -> None:
    tamper(database, f"UPDATE signoff SET next_due = {value} WHERE id = 'sgn_3'")
    assert "next_due" in named(verified(database, capsys)[1])[0][2]


# What was signed of it, by somebody who has the key.

LIES = {
    "contributors": ["kim"],
    "unknownContributors": ["x"],
    "shadow": True,
    "because": ["nobody knows"],
    "rules": [],
    "asks": [],
    "risk": "low",
    "titleDigest": "sha256:00",
    "baseRevision": "b" * 40,
    "kind": "scaling",
    "along": ["sgn_9"],
    "override": {"by": "eve"},
    "notBefore": "2020-01-01T00:00:00Z",
    "openedAt": "2020-01-01T00:00:00Z",
    "artifactClaimedBy": "eve",
}


@pytest.mark.parametrize("name", LIES)
def test_an_attestation_that_tells_something_else_is_named(
    name: str, database: Path, capsys: Captured
) -> None:
    said = envelopes(database, "envelope")
    assert said["predicate"][name] != LIES[name]
    said["predicate"][name] = LIES[name]
    signed_anew(database, "envelope", said)
    tamper(database, "UPDATE attestation SET summary = NULL")
    code, told = verified(database, capsys)
    why = f"its attestation: it says otherwise than the trail: {name}"
    assert (code, named(told)) == (1, [("signoff", "sgn_1", why)])


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", "staff"), ("groups", []), ("reason", "fine"), ("proved", "web-oidc+webauthn")],
)
def test_so_is_one_that_tells_something_else_of_a_review(
    name: str, value: object, database: Path, capsys: Captured
) -> None:
    said = envelopes(database, "envelope")
    assert said["predicate"]["reviews"][0][name] != value
    said["predicate"]["reviews"][0][name] = value
    signed_anew(database, "envelope", said)
    tamper(database, "UPDATE attestation SET summary = NULL")
    code, told = verified(database, capsys)
    why = "its attestation: it says otherwise than the trail: reviews"
    assert (code, named(told)) == (1, [("signoff", "sgn_1", why)])


def test_what_a_later_version_tells_is_compared_with_nothing(
    database: Path, capsys: Captured
) -> None:
    said = envelopes(database, "envelope")
    said["predicate"]["weather"] = "fair"
    signed_anew(database, "envelope", said)
    tamper(database, "UPDATE attestation SET summary = NULL")
    assert verified(database, capsys)[0] == 0


def test_a_summary_is_compared_as_well(database: Path, capsys: Captured) -> None:
    said = envelopes(database, "summary")
    said["predicate"]["verifiedLevels"].append("ORG_SOURCE_BREAK_GLASS")
    signed_anew(database, "summary", said)
    code, told = verified(database, capsys)
    why = "the summary of its attestation: it says otherwise than the trail"
    assert (code, named(told)) == (1, [("signoff", "sgn_1", why)])


def test_a_summary_that_a_stranger_signed_is_named(database: Path, capsys: Captured) -> None:
    signed_anew(database, "summary", envelopes(database, "summary"), Signer.of(STRANGE))
    why = "the summary of its attestation: no key of ours signed it"
    assert named(verified(database, capsys)[1]) == [("signoff", "sgn_1", why)]


# Who decides with which security key.

KEYS = {
    "a key that nobody let in": (
        "UPDATE passkey SET state = 'active' WHERE id = 'cred-kim'",
        ("cred-kim", houses.NOT_LET_IN),
    ),
    "one that was removed": (
        "UPDATE passkey SET state = 'active' WHERE id = 'cred-pat'",
        ("cred-pat", houses.NOT_LET_IN),
    ),
    "somebody else's": (
        "UPDATE passkey SET person = 'eve' WHERE id = 'cred-ada'",
        ("cred-ada", houses.NOT_THEIRS),
    ),
    "an exchanged one": (
        "UPDATE passkey SET public_key = 'esoc' WHERE id = 'cred-ada'",
        ("cred-ada", houses.EXCHANGED),
    ),
    "who let it in": (
        "UPDATE passkey SET by = 'ruth' WHERE id = 'cred-ada'",
        ("cred-ada", houses.LET_IN_OTHERWISE),
    ),
    "a revoked one": (
        "UPDATE passkey SET state = 'revoked' WHERE id = 'cred-ada'",
        ("cred-ada", houses.TAKEN_AWAY),
    ),
    "a removed one": (
        "DELETE FROM passkey WHERE id = 'cred-ada'",
        ("cred-ada", houses.TAKEN_AWAY),
    ),
}


@pytest.mark.parametrize("what", KEYS)
def test_a_security_key_that_the_trail_does_not_know_is_named(
    what: str, database: Path, capsys: Captured
) -> None:
    statement, (which, why) = KEYS[what]
    tamper(database, statement)
    code, said = verified(database, capsys)
    assert (code, named(said)) == (1, [("passkey", which, why)])


def test_it_counts_for_nothing_how_often_and_by_which_name(
    database: Path, capsys: Captured
) -> None:
    """What no entry tells: the twin of those above."""
    tamper(database, "UPDATE passkey SET sign_count = 99, label = 'blue' WHERE id = 'cred-ada'")
    assert verified(database, capsys)[0] == 0


# Which key signs.


@pytest.mark.parametrize("lies", [False, True])
def test_a_key_that_is_none_of_ours_is_named(lies: bool, database: Path, capsys: Captured) -> None:
    public = base64.b64encode(signing.raw(STRANGE.public_key())).decode()
    keyid = signing.fingerprint((KEY if lies else STRANGE).public_key())
    event = KeyUsed(keyid=keyid, public_key=public, at=NOW)

    async def say() -> None:
        store = Store(f"sqlite:///{database}")
        await store.write(lambda session: audit.append_house(session, event))
        await store.close()

    asyncio.run(say())
    code, said = verified(database, capsys)
    [(kind, _, why)] = named(said)
    assert (code, kind, why) == (1, "entry", houses.MISNAMED if lies else houses.ANOTHER_KEY)
    more = database.parent / "of before"
    more.mkdir()
    assert verified(database, capsys, "--key", str(pem(more, STRANGE)))[0] == int(lies)


def test_quickly_none_of_this_is_looked_at(database: Path, capsys: Captured) -> None:
    tamper(database, "DELETE FROM passkey", "UPDATE signoff SET status = 'approved'")
    assert verified(database, capsys, "--quick")[0] == 0

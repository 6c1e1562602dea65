"""Is what stands beside the decisions compared as well: keys that signed, places, what was promised?"""

# ruff: noqa: S608 -- nothing in here comes from outside

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fido2 import cbor
from fido2.cose import ES256
from sqlalchemy import text as sql

from bot import auditing
from bot.auditing import approvals, places, signoffs
from bot.auditing.places import _Asked, _Line
from bot.cli.commands import parser
from bot.domain.events import Reviewed
from bot.domain.house_events import HouseEvent, PasskeyAdded, PasskeyRemoved
from bot.domain.proving import BY_KEY, Assertion
from bot.domain.signoff import Signoff, Status, Verdict
from bot.domain.unshipped import Stating
from bot.engine.attesting import decided_by
from bot.engine.clicks import Proof
from bot.web.pages.statements import DECISION
from storage import attestations, audit
from storage.housekeeping import Place
from tests.builders import AN_ASSERTION, NOW, a_click, a_policy, a_rule, sha
from tests.engine.house import House, a_house
from tests.engine.test_exempt_bases import BY_SECRET, FETCHED, exempt, opened
from tests.engine.test_exempt_bases import POLICY as EXEMPTING
from tests.test_auditing import KEY, checkpointing, filled, named, pem, tamper, vouch
from tests.vouching import OURS, signed_for
from tests.web.authenticator import SoftKey, text

Captured = pytest.CaptureFixture[str]
Named = list[tuple[str, Any, str]]

URL = "https://sign.acme.example"
STEP_UP = a_policy(a_rule(approvals=1, step_up=True))
NOT_HERS = "the approval by ada is not theirs: it was made with a key that is not among theirs"


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


def flaws(database: Path, capsys: Captured, *more: str) -> Named:
    key = str(pem(database.parent, KEY))
    arguments = parser().parse_args(["audit", "verify", "--json", "--key", key, *more])
    code = auditing.verify(arguments, lambda: f"sqlite:///{database}")
    said = json.loads(capsys.readouterr().out)
    assert code == (1 if said["flaws"] else 0)
    return named(said)


# Which key signed an approval.


def public_of(key: SoftKey) -> str:
    return text(cbor.encode(dict(ES256.from_cryptography_key(key.key.public_key()))))


def asserted(key: SoftKey, it: Signoff, **lies: object) -> Assertion:
    """What it signs where somebody approves."""
    change = it.change
    said: Mapping[str, object] = {
        "v": DECISION,
        "verdict": "approve",
        "person": "ada",
        "audience": URL,
        "at": f"{it.opened_at.isoformat()[:19]}Z",
        "nonce": "0" * 32,
        "signoff": it.id,
        "repository": change.repository,
        "environment": change.environment,
        "revision": change.revision,
        "artifact": change.artifact_digest,
        "tree": change.tree,
        "policyDigest": it.requirement.policy_digest,
        "reason": "looks good to me",
        **lies,
    }
    statement = json.dumps(said)
    challenge = text(sha256(statement.encode()))
    answered = key.sign({"publicKey": {"challenge": challenge}})["response"]
    return Assertion(
        credential=text(key.id),
        public_key=public_of(key),
        statement=statement,
        client_data=answered["clientDataJSON"],
        authenticator_data=answered["authenticatorData"],
        signature=answered["signature"],
    )


def sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def added(key: SoftKey, person: str = "ada") -> PasskeyAdded:
    event = PasskeyAdded(
        person=person,
        credential=text(key.id),
        key_digest=f"sha256:{sha256(public_of(key).encode()).hex()}",
        by="operator",
        how="operator",
        at=NOW,
    )
    return signed_for(event, KEY)


def removed(key: SoftKey) -> PasskeyRemoved:
    return PasskeyRemoved(person="ada", credential=text(key.id), by="ada", at=NOW)


Assert = Callable[[SoftKey, Signoff], Assertion]


async def approved(
    folder: Path,
    *,
    before: Callable[[SoftKey], Sequence[HouseEvent]] = lambda key: [added(key)],
    after: Callable[[SoftKey], Sequence[HouseEvent]] = lambda key: [removed(key)],
    made: Assert = asserted,
) -> Path:
    """One approval that says that a security key signed it, and what the trail says of that key."""
    key = SoftKey(origin=URL, rp="sign.acme.example")
    async with a_house(folder, policy=STEP_UP) as house:
        await tell(house, before(key))
        signoff = await house.open()
        proof = Proof(how=BY_KEY, assertion=made(key, signoff), used=None)
        click = a_click(signoff, "ada")
        done = await house.signoffs.review(click, Verdict.APPROVE, "looks good to me", (), proof)
        assert done.status is Status.APPROVED
        await tell(house, after(key))
        await house.settle()
        await checkpointing(house.store, house.clock).covering(1)
    file = folder / "countersign.db"
    vouch(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM passkey")
        connection.commit()
    return file


async def tell(house: House, events: Sequence[HouseEvent]) -> None:
    for event in events:
        await house.store.write(lambda session, event=event: audit.append_house(session, event))


async def test_what_their_own_key_signed_holds_though_it_was_removed_since(
    tmp_path: Path, capsys: Captured
) -> None:
    assert flaws(await approved(tmp_path), capsys) == []


# Whether the house vouches for that key.


BY_ANOTHER: Mapping[str, Callable[[PasskeyAdded], PasskeyAdded]] = {
    "nobody": lambda it: replace(it, signature=""),
    "another key": lambda it: signed_for(it, OURS),
    "what we said of another": lambda it: replace(it, signature=added(a_key(), "pat").signature),
}


def a_key() -> SoftKey:
    return SoftKey(origin=URL, rp="sign.acme.example")


@pytest.mark.parametrize("who", BY_ANOTHER)
async def test_a_key_that_nobody_vouches_for_is_named_with_what_it_approved(
    who: str, tmp_path: Path, capsys: Captured
) -> None:
    """The twin is what holds above."""

    def let_in(key: SoftKey) -> Sequence[HouseEvent]:
        return [BY_ANOTHER[who](added(key))]

    file = await approved(tmp_path, before=let_in, after=lambda key: [])
    assert [(kind, why) for kind, _, why in flaws(file, capsys)] == [
        ("signoff", NOT_HERS),
        ("entry", approvals.UNVOUCHED),
    ]


async def test_a_copy_brings_no_removed_key_back(tmp_path: Path, capsys: Captured) -> None:
    def comes_back(key: SoftKey) -> Sequence[HouseEvent]:
        return [added(key), removed(key), added(key)]

    file = await approved(tmp_path, before=comes_back, after=lambda key: [])
    assert [(kind, why) for kind, _, why in flaws(file, capsys)] == [
        ("signoff", NOT_HERS),
        ("entry", approvals.AGAIN),
    ]


async def test_a_copy_beside_what_counts_is_named_and_changes_nothing(
    tmp_path: Path, capsys: Captured
) -> None:
    file = await approved(tmp_path, before=lambda key: [added(key), added(key)])
    assert [(kind, why) for kind, _, why in flaws(file, capsys)] == [("entry", approvals.AGAIN)]


FORGED: Mapping[str, tuple[str, Assert]] = {
    "for another reason": (
        "they decided on another reason",
        lambda key, it: asserted(key, it, reason="fun"),
    ),
    "garbage": ("made with a key that is not among theirs", lambda key, it: AN_ASSERTION),
    "a garbage signature": (
        "its signature does not fit",
        lambda key, it: replace(asserted(key, it), signature="c2ln"),
    ),
    "of another signoff": (
        "they decided on another signoff",
        lambda key, it: asserted(key, it, signoff="sgn_9"),
    ),
    "of another revision": (
        "they decided on another revision",
        lambda key, it: asserted(key, it, revision=sha("f")),
    ),
    "of a rejection": (
        "they decided on another verdict",
        lambda key, it: asserted(key, it, verdict="reject"),
    ),
    "of last year": (
        "they decided at another moment",
        lambda key, it: asserted(key, it, at="2025-11-23T10:00:00Z"),
    ),
    "another credential": (
        "made with a key that is not among theirs",
        lambda key, it: replace(asserted(key, it), credential="Y3JlZA"),
    ),
}


@pytest.mark.parametrize("what", FORGED)
async def test_an_approval_that_no_key_signed_is_named(
    what: str, tmp_path: Path, capsys: Captured
) -> None:
    why, made = FORGED[what]
    [(kind, which, said)] = flaws(await approved(tmp_path, made=made), capsys)
    assert (kind, which) == ("signoff", "sgn_1")
    assert said.startswith("the approval by ada is not theirs: ")
    assert said.endswith(why)


TENURES: Mapping[str, Any] = {
    "never let in": {"before": lambda key: []},
    "let in since": {"before": lambda key: [], "after": lambda key: [added(key)]},
    "somebody else's": {"before": lambda key: [added(key, "pat")]},
    "another key": {"before": lambda key: [replace(added(key), key_digest="sha256:00")]},
    "removed before": {"before": lambda key: [added(key), removed(key)]},
}


@pytest.mark.parametrize("what", TENURES)
async def test_a_key_that_was_not_let_in_by_then_is_named(
    what: str, tmp_path: Path, capsys: Captured
) -> None:
    found = flaws(await approved(tmp_path, **TENURES[what]), capsys)
    assert [it for it in found if it[0] == "signoff"] == [("signoff", "sgn_1", NOT_HERS)]


async def test_what_was_erased_of_it_is_excused_and_nothing_else(tmp_path: Path) -> None:
    with auditing.snapshot(f"sqlite:///{await approved(tmp_path)}") as session:
        told = attestations.told(session, "sgn_1")
    [seq] = [it.seq for it in told if isinstance(it.event, Reviewed)]
    _, signoff = decided_by(told)

    def against(made: Assertion, *erased: int) -> list[str]:
        review = replace(signoff.reviews[0], assertion=made)
        events = {seq: Reviewed(review=review, standings=())}
        entries = [replace(it, event=events.get(it.seq, it.event)) for it in told]
        return list(approvals.unproved(signoff, entries, approvals.Tenures(), erased))

    gone = Assertion(**dict.fromkeys(Assertion.__dataclass_fields__, "erased-7f"))
    assert against(gone, seq) == []
    assert against(gone) == [NOT_HERS]
    assert against(AN_ASSERTION, seq) == [NOT_HERS]
    assert against(replace(gone, statement="erased-8f"), seq) == [NOT_HERS]


# What was asked for last, and went on.

PLACES = {
    "all are gone": ("DELETE FROM place", places.GONE, 8),
    "one is gone": ("DELETE FROM place WHERE newest = 'sgn_4'", places.GONE, 1),
    "another is the newest": (
        "UPDATE place SET newest = 'sgn_1' WHERE newest = 'sgn_4'",
        f"{places.OTHERWISE}: newest",
        1,
    ),
    "something else went on": (
        "UPDATE place SET went_on = 'evil' WHERE newest = 'sgn_1'",
        f"{places.OTHERWISE}: went_on",
        1,
    ),
    "nothing went on": (
        "UPDATE place SET went_on = '' WHERE newest = 'sgn_1'",
        f"{places.OTHERWISE}: went_on",
        1,
    ),
    "what was rejected went on": (
        "UPDATE place SET went_on = (SELECT revision FROM signoff WHERE id = 'sgn_4')"
        " WHERE newest = 'sgn_4'",
        f"{places.OTHERWISE}: went_on",
        1,
    ),
    "a line of nowhere": (
        "INSERT INTO place (connection, line, newest) VALUES ('ci', 'x', 'sgn_1')",
        places.UNTOLD,
        1,
    ),
}


@pytest.mark.parametrize("what", PLACES)
def test_a_place_that_is_not_what_the_entries_tell_is_named(
    what: str, database: Path, capsys: Captured
) -> None:
    change, why, count = PLACES[what]
    tamper(database, change)
    found = flaws(database, capsys)
    assert [(kind, said) for kind, _, said in found] == [("place", why)] * count


def test_a_place_that_nobody_touched_holds(database: Path, capsys: Captured) -> None:
    """The twin of those above: to write the same again changes nothing."""
    tamper(database, "UPDATE place SET newest = newest, went_on = went_on")
    assert flaws(database, capsys) == []


@pytest.mark.parametrize("forgets", [False, True])
async def test_whoever_hides_what_was_stopped_for_a_moment_is_found(
    *, forgets: bool, tmp_path: Path, capsys: Captured
) -> None:
    """The server has put the row there again since, so that it alone tells nothing."""
    whole = {"commits_complete": True, "files_complete": True}
    async with a_house(tmp_path) as house:
        stopped = await house.open(base_revision=sha("0"), **whole)
        await house.review(stopped, verdict=Verdict.REJECT)
        await house.settle()
        if forgets:
            await house.store.write(lambda s: s.connection().execute(sql("DELETE FROM place")))
        after = await house.open(key="b", revision=sha("c"), base_revision=sha("a"), **whole)
        assert after.along == (() if forgets else (stopped.id,))
        await house.review(after, "grace", id="grace")
        await house.settle()
        await checkpointing(house.store, house.clock).covering(1)
    vouch(tmp_path / "countersign.db")
    expected = [("signoff", after.id, places.LEFT_OUT)] if forgets else []
    assert flaws(tmp_path / "countersign.db", capsys) == expected


@pytest.mark.parametrize("trust", [BY_SECRET, FETCHED])
@pytest.mark.parametrize("moved", [False, True])
async def test_a_line_goes_on_by_what_somebody_vouches_for(
    trust: Stating, *, moved: bool, tmp_path: Path, capsys: Captured
) -> None:
    """An insider would have the next change compared with one that nobody signed."""
    async with a_house(tmp_path, policy=EXEMPTING) as house:
        house.signoffs.stating = trust
        await house.review(await opened(house, "first", "1"))
        await exempt(house, base_revision=sha("1"))
        await house.settle()
        await checkpointing(house.store, house.clock).covering(1)
    vouch(tmp_path / "countersign.db")
    if moved:
        went = sha("1" if trust == FETCHED else "e")
        tamper(tmp_path / "countersign.db", "UPDATE place SET went_on = ?", values=(went,))
    found = [(kind, why) for kind, _, why in flaws(tmp_path / "countersign.db", capsys)]
    assert found == ([("place", f"{places.OTHERWISE}: went_on")] if moved else [])


def test_a_row_that_was_made_of_documents_of_before_holds() -> None:
    """It was made of what was asked for last and went on, an emergency or not."""
    old = Place("ci", "software\nacme/x\ne", "sgn_1", "r1")
    line = _Line(
        asked=[_Asked(1, "sgn_1", (), (), "", 0, is_base=False, builds_up=True, old=True)],
        made_went_on=(NOW, "r1"),
    )
    assert line.flaws(old) == []
    assert line.flaws(old._replace(went_on="r2")) == ["went_on"]
    line.asked = [it._replace(old=False) for it in line.asked]
    assert line.flaws(old._replace(newest="sgn_2")) == ["newest"]


# What was promised.

PROMISED = {
    "waits": (("@inside", '{"kind":"attest"}', "2026-11-23", "waiting"), ""),
    "parked": (("@inside", '{"kind":"attest"}', "2026-11-23", "parked"), signoffs.GIVEN_UP),
    "put off": (("@inside", '{"kind":"attest"}', "9998-01-01", "waiting"), signoffs.GIVEN_UP),
    "never due": (("@inside", '{"kind":"attest"}', "never", "waiting"), signoffs.GIVEN_UP),
    "nowhere": (("x", '{"kind":"attest"}', "2026-11-23", "waiting"), signoffs.NOT_ATTESTED),
    "another": (("@inside", '{"x":"attest"}', "2026-11-23", "waiting"), signoffs.NOT_ATTESTED),
}


@pytest.mark.parametrize("what", PROMISED)
def test_an_attestation_that_is_gone_is_only_excused_while_it_waits(
    what: str, database: Path, capsys: Captured
) -> None:
    row, why = PROMISED[what]
    tamper(database, "DELETE FROM attestation WHERE signoff_id = 'sgn_1'")
    put = (
        "INSERT INTO outbox (signoff_id, since, attempts, lease, error, lane, effect, due_at, state)"
        " VALUES ('sgn_1', '2026-11-23', 0, 0, '', ?, ?, ?, ?)"
    )
    tamper(database, put, values=row)
    assert flaws(database, capsys) == ([("signoff", "sgn_1", why)] if why else [])


# Rows that hold what no row should.

STRANGE = ("X'ff'", "X'7b7d'", "CAST(X'ff' AS TEXT)", "char(55357)")
COLUMNS = (
    *(("audit", it) for it in ("signoff_id", "prev", "leaf", "body")),
    *(("attestation", it) for it in ("envelope", "summary", "signoff_id")),
    *(("signoff", it) for it in ("document", "id", "repository", "status", "next_due")),
    *(("checkpoint", it) for it in ("note", "root")),
    *(("place", it) for it in ("connection", "line", "newest", "went_on")),
)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
@pytest.mark.parametrize("value", STRANGE)
def test_what_is_no_text_at_all_is_named(
    value: str, table: str, column: str, database: Path, capsys: Captured
) -> None:
    """And not the reason why nothing was looked at."""
    last = f"(SELECT max(rowid) FROM {table})"
    tamper(database, f"UPDATE {table} SET {column} = {value} WHERE rowid = {last}")
    assert flaws(database, capsys)
    key = str(pem(database.parent, KEY))
    arguments = parser().parse_args(["audit", "verify", "--key", key])
    assert auditing.verify(arguments, lambda: f"sqlite:///{database}") == 1
    assert capsys.readouterr().err.encode()


def test_bytes_that_are_no_text_are_never_taken_for_the_text_that_they_look_like(
    database: Path, capsys: Captured
) -> None:
    tamper(database, "UPDATE audit SET body = CAST(body || X'ff' AS TEXT) WHERE seq = 3")
    assert flaws(database, capsys, "--quick") == [
        ("entry", 3, "its bytes are not those that were hashed")
    ]

"""What can somebody do who writes the rows of visits and of security keys, and nothing else?

Not the trail, no secret of the server's, and nobody's browser.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from fido2 import cbor
from fido2.cose import ES256
from sqlalchemy import text as sql

from bot.demo.scene import Scene
from bot.domain.signoff import Status
from bot.engine.stepping_up import Visit
from bot.web.pages.visits import Seals, hashed
from storage import passkeys, visits
from storage.passkeys import Passkey, State
from tests.builders import NOW, minutes
from tests.web.authenticator import SoftKey, text
from tests.web.pages.conftest import Holder, let_in, stored
from tests.web.provider import FakeProvider
from tests.web.visitor import HERE, Visitor

VISIT = Visit(
    id=hashed("chosen"),
    stage="here",
    until=NOW + minutes(5),
    nonce="n",
    person="ada",
    subject="s",
    csrf="known",
    signed_in_at=NOW,
)


async def change(scene: Scene, statement: str, **said: Any) -> None:
    """A row, as whoever has the database changes it."""
    await scene.house.store.write(lambda s: s.connection().execute(sql(statement), said))


def public(key: SoftKey) -> str:
    made = ES256.from_cryptography_key(key.key.public_key())  # type: ignore[no-untyped-call]
    return text(cbor.encode(dict(made)))


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/passkeys")).status == 200


async def kept(scene: Scene, visit: Visit) -> None:
    lasting = replace(visit, until=scene.clock() + minutes(5))
    await scene.house.store.write(lambda s: visits.put(s, lasting, scene.clock()))


# A visit.


@pytest.mark.parametrize("cookie", ["chosen", "chosen.", "chosen." + "0" * 64])
async def test_a_row_of_ones_own_making_is_no_visit(
    cookie: str, scene: Scene, visitor: Visitor
) -> None:
    await kept(scene, VISIT)
    visitor.cookies[HERE] = cookie
    assert not await is_in(visitor)


async def test_nor_one_sealed_with_another_secret(scene: Scene, visitor: Visitor) -> None:
    visit = replace(VISIT, until=scene.clock() + minutes(5))
    await kept(scene, VISIT)
    visitor.cookies[HERE] = Seals.by("a guess").cookie("chosen", visit)
    assert not await is_in(visitor)


async def test_one_that_another_replica_sealed_is(scene: Scene, visitor: Visitor) -> None:
    """The twin: whoever has the secret of all replicas."""
    from tests.web.provider import SECRET  # noqa: PLC0415

    visit = replace(VISIT, until=scene.clock() + minutes(5))
    await kept(scene, VISIT)
    visitor.cookies[HERE] = Seals.by(SECRET).cookie("chosen", visit)
    assert await is_in(visitor)


COLUMNS = ("person", "subject", "csrf", "nonce", "until", "stage")


@pytest.mark.parametrize("column", COLUMNS)
async def test_ones_own_visit_stays_ones_own(column: str, scene: Scene, visitor: Visitor) -> None:
    await visitor.sign_in("pat")
    assert await is_in(visitor)
    value = {"person": "ada", "until": "2099-01-01 00:00:00.000000", "stage": "leaving"}
    await change(scene, f"UPDATE visit SET {column} = :v", v=value.get(column, "x"))  # noqa: S608
    assert not await is_in(visitor)


async def test_nor_does_one_come_back_from_where_somebody_else_left(
    scene: Scene, visitor: Visitor, provider: FakeProvider
) -> None:
    """Led where the row says."""
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    await change(scene, "UPDATE visit SET wanted = '/decide/sgn_evil'")
    assert (await visitor.get(back)).status == 403
    assert not await is_in(visitor)


def test_a_seal_is_of_the_whole_visit() -> None:
    seals = Seals.by("secret")
    cookie = seals.cookie("chosen", VISIT)
    assert seals.fits(cookie, VISIT)
    assert "secret" not in repr(seals)
    for changed in (
        replace(VISIT, id="other"),
        replace(VISIT, person="pat"),
        replace(VISIT, until=NOW),
        replace(VISIT, signed_in_at=None),
    ):
        assert not seals.fits(cookie, changed)


# A security key.


async def decides(visitor: Visitor, signoff: str, key: SoftKey) -> int:
    return (await visitor.decide(signoff, key)).status


async def put_in(scene: Scene, key: SoftKey, state: State) -> None:
    row = Passkey(
        id=text(key.id),
        person="ada",
        public_key=public(key),
        sign_count=0,
        label="x",
        at=scene.clock(),
        state=state,
        by="pat",
    )
    await scene.house.store.write(lambda session: passkeys.add(session, row))


async def test_a_key_that_only_its_table_knows_decides_nothing(
    scene: Scene, visitor: Visitor, signoff: str
) -> None:
    await visitor.sign_in("ada")
    key = visitor.key()
    await put_in(scene, key, State.ACTIVE)
    assert await decides(visitor, signoff, key) == 409
    assert (await stored(scene, signoff)).status is Status.PENDING


async def test_one_that_was_let_in_does(scene: Scene, visitor: Visitor, signoff: str) -> None:
    """The twin: the trail says so."""
    await visitor.sign_in("ada")
    key = visitor.key()
    await put_in(scene, key, State.WAITING)
    await let_in(scene, "ada")
    assert await decides(visitor, signoff, key) == 200
    assert (await stored(scene, signoff)).status is Status.APPROVED


async def test_another_key_under_its_name_does_not(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    other = ada.key()
    other.id = key.id
    await change(scene, "UPDATE passkey SET public_key = :p", p=public(other))
    assert await decides(ada, signoff, other) == 409


async def test_one_that_was_removed_stays_so(scene: Scene, holder: Holder, signoff: str) -> None:
    ada, key = await holder("ada")
    await ada.open("/passkeys")
    assert (await ada.post(f"/passkeys/{text(key.id)}/remove", {})).status == 200
    await change(scene, "UPDATE passkey SET state = 'active'")
    assert await decides(ada, signoff, key) == 409


async def test_one_of_somebody_else_is_not_ones_own(
    scene: Scene, holder: Holder, visitor: Visitor, signoff: str
) -> None:
    _, pats = await holder("pat")
    await visitor.sign_in("ada")
    await change(scene, "UPDATE passkey SET person = 'ada'")
    assert await decides(visitor, signoff, pats) == 409


async def test_an_entry_that_was_changed_lets_nobody_in(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """Its bytes are not those that were hashed."""
    from tests.storage.disarming import disarmed  # noqa: PLC0415

    ada, key = await holder("ada")

    def edit(session: Any) -> None:
        disarmed(session.connection())
        session.connection().execute(
            sql("UPDATE audit SET body = replace(body, '\"operator\"', '\"pat\"') WHERE seq > 0")
        )

    await scene.house.store.write(edit)
    assert await decides(ada, signoff, key) == 409


def test_a_visit_is_found_by_the_part_before_its_seal() -> None:
    assert hashed("token.seal") == hashed("token") == hashlib.sha256(b"token").hexdigest()

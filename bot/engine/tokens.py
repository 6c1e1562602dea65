"""Was this token used already, and for the same?

A row of the inbox each, in the database: all processes share it, and a restart forgets nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from storage import inbox, moment
from storage.store import Session, Store


@dataclass(frozen=True, slots=True)
class Tokens:
    store: Store

    async def spend(self, issuer: str, token: str, on: bytes) -> bool:
        """Use the token of this id up; False if it was used before on anything else than this."""
        return await self.store.write(lambda session: _spend(session, issuer, token, on))


def _spend(session: Session, issuer: str, token: str, on: bytes) -> bool:
    """Two rows: that it was used, and on what. The second is there already if it is the same again."""
    now, source = moment.now(session), f"oidc {issuer}"  # no connection has a space in its name
    spent = hashlib.sha256(token.encode()).hexdigest()
    used = f"{spent} {hashlib.sha256(on).hexdigest()}"
    first, new = (inbox.admit(session, source, message, now) for message in (spent, used))
    if new and not first:
        inbox.forget(session, source, used)
    return first or not new

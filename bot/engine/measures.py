"""How much is there of what nobody but Prometheus asks for?"""

from __future__ import annotations

from storage import counted_looking, incidents
from storage.store import Session, Store


async def open_incidents(store: Store) -> int:
    """That nobody has said are over."""
    return await store.read(incidents.open_count)


async def uncounted(store: Store) -> int:
    """Entries of the trail that no figure counts yet."""
    return await store.read(_uncounted)


def _uncounted(session: Session) -> int:
    known = counted_looking.mark(session)
    return max(counted_looking.newest(session) - (known.seq if known else 0), 0)

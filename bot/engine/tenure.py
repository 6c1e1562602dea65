"""Is this our task? Some things one process of several does at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from storage import leases
from storage.leases import Lease
from storage.store import Session, Store

T = TypeVar("T")

LENGTH = timedelta(seconds=15)
"""How long the others wait for one that died."""


@dataclass(slots=True, kw_only=True)
class Tenure:
    """`holder` names this process. What is written because the task is ours is written only while
    it is: a process that was paused meanwhile cannot undo what its successor did.
    """

    store: Store
    task: str
    holder: str
    _lease: Lease | None = None

    @property
    def valid(self) -> bool:
        """As far as we know without asking."""
        left = self._left
        return timedelta() < left <= LENGTH

    @property
    def _left(self) -> timedelta:
        return self._lease.until - self.store.clock() if self._lease else timedelta()

    async def hold(self, then: Callable[[Session], None] = lambda _: None) -> bool:
        """Whether it is ours, renewed in time. `then` is done where it was not ours before."""
        lease = self._lease
        if LENGTH / 2 < self._left <= LENGTH:
            return True
        self._lease = await self.store.write(lambda session: self._take(session, lease, then))
        return self._lease is not None

    async def write(self, unit: Callable[[Session], T]) -> T:
        """Raises Lost if it is another's by now."""
        lease = self._lease
        if lease is None:
            raise leases.Lost(self.task)

        def fenced(session: Session) -> T:
            leases.check(session, lease)
            return unit(session)

        return await self.store.write(fenced)

    async def give_up(self) -> None:
        """Another may have it at once."""
        lease, self._lease = self._lease, None
        if lease is not None:
            await self.store.write(lambda session: leases.give_up(session, lease))

    def _take(
        self, session: Session, known: Lease | None, then: Callable[[Session], None]
    ) -> Lease | None:
        alone = self.store.alone
        lease = leases.take(session, self.task, self.holder, LENGTH, alone=alone)
        if lease is not None and (known is None or known.epoch != lease.epoch):
            then(session)
        return lease

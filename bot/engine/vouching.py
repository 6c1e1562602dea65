"""Do we say ourselves that a security key was let in, or does only the database say so?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from bot import signing
from bot.domain.errors import CannotVouch
from bot.domain.house_events import PasskeyAdded
from bot.engine.aside import aside
from bot.ports import Unreachable
from storage import vouching

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """By one of `keys` (32 bytes each), which sign here or did before. `sign` may take its time
    where it is `remote`.
    """

    keys: tuple[bytes, ...]
    sign: Callable[[bytes], bytes] = field(repr=False)
    remote: bool = False

    def is_ours(self, event: PasskeyAdded) -> bool:
        return any(vouching.is_signed(event, partial(signing.genuine, key)) for key in self.keys)

    async def signed(self, event: PasskeyAdded) -> PasskeyAdded:
        """Never within a transaction: a key service takes its time. Raises CannotVouch."""
        try:
            return replace(event, signature=await self._signature(event))
        except Unreachable as problem:
            log.error("no security key is let in: %s", problem)
            raise CannotVouch from None

    async def _signature(self, event: PasskeyAdded) -> str:
        make = partial(vouching.signature_of, event, self.sign)
        return await aside(make) if self.remote else make()


def _signs_nothing(message: bytes) -> bytes:
    raise Unreachable("there is no signing key here")


NOBODY = Vouching(keys=(), sign=_signs_nothing)
"""Where nothing vouches for a key, none decides."""

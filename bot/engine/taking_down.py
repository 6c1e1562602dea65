"""What of ours hangs in a channel in which nothing of ours may hang any more?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.engine.bell import Bell
from storage import surfaces
from storage.store import Store


@dataclass(frozen=True, slots=True)
class TakingDown:
    store: Store
    bell: Bell

    async def look_again(self, channel: str, at: datetime) -> None:
        """From then on, at all that hangs there and can still be decided: each is shown anew, and
        the chat says what becomes of it.
        """
        await self.store.write(lambda session: surfaces.mark_place(session, channel, at))
        self.bell.ring()

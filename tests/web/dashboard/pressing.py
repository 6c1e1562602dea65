"""How does the script of a page send what somebody pressed on it?"""

from __future__ import annotations

import re
from typing import Any

from bot.demo.scene import Scene
from bot.domain.signoff import Signoff
from tests.web.ci import Heard
from tests.web.dashboard.sitter import Sitter


async def stored(scene: Scene, signoff: str) -> Signoff:
    found = await scene.house.board.signoff(signoff)
    assert found is not None
    return found


async def press(who: Sitter, signoff: str, deed: str, **said: Any) -> Heard:
    """As the script does, with what stands on the page; or as one that was opened long ago does."""
    page = await who.open(f"/signoffs/{signoff}")
    drawn = re.search(r'data-once="([^"]*)"', page)
    now = await stored(who.scene, signoff)
    body = {
        "once": drawn[1] if drawn else "drawn-when-it-waited",
        "revision": now.change.revision,
        "policy_digest": now.requirement.policy_digest,
    }
    return await who.post(f"/signoffs/{signoff}/{deed}", {**body, **said})

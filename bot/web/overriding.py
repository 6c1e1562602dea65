"""What does a build job hear of an override? Until when it is good, and that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from bot.clock import Clock
from bot.domain.signoff import Signoff


def lasting(signoff: Signoff, clock: Clock) -> Mapping[str, object]:
    """Nothing, where nothing was overridden. Once it is over, whoever asks may not go on any more."""
    it = signoff.override
    if it is None:
        return {}
    until = it.until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    over = {"proceed": False} if it.until <= clock() else {}
    return {"override_until": until, **over}

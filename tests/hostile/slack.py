"""How does Slack sign what it sends?"""

from __future__ import annotations

from datetime import datetime

from bot.playground.courier import sign

SECRET = "playground-signing-secret"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signed(body: bytes, at: datetime, *, secret: str = SECRET, sort: str = FORM) -> dict[str, str]:
    return {"Content-Type": sort, **sign(secret, body, int(at.timestamp()))}

"""What time is it? The one place that asks the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]

_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def system_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds since some moment; nobody sets it, and it goes on while the machine sleeps."""
    return time.clock_gettime(_ELAPSED)

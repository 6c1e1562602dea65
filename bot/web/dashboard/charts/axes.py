"""Where does an axis have its lines, and what stands beside them? Few, and as people count."""

from __future__ import annotations

from itertools import takewhile

from bot.domain.seeing.chart import Unit

LINES_AT_MOST = 5
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

_CLOCK = (
    *(MINUTE * it for it in (1, 2, 5, 10, 15, 30)),
    *(HOUR * it for it in (1, 2, 4, 8, 12)),
    *(DAY * it for it in (1, 2, 7, 14, 28)),
)
_TENS = tuple(digit * 10.0**power for power in range(12) for digit in (1, 2, 5))
_STEPS = {
    Unit.LENGTH: _CLOCK,
    Unit.WORK: (*(MINUTE * it for it in (5, 10, 30)), *(HOUR * it for it in _TENS)),
    Unit.SHARE: (0.01, 0.02, 0.05, 0.1, 0.25),
}


def lines(highest: float, unit: Unit) -> tuple[float, ...]:
    """From nought to what is no lower than the highest."""
    steps = _STEPS.get(unit, _TENS)
    step = next((it for it in steps if highest / it <= LINES_AT_MOST), steps[-1])
    every = max(1, -(-int(highest / step) // LINES_AT_MOST))
    below = tuple(takewhile(lambda it: it < highest, (step * every * n for n in range(100))))
    top = step * every * max(1, len(below))
    return (*(below or (0.0,)), min(top, 1.0) if unit is Unit.SHARE else top)

"""What is looked at when Prometheus asks, and belongs to other parts of the house?"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Gauge

KNOWN = {
    "countersign_slack_up": "1 while Slack answers, lets us in and can reach us.",
    "countersign_incidents_open": "Incidents that nobody has said are over.",
    "countersign_counted_behind_entries": "Entries of the audit trail that no figure counts yet.",
    "countersign_live_pages": "Pages of the dashboard that are open and told of changes.",
}
"""Each with what it is. Those that nobody looks at are not there."""

Look = Callable[[], float | Awaitable[float]]


class Gauges:
    """Without labels. Raises KeyError for one that is not known."""

    def __init__(self, looks: Mapping[str, Look], *, registry: CollectorRegistry) -> None:
        self._looks = [
            (Gauge(name, KNOWN[name], registry=registry), look) for name, look in looks.items()
        ]

    async def look(self) -> None:
        """Raises whatever the looks do."""
        for gauge, look in self._looks:
            found = look()
            gauge.set(await found if inspect.isawaitable(found) else found)


def tell_build(version: str, schema: str, *, registry: CollectorRegistry) -> None:
    """What runs here, as labels of a series that is always 1."""
    build = Gauge(
        "countersign_build_info",
        "The version that runs, and the schema of its database.",
        ("version", "schema"),
        registry=registry,
    )
    build.labels(version, schema).set(1)

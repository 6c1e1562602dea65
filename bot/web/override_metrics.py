"""What does Prometheus hear of overrides? Whoever watches over them need not look at Slack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from bot.engine.board import Counted


class Overrides(Collector):
    """How many there ever were is counted in the database, so that it only ever grows."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._total = 0
        self._unreviewed = Gauge(
            "countersign_overrides_unreviewed",
            "Overrides that nobody has reviewed yet.",
            registry=registry,
        )
        self._overdue = Gauge(
            "countersign_override_review_overdue_seconds",
            "How long the review of an override is overdue; 0: none is.",
            registry=registry,
        )
        self._this_month = Gauge(
            "countersign_overrides_this_month",
            "Overrides since the month began, in UTC.",
            registry=registry,
        )
        registry.register(self)

    def show(self, counted: Counted, now: datetime) -> None:
        self._total = counted.total
        self._unreviewed.set(counted.unreviewed)
        self._this_month.set(counted.this_month)
        since = counted.overdue_since or now
        self._overdue.set((now - since).total_seconds())

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Asked for at each scrape."""
        family = CounterMetricFamily(
            "countersign_overrides", "Signoffs that were overridden in an emergency."
        )
        family.add_metric([], self._total)
        yield family

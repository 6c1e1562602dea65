"""How often did it happen, and how long did it take? Counted as it happens, for Prometheus.

Every value of a label stands in the code or in the config; whatever else comes is `other`. So nobody
who can send us something can make whoever scrapes keep more series.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.domain import errors
from bot.domain.errors import Refusal
from bot.domain.risk import RiskTier
from bot.domain.signoff import DeadlineKind, Status

OTHER = "other"

UNASSESSED = "unassessed"
"""The tier of what nobody assessed: it was opened before there was any, or by a shadow policy."""

STATUSES = frozenset(status.value for status in Status if status.is_final)
TIERS = frozenset({*(tier.value for tier in RiskTier), UNASSESSED})
KINDS = frozenset(kind.value for kind in DeadlineKind)
IN_TIME, EXPIRED = "in_time", "expired"
REFUSALS = frozenset(
    name
    for name, it in inspect.getmembers(errors, inspect.isclass)
    if issubclass(it, Refusal) and it is not Refusal
)
METHODS = frozenset(
    {
        "auth.test",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.update",
        "conversations.history",
        "conversations.info",
        "conversations.open",
        "conversations.replies",
        "dnd.teamInfo",
        "users.getPresence",
        "users.info",
        "users.list",
        "views.open",
        "views.publish",
        "views.push",
        "views.update",
    }
)
"""What we ask of Slack."""

OUTCOMES = frozenset({"ok", "refused", "rate_limited", "locked_out", "unreachable"})
"""How Slack answered."""

TAKEN, LATER, REFUSED, FAILED, INSIDE_US = "taken", "later", "refused", "unreachable", "failed"
DELIVERED = frozenset({TAKEN, LATER, REFUSED, FAILED, INSIDE_US})
"""It took it; not yet; for good it will not; it did not answer; we could not even try."""

WAITS = (60, 300, 900, 3600, 14_400, 28_800, 86_400, 259_200)
"""Seconds from a minute to three days."""

DELIVERIES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45)


class Tallies:
    """Of one process: whoever asks several adds them up. `destinations` are those of the config.

    What is decided is told by whoever counts it, one process for all; the rest by whoever does it.
    """

    def __init__(
        self, destinations: Iterable[str] = (), *, registry: CollectorRegistry | None = None
    ) -> None:
        self.registry = known = registry or CollectorRegistry()
        self._destinations = frozenset(destinations)
        self._decisions = Counter(
            "countersign_decisions_total",
            "Signoffs that came to an end, by how they did and by the risk of the change.",
            ("status", "tier"),
            registry=known,
        )
        self._wait = Histogram(
            "countersign_decision_wait_seconds",
            "From the opening of a signoff to its end, of what people decided or let expire.",
            ("tier",),
            buckets=WAITS,
            registry=known,
        )
        self._sla = Counter(
            "countersign_sla_total",
            "Signoffs that people had to decide: in time, or expired.",
            ("outcome",),
            registry=known,
        )
        self._refusals = Counter(
            "countersign_refusals_total",
            "What people asked for and did not get, by why.",
            ("refusal",),
            registry=known,
        )
        self._deadlines = Counter(
            "countersign_deadlines_passed_total",
            "Deadlines of signoffs that passed and were acted on, by what is done then.",
            ("kind",),
            registry=known,
        )
        self._callbacks = Counter(
            "countersign_callbacks_total",
            "Attempts to deliver something, by destination and by what came of them.",
            ("destination", "outcome"),
            registry=known,
        )
        self._callback_seconds = Histogram(
            "countersign_callback_duration_seconds",
            "How long an attempt to deliver something took.",
            ("destination",),
            buckets=DELIVERIES,
            registry=known,
        )
        self._slack = Counter(
            "countersign_slack_calls_total",
            "Calls of Slack's methods, by what came of them.",
            ("method", "outcome"),
            registry=known,
        )
        self._begin()

    def decided(self, status: str, tier: str, seconds: float | None, in_time: bool | None) -> None:
        """A signoff came to an end. `seconds`: how long people took, or were waited for; `in_time`:
        whether they decided before it expired. None where that is no question.
        """
        tier = _known(tier or UNASSESSED, TIERS)
        self._decisions.labels(_known(status, STATUSES), tier).inc()
        if seconds is not None:
            self._wait.labels(tier).observe(seconds)
        if in_time is not None:
            self._sla.labels(IN_TIME if in_time else EXPIRED).inc()

    def refused(self, refusal: str) -> None:
        """By the name of its class."""
        self._refusals.labels(_known(refusal, REFUSALS)).inc()

    def passed(self, kinds: Iterable[str]) -> None:
        """Once for each deadline that was acted on."""
        for kind in kinds:
            self._deadlines.labels(_known(kind, KINDS)).inc()

    def delivered(self, destination: str, outcome: str, seconds: float) -> None:
        """One attempt, whatever came of it."""
        name = _known(destination, self._destinations)
        self._callbacks.labels(name, _known(outcome, DELIVERED)).inc()
        self._callback_seconds.labels(name).observe(seconds)

    def called(self, method: str, outcome: str) -> None:
        """One call of Slack's."""
        self._slack.labels(_known(method, METHODS), _known(outcome, OUTCOMES)).inc()

    def _begin(self) -> None:
        """At nought: whoever first sees a series at 1 sees no increase. Slack's are too many for that."""
        for status in STATUSES:
            for tier in TIERS:
                self._decisions.labels(status, tier)
        for tier in TIERS:
            self._wait.labels(tier)
        for outcome in (IN_TIME, EXPIRED):
            self._sla.labels(outcome)
        for kind in KINDS:
            self._deadlines.labels(kind)
        for destination in self._destinations:
            self._callback_seconds.labels(destination)
            for outcome in DELIVERED:
                self._callbacks.labels(destination, outcome)


def _known(value: str, values: Collection[str]) -> str:
    return value if value in values else OTHER


UNHEARD = Tallies()
"""For whoever counts where nobody looks."""

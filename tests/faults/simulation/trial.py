"""Did a month go lawfully? One seed or many, judged; and what stands in the report of a bad one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import ModuleType

from tests.faults.evidence import Violation
from tests.faults.judge import judge
from tests.faults.simulation import month as as_it_is

EPISODES = (
    "approved", "rejected", "expired", "superseded", "withdrawn", "not_required", "settled", "escalated",
    "reassessed", "review_taken_back", "in doubt", "rolled back", "Broken", "killed",
    "killed before the commit", "killed after the commit", "paused", "a clock is stepped",
    "the database is down", "all are down", "the pipeline is down", "roster or policy changed",
    "somebody goes on leave, or is back", "the same click twice", "the chat repeats a click",
    "told of twice", "timed out after it was taken", "answered late", "answered 503",
    "answered 410", "given up on, and tried by hand", "reported more than once", "taken over",
    "fenced off", "another book is in force again", "Outdated", "AlreadyDecided", "AlreadyReviewed", "NotAReviewer", "OwnChange",
    "StaleRevision", "PolicyChanged", "NothingToTakeBack", "reviewed in the last minute",
)  # fmt: skip
"""What has to have happened, often: months in which nothing does prove nothing."""


def violations(seed: int, month: ModuleType = as_it_is) -> tuple[list[Violation], Counter[str]]:
    """What was unlawful in this month, and what happened in it."""
    found = month.simulate(seed)
    return judge(found.evidence), found.counts


def story(seed: int, month: ModuleType = as_it_is) -> str:
    """A month from its first day to its last, and what was wrong with it."""
    found = month.simulate(seed, telling=True)
    wrongs = [f"  {wrong}" for wrong in judge(found.evidence)] or ["  nothing"]
    again = f"Again: python -m tests.faults.simulation --seed {seed}"
    trail = [
        f"  {entry.seq:3} {entry.moment:%d %H:%M:%S.%f} {entry.signoff} {entry.event.kind}"
        for entry in found.evidence.entries
    ]
    return "\n".join(
        (f"Seed {seed}.", *found.told, "The trail:", *trail, "Unlawful:", *wrongs, again)
    )


def try_all(seeds: Iterable[int], month: ModuleType = as_it_is) -> tuple[int | None, Counter[str]]:
    """The first seed with an unlawful month, if there is one, and what happened until then."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        wrongs, happened = violations(seed, month)
        counts += happened
        if wrongs:
            return seed, counts
    return None, counts

"""How risky is what a Terraform plan would do?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.domain.change import Change, Kind, Resource
from bot.domain.places import Places
from bot.domain.risk.landmarks import (
    GATES,
    GROUPS,
    REFERENCES,
    ROADS,
    SCALERS,
    STORES,
    TERRAFORM,
)
from bot.domain.risk.reasons import (
    BLAST_RADIUS,
    DATA,
    EDGE_CASES,
    LEAST_ACCESS,
    PEAK_LOAD,
    ROLL_BACK,
    Reason,
    RiskTier,
    reason,
)
from bot.domain.spans import harmless

_DESTROYED = {
    "delete": "destroys",
    "replace": "destroys and makes anew",
    "forget": "no longer looks after",
}
_KEPT = {"create": "makes", "update": "changes"}
_INDEX = re.compile(r"\[[^\]]*+\]?+")
_CHECKLISTS = {
    ("infrastructure", RiskTier.CRITICAL): (DATA, ROLL_BACK, BLAST_RADIUS, PEAK_LOAD),
    ("infrastructure", RiskTier.HIGH): (BLAST_RADIUS, ROLL_BACK, PEAK_LOAD),
    ("infrastructure", RiskTier.NORMAL): (BLAST_RADIUS, ROLL_BACK),
    ("access", RiskTier.HIGH): (LEAST_ACCESS, BLAST_RADIUS, EDGE_CASES, ROLL_BACK),
    ("network", RiskTier.HIGH): (PEAK_LOAD, BLAST_RADIUS, ROLL_BACK),
}


def upheavals(change: Change, places: Places, but: frozenset[str]) -> Iterator[Reason]:
    """Reasons from the plan, one for each kind and tier; from its files, where nobody has a plan."""
    files = places.within(TERRAFORM, but)
    if change.plan is None and (files or change.kind is Kind.INFRASTRUCTURE):
        yield reason(
            "infrastructure",
            RiskTier.HIGH,
            "It changes infrastructure, and no plan says what that would do.",
            *_CHECKLISTS["infrastructure", RiskTier.HIGH],
            paths=files,
        )
    elif files:
        sentence = "It changes files that describe infrastructure."
        checklist = _CHECKLISTS["infrastructure", RiskTier.NORMAL]
        yield reason("infrastructure", RiskTier.NORMAL, sentence, *checklist, paths=files)
    yield from _planned(change.plan or ())


def _planned(plan: tuple[Resource, ...]) -> Iterator[Reason]:
    groups: dict[tuple[str, RiskTier], list[Resource]] = defaultdict(list)
    for resource in plan:
        groups[_judged(resource)].append(resource)
    for (kind, tier), found in groups.items():
        worst = min(found, key=lambda it: (it.action, it.address, it.forced))
        more = f", and {len(found) - 1} more like it" if len(found) > 1 else ""
        sentence = f"The plan {_says(worst)}{more}."
        yield reason(kind, tier, sentence, *_CHECKLISTS[kind, tier])


def _judged(resource: Resource) -> tuple[str, RiskTier]:
    """What is lost outweighs what is opened, and that what is led elsewhere."""
    words = _type_words(resource.address)
    if resource.action not in _KEPT:
        known = resource.action in _DESTROYED and bool(words)
        lost = not known or _is_store(words)
        return "infrastructure", RiskTier.CRITICAL if lost else RiskTier.HIGH
    if not words:
        return "infrastructure", RiskTier.HIGH
    if GATES & set(words) and not SCALERS & set(words):
        return "access", RiskTier.HIGH
    if ROADS & set(words):
        return "network", RiskTier.HIGH
    return "infrastructure", RiskTier.NORMAL


def _is_store(words: tuple[str, ...]) -> bool:
    refers = words[-1] in REFERENCES or (words[-1] == "group" and bool(GROUPS & set(words)))
    return bool(STORES & set(words)) and not refers


def _type_words(address: str) -> tuple[str, ...]:
    """Of "module.eu["a.b"].aws_db_instance.main[0]": aws, db, instance. Empty: it has no type."""
    names = _INDEX.sub("", address).casefold().split(".")
    while len(names) > 2 and names[0] == "module":
        names = names[2:]
    if names[0] == "data":
        names = names[1:]
    return tuple(filter(None, names[0].split("_"))) if len(names) == 2 else ()


def _says(resource: Resource) -> str:
    verb = (
        _DESTROYED.get(resource.action)
        or _KEPT.get(resource.action)
        or "does something we cannot read to"
    )
    forced = f" (forced by {harmless(', '.join(resource.forced), 60)})" if resource.forced else ""
    return f"{verb} {harmless(resource.address, 60) or 'something unnamed'}{forced}"

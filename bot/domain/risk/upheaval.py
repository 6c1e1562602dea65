"""How risky is what a Terraform plan would do?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.domain.change import Change, Kind, Resource
from bot.domain.places import Places
from bot.domain.risk.belongings import GATES, ROADS, SCALERS, holds_data, is_inert
from bot.domain.risk.landmarks import MANIFESTS, TERRAFORM
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
_KINDS = {"access": "a rule of access", "network": "a part of the network"}
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
    yield from _taken_away(change, places, but)


def _taken_away(change: Change, places: Places, but: frozenset[str]) -> Iterator[Reason]:
    """Where nobody says what happens to a file, it may be gone."""
    gone = {
        it.path: it
        for it in change.files
        if it.status in ("removed", "") and not it.additions and (it.deletions or not it.counted)
    }
    if gone and (described := set(places.within(MANIFESTS, but, limit=len(places.places)))):
        certain = [path for path in described & gone.keys() if gone[path].status]
        perhaps = [path for path in described & gone.keys() if not gone[path].status]
        checklist = _CHECKLISTS["infrastructure", RiskTier.HIGH]
        for sentence, paths in (
            ("It takes away the description of something that runs.", certain),
            ("It may take away the description of something that runs.", perhaps),
        ):
            if paths:
                yield reason("infrastructure", RiskTier.HIGH, sentence, *checklist, paths=paths)


def _planned(plan: tuple[Resource, ...]) -> Iterator[Reason]:
    groups: dict[tuple[str, RiskTier], list[Resource]] = defaultdict(list)
    for resource in plan:
        groups[_judged(resource)].append(resource)
    for (kind, tier), found in groups.items():
        worst = min(found, key=lambda it: (it.action, it.address, it.forced))
        more = f", and {len(found) - 1} more like it" if len(found) > 1 else ""
        sentence = f"The plan {_verb(worst)} {_what(kind, tier, worst)}{more}."
        named = (name for it in found if (name := _named(it)))
        yield reason(kind, tier, sentence, *_CHECKLISTS[kind, tier], paths=named)


def _judged(resource: Resource) -> tuple[str, RiskTier]:
    """What is lost outweighs what is opened, and that what is led elsewhere."""
    words = _type_words(resource.address)
    known = resource.action in _KEPT or resource.action in _DESTROYED
    if known and is_inert(words):
        return "infrastructure", RiskTier.NORMAL
    if resource.action not in _KEPT:
        lost = not known or not words or holds_data(words)
        return "infrastructure", RiskTier.CRITICAL if lost else RiskTier.HIGH
    if not words:
        return "infrastructure", RiskTier.HIGH
    if GATES & set(words) and not SCALERS & set(words):
        return "access", RiskTier.HIGH
    if ROADS & set(words):
        return "network", RiskTier.HIGH
    return "infrastructure", RiskTier.NORMAL


def _type_words(address: str) -> tuple[str, ...]:
    """Of "module.eu["a.b"].aws_db_instance.main[0]": aws, db, instance. Empty: it has no type."""
    names = _INDEX.sub("", address).casefold().split(".")
    while len(names) > 2 and names[0] == "module":
        names = names[2:]
    if names[0] == "data":
        names = names[1:]
    return tuple(filter(None, names[0].split("_"))) if len(names) == 2 else ()


def _verb(resource: Resource) -> str:
    known = _DESTROYED.get(resource.action) or _KEPT.get(resource.action)
    return known or "does something we cannot read to"


def _what(kind: str, tier: RiskTier, resource: Resource) -> str:
    words = _type_words(resource.address)
    if not words:
        return "something whose type we cannot read"
    if is_inert(words):
        return "something that runs nowhere"
    if kind != "infrastructure":
        return _KINDS[kind]
    stored = tier is RiskTier.CRITICAL and holds_data(words)
    return "a resource that holds data" if stored else "a resource"


def _named(resource: Resource) -> str:
    """Its address, and what forces its replacement: words from outside, so they stand apart."""
    forced = f" (forced by {harmless(', '.join(resource.forced), 60)})" if resource.forced else ""
    address = harmless(resource.address, 60)
    return f"{address}{forced}" if address else ""

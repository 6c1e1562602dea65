"""What would a Terraform plan do, and to which resources?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from bot.domain.change import Resource, Setting
from bot.domain.risk.scales import bound_of

RESOURCES_AT_MOST = 1_000
_FORCED_AT_MOST = 10
_TEXT_AT_MOST = 500
_MOVES_AT_MOST = 20
_DEEPEST = 6
_BITS_AT_MOST = 1_000
_VALUES_AT_MOST = 500
"""Of one resource; what moves further down is not looked for."""

UNREADABLE = "unreadable"
"""The action of an entry that says something we do not understand."""

# What does the most harm first, so that a long plan is cut at its harmless end.
_ORDER = ("delete", "replace", UNREADABLE, "forget", "update", "create")
_ACTIONS: dict[tuple[str, ...], str] = {
    ("no-op",): "",
    ("read",): "",
    (): UNREADABLE,
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("forget",): "forget",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "forget",
}


def resources(plan: object) -> tuple[Resource, ...] | None:
    """Of `terraform show -json`, decoded: what changes, the most harmful first; None: no plan.

    What does nothing, and what is only read, is left out. Of more than a thousand, the first
    thousand are kept. What is deferred to a later apply counts as if it were in this one.
    """
    if not isinstance(plan, dict) or not isinstance(plan.get("format_version"), str):
        return None
    changes = plan.get("resource_changes")
    if changes is None and "planned_values" in plan:
        changes = []
    if not isinstance(changes, list):
        return None
    found = [it for entry in (*changes, *_deferred(plan)) for it in _resource(entry)]
    found.sort(key=lambda it: (_place(it.action), it.address))
    return tuple(found[:RESOURCES_AT_MOST])


def _deferred(plan: dict[object, object]) -> Iterator[object]:
    deferred = plan.get("deferred_changes")
    for entry in deferred if isinstance(deferred, list) else ():
        yield entry.get("resource_change") if isinstance(entry, dict) else entry


def _resource(entry: object) -> Iterator[Resource]:
    known = entry if isinstance(entry, dict) else {}
    change = known.get("change")
    change = change if isinstance(change, dict) else {}
    action = _action(change.get("actions"))
    if action:
        address = known.get("address")
        yield Resource(
            address=address[:_TEXT_AT_MOST] if isinstance(address, str) else "",
            action=action,
            forced=_forced(change.get("replace_paths")),
            moves=_moves(change) if action == "update" else (),
        )


def _action(actions: object) -> str:
    """Empty for what does nothing; what destroys and does something else besides, destroys."""
    if not isinstance(actions, list) or not all(isinstance(it, str) for it in actions):
        return UNREADABLE
    known = _ACTIONS.get(tuple(actions))
    if known is not None:
        return known
    return "delete" if "delete" in actions else UNREADABLE


def _forced(paths: object) -> tuple[str, ...]:
    """Each path of attributes and indexes as "ebs_block_device.0.size"."""
    listed = paths[:_FORCED_AT_MOST] if isinstance(paths, list) else []
    return tuple(
        ".".join(str(step) for step in path if isinstance(step, str | int))[:_TEXT_AT_MOST]
        for path in listed
        if isinstance(path, list)
    )


def _moves(change: dict[object, object]) -> tuple[Setting, ...]:
    """The bounds it moves; one that is only known after the apply has no number after it."""
    before, after = _bounds(change.get("before")), _bounds(change.get("after"))
    unknown = _bounds(change.get("after_unknown"))
    moved = (
        Setting(name=name, before=was, after=now)
        for name in dict.fromkeys((*before, *after))
        if (was := before.get(name)) != (now := after.get(name, unknown.get(name)))
    )
    return tuple(islice(moved, _MOVES_AT_MOST))


def _bounds(values: object) -> dict[str, str]:
    """Each bound by its path ("scaling_config.0.min_size") with its value as it is written."""
    found: dict[str, str] = {}
    level: list[tuple[str, object]] = [("", values)]
    for _ in range(_DEEPEST):
        inner = list(
            islice((it for path, value in level for it in _inner(path, value)), _VALUES_AT_MOST)
        )
        found |= {path: _written(value) for path, value in inner if _is_bound(path, value)}
        level = inner
    return found


def _inner(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        entries: Iterable[tuple[object, object]] = value.items()
    else:
        entries = enumerate(value) if isinstance(value, list) else ()
    for key, it in entries:
        yield f"{path}.{key}"[-_TEXT_AT_MOST:].removeprefix("."), it


def _written(value: object) -> str:
    """Python refuses to write whole numbers of thousands of digits."""
    too_long = isinstance(value, int) and value.bit_length() > _BITS_AT_MOST
    return "a huge number" if too_long else str(value)[:60]


def _is_bound(path: str, value: object) -> bool:
    return isinstance(value, str | int | float) and value != "" and bound_of(path) is not None


def _place(action: str) -> int:
    return _ORDER.index(action) if action in _ORDER else _ORDER.index(UNREADABLE)

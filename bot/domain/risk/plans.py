"""What would a Terraform plan do, and to which resources?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.change import Resource

RESOURCES_AT_MOST = 1_000
_FORCED_AT_MOST = 10
_TEXT_AT_MOST = 500

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


def _place(action: str) -> int:
    return _ORDER.index(action) if action in _ORDER else _ORDER.index(UNREADABLE)

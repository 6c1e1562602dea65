"""How does a Terraform plan become small? Only what is looked at is told: the rest may hold secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def small(plan: object) -> dict[str, Any] | None:
    """Of `terraform show -json`, decoded, what docs/pipelines.md keeps; None: it is no plan."""
    if not isinstance(plan, Mapping) or not isinstance(plan.get("resource_changes", []), list):
        return None
    if not isinstance(plan.get("format_version"), str):
        return None
    deferred = plan.get("deferred_changes")
    return {
        "format_version": plan["format_version"],
        "resource_changes": [_resource(entry) for entry in plan.get("resource_changes", [])],
        "deferred_changes": [
            {"resource_change": _resource(_fields(entry).get("resource_change"))}
            for entry in (deferred if isinstance(deferred, list) else [])
        ],
    }


def _resource(entry: object) -> dict[str, Any]:
    known = _fields(entry)
    change = _fields(known.get("change"))
    kept = {key: change[key] for key in ("actions", "replace_paths") if key in change}
    return {"address": known.get("address"), "change": kept}


def _fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

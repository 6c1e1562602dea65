"""Can it be told which connection a job's token is meant for, and which gates it may name there?"""

from __future__ import annotations

from itertools import combinations

from bot.config.shape_gates import AT_GATE, NAMED
from bot.config.shape_oidc import platform_of
from bot.config.view import Found, View

_TOLD_APART = ("owner_ids", "workflows", "environments")


def trusted(root: View) -> Found:
    """A token that two connections would take opens neither, so that is told beforehand."""
    named = [connection["oidc"] for connection in root["connections"].entries().values()]
    for first, second in combinations([oidc for oidc in named if oidc["issuer"].value], 2):
        if first["issuer"].value != second["issuer"].value:
            continue
        where = ".".join(map(str, first.path))
        if _platform(first) != _platform(second):
            yield second["platform"].path, f"is another one for the same issuer than in {where}"
        elif _same_audience(first, second) and _same_jobs(first, second):
            yield (
                second.path,
                (
                    f"takes tokens that {where} takes too, and then neither does: name other projects, "
                    "workflows or environments, or another audience"
                ),
            )


def bounded(root: View) -> Found:
    """A job's token proves nothing of the gate it names: of many projects each could name all."""
    for connection in root["connections"].entries().values():
        kind, oidc = connection["kind"].value, connection["oidc"]
        if not isinstance(kind, str) or kind not in AT_GATE or not isinstance(oidc.value, dict):
            continue
        if len(_said(oidc, "projects")) == 1 or connection["places"].items():
            continue
        but = ", or the connection needs places" if kind in NAMED else ""
        yield (
            oidc.path,
            (
                f"must name exactly one project{but}: whoever may ask names the gate that is opened, "
                "be it another project's"
            ),
        )


def _platform(oidc: View) -> object:
    return oidc["platform"].value or platform_of(str(oidc["issuer"].value))


def _same_audience(first: View, second: View) -> bool:
    return bool(first["audience"].value == second["audience"].value)


def _same_jobs(first: View, second: View) -> bool:
    """For sure: whose projects an owner has, nobody knows here."""
    if not _said(first, "projects") & _said(second, "projects"):
        return False
    return all(_may_meet(_said(first, key), _said(second, key)) for key in _TOLD_APART)


def _may_meet(one: set[str], other: set[str]) -> bool:
    return not one or not other or bool(one & other)


def _said(oidc: View, key: str) -> set[str]:
    return {text for text, _ in (*oidc[key].texts(), *oidc[key].numbers())}

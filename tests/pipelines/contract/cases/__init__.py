"""How does each platform speak? A case for each, one file a platform; the gates share one."""

from __future__ import annotations

import importlib
import pkgutil

from tests.pipelines.contract import Case


def all_cases() -> list[Case]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [case for it in modules for case in (it.CASES if hasattr(it, "CASES") else [it.CASE])]

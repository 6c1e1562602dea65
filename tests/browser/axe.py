"""What would stop somebody from using this page who does not see it, or has no mouse? Asked of axe-core."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

HOME = Path(__file__).parent.parent.parent
AXE = HOME / ".peers/node/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")

_UNREACHED = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  const there = (it) => it.type !== "hidden" && !it.disabled && it.checkVisibility();
  return all.filter(there).filter((it) => !window.reached.has(it)).map((it) => it.outerHTML.slice(0, 120));
}"""
_REACH = """() => {
  window.reached ??= new Set();
  const it = document.activeElement;
  const again = window.reached.has(it);
  window.reached.add(it);
  const style = getComputedStyle(it);
  const seen = it === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none";
  return {again, unseen: seen ? "" : it.outerHTML.slice(0, 120)};
}"""


def source() -> str:
    """It is installed by `make peers`; where it is not, nothing is found out, and that is said."""
    if not AXE.is_file():
        if os.environ.get("AXE") == "required":  # noqa: TID251
            pytest.fail(f"{AXE} is missing")
        pytest.skip("axe-core is not installed: make .peers/node/.done (needs npm)")
    return AXE.read_text()


async def findings(page: Page) -> list[str]:
    """What is serious, and where."""
    await page.evaluate(source())
    found: dict[str, Any] = await page.evaluate("axe.run()")
    assert found["passes"], "it looked at nothing"
    return [
        f"{it['id']} ({it['impact']}): {it['nodes'][0]['html'][:160]}"
        for it in found["violations"]
        if it["impact"] in GRAVE
    ]


async def is_too_wide(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(await page.evaluate(script))


async def unreached(page: Page, at_most: int = 300) -> list[str]:
    """What cannot be got at by the key Tab, or does not show it when one is there."""
    unseen: list[str] = []
    for _ in range(at_most):
        await page.keyboard.press("Tab")
        step: dict[str, Any] = await page.evaluate(_REACH)
        if step["unseen"]:
            unseen.append(f"unseen: {step['unseen']}")
        if step["again"]:
            break
    missed: list[str] = await page.evaluate(_UNREACHED)
    return [*unseen, *missed]

"""What browsers are given besides pages: only what we wrote, and one library, to the letter."""

from __future__ import annotations

import hashlib
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from bot.web.fronts import FOLDERS
from bot.web.pages.rendering import Pages, Site

HOME = Path(__file__).parents[3]
DASHBOARD = HOME / "bot/web/dashboard"
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
"""htmx.org 4.0.1, dist/htmx.min.js."""

FILES = [it for folder in FOLDERS for it in (folder / "static").iterdir()]
TEMPLATES = [it for folder in FOLDERS for it in (folder / "templates").iterdir()]


def test_htmx_is_the_one_that_was_looked_at() -> None:
    found = (DASHBOARD / "static/htmx.min.js").read_bytes()
    assert hashlib.sha256(found).hexdigest() == HTMX
    assert b"version" in found
    assert b"4.0.1" in found
    assert b"sourceMappingURL" not in found
    assert "Zero-Clause BSD" in (DASHBOARD / "static/htmx.LICENSE.txt").read_text()


def test_no_two_files_have_one_name_and_each_is_packed() -> None:
    for files in (FILES, TEMPLATES):
        names = [it.name for it in files]
        assert len(names) == len(set(names))
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    packed = project["tool"]["setuptools"]["package-data"]["bot"]
    for file in (*FILES, *TEMPLATES, *(HOME / "bot/playground/static").iterdir()):
        assert any(fnmatch(file.name, it.removeprefix("**/")) for it in packed), file.name


def test_a_page_has_nothing_that_browsers_refuse_by_our_rules() -> None:
    """No style of its own, no script within, nothing that runs when it is pressed, nobody's address."""
    for template in TEMPLATES:
        text = template.read_text()
        assert not re.search(r"\sstyle=", text), template.name
        assert not re.search(r"\son[a-z]+=", text), template.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template.name
        assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", text), template.name
        assert "|safe" not in text.replace(" ", ""), template.name
        assert "hx-on" not in text, template.name


def test_every_text_is_escaped_wherever_it_stands() -> None:
    pages = Pages(Site("http://localhost"), FOLDERS)
    evil = "\"><img src=x onerror=alert(1)>'"
    shown = pages.show(
        "told", seat=None, nav=(), here=evil, live=False, title=evil, sentence=evil
    ).text
    assert shown is not None
    assert "<img" not in shown
    assert shown.count("&lt;img") == 3  # the title twice

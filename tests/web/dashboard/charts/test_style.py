"""Can a mark be seen on its ground, by day and by night, and is each told by its pattern too?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.seeing.chart import Tone
from bot.web import dashboard, pages

STYLES = [
    Path(str(dashboard.__file__)).parent / "static/charts.css",
    Path(str(pages.__file__)).parent / "static/page.css",
]
DAY, NIGHT = 0, 1
ENOUGH, ENOUGH_FOR_WORDS = 3.0, 4.5
"""WCAG 2.2: 1.4.11 of what is drawn, 1.4.3 of words."""


def colours(theme: int) -> dict[str, str]:
    """The first of each name is by day, the second by night."""
    found: dict[str, list[str]] = {}
    for style in STYLES:
        for name, colour in re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style.read_text()):
            found.setdefault(name, []).append(colour)
    return {name: both[theme] for name, both in found.items()}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DAY, NIGHT])
def test_each_tone_is_seen_on_its_ground_and_words_on_it_are_read(theme: int) -> None:
    known = colours(theme)
    assert round(contrast("#ffffff", "#000000")) == 21
    for tone in Tone:
        assert contrast(known[tone.value], known["ground"]) >= ENOUGH_FOR_WORDS, tone
    assert contrast(known["faint"], known["ground"]) >= ENOUGH_FOR_WORDS
    assert contrast(known["guide"], known["ground"]) < ENOUGH, "lines behind stay behind"


def test_each_tone_has_a_pattern_of_its_own() -> None:
    """But for two that never stand together: solid is the first of any chart, or what is good."""
    template = (STYLES[0].parent.parent / "templates/chart.html").read_text()
    lines = dict(re.findall(r'\("([a-z]+)", "([^"]*)"\)', template))
    assert set(lines) == {it.value for it in Tone}
    patterns = [it for it in lines.values() if it]
    assert len(set(patterns)) == len(patterns) == len(Tone) - 2
    assert lines["first"] == lines["good"] == ""

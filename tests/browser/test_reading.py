"""How docs/using.md is read: nothing in it that one is to do or to see is passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.deeds import DEEDS, deeds_of
from tests.browser.reading import pictures, walks

ROOT = Path(__file__).parents[2]

ONE = """\
# If you are asked

## Approve
<!-- walk: Ada Park, payments-deploys, REFUNDS, LEDGER -->

Words between.

1. Press **Approve**.
   The card says “Approved”.
2. Press **Undo**.

## Another
"""


def test_a_walk_is_its_heading_how_it_begins_and_its_steps():
    [walk] = walks(ONE)
    assert walk.title == "Approve"
    assert walk.given == ("Ada Park", "payments-deploys", "REFUNDS", "LEDGER")
    assert walk.steps == ("Press **Approve**. The card says “Approved”.", "Press **Undo**.")


def test_steps_that_nobody_would_take_are_refused():
    with pytest.raises(ValueError, match="'Approve' lacks a line that says how its walk begins"):
        walks("\n".join(line for line in ONE.splitlines() if "<!--" not in line))


def test_a_walk_without_steps_is_refused():
    with pytest.raises(ValueError, match="'Approve' lacks steps"):
        walks("\n".join(line for line in ONE.splitlines() if not line[:1].isdigit()))


def test_pictures_are_found_shown_or_linked():
    assert pictures("![A](pictures/a.png) and [b](pictures/b.png), [c](policy.md)") == [
        "pictures/a.png",
        "pictures/b.png",
    ]


def test_the_deeds_of_a_step_are_in_the_order_in_which_they_are_told():
    found = deeds_of(
        "Write “x” under **Why?** and press **Send**. It says “Sent” without **Undo**."
    )
    assert [told.words for told in found] == [("x", "Why?"), ("Send",), ("Sent",), ("Undo",)]
    assert [DEEDS[told.pattern].__name__ for told in found] == [
        "_write", "_press", "_read", "_not_offered",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "step",
    [
        "Admire **Approve**. The card says “Approved”.",
        "Press **Approve**. The log says `approved`.",
        "Press **Approve**. The card says “Approved.",
    ],
)
def test_what_is_marked_and_no_deed_is_refused(step: str):
    with pytest.raises(ValueError, match="nobody knows how to do"):
        deeds_of(step)


def test_its_twin_in_which_all_is_known_is_taken():
    assert len(deeds_of("Press **Approve**. The card says “Approved”.")) == 2


# A machine without a browser.


@pytest.mark.parametrize(("wanted", "outcome"), [("", "1 skipped"), ("required", "1 error")])
def test_without_a_browser_it_is_skipped_unless_one_is_required(wanted: str, outcome: str):
    """`make walk` must not pass where nothing was walked."""
    test = "tests/browser/test_using.py::test_what_it_says_is_so[Reject]"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=ROOT, env={"PATH": "/nowhere", "BROWSER": wanted, "HOME": os.devnull},
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert outcome in run.stdout.splitlines()[-1]
    assert "Chromium is not on this machine" in run.stdout or "Playwright is not" in run.stdout

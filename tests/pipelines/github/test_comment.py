"""A comment on GitHub says what was decided, and nothing people wrote acts in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.signoff import Status
from bot.pipelines.github.comment import LIMIT, comment, quoted
from tests.pipelines.signoffs import a_signoff


def test_an_approval_names_who_and_why() -> None:
    assert comment(a_signoff()) == (
        "**Approved.**\n\n`ada` approved: `read it all`\n\n"
        "Asked because: `AI-assisted`, `production`\n\nCountersign `sgn_1`"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.REJECTED, "**Rejected.**"),
        (Status.EXPIRED, "**Not approved in time**"),
        (Status.SUPERSEDED, "**Superseded:**"),
        (Status.WITHDRAWN, "**Withdrawn** by `jun`: `not yet`"),
        (Status.OVERRIDDEN, "**Overridden** by `jun`: `not yet`"),
        (Status.NOT_REQUIRED, "**No sign-off was required.**"),
    ],
)
def test_each_end_says_why(status: Status, words: str) -> None:
    said = comment(a_signoff(status, ended_by="jun", ended_why="not yet"))
    assert said.startswith(words)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@acme/everyone **ok** <b> #12", "`@acme/everyone **ok** <b> #12`"),
        ("a`b``c", "`a'b''c`"),
        ("one\n\n# two\u202e\u200b", "`one # two`"),
        ("", "`-`"),
        ("x" * 300, f"`{'x' * 199}…`"),
    ],
)
def test_what_people_wrote_stands_in_one_code_span(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(text=st.text(), many=st.integers(0, 60))
def test_it_never_grows_too_long_or_breaks_out(text: str, many: int) -> None:
    signoff = a_signoff(Status.REJECTED, reason=text * 20, because=(text * 9,) * many)
    said = comment(signoff)
    assert len(said.encode()) <= LIMIT
    outside = re.sub(r"`[^`\n]+`", "", said)
    assert re.sub(r"[\s,…:*.]", "", outside) in (
        "RejectedrejectedAskedbecauseCountersign",
        "RejectedrejectedCountersign",
    )


def test_what_does_not_fit_is_left_out_and_marked() -> None:
    said = comment(a_signoff(because=tuple("x" * 199 for _ in range(9))))
    assert said.endswith("…\n\nCountersign `sgn_1`")

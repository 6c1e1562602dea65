"""Are audit bytes really RFC 8785, so that others' tools hash the same?"""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Scaling
from bot.domain.events import Event
from storage.documents import canonical, event_facts, read_event
from tests.builders import (
    NOW,
    a_change,
    approves,
    opened,
    reassessed,
    rejects,
    reported,
    superseded,
    time_passes,
    withdrawn,
)

_KEYS = st.text(st.characters(codec="ascii"), max_size=5)
_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)

EVENTS: tuple[Event, ...] = (
    opened(
        change=a_change(title='größe "x" \\ / \x00\x1f\x7f\u2028 🎉', description="\ue000\uffff")
    ),
    approves("ada"),
    rejects("ada", "\t\b\f\r\n"),
    reassessed(),
    time_passes(NOW),
    superseded(),
    withdrawn(),
    reported(False, "HTTP 410"),
    opened(change=a_change(scaling=(Scaling(resource="web", setting="replicas", after=1e21),))),
)


@given(value=_VALUES)
def test_our_bytes_are_those_of_the_standard(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_of_every_event_too_and_it_is_read_as_it_was_written(event: Event) -> None:
    facts = event_facts(event)
    assert canonical(facts) == rfc8785.dumps(facts)  # type: ignore[arg-type]
    assert read_event(facts) == event


@pytest.mark.parametrize("value", ["\ud800", {"a": ["\udfff"]}])
def test_what_has_no_bytes_is_refused(value: object) -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical(value)

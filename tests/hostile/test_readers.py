"""What reads texts of strangers without a door of its own: policies, envelopes, CODEOWNERS, calendars."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest

from tests.fuzz.targets import TARGETS
from tests.hostile.corpus import BODIES
from tests.hostile.runner import SLOWEST, Inputs


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.timeout(300)
def test_whatever_it_is_it_is_read_or_refused_and_soon(name: str) -> None:
    """What a reader may raise is known to its target; all else is a mistake of ours."""
    target, random = TARGETS[name], Random(name)  # noqa: S311
    taken = 0
    for number in range(Inputs):
        good = random.choice(target.good)
        said = good if number % 50 == 0 else random.choice(BODIES)(random, good)
        began = time.process_time()
        with suppress(*target.refuses):
            target.read(said)
            taken += 1
        assert time.process_time() - began < SLOWEST, said[:2_000]
    assert taken >= Inputs // 50, "what is good is refused: nothing was tried"


def test_each_target_refuses_something() -> None:
    for name, target in TARGETS.items():
        refused = [
            said for said in (b"\xff\x00", b"{", b"[" * 9_999) if _refused(target.read, said)
        ]
        assert refused or not target.refuses, name


def _refused(read: Callable[[bytes], object], said: bytes) -> bool:
    try:
        read(said)
    except Exception:  # noqa: BLE001
        return True
    return False

"""Would the simulation notice? Each of these bugs has to be found; the code as it is has to pass."""

from __future__ import annotations

import pytest

from tests.faults.simulation.bugs import ALL, BUGS, TWIN, Bug
from tests.faults.simulation.trial import violations
from tests.laws.mutants import grown

SEEDS = 100
"""More than enough: most are found in the first months, the shyest within ten."""


def test_the_twin_lives_lawfully() -> None:
    with grown(TWIN, *ALL) as month:
        assert not any(violations(seed, month)[0] for seed in range(20))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.mutant.name)
def test_a_bug_is_found(bug: Bug) -> None:
    with grown(bug.mutant, *ALL) as month:
        assert any(
            wrong.law in bug.laws for seed in range(SEEDS) for wrong in violations(seed, month)[0]
        ), f"nothing notices that {bug.mutant.name}"

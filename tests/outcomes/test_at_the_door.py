"""PagerDuty knocks: what is forged or stale opens nothing, and what it says twice it says once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.house_events import IncidentOpened
from bot.engine.outcomes import beside
from bot.ports import Unauthenticated
from storage import audit
from tests.builders import NOW
from tests.engine.house import a_house
from tests.pipelines.test_pagerduty import an_event, delivery, pipeline


async def test_only_what_it_says_now_is_an_incident_and_once(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.intake.pipelines = {"pager": pipeline()}
        house.intake.outcomes = outcomes = beside(house.signoffs)
        stale = an_event(occurred_at=(NOW - timedelta(days=8)).isoformat())
        for bad in (delivery(an_event(), offered="v1=00"), delivery(stale)):
            with pytest.raises(Unauthenticated):
                await house.intake.receive("pager", bad)
        assert await outcomes.newest() == []
        for _ in range(3):
            assert await house.intake.receive("pager", delivery(an_event())) is None
        again = json.dumps(an_event(), indent=1).encode()  # another body of the same event
        await house.intake.receive("pager", delivery(again))
        told = await house.store.read(lambda session: audit.of_house(session))
        assert [it.key for it in told if isinstance(it, IncidentOpened)] == ["PGR0VU2"]
        (known,) = await outcomes.newest()
        assert known.incident.source == "pager"

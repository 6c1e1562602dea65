"""May an auditor with a role that only reads export, and is nothing else theirs?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors

from tests.exporting import Stage, staged
from tests.postgres import Cluster

PAGE = Path(__file__).parent.parent / "docs/audit-export.md"


@pytest.fixture
async def stage(
    own_postgres: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Stage]:
    made = await staged(own_postgres.new_database(), tmp_path, capsys)
    yield made
    await made.house.store.close()


def grants() -> str:
    lines = [it.strip() for it in PAGE.read_text().splitlines()]
    return "\n".join(it for it in lines if it.startswith("GRANT"))


def as_auditor(stage: Stage, cluster: Cluster) -> str:
    above = urlsplit(cluster.superuser)._replace(path=urlsplit(stage.url).path).geturl()
    with psycopg.connect(above, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE countersign_auditor")
        superuser.execute(grants().encode())
        superuser.execute("GRANT countersign_auditor TO tester")
    return f"{stage.url}?options=-c%20role%3Dcountersign_auditor"


async def test_a_role_that_only_reads_is_enough(stage: Stage, own_postgres: Cluster) -> None:
    await stage.decided(1)
    await stage.landed("deploy/unknown")
    stage.url = as_auditor(stage, own_postgres)
    said = stage.export()
    assert said.completeness["without_decision_count"] == 1
    assert said.record("sgn_1")["integrity"]["verified"]
    with psycopg.connect(stage.url) as auditor, pytest.raises(errors.InsufficientPrivilege):
        auditor.execute("DELETE FROM signoff")

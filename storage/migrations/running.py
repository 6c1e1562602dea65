"""How does a database get from one schema to another? In one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """To this schema, with which programs from `readable_from` on can work."""

    schema: str
    what: str
    readable_from: str


def run(connection: Connection, to: str) -> str:
    """Take every step from where it is, forward or back, within the caller's transaction.

    Gives the first schema whose programs can go on with it. Raises NoWayBack, and whatever the
    database says.
    """
    scripts = ScriptDirectory(str(FOLDER))

    def chosen(heads: tuple[str, ...], _: MigrationContext) -> Iterator[RevisionStep]:
        return _steps(scripts, heads[0] if heads else None, to)

    context = MigrationContext.configure(connection, opts={"fn": chosen})
    context.run_migrations(op=Operations(context))
    return str(scripts.get_revision(to).module.readable_from)


def known() -> list[Step]:
    """All there are, the oldest first."""
    return [_step(it) for it in reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions()))]


def _step(script: Script) -> Step:
    return Step(
        schema=script.revision,
        what=" ".join(script.longdoc.split()),
        readable_from=script.module.readable_from,
    )


def _steps(scripts: ScriptDirectory, since: str | None, to: str) -> Iterator[RevisionStep]:
    if since is not None and since > to:
        for script in scripts.iterate_revisions(since, to, select_for_downgrade=True):
            yield MigrationStep.downgrade_from_script(scripts.revision_map, script)
    else:
        forward = list(scripts.iterate_revisions(to, since, implicit_base=True))
        for script in reversed(forward):
            yield MigrationStep.upgrade_from_script(scripts.revision_map, script)

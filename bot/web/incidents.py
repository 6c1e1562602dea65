"""A build job or a monitor tells what became of it: `/api/v1/incidents` and `/api/v1/deployments`.

With the token of a connection or of a job: it can name its own signoffs and repositories alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from bot.domain.globs import name_fits
from bot.domain.outcomes import LONGEST_KEY, MOST_NAMED
from bot.domain.signoff import Signoff
from bot.engine.belongings import Belongings
from bot.engine.incidents import LONGEST_AGO, Known, Telling
from bot.engine.outcomes import Outcomes
from bot.ports import DeploymentSaid, IncidentChanged, IncidentSaid, Invalid, Landing, Problem
from bot.web.api import Api, Caller
from bot.web.bodies import read_body
from bot.web.keyless import may_see

LARGEST = 64 * 1024
AHEAD = timedelta(minutes=5)
"""So far another machine's clock may be in front of ours."""

_PLAIN = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._#-]{{0,{LONGEST_KEY - 1}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What bodies say. Each raises Malformed or Invalid."""

    incident: Callable[[bytes], IncidentSaid]
    changed: Callable[[bytes], IncidentChanged]
    deployment: Callable[[bytes], DeploymentSaid]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentApi:
    """`reach`: the repositories that a connection may speak of, where that is bounded."""

    api: Api
    outcomes: Outcomes
    read: Readers
    reach: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    async def open(self, request: web.Request) -> web.Response:
        """POST /api/v1/incidents"""
        caller = await self._caller(request)
        said = self.read.incident(await self._body(request))
        repository = self._repository(caller, said.repository)
        self._check_moment("started_at", said.started_at)
        named = await self._named(caller, said.signoffs)
        if said.revisions:
            named = [*named, *await self._let_on(caller, said, repository)]
        telling = Telling(
            source=caller.door.connection,
            key=said.key,
            title=said.title,
            by=_by(caller),
            severity=said.severity,
            environment=said.environment,
            repositories=(repository,) if repository else (),
            started_at=said.started_at,
            signoffs=tuple(dict.fromkeys(named))[:MOST_NAMED],
        )
        known = await self.outcomes.open(telling)
        return await self._answer(caller, known, 201 if known.new else 200)

    async def change(self, request: web.Request) -> web.Response:
        """PATCH /api/v1/incidents/{id}"""
        caller = await self._caller(request)
        known = await self._own(caller, request.match_info["id"])
        said = self.read.changed(await self._body(request))
        self._check_moment("resolved_at", said.resolved_at)
        named, id = await self._named(caller, said.signoffs), known.incident.id
        if named:
            known = await self.outcomes.say(id, named, _by(caller))
        if said.resolved:
            known = await self.outcomes.resolve(id, _by(caller), said.resolved_at)
        return await self._answer(caller, known, 200)

    async def deployed(self, request: web.Request) -> web.Response:
        """POST /api/v1/deployments"""
        caller = await self._caller(request)
        said = self.read.deployment(await self._body(request))
        found = await self._keyed(caller, said.key)
        if said.succeeded is None:
            return await self._rolled_back(caller, found, said.to_revision)
        landing = Landing(
            connection=caller.door.connection,
            key=said.key,
            succeeded=said.succeeded,
            detail=said.detail,
        )
        await self.api.signoffs.shipped(landing)
        return _of(found)

    async def _rolled_back(
        self, caller: Caller, found: Signoff | None, to_revision: str
    ) -> web.Response:
        if found is None:
            raise web.HTTPNotFound(reason="There is no such signoff.")
        if not await self.outcomes.rolled_back(found, to_revision, _by(caller)):
            raise web.HTTPConflict(reason="Nothing of it was deployed, as far as anybody told.")
        return _of(found)

    async def _caller(self, request: web.Request) -> Caller:
        caller = await self.api.caller(request)
        self.api.rates.count(caller.door.connection, self.api.signoffs.clock())
        self.api.pressure.check(self.api.signoffs.store.backlog)
        return caller

    async def _body(self, request: web.Request) -> bytes:
        return await read_body(request, LARGEST, budget=self.api.budget)

    def _repository(self, caller: Caller, said: str) -> str:
        """Raises Invalid for another's."""
        proof, reach = caller.proof, self.reach.get(caller.door.connection)
        wanted = said or (proof.repository if proof else "")
        strange = bool(proof and wanted != proof.repository)
        beyond = bool(wanted and reach and not name_fits(wanted, reach, certain=True))
        if strange or beyond:
            whose = "this token" if strange else caller.door.connection
            raise Invalid(Problem("repository", f"is none that {whose} speaks of"))
        return wanted

    def _check_moment(self, name: str, said: datetime | None) -> None:
        now = self.api.signoffs.clock()
        if said and not now - LONGEST_AGO <= said <= now + AHEAD:
            raise Invalid(Problem(name, "must not be in the future, nor many years ago"))

    async def _named(self, caller: Caller, names: Sequence[str]) -> list[str]:
        """Ids of the caller's own signoffs. Raises Invalid for any other."""
        found = await self._belongings(caller).named(names)
        owned = [it if it and _may_see(caller, it) else None for it in found]
        wrong = [at for at, it in enumerate(owned) if it is None]
        if wrong:
            raise Invalid(*(Problem(f"signoffs[{at}]", "is none of yours") for at in wrong))
        return [it.id for it in owned if it]

    async def _let_on(self, caller: Caller, said: IncidentSaid, repository: str) -> Sequence[str]:
        """By revisions: those that nobody knows may have gone around us."""
        if not (said.environment and repository):
            raise Invalid(Problem("revisions", "needs the repository and environment they are of"))
        mine = self._belongings(caller)
        return await mine.of_revisions(repository, said.environment, said.revisions)

    async def _keyed(self, caller: Caller, key: str) -> Signoff | None:
        """Of what is not the caller's there is no word."""
        found = await self._belongings(caller).keyed(key)
        if found and not _may_see(caller, found):
            raise web.HTTPNotFound(reason="There is no such signoff.")
        return found

    async def _own(self, caller: Caller, name: str) -> Known:
        plain = _PLAIN.fullmatch(name)
        known = await self.outcomes.find(name, [caller.door.connection]) if plain else None
        proof = caller.proof
        if known is None or (proof and known.incident.repositories != (proof.repository,)):
            raise web.HTTPNotFound(reason="There is no such incident.")
        return known

    async def _answer(self, caller: Caller, known: Known, status: int) -> web.Response:
        """Of links to what is not the caller's there is no word."""
        it = known.incident
        found = await self._belongings(caller).these([link.signoff_id for link in known.links])
        linked = [
            {"id": link.signoff_id, "how": link.how}
            for link in known.links
            if link.signoff_id in found and _may_see(caller, found[link.signoff_id])
        ]
        told = {
            "id": it.id,
            "key": it.key,
            "title": it.title,
            "state": "resolved" if it.resolved_at else "open",
            "started_at": it.started_at.isoformat(),
            "resolved_at": it.resolved_at.isoformat() if it.resolved_at else None,
            "signoffs": linked,
        }
        return web.json_response(told, status=status)

    def _belongings(self, caller: Caller) -> Belongings:
        return Belongings(store=self.outcomes.store, connection=caller.door.connection)


def _by(caller: Caller) -> str:
    return f"@{caller.door.connection}"


def _may_see(caller: Caller, signoff: Signoff) -> bool:
    return caller.proof is None or may_see(signoff, caller.proof)


def _of(signoff: Signoff | None) -> web.Response:
    """null: nobody was ever asked about it."""
    return web.json_response({"signoff": signoff.id if signoff else None})

"""Which pages of our own are there, and what are they made of?"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.domain.people import Person, Roster
from bot.engine.board import Board
from bot.engine.signoffs import Signoffs
from bot.web.emergencies import Emergencies
from bot.web.membership import Membership
from bot.web.pages.deciding import Deciding
from bot.web.pages.overriding import OverridePage
from bot.web.pages.passkeys import Passkeys
from bot.web.pages.provider import Provider
from bot.web.pages.rendering import Pages
from bot.web.pages.signing_in import SigningIn, Way
from bot.web.pages.statements import Statements
from bot.web.pages.visits import Doorman, Seals
from bot.web.pages.webauthn import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepping:
    """Where people decide for whom a click in the chat is not enough."""

    provider: Provider
    roster: Roster
    deciding: Deciding
    overriding: OverridePage
    passkeys: Passkeys

    def serve(self, router: web.UrlDispatcher) -> None:
        router.add_get("/decide/{id}", self.deciding.page)
        router.add_post("/decide/{id}/challenge", self.deciding.challenge)
        router.add_post("/decide/{id}", self.deciding.decide)
        router.add_get("/override/{id}", self.overriding.page)
        router.add_post("/override/{id}/challenge", self.overriding.challenge)
        router.add_post("/override/{id}", self.overriding.post)
        router.add_get("/passkeys", self.passkeys.page)
        router.add_post("/passkeys/challenge", self.passkeys.challenge)
        router.add_post("/passkeys", self.passkeys.post)
        router.add_post("/passkeys/{id}/remove", self.passkeys.remove)

    async def prove_id_token(self, token: bytes) -> Person:
        """Who a token is of that somebody got from the provider without us, for the API.

        Raises Unauthenticated, Unreachable or UnknownPerson.
        """
        who = await self.provider.prove_id_token(token, None)
        return self.provider.person(who, self.roster)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPages:
    """`stepping`: where people step up. `bot.web.access` says who may ask at each."""

    pages: Pages
    signing_in: SigningIn
    stepping: Stepping | None

    def serve(self, router: web.UrlDispatcher) -> None:
        router.add_get("/sign-in", self.signing_in.leave, allow_head=False)
        router.add_get("/signed-in", self.signing_in.arrive, allow_head=False)
        router.add_get("/signed-in/slack", self.signing_in.arrive_by_slack, allow_head=False)
        router.add_get("/static/{name}", self.pages.static)
        if self.stepping:
            self.stepping.serve(router)


def by_provider(asked: Provider) -> Way:
    return Way(how="provider", asked=asked, seals=Seals.by(asked.secret))


def stepping(
    asked: Provider,
    *,
    pages: Pages,
    doorman: Doorman,
    administrators: frozenset[str],
    signoffs: Signoffs,
    board: Board,
    clock: Clock,
    members: Membership,
) -> Stepping:
    site, rulebook, stepping_up = pages.site, signoffs.rulebook, doorman.stepping_up
    statements, keys = Statements(site=site, clock=clock), Keys(site)
    return Stepping(
        provider=asked,
        roster=rulebook.roster,
        deciding=Deciding(
            pages=pages,
            doorman=doorman,
            stepping_up=stepping_up,
            statements=statements,
            keys=keys,
            board=board,
            signoffs=signoffs,
            rulebook=rulebook,
            members=members,
        ),
        overriding=OverridePage(
            pages=pages,
            doorman=doorman,
            stepping_up=stepping_up,
            statements=statements,
            keys=keys,
            board=board,
            rulebook=rulebook,
            emergencies=Emergencies(signoffs=signoffs, members=members),
        ),
        passkeys=Passkeys(
            pages=pages,
            doorman=doorman,
            stepping_up=stepping_up,
            statements=statements,
            keys=keys,
            roster=rulebook.roster,
            administrators=administrators,
            clock=clock,
        ),
    )

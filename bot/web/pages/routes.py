"""Which pages of our own are there, and what are they made of?"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.config.step_up import StepUp
from bot.engine.board import Board
from bot.engine.signoffs import Signoffs
from bot.engine.stepping_up import SteppingUp
from bot.ports import Send
from bot.web.emergencies import Emergencies
from bot.web.issuers import Issuer
from bot.web.membership import Membership
from bot.web.origins import Origins
from bot.web.pages.deciding import Deciding
from bot.web.pages.overriding import OverridePage
from bot.web.pages.passkeys import Passkeys
from bot.web.pages.provider import Provider
from bot.web.pages.rendering import Pages, Site
from bot.web.pages.signing_in import SigningIn
from bot.web.pages.statements import Statements
from bot.web.pages.visits import Doorman, Seals
from bot.web.pages.webauthn import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPages:
    pages: Pages
    signing_in: SigningIn
    deciding: Deciding
    overriding: OverridePage
    passkeys: Passkeys

    def serve(self, router: web.UrlDispatcher) -> None:
        """`bot.web.access` says who may ask at each."""
        router.add_get("/sign-in", self.signing_in.leave, allow_head=False)
        router.add_get("/signed-in", self.signing_in.arrive, allow_head=False)
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
        router.add_get("/static/{name}", self.pages.static)


def own_pages(
    known: StepUp,
    secret: str,
    *,
    public_url: str,
    administrators: frozenset[str],
    signoffs: Signoffs,
    board: Board,
    clock: Clock,
    send: Send,
    members: Membership,
    origins: Origins,
) -> OwnPages:
    site, rulebook = Site(public_url), signoffs.rulebook
    pages, stepping_up = (
        Pages(site),
        SteppingUp(store=signoffs.store, bell=signoffs.bell, roster=rulebook.roster),
    )
    seals = Seals.by(secret)
    doorman = Doorman(site=site, stepping_up=stepping_up, seals=seals)
    statements, keys = Statements(site=site, clock=clock), Keys(site)
    provider = Provider(
        known=known,
        secret=secret,
        redirect_uri=f"{public_url}/signed-in",
        clock=clock,
        send=send,
        issuer=Issuer(url=known.issuer, clock=clock, send=send, jwks=known.jwks),
    )
    return OwnPages(
        pages=pages,
        signing_in=SigningIn(
            pages=pages,
            provider=provider,
            stepping_up=stepping_up,
            seals=seals,
            roster=rulebook.roster,
            clock=clock,
            origins=origins,
        ),
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

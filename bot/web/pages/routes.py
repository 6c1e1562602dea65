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
from bot.web.issuers import Issuer
from bot.web.pages.deciding import CheckMember, Deciding
from bot.web.pages.passkeys import Passkeys
from bot.web.pages.provider import Provider
from bot.web.pages.rendering import Pages, Site
from bot.web.pages.signing_in import SigningIn
from bot.web.pages.statements import Statements
from bot.web.pages.visits import Doorman
from bot.web.pages.webauthn import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPages:
    pages: Pages
    signing_in: SigningIn
    deciding: Deciding
    passkeys: Passkeys

    def serve(self, router: web.UrlDispatcher) -> None:
        """`bot.web.access` says who may ask at each."""
        router.add_get("/sign-in", self.signing_in.leave, allow_head=False)
        router.add_get("/signed-in", self.signing_in.arrive, allow_head=False)
        router.add_get("/decide/{id}", self.deciding.page)
        router.add_post("/decide/{id}/challenge", self.deciding.challenge)
        router.add_post("/decide/{id}", self.deciding.decide)
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
    check_member: CheckMember,
) -> OwnPages:
    site, rulebook = Site(public_url), signoffs.rulebook
    pages, stepping_up = (
        Pages(site),
        SteppingUp(store=signoffs.store, bell=signoffs.bell, roster=rulebook.roster),
    )
    doorman = Doorman(site=site, stepping_up=stepping_up)
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
            roster=rulebook.roster,
            clock=clock,
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
            check_member=check_member,
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

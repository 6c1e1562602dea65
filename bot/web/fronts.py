"""Which of our own pages does this house have: those of step-up, the dashboard, both, or none?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.clock import Clock
from bot.config.dashboard import Dashboard as Configured
from bot.config.step_up import StepUp
from bot.engine.board import Board
from bot.engine.charts.answering import Charts
from bot.engine.signoffs import Signoffs
from bot.engine.stepping_up import SteppingUp
from bot.ports import Send
from bot.web.dashboard import slack_sign_in
from bot.web.dashboard.frame import Frame
from bot.web.dashboard.given import Export, Given
from bot.web.dashboard.live import Live
from bot.web.dashboard.routes import Dashboard
from bot.web.dashboard.seats import Seats
from bot.web.dashboard.slack_sign_in import SlackSignIn, Teams, origin_of
from bot.web.issuers import Issuer
from bot.web.membership import Membership
from bot.web.origins import Origins
from bot.web.pages import rendering
from bot.web.pages.provider import Provider
from bot.web.pages.rendering import Pages, Site
from bot.web.pages.routes import OwnPages, Stepping, by_provider, stepping
from bot.web.pages.signing_in import Seating, SigningIn, Way
from bot.web.pages.visits import Doorman, Seals

FOLDERS = (Path(rendering.__file__).parent, Path(slack_sign_in.__file__).parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fronts:
    """What is served to browsers; either may be missing."""

    pages: OwnPages | None = None
    dashboard: Dashboard | None = None

    def serve(self, app: web.Application) -> None:
        if self.pages:
            self.pages.serve(app.router)
        if self.dashboard:
            self.dashboard.serve(app)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What they are made of. `slack_url` is Slack's API, `teams` our workspace there."""

    public_url: str
    secrets: Mapping[str, str]
    slack_url: str
    teams: Teams
    administrators: frozenset[str]
    signoffs: Signoffs
    board: Board
    clock: Clock
    send: Send
    members: Membership
    origins: Origins
    reopens: Callable[[str], bool]
    connections: Mapping[str, str]
    export: Export
    production: tuple[str, ...]


def fronts(step_up: StepUp | None, dashboard: Configured | None, parts: Parts) -> Fronts:
    """The dashboard leads to step-up only where there is any, and the other way round never."""
    if step_up is None and dashboard is None:
        return Fronts()
    asked = _provider(step_up, parts) if step_up else None
    fresh = by_provider(asked) if asked else None
    seating = _seating(dashboard, fresh, parts) if dashboard else None
    pages = Pages(Site(parts.public_url), FOLDERS)
    doorman = _doorman(pages.site, fresh, seating, parts)
    own = OwnPages(
        pages=pages,
        signing_in=SigningIn(
            pages=pages,
            fresh=fresh,
            seating=seating,
            stepping_up=doorman.stepping_up,
            roster=parts.members.roster,
            clock=parts.clock,
            origins=parts.origins,
        ),
        stepping=_stepping(asked, pages, doorman, parts) if asked else None,
    )
    if dashboard is None or seating is None:
        return Fronts(pages=own)
    given = Given(
        frame=Frame(pages=pages, asked=seating.way.asked.name),
        board=parts.board,
        signoffs=parts.signoffs,
        members=parts.members,
        clock=parts.clock,
        live=Live(pages=pages, bell=parts.signoffs.bell, stepping_up=doorman.stepping_up),
        public_url=parts.public_url,
        steps_up=asked is not None,
        administrators=parts.administrators,
        auditors=dashboard.auditors,
        charts=Charts(parts.signoffs.store),
        reopens=parts.reopens,
        connections=parts.connections,
        export=parts.export,
        production=parts.production,
    )
    seats = Seats(doorman=doorman, members=parts.members, frame=given.frame, clock=parts.clock)
    return Fronts(pages=own, dashboard=Dashboard(seats=seats, given=given))


def _provider(known: StepUp, parts: Parts) -> Provider:
    return Provider(
        known=known,
        secret=parts.secrets[known.client_secret_env],
        redirect_uri=f"{parts.public_url}/signed-in",
        clock=parts.clock,
        send=parts.send,
        issuer=Issuer(url=known.issuer, clock=parts.clock, send=parts.send, jwks=known.jwks),
    )


def _seating(known: Configured, fresh: Way | None, parts: Parts) -> Seating:
    """By Slack, or as for step-up: the config has one of them."""
    way = _by_slack(known, parts) if known.client_id else fresh
    if way is None:
        raise LookupError("nobody says who people are")
    return Seating(way=way, stays=known.stays, check_here=parts.members.check_here)


def _by_slack(known: Configured, parts: Parts) -> Way:
    origin, secret = origin_of(parts.slack_url), parts.secrets[known.client_secret_env]
    keys = f"{origin}{slack_sign_in.KEYS}"
    asked = SlackSignIn(
        origin=origin,
        client_id=known.client_id,
        secret=secret,
        redirect_uri=f"{parts.public_url}/signed-in/slack",
        teams=parts.teams,
        clock=parts.clock,
        send=parts.send,
        issuer=Issuer(url=origin, clock=parts.clock, send=parts.send, jwks=keys),
    )
    return Way(how="slack", asked=asked, seals=Seals.by(secret))


def _doorman(site: Site, fresh: Way | None, seating: Seating | None, parts: Parts) -> Doorman:
    ways = (fresh, seating.way if seating else None)
    roster, signoffs = parts.members.roster, parts.signoffs
    return Doorman(
        site=site,
        stepping_up=SteppingUp(
            store=signoffs.store, bell=signoffs.bell, roster=roster, vouching=signoffs.vouching
        ),
        seals={way.how: way.seals for way in ways if way},
    )


def _stepping(asked: Provider, pages: Pages, doorman: Doorman, parts: Parts) -> Stepping:
    return stepping(
        asked,
        pages=pages,
        doorman=doorman,
        administrators=parts.administrators,
        signoffs=parts.signoffs,
        board=parts.board,
        clock=parts.clock,
        members=parts.members,
    )

"""Which routes are there?"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web.access import guard
from bot.web.api import Api
from bot.web.fronts import Fronts
from bot.web.health import Health, Metrics
from bot.web.hooks import Hooks
from bot.web.incidents import IncidentApi
from bot.web.keys import Keys
from bot.web.openapi import Description
from bot.web.override_api import OverrideApi
from bot.web.problems import own_up, speak_problems

NO_PAGES = Fronts()


def make_app(
    *,
    hooks: Hooks,
    api: Api,
    overriding: OverrideApi,
    keys: Keys,
    health: Health,
    metrics: Metrics,
    slack_events: Handler | None,
    incidents: IncidentApi | None = None,
    fronts: Fronts = NO_PAGES,
) -> web.Application:
    """Everything that is served; `bot.web.access` says to whom.

    In Socket Mode Slack does not call us: no `slack_events`. `fronts` are our own
    pages, where there are any.
    """
    app = web.Application(middlewares=[metrics.count, own_up, speak_problems, guard])
    app.router.add_post("/hooks/{connection}", hooks.receive)
    app.router.add_post("/api/v1/signoffs", api.post)
    app.router.add_get("/api/v1/signoffs/{id}", api.get)
    app.router.add_post("/api/v1/signoffs/{id}/renew", api.renew)
    app.router.add_get("/api/v1/signoffs/{id}/attestation", api.attestation)
    app.router.add_get("/api/v1/signoffs/{id}/explanation", api.explanation)
    overrides = "/api/v1/signoffs/{id}/override"
    app.router.add_post(overrides, overriding.override)
    app.router.add_post(f"{overrides}/confirm", overriding.confirm)
    app.router.add_post(f"{overrides}/review", overriding.review)
    app.router.add_get("/api/v1/places", api.place)
    if incidents:
        app.router.add_post("/api/v1/incidents", incidents.open)
        app.router.add_patch("/api/v1/incidents/{id}", incidents.change)
        app.router.add_post("/api/v1/deployments", incidents.deployed)
    app.router.add_get("/api/v1/checkpoint", api.checkpoint)
    app.router.add_get("/api/v1/keys", keys.get)
    app.router.add_get("/api/v1/openapi.json", Description(api.public_url).get)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", metrics.scrape)
    app.on_shutdown.append(api.close)
    fronts.serve(app)
    if slack_events:
        app.router.add_post("/slack/events", slack_events)
    return app

"""Which routes are there?"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web.api import Api
from bot.web.health import Health, Metrics
from bot.web.hooks import Hooks
from bot.web.problems import own_up, speak_problems


def make_app(
    *, hooks: Hooks, api: Api, health: Health, metrics: Metrics, slack_events: Handler | None
) -> web.Application:
    """Everything that is served. In Socket Mode Slack does not call us: no `slack_events`."""
    app = web.Application(middlewares=[metrics.count, own_up, speak_problems])
    app.router.add_post("/hooks/{connection}", hooks.receive)
    app.router.add_post("/api/v1/signoffs", api.post)
    app.router.add_get("/api/v1/signoffs/{id}", api.get)
    app.router.add_post("/api/v1/signoffs/{id}/renew", api.renew)
    app.router.add_get("/api/v1/signoffs/{id}/attestation", api.attestation)
    app.router.add_get("/api/v1/signoffs/{id}/explanation", api.explanation)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", metrics.scrape)
    app.on_shutdown.append(api.close)
    if slack_events:
        app.router.add_post("/slack/events", slack_events)
    return app

"""Which pipelines does the config name, and who may use the API?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from bot.clock import Clock
from bot.config import Connection, GithubConnection, PlatformConnection, WebhookConnection
from bot.config.connections import PAGERDUTY
from bot.config.rotas import AnyRota, IcalRota, PagerDutyRota
from bot.config.shape_gates import AT_GATE
from bot.domain.asking.rota import Rota
from bot.domain.change import Change
from bot.pipelines import azure, pagerduty
from bot.pipelines.bitbucket import pipeline as bitbucket
from bot.pipelines.bitbucket_server import pipeline as bitbucket_server
from bot.pipelines.cloudevents import EventSubscriber
from bot.pipelines.codepipeline import pipeline as codepipeline
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates import (
    argo_rollouts,
    argo_workflows,
    buildkite,
    circleci,
    gerrit,
    jenkins,
    spinnaker,
    terraform,
)
from bot.pipelines.gitea import pipeline as gitea
from bot.pipelines.github.api import PERMISSIONS, TO_CHECK, GitHubApp
from bot.pipelines.github.checks import Checks
from bot.pipelines.github.missed import Missed
from bot.pipelines.github.pipeline import EVENTS, GitHubPipeline
from bot.pipelines.gitlab import pipeline as gitlab
from bot.pipelines.parts import Parts
from bot.pipelines.run_task import pipeline as run_task
from bot.pipelines.signatures import secret_key
from bot.pipelines.webhook import WebhookPipeline
from bot.ports import Pipeline, Send, Subscriber, WentOn
from bot.settings import Settings
from bot.strict_json import decode
from bot.web.api import Door
from bot.web.dashboard.slack_sign_in import addresses
from bot.web.issuers import Issuer
from bot.web.keyless import Keyless, Spend

PLATFORMS: Mapping[str, Callable[[Parts], Pipeline]] = {
    "argo-rollouts": argo_rollouts.make,
    "argo-workflows": argo_workflows.make,
    "azure": azure.make,
    "bitbucket": bitbucket.make,
    "bitbucket-data-center": bitbucket_server.make,
    "buildkite": buildkite.make,
    "circleci": circleci.make,
    "codepipeline": codepipeline.make,
    "gerrit": gerrit.make,
    "gitlab": gitlab.make,
    "gitea": gitea.make,
    "jenkins": jenkins.make,
    "spinnaker": spinnaker.make,
    "terraform": terraform.make,
    "terraform-run-task": run_task.make,
}
"""An adapter for each kind of connection that somebody waits at for an answer."""


WentOnAt = Callable[[str, str, str], Awaitable[str]]
"""Of a connection, a repository and an environment: the revision that went on there last, or empty."""


async def nowhere(connection: str, repository: str, environment: str) -> str:
    """Where nothing is known of any place: whatever goes there is the first."""
    return ""


def pipelines(
    chosen: Settings,
    clock: Clock,
    send: Send,
    went_on: WentOnAt = nowhere,
    calling: Send | None = None,
) -> dict[str, Pipeline]:
    """An adapter for each connection, by name. `calling`: how callbacks of webhooks are sent."""
    return {
        name: _adapter(connection, chosen, clock, send, calling or send, partial(went_on, name))
        for name, connection in chosen.config.connections.items()
    }


def _adapter(
    connection: Connection,
    chosen: Settings,
    clock: Clock,
    send: Send,
    calling: Send,
    went_on: WentOn,
) -> Pipeline:
    match connection:
        case GithubConnection():
            return _github(connection, chosen, clock, send, went_on)
        case WebhookConnection():
            return _webhook(connection, chosen, clock, calling)
        case PlatformConnection():
            return _platform(connection, chosen, clock, send, went_on)


def doors(chosen: Settings, adapters: Mapping[str, Pipeline]) -> Iterator[Door]:
    """Connections whose jobs have a token may use the API; a webhook's may also announce."""
    for name, connection in chosen.config.connections.items():
        if connection.token_env or connection.oidc:
            adapter = adapters[name]
            read = None
            if isinstance(adapter, WebhookPipeline | GatedPipeline):
                read = partial(_read_data, adapter)
            shared = chosen.secrets[connection.token_env] if connection.token_env else ""
            door = Door(connection=name, token=shared.encode(), read=read, reopens=adapter.reopens)
            yield door
            if former := connection.former.get("token"):
                yield replace(door, token=chosen.secrets[former].encode())


def stating(chosen: Settings) -> dict[str, bool]:
    """Connections whose changes are as whoever announces them says, and whether that can be a job of a
    workflow that somebody named: its token says so. All others fetch what they go by.
    """
    return {
        name: bool(it.oidc and it.oidc.workflows)
        for name, it in chosen.config.connections.items()
        if isinstance(it, WebhookConnection)
        or (isinstance(it, PlatformConnection) and it.kind in AT_GATE)
    }


def keyless(chosen: Settings, clock: Clock, send: Send, spend: Spend) -> Keyless:
    """Which connections take tokens of their platform, and who signs those."""
    trusts = {
        name: replace(it.oidc, audience=it.oidc.audience or chosen.public_url)
        for name, it in chosen.config.connections.items()
        if it.oidc
    }
    issuers = {url: Issuer(url=url, clock=clock, send=send) for url in _issuers(chosen)}
    return Keyless(trusts=trusts, issuers=issuers, spend=spend, clock=clock)


def subscribers(chosen: Settings, clock: Clock, send: Send) -> dict[str, Subscriber]:
    """Who else hears of signoffs, by name."""
    return {
        name: EventSubscriber(
            name=name,
            url=it.url,
            keys=_secret_keys(chosen, it.secret_env, it.former),
            public_url=chosen.public_url,
            clock=clock,
            send=send,
        )
        for name, it in chosen.config.subscribers.items()
    }


def trusted_prefixes(chosen: Settings) -> tuple[str, ...]:
    """The addresses the operator configured: these alone may be private."""
    known = chosen.config.connections.values()
    doors = map(_prefix, known)
    archives = (
        it.words.get("archive_url", "") for it in known if isinstance(it, PlatformConnection)
    )
    issuers = (f"{url}/" for url in _issuers(chosen))
    rotas = map(_rota, chosen.config.rotas.values())
    heard = (it.url for it in chosen.config.subscribers.values())
    step_up = chosen.config.step_up
    sign_in = step_up.addresses if step_up else ()
    dashboard = chosen.config.dashboard
    seats = addresses(chosen.slack_api_url) if dashboard and dashboard.client_id else ()
    traces = (chosen.otel_endpoint and f"{chosen.otel_endpoint}/",)
    found = filter(None, (*doors, *archives, *issuers, *rotas, *heard, *sign_in, *seats, *traces))
    return tuple(dict.fromkeys(found))


def _issuers(chosen: Settings) -> Iterable[str]:
    named = (it.oidc.issuer for it in chosen.config.connections.values() if it.oidc)
    return dict.fromkeys(named)


def _rota(rota: AnyRota) -> str:
    match rota:
        case PagerDutyRota():
            return f"{rota.url}/"
        case IcalRota():
            return rota.url
        case Rota():
            return ""


def _prefix(connection: Connection) -> str:
    match connection:
        case WebhookConnection():
            return connection.callback_prefix
        case GithubConnection():
            return f"{connection.api_url}/"
        case PlatformConnection():
            return connection.url and f"{connection.url}/"


def _github(
    connection: GithubConnection, chosen: Settings, clock: Clock, send: Send, went_on: WentOn
) -> GitHubPipeline:
    app = GitHubApp(
        app_id=connection.app_id,
        private_key=chosen.secrets[connection.private_key_env],
        clock=clock,
        send=send,
        api_url=connection.api_url,
        permissions=TO_CHECK if connection.check else PERMISSIONS,
    )
    checks = Checks(
        connection=connection.name,
        name=connection.check,
        environment=connection.check_environment,
        app=app,
        web_url=connection.web_url,
    )
    return GitHubPipeline(
        name=connection.name,
        app=app,
        checks=checks if connection.check else None,
        missed=Missed(app=app, clock=clock, events=EVENTS),
        went_on=went_on,
        webhook_secrets=tuple(
            chosen.secrets[it].encode()
            for it in (connection.webhook_secret_env, connection.former.get("webhook_secret"))
            if it
        ),
        web_url=connection.web_url,
    )


def _webhook(
    connection: WebhookConnection, chosen: Settings, clock: Clock, send: Send
) -> WebhookPipeline:
    return WebhookPipeline(
        name=connection.name,
        secrets=_secret_keys(chosen, connection.secret_env, connection.former),
        clock=clock,
        send=send,
        public_url=chosen.public_url,
        callback_prefix=connection.callback_prefix,
        link_prefix=connection.link_prefix,
    )


def _platform(
    connection: PlatformConnection, chosen: Settings, clock: Clock, send: Send, went_on: WentOn
) -> Pipeline:
    parts = Parts(
        name=connection.name,
        url=connection.url,
        secrets={called: chosen.secrets[name] for called, name in connection.envs.items()},
        former={called: chosen.secrets[name] for called, name in connection.former.items()},
        words=connection.words,
        lists=connection.lists,
        link_prefix=connection.link_prefix,
        public_url=chosen.public_url,
        clock=clock,
        send=send,
        went_on=went_on,
    )
    if connection.kind == PAGERDUTY:
        return pagerduty.make(parts)
    return PLATFORMS[connection.kind](parts)


def _secret_keys(chosen: Settings, name: str, former: Mapping[str, str]) -> tuple[bytes, ...]:
    """That of now, and that of before where it still counts."""
    names = filter(None, (name, former.get("secret")))
    return tuple(secret_key(chosen.secrets[it]) for it in names)


def _read_data(adapter: WebhookPipeline | GatedPipeline, body: bytes) -> Change:
    return adapter.read_data(decode(body))

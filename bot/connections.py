"""Which pipelines does the config name, and who may use the API?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bot.clock import Clock
from bot.config import Connection, GithubConnection, PlatformConnection, WebhookConnection
from bot.config.rotas import AnyRota, IcalRota, PagerDutyRota
from bot.domain.asking.rota import Rota
from bot.domain.change import Change
from bot.pipelines import jenkins
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.github import GitHubPipeline
from bot.pipelines.github_api import GitHubApp
from bot.pipelines.parts import Parts
from bot.pipelines.signatures import secret_key
from bot.pipelines.webhook import WebhookPipeline
from bot.ports import Pipeline, Send
from bot.settings import Settings
from bot.strict_json import decode
from bot.web.api import Door

PLATFORMS: Mapping[str, Callable[[Parts], Pipeline]] = {
    "jenkins": jenkins.make,
}
"""An adapter for each kind of connection."""


def pipelines(chosen: Settings, clock: Clock, send: Send) -> dict[str, Pipeline]:
    """An adapter for each connection, by name."""
    return {
        name: _adapter(connection, chosen, clock, send)
        for name, connection in chosen.config.connections.items()
    }


def _adapter(connection: Connection, chosen: Settings, clock: Clock, send: Send) -> Pipeline:
    match connection:
        case GithubConnection():
            return _github(connection, chosen, clock, send)
        case WebhookConnection():
            return _webhook(connection, chosen, clock, send)
        case PlatformConnection():
            return _platform(connection, chosen, clock, send)


def doors(chosen: Settings, adapters: Mapping[str, Pipeline]) -> Iterator[Door]:
    """Connections with a token of their own may use the API; a webhook's may also announce."""
    for name, connection in chosen.config.connections.items():
        if connection.token_env:
            adapter = adapters[name]
            read = None
            if isinstance(adapter, WebhookPipeline | GatedPipeline):
                read = partial(_read_data, adapter)
            token = chosen.secrets[connection.token_env].encode()
            yield Door(connection=name, token=token, read=read, reopens=adapter.reopens)


def trusted_prefixes(chosen: Settings) -> tuple[str, ...]:
    """The addresses the operator configured: these alone may be private."""
    doors = map(_prefix, chosen.config.connections.values())
    return tuple(filter(None, (*doors, *map(_rota, chosen.config.rotas.values()))))


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
    connection: GithubConnection, chosen: Settings, clock: Clock, send: Send
) -> GitHubPipeline:
    app = GitHubApp(
        app_id=connection.app_id,
        private_key=chosen.secrets[connection.private_key_env],
        clock=clock,
        send=send,
        api_url=connection.api_url,
    )
    return GitHubPipeline(
        name=connection.name,
        app=app,
        webhook_secrets=(chosen.secrets[connection.webhook_secret_env].encode(),),
        web_url=connection.web_url,
    )


def _webhook(
    connection: WebhookConnection, chosen: Settings, clock: Clock, send: Send
) -> WebhookPipeline:
    return WebhookPipeline(
        name=connection.name,
        secrets=(secret_key(chosen.secrets[connection.secret_env]),),
        clock=clock,
        send=send,
        public_url=chosen.public_url,
        callback_prefix=connection.callback_prefix,
        link_prefix=connection.link_prefix,
    )


def _platform(
    connection: PlatformConnection, chosen: Settings, clock: Clock, send: Send
) -> Pipeline:
    parts = Parts(
        name=connection.name,
        url=connection.url,
        secrets={called: chosen.secrets[name] for called, name in connection.envs.items()},
        words=connection.words,
        lists=connection.lists,
        link_prefix=connection.link_prefix,
        public_url=chosen.public_url,
        clock=clock,
        send=send,
    )
    return PLATFORMS[connection.kind](parts)


def _read_data(adapter: WebhookPipeline | GatedPipeline, body: bytes) -> Change:
    return adapter.read_data(decode(body))

"""What is made of each setting? Whatever is wrong with one is said in words, before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy.engine import make_url

from bot import connections, signing
from bot.clock import Clock, system_clock
from bot.config import repository_policy
from bot.config.mistakes import ConfigError
from bot.config.rotas import PagerDutyRota
from bot.connections import WentOnAt
from bot.domain.asking.rota import Rota
from bot.domain.policy import Rule
from bot.engine.circumstances import Circumstances, ReadRota
from bot.engine.rulebook import Rulebook
from bot.ports import Pipeline, Send
from bot.rotas.fetching import Fetching
from bot.sender import Sender
from bot.settings import Settings, SettingsError
from bot.web.pages.rendering import Site
from storage.describing import described
from storage.store import Store, Unusable


def check(chosen: Settings) -> None:
    """Whatever the start would stumble over, without starting. Raises SettingsError."""
    if chosen.signing_key:
        signer_of(chosen)
    check_step_up(chosen)
    adapters(chosen, system_clock, Sender())


def check_step_up(chosen: Settings) -> None:
    """Browsers let security keys be used at a safe address alone. Raises SettingsError."""
    if chosen.config.step_up and not Site(chosen.public_url).usable:
        raise cannot_start("PUBLIC_URL: must begin with https:// where people step up by `step_up`")


def database(chosen: Settings) -> str:
    """What decisions are stored in, in words. Raises SettingsError."""
    try:
        return described(chosen.database_url)
    except Unusable as unusable:
        raise cannot_start(f"DATABASE_URL: {unusable}") from None


def signer_of(chosen: Settings) -> signing.Signer:
    """The signer with the key that is set, or with one kept beside the database."""
    try:
        if chosen.signing_key:
            return signing.Signer.of(signing.load(chosen.signing_key))
        database = Path(make_url(chosen.database_url).database or "countersign.db")
        return signing.Signer.of(signing.load_or_make(database.with_suffix(".key.pem")))
    except signing.BadKey as bad:
        raise cannot_start(f"COUNTERSIGN_SIGNING_KEY: {bad}") from None


def adapters(
    chosen: Settings,
    clock: Clock,
    send: Send,
    went_on: WentOnAt = connections.nowhere,
    calling: Send | None = None,
) -> dict[str, Pipeline]:
    """`calling` sends callbacks of webhooks; without: as everything else is sent."""
    try:
        return connections.pipelines(chosen, clock, send, went_on, calling or send)
    except ValueError as unfit:
        raise cannot_start(str(unfit)) from None


def rulebook(chosen: Settings) -> Rulebook:
    config = chosen.config

    @lru_cache(maxsize=200)
    def read_policy(text: str) -> tuple[Rule, ...] | None:
        try:
            return repository_policy(text, config)
        except ConfigError:
            return None

    return Rulebook(
        config.roster,
        config.policy,
        config.conventions,
        config.risk,
        read_policy,
        config.fallback_channel,
        config.digest,
        config.override,
    )


def circumstances(chosen: Settings, clock: Clock, send: Send) -> Circumstances:
    """Rotas of the config are there at once, others once they are fetched."""
    config = chosen.config
    fetched: dict[str, ReadRota] = {}
    for name, rota in config.rotas.items():
        if isinstance(rota, Rota):
            continue
        secret = chosen.secrets[rota.token_env] if rota.token_env else ""
        fetching = Fetching(send=send, roster=config.roster, secret=secret)
        if isinstance(rota, PagerDutyRota):
            fetched[name] = partial(fetching.pagerduty, rota)
        else:
            fetched[name] = partial(fetching.calendar, rota)
    return Circumstances(
        roster=config.roster,
        clock=clock,
        rotas={name: rota for name, rota in config.rotas.items() if isinstance(rota, Rota)},
        fetched=fetched,
    )


def open_store(chosen: Settings, committed: Callable[[], None], clock: Clock | None) -> Store:
    try:
        return Store(chosen.database_url, committed, clock)
    except Unusable as unusable:
        raise cannot_start(f"DATABASE_URL: {unusable}") from None


def cannot_start(problem: str) -> SettingsError:
    return SettingsError([problem], "Countersign cannot start")

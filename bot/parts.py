"""What is made of each setting? Whatever is wrong with one is said in words, before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import make_url

from bot import connections, kms, otlp, signing
from bot.clock import Clock, system_clock
from bot.config import repository_policy
from bot.config.mistakes import ConfigError
from bot.config.rotas import PagerDutyRota
from bot.connections import WentOnAt
from bot.domain.asking.rota import Rota
from bot.domain.policy import Rule
from bot.engine.circumstances import Circumstances, ReadRota
from bot.engine.loads import INSIDE
from bot.engine.rulebook import Rulebook
from bot.ports import Pipeline, Send, Unreachable
from bot.rotas.fetching import Fetching
from bot.sender import Sender
from bot.settings import Settings, SettingsError
from bot.tallies import Tallies
from bot.tracing import Traces
from bot.web.pages.rendering import Site
from storage.describing import described
from storage.store import Store, Unusable


def check(chosen: Settings) -> None:
    """Whatever the start would stumble over, without starting. Raises SettingsError."""
    signer = signer_of(chosen) if chosen.signing_key else None
    if signer:
        check_signs(signer)
    webhook_key(chosen, signer)
    check_step_up(chosen)
    adapters(chosen, system_clock, Sender())


def check_step_up(chosen: Settings) -> None:
    """Browsers let security keys be used, and keep our cookies, at a safe address alone. Raises
    SettingsError.
    """
    if Site(chosen.public_url).usable:
        return
    if chosen.config.step_up:
        raise cannot_start("PUBLIC_URL: must begin with https:// where people step up by `step_up`")
    if chosen.config.dashboard:
        raise cannot_start("PUBLIC_URL: must begin with https:// where there is a `dashboard`")


def remarks(chosen: Settings) -> list[str]:
    """What is allowed, and perhaps not what was meant, of what does not stand in the config."""
    found = {
        "SLACK_SIGNING_SECRET_FORMER is still accepted: unset it once Slack signs with the new one": (
            chosen.slack_signing_secret_former
        ),
        "COUNTERSIGN_SIGNING_KEY names no version: after the key is rotated, the next start signs "
        "with another one. Say which, as in hv:NAME/1": (
            kms.is_named(chosen.signing_key or "") and "/" not in (chosen.signing_key or "")
        ),
        f"OTEL_EXPORTER_OTLP_ENDPOINT is set, and no trace is sent: {otlp.NEEDED}": (
            chosen.otel_endpoint and not otlp.can_be_sent()
        ),
    }
    return [said for said, is_so in found.items() if is_so]


def database(chosen: Settings) -> str:
    """What decisions are stored in, in words. Raises SettingsError."""
    try:
        return described(chosen.database_url)
    except Unusable as unusable:
        raise cannot_start(f"DATABASE_URL: {unusable}") from None


def signer_of(chosen: Settings) -> signing.Signer:
    """The signer with the key that is set, or with one kept beside the database."""
    try:
        if kms.is_named(chosen.signing_key or ""):
            return kms.signer(chosen.signing_key or "")
        if chosen.signing_key:
            return signing.Signer.of(signing.load(chosen.signing_key))
        database = Path(make_url(chosen.database_url).database or "countersign.db")
        return signing.Signer.of(signing.load_or_make(database.with_suffix(".key.pem")))
    except (signing.BadKey, kms.NoKey) as bad:
        raise cannot_start(f"COUNTERSIGN_SIGNING_KEY: {bad}") from None


def missing_key(chosen: Settings) -> Path | None:
    """Where the first start would make the key that signs: whoever only looks makes none."""
    if chosen.signing_key:
        return None
    file = Path(make_url(chosen.database_url).database or "").with_suffix(".key.pem")
    return None if file.exists() else file


def webhook_key(chosen: Settings, signer: signing.Signer | None) -> Ed25519PrivateKey | None:
    """What callbacks are signed with in public, if that was set. Raises SettingsError."""
    if not chosen.webhook_key:
        return None
    try:
        key = signing.load(chosen.webhook_key)
    except signing.BadKey as bad:
        raise cannot_start(f"COUNTERSIGN_WEBHOOK_KEY: {bad}") from None
    if signer and signing.raw(signer.public) == signing.raw(key.public_key()):
        raise cannot_start("COUNTERSIGN_WEBHOOK_KEY: must be another key than the one that attests")
    return key


def check_signs(signer: signing.Signer) -> None:
    """Whether a key service lets us sign, and not only look. Raises SettingsError."""
    try:
        if signer.remote:
            signer.sign(kms.PROBE)
    except Unreachable as problem:
        raise cannot_start(f"COUNTERSIGN_SIGNING_KEY: {problem}") from None


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
        budgets=config.budgets,
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


def traces(chosen: Settings, send: Send) -> Traces:
    """Without the extra it is told by `check`, and nothing is sent."""
    if not otlp.can_be_sent():
        return Traces()
    return Traces(endpoint=chosen.otel_endpoint, headers=chosen.otel_headers, send=send)


def tallies(chosen: Settings) -> Tallies:
    """Of all that is delivered to, and of what is carried out in the house."""
    config = chosen.config
    return Tallies((*config.connections, *config.subscribers, INSIDE))


def open_store(chosen: Settings, committed: Callable[[], None], clock: Clock | None) -> Store:
    try:
        return Store(chosen.database_url, committed, clock)
    except Unusable as unusable:
        raise cannot_start(f"DATABASE_URL: {unusable}") from None


def cannot_start(problem: str) -> SettingsError:
    return SettingsError([problem], "Countersign cannot start")

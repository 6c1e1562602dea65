"""What did the operator set? The only reader of the environment, and of the files it names."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot import config, kms
from bot.config import (
    Config,
    ConfigError,
    GithubConnection,
    Misconfigured,
    PlatformConnection,
    WebhookConnection,
)
from bot.config.mistakes import shown
from bot.config.values import absolute_url
from bot.domain.asking.rota import Rota

SLACK = "https://slack.com/api/"
WEBHOOK_KEYS = frozenset({"secret", "signing_token"})
"""Secrets of platforms that are whsec_ keys."""

_SHORTEST = 8
_PEM = "-----BEGIN "


class SettingsError(Misconfigured):
    """Countersign cannot start like this. Names every problem at once, and shows no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything from outside the program.

    `signing_key` is PEM, or the name of a key in a key service, or None where one is to be made; to
    that service `vault_token` is shown. `webhook_key` is PEM, or empty: then callbacks have no
    signature that a public key checks. `secrets` has the value of every `*_env`
    the config names, private keys as PEM. URLs end without a slash, `slack_api_url` with one.
    """

    config: Config
    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str
    slack_bot_token: str = field(repr=False)
    slack_signing_secret: str = field(repr=False)
    slack_signing_secret_former: str = field(default="", repr=False)
    slack_app_token: str | None = field(repr=False)
    slack_api_url: str
    signing_key: str | None = field(repr=False)
    webhook_key: str = field(default="", repr=False)
    vault_token: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    otel_endpoint: str = ""
    otel_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def slack_signing_secrets(self) -> tuple[str, ...]:
        """The one of now first."""
        former = self.slack_signing_secret_former
        return (self.slack_signing_secret, former) if former else (self.slack_signing_secret,)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every value that may never be seen, for `logs.configure`."""
        password = urlsplit(self.database_url).password or ""
        key = self.signing_key or ""
        found = (
            self.slack_bot_token,
            self.slack_signing_secret,
            self.slack_signing_secret_former,
            self.slack_app_token,
            "" if kms.is_named(key) else key,
            self.webhook_key,
            self.vault_token,
            self.metrics_token,
            *self.otel_headers.values(),
            password,
            unquote(password),
            *self.secrets.values(),
        )
        return tuple(dict.fromkeys(value for value in found if value))


def read_keys(environ: Mapping[str, str] | None = None) -> Settings:
    """What the keys that sign depend on, for who only wants to look: all else that is secret is empty.

    SettingsError with what is wrong of that.
    """
    reader = _Reader(os.environ if environ is None else environ)
    port = reader.port()
    database_url = reader.database_url()
    loaded = reader.config()
    signing_key = reader.signing_key(required=database_url.startswith("postgres"))
    webhook_key = reader.webhook_key()
    public_url = reader.url("PUBLIC_URL", f"http://localhost:{port}")
    if reader.problems or loaded is None:
        raise SettingsError(reader.problems, "the keys cannot be found")
    return Settings(
        config=loaded,
        database_url=database_url,
        host="",
        port=port,
        public_url=public_url,
        slack_bot_token="",
        slack_signing_secret="",
        slack_app_token=None,
        slack_api_url=SLACK,
        signing_key=signing_key,
        webhook_key=webhook_key,
        vault_token=reader.text("VAULT_TOKEN") if kms.is_named(signing_key or "") else "",
        secrets={},
    )


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """All settings (of this process, by default); SettingsError with everything that is wrong."""
    reader = _Reader(os.environ if environ is None else environ)
    port = reader.port()
    database_url = reader.database_url()
    loaded = reader.config()
    bot_token = reader.secret("SLACK_BOT_TOKEN", "a Slack bot token", starts=("xoxb-", "xoxe."))
    signing_secret = reader.secret("SLACK_SIGNING_SECRET", "a Slack signing secret")
    former = "SLACK_SIGNING_SECRET_FORMER"
    signing_secret_former = (
        reader.secret(former, "a Slack signing secret") if former in reader.environ else ""
    )
    app_token = (
        reader.secret("SLACK_APP_TOKEN", "a Slack app token", starts=("xapp-",))
        if "SLACK_APP_TOKEN" in reader.environ
        else None
    )
    signing_key = reader.signing_key(required=database_url.startswith("postgres"))
    webhook_key = reader.webhook_key()
    metrics_token = reader.metrics_token()
    otel_endpoint = reader.otel_endpoint()
    otel_headers = reader.otel_headers()
    trusted_proxies = reader.networks("COUNTERSIGN_TRUSTED_PROXIES")
    public_url = reader.url("PUBLIC_URL", f"http://localhost:{port}")
    slack_api_url = reader.url("SLACK_API_URL", SLACK)
    secrets = reader.connection_secrets(loaded) if loaded else {}
    if reader.problems or loaded is None:
        unseen = (
            "" if loaded else " (secrets of connections are looked at once the config is right)"
        )
        raise SettingsError(reader.problems, f"Countersign cannot start{unseen}")
    return Settings(
        config=loaded,
        database_url=database_url,
        host=reader.text("HOST", "0.0.0.0"),  # noqa: S104 - a container listens on all of its addresses
        port=port,
        public_url=public_url,
        slack_bot_token=bot_token,
        slack_signing_secret=signing_secret,
        slack_signing_secret_former=signing_secret_former,
        slack_app_token=app_token,
        slack_api_url=f"{slack_api_url}/",
        signing_key=signing_key,
        webhook_key=webhook_key,
        vault_token=reader.text("VAULT_TOKEN") if kms.is_named(signing_key or "") else "",
        metrics_token=metrics_token,
        otel_endpoint=otel_endpoint,
        otel_headers=otel_headers,
        trusted_proxies=trusted_proxies,
        secrets=secrets,
    )


def read_database_url() -> str:
    """DATABASE_URL alone, for who only wants to look; SettingsError if it is wrong."""
    reader = _Reader(os.environ)
    url = reader.database_url()
    if reader.problems:
        raise SettingsError(reader.problems, "the database cannot be found")
    return url


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one thing after the other and notes what is wrong, so that all of it is told."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def port(self) -> int:
        text = self.text("PORT", "3000")
        if re.fullmatch("[0-9]{1,5}", text) and 0 < int(text) < 65536:
            return int(text)
        self.problems.append("PORT: must be a number from 1 to 65535")
        return 3000

    def url(self, name: str, default: str) -> str:
        try:
            return absolute_url(self.text(name, default)).rstrip("/")
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def database_url(self) -> str:
        """The URL as it was given; `postgres://` is what Heroku says."""
        url = self.text("DATABASE_URL", "sqlite:///countersign.db")
        if re.match("postgres(ql)?://.", url):
            return url
        if not re.match("sqlite:///.", url):
            self.problems.append(
                "DATABASE_URL: must begin with sqlite:/// and a path, or with postgresql://"
            )
        elif url.startswith("sqlite:///:memory:"):
            self.problems.append("DATABASE_URL: must name a file; memory forgets what was decided")
        return url

    def config(self) -> Config | None:
        name = self.text("COUNTERSIGN_CONFIG", "countersign.yaml")
        path = shown(name, longest=200)
        try:
            return config.load(Path(name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            self.problems.append(f"COUNTERSIGN_CONFIG: {path} is not a text in UTF-8")
        except OSError as error:
            self.problems.append(f"COUNTERSIGN_CONFIG: {path} cannot be read ({error.strerror})")
        except ValueError:
            self.problems.append("COUNTERSIGN_CONFIG: is not the path of a file")
        except ConfigError as error:
            self.problems.extend(f"{path}, {mistake}" for mistake in error.mistakes)
        return None

    def secret(self, name: str, what: str, *, starts: tuple[str, ...] = (), user: str = "") -> str:
        """A value of one line that is long enough; what is wrong is said without showing it."""
        value = self.text(name)
        if problem := _weakness(value, what, starts):
            missing = "is set but empty" if name in self.environ else "is not set"
            asked = f" (asked for by {user})" if user else ""
            self.problems.append(f"{name}: {problem if value else missing}{asked}")
        return value

    def private_key(self, name: str, user: str) -> str:
        """PEM, as it is, with `\\n` for line breaks, or in a file that is named."""
        value, asked = self.text(name), f" (asked for by {user})" if user else ""
        if not value:
            missing = "is set but empty" if name in self.environ else "is not set"
            self.problems.append(f"{name}: {missing}{asked}")
        elif not value.startswith(_PEM):
            try:
                value = Path(value).read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                self.problems.append(f"{name}: is neither a PEM key nor a file we can read{asked}")
                return ""
            if not value.startswith(_PEM):
                self.problems.append(f"{name}: the file it names holds no PEM key{asked}")
        return value.replace("\\n", "\n")

    def signing_key(self, *, required: bool) -> str | None:
        name = "COUNTERSIGN_SIGNING_KEY"
        if kms.is_named(value := self.text(name)):
            if problem := kms.unfit(value):
                self.problems.append(f"{name}: {problem}")
            return value
        if name in self.environ:
            return self.private_key(name, "")
        if required:
            self.problems.append(
                f"{name}: is not set; it has to be, where decisions are stored in PostgreSQL"
            )
        return None

    def webhook_key(self) -> str:
        name = "COUNTERSIGN_WEBHOOK_KEY"
        if kms.is_named(self.text(name)):
            self.problems.append(
                f"{name}: must be a key or a file; callbacks wait for no key service"
            )
            return ""
        return self.private_key(name, "") if name in self.environ else ""

    def metrics_token(self) -> str:
        """Without one /metrics, and why it is not ready, are for everybody who gets there."""
        name = "COUNTERSIGN_METRICS_TOKEN"
        return self.secret(name, "a token") if name in self.environ else ""

    def otel_endpoint(self) -> str:
        """Where traces are sent, without the path that is the same everywhere; empty: nowhere."""
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        return self.url(name, "") if self.text(name) else ""

    def otel_headers(self) -> dict[str, str]:
        """`key=value,key=value`, with %-escapes, as OpenTelemetry has it. May hold a secret."""
        name, found = "OTEL_EXPORTER_OTLP_HEADERS", dict[str, str]()
        for text in filter(None, map(str.strip, self.text(name).split(","))):
            key, equals, value = text.partition("=")
            key, value = key.strip().lower(), unquote(value.strip())
            if not (equals and value and value.isprintable() and value.isascii()):
                key = ""
            if not re.fullmatch(r"[a-z0-9-]{1,100}", key):
                self.problems.append(f"{name}: must look like key=value,key=value")
                return {}
            found[key] = value
        return found

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Addresses and networks, with commas between them."""
        found: list[IPv4Network | IPv6Network] = []
        for text in filter(None, map(str.strip, self.text(name).split(","))):
            try:
                network = ip_network(text)
            except ValueError:
                self.problems.append(f"{name}: {shown(text)} is no address and no network")
                continue
            if network.prefixlen == 0:
                self.problems.append(f"{name}: {text} would believe everybody")
            else:
                found.append(network)
        return tuple(found)

    def connection_secrets(self, loaded: Config) -> dict[str, str]:
        secrets: dict[str, str] = {}
        for connection in loaded.connections.values():
            user = f"connection {connection.name}"
            match connection:
                case WebhookConnection():
                    secrets[connection.secret_env] = self.webhook_secret(
                        connection.secret_env, user
                    )
                case GithubConnection():
                    key, hook = connection.private_key_env, connection.webhook_secret_env
                    secrets[key] = self.private_key(key, user)
                    secrets[hook] = self.secret(hook, "a webhook secret", user=user)
                case PlatformConnection():
                    secrets |= self.platform_secrets(connection)
            secrets |= self.former_secrets(connection.former, user)
            if connection.token_env and connection.token_env not in secrets:
                name = connection.token_env
                secrets[name] = self.secret(name, "a token", user=user)
        return secrets | self.other_secrets(loaded)

    def other_secrets(self, loaded: Config) -> dict[str, str]:
        """Of subscribers and rotas, and of where people sign in."""
        secrets: dict[str, str] = {}
        if loaded.step_up:
            name = loaded.step_up.client_secret_env
            secrets[name] = self.secret(name, "a client secret", user="step_up")
        if loaded.dashboard and (name := loaded.dashboard.client_secret_env):
            secrets[name] = self.secret(name, "a client secret", user="dashboard")
        for subscriber in loaded.subscribers.values():
            name = subscriber.secret_env
            user = f"subscriber {subscriber.name}"
            secrets[name] = self.webhook_secret(name, user)
            secrets |= self.former_secrets(subscriber.former, user)
        for rota in loaded.rotas.values():
            if not isinstance(rota, Rota) and (name := rota.token_env):
                secrets[name] = self.secret(name, "a token", user=f"rota {rota.name}")
        return secrets

    def former_secrets(self, former: Mapping[str, str], user: str) -> dict[str, str]:
        """Of before, and still accepted: no weaker than those of now."""
        return {
            name: self.webhook_secret(name, user)
            if called in WEBHOOK_KEYS
            else self.secret(name, "a secret", user=user)
            for called, name in former.items()
        }

    def platform_secrets(self, connection: PlatformConnection) -> dict[str, str]:
        user = f"connection {connection.name}"
        return {
            name: self.webhook_secret(name, user)
            if called in WEBHOOK_KEYS
            else self.secret(name, "a token", user=user)
            for called, name in connection.envs.items()
        }

    def webhook_secret(self, name: str, user: str) -> str:
        known = len(self.problems)
        value = self.secret(name, "a webhook secret", starts=("whsec_",), user=user)
        if len(self.problems) == known and not _is_webhook_key(value.removeprefix("whsec_")):
            self.problems.append(
                f"{name}: after whsec_ there must be 24 to 64 bytes in base64, as "
                f"`openssl rand -base64 32` makes them (asked for by {user})"
            )
        return value


def _weakness(value: str, what: str, starts: tuple[str, ...]) -> str:
    """Why a value cannot be `what`; empty if it can."""
    if starts and not value.startswith(starts):
        return f"is not {what}; it must begin with {' or '.join(starts)}"
    if len(value) < _SHORTEST:
        return f"is too short to be {what}"
    return "" if value.isprintable() and " " not in value else f"is not {what}: it holds a space"


def _is_webhook_key(text: str) -> bool:
    try:
        return 24 <= len(base64.b64decode(text, validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False

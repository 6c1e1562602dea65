"""Which doors to pipelines does the config open?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.config import shape_connections as shape
from bot.config.oidc import Oidc, oidc
from bot.config.shape_former import former_names
from bot.config.shape_gates import AT_GATE, NAMED
from bot.config.shape_outcomes import PagerDuty
from bot.domain.accounts import GITHUB, GITLAB, Accounts

PUBLIC_API, PUBLIC_GITHUB = "https://api.github.com", "https://github.com"
PUBLIC_GITLAB = "https://gitlab.com"
PAGERDUTY = "pagerduty"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConnection:
    """Any pipeline with Standard Webhooks. The `*_env` are names of variables, never values.

    `former` are those of before, which still count, called as in the config without `_env`; of all
    connections. `repositories` are globs of those whose changes it may announce; none: any.
    """

    name: str
    secret_env: str
    token_env: str = ""
    callback_prefix: str = ""
    link_prefix: str = ""
    supersede: bool = True
    accounts: str = ""
    oidc: Oidc | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubConnection:
    """A GitHub App. The `*_env` are names of variables; the URLs end without a slash."""

    name: str
    app_id: str
    private_key_env: str
    webhook_secret_env: str
    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"
    check: str = ""
    check_environment: str = "merge"
    token_env: str = ""
    supersede: bool = True
    accounts: str = ""
    oidc: Oidc | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformConnection:
    """A platform of some `kind`, at `url` (without a slash at its end; empty where there is but one).

    `envs` are names of variables, called as in the config without `_env`; `words` and `lists` are the
    other keys of this kind that were given, or, of PagerDuty, the repositories of each service.
    """

    name: str
    kind: str
    url: str
    envs: Mapping[str, str]
    words: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    link_prefix: str = ""
    supersede: bool = True
    accounts: str = ""
    oidc: Oidc | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()

    @property
    def token_env(self) -> str:
        return self.envs.get("token", "")

    @property
    def is_unbounded(self) -> bool:
        """Whether who may announce may name any place there, though it could be said which."""
        return self.kind in NAMED and not self.lists.get("places")


Connection = WebhookConnection | GithubConnection | PlatformConnection


def connection(name: str, written: shape.Connection) -> Connection:
    if isinstance(written, PagerDuty):
        return _pagerduty(name, written)
    supersede = written.supersede == "always"
    match written:
        case shape.Webhook():
            return WebhookConnection(
                name=name,
                secret_env=written.secret_env,
                token_env=written.token_env or "",
                callback_prefix=written.callback_prefix or "",
                link_prefix=written.link_prefix or "",
                supersede=supersede,
                accounts=written.accounts or "",
                oidc=oidc(written.oidc),
                former=former_names(written),
                repositories=written.repositories or (),
            )
        case shape.Github():
            return GithubConnection(
                name=name,
                app_id=written.app_id,
                private_key_env=written.private_key_env,
                webhook_secret_env=written.webhook_secret_env,
                api_url=written.api_url.rstrip("/"),
                web_url=written.web_url.rstrip("/"),
                check=written.check or "",
                check_environment=written.check_environment,
                token_env=written.token_env or "",
                supersede=supersede,
                accounts=written.accounts or "",
                oidc=oidc(written.oidc),
                former=former_names(written),
                repositories=written.repositories or (),
            )
        case _:
            return _platform(name, written)


def _pagerduty(name: str, written: PagerDuty) -> PlatformConnection:
    return PlatformConnection(
        name=name,
        kind=PAGERDUTY,
        url="",
        envs={"webhook_secret": written.webhook_secret_env},
        words={"environment": written.environment},
        lists=written.services,
        former=former_names(written),
    )


def _platform(name: str, written: shape.Platform) -> PlatformConnection:
    more = written.model_dump(
        exclude={
            "kind",
            "url",
            "link_prefix",
            "supersede",
            "accounts",
            "oidc",
            "former",
            "repositories",
        }
    )
    given = {key: value for key, value in more.items() if value is not None}
    return PlatformConnection(
        name=name,
        kind=written.kind,
        url=(written.url or "").rstrip("/"),
        envs={key.removesuffix("_env"): it for key, it in given.items() if key.endswith("_env")},
        words={
            key: str(it)
            for key, it in given.items()
            if not key.endswith("_env") and not isinstance(it, tuple)
        },
        lists={key: it for key, it in given.items() if isinstance(it, tuple)},
        link_prefix=written.link_prefix or "",
        supersede=written.supersede == "always",
        accounts=written.accounts or "",
        oidc=oidc(written.oidc),
        former=former_names(written),
        repositories=written.repositories or (),
    )


def accounts(connection: Connection) -> Accounts:
    """Whose people its messages speak of. What a job states is believed, unless it is said whose."""
    match connection:
        case WebhookConnection():
            return _accounts(connection.accounts, connection.oidc)
        case GithubConnection():
            public = (connection.api_url, connection.web_url) == (PUBLIC_API, PUBLIC_GITHUB)
            ours = GITHUB if public else connection.name
            return _accounts(connection.accounts or ours, connection.oidc, GITHUB)
        case PlatformConnection(kind="gitlab"):
            ours = GITLAB if connection.url == PUBLIC_GITLAB else connection.name
            return _accounts(connection.accounts or ours, connection.oidc, GITLAB)
        case PlatformConnection():
            nobodys = connection.kind in AT_GATE or connection.kind == PAGERDUTY
            ours = "" if nobodys else connection.name
            return _accounts(connection.accounts or ours, connection.oidc)


def _accounts(name: str, proved: Oidc | None, *told: str) -> Accounts:
    """With the word of whoever proves its jobs, unless that is one that everybody knows."""
    word = proved.accounts if proved else ""
    own = () if word in (GITHUB, GITLAB) else (word,)
    return Accounts(name, frozenset({*told, *own} - {""}))

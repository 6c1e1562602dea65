"""While both sides take a new secret, the old one still counts; for nothing else, and no longer."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from bot import config, parts, settings
from bot.cli.check import describe, notes
from bot.clock import system_clock
from bot.config import ConfigError
from bot.config.shape_former import Former
from bot.connections import doors, pipelines, subscribers
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, staged
from bot.pipelines.sealing import seal, unseal_with_any
from bot.pipelines.signatures import secret_key, sign
from bot.ports import Delivery, Request, Response, Unauthenticated, Undelivered
from bot.settings import Settings, SettingsError
from tests.pipelines.github.fake_github import app_key, pem
from tests.pipelines.signoffs import a_signoff

HEAD = "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\ngroups: {all: {members: ada}}\n"
BODY = b"{}"


def whsec(letter: str) -> str:
    return "whsec_" + b64encode(letter.encode() * 32).decode()


NEW, OLD, OTHER = (whsec(letter) for letter in "nox")
"""Long enough to be a secret of any sort."""


def now() -> datetime:
    return system_clock().replace(microsecond=0)


def standard(secret: str) -> dict[str, str]:
    return sign(secret_key(secret), "msg_1", now(), BODY)


def hexed(header: str, prefix: str = "", digest: str = "sha256") -> Callable[[str], Any]:
    def headers(secret: str) -> dict[str, str]:
        return {header: prefix + hmac.digest(secret.encode(), BODY, digest).hex()}

    return headers


def plain(header: str) -> Callable[[str], Any]:
    return lambda secret: {header: secret}


DOORS: dict[tuple[str, str], Callable[[str], dict[str, str]]] = {
    ("kind: webhook, secret_env: NEW", "secret_env"): standard,
    ("kind: jenkins, url: https://ci.example, user: u, api_token_env: API, secret_env: NEW",
     "secret_env"): standard,
    ("kind: github, app_id: 1, private_key_env: KEY, webhook_secret_env: NEW",
     "webhook_secret_env"): hexed("x-hub-signature-256", "sha256="),
    ("kind: gitlab, api_token_env: API, signing_token_env: NEW", "signing_token_env"): standard,
    ("kind: gitlab, api_token_env: API, webhook_secret_env: NEW",
     "webhook_secret_env"): plain("x-gitlab-token"),
    ("kind: gitlab, api_token_env: API, signing_token_env: MORE, status_check_secret_env: NEW",
     "status_check_secret_env"): hexed("x-gitlab-signature"),
    ("kind: azure, url: https://dev.azure.com/acme, header_secret_env: NEW",
     "header_secret_env"): plain("x-countersign-secret"),
    ("kind: terraform-run-task, hmac_key_env: NEW",
     "hmac_key_env"): hexed("x-tfc-task-signature", digest="sha512"),
    ("kind: bitbucket, webhook_secret_env: NEW, api_token_env: API",
     "webhook_secret_env"): hexed("x-hub-signature", "sha256="),
    ("kind: bitbucket-data-center, url: https://git.example, webhook_secret_env: NEW, api_token_env: API",
     "webhook_secret_env"): hexed("x-hub-signature", "sha256="),
    ("kind: gitea, url: https://git.example, webhook_secret_env: NEW, api_token_env: API",
     "webhook_secret_env"): hexed("x-gitea-signature"),
}  # fmt: skip


def read(tmp_path: Path, told: str, **more: str) -> Settings:
    file = tmp_path / "countersign.yaml"
    file.write_text(HEAD + told)
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "NEW": NEW,
            "OLD": OLD,
            "MORE": whsec("m"),
            "API": "token-of-api",
            "KEY": pem(app_key()),
            **more,
        }
    )


async def nowhere(_: Request) -> Response:
    raise AssertionError("nothing leaves the house here")


def adapter(chosen: Settings, send: Any = nowhere) -> Any:
    [made] = pipelines(chosen, now, send).values()
    return made


def is_let_in(pipeline: Any, headers: dict[str, str]) -> bool:
    named = {
        "x-github-delivery": "d1",
        "x-gitea-delivery": "d1",
        "x-request-id": "d1",
        "x-request-uuid": "d1",
    }
    try:
        pipeline.verify(Delivery(headers={**named, **headers}, body=BODY))
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("written", DOORS, ids=lambda it: f"{it[0].split(',')[0]} {it[1]}")
def test_old_and_new_are_let_in_and_without_former_only_the_new(
    tmp_path: Path, written: tuple[str, str]
) -> None:
    told, key = written
    proves = DOORS[written]
    both = adapter(read(tmp_path, f"connections:\n  ci: {{{told}, former: {{{key}: OLD}}}}\n"))
    assert [is_let_in(both, proves(it)) for it in (NEW, OLD, OTHER)] == [True, True, False]
    alone = adapter(read(tmp_path, f"connections:\n  ci: {{{told}}}\n"))
    assert [is_let_in(alone, proves(it)) for it in (NEW, OLD, OTHER)] == [True, False, False]


def test_every_secret_that_may_be_a_former_one_is_tried() -> None:
    tried = {key for _, key in DOORS} | {"token_env"}
    assert tried == set(Former.model_fields)


def test_a_job_may_ask_with_either_token(tmp_path: Path) -> None:
    told = "kind: webhook, secret_env: NEW, token_env: T2, former: {token_env: T1}"
    chosen = read(tmp_path, f"connections:\n  ci: {{{told}}}\n", T1="token-one", T2="token-two")
    found = list(doors(chosen, pipelines(chosen, now, nowhere)))
    assert [(it.connection, it.token) for it in found] == [
        ("ci", b"token-two"),
        ("ci", b"token-one"),
    ]
    assert found[1] == replace(found[0], token=b"token-one")


async def test_who_is_called_back_may_know_either(tmp_path: Path) -> None:
    sent: list[Request] = []

    async def send(request: Request) -> Response:
        sent.append(request)
        return Response(status=204)

    prefix = "callback_prefix: 'https://ci.example/'"
    told = f"kind: webhook, secret_env: NEW, {prefix}, former: {{secret_env: OLD}}"
    chosen = read(tmp_path, f"connections:\n  ci: {{{told}}}\n")
    await adapter(chosen, send).report(a_signoff(reply_to={"callback_url": "https://ci.example/1"}))
    [request] = sent
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(request.body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(request.body, dict(request.headers))


def test_so_may_a_subscriber(tmp_path: Path) -> None:
    told = "url: 'https://lake.example/in', secret_env: NEW, former: {secret_env: OLD}"
    chosen = read(tmp_path, f"subscribers:\n  lake: {{{told}}}\n")
    [lake] = subscribers(chosen, now, nowhere).values()
    assert lake.keys == (secret_key(NEW), secret_key(OLD))  # type: ignore[attr-defined]


def test_what_was_sealed_before_is_opened(tmp_path: Path) -> None:
    """The way back of what waits already: its credential was sealed with the old one."""
    sealed = seal(OLD.encode(), b"a-live-credential", "ci")
    keys = (NEW.encode(), OLD.encode())
    assert unseal_with_any(keys, sealed, "ci") == b"a-live-credential"
    assert unseal_with_any(keys, seal(keys[0], b"x", "ci"), "ci") == b"x"
    for wrong in (keys[:1], (OTHER.encode(),)):
        with pytest.raises(Undelivered):
            unseal_with_any(wrong, sealed, "ci")
    told = "kind: azure, url: https://dev.azure.com/acme, header_secret_env: NEW"
    both = read(tmp_path, f"connections:\n  ci: {{{told}, former: {{header_secret_env: OLD}}}}\n")
    assert adapter(both).secrets == keys


# In Slack.


@pytest.fixture
async def scene(tmp_path: Path) -> Any:
    async with staged(tmp_path) as scene:
        yield scene


OURS = "playground-signing-secret"


@pytest.mark.parametrize(
    ("secrets", "status"),
    [
        ({"SLACK_SIGNING_SECRET": OURS}, 200),
        ({"SLACK_SIGNING_SECRET": "the-new-secret", "SLACK_SIGNING_SECRET_FORMER": OURS}, 200),
        ({"SLACK_SIGNING_SECRET": OURS, "SLACK_SIGNING_SECRET_FORMER": "the-old-secret"}, 200),
        ({"SLACK_SIGNING_SECRET": "the-new-secret"}, 401),
    ],
)
async def test_slack_may_sign_with_either(
    scene: Scene, secrets: dict[str, str], status: int
) -> None:
    scene.environ = secrets
    await scene.start()
    body = json.dumps({"type": "url_verification", "challenge": "x", "token": "t"}).encode()
    stamp = str(int(scene.clock().timestamp()))
    made = hmac.new(OURS.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={made}",
        "Content-Type": "application/json",
    }
    async with scene.http.post(
        f"{scene.address}/slack/events", data=body, headers=headers
    ) as answer:
        assert answer.status == status
    await scene.stop()


async def test_a_press_that_the_old_one_signed_counts(scene: Scene) -> None:
    scene.environ = {"SLACK_SIGNING_SECRET": "the-new-one", "SLACK_SIGNING_SECRET_FORMER": OURS}
    await scene.start()
    signoff = await scene.send(REFUNDS)
    await scene.approve(SENIOR, await scene.shown(signoff))
    await scene.shown(signoff, "was told to go on")
    await scene.stop()


# What is said of it.


def test_check_reminds_of_every_one_that_is_still_accepted(tmp_path: Path) -> None:
    told = "kind: webhook, secret_env: NEW, former: {secret_env: OLD}"
    chosen = read(
        tmp_path, f"connections:\n  ci: {{{told}}}\n", SLACK_SIGNING_SECRET_FORMER="the-old-secret"
    )
    said = describe(chosen.config, remarks=parts.remarks(chosen))
    assert "note: ci still accepts its former secret_env: take `former` out once" in said
    assert "note: SLACK_SIGNING_SECRET_FORMER is still accepted: unset it" in said
    assert OLD not in said
    quiet = read(tmp_path, "connections:\n  ci: {kind: webhook, secret_env: NEW}\n")
    assert not [
        it for it in (*notes(quiet.config), *parts.remarks(quiet)) if "former" in it.lower()
    ]


def test_an_old_one_is_as_secret_as_a_new_one(tmp_path: Path) -> None:
    told = "kind: webhook, secret_env: NEW, former: {secret_env: OLD}"
    chosen = read(
        tmp_path, f"connections:\n  ci: {{{told}}}\n", SLACK_SIGNING_SECRET_FORMER="the-old-secret"
    )
    assert {OLD, "the-old-secret"} <= set(chosen.hidden)
    assert OLD not in repr(chosen)
    assert "the-old-secret" not in repr(chosen)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("former: {}", "former names nothing"),
        ("former: {token_env: OLD}", "former has a token_env, and there is no new token_env"),
        ("former: {api_token_env: OLD}", "unknown key"),
        ("former: {secret_env: NEW}", "is the variable of connections.ci.secret_env already"),
        ("former: {secret_env: SLACK_SIGNING_SECRET}", "is Countersign's own"),
        ("former: {secret_env: hush-hush}", "must be the name of an environment variable"),
    ],
)
def test_what_makes_no_sense_is_told(told: str, why: str) -> None:
    good = f"{HEAD}connections:\n  ci: {{kind: webhook, secret_env: NEW, former: {{secret_env: OLD}}}}\n"
    assert config.load(good)
    with pytest.raises(ConfigError) as refused:
        config.load(good.replace("former: {secret_env: OLD}", told))
    assert any(why in str(mistake) for mistake in refused.value.mistakes)


@pytest.mark.parametrize("value", ["", "short", "whsec_short"])
def test_an_old_one_is_no_weaker(tmp_path: Path, value: str) -> None:
    told = "kind: webhook, secret_env: NEW, former: {secret_env: OLD}"
    with pytest.raises(SettingsError, match="OLD: "):
        read(tmp_path, f"connections:\n  ci: {{{told}}}\n", OLD=value)
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET_FORMER: "):
        read(tmp_path, "", SLACK_SIGNING_SECRET_FORMER="short" if value else "")

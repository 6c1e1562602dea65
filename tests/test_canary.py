"""Is any secret of ours in anything that leaves the house, or stays in it? The whole story is played, with
all that can go wrong in it; then everything is searched that anybody could have seen.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import logs
from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, FALLBACK_CHANNEL, SENIOR, TOKEN, Scene, staged
from bot.playground.faults import Fault
from tests.clocks import QUICKLY, MovableClock
from tests.hostile.slack import SECRET as SLACK_SECRET
from tests.hostile.slack import signed
from tests.pipelines.github.fake_github import app_key, pem
from tests.web.ci import HOOK, SIGNOFFS, Ci

ROOT = Path(__file__).parents[1]
NOWHERE = "http://127.0.0.1:9"
MORE = f"""\
connections:
  hub: {{kind: github, app_id: 7, private_key_env: HUB_KEY, webhook_secret_env: HUB_HOOK, token_env: HUB_TOKEN, api_url: "{NOWHERE}"}}
  lab: {{kind: jenkins, url: "{NOWHERE}", user: countersign, api_token_env: LAB_TOKEN, secret_env: LAB_SECRET, former: {{secret_env: LAB_FORMER}}}}
"""
SUBSCRIBERS = f'subscribers: {{lake: {{url: "{NOWHERE}/in", secret_env: LAKE_SECRET, events: [created, closed]}}}}\n'
PLANTED = {
    "HUB_HOOK": "canary-of-the-hub-hook",
    "HUB_TOKEN": "canary-of-the-hub-token",
    "LAB_TOKEN": "canary-of-the-lab-token",
    "LAB_SECRET": "whsec_" + base64.b64encode(b"canary of the lab, long enough!!").decode(),
    "LAB_FORMER": "whsec_" + base64.b64encode(b"canary of the lab before, long..").decode(),
    "SLACK_SIGNING_SECRET_FORMER": "canary-of-slack-before",
    "LAKE_SECRET": "whsec_" + base64.b64encode(b"canary of the lake, long enough!").decode(),
}
OF_STRANGERS = ("canary-of-a-stranger-1", "xoxb-canary-of-a-stranger", "canary.of.a.job")
"""What others sent us, and have a right to be silent about."""


def forms_of(secret: str) -> Iterator[str]:
    """As it is, and as it looks where somebody wrote it down in another way."""
    lines = [line for line in secret.splitlines() if len(line) > 20 and "-----" not in line]
    for one in (secret, *lines):
        yield from (one, repr(one)[1:-1], json.dumps(one)[1:-1], quote(one, safe=""))
        yield base64.b64encode(one.encode()).decode().rstrip("=")[:-1]
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        yield from (secret.removeprefix("whsec_"), repr(key)[2:-1], key.hex())


def leaks(secrets: Mapping[str, str], outputs: Mapping[str, bytes]) -> list[str]:
    """Which secret is in which output; nothing, if none is."""
    found = []
    for name, secret in secrets.items():
        for form in {it for it in forms_of(secret) if len(it) >= 8}:
            found += [
                f"{name} in {where}" for where, said in outputs.items() if form.encode() in said
            ]
    return sorted(set(found))


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Filled once `logs.configure` has been told of it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def scene(tmp_path: Path, logged: io.StringIO) -> AsyncIterator[Scene]:
    """A house with a secret for everything, whose log is kept at its loudest."""
    keys = {"HUB_KEY": pem(app_key()), "COUNTERSIGN_WEBHOOK_KEY": _ed25519()}
    environ = {**PLANTED, **keys}
    clock = MovableClock()
    async with staged(tmp_path, environ=environ, clock=clock, patience=QUICKLY) as scene:
        scene.config = scene.config.replace("connections:\n", MORE) + SUBSCRIBERS
        logs.configure(scene.settings().hidden, logged, logging.DEBUG)
        await scene.start()
        yield scene


def _ed25519() -> str:
    key = Ed25519PrivateKey.from_private_bytes(b"canary of the key of callbacks..")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def secrets_of(scene: Scene) -> dict[str, str]:
    key = next(scene.folder.glob("*.key.pem")).read_text()
    known = {f"setting {number}": it for number, it in enumerate(scene.settings().hidden)}
    said = {f"a stranger's {number}": it for number, it in enumerate(OF_STRANGERS)}
    return {**known, **said, "signing key": key, "token": TOKEN, "Slack": SLACK_SECRET}


class Ears(Ci):
    """Remembers all that was answered."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.answers: list[bytes] = []

    async def ask(self, *what: Any, **more: Any) -> Any:
        heard = await super().ask(*what, **more)
        self.answers.append(json.dumps(dict(heard.headers)).encode() + heard.body)
        return heard


async def all_goes_well(ci: Ears, scene: Scene) -> str:
    """Announced, asked for, looked into, rejected and approved; the id of the last one."""
    first = await scene.send(REFUNDS)
    card = await scene.shown(first)
    await scene.press(SENIOR, card, "Details")
    await scene.press(SENIOR, card, "Reject")
    await scene.slack.submit(SENIOR, {"choice": "other", "reason": "No test."})
    await scene.shown(first, "Rejected")
    await scene.slack.command(SENIOR, "/signoff", "mine", CHANNEL)
    await scene.slack.open_home(SENIOR)
    second = await scene.send({**REFUNDS, "repository": "acme/payments-web"})
    await scene.approve(SENIOR, await scene.shown(second))
    await scene.shown(second, "was told to go on")
    for path in (
        f"{SIGNOFFS}/{second}",
        f"{SIGNOFFS}/{second}/attestation",
        f"{SIGNOFFS}/{second}/explanation",
    ):
        assert (await ci.get(path)).status == 200
    return second


async def strangers_come(ci: Ears, scene: Scene) -> None:
    """With wrong secrets, and with ours in the wrong place."""
    hidden = [*OF_STRANGERS, *scene.settings().hidden]
    for secret in (it for it in hidden if it.isprintable()):
        for path in (
            HOOK,
            SIGNOFFS,
            "/hooks/hub",
            "/hooks/lab",
            "/slack/events",
            f"/{quote(secret, safe='')}",
        ):
            await ci.ask(
                "POST",
                path,
                {"Authorization": f"Bearer {secret}", "webhook-signature": secret},
                secret.encode(),
            )
    body = (
        b"payload="
        + quote(json.dumps({"type": "block_actions", "token": OF_STRANGERS[0]})).encode()
    )
    await ci.ask("POST", "/slack/events", signed(body, scene.clock(), secret=OF_STRANGERS[1]), body)
    await ci.ask("POST", "/slack/events", signed(body, scene.clock()), body)
    await ci.post(f'{{"type": "change.ready", "data": {{"key": "{OF_STRANGERS[0]}"}}}}'.encode())


async def neighbours_fail(ci: Ears, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack answers nonsense, pipelines are gone, and something of ours breaks with a secret in hand."""
    card = await scene.shown(await scene.send(REFUNDS))
    for fault in (
        Fault.SERVER_ERROR,
        Fault.HTML(502),
        Fault.ERROR("invalid_auth"),
        Fault.CUT_RESPONSE,
    ):
        scene.slack.fail("chat.postMessage", fault, times=1)
        scene.slack.fail("users.info", fault, times=1)
        await scene.send(REFUNDS)
        await scene.press(SENIOR, card, "Details")
        await scene.house.settle()
    scene.slack.heal()

    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"cannot sign in with {TOKEN}: {scene.secret} {PLANTED}")

    with monkeypatch.context() as broken:
        broken.setattr(type(scene.house.board), "signoff", breaks)
        assert (await ci.get(f"{SIGNOFFS}/sgn_x")).status == 500
        assert (await ci.ask("GET", "/readyz")).status in (200, 503)
    for path in ("/metrics", "/healthz", "/readyz", "/api/v1/openapi.json"):
        await ci.ask("GET", path)
    await scene.house.settle()


COMMANDS = (
    ("check", "--json"), ("outbox",), ("serve",), ("request", "--token-env", "HUB_TOKEN", "--url", NOWHERE),
)  # fmt: skip


async def commands(scene: Scene) -> dict[str, bytes]:
    """All that they say, of a house that runs, and of one whose settings are wrong."""
    environ = {**scene.variables(), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    wrong = environ | {"PORT": "x", "HUB_HOOK": "canary ", "LAB_SECRET": PLANTED["HUB_TOKEN"]}
    asked = [*((words, environ) for words in COMMANDS), (("check",), wrong), (("serve",), wrong)]
    said = await asyncio.gather(*(_said(scene.folder, *it) for it in asked))
    return {f"countersign {' '.join(it[0])} {n}": said[n] for n, it in enumerate(asked)}


async def _said(folder: Path, words: tuple[str, ...], environ: Mapping[str, str]) -> bytes:
    what = (sys.executable, "-m", "bot", *words)
    process = await asyncio.create_subprocess_exec(
        *what, env=environ, cwd=folder, stdout=PIPE, stderr=STDOUT, stdin=DEVNULL
    )
    said, _ = await process.communicate()
    assert said
    return said


def outputs(ci: Ears, scene: Scene, logged: io.StringIO) -> dict[str, bytes]:
    """Everything that anybody could have seen."""
    slack, told = scene.slack, scene.pipeline.heard
    seen: dict[str, object] = {
        "calls to Slack": slack.calls,
        "cards": [slack.messages(it) for it in (CHANNEL, FALLBACK_CHANNEL)],
        "whispers": slack.ephemerals(SENIOR),
        "callbacks": [(it.id, it.body) for it in told],
        "reprs": [scene.settings(), scene.house, scene.house.store],
    }
    stored = {
        it.name: it.read_bytes() for it in scene.folder.glob("countersign.db*") if it.is_file()
    }
    return {
        **{name: repr(it).encode() for name, it in seen.items()},
        **{name: it for name, it in stored.items() if it},
        "log": logged.getvalue().encode(),
        "answers": b"\n".join(ci.answers),
    }


@pytest.mark.timeout(180)
async def test_no_secret_is_in_anything_that_leaves_or_stays(
    scene: Scene, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    ci = Ears(scene)
    await all_goes_well(ci, scene)
    await strangers_come(ci, scene)
    await neighbours_fail(ci, scene, monkeypatch)
    found = outputs(ci, scene, logged)
    assert min(map(len, found.values())) > 500
    found |= await commands(scene)
    assert "RuntimeError" in logged.getvalue()
    assert leaks(secrets_of(scene), found) == []


async def test_what_is_planted_is_found(scene: Scene, logged: io.StringIO) -> None:
    """In the log, on a card and in the database, in whatever form."""
    ci, secrets = Ears(scene), secrets_of(scene)
    assert leaks(secrets, {"log": b"all is well"}) == []
    for name, secret in secrets.items():
        for form in forms_of(secret):
            assert (
                leaks({name: secret}, {"x": f"<{form}>".encode()}) == [f"{name} in x"]
                or len(form) < 8
            )
    await scene.shown(await scene.send(REFUNDS, title=f"See {PLANTED['HUB_HOOK']}"))
    assert {"calls to Slack", "cards"} <= {
        it.rpartition(" in ")[2] for it in leaks(PLANTED, outputs(ci, scene, logged))
    }

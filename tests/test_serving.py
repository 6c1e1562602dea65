"""`countersign serve` and `check` as an operator runs them: a process, its environment, its signals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.demo.scene import SENIOR, TOKEN, Scene, staged
from bot.signing import verify
from tests.web.ci import BEARER, HOOK, OTHER_SECRET, SIGNOFFS, Ci, request

ROOT = Path(__file__).parents[1]
SOON = 25
"""Seconds that a platform gives a process to start or to stop, at the least."""

KEY = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


@dataclass(slots=True)
class Running:
    """A process that serves, and what it said so far."""

    process: Process
    said: list[str] = field(default_factory=list)

    async def until(self, event: str) -> dict[str, Any]:
        """The first line of the log that begins so."""
        async with asyncio.timeout(SOON):
            while line := await self._line():
                if json.loads(line)["event"].startswith(event):
                    return dict(json.loads(line))
        raise AssertionError(f"it ended without {event!r}: {self.said}")

    async def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, hear the rest, and give its exit code."""
        self.process.send_signal(with_signal)
        async with asyncio.timeout(SOON):
            while await self._line():
                pass
            return await self.process.wait()

    async def _line(self) -> str:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        self.said += [line] if line else []
        return line


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Slack and a pipeline; the house is a process of its own."""
    async with staged(tmp_path, environ={"COUNTERSIGN_SIGNING_KEY": KEY}) as scene:
        yield scene


@pytest.fixture
def ci(scene: Scene) -> Ci:
    return Ci(scene)


async def _begin(command: str, environ: Mapping[str, str], *options: str) -> Process:
    """Standard error goes where standard output goes."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", command, *options,
        cwd=ROOT, env=dict(environ), stdout=PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def _ran(command: str, environ: Mapping[str, str], *options: str) -> tuple[int, str]:
    """Exit code and everything it said."""
    process = await _begin(command, environ, *options)
    async with asyncio.timeout(SOON):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@asynccontextmanager
async def serving(scene: Scene, **environ: str) -> AsyncIterator[Running]:
    """It serves, and is stopped at the end if it still runs."""
    running = Running(await _begin("serve", scene.variables() | environ))
    try:
        await running.until("serving")
        scene.slack.connect(f"{scene.address}/slack/events")
        yield running
    finally:
        if running.process.returncode is None:
            running.process.kill()
        await running.process.communicate()


# Starting and stopping.


async def test_it_starts_answers_and_stops(scene: Scene, ci: Ci):
    async with serving(scene) as house:
        assert (await ci.ask("GET", "/readyz")).said == {"status": "ready"}
        signoff_id = (await ci.post(ci.message())).said["id"]
        await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
        await scene.shown(signoff_id, "was told to go on")
        assert await house.end() == 0
    assert "stopping" in [json.loads(line)["event"] for line in house.said]


async def test_ctrl_c_is_a_good_end_too(scene: Scene):
    async with serving(scene) as house:
        assert await house.end(signal.SIGINT) == 0


async def test_told_to_stop_it_lets_the_waiting_go_and_loses_nothing(scene: Scene, ci: Ci):
    scene.pipeline.down = True
    async with serving(scene) as house:
        decided = (await ci.post(ci.message(environment="staging"))).said["id"]
        await scene.press(SENIOR, await scene.shown(decided), "Approve")
        await scene.slack.wait_for(lambda: scene.pipeline.heard)
        pending = (await ci.post(ci.message())).said["id"]
        card = await scene.shown(pending)
        waiting = await _asks_and_waits(ci, pending)
        assert await house.end() == 0
        status, said = await waiting
        assert (status, said["status"]) == (200, "pending")

    scene.pipeline.down = False
    async with serving(scene) as house:
        await scene.slack.wait_for(lambda: scene.pipeline.heard[-1].accepted, timeout=30)
        await scene.press(SENIOR, card, "Approve")
        await scene.shown(pending, "was told to go on")
        assert await house.end() == 0
    assert {heard.id for heard in scene.pipeline.heard} == {
        f"msg_{decided}_approved",
        f"msg_{pending}_approved",
    }


async def test_told_to_stop_in_the_middle_of_a_crowd_it_keeps_what_it_acknowledged(
    scene: Scene, ci: Ci
):
    async with serving(scene) as house:
        asking = [asyncio.create_task(ci.announce_by_token(environment=f"e{n}")) for n in range(8)]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert await house.end() == 0
        answers = await asyncio.gather(*asking, return_exceptions=True)
    acknowledged = [
        a.said["id"] for a in answers if not isinstance(a, BaseException) and a.status == 202
    ]
    assert acknowledged
    async with serving(scene):
        for signoff_id in acknowledged:
            assert (await ci.get(f"{SIGNOFFS}/{signoff_id}")).status == 200
            await scene.shown(signoff_id)


async def test_killed_it_goes_on_where_it_was(scene: Scene, ci: Ci):
    async with serving(scene) as house:
        signoff_id = (await ci.post(ci.message())).said["id"]
        card = await scene.shown(signoff_id)
        assert await house.end(signal.SIGKILL) == -signal.SIGKILL
    async with serving(scene):
        await scene.press(SENIOR, card, "Approve")
        await scene.shown(signoff_id, "was told to go on")


async def test_the_key_that_is_set_signs(scene: Scene, ci: Ci):
    async with serving(scene):
        signoff_id = (await ci.post(ci.message())).said["id"]
        await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
        heard = await ci.get(f"{SIGNOFFS}/{signoff_id}/attestation")
        async with asyncio.timeout(SOON):
            while heard.status == 404:
                heard = await ci.get(f"{SIGNOFFS}/{signoff_id}/attestation")
    (scene.folder / "own.key.pem").write_text(KEY)
    assert "predicate" in verify(heard.body.decode(), scene.public_key())


# What stops the start, and how it is said.


async def test_a_second_one_on_the_same_database_is_sent_away(scene: Scene, ci: Ci):
    async with serving(scene):
        code, said = await _ran("serve", scene.variables() | {"PORT": "1"})
        assert code == 1
        assert "Countersign cannot start" in said
        assert "another process is using this database" in said
        assert "Traceback" not in said
        await ci.loses_nothing()


async def test_a_server_that_is_not_there_is_told_in_words(scene: Scene):
    url = "postgresql://user:canary-password@127.0.0.1:1/countersign"
    code, said = await _ran("serve", scene.variables() | {"DATABASE_URL": url})
    assert code == 1
    assert "DATABASE_URL" in said
    assert "onnection refused" in said
    assert "canary" not in said
    assert "Traceback" not in said


SECRETS = (
    "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "PAYMENTS_CI_SECRET",
    "PAYMENTS_CI_TOKEN",
)  # fmt: skip


@pytest.mark.parametrize("command", ["serve", "check"])
@pytest.mark.parametrize("value", [None, "", "   "])
async def test_missing_secrets_are_all_named_at_once(scene: Scene, command: str, value: str | None):
    environ = {name: v for name, v in scene.variables().items() if name not in SECRETS}
    if value is not None:
        environ |= dict.fromkeys(SECRETS, value)
    code, said = await _ran(command, environ)
    assert code == 1
    assert f"{len(SECRETS)} problems" in said.splitlines()[0]
    assert all(name in said for name in SECRETS)
    assert len(said.splitlines()) == len(SECRETS) + 1
    assert said.count("is set but empty" if value is not None else "is not set") == len(SECRETS)


async def test_wrong_values_are_named_and_never_shown(scene: Scene):
    wrong = dict.fromkeys((*SECRETS, "COUNTERSIGN_SIGNING_KEY", "DATABASE_URL", "PORT"), "canary x")
    code, said = await _ran("serve", scene.variables() | wrong)
    assert code == 1
    assert all(name in said for name in wrong)
    assert "canary" not in said
    assert "Traceback" not in said


async def test_a_signing_key_of_another_kind_is_refused_in_words(scene: Scene):
    key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"
    code, said = await _ran("serve", scene.variables() | {"COUNTERSIGN_SIGNING_KEY": key})
    assert code == 1
    assert "COUNTERSIGN_SIGNING_KEY: cannot read the signing key" in said
    assert "canary" not in said


async def test_a_folder_that_is_not_there_is_made(scene: Scene, ci: Ci):
    database = scene.folder / "data" / "deep" / "x.db"
    environ = scene.variables() | {"DATABASE_URL": f"sqlite:///{database}"}
    del environ["COUNTERSIGN_SIGNING_KEY"]
    running = Running(await _begin("serve", environ))
    await running.until("serving")
    await ci.loses_nothing()
    assert await running.end() == 0
    assert sorted(path.suffix for path in database.parent.glob("x*")) == [".db", ".lock", ".pem"]


MISTAKES = {
    "channel: C0PLAT": "chanel: C0PLAT",
    "expire: 2m": "expire: soon",
    "approvals: 2": "approvals: two",
}


@pytest.mark.parametrize("command", ["serve", "check"])
async def test_mistakes_in_the_config_are_all_told_with_their_lines(scene: Scene, command: str):
    lines = []
    for right, wrong in MISTAKES.items():
        scene.config = scene.config.replace(right, wrong, 1)
        lines.append(scene.config[: scene.config.index(wrong)].count("\n") + 1)
    code, said = await _ran(command, scene.variables())
    assert code == 1
    assert "3 problems" in said
    assert [line for line in lines if f"line {line}:" in said] == lines
    assert "Traceback" not in said


# Looking at it dry.


async def test_check_says_what_is_configured(scene: Scene):
    code, said = await _ran("check", scene.variables())
    assert code == 0
    assert "people       5" in said
    assert "payments-ci: webhook" in said
    Ci(scene).check_secrecy(said)


async def test_check_says_it_to_programs_too(scene: Scene):
    code, said = await _ran("check", scene.variables(), "--json")
    assert code == 0
    document = json.loads(said)
    assert document["ok"] is True
    assert document["connections"] == {"payments-ci": "webhook"}
    wrong = await _ran("check", scene.variables() | {"PORT": "x"}, "--json")
    assert (wrong[0], json.loads(wrong[1])["ok"]) == (1, False)
    assert json.loads(wrong[1])["problems"] == ["PORT: must be a number from 1 to 65535"]


async def test_check_touches_nothing(scene: Scene):
    environ = scene.variables()
    before = sorted(scene.folder.iterdir())
    await _ran("check", environ)
    assert sorted(scene.folder.iterdir()) == before


# The log.

CANARY = "canary-in-what-was-sent"


def _secrets(scene: Scene) -> Iterator[str]:
    yield from (TOKEN, scene.secret, scene.secret.removeprefix("whsec_"))
    yield from ("xoxb-playground", "playground-signing-secret", OTHER_SECRET.removeprefix("whsec_"))
    yield from (line for line in KEY.splitlines() if not line.startswith("-"))


async def test_the_log_is_json_lines_without_secrets_and_bodies(scene: Scene, ci: Ci):
    async with serving(scene) as house:
        body = ci.message(description=CANARY, environment="staging")
        signed = ci.signed(body)
        for name in signed:
            await ci.post(body, signed | {name: f"{signed[name]} {TOKEN} {scene.secret} {CANARY}"})
        await ci.post(body, ci.signed(body, secret=OTHER_SECRET))
        await ci.post(b'{"type": "' + CANARY.encode() + b'", "type": 1}')
        await ci.post(ci.message(**{CANARY: CANARY}))
        await ci.ask("GET", f"{SIGNOFFS}/{CANARY}?wait={CANARY}&token={TOKEN}", BEARER)
        await ci.ask("GET", f"{SIGNOFFS}/x", {"Authorization": f"Bearer {TOKEN}{CANARY}"})
        await ci.wire(f"BREW /{CANARY} {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        await ci.wire(
            request("POST", HOOK, [("Content-Length", "99")], CANARY.encode()), hang_up=True
        )
        await ci.post(f"payload={CANARY}".encode(), {"X-Slack-Signature": CANARY}, "/slack/events")
        scene.pipeline.answers = [500]
        signoff_id = (await ci.post(body, signed)).said["id"]
        await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
        await scene.slack.wait_for(lambda: scene.pipeline.heard)
        scene.slack.down = True
        await ci.post(ci.message(description=CANARY))
        await house.until("card C0PAY of")
        assert await house.end() == 0
    for line in house.said:
        entry = json.loads(line)
        assert {"event", "level", "timestamp", "logger"} <= entry.keys()
    told = "".join(house.said)
    assert [secret for secret in _secrets(scene) if secret in told] == []
    assert CANARY not in told


async def _asks_and_waits(ci: Ci, signoff_id: str) -> asyncio.Task[tuple[int, Any]]:
    """A job that waits on the line; what it is answered."""
    from_job = asyncio.create_task(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30"))
    assert (await ci.get(f"{SIGNOFFS}/{signoff_id}?wait=1")).status == 200  # it waits as well

    async def answered() -> tuple[int, Any]:
        heard = await from_job
        return heard.status, heard.said

    return asyncio.create_task(answered())

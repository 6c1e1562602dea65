"""GitHub holds a job; a senior's click lets it go on, and GitHub answers 204."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from bot.demo.scene import AT_ONCE, CHANNEL, SENIOR, Scene, playing, reading
from bot.domain.signoff import Signoff
from bot.playground.things import Message
from bot.ports import Delivery
from storage import places
from storage.store import Session
from storage.tables import InboxRow
from tests.clocks import QUICKLY, MovableClock
from tests.pipelines.github.fake_github import BASE, FakeGitHub, a_commit, a_file
from tests.pipelines.signoffs import a_signoff

SHA = "4f" * 20
SECRET = "a-webhook-secret-of-the-tests"
RUN = "/repos/acme/payments-api/actions/runs/4711"
ANSWER = f"POST {RUN}/deployment_protection_rule"
CONNECTION = """\
  github:
    kind: github
    app_id: 1234
    private_key_env: GITHUB_APP_KEY
    webhook_secret_env: GITHUB_WEBHOOK_SECRET
    api_url: API_URL
    web_url: https://github.acme.example
slas:
"""
BY_CLAUDE = "Retry refunds\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The house of the scene, and the GitHub it talks to."""

    scene: Scene
    github: FakeGitHub

    async def knock(self, delivery: Delivery) -> int:
        status, _ = await self.scene.post("/hooks/github", delivery.body, delivery.headers)
        return status

    async def signoff(self) -> Signoff:
        [signoff] = await self.scene.house.board.recent()
        return signoff

    async def went_on_before(self, revision: str) -> None:
        """What is deployed now is compared with it."""
        earlier = a_signoff()
        there = {"repository": "acme/payments-api", "environment": "production"}
        change = replace(earlier.change, connection="github", revision=revision, **there)
        signoff = replace(earlier, change=change)

        def goes_on(session: Session) -> None:
            places.keep(session, signoff)
            places.goes_on(session, signoff)

        await self.scene.house.store.write(goes_on)

    async def card(self) -> Message:
        """The card, once a job waits and its facts are fetched."""
        assert await self.knock(self.github.rule_delivery(sha=SHA)) == 202
        await self.scene.slack.wait_for(lambda: self.scene.slack.cards(CHANNEL), timeout=10)
        return await self.scene.shown((await self.signoff()).id, "Sign-off needed")

    async def says(self, words: str) -> str:
        card = await self.scene.shown((await self.signoff()).id, words)
        return reading(card.blocks)

    async def stored(self) -> int:
        """How many deliveries and clicks the house remembers."""
        query = select(func.count()).select_from(InboxRow)
        return await self.scene.house.store.read(lambda session: session.exec(query).one())

    async def remarked(self) -> int:
        """How often it was told that it waits, once it was."""
        await self.scene.slack.wait_for(lambda: self.github.remarks)
        return len(self.github.remarks)

    def answers(self) -> int:
        """Without the remark that it waits."""
        return self.github.calls.count(ANSWER) - len(self.github.remarks)


@pytest.fixture
async def meeting(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Meeting]:
    async with FakeGitHub(clock=clock, webhook_secret=SECRET.encode()) as github:
        signed = a_commit(SHA)
        signed["commit"] |= {"message": BY_CLAUDE}
        github.add_pull(12, head=SHA, title="Retry refunds that time out", commits=[signed])
        connection = CONNECTION.replace("API_URL", github.api_url)
        environ = {"GITHUB_APP_KEY": github.private_key, "GITHUB_WEBHOOK_SECRET": SECRET}
        async with playing(
            tmp_path,
            clock=clock,
            patience=QUICKLY,
            config=AT_ONCE.replace("slas:\n", connection),
            environ=environ,
        ) as scene:
            meeting = Meeting(scene=scene, github=github)
            await meeting.went_on_before(BASE)
            yield meeting


async def test_the_next_is_compared_with_what_went_on(meeting: Meeting):
    """Also what was merged before it, and never asked about since its run was cancelled."""
    card = await meeting.card()
    assert (await meeting.scene.press(SENIOR, card, "Approve")).ok
    await meeting.says("was told to go on")

    unseen, newest = "3e" * 20, "2d" * 20
    hidden = a_commit(unseen, commit={"message": BY_CLAUDE})
    merged, pay = {"merged_at": "2026-11-21T10:00:00Z"}, a_file("payments/unseen.py")
    meeting.github.add_pull(13, head=unseen, commits=[hidden], files=[pay], **merged)
    meeting.github.add_pull(14, head=newest, title="A comma", files=[a_file("README.md")], **merged)
    both = [hidden, a_commit(newest)]
    meeting.github.between(SHA, newest, commits=both, files=[pay, a_file("README.md")])
    assert await meeting.knock(meeting.github.rule_delivery(sha=newest, run_id=4712)) == 202
    await meeting.scene.slack.wait_for(lambda: len(meeting.scene.slack.cards(CHANNEL)) == 2)

    recent = await meeting.scene.house.board.recent()
    [signoff] = [it for it in recent if it.change.revision == newest]
    said = reading((await meeting.scene.shown(signoff.id, "A comma")).blocks)
    assert "payments/unseen.py" in said
    assert "Claude" in said
    assert (signoff.change.base_revision, signoff.change.files_complete) == (SHA, True)
    assert signoff.change.commits_complete


async def test_the_first_of_all_is_not_known_in_full(meeting: Meeting):
    await meeting.went_on_before("")
    card = await meeting.card()
    assert "not all of its commits are known" in reading(card.blocks)


async def test_the_whole_way(meeting: Meeting):
    card = await meeting.card()
    assert await meeting.remarked() == 1
    said = reading(card.blocks)
    for fact in ("Retry refunds that time out", "Jun Ito", "Claude", "refunds/retry.py"):
        assert fact in said

    answer = await meeting.scene.press(SENIOR, card, "Approve")
    assert answer.ok

    await meeting.says("was told to go on")
    signoff = await meeting.signoff()
    assert signoff.report is not None
    assert signoff.report.accepted
    [decision] = meeting.github.decisions
    assert (decision.run_id, decision.environment, decision.state) == (
        4711,
        "production",
        "approved",
    )
    assert signoff.id in decision.comment
    assert "`ada` approved" in decision.comment
    assert meeting.answers() == 1


async def test_a_delivery_sent_again_changes_nothing(meeting: Meeting):
    delivery = meeting.github.rule_delivery(sha=SHA)
    assert await meeting.knock(delivery) == 202
    await meeting.scene.slack.wait_for(lambda: meeting.scene.slack.cards(CHANNEL))
    await meeting.scene.house.heartbeat.beat()
    asked = len(meeting.github.calls)

    assert await meeting.knock(delivery) == 202
    await meeting.scene.house.heartbeat.beat()
    await meeting.scene.house.settle()

    assert len(meeting.github.calls) == asked
    assert await meeting.stored() == 1
    assert len(meeting.scene.slack.cards(CHANNEL)) == 1
    assert (await meeting.signoff()).change.revision == SHA


async def test_a_hook_sent_again_by_hand_is_the_same_signoff(meeting: Meeting):
    """Another delivery id, and the same run: it is read, and known."""
    await meeting.card()
    assert await meeting.knock(meeting.github.rule_delivery(sha=SHA)) == 202
    await meeting.scene.house.heartbeat.beat()
    await meeting.scene.house.settle()

    assert await meeting.stored() == 2
    assert (await meeting.scene.house.board.backlog())["unread"] == 0
    assert len(meeting.scene.slack.cards(CHANNEL)) == 1
    await meeting.signoff()


async def test_facts_that_cannot_be_had_now_are_asked_for_again(meeting: Meeting):
    meeting.github.fail(f"GET {RUN}", 503, times=2)

    await meeting.card()

    seen = await meeting.remarked()
    assert meeting.github.calls.count(f"GET {RUN}") == 3 + seen


async def test_an_answer_that_github_does_not_take_now_is_given_again(meeting: Meeting):
    card = await meeting.card()
    await meeting.remarked()
    meeting.github.fail(ANSWER, 503, times=2)
    await meeting.scene.press(SENIOR, card, "Approve")

    await meeting.says("was told to go on")
    assert meeting.answers() == 3
    assert [decision.state for decision in meeting.github.decisions] == ["approved"]


async def test_a_rejection_says_why_and_calls_nobody(meeting: Meeting):
    reason = "Ask @acme/security, see #7, `and` **then** <https://evil.example>."
    await meeting.scene.press(SENIOR, await meeting.card(), "Reject")
    await meeting.scene.slack.submit(SENIOR, {"choice": "other", "reason": reason})

    await meeting.says("was told to stop")
    [decision] = meeting.github.decisions
    assert decision.state == "rejected"
    quoted = reason.replace("`", "'")
    assert f"`ada` rejected: `{quoted}`" in decision.comment
    outside = re.sub("`[^`\n]*`", "", decision.comment)
    assert not any(active in outside for active in ("@", "#", "<", "`", "evil"))


async def test_a_run_that_no_longer_waits_is_told_of_on_the_card(meeting: Meeting):
    card = await meeting.card()
    await meeting.remarked()
    meeting.github.fail(ANSWER, 422, body=b'{"message": "No pending deployment"}')
    await meeting.scene.press(SENIOR, card, "Approve")

    await meeting.says("did not accept our answer")
    await meeting.scene.house.settle()
    assert meeting.answers() == 1
    assert (await meeting.scene.house.board.backlog())["parked"] == 1


def _forged(delivery: Delivery, **headers: str) -> Delivery:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(headers={**delivery.headers, **changed}, body=delivery.body)


FORGERIES: dict[str, Any] = {
    "of nobody": lambda d: _forged(d, x_hub_signature_256=""),
    "of zeros": lambda d: _forged(d, x_hub_signature_256="sha256=" + "0" * 64),
    "of another length": lambda d: _forged(d, x_hub_signature_256="sha256=00"),
    "of another body": lambda d: Delivery(headers=d.headers, body=d.body + b" "),
    "without an id": lambda d: _forged(d, x_github_delivery=""),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_delivery_is_refused_and_not_stored(meeting: Meeting, forge: Any):
    genuine = meeting.github.rule_delivery(sha=SHA)

    assert await meeting.knock(forge(genuine)) == 401
    await meeting.scene.house.heartbeat.beat()

    assert await meeting.stored() == 0
    assert [call for call in meeting.github.calls if "/app/hook" not in call] == []


async def test_its_twin_is_stored(meeting: Meeting):
    await meeting.card()

    assert await meeting.stored() == 1

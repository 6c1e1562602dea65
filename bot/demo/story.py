"""What happens to a change, told step by step? Every step is checked as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TextIO

from bot import signing
from bot.demo.changes import CANARY, LEDGER, POOL, REFUNDS
from bot.demo.scene import AUTHOR, CHANNEL, GUEST, OTHER_SENIOR, SENIOR, Scene, reading
from bot.domain.events import Opened
from bot.domain.lifecycle import replay
from bot.playground.things import Message


@dataclass(slots=True)
class Teller:
    """Writes each step down, and remembers whether it was so."""

    out: TextIO
    as_json: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        if not self.as_json:
            self.out.write(f"\n{title}\n")

    def step(self, sentence: str, was_so: bool, said: str = "") -> None:
        """`said` are words somebody read."""
        self.steps.append({"step": sentence, "ok": bool(was_so), "said": said})
        if not self.as_json:
            self.out.write(f"  {'✓' if was_so else '✗ NOT SO:'} {sentence}\n")
            if said:
                self.out.write(f"      “{said}”\n")

    def finish(self) -> int:
        """The exit code: 0 if every step was as told."""
        wrong = sum(not step["ok"] for step in self.steps)
        if self.as_json:
            self.out.write(json.dumps({"ok": not wrong, "steps": self.steps}, indent=2) + "\n")
        else:
            told = f"{len(self.steps)} steps, all as told." if not wrong else f"{wrong} went wrong."
            self.out.write(f"\n{told}\n")
        return 1 if wrong else 0


async def tell(scene: Scene, teller: Teller) -> None:
    await _approved(scene, teller)
    await _asked(scene, teller)
    await _rejected(scene, teller)
    await _forgotten(scene, teller)
    await _proved(scene, teller)


async def _approved(scene: Scene, teller: Teller) -> None:
    slack = scene.slack
    teller.chapter("Jun's change, written with an AI tool, wants to go to production")
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff)
    teller.step("CI announces it with a signed webhook, and a card hangs in the channel", True)
    teller.step("the card says how AI was involved", "Claude Code" in reading(card.blocks))
    await slack.wait_for(lambda: slack.messages_to(SENIOR) and slack.messages_to(OTHER_SENIOR))
    teller.step("the two seniors are asked directly; the author and the guest are not",
                not slack.messages_to(AUTHOR) and not slack.messages_to(GUEST))  # fmt: skip
    await scene.press(AUTHOR, card, "Approve")
    await _refused(scene, teller, AUTHOR, "Jun tries to approve it himself", "had a part")
    await scene.press(GUEST, card, "Approve")
    await _refused(scene, teller, GUEST, "Max, a guest, tries", "guest")
    await slack.command(SENIOR, "/signoff", "status", channel=CHANNEL)
    await scene.told(SENIOR, "acme/payments-api")
    teller.step("Ada asks /signoff status, and is told", True)
    await scene.press(SENIOR, card, "Approve")
    teller.step("Ada approves; the card says so", True,
                reading((await scene.shown(signoff, "Approved by Ada Park")).blocks[:1]))  # fmt: skip
    await _pipeline(scene, teller, signoff, "deployed", "the pipeline hears it and deploys")
    await scene.press(OTHER_SENIOR, card, "Approve")
    await _refused(scene, teller, OTHER_SENIOR, "Grace is a second too late", "already approved")


async def _asked(scene: Scene, teller: Teller) -> None:
    slack = scene.slack
    teller.chapter("A change of which nobody said whether AI helped")
    signoff = await scene.send(POOL)
    card = await scene.shown(signoff)
    question = (await slack.wait_for(lambda: _questions(scene, card.ts)))[0]
    teller.step("the author is asked in the thread", "Did AI help" in reading(question.blocks))
    await scene.press(AUTHOR, question, "AI did not help")
    await scene.shown(signoff, "none, says the author")
    teller.step("Jun presses a button; the card says what he said", True)
    await scene.approve(OTHER_SENIOR, await scene.shown(signoff))
    await scene.shown(signoff, "Approved by Grace Hill")
    await _pipeline(scene, teller, signoff, "deployed", "Grace approves, and it goes on")


async def _rejected(scene: Scene, teller: Teller) -> None:
    slack = scene.slack
    teller.chapter("A change to the ledger, where two seniors have to sign")
    signoff = await scene.send(LEDGER)
    card = await scene.shown(signoff, "2 × senior or above")
    risky = reading(card.blocks)
    teller.step("the card says why it is risky", "high" in risky and "stored data" in risky)
    await scene.approve(SENIOR, card)
    await scene.shown(signoff, "Ada Park approved")
    teller.step("Ada ticks what that risk asks, and approves; it waits for a second senior", True)
    await scene.press(OTHER_SENIOR, card, "Reject")
    answer = await slack.submit(OTHER_SENIOR, {"reason": " "})
    teller.step("Grace rejects without a reason: the form asks for one", bool(answer.errors))
    await slack.submit(OTHER_SENIOR, {"reason": "The migration locks the postings table."})
    card = await scene.shown(signoff, "Rejected by Grace Hill")
    teller.step("with a reason it is rejected", "locks the postings table" in reading(card.blocks))
    await _pipeline(scene, teller, signoff, "stopped", "the pipeline hears it and stops")


async def _forgotten(scene: Scene, teller: Teller) -> None:
    teller.chapter(
        "A change that nobody answers (remind after 1 s, widen after 2 s, expire at 3 s)"
    )
    signoff = await scene.send(CANARY)
    card = await scene.shown(signoff)
    await scene.slack.wait_for(lambda: _thread(scene, card.ts))
    teller.step("a reminder in the thread", True, _thread(scene, card.ts)[0])
    await scene.shown(signoff, channel="C0PLAT")
    teller.step("then a wider circle is asked: the card hangs in #platform as well", True)
    await scene.shown(signoff, "Nobody decided in time")
    teller.step("then it expires, and the card says so", True)
    await _pipeline(scene, teller, signoff, "stopped", "the pipeline is stopped")
    await scene.press(SENIOR, card, "Approve")
    await _refused(scene, teller, SENIOR, "Ada presses Approve on the old card", "expired")


async def _proved(scene: Scene, teller: Teller) -> None:
    teller.chapter("What is left behind")
    board = scene.house.board
    for signoff in await board.recent():
        opened, *later = await board.trail(signoff.id)
        whole = isinstance(opened, Opened) and replay(opened, later) == signoff
        teller.step(f"the audit trail of {signoff.id} tells its whole story", whole)
    teller.step("the hash chain of the audit log holds", await board.broken() is None)
    first = (await board.recent())[-1]
    _, envelope = await scene.get(f"/api/v1/signoffs/{first.id}/attestation")
    statement = signing.verify(json.dumps(envelope), scene.public_key())
    teller.step("the approval is attested with a signature", "subject" in statement)
    ids = [heard.id for heard in scene.pipeline.heard]
    teller.step("the pipeline heard each decision under one message id", len(ids) == len(set(ids)))


async def _refused(scene: Scene, teller: Teller, user: str, deed: str, words: str) -> None:
    teller.step(f"{deed}: refused, privately", True, await scene.told(user, words))


def _questions(scene: Scene, ts: str) -> list[Message]:
    below = (m for m in scene.slack.messages(CHANNEL) if m.thread_ts == ts)
    return [message for message in below if "Did AI help" in message.text]


def _thread(scene: Scene, ts: str) -> list[str]:
    """The reminders below a card: not what the author was asked there."""
    below = [m.text for m in scene.slack.messages(CHANNEL) if m.thread_ts == ts]
    return [text for text in below if "Did AI help" not in text]


async def _pipeline(scene: Scene, teller: Teller, signoff: str, state: str, sentence: str) -> None:
    status, answer = await scene.get(f"/api/v1/signoffs/{signoff}?wait=10")
    run = scene.pipeline.runs[answer["key"]]
    await scene.slack.wait_for(lambda: scene.pipeline.runs[run.key].state != "waiting")
    so = scene.pipeline.runs[run.key].state == state and status == 200
    teller.step(sentence, so, f"{answer['status']}, proceed: {answer['proceed']}")

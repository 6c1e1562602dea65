"""What happens to a change, told step by step? Every step is checked as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TextIO

from bot import signing
from bot.demo.changes import CANARY, LEDGER, POOL, REFUNDS, WORDS
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
    await _undone(scene, teller)
    await _asked(scene, teller)
    await _questioned(scene, teller)
    await _passed_on(scene, teller)
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
    await scene.shown(signoff, "Approved by Ada Park; it counts")
    teller.step("Ada approves with one click; the card says so, with Undo", True)
    teller.step("a little later it counts", True,
                reading((await scene.shown(signoff, "Approved: acme")).blocks[:1]))  # fmt: skip
    await _pipeline(scene, teller, signoff, "deployed", "the pipeline hears it and deploys")
    await scene.press(OTHER_SENIOR, card, "Approve")
    await _refused(scene, teller, OTHER_SENIOR, "Grace is a second too late", "already approved")


async def _undone(scene: Scene, teller: Teller) -> None:
    teller.chapter("A click that was a slip")
    signoff = await scene.send(WORDS)
    await scene.press(SENIOR, await scene.shown(signoff), "Approve")
    card = await scene.shown(signoff, "About to be approved")
    await scene.press(SENIOR, card, "Undo")
    card = await scene.shown(signoff, "Sign-off needed")
    teller.step("Ada presses Undo in time: it waits again", True)
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff}")
    heard = [it for it in scene.pipeline.heard if answer["key"] in str(it.body)]
    teller.step("the pipeline has heard nothing of it", not heard and answer["status"] == "pending")
    await scene.press(AUTHOR, card, "Details")
    await scene.press_in_modal(AUTHOR, "Withdraw")
    await scene.slack.submit(AUTHOR, {"choice": "work", "reason": ""})
    await scene.shown(signoff, "Withdrawn by Jun Ito")
    teller.step("Jun withdraws it, for it needs more work", True)
    await _pipeline(scene, teller, signoff, "stopped", "the pipeline hears it and stops")


async def _questioned(scene: Scene, teller: Teller) -> None:
    slack = scene.slack
    teller.chapter("A question before the answer")
    signoff = await scene.send(REFUNDS)
    await scene.choose(SENIOR, await scene.shown(signoff), "Ask the author…")
    await slack.submit(SENIOR, {"reason": "What if the network answers twice?"})
    asked = await slack.wait_for(lambda: _saying(slack.messages_to(AUTHOR), "answers twice"))
    teller.step("Ada asks, and Jun reads it as a direct message", True, asked[0].text)
    await scene.press(AUTHOR, asked[0], "Answer")
    await slack.submit(AUTHOR, {"reason": "The key is the same, so it books once."})
    said = await slack.wait_for(lambda: _saying(slack.messages(CHANNEL), "books once"))
    teller.step("Jun answers, and it stands below the card", True, said[0].text)
    await scene.press(SENIOR, await scene.shown(signoff), "Approve")
    await scene.shown(signoff, "Approved: acme")
    teller.step("now Ada approves", True)
    await _pipeline(scene, teller, signoff, "deployed", "the pipeline hears it and deploys")


async def _passed_on(scene: Scene, teller: Teller) -> None:
    teller.chapter("Somebody else knows better")
    signoff = await scene.send(WORDS)
    await scene.choose(SENIOR, await scene.shown(signoff), "Pass it on…")
    await scene.slack.submit(SENIOR, {"to": "grace", "reason": "She wrote the guide."})
    card = await scene.shown(signoff, "Ada Park passed it on to Grace Hill")
    teller.step("Ada passes it on to Grace, and says why", "She wrote" in reading(card.blocks))
    await scene.press(OTHER_SENIOR, card, "I am on it")
    card = await scene.shown(signoff, "Grace Hill is on it")
    teller.step("Grace is on it, and everybody sees that", True)
    await scene.press(OTHER_SENIOR, card, "Approve")
    await scene.shown(signoff, "Approved: acme")
    await _pipeline(scene, teller, signoff, "deployed", "Grace approves, and it goes on")


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
    await slack.submit(
        OTHER_SENIOR, {"choice": "risk", "reason": "The migration locks the postings table."}
    )
    card = await scene.shown(signoff, "Rejected by Grace Hill")
    teller.step("with a reason it is rejected", "locks the postings table" in reading(card.blocks))
    await _pipeline(scene, teller, signoff, "stopped", "the pipeline hears it and stops")


async def _forgotten(scene: Scene, teller: Teller) -> None:
    teller.chapter(
        "A change that nobody answers (remind after 1 s, widen after 2 s, expire at 3 s)"
    )
    signoff = await scene.send(CANARY)
    card = await scene.shown(signoff)
    slack = scene.slack
    said = await slack.wait_for(lambda: _saying(slack.messages_to(SENIOR), "waits for you"))
    teller.step("Ada is reminded, in private", True, said[0].text)
    await scene.shown(signoff, channel="C0PLAT")
    teller.step("then a wider circle is asked: the card hangs in #platform as well", True)
    await scene.shown(signoff, "Expired, not approved")
    teller.step("then it expires, and the card says so", True)
    await _pipeline(scene, teller, signoff, "stopped", "the pipeline is stopped")
    await scene.press(SENIOR, card, "Approve")
    await _refused(scene, teller, SENIOR, "Ada presses Approve on the old card", "expired")
    await scene.press(AUTHOR, await scene.shown(signoff, "Ask again"), "Ask again")
    await scene.shown(signoff, "Asked for again as")
    again = (await scene.house.board.recent())[0].id
    card = await scene.shown(again, "This asks again for")
    teller.step("Jun asks again with one click: a new card hangs there", again != signoff)
    await scene.approve(SENIOR, card)
    await scene.shown(again, "Approved by Ada Park")
    await _pipeline(scene, teller, again, "deployed", "Ada approves this time, and it goes on")


async def _proved(scene: Scene, teller: Teller) -> None:
    teller.chapter("What is left behind")
    board = scene.house.board
    for signoff in await board.recent():
        whole = await _whole(scene, signoff.id)
        teller.step(f"the audit trail of {signoff.id} tells its whole story", whole)
    teller.step("the hash chain of the audit log holds", await board.broken() is None)
    first = (await board.recent())[-1]
    _, envelope = await scene.get(f"/api/v1/signoffs/{first.id}/attestation")
    statement = signing.verify(json.dumps(envelope), scene.public_key())
    teller.step("the approval is attested with a signature", "subject" in statement)
    ids = [heard.id for heard in scene.pipeline.heard]
    teller.step("the pipeline heard each decision under one message id", len(ids) == len(set(ids)))


async def _whole(scene: Scene, signoff_id: str) -> bool:
    """Whether the steps that are kept lead to where it stands; read again if it moved meanwhile."""
    board = scene.house.board
    while True:
        before = await board.signoff(signoff_id)
        opened, *later = await board.trail(signoff_id)
        if before == await board.signoff(signoff_id):
            return isinstance(opened, Opened) and replay(opened, later) == before


async def _refused(scene: Scene, teller: Teller, user: str, deed: str, words: str) -> None:
    teller.step(f"{deed}: refused, privately", True, await scene.told(user, words))


def _questions(scene: Scene, ts: str) -> list[Message]:
    below = (m for m in scene.slack.messages(CHANNEL) if m.thread_ts == ts)
    return [message for message in below if "Did AI help" in message.text]


def _saying(messages: list[Message], words: str) -> list[Message]:
    """Those that say this, in their text or in what is drawn."""
    return [it for it in messages if words in it.text or words in reading(it.blocks)]


async def _pipeline(scene: Scene, teller: Teller, signoff: str, state: str, sentence: str) -> None:
    status, answer = await scene.get(f"/api/v1/signoffs/{signoff}?wait=10")
    runs, key = scene.pipeline.runs, answer["key"]
    await scene.slack.wait_for(lambda: runs[key].status == answer["status"])
    so = runs[key].state == state and status == 200
    teller.step(sentence, so, f"{answer['status']}, proceed: {answer['proceed']}")

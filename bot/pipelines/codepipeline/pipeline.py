"""How does AWS CodePipeline ask for a signoff at a manual approval, and hear of the decision?

The approval notifies an SNS topic, and SNS us. Whoever may publish there could say anything: what the
message says is where to look, and all else CodePipeline is asked for. (docs/pipelines/codepipeline.md)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from bot.clock import Clock
from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.codepipeline import aws
from bot.pipelines.codepipeline.aws import Refused, Service
from bot.pipelines.codepipeline.certificates import Certificates
from bot.pipelines.codepipeline.facts import change, look, state
from bot.pipelines.codepipeline.payloads import FORMATS, Announced, Place
from bot.pipelines.codepipeline.sns import (
    SUBSCRIBE,
    UNSUBSCRIBE,
    SnsDoor,
    SnsMessage,
    Topic,
    opened,
)
from bot.pipelines.parts import Parts
from bot.pipelines.problems import json_object, valid
from bot.pipelines.sentence import sentence
from bot.ports import Delivery, Invalid, Landing, Malformed, Problem, Sighting, Undelivered

TARGET = "CodePipeline_20150709"
LONGEST_SUMMARY = 512
SOON = timedelta(minutes=2)
"""So long CodePipeline may take to show what it announced."""

_ANSWERED = frozenset({"InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"})
_GONE = frozenset({
    "PipelineNotFoundException", "StageNotFoundException", "ActionNotFoundException",
})  # fmt: skip

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePipeline:
    """Fulfils `bot.ports.Pipeline` and `Learns`. `apis` has CodePipeline of each region."""

    name: str
    door: SnsDoor
    apis: Mapping[str, Service]
    clock: Clock
    environment: str = "production"
    link_prefix: str = ""

    @property
    def reopens(self) -> bool:
        return False

    @property
    def fetches(self) -> bool:
        return True

    async def learn(self, delivery: Delivery) -> None:
        await self.door.learn(delivery)

    def verify(self, delivery: Delivery) -> str:
        return self.door.verify(delivery).MessageId

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        message = opened(delivery)
        if message.Type == SUBSCRIBE:
            await self.door.confirm(message)
            log.info("connection %s: subscribed to %s", self.name, message.TopicArn)
            return None
        if message.Type == UNSUBSCRIBE:
            log.error(
                "connection %s: %s tells us nothing any more; subscribe it again",
                self.name,
                message.TopicArn,
            )
            return None
        announced = self._announced(message)
        return await self._waiting(message, announced) if announced else None

    async def _waiting(self, message: SnsMessage, announced: Announced) -> Change | None:
        at, region = announced.approval, announced.region
        waiting = await look(self.apis[region], at)
        if waiting is None:
            if self.clock() - message.sent_at < SOON:
                raise Undelivered("CodePipeline does not show that approval yet")
            log.info("connection %s: %s does not wait any more", self.name, at.pipelineName)
            return None
        return change(
            waiting,
            connection=self.name,
            region=region,
            environment=self.environment,
            link_prefix=self.link_prefix,
        )

    def _announced(self, message: SnsMessage) -> Announced | None:
        """None if it is about something else. Raises Invalid."""
        try:
            said = json_object(message.Message.encode())
        except Malformed:
            return None
        if "approval" not in said:
            return None
        announced = valid(Announced, said, FORMATS, root="Message")
        if announced.region != self.door.topic(message).region:
            raise Invalid(Problem("Message.region", "must be the region of its topic"))
        return announced

    async def report(self, signoff: Signoff) -> None:
        try:
            at = Place.model_validate(dict(signoff.change.reply_to))
            api = self.apis[at.region]
        except (ValidationError, KeyError) as error:
            detail = "its return address names no approval we may answer"
            raise Undelivered(detail, final=True) from error
        try:
            await api.call("PutApprovalResult", _result(signoff, at))
        except Refused as refused:
            if refused.code in _GONE:
                raise Undelivered("the approval is not there any more", final=True) from refused
            if refused.code not in _ANSWERED:
                raise
            await self._judge(api, at, signoff)

    async def _judge(self, api: Service, at: Place, signoff: Signoff) -> None:
        """It was answered: by us, when the answer got lost, or by somebody else?"""
        _, run = (await state(api, at.pipeline)).run_of(at.stage, at.action)
        ended = "Succeeded" if signoff.status.proceed else "Failed"
        if run and run.status == ended and f"(Countersign {signoff.id})" in run.summary:
            return
        raise Undelivered("the approval was answered before, or its time was over", final=True)


def _result(signoff: Signoff, at: Place) -> Mapping[str, object]:
    status = "Approved" if signoff.status.proceed else "Rejected"
    return {
        "pipelineName": at.pipeline,
        "stageName": at.stage,
        "actionName": at.action,
        "token": at.token,
        "result": {"status": status, "summary": sentence(signoff, LONGEST_SUMMARY)},
    }


def make(parts: Parts) -> CodePipeline:
    """Raises ValueError."""
    aws.required(parts.name)
    topics = {arn: Topic(arn) for arn in parts.lists["topics"]}
    regions = {topic.region: topic.suffix for topic in topics.values()}
    if parts.url and len(regions) > 1:
        raise ValueError(f"connections.{parts.name}: one url cannot speak for several regions")
    wallet = aws.Wallet()
    apis = {
        region: Service(
            name="codepipeline",
            region=region,
            target=TARGET,
            url=parts.url or f"https://codepipeline.{region}.{suffix}",
            wallet=wallet,
            clock=parts.clock,
            send=parts.send,
        )
        for region, suffix in regions.items()
    }
    certificates = Certificates(send=parts.send, clock=parts.clock)
    door = SnsDoor(topics=topics, certificates=certificates, clock=parts.clock, send=parts.send)
    return CodePipeline(
        name=parts.name,
        door=door,
        apis=apis,
        clock=parts.clock,
        environment=parts.words["environment"],
        link_prefix=parts.link_prefix,
    )

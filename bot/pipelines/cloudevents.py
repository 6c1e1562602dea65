"""How does anybody else hear of a signoff? As a CloudEvent with the words of CDEvents, signed.

CloudEvents 1.0 in structured mode; `data` is an approval event of CDEvents 0.6.0-draft
(cdevents/spec of 2026-06); the headers are those of Standard Webhooks.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from bot.clock import Clock
from bot.domain.effects import Publish
from bot.domain.signoff import Signoff, Status
from bot.pipelines.answers import GONE, judge
from bot.pipelines.result import result, stamp
from bot.pipelines.signatures import sign_with_each
from bot.ports import Request, Send, Undelivered

CONTENT_TYPE = "application/cloudevents+json"
CDEVENTS = "0.6.0-draft"
STOPPED = "the subscriber answered 410 before: nothing is sent to it until the next start"

BOT = "urn:countersign:bot"

ENDS = {
    Status.APPROVED: "approved",
    Status.NOT_REQUIRED: "approved",
    Status.OVERRIDDEN: "approved",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "expired",
    Status.SUPERSEDED: "cancelled",
    Status.WITHDRAWN: "cancelled",
}


log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class EventSubscriber:
    """Fulfils `bot.ports.Subscriber`; each of `keys` signs what `url` is sent.

    Who answers 410 wants nothing more, as Standard Webhooks has it: nothing is sent there before the
    next start, with which the config is read again, and what would have been is parked.
    """

    name: str
    url: str
    keys: tuple[bytes, ...] = field(repr=False)
    public_url: str
    clock: Clock
    send: Send
    _stopped: bool = field(init=False, default=False)

    async def publish(self, signoff: Signoff, news: Publish) -> None:
        if self._stopped:
            raise Undelivered(STOPPED, final=True)
        id = f"evt_{signoff.id}_{news.number}_{news.news}"
        body, now = rfc8785.dumps(self._event(id, signoff, news)), self.clock()
        headers = {"content-type": CONTENT_TYPE, **sign_with_each(self.keys, id, now, body)}
        answer = await self.send(Request(method="POST", url=self.url, headers=headers, body=body))
        if answer.status == GONE:
            self._stop()
        judge(answer, "the subscriber", now)

    def _stop(self) -> None:
        """Said once, however many are under way."""
        if not self._stopped:
            self._stopped = True
            log.error(
                "subscriber %s wants no more: take it out of the config, or mend it", self.name
            )

    def _event(self, id: str, signoff: Signoff, news: Publish) -> dict[str, Any]:
        """The same bytes however often it is sent."""
        sort, source, time = (
            f"dev.cdevents.approval.{news.news}.0.1.0",
            self.public_url,
            stamp(news.at),
        )
        return {
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": sort,
            "subject": signoff.id,
            "time": time,
            "datacontenttype": "application/json",
            "data": {
                "context": {
                    "specversion": CDEVENTS,
                    "id": id,
                    "source": source,
                    "type": sort,
                    "timestamp": time,
                },
                "subject": {
                    "id": signoff.id,
                    "source": source,
                    "content": self._content(signoff, news),
                },
                "customData": self._custom(signoff, news),
                "customDataContentType": "application/json",
            },
        }

    def _content(self, signoff: Signoff, news: Publish) -> dict[str, str]:
        change, details = signoff.change, f"{self.public_url}/api/v1/signoffs/{signoff.id}"
        about = {"approvalDetailsUrl": details, "resourceTargetUrl": change.url or details}
        responder = f"urn:countersign:person:{news.by}" if news.by else BOT
        match news.news:
            case "created":
                return {**about, "requestor": f"urn:countersign:connection:{change.connection}"}
            case "updated":
                return {**about, "responder": responder, "decision": news.decision}
            case "closed":
                ended = ENDS[signoff.status]
                answer = {"responder": responder, "decision": news.decision, "status": ended}
                return {**about, **answer}

    def _custom(self, signoff: Signoff, news: Publish) -> dict[str, Any]:
        """What a pipeline hears at the end; before it, what the change is."""
        if news.news == "closed":
            return result(signoff, self.public_url)
        change = signoff.change
        return {
            "id": signoff.id,
            "key": change.key,
            "repository": change.repository,
            "revision": change.revision,
            "environment": change.environment,
        }

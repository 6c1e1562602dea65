"""How does the check "Invoke REST API" of Azure DevOps ask for a signoff, and hear of the decision?

In callback mode. What it sends is not signed: a header with our secret proves it. It brings a live
credential along, which is good for the answer alone: that is kept sealed (`sealing`).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from bot.addresses import matches_prefix
from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.gated import Place
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, bearer, path
from bot.pipelines.problems import valid
from bot.pipelines.sealing import seal, unseal_with_any
from bot.pipelines.signatures import verify_secret
from bot.pipelines.stated import StatedChange
from bot.pipelines.stated_words import FORMATS
from bot.ports import Delivery, Landing, Sighting, Undelivered
from bot.strict_json import decode

SECRET = "x-countersign-secret"  # noqa: S105 - the name of a header

API = "api-version=7.1"

_GUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_HUB = r"^(?i:build|rm|checks)$"
_TOKEN = r"^[!-~]+$"  # noqa: S105 - what one looks like
_FORMATS = {
    **FORMATS,
    _GUID: "must be a GUID, as Azure DevOps fills it in",
    _HUB: "must be build, rm or checks, as Azure DevOps fills it in",
    _TOKEN: "must be the job's token, as Azure DevOps fills it in",
}

Guid = Annotated[str, StringConstraints(pattern=_GUID)]


class AzurePlace(Place):
    """The check that waits, by the headers that name it."""

    model_config = ConfigDict(populate_by_name=True)

    project: Annotated[Guid, Field(alias="ProjectId")]
    hub: Annotated[str, StringConstraints(pattern=_HUB), Field(alias="HubName")]
    plan: Annotated[Guid, Field(alias="PlanId")]
    job: Annotated[Guid, Field(alias="JobId")]
    task: Annotated[Guid, Field(alias="TaskInstanceId")]
    timeline: Annotated[Guid | None, Field(alias="TimelineId")] = None

    def words(self) -> tuple[str, ...]:
        """Any other place has others."""
        named = (self.project, self.hub, self.plan, self.job, self.task, self.timeline or "")
        return tuple(map(str.lower, named))


def _ours(url: str, info: ValidationInfo) -> str:
    """Nothing is sent to the address that somebody names: it may only be the one we know."""
    known: str = (info.context or {})["url"]
    if not (matches_prefix(url, known) and matches_prefix(known, url.rstrip("/"))):
        raise ValueError("must be the address of the organisation, the url of this connection")
    return url


class AzureHeaders(AzurePlace):
    """All that comes beside the body."""

    plan_url: Annotated[str, AfterValidator(_ours), Field(alias="PlanUrl")]
    token: Annotated[
        str, StringConstraints(pattern=_TOKEN, max_length=16_384), Field(alias="AuthToken")
    ]

    def place(self) -> AzurePlace:
        return AzurePlace(**self.model_dump(exclude={"plan_url", "token"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AzurePipeline:
    """Fulfils `bot.ports.Pipeline`. `link_prefix`: what lies under it is vouched for."""

    name: str
    platform: Platform
    secrets: tuple[bytes, ...] = field(repr=False)
    link_prefix: str

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        return False

    @property
    def fetches(self) -> bool:
        """All that is known it brings along; so its credential is never stored as it came."""
        return False

    def verify(self, delivery: Delivery) -> str:
        verify_secret(self.secrets, SECRET, delivery.headers.get(SECRET, ""))
        named = (delivery.headers.get(name.lower(), "") for name in _names(AzurePlace))
        return _digest(*named)

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        return await asyncio.to_thread(self._read, delivery)

    def _read(self, delivery: Delivery) -> Change:
        told = delivery.headers
        given = {name: told[name.lower()] for name in _names(AzureHeaders) if name.lower() in told}
        ours = {"url": self.platform.url}
        headers = valid(AzureHeaders, given, _FORMATS, root="headers", context=ours)
        stated = valid(StatedChange, decode(delivery.body), _FORMATS)
        change = stated.change(connection=self.name, link_prefix=self.link_prefix)
        return self._waiting(change, headers)

    def _waiting(self, change: Change, headers: AzureHeaders) -> Change:
        """Each check asks for itself: one of a stage that is run again says the same, elsewhere."""
        place = headers.place()
        key = f"{change.key}/{_digest(*place.words())}"
        sealed = seal(self.secrets[0], headers.token.encode(), self.name, key, *place.words())
        return replace(change, key=key, reply_to=_written(place) | {"sealed": sealed})

    async def report(self, signoff: Signoff) -> None:
        kept = dict(signoff.change.reply_to)
        sealed = kept.pop("sealed", "")
        try:
            at = AzurePlace.model_validate(kept)
        except ValidationError as error:
            detail = "its return address names no check of Azure DevOps"
            raise Undelivered(detail, final=True) from error
        about = (self.name, signoff.change.key, *at.words())
        token = unseal_with_any(self.secrets, sealed, *about).decode()
        await self._complete(at, token, succeeded=signoff.status.proceed)

    async def _complete(self, at: AzurePlace, token: str, *, succeeded: bool) -> None:
        steps = (at.project, "_apis", "distributedtask", "hubs", at.hub, "plans", at.plan, "events")
        event = {
            "name": "TaskCompleted",
            "taskId": at.task,
            "jobId": at.job,
            "result": "succeeded" if succeeded else "failed",
        }
        place = f"{path(*steps)}?{API}"
        try:
            await self.platform.call("POST", place, event, headers=bearer(token))
        except Refused as refused:
            if refused.answer.status == 404:
                raise Undelivered("the check does not wait any more", final=True) from refused
            raise


def _written(place: AzurePlace) -> dict[str, str]:
    written: dict[str, str] = place.model_dump(exclude_none=True)
    return written


def _names(model: type[AzurePlace]) -> list[str]:
    """The headers' own names of what it holds."""
    return [str(it.alias) for it in model.model_fields.values()]


def _digest(*texts: str) -> str:
    joined = "\n".join(texts).lower().encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


def make(parts: Parts) -> AzurePipeline:
    return AzurePipeline(
        name=parts.name,
        platform=parts.platform("Azure DevOps", {}),
        secrets=parts.keys("header_secret"),
        link_prefix=parts.link_prefix or parts.url,
    )

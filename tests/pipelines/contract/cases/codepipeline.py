"""AWS CodePipeline: a manual approval, told by a topic of SNS."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.pipelines.codepipeline.certificates import Certificates
from bot.ports import Delivery, Request, Response
from bot.sender import Sender
from tests.pipelines.codepipeline.fake_codepipeline import ACCESS, SECRET, SESSION, FakeCodePipeline
from tests.pipelines.codepipeline.fake_sns import HOST
from tests.pipelines.codepipeline.meeting import MEBIBYTE, Here
from tests.pipelines.contract import Case, Lack, Met, Wire

OF_EACH_MESSAGE = ("Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature")


def decides(request: Request) -> tuple[str, bool] | None:
    if not request.headers.get("x-amz-target", "").endswith(".PutApprovalResult"):
        return None
    told = json.loads(request.body)
    return told["token"], told["result"]["status"] == "Approved"


def forgeries(good: Delivery) -> Sequence[Delivery]:
    """Everything that is signed stands in the body, and so does the signature."""
    said = json.loads(good.body)
    others: list[Any] = ["", "x", None, 7, "ä\udcff", [said]]
    told = [{**said, name: other} for name in OF_EACH_MESSAGE for other in others]
    unsigned = {name: it for name, it in said.items() if name != "Signature"}
    bodies = [json.dumps(it).encode() for it in (*told, unsigned)]
    return [replace(good, body=body) for body in (*bodies, good.body[:-1], b"")]


def signs(here: Here) -> Any:
    def sign(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
        if isinstance(said, bytes):
            return replace(here.sns.message(), body=said)
        sent = f"{here.clock() - age:%Y-%m-%dT%H:%M:%S}.123Z"
        message = json.dumps(said)
        return here.sns.message(Message=message, MessageId=f"22b8-{name}", Timestamp=sent)

    return sign


def wired(aws: FakeCodePipeline, sender: Sender) -> tuple[Here, Wire]:
    async def carry(request: Request) -> Response:
        return await (sender if request.url.startswith(aws.url) else here.sns)(request)

    wire = Wire(carry, decides, f"{aws.url}/", f"https://{HOST}/")
    through: Any = wire
    here = Here(aws, through)
    certificates = Certificates(send=wire, clock=here.clock)
    door = replace(here.pipeline.door, send=wire, certificates=certificates)
    here.pipeline = replace(here.pipeline, door=door)
    return here, wire


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    async with AsyncExitStack() as opened:
        aws = await opened.enter_async_context(FakeCodePipeline())
        sender = Sender(private_prefixes=(f"{aws.url}/",), max_body=MEBIBYTE)
        here, wire = wired(aws, await opened.enter_async_context(sender))
        aws.wait()
        yield Met(
            pipeline=here.pipeline,
            wire=wire,
            said=lambda: json.loads(aws.message()),
            sign=signs(here),
            secrets=(ACCESS, SECRET, SESSION),
            forgeries=forgeries,
            moves_on=lambda: void(aws.wait()),
            renewed=lambda: here.looked,
            clock=here.clock,
        )


def void(_: object) -> None:
    """Whatever it was."""


def refused(code: str, status: int = 400) -> Response:
    return Response(status=status, body=json.dumps({"__type": code}).encode())


CASE = Case(
    kind="codepipeline",
    meet=meet,
    lacks=frozenset({Lack.ENDS, Lack.LANDS, Lack.BYTES}),
    refusals=(
        refused("ValidationException"),
        refused("SerializationException"),
        refused("StageNotFoundException"),
        refused("InvalidApprovalTokenException"),
        refused("", 403),
    ),
    expired=refused("ExpiredTokenException"),
    fresh=timedelta(hours=1),
)

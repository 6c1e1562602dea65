"""The eight platforms with a gate: announced by the generic message, answered as their own cases say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.signoff import Status
from bot.pipelines.signatures import secret_key, sign
from bot.ports import Delivery, Request, Response
from tests.pipelines import gates
from tests.pipelines.contract import Case, Lack, Met, Wire, as_bytes, spoiled
from tests.pipelines.gates.test_gates import LEAST, SECRET, a_pipeline
from tests.pipelines.signoffs import NOON


def signed(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    body = as_bytes(said)
    return Delivery(headers=sign(secret_key(SECRET), f"msg_{name}", NOON - age, body), body=body)


class Platform:
    """Strict, once for each answer that is to come."""

    def __init__(self, case: gates.Case) -> None:
        self._case = case
        self._acts = case.proceed[case.acts]
        self._strict = gates.Strict(case, ())

    async def __call__(self, request: Request) -> Response:
        return await self._strict(request)

    def expects(self, status: Status, fault: Response | None) -> None:
        """What is refused at the deciding call never comes so far as here."""
        case = self._case
        exchanges = list(case.proceed if status.proceed else case.stop)
        if fault is not None:
            before = exchanges[: exchanges.index(self._acts)]
            exchanges = [*before, *case.afterwards.get(fault.status, ())]
        self._strict = gates.Strict(case, exchanges)
        self._strict.status = status

    def decides(self, request: Request) -> tuple[str, bool] | None:
        """Whether it is the yes or the no of the case, `Strict` compares to the byte."""
        place = f"{self._case.url}{self._acts.path}"
        known = (request.method, request.url) == (self._acts.method, place)
        return (place, self._strict.status.proceed) if known else None


@asynccontextmanager
async def meet(case: gates.Case) -> AsyncIterator[Met]:
    platform = Platform(case)
    wire = Wire(platform, platform.decides, f"{case.url}/")
    run: dict[str, Any] = {"url": "https://git.example/pull/12", "gate": dict(case.gate)}

    def said() -> Any:
        return {"type": "change.ready", "data": LEAST | run}

    yield Met(
        pipeline=a_pipeline(case, wire),
        wire=wire,
        said=said,
        sign=signed,
        secrets=(SECRET, SECRET.removeprefix("whsec_"), repr(secret_key(SECRET)), case.token),
        forgeries=spoiled("webhook-signature"),
        moves_on=partial(run.update, key="4712"),
        expects=platform.expects,
    )


def as_met(case: gates.Case) -> Callable[[], AbstractAsyncContextManager[Met]]:
    return lambda: meet(case)


CASES = [
    Case(
        kind=it.kind,
        meet=as_met(it),
        lacks=frozenset({Lack.ENDS, Lack.LANDS, Lack.EXCHANGE, Lack.RUNS}),
    )
    for it in gates.all_cases()
]

"""What can the workspace be told to do wrong, and when does it do it?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class FaultKind(Enum):
    RATE_LIMITED = "answers 429 with Retry-After, before processing"
    SERVER_ERROR = "answers 500, before processing"
    HTML = "answers a page of HTML, as a proxy in between does, before processing"
    EMPTY_RESPONSE = "processes, then answers 200 with nothing"
    HALF_RESPONSE = "processes, then answers 200 with half of the JSON"
    CUT_RESPONSE = "processes, then cuts the connection in the middle of the body"
    DROP_BEFORE = "cuts the connection before processing"
    DROP_AFTER = "processes, then cuts the connection without an answer"
    HANG = "processes, then keeps the answer back"
    ERROR = 'answers 200 {"ok": false}, before processing'


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to go wrong.

    ``seconds`` is for HANG and RATE_LIMITED (None: no Retry-After), ``error`` for ERROR, ``status``
    for HTML.
    """

    kind: FaultKind
    seconds: float | None = 0
    error: str = ""
    status: int = 200

    SERVER_ERROR: ClassVar[Fault]
    EMPTY_RESPONSE: ClassVar[Fault]
    HALF_RESPONSE: ClassVar[Fault]
    CUT_RESPONSE: ClassVar[Fault]
    DROP_BEFORE: ClassVar[Fault]
    DROP_AFTER: ClassVar[Fault]

    @staticmethod
    def RATE_LIMITED(retry_after: int | None = 1) -> Fault:
        """``retry_after`` None leaves that header out."""
        return Fault(kind=FaultKind.RATE_LIMITED, seconds=retry_after)

    @staticmethod
    def HANG(seconds: float) -> Fault:
        return Fault(kind=FaultKind.HANG, seconds=seconds)

    @staticmethod
    def HTML(status: int = 200) -> Fault:
        return Fault(kind=FaultKind.HTML, status=status)

    @staticmethod
    def ERROR(error: str) -> Fault:
        return Fault(kind=FaultKind.ERROR, error=error)


Fault.SERVER_ERROR = Fault(kind=FaultKind.SERVER_ERROR)
Fault.EMPTY_RESPONSE = Fault(kind=FaultKind.EMPTY_RESPONSE)
Fault.HALF_RESPONSE = Fault(kind=FaultKind.HALF_RESPONSE)
Fault.CUT_RESPONSE = Fault(kind=FaultKind.CUT_RESPONSE)
Fault.DROP_BEFORE = Fault(kind=FaultKind.DROP_BEFORE)
Fault.DROP_AFTER = Fault(kind=FaultKind.DROP_AFTER)

EVERY_METHOD = "*"


class FaultPlan:
    """Which faults are still due, first planned first served."""

    def __init__(self) -> None:
        self._due: dict[str, list[tuple[Fault, int | None]]] = {}

    def add(self, method: str, fault: Fault, times: int | None) -> None:
        """``times`` None means until :meth:`clear`."""
        self._due.setdefault(method, []).append((fault, times))

    def clear(self) -> None:
        self._due.clear()

    def take(self, method: str) -> Fault | None:
        for name in (method, EVERY_METHOD):
            queue = self._due.get(name, [])
            while queue:
                fault, times = queue[0]
                if times is None:
                    return fault
                if times > 0:
                    queue[0] = (fault, times - 1)
                    return fault
                queue.pop(0)
        return None

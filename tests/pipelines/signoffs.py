"""Signoffs for the tests of the pipelines: say what matters, the rest is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.change import Change, Identity
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.signoff import Requirement, Review, Signoff, Status, Verdict
from bot.ports import Request, Response, Unreachable

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REVISION = "4f" * 20

CHANGE = Change(
    connection="payments-ci",
    key="payments-api/deploy/4711",
    repository="acme/payments-api",
    revision=REVISION,
    environment="production",
    title="Retry refunds",
    author=Identity(login="jun"),
    reply_to={"callback_url": "https://ci.acme.example/signoff/4711"},
)


def a_signoff(
    status: Status = Status.APPROVED,
    *,
    reply_to: dict[str, str] | None = None,
    reason: str = "read it all",
    because: tuple[str, ...] = ("AI-assisted", "production"),
    ended_by: str = "",
    ended_why: str = "",
) -> Signoff:
    verdict = {Status.APPROVED: Verdict.APPROVE, Status.REJECTED: Verdict.REJECT}.get(status)
    review = verdict and Review(
        person="ada",
        verdict=verdict,
        at=NOON,
        revision=REVISION,
        policy_digest="sha256:policy",
        reason=reason,
    )
    return Signoff(
        id="sgn_1",
        change=CHANGE if reply_to is None else replace(CHANGE, reply_to=reply_to),
        provenance=Provenance(status=AiStatus.ASSISTED),
        contributors=Contributors(people=frozenset({"jun"})),
        requirement=Requirement(
            asks=(),
            levels=("mid", "senior"),
            owners=(),
            rules=(),
            because=because,
            policy_digest="sha256:policy",
        ),
        opened_at=NOON - timedelta(hours=1),
        status=status,
        reviews=(review,) if review else (),
        decided_at=NOON if status.is_final else None,
        ended_by=ended_by,
        ended_why=ended_why,
    )


class Outside:
    """Somebody else's computer: fulfils Send, keeps what it was asked, answers as told."""

    def __init__(self, *answers: Response) -> None:
        self.asked: list[Request] = []
        self._answers = list(answers)

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        if not self._answers:
            raise Unreachable("nobody answers here", sent=False)
        return self._answers.pop(0)

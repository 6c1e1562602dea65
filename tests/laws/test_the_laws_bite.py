"""Would the laws notice? Each of these bugs has to be found; the code as it is has to pass."""

from __future__ import annotations

import random

import pytest

from tests.laws.law import Lifecycle, check_life
from tests.laws.lives import a_life, an_opening
from tests.laws.mutants import Edit, Mutant, grown

QUORUM, LIFECYCLE = "bot/domain/quorum.py", "bot/domain/lifecycle.py"
TWIN = Mutant("twin", ())


def quorum(name: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(name, tuple(Edit(QUORUM, old, new) for old, new in edits))


def lifecycle(name: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(name, tuple(Edit(LIFECYCLE, old, new) for old, new in edits))


MUTANTS = (
    quorum(
        "quorum ignores contributors",
        ("standing is None or standing.person in signoff.contributors.people", "standing is None"),
    ),
    quorum(
        "a person counts twice",
        (
            "[now[person] for person in counted]",
            "[now[r.person] for r in signoff.reviews if r.person in counted]",
        ),
        (
            "len({standing.person for standing in approvers if _fits(signoff, ask, standing)})",
            "len([s for s in approvers if _fits(signoff, ask, s)])",
        ),
    ),
    quorum(
        "reviews of another revision are let in",
        ("if revision != signoff.change.revision:", "if False:"),
    ),
    quorum(
        "reviews under another policy are let in",
        ("    if policy_digest != signoff.requirement.policy_digest:", "    if False:"),
    ),
    quorum(
        "reviews under another policy count",
        ("and review.policy_digest == signoff.requirement.policy_digest", ""),
    ),
    quorum(
        "standing at the moment of decision is ignored",
        ("and is_eligible(signoff, now.get(person))", "and person in now"),
    ),
    quorum("a level is not enough", (">= levels.index", "> levels.index")),
    quorum(
        "an unknown level will do",
        ("ask.level not in levels:\n        return False", "ask.level not in levels:\n        return True"),
    ),
    quorum("any group will do", ("bool(standing.groups & groups)", "True")),
    quorum("one ask is enough", ("enough = all(", "enough = any(")),
    quorum("a rejection is ignored", ("if Verdict.REJECT in counted.values():", "if False:")),
    quorum("fewer are enough", (">= ask.approvals for", ">= ask.approvals - 1 for")),
    quorum("the wider circle is always in", ("if signoff.escalated else ask.groups", "")),
    quorum(
        "the escalation of one ask opens another",
        ("ask.groups | ask.wider", "ask.groups | signoff.requirement.wider"),
    ),
    quorum("a rejection needs no reason", ("review.verdict is Verdict.REJECT or ", "")),
    quorum(
        "under step-up a press in the chat counts",
        ("if not requirement.step_up or review.verdict is Verdict.REJECT:", "if True:"),
    ),
    quorum("who says they have a key need not show it", ("review.proved == BY_KEY and review.assertion is not None", "review.proved == BY_KEY")),
    quorum("what somebody signed for another revision is carried on", ("return signed and review.carried is None", "return signed")),
    quorum(
        "under step-up a press is let in, though it does not count",
        ("    if not is_proved(signoff.requirement, review):\n        raise", "    if False:\n        raise"),
    ),
    lifecycle("a click at the very end counts", ("signoff.expires_at <= event.at", "signoff.expires_at < event.at")),
    lifecycle("a late click counts", ("signoff.expires_at <= event.at:", "False:")),
    lifecycle("it expires a moment late", ("waiting[0].at <= event.at", "waiting[0].at < event.at")),
    quorum("final is not final", ("    if signoff.status.is_final:\n        raise", "    if False:\n        raise")),
    lifecycle(
        "superseding does not end it",
        ("_end(replace(signoff, ended_by=event.by), Status.SUPERSEDED, event)", "Step(signoff)"),
    ),
    lifecycle(
        "the pipeline is told again, and something else",
        (
            "report=event.report), (ShowCard(),)",
            "report=event.report), (ShowCard(), TellPipeline(Status.REJECTED))",
        ),
    ),
    lifecycle("the pipeline is not told", ("(ShowCard(), TellPipeline(status), Attest())", "(ShowCard(), Attest())")),
    lifecycle("the pipeline is told something else", ("TellPipeline(status), Attest())", "TellPipeline(Status.APPROVED), Attest())")),
    lifecycle("expiry is forgotten", ("if DeadlineKind.EXPIRE in kinds:", "if False:")),
    lifecycle(
        "who turned out to have had a part is forgotten",
        ("        contributors=event.contributors,\n        provenance=", "        provenance="),
    ),
    lifecycle("nobody has time to think better of it", ("status is Status.APPROVED and signoff.requirement.grace", "False")),
    lifecycle("what was taken back settles all the same", ("return replace(signoff.settling, approvers=approvers) if enough else None", "return signoff.settling")),
    lifecycle("what is over settles still", (", settling=None, claim=None)", ")")),
    lifecycle("anybody may withdraw it", ("    if event.by:\n        check_took_part(signoff, event.by)\n    ended", "    ended")),
    lifecycle("it settles without another look at who approved", ("if tally(settled, standings) is Status.APPROVED:", "if True:")),
    lifecycle("each approval begins the time anew", ("begun = signoff.settling if not longer else None", "begun = None")),
    lifecycle("it settles after its expiry", ("else min(ends), approvers", "else ends[0], approvers")),
    lifecycle("it escalates too soon", ("escalated=signoff.escalated or widened", "escalated=True")),
)  # fmt: skip


LIVES = 20_000
"""More than enough: the shyest mutant is found within a few thousand."""


def test_the_twin_passes() -> None:
    with grown(TWIN, QUORUM, LIFECYCLE) as lifecycle:
        assert not breaks_a_law(lifecycle, lives=2_000)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    with grown(mutant, QUORUM, LIFECYCLE) as lifecycle:
        assert breaks_a_law(lifecycle, LIVES), f"nothing notices that {mutant.name}"


def breaks_a_law(lifecycle: Lifecycle, lives: int) -> bool:
    """Whether one of so many lives, the same at every run, goes against a law."""
    chance = random.Random(7)  # noqa: S311 -- to be the same every time, not to be secret
    for _ in range(lives):
        opening, life = an_opening(chance.choice), a_life(chance.choice)
        try:
            check_life(lifecycle, opening, life)
        except AssertionError:
            return True
    return False

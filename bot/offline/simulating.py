"""What would a policy have asked for, of whom, and for how long, in a stretch of the past?

Whoever is asked carries the ask until enough of those who were asked would have answered, or until
it expires. So load shapes whom the next change is brought to, as it would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from bot.cli.explaining import asked_for
from bot.cli.reports import Assumptions, Shift, Shifted, Simulated
from bot.domain.asking.budgets import NO_BUDGETS, Budgets, had
from bot.domain.asking.rota import Rota
from bot.domain.change import Change
from bot.domain.judging import Judged, Rules, judge
from bot.domain.people import Roster
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Ask
from bot.domain.spans import harmless
from bot.offline.carried_load import Answering, CarriedLoad
from bot.offline.inviting import Inviting, signatures, wanted
from bot.offline.tallying import Counting

EXAMPLES_AT_MOST = 5
"""Of each shift."""

_LOTS = 10_000
_USUAL = Assumptions()
_NO_ROTAS: Mapping[str, Rota] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A change of the past, and when it would have been asked for."""

    change: Change
    at: datetime


def simulate(
    changes: Iterable[Timed],
    today: Rules,
    candidate: Rules | None = None,
    *,
    rotas: Mapping[str, Rota] = _NO_ROTAS,
    candidate_rotas: Mapping[str, Rota] = _NO_ROTAS,
    budgets: Budgets = NO_BUDGETS,
    candidate_budgets: Budgets = NO_BUDGETS,
    assumptions: Assumptions = _USUAL,
    since: datetime | None = None,
    until: datetime | None = None,
    notes: Iterable[str] = (),
) -> Simulated | None:
    """Changes in any order; the span is by default theirs. None: there are none."""
    ordered = sorted(changes, key=lambda past: past.at)
    if not ordered:
        return None
    now = _policed(today, rotas, assumptions, budgets)
    then = None
    if candidate:
        then = _policed(candidate, candidate_rotas, assumptions, candidate_budgets)
    strangers, shifts = Counter[str](), Counter[Shift]()
    examples = list[Shifted]()
    for past in ordered:
        judged = now.ask(past)
        strangers.update(_stranger(judged))
        shifted = _shifted(past, judged, then.ask(past), now, then) if then else None
        if shifted is not None:
            shifts[shifted.shift] += 1
            examples += [shifted] if shifts[shifted.shift] <= EXAMPLES_AT_MOST else []
    return Simulated(
        since=since or ordered[0].at,
        until=until or ordered[-1].at,
        roster=today.roster,
        assumptions=assumptions,
        today=now.counting.tally(),
        candidate=then.counting.tally() if then else None,
        shifts={shift: shifts[shift] for shift in Shift if shifts[shift]},
        examples=tuple(sorted(examples, key=lambda it: list(Shift).index(it.shift))),
        strangers=tuple(strangers.most_common()),
        notes=(*notes, *_spared(now, ""), *(_spared(then, "with the candidate, ") if then else ())),
    )


@dataclass(slots=True, kw_only=True)
class _Policed:
    """One policy on its way through the past."""

    rules: Rules
    inviting: Inviting
    answering: Answering
    counting: Counting
    load: CarriedLoad = field(default_factory=CarriedLoad)
    spared: int = 0

    def ask(self, past: Timed) -> Judged:
        judged = judge(self.rules, past.change, past.at, draw=_lot(past.change))
        requirement = judged.judgement.requirement
        asks = wanted(requirement)
        self.counting.seen(judged)
        if asks:
            load, had_today = self.load.at(past.at), self._asked_today(past.at)
            choices = self.inviting.choices(judged, past.at, load, had_today)
            self.spared += sum(
                it.why == had(had_today.get(it.person, 0))
                for choice in choices
                for it in choice.passed_over
            )
            people = {it.person for choice in choices for it in choice.asked}
            enough = self.answering.enough(asks, people, past.at)
            expires = max((it.at for it in requirement.deadlines), default=past.at)
            self.load.add(sorted(people), past.at, min(enough or expires, expires))
            self.counting.asked(
                judged,
                people,
                signatures=signatures(asks, self.rules.roster),
                delay=enough - past.at if enough else None,
                late=enough is not None and enough > expires,
            )
        return judged

    def _asked_today(self, at: datetime) -> Mapping[str, int]:
        return self.load.since(self.inviting.begins(at))


def _policed(
    rules: Rules,
    rotas: Mapping[str, Rota],
    assumptions: Assumptions,
    budgets: Budgets = NO_BUDGETS,
) -> _Policed:
    return _Policed(
        rules=rules,
        inviting=Inviting(roster=rules.roster, rotas=rotas, budgets=budgets),
        answering=Answering(roster=rules.roster, reaction=assumptions.reaction),
        counting=Counting(policy=rules.policy),
    )


def _spared(policed: _Policed, whose: str) -> tuple[str, ...]:
    """How often the attention budget made a difference."""
    times = "once" if policed.spared == 1 else f"{policed.spared} times"
    said = f"{whose}somebody was passed over {times}, having been asked enough that day"
    return (said,) if policed.spared else ()


def _lot(change: Change) -> int:
    """A lot for samples that is the same whenever the past is gone through."""
    named = f"{change.repository}\0{change.key}".encode(errors="surrogatepass")
    return int.from_bytes(sha256(named).digest()[:8]) % _LOTS


def _stranger(judged: Judged) -> tuple[str, ...]:
    """The author, if the roster does not know them and they are no bot."""
    author = judged.facts.change.author
    if judged.facts.author or judged.facts.provenance.status is AiStatus.AUTOMATION:
        return ()
    name = author.login or author.name
    address = f" <{author.email}>" if author.email and name else ""
    return (harmless(f"{name or author}{address}", 120),)


def _shifted(
    past: Timed, before: Judged, after: Judged, now: _Policed, then: _Policed
) -> Shifted | None:
    """How the candidate treats a change otherwise; None: it does not."""
    was, wants = before.judgement.requirement, after.judgement.requirement
    shift = _shift(wanted(was), wanted(wants), now.rules.roster, then.rules.roster)
    if shift is None:
        return None
    gone = [f"no longer {name}" for name in was.rules if name not in wants.rules]
    new = [f"now {name}" for name in wants.rules if name not in was.rules]
    return Shifted(
        shift=shift,
        change=past.change,
        at=past.at,
        before=asked_for(was.asks),
        after=asked_for(wants.asks),
        because=", ".join((*new, *gone)),
    )


def _shift(
    was: tuple[Ask, ...], wants: tuple[Ask, ...], roster: Roster, other: Roster
) -> Shift | None:
    before, after = signatures(was, roster), signatures(wants, other)
    if not before and not after:
        return None
    if not before or not after:
        return Shift.NEWLY if after else Shift.NO_LONGER
    if before != after:
        return Shift.MORE if after > before else Shift.FEWER
    return Shift.OTHERWISE if set(map(_whom, was)) != set(map(_whom, wants)) else None


def _whom(ask: Ask) -> tuple[int, str, frozenset[str], frozenset[str]]:
    return ask.approvals, ask.level, ask.groups, ask.people

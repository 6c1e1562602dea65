"""Were the laws kept? One checker for simulated and for real runs: evidence in, violations out.

It knows nothing of how the evidence came about: it reads what was stored and what the outside
world received, and says in words which law of DESIGN section 3 was broken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import count

from bot.domain.effects import Attest, TellPipeline
from bot.domain.errors import Refusal
from bot.domain.events import Event, Opened, Reported, Reviewed
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff, Status
from tests.faults.evidence import Entry, Evidence, Received, Violation
from tests.faults.lawful import read_life
from tests.faults.life import Life

_TELL, _ATTEST = TellPipeline(Status.APPROVED).kind, Attest().kind


def judge(evidence: Evidence) -> list[Violation]:
    """Every law that was broken; nothing, if none was."""
    trails = _trails(evidence)
    wrongs = [*_chain(evidence), *_strays(evidence, trails)]
    known = {id: trail for id, trail in trails.items() if id in evidence.stored}
    lives = {id: read_life(evidence, it, evidence.stored[id]) for id, it in known.items()}
    for id, life in lives.items():
        wrongs += life.wrongs
        wrongs += _as_stored(evidence.stored[id], known[id], life)
        wrongs += _pending(evidence, evidence.stored[id])
        wrongs += _reports(evidence, evidence.stored[id], known[id])
        wrongs += _attested(evidence, evidence.stored[id])
        wrongs += _reminded(evidence, known[id], life)
    wrongs += _places(evidence, sorted(lives.values(), key=lambda life: life.opened_seq))
    return [*wrongs, *_clicks(evidence), *_told_of(evidence)]


def _trails(evidence: Evidence) -> dict[str, list[Entry]]:
    trails: dict[str, list[Entry]] = defaultdict(list)
    for entry in evidence.entries:
        trails[entry.signoff].append(entry)
    return trails


def _chain(evidence: Evidence) -> Iterator[Violation]:
    """Law 3: no entry is missing, and none is older than the one before."""
    numbers = (number for number in count(1) if number not in evidence.of_house)
    for number, entry in zip(numbers, evidence.entries, strict=False):
        if entry.seq != number:
            yield Violation("chain", f"entry {entry.seq} stands where {number} should")
    moments = [entry.written_at for entry in evidence.entries if entry.written_at]
    if moments != sorted(moments):
        yield Violation("chain", "its entries were not written in their order")


def _strays(evidence: Evidence, trails: dict[str, list[Entry]]) -> Iterator[Violation]:
    """Laws 3 and 4: state without a trail, a trail without state, a report of neither."""
    for id in evidence.stored.keys() ^ trails.keys():
        yield Violation("together", f"{id} has a trail or a state, and not both")
    for message in evidence.received:
        stored = evidence.stored.get(message.signoff)
        if stored is None or not stored.status.is_final:
            yield Violation("reported", f"{message.signoff} was reported, and is not decided")


def _as_stored(stored: Signoff, trail: Sequence[Entry], life: Life) -> Iterator[Violation]:
    """Law 5, and that what is stored is what the trail comes to in other words than ours."""
    if stored.status is not life.status:
        yield Violation("status", f"{stored.id} is {stored.status} and should be {life.status}")
    if life.ended is not None and stored.decided_at != life.ended.event.at:
        yield Violation("status", f"{stored.id} says another moment of its decision")
    opened, *later = (entry.event for entry in trail)
    if not _replays(stored, opened, later):
        yield Violation("replay", f"the trail of {stored.id} does not lead to what is stored")


def _replays(stored: Signoff, opened: Event, later: Sequence[Event]) -> bool:
    try:
        return isinstance(opened, Opened) and replay(opened, later) == stored
    except (Refusal, ValueError):
        return False


def _pending(evidence: Evidence, stored: Signoff) -> Iterator[Violation]:
    """Law 6: nothing waits on after its expiry once all is up."""
    end = stored.expires_at
    late = evidence.sweep is not None and end is not None and end + evidence.sweep
    if evidence.calm and not stored.status.is_final and late and late < evidence.ended_at:
        yield Violation("sweep", f"{stored.id} is still pending after its expiry")


def _reports(evidence: Evidence, stored: Signoff, trail: Sequence[Entry]) -> Iterator[Violation]:
    """Law 4: at least once, always the same under the same id."""
    reached = [it for it in evidence.received if it.signoff == stored.id]
    if not stored.status.is_final:
        return
    if len({message.message_id for message in reached}) > 1:
        yield Violation("message id", f"{stored.id} was reported under more than one")
    if len({message.digest for message in reached}) > 1:
        yield Violation("disagree", f"{stored.id} was reported in different words")
    if any(message.status != stored.status for message in reached):
        yield Violation("disagree", f"{stored.id} was reported as something else than it is")
    if any(stored.decided_at and it.at < stored.decided_at for it in reached):
        yield Violation("reported", f"{stored.id} was reported before it was decided")
    yield from _not_lost(evidence, stored, reached)
    yield from _as_reported(stored, trail, reached)


def _not_lost(
    evidence: Evidence, stored: Signoff, reached: Sequence[Received]
) -> Iterator[Violation]:
    if not stored.change.reply_to:
        return
    waits = any((it.signoff, it.effect) == (stored.id, _TELL) for it in evidence.waiting)
    if not reached and not waits:
        yield Violation("lost", f"the decision of {stored.id} was neither reported nor waits")
    elif evidence.calm and not reached:
        yield Violation("lost", f"the decision of {stored.id} still waits to be reported")


def _as_reported(
    stored: Signoff, trail: Sequence[Entry], reached: Sequence[Received]
) -> Iterator[Violation]:
    """What the trail says of the reports is what the pipeline saw."""
    reports = [it.event.report for it in trail if isinstance(it.event, Reported)]
    if any(report.accepted for report in reports[:-1]):
        yield Violation("reported", f"{stored.id} says more of its report after it was accepted")
    if any(report.accepted for report in reports) and not any(it.taken for it in reached):
        yield Violation("reported", f"{stored.id} says that it was reported, and it was not")


def _attested(evidence: Evidence, stored: Signoff) -> Iterator[Violation]:
    """Law 3: what is promised with a decision is not lost either."""
    if evidence.attested is None or not stored.status.is_final or stored.id in evidence.attested:
        return
    waits = any((it.signoff, it.effect) == (stored.id, _ATTEST) for it in evidence.waiting)
    if evidence.calm or not waits:
        yield Violation("lost", f"the attestation of {stored.id} was forgotten")


def _reminded(evidence: Evidence, trail: Sequence[Entry], life: Life) -> Iterator[Violation]:
    """Nobody is reminded of what is decided; of several reminders only the newest is spoken."""
    mine = [it for it in evidence.reminders if it.signoff == life.id]
    if life.ended and any(it.at >= life.ended.moment for it in mine):
        yield Violation("reminder", f"{life.id} was reminded of after it was decided")
    may = sum(entry.event.kind in ("deadline_passed", "reassessed") for entry in trail)
    if len(mine) > may:
        yield Violation("reminder", f"{life.id} was reminded of more often than deadlines passed")


def _places(evidence: Evidence, lives: Sequence[Life]) -> Iterator[Violation]:
    """Law 2: a newer change supersedes what waits for the same place; a key is told once."""
    keys = Counter((it.change.connection, it.change.key, it.renewal) for it in lives)
    for (_, key, _), often in keys.items():
        if often > 1:
            yield Violation("told twice", f"the change {key} was opened {often} times")
    before: dict[tuple[str, str, str], Life] = {}
    for life in lives:
        if life.change.connection in evidence.keep_older:
            continue
        place = (life.change.connection, life.change.repository, life.change.environment)
        older = before.get(place)
        if older and (older.ended is None or older.ended.seq > life.opened_seq):
            yield Violation("superseded", f"{older.id} still waited when {life.id} was opened")
        before[place] = life


def _clicks(evidence: Evidence) -> Iterator[Violation]:
    """Law 11: the same click twice is one review, and none that was acknowledged is lost."""
    events = [entry.event for entry in evidence.entries]
    counted = Counter(it.review.reason for it in events if isinstance(it, Reviewed))
    for press in evidence.presses:
        if counted[press.words] > 1:
            yield Violation(
                "click", f"one click of {press.person} is {counted[press.words]} reviews"
            )
        if press.counted and not counted[press.words]:
            yield Violation("click", f"a click of {press.person} was acknowledged and is lost")


def _told_of(evidence: Evidence) -> Iterator[Violation]:
    """Law 12: a change whose sender was told that we have it, we have."""
    known = {stored.change.key for stored in evidence.stored.values()}
    for key in sorted(evidence.acknowledged - known):
        yield Violation("lost", f"the change {key} was acknowledged and is nowhere")

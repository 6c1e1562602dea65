"""Which bugs must the simulation find? Each by the exact text it changes, and the laws it breaks."""

from __future__ import annotations

from dataclasses import dataclass

from tests.laws.mutants import Edit, Mutant

_HERE = "tests/faults/simulation"
QUORUM, LADDER = "bot/domain/quorum.py", "bot/domain/ladder.py"
LIFECYCLE = "bot/domain/lifecycle.py"
DATABASE, UNITS, PROCESS = f"{_HERE}/database.py", f"{_HERE}/units.py", f"{_HERE}/process.py"
WORLD, TROUBLE = f"{_HERE}/world.py", f"{_HERE}/trouble.py"
PEOPLE, MONTH = f"{_HERE}/people.py", f"{_HERE}/month.py"
ALL = (QUORUM, LADDER, LIFECYCLE, DATABASE, UNITS, PROCESS, WORLD, TROUBLE, PEOPLE, MONTH)
"""What is made anew for every mutant, each of those before it."""

TWIN = Mutant("twin", ())


@dataclass(frozen=True, slots=True)
class Bug:
    """A mutant, and the laws of which at least one has to be seen to be broken."""

    mutant: Mutant
    laws: frozenset[str]


def bug(name: str, laws: str, *edits: tuple[str, str, str]) -> Bug:
    broken = frozenset(laws.split(", "))
    return Bug(Mutant(name, tuple(Edit(*edit) for edit in edits)), broken)


BUGS = (
    bug("time is judged by the clock of the process", "expiry, sweep", (UNITS, '"""The time of the transaction."""\n        return self.db.now', "return self.clock")),
    bug("a late click counts", "expiry", (LIFECYCLE, "signoff.expires_at <= event.at:", "False:"), (UNITS, "signoff = self.catch_up(self.load(click.signoff))", "signoff = self.load(click.signoff)")),
    bug("who may not any more still counts", "approved, status", (UNITS, "standings=self.book.standings(*who)", "standings=(*self.book.standings(click.person), *book(0, 0).standings(*who[:-1]))"), (UNITS, "company import Book", "company import Book, book")),
    bug("who may not is let in", "eligible", (QUORUM, "    if not is_eligible(signoff, standing):\n        raise NotAReviewer(wanted=wanted(signoff))\n    if revision", "    if revision")),
    bug("reviews of another revision count", "revision", (QUORUM, "if revision != signoff.change.revision:", "if False:"), (QUORUM, "review.revision == signoff.change.revision\n        and ", "")),
    bug("a new policy changes nothing for what waits", "policy", (UNITS, "if event := self.book.reassess(signoff, self.now):", "if event := None:")),
    bug("a process with an old roster decides on", "eligible, approved, policy, asked, status", (UNITS, "if self.db.book != self.book.number:", "if False:")),
    bug("it settles without another look at who approved", "approved", (LIFECYCLE, "if tally(settled, standings) is Status.APPROVED:", "if True:")),
    bug("final is not final", "final is final", (QUORUM, "    if signoff.status.is_final:\n        raise", "    if False:\n        raise")),
    bug("what was read before a pause is written after it", "final is final, replay, status", (PROCESS, "desk.pass_time(id))", "desk.catch_up(signoff))")),
    bug("a newer change supersedes nothing", "superseded", (UNITS, "return (it for it in self.db.pending if", "return (it for it in () if")),
    bug("what is superseded waits on", "status", (LIFECYCLE, "_end(replace(signoff, ended_by=event.by), Status.SUPERSEDED, event)", "Step(signoff)")),
    bug("a change told twice is two", "told twice", (UNITS, "if known := self.db.keys.get(change.key):", "if known := '':")),
    bug("the same click is two reviews", "click", (UNITS, "if click.id in self.db.clicks:", "if False:")),
    bug("a click is acknowledged before it is stored", "click", (PROCESS, "            outcome = self.write(lambda desk: desk.click(click))\n", "            answer(self.world.db.signoffs[click.signoff])\n            outcome = self.write(lambda desk: desk.click(click))\n")),
    bug("a change is acknowledged before it is stored", "lost", (PROCESS, "            if new:\n", "            answer()\n            if new:\n")),
    bug("the outbox is written beside the transaction", "reported, disagree", (DATABASE, "        self.put(self.outbox, row.id, row)\n", "        self.outbox[row.id] = row\n")),
    bug("what is taken from the outbox is gone from it", "lost", (UNITS, "self.db.put(self.db.outbox, row.id, mine)", "self.db.put(self.db.outbox, row.id, None)"), (UNITS, "return there is not None and there.lease == row.lease", "return True")),
    bug("a claim is not fenced", "reported", (UNITS, "return there is not None and there.lease == row.lease", "return True")),
    bug("each attempt has an id of its own", "message id", (PROCESS, 'id=f"msg_{signoff.id}_{signoff.status}"', 'id=f"msg_{signoff.id}_{row.attempts}"')),
    bug("each attempt says something else", "disagree", (PROCESS, 'digest=f"{signoff.status} ', 'digest=f"{row.lease} ')),
    bug("no answer is taken for a yes", "reported, lost", (PROCESS, "if fate.accepted:", "if fate.accepted or fate.after >= 10:")),
    bug("given up for good is forgotten", "lost", (UNITS, "replace(later, parked=True))", "None)")),
    bug("the attestation is not promised", "lost", (UNITS, "case TellPipeline() | Attest():", "case TellPipeline():")),
    bug("it escalates too soon", "eligible, asked, status", (LADDER, "escalated=signoff.escalated or news.escalates", "escalated=True")),
    bug("what was due long ago is not looked for", "sweep", (PROCESS, "it.next_due <= now)]", "now - timedelta(hours=1) < it.next_due <= now)]"), (DATABASE, "waits = [it.next_due for it in self.pending]", "waits = [it.next_due for it in self.pending if it.next_due and it.next_due > self.now - timedelta(hours=1)]")),
    bug("it is escalated to whoever is there", "asked", (UNITS, "invited = self.book.invited(behind, self.away) if widens else ()", "invited = tuple(Asked(person=it) for it in self.book.roster.people) if widens else ()"), (UNITS, "from bot.domain.signoff import DeadlineKind", "from bot.domain.signoff import Asked, DeadlineKind")),
    bug("people are reminded of what is decided", "reminder", (LIFECYCLE, "(ShowCard(), TellPipeline(status), Attest())", "(ShowCard(), Remind(), TellPipeline(status), Attest())")),
    bug("the entry of a decision is not written", "replay, status, together", (UNITS, "        self.db.append(event, signoff.id)\n", "        if not signoff.status.is_final:\n            self.db.append(event, signoff.id)\n")),
)  # fmt: skip

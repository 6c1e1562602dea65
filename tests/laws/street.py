"""The real engine on a real file, with a fake clock, and an inspector who looks at the laws.

`engine` is the class `Signoffs`, or that of a mutant.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from bot.domain.change import Change
from bot.domain.contributors import contributors
from bot.domain.effects import TellPipeline
from bot.domain.errors import Refusal
from bot.domain.events import Opened, Reviewed, ReviewTakenBack
from bot.domain.lifecycle import replay
from bot.domain.override import OverrideRules
from bot.domain.people import Roster, Standing
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.clicks import Click
from bot.engine.opening import KeyReused, Opening
from bot.engine.signoffs import Signoffs
from storage import audit, documents
from storage.store import Store
from storage.tables import OutboxRow, SignoffRow, SurfaceRow
from tests.builders import ROSTER, FakeClock, a_policy, hours, ids
from tests.engine.house import FakePipeline, House, furnish
from tests.laws.law import eligible, expiry, verdict_of

OVERRIDES = OverrideRules(people=frozenset({"pat", "jun"}), channel="C0SEC", review_within=hours(2))


class Street:
    """One database and what the world outside knows of it."""

    def __init__(self, folder: Path, engine: Any = Signoffs) -> None:
        self.url = f"sqlite:///{folder / 'countersign.db'}"
        self.engine = engine
        self.clock, self.new_id = FakeClock(), ids()
        self.pipeline = FakePipeline()
        self.store: Store | None = None
        self.house: House
        self.known: dict[str, tuple[Change, str]] = {}
        """By key: the change we told of, and the id we were given."""
        self.finals: dict[str, Status] = {}
        self.counted: set[str] = set()
        """Ids of the clicks that became a review."""

    async def move_in(self, roster: Roster = ROSTER, policy: Policy | None = None) -> None:
        """Start, or start again, with this roster and policy."""
        await self.move_out()
        self.store = Store(self.url, clock=self.clock)
        self.house = furnish(
            self.store,
            self.clock,
            roster=roster,
            policy=policy or a_policy(),
            pipelines={"payments-ci": self.pipeline},
            new_id=self.new_id,
            signoffs_class=self.engine,
            overrides=OVERRIDES,
        )

    async def move_out(self) -> None:
        if self.store:
            await self.store.close()
            self.store = None

    async def tell(self, change: Change) -> Signoff | None:
        """Tell of a change; a key is one change for ever, and told twice it is one signoff."""
        told, id = self.known.get(change.key, (None, ""))
        try:
            opening: Opening = await self.house.signoffs.open(change)
        except Exception as problem:
            if type(problem).__name__ != KeyReused.__name__:
                raise
            assert told not in (None, change), "the same change was refused"
            return None
        assert opening.new is (told is None)
        assert told in (None, change), "law: one key is one change"
        assert id in ("", opening.signoff.id)
        self.known[change.key] = (change, opening.signoff.id)
        if opening.new:
            await self._nothing_older_waits(opening.signoff)
        return opening.signoff

    async def click(self, click: Click, verdict: Verdict, reason: str) -> Signoff | None:
        """Press a button. Who is let through had to be, and who is not had not."""
        before = await self.house.board.signoff(click.signoff_id)
        assert before is not None
        repeated = click.id in self.counted
        try:
            after: Signoff = await self.house.signoffs.review(click, verdict, reason)
        except Refusal:
            assert not repeated, "law 11: a repeated click is no news"
            assert not await self._would_count(click, verdict, reason), "a lawful review is refused"
            return None
        if len(after.reviews) > len(before.reviews):
            assert not repeated, "law 11: the same click twice is one review"
            self.counted.add(click.id)
            self._lawful(after)
        return after

    async def override(self, click: Click) -> None:
        """In an emergency; while a review is overdue, nobody's is let through."""
        before = [it for it in await self.house.board.unreviewed() if it.override]
        late = any(it.override.is_late(self.clock()) for it in before if it.override)
        try:
            after = await self.house.signoffs.override(click, "INC-7", "all is down")
        except Refusal:
            return
        again = click.signoff_id in {it.id for it in before}
        assert again or not late, "law 13: what is overdue comes first"
        stranger = after.override_asked is not None and bool(after.contributors.unknown)
        assert after.status.is_final is not stranger, "law 13: what a stranger made takes two"

    async def inspect(self) -> None:
        """Everything that must be true at every moment, looked up in the file."""
        assert self.store
        await self.store.read(self._inspect)
        self._told_alike()

    def _lawful(self, signoff: Signoff) -> None:
        """Law 1 and 6, with who had a part found anew, and with the roster of this moment."""
        rulebook, at = self.house.rulebook, self.clock()
        known = contributors(signoff.change, rulebook.roster, rulebook.conventions).people
        assert known <= signoff.contributors.people, "law 1: somebody who had a part is missing"
        assert signoff.requirement.policy_digest == rulebook.policy.digest, "law 1: old policy"
        end = expiry(signoff)
        assert end is None or at < end, "law 6: a late click"
        verdict = verdict_of(signoff, self._standings())
        if verdict is Status.APPROVED and signoff.requirement.grace:
            assert signoff.status is Status.PENDING, "law 1: it does not count yet"
            assert signoff.settling, "law 1: what is enough settles"
        else:
            assert signoff.status is verdict, "law 1"
        if signoff.status is Status.APPROVED:
            approvers = [r.person for r in signoff.reviews if r.revision == signoff.change.revision]
            assert not set(approvers) & known

    async def _would_count(self, click: Click, verdict: Verdict, reason: str) -> bool:
        """Whether a click that was refused should have been let through. Only plain cases."""
        signoff = await self.house.board.signoff(click.signoff_id)
        assert signoff is not None
        said = {review.person for review in signoff.reviews}
        return (
            signoff.status is Status.PENDING
            and click.person not in said
            and click.revision == signoff.change.revision
            and click.policy_digest == signoff.requirement.policy_digest
            and (verdict is Verdict.APPROVE or bool(reason.strip()))
            and eligible(signoff, self.house.rulebook.roster.standing(click.person))
        )

    def _standings(self) -> Sequence[Standing]:
        roster = self.house.rulebook.roster
        found = (roster.standing(person) for person in roster.people)
        return [standing for standing in found if standing]

    async def _nothing_older_waits(self, new: Signoff) -> None:
        place = (new.change.repository, new.change.environment)
        others = [
            one.id
            for one in await self.house.board.pending()
            if (one.change.repository, one.change.environment) == place and one.id != new.id
        ]
        assert others == [], "law 2: a new revision supersedes what is pending"

    def _inspect(self, session: Session) -> None:
        assert audit.verify(session) is None, "law 3: the chain holds"
        stored = session.exec(select(SignoffRow)).all()
        assert {row.id for row in stored} == {id for _, id in self.known.values()}
        reviews = 0
        for row in stored:
            signoff = documents.read_signoff(row.document)
            reviews += self._one(session, row, signoff)
        assert reviews == len(self.counted), "law 11: a review for every click that counted"

    def _one(self, session: Session, row: SignoffRow, signoff: Signoff) -> int:
        """How many reviews its trail tells of."""
        trail = audit.trail(session, row.id)
        assert trail, "law 3: every signoff has its trail"
        opened, *later = trail
        assert isinstance(opened, Opened)
        assert replay(opened, later) == signoff, "law 5: the trail tells what is stored"
        assert row.status == signoff.status.value
        told = [event.review for event in later if isinstance(event, Reviewed)]
        taken_back = {event.person for event in later if isinstance(event, ReviewTakenBack)}
        kept = [review for review in told if review.person not in taken_back]
        assert [r for r in signoff.reviews if r.person not in taken_back] == kept
        before = self.finals.get(row.id)
        assert before in (None, signoff.status), "law 2: final is final"
        if signoff.status.is_final:
            self.finals[row.id] = signoff.status
        assert row.next_due == signoff.next_due, "law 3: deadlines agree with the state"
        self._promised(session, signoff)
        self._loud(session, signoff)
        return len(told)

    def _loud(self, session: Session, signoff: Signoff) -> None:
        """Law 13: whoever is to hear of an override is written down with it, and it ends."""
        query = select(SurfaceRow.name).where(SurfaceRow.subject == signoff.id)
        told = {name for name in session.exec(query) if name.startswith("override ")}
        it = signoff.override
        assert bool(it) is (signoff.status is Status.OVERRIDDEN), "law 13: only an override is one"
        assert bool(told) is bool(it), "law 13: an override is never silent"
        if it:
            author = {"override @U0JUN"} if signoff.change.author.login == "jun" else set()
            assert {"override C0SEC", *author} <= told
            assert it.by not in signoff.contributors.people
            assert not signoff.contributors.unknown
            assert it.until - it.at <= hours(1), "law 13: it ends"

    def _promised(self, session: Session, signoff: Signoff) -> None:
        """Law 3 and 4: what is decided is either told, or in the outbox; nothing else is."""
        query = select(OutboxRow).where(OutboxRow.signoff_id == signoff.id)
        effects = [(row.state, documents.read_promise(row.effect)) for row in session.exec(query)]
        to_tell = [effect.status for _, effect in effects if isinstance(effect, TellPipeline)]
        taken = [
            status for name, status in self.pipeline.taken if name.split("_")[2] == signoff.id[4:]
        ]
        if not signoff.status.is_final:
            assert (to_tell, taken) == ([], []), "nothing is told before it is decided"
            return
        assert to_tell in ([], [signoff.status])
        assert bool(to_tell) is (not taken), "law 4: it is told, or waits to be told"
        noted = signoff.report is not None and signoff.report.accepted
        assert noted is bool(taken), "law 3: that it was told is on record"

    def _told_alike(self) -> None:
        """Law 4: one message a signoff, whatever happens; the pipeline double keeps the book."""
        told: dict[str, set[tuple[str, str]]] = {}
        for name, status in self.pipeline.attempts:
            told.setdefault(name.split("_")[2], set()).add((name, status))
        for id, messages in told.items():
            assert len(messages) == 1, f"law 4: sgn_{id} was told as {messages}"
            ((_, status),) = messages
            assert self.finals[f"sgn_{id}"].value == status

"""Do the laws hold for the real engine on a real file, whatever people, CI and time do to it?"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff, Verdict
from bot.domain.sla import Sla
from bot.engine.clicks import Click
from bot.ports import CardRef, Undelivered, Unreachable
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_click,
    a_person,
    a_policy,
    a_rule,
    minutes,
    out_of_groups,
    sha,
    with_person,
    without_person,
)
from tests.laws.street import Street

NEWCOMER = a_person("ann", "staff", logins=frozenset({"newcomer"}))
ROSTERS = (
    ROSTER,
    ROSTER,
    ROSTER,
    without_person(ROSTER, "ada"),
    out_of_groups(ROSTER, "grace"),
    with_person(ROSTER, a_person("ada", "mid")),
    with_person(ROSTER, NEWCOMER, PAYMENTS),
)
SLAS = {"s": Sla(escalate_to=(PLATFORM,), expire=minutes(120))}
POLICIES = (
    a_policy(a_rule(approvals=2, sla="s"), slas=SLAS, digest="sha256:two"),
    a_policy(a_rule(approvals=2, sla="s"), slas=SLAS, digest="sha256:two again"),
    a_policy(a_rule(approvals=1, sla="s"), slas=SLAS, digest="sha256:one"),
    a_policy(a_rule(approvals=1, sources=("owners", PLATFORM)), digest="sha256:wide"),
    a_policy(a_rule(approvals=2), digest="sha256:gentle", grace=minutes(10)),
)
MOSTLY = st.sampled_from([True] * 9 + [False])
PEOPLE = st.sampled_from(["ada", "ada", "grace", "grace", "pat", "jun", "ann", "x"])
TROUBLES = st.lists(
    st.sampled_from(
        [None, Unreachable("down"), Undelivered("HTTP 500"), Undelivered("HTTP 410", final=True)]
    ),
    max_size=3,
)


class EngineLaws(RuleBasedStateMachine):
    """Each rule is something that somebody outside does."""

    @initialize(policy=st.sampled_from(POLICIES))
    def begin(self, policy: object) -> None:
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="laws-"))
        self.street = Street(self.folder)
        self.clicks = 0
        self.last: tuple[Click, Verdict, str] | None = None
        self.runner.run(self.street.move_in(ROSTER, policy))  # type: ignore[arg-type]
        self.runner.run(self.street.tell(a_change(key="0")))

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.street.move_out())
            self.runner.close()
            shutil.rmtree(self.folder)

    @rule(
        key=st.sampled_from("0123"),
        letter=st.sampled_from("aaab"),
        author=st.sampled_from(["jun", "jun", "ada", "newcomer"]),
        place=st.sampled_from(["production", "production", "staging"]),
    )
    def tell(self, key: str, letter: str, author: str, place: str) -> None:
        """A new change, a new revision of one, the same again, or a key used for two."""
        change = a_change(author, key=key, revision=sha(letter), environment=place)
        self.runner.run(self.street.tell(change))

    @rule(key=st.sampled_from("0123"))
    def tell_again(self, key: str) -> None:
        if key in self.street.known:
            self.runner.run(self.street.tell(self.street.known[key][0]))

    def _press(self, click: Click, verdict: Verdict, reason: str) -> None:
        self.last = (click, verdict, reason)
        self.runner.run(self.street.click(click, verdict, reason))

    @rule(
        person=PEOPLE,
        verdict=st.sampled_from([Verdict.APPROVE] * 5 + [Verdict.REJECT]),
        newest=MOSTLY,
        this_revision=MOSTLY,
        this_policy=MOSTLY,
        with_reason=MOSTLY,
        orphan=st.booleans(),
    )
    def review(
        self,
        person: str,
        verdict: Verdict,
        newest: bool,
        this_revision: bool,
        this_policy: bool,
        with_reason: bool,
        orphan: bool,
    ) -> None:
        signoff = self._signoff(newest)
        self.clicks += 1
        click = a_click(
            signoff,
            person,
            id=f"click-{self.clicks}",
            on=CardRef("C0ELSE", "m99") if orphan else None,
        )
        click = click if this_revision else replace(click, revision=sha("f"))
        click = click if this_policy else replace(click, policy_digest="sha256:other")
        self._press(click, verdict, "because" if with_reason else "")

    @rule(person=st.sampled_from(["ada", "grace"]))
    def approve(self, person: str) -> None:
        """What happens most: a senior approves what waits, as it is shown."""
        self.review(person, Verdict.APPROVE, True, True, True, True, False)

    @precondition(lambda self: self.last)
    @rule()
    def the_same_click_again(self) -> None:
        """Slack did not hear our answer."""
        assert self.last
        self.runner.run(self.street.click(*self.last))

    @rule(person=st.sampled_from(["ada", "grace", "jun"]))
    def take_back(self, person: str) -> None:
        signoff = self._signoff(newest=True)
        said = any(review.person == person for review in signoff.reviews)
        done = self._tried(self.street.house.signoffs.take_back(self._click(signoff, person)))
        assert not done or (said and not signoff.status.is_final), "only what one said"

    @rule(person=PEOPLE, to=PEOPLE)
    def delegate(self, person: str, to: str) -> None:
        signoff = self._signoff(newest=True)
        click = self._click(signoff, person)
        done = self._tried(self.street.house.signoffs.delegate(click, to, "you know it better"))
        parts = signoff.contributors.people
        assert not done or not {person, to} & parts, "law 1: nobody who had a part is asked"

    @rule(person=PEOPLE)
    def claim(self, person: str) -> None:
        signoff = self._signoff(newest=True)
        self._tried(self.street.house.signoffs.claim(self._click(signoff, person)))

    def _click(self, signoff: Signoff, person: str) -> Click:
        self.clicks += 1
        return a_click(signoff, person, id=f"click-{self.clicks}")

    def _tried(self, deed: Coroutine[Any, Any, Signoff]) -> bool:
        try:
            self.runner.run(deed)
        except Refusal:
            return False
        return True

    @rule(person=st.sampled_from(["pat", "pat", "jun", "ada"]))
    def override(self, person: str) -> None:
        signoff = self._signoff(newest=True)
        self.runner.run(self.street.override(self._click(signoff, person)))

    @rule(person=st.sampled_from(["ada", "grace", "pat"]), newest=st.booleans())
    def review_an_override(self, person: str, newest: bool) -> None:
        signoff = self._signoff(newest)
        deed = self.street.house.signoffs.review_override(
            self._click(signoff, person), "it was right", fine=True
        )
        done = self._tried(deed)
        assert not done or (signoff.override and person != signoff.override.by), "law 13"

    @rule(person=st.sampled_from(["jun", "ada"]))
    def withdraw(self, person: str) -> None:
        signoff = self._signoff(newest=True)
        may = person in signoff.contributors.people and not signoff.status.is_final
        try:
            self.runner.run(self.street.house.signoffs.withdraw(a_click(signoff, person), "no"))
        except Refusal:
            return
        assert may, "only who had a part may withdraw, and only what waits"

    @rule(length=st.sampled_from([1, 15, 30, 60, 119, 120, 500]), noticed=st.booleans())
    def time_passes(self, length: int, noticed: bool) -> None:
        """With the scheduler, or without it."""
        self.street.clock.go_on(minutes(length))
        if noticed:
            self.runner.run(self.street.house.signoffs.pass_deadlines())

    @rule(roster=st.sampled_from(ROSTERS), policy=st.sampled_from(POLICIES), anew=st.booleans())
    def start_again(self, roster: object, policy: object, anew: bool) -> None:
        """With another config, on the same file."""
        self.runner.run(self.street.move_in(roster, policy))  # type: ignore[arg-type]
        if anew:
            self.runner.run(self.street.house.signoffs.reassess())

    @rule(troubles=TROUBLES)
    def deliver(self, troubles: list[Exception | None]) -> None:
        self.street.pipeline.answers = deque(troubles)
        self.runner.run(self.street.house.settle())

    @invariant()
    def the_laws_hold(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.street.inspect())

    def _signoff(self, newest: bool) -> Signoff:
        """What was told of last, or, now and then, first."""
        told = list(self.street.known.values())
        _, id = told[-1 if newest else 0]
        found = self.runner.run(self.street.house.board.signoff(id))
        assert found
        return found


TestEngineLaws = EngineLaws.TestCase
TestEngineLaws.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

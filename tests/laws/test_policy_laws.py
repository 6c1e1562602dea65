"""Do the laws of policy and identity hold for whatever anybody configures or calls themselves?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.asks import asks_no_more
from bot.domain.change import AiStatement, Change, Commit, Identity, Kind
from bot.domain.conditions import LevelRange, Size, When
from bot.domain.errors import Refusal
from bot.domain.lifecycle import advance, begin
from bot.domain.policy import Demand, Origin, Rule
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier
from bot.domain.signoff import Declaration
from bot.engine.rulebook import Rulebook
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_file,
    a_person,
    a_policy,
    approves,
    judged,
    with_person,
)

# Nobody signs what they had a part in, whatever they call themselves.

EVE = a_person(
    "eve",
    "senior",
    name="Eve Óg",
    logins=frozenset({"eve", "eve-gl"}),
    emails=frozenset({"eve@acme.example", "eve.og@home.example"}),
    accounts=frozenset({"github:7", "gitlab:70"}),
)
TOWN = with_person(ROSTER, EVE, PAYMENTS)

_TAGS = st.text("abcxyz019.-", min_size=1, max_size=6)


@st.composite
def _aliases(draw: st.DrawFn) -> Identity:
    """Something that means eve, and nobody else."""
    tag, number = draw(_TAGS), draw(st.integers(1, 10**9))
    address = draw(st.sampled_from(sorted(EVE.emails)))
    local, _, host = address.partition("@")
    login = draw(st.sampled_from(sorted(EVE.logins)))
    bend = draw(st.sampled_from([str.upper, str.title, str.swapcase, str]))
    return draw(
        st.sampled_from(
            [
                Identity(login=bend(login)),
                Identity(login=f"@{login}"),
                Identity(email=bend(address)),
                Identity(email=f"{local}+{tag}@{host}"),
                Identity(email=f" <{address}> "),
                Identity(email=f"{number}+{login}@users.noreply.github.com"),
                Identity(email=f"{login}@users.noreply.github.com"),
                Identity(email=f"{number}-{login}@users.noreply.gitlab.com"),
                Identity(login="renamed-since", id="github:7"),
                Identity(login="", id="gitlab:70", email="x@x.example"),
                Identity(login=login, id="github:999"),  # perhaps hers, perhaps recycled
                Identity(login="jun", email=address),  # two at once: both had a part
                Identity(name="Eve Óg"),
                Identity(name="eve og"),
                Identity(name="eve\u200b Óg"),
            ]
        )
    )


def _as_trailer(change: Change, who: Identity) -> Change:
    said = f"{who.name or who.login or 'x'} <{who.email}>" if who.email else who.name or who.login
    commit = Commit(sha="1" * 40, message=f"x\n\nco-authored-by: {said}", author=change.author)
    return replace(change, commits=(commit,))


PLACES: dict[str, Callable[[Change, Identity], Change]] = {
    "author": lambda change, who: replace(change, author=who),
    "trigger": lambda change, who: replace(change, triggered_by=who),
    "pusher": lambda change, who: replace(change, pushers=(who,)),
    "prompter": lambda change, who: replace(change, ai=AiStatement(assisted=True, prompted_by=who)),
    "commit author": lambda change, who: replace(
        change, commits=(Commit(sha="1" * 40, author=who),)
    ),
    "committer": lambda change, who: replace(
        change, commits=(Commit(sha="1" * 40, author=change.author, committer=who),)
    ),
}


@settings(max_examples=300, deadline=None)
@given(who=_aliases(), place=st.sampled_from(sorted(PLACES)))
def test_no_alias_lets_a_contributor_review(who: Identity, place: str) -> None:
    change = PLACES[place](a_change(), who)
    signoff = begin(Rulebook(TOWN, a_policy()).judge("sgn_1", change, NOW)).signoff
    assert "eve" in signoff.contributors.people
    with pytest.raises(Refusal):
        advance(signoff, approves("eve", roster=TOWN))


@settings(max_examples=150, deadline=None)
@given(who=_aliases())
def test_nor_does_one_in_a_trailer(who: Identity) -> None:
    assume(not who.id)  # a trailer cannot hold a number
    change = _as_trailer(a_change(), who)
    signoff = begin(Rulebook(TOWN, a_policy()).judge("sgn_1", change, NOW)).signoff
    assert "eve" in signoff.contributors.people


@given(account=st.sampled_from(["github:8", "github:77", "github:"]))
def test_whoever_got_a_login_that_was_somebody_s_is_not_that_person(account: str) -> None:
    """They count as strangers, which asks for one more; and whose login it was may not sign."""
    recycled = Identity(login="eve", id=account)
    assert TOWN.identify(replace(recycled, id="github:7")) is EVE
    assert TOWN.identify(recycled) is None
    said = judged(a_change(recycled), roster=TOWN)
    assert "eve" in said.facts.contributors.people


# Policy.

_DEMANDS = st.builds(
    Demand,
    approvals=st.integers(1, 3),
    level=st.sampled_from(["junior", "mid", "senior", "staff", "principal"]),
    sources=st.sampled_from([("owners",), (PLATFORM,), (PAYMENTS, PLATFORM), ("codeowners",)]),
    reason=st.booleans(),
    checklist=st.sampled_from([(), ("a",), ("a", "b")]),
    declaration=st.sampled_from(list(Declaration)),
    carry=st.booleans(),
    step_up=st.booleans(),
)
_LEAVES = st.one_of(
    st.builds(When, environment=st.sampled_from([("production",), ("staging",), ("prod*",)])),
    st.builds(When, paths=st.sampled_from([("refunds/**",), ("*.md",), ("infra/**", "*.tf")])),
    st.builds(When, ai=st.sampled_from([(AiStatus.UNDECLARED,), (AiStatus.ASSISTED,)])),
    st.builds(When, kind=st.sampled_from([(Kind.SOFTWARE,), (Kind.SCALING,)])),
    st.builds(When, risk=st.sampled_from([(RiskTier.HIGH,), (RiskTier.NORMAL, RiskTier.LOW)])),
    st.builds(When, size=st.builds(Size, lines_over=st.integers(0, 100))),
    st.builds(When, author_level=st.builds(LevelRange, below=st.sampled_from(["mid", "senior"]))),
    st.builds(When, unowned=st.just(True)),
    st.builds(When, sample=st.sampled_from([0, 5_000, 10_000])),
    st.just(When()),
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(When, any=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(When, all=st.lists(inner, min_size=1, max_size=2).map(tuple)),
        st.builds(When, none=st.lists(inner, min_size=1, max_size=2).map(tuple)),
    ),
    max_leaves=5,
)
_CHANGES = st.builds(
    a_change,
    st.sampled_from(["jun", "ada", "stranger"]),
    environment=st.sampled_from(["production", "staging"]),
    files=st.sampled_from([(), (a_file(),), (a_file("infra/x.tf"), a_file("a.md"))]),
    files_complete=st.booleans(),
    ai=st.sampled_from([None, AiStatement(assisted=True), AiStatement(assisted=False)]),
)


def _rules(origin: Origin) -> st.SearchStrategy[tuple[Rule, ...]]:
    one = st.builds(
        Rule, name=st.just("x"), when=_CONDITIONS, require=_DEMANDS, origin=st.just(origin)
    )
    return st.lists(one, max_size=3).map(tuple)


@settings(max_examples=300, deadline=None)
@given(change=_CHANGES, rules=_rules(Origin.SERVER), own=_rules(Origin.REPOSITORY))
def test_a_repository_s_own_rules_only_tighten(
    change: Change, rules: tuple[Rule, ...], own: tuple[Rule, ...]
) -> None:
    """Law 10."""
    policy = replace(a_policy(), rules=rules)
    without = judged(change, policy).judgement.requirement
    read = {"policies": ("x",)}
    town = Rulebook(ROSTER, policy, read_policy=lambda text: own)
    asked = town.judge("sgn_1", replace(change, **read), NOW).requirement
    assert asks_no_more(without, asked)
    assert set(without.because) <= set(asked.because)


@settings(max_examples=300, deadline=None)
@given(change=_CHANGES, rules=_rules(Origin.SERVER), more=_rules(Origin.SERVER))
def test_adding_a_rule_that_asks_somebody_never_lowers_a_requirement(
    change: Change, rules: tuple[Rule, ...], more: tuple[Rule, ...]
) -> None:
    """Where a rule applied before: the default only stands in for rules that are missing."""
    before = judged(change, replace(a_policy(), rules=rules)).judgement
    assume(before.requirement.rules != ("default",))
    after = judged(change, replace(a_policy(), rules=(*rules, *more))).judgement
    assert asks_no_more(before.requirement, after.requirement)


@settings(max_examples=300, deadline=None)
@given(change=_CHANGES, rules=_rules(Origin.SERVER))
def test_every_demand_has_a_reason(change: Change, rules: tuple[Rule, ...]) -> None:
    judgement = judged(change, replace(a_policy(), rules=rules)).judgement
    met = [answer for answer in judgement.answers if answer.met]
    assert len(met) == len(judgement.requirement.rules) >= 1
    for answer in met:
        reasons = list(answer.answer.reasons())
        assert reasons
        assert all(reasons)
        assert set(reasons) <= set(judgement.requirement.because)


@settings(max_examples=300, deadline=None)
@given(change=_CHANGES, when=_CONDITIONS)
def test_to_be_certain_takes_no_less_than_to_suspect(change: Change, when: When) -> None:
    """What exempts holds only where what tightens would hold, too."""
    exempt = Rule(name="free", when=when, require=Demand(approvals=0))
    tighten = Rule(name="strict", when=when, require=Demand())
    free, strict = (
        judged(change, replace(a_policy(), rules=(rule,))).judgement.answers[0].met
        for rule in (exempt, tighten)
    )
    assert strict or not free

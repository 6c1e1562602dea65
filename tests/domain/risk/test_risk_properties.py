"""What is true of the risk of every change?"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import (
    AiStatement,
    Change,
    Check,
    Commit,
    FileChange,
    Identity,
    Kind,
    Mark,
    Resource,
    Scaling,
    Setting,
)
from bot.domain.places import places_of
from bot.domain.risk import TIERS, Risk, RiskRules, RiskTier, Territory, Window, assess_risk
from bot.domain.risk.landmarks import TESTS
from bot.domain.risk.reasons import WEIGHTS

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = RiskRules(
    territories=(
        Territory(name="payments", paths=("pay/**", "*.pay"), criticality=RiskTier.CRITICAL),
        Territory(name="docs", paths=("docs/",), criticality=RiskTier.LOW),
        Territory(name="all of acme", repository=("acme/*",), criticality=RiskTier.NORMAL),
    ),
    windows=(Window(name="peak", kind="peak"),),
)

_FOLDERS = st.sampled_from(
    [
        "",
        "docs/",
        "pay/",
        "src/auth/",
        ".github/workflows/",
        "db/migrations/",
        "tests/",
        "tests/migrations/",
        "K8S/",
    ]
)
_NAMES = st.sampled_from(
    ["x.md", "x.py", "test_x.py", "go.sum", "main.tf", "nginx.conf", "logo.png", "CODEOWNERS", "x.sql", "é.md", "y\u200b.md"]
)  # fmt: skip
_PATHS = st.builds("".join, st.tuples(_FOLDERS, _NAMES)) | st.text(max_size=12)
_VALUES = st.none() | st.sampled_from(["0", "3", "12", "1Gi", "var.x"])
_SETTINGS = st.builds(
    Setting,
    name=st.sampled_from(["replicas", "timeout", "minReplicas", "?"]),
    before=_VALUES,
    after=_VALUES,
)
_FILES = st.builds(
    FileChange,
    path=_PATHS,
    previous_path=st.none() | _PATHS,
    additions=st.integers(0, 900),
    deletions=st.integers(0, 900),
    counted=st.booleans(),
    status=st.sampled_from(["", "added", "modified", "removed", "renamed"]),
    marks=st.lists(st.sampled_from(Mark), max_size=2).map(tuple),
    settings=st.lists(_SETTINGS, max_size=2).map(tuple),
    digest=st.sampled_from(["", "d"]),
)
_NUMBERS = st.none() | st.sampled_from([0.0, 3.0, 9.0, 12.0, float("nan")])
_CHANGES = st.builds(
    Change,
    connection=st.just("ci"),
    key=st.just("1"),
    repository=st.sampled_from(["acme/pay", "other/pay"]),
    revision=st.just("a" * 40),
    environment=st.just("production"),
    title=st.just("Pay"),
    author=st.just(Identity(login="jun")),
    kind=st.sampled_from(Kind),
    files=st.lists(_FILES, min_size=1, max_size=4).map(tuple),
    files_complete=st.booleans(),
    checks=st.lists(
        st.builds(
            Check, name=st.text(max_size=5), conclusion=st.sampled_from(["", "success", "failure"])
        ),
        max_size=2,
    ).map(tuple),
    plan=st.none()
    | st.lists(
        st.builds(
            Resource,
            address=st.sampled_from(
                ["aws_db_instance.x", "aws_iam_role.x", "aws_lb.x", "aws_instance.x", ""]
            ),
            action=st.sampled_from(["create", "update", "delete", "replace", "?"]),
            moves=st.lists(_SETTINGS, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    scaling=st.lists(
        st.builds(
            Scaling,
            resource=st.text(max_size=5),
            setting=st.sampled_from(["replicas", "min", "timeout"]),
            before=_NUMBERS,
            after=_NUMBERS,
            recent_peak=_NUMBERS,
        ),
        max_size=2,
    ).map(tuple),
)


def risk(change: Change) -> Risk:
    return assess_risk(change, RULES, NOW)


def is_test(file: FileChange) -> bool:
    return places_of(file.paths).within(TESTS) != ()


@given(_CHANGES, _FILES)
def test_it_never_falls_when_a_file_is_added(change: Change, file: FileChange):
    before, after = risk(change), risk(replace(change, files=(*change.files, file)))
    assert after.tier.rank >= before.tier.rank
    if not is_test(file):
        assert after.score >= before.score


@given(_CHANGES, st.text(max_size=50))
def test_nobodys_words_change_it(change: Change, words: str):
    told = replace(
        change,
        title=words,
        description=words,
        commits=(Commit(sha="b" * 40, message=words),),
        ai=AiStatement(assisted=False, rationale=words),
        labels=(words,),
        branch=words,
        url=words,
    )
    assert risk(told) == risk(change)


@given(_CHANGES)
def test_not_to_know_never_lowers_it(change: Change):
    known = risk(change).tier.rank
    first, *others = change.files
    for less in (
        replace(change, files_complete=False),
        replace(change, files=(replace(first, counted=False), *others)),
        replace(change, files=(replace(first, digest=""), *others)),
        replace(change, files=(replace(first, status=""), *others)),
        replace(change, files=(replace(first, marks=(*first.marks, Mark.UNSEEN)), *others)),
    ):
        assert risk(less).tier.rank >= known


@given(_CHANGES, st.randoms(use_true_random=False))
def test_the_order_of_what_is_told_does_not_matter(change: Change, random: Random):
    files, checks, scaling = [*change.files], [*change.checks], [*change.scaling]
    for listed in (files, checks, scaling):
        random.shuffle(listed)
    turned = replace(change, files=tuple(files), checks=tuple(checks), scaling=tuple(scaling))
    assert risk(turned) == risk(change)


@given(_CHANGES)
def test_the_tier_is_that_of_the_strongest_reason_and_every_reason_is_said(change: Change):
    found = risk(change)
    ranks = [it.tier.rank for it in found.reasons]
    assert found.tier is TIERS[max(ranks, default=0)]
    assert ranks == sorted(ranks, reverse=True)
    assert found.score == sum(it.points for it in found.reasons)
    for reason in found.reasons:
        assert reason.kind in WEIGHTS
        assert reason.points > 0
        assert len(reason.paths) <= 5
        assert reason.sentence.endswith(".")
        assert not reason.sentence[0].islower()
        assert reason.sentence.isprintable()
        assert len(reason.sentence) < 250


@given(_CHANGES)
def test_a_high_risk_always_has_something_to_tick(change: Change):
    found = risk(change)
    assert bool(found.checklist) is (found.tier.rank >= RiskTier.HIGH.rank)


@given(_CHANGES)
def test_only_documentation_is_low(change: Change):
    others = [path for path in change.paths if not path.endswith(".md")]
    assert not others or risk(change).tier is not RiskTier.LOW


def test_thousands_of_files_and_hundreds_of_territories_take_no_time():
    files = tuple(
        FileChange(path=f"src/{it % 90}/{it % 7}/m{it}.py", digest="d") for it in range(3_000)
    )
    territories = tuple(
        Territory(
            name=f"t{it}",
            paths=(f"src/t{it}/**", f"**/s{it}/*.py", f"*{it}_x.*", f"lib/{it}/", f"c{it}.yaml"),
        )
        for it in range(200)
    )
    change = Change(
        connection="ci",
        key="1",
        repository="acme/pay",
        revision="a" * 40,
        environment="production",
        title="Pay",
        author=Identity(login="jun"),
        files=files,
    )
    started = time.process_time()
    assess_risk(change, RiskRules(territories=territories), NOW)
    assert time.process_time() - started < 1

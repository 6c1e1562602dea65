"""How risky is a change, and what makes it so?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.domain.change import (
    Change,
    Check,
    FileChange,
    Identity,
    Incident,
    Kind,
    Mark,
    Resource,
    Scaling,
    Setting,
)
from bot.domain.risk import (
    TIERS,
    Risk,
    RiskRules,
    RiskTier,
    Territory,
    Window,
    assess_risk,
    reasons,
)
from bot.domain.risk.reasons import CHECKLIST_AT_MOST, WEIGHTS, reason, weighed

LOW, NORMAL, HIGH, CRITICAL = TIERS
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NO_RULES = RiskRules()


def a_file(path: str, **facts: Any) -> FileChange:
    """A file whose change we saw whole."""
    return FileChange(**{"path": path, "additions": 3, "digest": "d", **facts})


def a_change(*files: FileChange | str, **facts: Any) -> Change:
    known: dict[str, Any] = {
        "connection": "ci",
        "key": "1",
        "repository": "acme/pay",
        "revision": "a" * 40,
        "environment": "production",
        "title": "Retry refunds",
        "author": Identity(login="jun"),
        "files": tuple(it if isinstance(it, FileChange) else a_file(it) for it in files),
    }
    return Change(**{**known, **facts})


def risk(*files: FileChange | str, rules: RiskRules = NO_RULES, **facts: Any) -> Risk:
    return assess_risk(a_change(*files, **facts), rules, NOW)


def kinds(found: Risk) -> set[str]:
    return {it.kind for it in found.reasons}


def tier_of(found: Risk, kind: str) -> RiskTier | None:
    return next((it.tier for it in found.reasons if it.kind == kind), None)


# Documentation.


@pytest.mark.parametrize(
    "path", ["README.md", "docs/auth/guide.md", "docs/migrations/2026.rst", "a/x.adoc"]
)
def test_documentation_alone_is_low(path: str):
    assert risk(path) == Risk(tier=LOW)


@pytest.mark.parametrize(
    "file",
    [
        a_file("help.md", marks=(Mark.EXECUTABLE,)),
        a_file("help.md", marks=(Mark.SYMLINK,)),
        a_file("help.md", marks=(Mark.BIDI,)),
        a_file("help.md", digest=""),
        a_file("help.md", counted=False),
        a_file("help.md", previous_path="help.py"),
        a_file("help.md", previous_path="help"),
        a_file("help", previous_path="help.md"),
        a_file("help.py", previous_path="help.md"),
        a_file("help.MD"),
        a_file("hеlp.md"),  # noqa: RUF001 - the second letter is Cyrillic
        a_file("help.md\u202e"),
        a_file("requirements.txt"),
        a_file("help.mdx"),
        a_file("AGENTS.md"),
        a_file("app/prompts/refund.md"),
    ],
)
def test_what_only_looks_like_documentation_is_not_low(file: FileChange):
    assert risk(file).tier.rank > LOW.rank


def test_documentation_with_code_beside_it_is_not_low():
    assert risk("README.md", "pay.py", "test_pay.py").tier is NORMAL


# Well-known places.


@pytest.mark.parametrize(
    ("path", "kind", "tier"),
    [
        ("countersign.yaml", "policy", HIGH),
        (".github/CODEOWNERS", "policy", HIGH),
        (".github/workflows/ci.yml", "workflow", HIGH),
        ("services/a/.gitlab-ci.yml", "workflow", HIGH),
        ("Jenkinsfile", "workflow", HIGH),
        ("CLAUDE.md", "workflow", NORMAL),
        ("src/auth/login.py", "access", HIGH),
        ("k8s/rolebinding.yaml", "access", HIGH),
        ("policy/deny.rego", "access", HIGH),
        (".env.production", "secrets", HIGH),
        ("deploy/secrets/db.yaml", "secrets", HIGH),
        ("tls/server.key", "secrets", HIGH),
        ("proxy/nginx.conf", "network", HIGH),
        ("envoy/cluster.yaml", "network", HIGH),
        ("haproxy.cfg", "network", HIGH),
        ("k8s/ingress.yaml", "network", HIGH),
        ("db/migrations/0042_refunds.py", "migration", HIGH),
        ("db/drop.SQL", "migration", HIGH),
        ("Dockerfile.prod", "infrastructure", NORMAL),
        ("charts/web/values.yaml", "infrastructure", NORMAL),
        ("infra/main.tf", "infrastructure", HIGH),
        ("go.mod", "dependency", NORMAL),
        ("web/package-lock.json", "dependency", NORMAL),
        (".gitmodules", "dependency", NORMAL),
        (".gitattributes", "unreviewable", NORMAL),
        ("config/feature_flags.yml", "flag", NORMAL),
    ],
)
def test_well_known_places(path: str, kind: str, tier: RiskTier):
    for spelling in (path, path.upper()):
        found = risk(spelling)
        assert tier_of(found, kind) is tier
        assert found.tier.rank >= tier.rank
        assert (spelling,) in {it.paths for it in found.reasons if it.kind == kind}


@pytest.mark.parametrize(
    "path", ["src/author.py", "src/environment.py", "src/ingredients.py", "web/flagship.ts"]
)
def test_places_that_only_sound_like_it(path: str):
    assert kinds(risk(path, "test_x.py")) == {"content"}


def test_both_names_of_a_renamed_file_count():
    gone = a_file("attic/x.py", previous_path="src/auth/x.py", status="renamed")
    assert tier_of(risk(gone), "access") is HIGH


# Territory.


@pytest.mark.parametrize("criticality", TIERS)
def test_territory_somebody_named(criticality: RiskTier):
    pay = Territory(name="payments", paths=("pay/**",), criticality=criticality)
    found = risk("pay/x.py", "test_x.py", rules=RiskRules(territories=(pay,)))
    assert tier_of(found, "territory") is criticality
    assert found.tier.rank == max(criticality.rank, NORMAL.rank)
    assert "territory" not in kinds(risk("web/x.py", rules=RiskRules(territories=(pay,))))


def test_territory_counts_in_documentation_too():
    runbooks = Territory(name="runbooks", paths=("runbooks/",), criticality=HIGH)
    assert risk("runbooks/x.md").tier is LOW
    assert risk("runbooks/x.md", rules=RiskRules(territories=(runbooks,))).tier is HIGH


def test_territory_of_another_repository_does_not_count():
    ledger = Territory(name="ledger", repository=("acme/ledger",), criticality=CRITICAL)
    rules = RiskRules(territories=(ledger,))
    assert risk("x.py", rules=rules, repository="acme/ledger").tier is CRITICAL
    assert risk("x.py", rules=rules, repository="acme/web").tier is NORMAL


# Content.


@pytest.mark.parametrize(
    ("mark", "kind", "tier"),
    [
        (Mark.SECRET, "secrets", HIGH),
        (Mark.WIDE_ACCESS, "access", HIGH),
        (Mark.WIDE_NETWORK, "network", HIGH),
        (Mark.WIDE_PIPELINE, "workflow", HIGH),
        (Mark.DROPS, "migration", HIGH),
        (Mark.BIDI, "unreviewable", HIGH),
        (Mark.INVISIBLE, "unreviewable", HIGH),
        (Mark.UNSEEN, "unreviewable", HIGH),
        (Mark.BINARY, "unreviewable", HIGH),
        (Mark.SUBMODULE, "unreviewable", HIGH),
        (Mark.SYMLINK, "unreviewable", HIGH),
        (Mark.GENERATED, "unreviewable", NORMAL),
        (Mark.EXECUTABLE, "content", NORMAL),
    ],
)
def test_every_mark_is_a_reason(mark: Mark, kind: str, tier: RiskTier):
    found = risk(a_file("x.bin", marks=(mark,)))
    assert tier_of(found, kind) is tier
    assert found.tier is tier


def test_pictures_and_lock_files_are_no_alarm():
    assert risk(a_file("logo.PNG", marks=(Mark.BINARY,))).tier is NORMAL
    assert risk(a_file("web/package-lock.json", marks=(Mark.UNSEEN,))).tier is NORMAL
    assert risk(a_file("web/package.json", marks=(Mark.UNSEEN,))).tier is HIGH


def test_a_name_with_characters_nobody_can_see_is_high():
    assert risk("pay\u200b.py").tier is HIGH


# Tests and checks.


def test_code_without_tests_is_a_mild_reason():
    assert tier_of(risk("pay.py"), "tests") is NORMAL
    assert tier_of(risk("pay.py", "tests/test_pay.py"), "tests") is None
    assert tier_of(risk("config.yaml"), "tests") is None


def test_tests_that_are_taken_away_do_not_count_as_tests():
    sentences = {
        it.sentence for it in risk("pay.py", a_file("test_pay.py", status="removed")).reasons
    }
    assert {"It removes tests.", "It changes code, and no test with it."} <= sentences
    assert risk(a_file("test_pay.py", status="removed")).tier is NORMAL


@pytest.mark.parametrize(
    ("conclusion", "tier"),
    [
        ("success", None),
        ("SKIPPED", None),
        ("in_progress", NORMAL),
        ("", NORMAL),
        ("failure", HIGH),
        ("cancelled", HIGH),
        ("a word nobody knows", HIGH),
    ],
)
def test_checks(conclusion: str, tier: RiskTier | None):
    found = risk("README.md", checks=(Check(name="unit", conclusion=conclusion),))
    assert tier_of(found, "checks") is tier
    assert found.tier is (tier or LOW)


def test_the_checks_that_failed_are_counted():
    bad = tuple(Check(name=name, conclusion="failure") for name in ("unit\u202e", "lint"))
    (found,) = (it for it in risk(checks=bad).reasons if it.kind == "checks")
    assert (found.sentence, found.paths) == ("2 checks failed.", ("lint", "unit"))


def test_a_check_that_was_cancelled_did_not_pass_and_did_not_fail():
    words = ("cancelled", "failure", "queued")
    found = risk(checks=tuple(Check(name=word, conclusion=word) for word in words))
    said = [(it.sentence, it.tier) for it in found.reasons if it.kind == "checks"]
    assert said == [
        ("1 check did not pass.", HIGH),
        ("1 check failed.", HIGH),
        ("1 check did not pass yet.", NORMAL),
    ]


def test_to_rename_a_file_changes_no_code():
    renamed = a_file("new.py", previous_path="old.py", status="renamed", additions=0)
    assert tier_of(risk(renamed), "tests") is None
    for other in (
        replace(renamed, additions=1),
        replace(renamed, counted=False),
        replace(renamed, digest=""),
        replace(renamed, status="modified"),
    ):
        assert tier_of(risk(other), "tests") is NORMAL


def test_a_test_that_is_only_renamed_tests_nothing_new():
    renamed = a_file("test_b.py", previous_path="test_a.py", status="renamed", additions=0)
    assert tier_of(risk("pay.py", renamed), "tests") is NORMAL
    assert tier_of(risk("pay.py", replace(renamed, additions=1)), "tests") is None


@pytest.mark.parametrize(
    ("path", "is_step"),
    [
        ("tests/migrations/test_a.py", False),
        ("tests/migrations/a.py", False),
        ("db/migrations/a.py", True),
        ("db/migrations/test_a.py", True),
        ("tests/migrations/a.sql", True),
        ("\uff54ests/migrations/a.py", True),
        ("latest/migrations/a.py", True),
    ],
)
def test_code_in_a_folder_of_tests_is_no_migration(path: str, is_step: bool):
    assert (tier_of(risk(path), "migration") is HIGH) is is_step
    both = risk(path, "db/migrations/0001.py")
    assert tier_of(both, "migration") is HIGH


# When, and what was before.


@pytest.mark.parametrize(("kind", "tier"), [("freeze", HIGH), ("peak", NORMAL), ("?", HIGH)])
def test_windows(kind: str, tier: RiskTier):
    now = Window(name="holidays", kind=kind)
    later = Window(name="holidays", kind=kind, start=time(11), end=time(12))
    assert risk("README.md", rules=RiskRules(windows=(now,))).tier is tier
    assert risk("README.md", rules=RiskRules(windows=(later,))).tier is LOW


@pytest.mark.parametrize(
    ("days", "number", "tier"),
    [(1, 1, NORMAL), (13, 2, NORMAL), (14, 1, NORMAL), (15, 5, LOW), (1, 3, HIGH), (-1, 1, NORMAL)],
)
def test_incidents_count_while_they_are_recent(days: int, number: int, tier: RiskTier):
    incidents = tuple(Incident(id=str(it), at=NOW - timedelta(days=days)) for it in range(number))
    assert risk("README.md", incidents=incidents).tier is tier


def test_an_incident_without_a_zone_does_not_make_it_fail():
    naive = Incident(id="1", at=NOW.replace(tzinfo=None))
    assert "incident" in kinds(risk("README.md", incidents=(naive,)))
    assert (
        assess_risk(
            a_change("README.md", incidents=(naive,)), NO_RULES, NOW.replace(tzinfo=None)
        ).tier
        is NORMAL
    )


# What is not known.


def test_without_its_files_a_change_is_not_low():
    found = risk(files_complete=False)
    assert found.tier is NORMAL
    assert "Its files are not known." in {it.sentence for it in found.reasons}
    assert risk().tier is NORMAL


def test_a_list_that_was_cut_off_is_high():
    assert risk("README.md", files_complete=False).tier is HIGH
    assert risk("README.md").tier is LOW


def test_a_plan_or_numbers_may_be_all_there_is():
    small = Scaling(resource="web", setting="replicas", before=3, after=4)
    assert kinds(risk(kind=Kind.SCALING, scaling=(small,))) == {"scaling"}
    assert risk(kind=Kind.INFRASTRUCTURE, plan=()).tier is LOW
    assert risk(kind=Kind.INFRASTRUCTURE).tier is HIGH


# Numbers and plans.


def test_a_plan_that_destroys_a_database_is_critical():
    gone = Resource(address="aws_db_instance.main", action="delete")
    assert risk("README.md", plan=(gone,)).tier is CRITICAL


def test_replicas_below_the_recent_peak_are_critical():
    cut = Scaling(resource="web", setting="replicas", before=12, after=3, recent_peak=9)
    found = risk("README.md", scaling=(cut,))
    assert found.tier is CRITICAL
    assert "Replicas go from 12 to 3, below the recent peak of 9" in found.reasons[0].sentence


def test_settings_in_files_count():
    halved = a_file("web.yaml", settings=(Setting(name="replicas", before="12", after="3"),))
    assert risk(halved).tier is HIGH


# Size, order and points.


@pytest.mark.parametrize(("lines", "points"), [(400, 0), (401, 2), (2_001, 4), (1_000_000, 6)])
def test_size_says_least_and_is_never_more_than_normal(lines: int, points: int):
    found = risk(a_file("README.md", additions=lines))
    assert found.score == points
    assert found.tier is (NORMAL if points else LOW)


def test_lines_that_are_taken_away_count_like_those_that_are_added():
    assert risk(a_file("README.md", additions=201, deletions=200)).tier is NORMAL
    assert risk(a_file("README.md", additions=200, deletions=200)).tier is LOW


def test_many_files_are_a_size_too():
    assert "It is large: 63 lines in 21 files." in {
        it.sentence for it in risk(*(f"{number}.md" for number in range(21))).reasons
    }


def test_what_nobody_counted_is_as_large_as_can_be():
    assert "Its size is not known." in {
        it.sentence for it in risk(a_file("x.md", counted=False)).reasons
    }


def test_the_strongest_reason_comes_first():
    found = risk("src/auth/x.py", ".github/workflows/ci.yml", "go.mod")
    assert [it.kind for it in found.reasons[:3]] == ["access", "workflow", "dependency"]
    assert found.score == sum(it.points for it in found.reasons)


def test_two_high_reasons_stay_high():
    assert risk("src/auth/x.py", ".github/workflows/ci.yml", "nginx.conf", "x.sql").tier is HIGH


def test_territory_weighs_most_and_size_least():
    assert max(WEIGHTS, key=WEIGHTS.__getitem__) == "territory"
    assert min(WEIGHTS.values()) == WEIGHTS["size"]


def test_points_double_with_each_tier():
    assert [reason("network", tier, "x").points for tier in TIERS] == [12, 24, 48, 96]


def test_the_checklist_is_for_high_risk_and_in_the_words_of_past_failures():
    found = risk("src/auth/x.py", "x.sql", "nginx.conf", "Dockerfile", "go.mod")
    assert 0 < len(found.checklist) <= CHECKLIST_AT_MOST
    assert len(set(found.checklist)) == len(found.checklist)
    for words in ("Edge cases", "Peak load", "Blast radius", "Roll-back"):
        assert any(point.startswith(words) for point in found.checklist)
    assert risk("go.mod").checklist == ()


def test_no_reasons_are_a_low_risk():
    assert weighed(()) == Risk(tier=LOW)
    assert [tier.rank for tier in TIERS] == [0, 1, 2, 3]


def test_reasons_name_no_more_than_a_few_paths():
    found = risk(*(f"auth/{number}.py" for number in range(30)))
    assert all(len(it.paths) <= 5 for it in found.reasons)


def test_each_point_has_room_beside_its_checkbox() -> None:
    """75 characters in Slack, three of which are its number."""
    points = {it for name, it in vars(reasons).items() if name.isupper() and isinstance(it, str)}
    assert len(points) > 10
    assert [point for point in points if len(point) > 72] == []

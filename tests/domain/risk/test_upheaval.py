"""How risky is what a Terraform plan would do?"""

from __future__ import annotations

import pytest

from bot.domain.change import Change, FileChange, Identity, Kind, Resource
from bot.domain.places import places_of
from bot.domain.risk.reasons import DATA, LEAST_ACCESS, Reason, RiskTier
from bot.domain.risk.upheaval import upheavals

NORMAL, HIGH, CRITICAL = RiskTier.NORMAL, RiskTier.HIGH, RiskTier.CRITICAL


def found(
    *plan: Resource, no_plan: bool = False, paths: tuple[str, ...] = (), kind: Kind = Kind.SOFTWARE
) -> list[Reason]:
    change = Change(
        connection="ci",
        key="1",
        repository="acme/infra",
        revision="a" * 40,
        environment="production",
        title="Apply",
        author=Identity(login="jun"),
        kind=kind,
        files=tuple(FileChange(path=path) for path in paths),
        plan=None if no_plan else plan,
    )
    return [*upheavals(change, places_of(paths), frozenset())]


def of(address: str, action: str, *forced: str) -> Reason:
    (reason,) = found(Resource(address=address, action=action, forced=forced))
    return reason


@pytest.mark.parametrize(
    ("address", "action", "kind", "tier"),
    [
        ("aws_db_instance.main", "delete", "infrastructure", CRITICAL),
        ("aws_db_instance.main", "replace", "infrastructure", CRITICAL),
        ('module.eu["a.b"].aws_db_instance.main[0]', "delete", "infrastructure", CRITICAL),
        ("AWS_S3_BUCKET.x", "delete", "infrastructure", CRITICAL),
        ("google_sql_database_instance.x", "delete", "infrastructure", CRITICAL),
        ("kubernetes_namespace.x", "delete", "infrastructure", CRITICAL),
        ("aws_kms_key.x", "delete", "infrastructure", CRITICAL),
        ("aws_db_instance.main", "forget", "infrastructure", CRITICAL),
        ("aws_elasticache_replication_group.x", "delete", "infrastructure", CRITICAL),
        ("aws_db_subnet_group.x", "delete", "infrastructure", HIGH),
        ("aws_volume_attachment.x", "delete", "infrastructure", HIGH),
        ("aws_instance.database", "delete", "infrastructure", HIGH),
        ("aws_instance.web", "replace", "infrastructure", HIGH),
        ("aws_db_instance.main", "update", "infrastructure", NORMAL),
        ("aws_instance.web", "create", "infrastructure", NORMAL),
        ("aws_iam_role_policy.x", "create", "access", HIGH),
        ("google_project_iam_member.x", "update", "access", HIGH),
        ("aws_appautoscaling_policy.x", "update", "infrastructure", NORMAL),
        ("aws_autoscaling_group.x", "update", "infrastructure", NORMAL),
        ("aws_security_group_rule.x", "create", "network", HIGH),
        ("aws_lb_listener.x", "update", "network", HIGH),
        ("cloudflare_record.x", "update", "network", HIGH),
        ("", "delete", "infrastructure", CRITICAL),
        ("", "create", "infrastructure", HIGH),
        ("aws_instance.web", "unreadable", "infrastructure", CRITICAL),
        ("a.b.c.d", "delete", "infrastructure", CRITICAL),
    ],
)
def test_one_resource(address: str, action: str, kind: str, tier: RiskTier):
    reason = of(address, action)
    assert (reason.kind, reason.tier) == (kind, tier)


def test_the_sentence_names_the_resource_and_what_forces_it():
    said = of("aws_db_instance.main", "replace", "engine_version").sentence
    assert said == (
        "The plan destroys and makes anew aws_db_instance.main (forced by engine_version)."
    )
    assert (
        of("", "dance").sentence == "The plan does something we cannot read to something unnamed."
    )


def test_losing_data_asks_for_a_backup_and_opening_a_door_for_less_access():
    assert of("aws_db_instance.main", "delete").checklist[0] == DATA
    assert of("aws_iam_role.x", "create").checklist[0] == LEAST_ACCESS


def test_many_resources_make_one_reason_for_each_kind_and_tier():
    made = [Resource(address=f"aws_instance.{name}", action="create") for name in "abc"]
    gone = [Resource(address=f"aws_s3_bucket.{name}", action="delete") for name in "ab"]
    reasons = found(*made, *gone)
    assert {it.sentence for it in reasons} == {
        "The plan makes aws_instance.a, and 2 more like it.",
        "The plan destroys aws_s3_bucket.a, and 1 more like it.",
    }


def test_files_of_infrastructure_are_high_without_a_plan_and_normal_with_one():
    (without,) = found(no_plan=True, paths=("infra/main.tf",))
    (planned,) = found(paths=("infra/main.tf",))
    assert (without.tier, planned.tier) == (HIGH, NORMAL)
    assert without.paths == planned.paths == ("infra/main.tf",)


def test_a_change_of_infrastructure_needs_a_plan():
    assert [it.tier for it in found(no_plan=True, kind=Kind.INFRASTRUCTURE)] == [HIGH]
    assert found(kind=Kind.INFRASTRUCTURE) == []
    assert found(no_plan=True) == []


@pytest.mark.parametrize(
    "address", ["[" * 50_000, "module." * 20_000, "_" * 50_000, "\u202ex.y\n", "]["]
)
def test_odd_addresses_do_no_harm(address: str):
    sentence = of(address, "delete").sentence
    assert sentence.isprintable()
    assert len(sentence) < 200

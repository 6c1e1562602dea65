"""How risky is what a Terraform plan would do?"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change, FileChange, Identity, Kind, Resource
from bot.domain.places import places_of
from bot.domain.risk.reasons import DATA, LEAST_ACCESS, Reason, RiskTier
from bot.domain.risk.upheaval import upheavals

NORMAL, HIGH, CRITICAL = RiskTier.NORMAL, RiskTier.HIGH, RiskTier.CRITICAL


def found(
    *plan: Resource,
    no_plan: bool = False,
    paths: tuple[str, ...] = (),
    kind: Kind = Kind.SOFTWARE,
    files: tuple[FileChange, ...] = (),
) -> list[Reason]:
    files = files or tuple(FileChange(path=path, additions=1) for path in paths)
    change = Change(
        connection="ci",
        key="1",
        repository="acme/infra",
        revision="a" * 40,
        environment="production",
        title="Apply",
        author=Identity(login="jun"),
        kind=kind,
        files=files,
        plan=None if no_plan else plan,
    )
    return [*upheavals(change, places_of(change.paths), frozenset())]


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


def test_the_sentence_is_ours_and_the_resource_stands_beside_it():
    replaced = of("aws_db_instance.main", "replace", "engine_version")
    assert replaced.sentence == "The plan destroys and makes anew a resource that holds data."
    assert replaced.paths == ("aws_db_instance.main (forced by engine_version)",)
    unknown = of("", "dance")
    assert unknown.paths == ()
    assert unknown.sentence == (
        "The plan does something we cannot read to something whose type we cannot read."
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("aws_iam_role.x", "The plan makes a rule of access."),
        ("aws_lb_listener.x", "The plan makes a part of the network."),
        ("null_resource.x", "The plan makes something that runs nowhere."),
        ("aws_instance.x", "The plan makes a resource."),
    ],
)
def test_the_sentence_says_what_sort_of_thing_it_is(address: str, sentence: str):
    assert of(address, "create").sentence == sentence


@pytest.mark.parametrize(
    "type_",
    [
        "google_project_iam_member",
        "google_project_service",
        "aws_s3_bucket_notification",
        "aws_s3_bucket_public_access_block",
        "aws_s3_account_public_access_block",
        "github_repository_file",
        "kubernetes_cluster_role_binding",
        "aws_rds_cluster_instance",
        "aws_db_subnet_group",
        "aws_s3_bucket_policy",
        "aws_cognito_user_pool_client",
        "aws_ecr_lifecycle_policy",
        "google_compute_instance",
    ],
)
@pytest.mark.parametrize("action", ["delete", "replace"])
def test_what_only_refers_to_a_store_is_no_store(type_: str, action: str):
    assert of(f"{type_}.x", action).tier is HIGH


@pytest.mark.parametrize(
    "type_",
    [
        "aws_cognito_user_pool",
        "aws_cloudwatch_log_group",
        "aws_rds_cluster",
        "aws_dynamodb_table",
        "aws_opensearch_domain",
        "aws_efs_file_system",
        "azurerm_postgresql_flexible_server",
        "azurerm_storage_account",
        "google_kms_crypto_key",
        "google_project",
        "google_bigquery_dataset",
        "github_repository",
        "kubernetes_persistent_volume_claim_v1",
        "kubernetes_stateful_set",
    ],
)
@pytest.mark.parametrize("action", ["delete", "replace"])
def test_what_is_stored_is_lost_with_its_store(type_: str, action: str):
    assert of(f"{type_}.x", action).tier is CRITICAL


@pytest.mark.parametrize("type_", ["null_resource", "random_id", "time_sleep", "terraform_data"])
def test_what_only_exists_in_terraform_is_no_loss(type_: str):
    assert of(f"{type_}.x", "replace").tier is NORMAL
    assert of(f"{type_}_y.x", "replace").tier is HIGH
    assert of(f"{type_}.x", "unreadable").tier is CRITICAL


# What is described in files.


def removed(path: str, **facts: Any) -> list[Reason]:
    file = FileChange(**{"path": path, "status": "removed", "deletions": 9, **facts})
    return [it for it in found(paths=(), files=(file,)) if it.tier is HIGH]


@pytest.mark.parametrize(
    "path", ["k8s/web.yaml", "charts/web/templates/hpa.yaml", "deployment.yml", "K8S/Web.yaml"]
)
def test_a_manifest_that_is_deleted_is_high(path: str):
    (reason,) = removed(path)
    assert reason.sentence == "It takes away the description of something that runs."
    assert reason.paths == (path,)
    assert removed(path, status="modified") == []


def test_what_is_no_manifest_may_be_deleted():
    assert removed("src/web.yaml") == []


def test_a_manifest_of_which_nobody_says_what_happens_may_be_gone():
    assert removed("k8s/web.yaml", status="") != []
    assert removed("k8s/web.yaml", status="", deletions=0, counted=False) != []
    assert removed("k8s/web.yaml", status="", additions=1) == []


def test_losing_data_asks_for_a_backup_and_opening_a_door_for_less_access():
    assert of("aws_db_instance.main", "delete").checklist[0] == DATA
    assert of("aws_iam_role.x", "create").checklist[0] == LEAST_ACCESS


def test_many_resources_make_one_reason_for_each_kind_and_tier():
    made = [Resource(address=f"aws_instance.{name}", action="create") for name in "abc"]
    gone = [Resource(address=f"aws_s3_bucket.{name}", action="delete") for name in "ab"]
    reasons = found(*made, *gone)
    assert {it.sentence for it in reasons} == {
        "The plan makes a resource, and 2 more like it.",
        "The plan destroys a resource that holds data, and 1 more like it.",
    }
    assert {it.paths for it in reasons} == {
        ("aws_instance.a", "aws_instance.b", "aws_instance.c"),
        ("aws_s3_bucket.a", "aws_s3_bucket.b"),
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
    reason = of(address, "delete")
    assert reason.sentence.isprintable()
    assert all(it.isprintable() and len(it) <= 60 for it in reason.paths)

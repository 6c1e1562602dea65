"""What does the type of a resource say it is: does it hold data, give access, or lead traffic?

Plain data, and how to read it. The words are those of a type: "aws_db_instance" is aws, db, instance.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STORES = _words(
    "db rds database databases sql mysql postgres postgresql mariadb mssql oracle mongodb documentdb docdb cosmosdb"
    " dynamodb spanner bigtable bigquery alloydb firestore filestore datastore neptune redshift snowflake cassandra"
    " keyspaces elasticache redis memcache memorydb elasticsearch opensearch s3 bucket blob storage volume disk ebs efs"
    " fsx filesystem nfs backup vault snapshot kms keyring kafka msk kinesis queue sqs topic pubsub servicebus eventhub"
    " ecr repository registry zone namespace cluster project account organization statefulset table secret"
    " secretsmanager dataset"
)
_STORE_ENDS = frozenset(
    (
        ("user", "pool"), ("log", "group"), ("log", "stream"), ("file", "system"), ("stateful", "set"),
        ("replication", "group"), ("key", "ring"), ("resource", "group"), ("analytics", "workspace"),
        ("storage", "container"), ("storage", "share"),
    )
)  # fmt: skip
_FOLLOWERS = _words(
    "instance cluster table database server domain stream cache account flexible managed serverless claim advanced"
)
"""They only say in which form a store comes: "aws_opensearch_domain"."""

_KEYED = _words("kms vault")
_ACCESS = _words("iam role binding policy member permission permissions access grant acl rbac")
_INERT = _words(
    "null_resource terraform_data time_sleep time_static time_offset time_rotating random_id random_pet random_string"
    " random_integer random_shuffle random_uuid random_bytes"
)
_VERSION = re.compile(r"v[0-9]{1,2}")

GATES = frozenset(
    _words(
        "iam role roles policy user azuread permission permissions access identity acl rbac grant kms secret secrets"
        " secretsmanager key certificate service_account serviceaccount oidc saml cognito auth login token password"
    )
)
SCALERS = frozenset(_words("autoscaling appautoscaling autoscaler scaling lifecycle alert"))
"""Their policies are no rules of access."""
ROADS = frozenset(
    _words(
        "lb alb nlb elb loadbalancer listener target route routes router routing dns route53 record zone vpc subnet"
        " network gateway firewall waf wafv2 ingress security nat peering vpn cdn cloudfront frontdoor endpoint proxy"
        " acl forwarding backend"
    )
)


def holds_data(words: tuple[str, ...]) -> bool:
    """Whether what is stored is lost with it: its last word says so, and none speaks of access.

    The instances of a cluster come and go; the data stays with the cluster.
    """
    words = words[:-1] if words and _VERSION.fullmatch(words[-1]) else words
    if not words or _ACCESS & set(words[1:]) or words[-2:] == ("cluster", "instance"):
        return False
    if words[-1] == "key":
        return bool(_KEYED & set(words))
    while words:
        if words[-1] in _STORES or words[-2:] in _STORE_ENDS:
            return True
        if words[-1] not in _FOLLOWERS:
            return False
        words = words[:-1]
    return False


def is_inert(words: tuple[str, ...]) -> bool:
    """Whether it only exists in the state of Terraform itself."""
    return "_".join(words) in _INERT

"""Resources that a killed apply created but did not record in the state: the next apply imports them.

Terraform writes each resource into the state when it is complete. Killed before that, it forgets the resource, and
cannot create it again, as most names are unique.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ops.aws import tagged
from ops.aws.clients import Aws
from ops.console import Console
from ops.log_text import count_of
from ops.terraform import apply, planned, state
from ops.terraform.workspace import Workspace

IMPORTS = "zz_leftovers.tf"
OURS = {"project": "spendsense", "managed_by": "terraform"}
Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a type's ARNs: service and prefix; a resource is imported by the rest, or by the whole ARN."""

    service: str
    begins: str
    by_arn: bool = False
    by_name: bool = False  # its tags are not unique, not listed, or may be missing


def _of_ec2(**begins: str) -> dict[str, Form]:
    return {f"aws_{kind}": Form("ec2", f"{begin}/") for kind, begin in begins.items()}


FORMS: Mapping[str, Form] = {
    **_of_ec2(vpc="vpc", subnet="subnet", security_group="security-group", eip="elastic-ip", nat_gateway="natgateway"),
    **_of_ec2(internet_gateway="internet-gateway", route_table="route-table", network_acl="network-acl"),
    **_of_ec2(vpc_endpoint="vpc-endpoint", flow_log="vpc-flow-log"),
    **_of_ec2(
        vpc_security_group_ingress_rule="security-group-rule", vpc_security_group_egress_rule="security-group-rule"
    ),
    "aws_backup_plan": Form("backup", "backup-plan:"),
    "aws_backup_vault": Form("backup", "backup-vault:"),
    "aws_cloudwatch_log_group": Form("logs", "log-group:"),
    "aws_db_instance": Form("rds", "db:", by_name=True),
    "aws_db_parameter_group": Form("rds", "pg:", by_name=True),
    "aws_db_subnet_group": Form("rds", "subgrp:", by_name=True),
    "aws_dynamodb_table": Form("dynamodb", "table/"),
    "aws_ecr_repository": Form("ecr", "repository/", by_name=True),
    "aws_ecs_cluster": Form("ecs", "cluster/", by_name=True),
    "aws_ecs_service": Form("ecs", "service/", by_name=True),
    "aws_elasticache_parameter_group": Form("elasticache", "parametergroup:", by_name=True),
    "aws_elasticache_replication_group": Form("elasticache", "replicationgroup:"),
    "aws_elasticache_subnet_group": Form("elasticache", "subnetgroup:"),
    "aws_iam_role": Form("iam", "role/", by_name=True),
    "aws_kms_key": Form("kms", "key/"),
    "aws_lb": Form("elasticloadbalancing", "loadbalancer/", by_arn=True),
    "aws_lb_listener": Form("elasticloadbalancing", "listener/", by_arn=True),
    "aws_lb_listener_rule": Form("elasticloadbalancing", "listener-rule/", by_arn=True),
    "aws_lb_target_group": Form("elasticloadbalancing", "targetgroup/", by_arn=True),
    "aws_s3_bucket": Form("s3", "", by_name=True),
    "aws_secretsmanager_secret": Form("secretsmanager", "secret:", by_arn=True),
    "aws_ssm_parameter": Form("ssm", "parameter"),
}
"""Types that AWS would refuse to create again, or create twice. Types put by name (alarms) are left out."""


@contextmanager
def adopted(workspace: Workspace, aws: Aws, arguments: Sequence[str], console: Console) -> Iterator[None]:
    """Make applies in this context import the leftovers of an unfinished one. Only in a local cloud.

    Errors: CouldNotPlan, CouldNotApply.
    """
    file = workspace.code / IMPORTS
    file.unlink(missing_ok=True)
    if not apply.is_unfinished(workspace):
        yield
        return
    console.say("The last apply did not finish; looking for what it left ...")
    finish_instead_of_replacing(workspace)
    plan = planned.planned(workspace, arguments)  # with a refresh: the state lacks attributes of incomplete resources
    found = imports(plan, left(workspace, aws))
    if found:
        console.say(f"Terraform is importing {count_of(len(found), 'resource')} missing from its state")
    file.write_text("".join(f"import {{\n  to = {address}\n  id = {json.dumps(id_)}\n}}\n" for address, id_ in found))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def finish_instead_of_replacing(workspace: Workspace) -> None:
    """Mark incomplete resources for an update: Terraform would first create another one of the same name."""
    found = [each for each in state.resources(workspace) if each.type in FORMS]
    present = {each.address for each in found if not each.is_deposed}
    for each in found:
        if each.is_deposed and each.address not in present:
            workspace.text("state", "rm", each.address)  # and it is imported like everything that is not in the state
        elif each.is_tainted and not each.is_deposed:
            workspace.text("untaint", each.address)


def left(workspace: Workspace, aws: Aws) -> dict[str, Tags]:
    """Return ARN -> tags of resources that Terraform created and does not know, without those known by name."""
    known = {str(each.attributes.get(key)) for each in state.resources(workspace) for key in ("arn", "id")}
    regions = {*apply.regions_of(arn for arn in known if arn.startswith("arn:")), aws.environment.region}
    tags = {**tagged.tags(aws, regions, **OURS), **dict(_without_tags(aws))}
    return {arn: each for arn, each in tags.items() if arn not in known and _rest(arn) not in known}


def _without_tags(aws: Aws) -> Iterator[tuple[str, Tags]]:
    """List roles, which the Resource Groups Tagging API does not list, and buckets, which get their tags later."""
    for page in aws.iam.get_paginator("list_roles").paginate():
        yield from ((each["Arn"], {}) for each in page["Roles"])
    yield from ((f"arn:aws:s3:::{each['Name']}", {}) for each in aws.s3.list_buckets()["Buckets"])


def imports(plan: Mapping[str, Any], found: Mapping[str, Tags]) -> list[tuple[str, str]]:
    """Pure: match each resource that a plan would create with an existing one; return address and id for the import."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for each in plan.get("resource_changes", ()):
        form = FORMS.get(each["type"])
        if form is None or each["change"]["actions"] != ["create"]:
            continue
        alike = [arn for arn, tags in found.items() if _is_of(form, arn, tags, each["change"]["after"])]
        if len(alike) == 1:
            id_ = alike[0] if form.by_arn else _resource(alike[0]).removeprefix(form.begins).removesuffix(":*")
            pairs.setdefault(alike[0], []).append((each["address"], id_))
    return [claims[0] for claims in pairs.values() if len(claims) == 1]


def _is_of(form: Form, arn: str, tags: Tags, after: Mapping[str, object]) -> bool:
    if arn.split(":")[2] != form.service or not _resource(arn).startswith(form.begins):
        return False
    if form.by_name:
        name = after.get("identifier") or after.get("bucket") or after.get("name")
        rest = _resource(arn).removeprefix(form.begins)
        return rest == name or rest.endswith(f"/{name}")
    return bool(tags) and dict(tags) == after.get("tags_all")


def _resource(arn: str) -> str:
    return arn.split(":", 5)[5]


def _rest(arn: str) -> str:
    return _resource(arn).rpartition("/")[2]

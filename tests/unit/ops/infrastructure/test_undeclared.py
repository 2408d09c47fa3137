"""Undeclared resources: the environment's by tags or name, but in no state, and not made by a deploy or a backup."""

from collections.abc import Collection
from typing import Any

import pytest

from ops.environment import Environment, EnvironmentName
from ops.infrastructure.undeclared import SHARED, declared, undeclared_among

RDS, EC2 = "arn:aws:rds:us-west-1:123456789012", "arn:aws:ec2:us-west-1:123456789012"
OURS = {"project": "spendsense", "environment": "dev", "owner_id": SHARED}
DEV = Environment(name=EnvironmentName.DEV, region="us-west-1")


def found(
    *,
    known: Collection[str] = (),
    tags: dict[str, dict[str, str]] | None = None,
    names: dict[str, str] | None = None,
) -> dict[str, str]:
    pairs = (names or {}).items()
    return {each.arn: each.by for each in undeclared_among(DEV, frozenset(known), tags or {}, pairs)}


def test_what_has_the_tags_and_is_in_no_state_is_nobodys() -> None:
    theirs = {**OURS, "owner_id": "jane"}
    tags = {f"{RDS}:db:a": OURS, f"{RDS}:db:b": OURS, f"{RDS}:db:c": theirs}
    assert found(known={f"{RDS}:db:a"}, tags=tags) == {f"{RDS}:db:b": "tags"}


def test_ids_stand_for_types_without_an_arn() -> None:
    assert found(known={"nat-1"}, tags={f"{EC2}:natgateway/nat-1": OURS, f"{EC2}:natgateway/nat-2": OURS}) == {
        f"{EC2}:natgateway/nat-2": "tags"
    }


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("spendsense-dev", True), ("spendsense-dev-old", True), ("/spendsense-dev/x", True),
        ("spendsense-development", False), ("/ecs/spendsense-backend/mine", True), ("spendsense-prod", False),
        ("/ecs/spendsense-backendless", False),
    ],
)  # fmt: skip
def test_a_name_is_the_environments_or_is_not(name: str, is_ours: bool) -> None:
    assert (found(names={name: f"{RDS}:db:{name}"}) == {f"{RDS}:db:{name}": "name"}) == is_ours


def test_a_name_with_another_owners_tags_is_the_other_owners() -> None:
    arn = f"{RDS}:db:spendsense-dev-jane"
    assert found(names={"spendsense-dev-jane": arn}, tags={arn: {**OURS, "owner_id": "jane"}}) == {}


def test_a_snapshot_made_by_hand_is_nobodys_until_somebody_says_why_it_stays() -> None:
    arn = f"{RDS}:snapshot:before-the-migration"
    assert found(tags={arn: OURS}) == {arn: "tags"}
    assert found(names={"spendsense-dev": arn}) == {arn: "name"}  # without tags, by its database
    assert found(names={"spendsense-dev": arn}, tags={arn: {"kept_for": "audit 2026"}}) == {}
    assert found(tags={arn: OURS | {"kept_for": "audit 2026"}}) == {}


def test_a_role_of_the_environments_name_may_be_another_owners() -> None:
    role = "arn:aws:iam::123456789012:role/spendsense-dev-jane-task"
    assert found(names={"spendsense-dev-jane-task": role}) == {role: "name"}
    assert found(names={"spendsense-dev-jane-task": role}, tags={role: {**OURS, "owner_id": "jane"}}) == {}
    assert found(names={"spendsense-dev-jane-task": role}, tags={role: {"team": "data"}}) == {role: "name"}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:3",
        "arn:aws:ecs:us-west-1:123456789012:task/spendsense-dev/abc",
        f"{RDS}:snapshot:awsbackup:job-1",
        f"{RDS}:snapshot:rds:spendsense-dev-2026-11-29-09-10",
        f"{RDS}:snapshot:spendsense-dev-final",
        "arn:aws:elasticache:us-west-1:123456789012:snapshot:automatic.spendsense-dev-2026-11-29-08-00",
        f"{EC2}:network-interface/eni-1",
        "arn:aws:backup:us-west-1:123456789012:recovery-point:1",
        "arn:aws:secretsmanager:us-west-1:123456789012:secret:rds!db-1-AbCdEf",
        "arn:aws:elasticache:us-west-1:123456789012:cluster:spendsense-dev-001",
        "arn:aws:ssm:us-west-1:123456789012:parameter/spendsense-dev/recovery",
        "arn:aws:ssm:us-west-1:123456789012:parameter/spendsense-dev/shape",
    ],
)
def test_what_deploys_backups_and_aws_make_is_somebodys(arn: str) -> None:
    assert found(known={"spendsense-dev"}, tags={arn: OURS}) == {}


def test_the_state_is_read_through_all_modules() -> None:
    def resource(mode: str, **values: str) -> dict[str, Any]:
        return {"mode": mode, "values": values}

    child = {"resources": [resource("managed", arn="arn:x", id="x"), resource("data", arn="arn:read")]}
    plan = {"prior_state": {"values": {"root_module": {"child_modules": [child]}}}}
    assert declared(plan) == {"arn:x", "x"}
    assert declared({}) == frozenset()

"""Undeclared resources: the environment's by tags or name, but in no state, and not made by a deploy or a backup."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.aws.clients import Aws
from ops.aws.tagged import REGION_OF_GLOBAL
from ops.environment import Environment, EnvironmentName
from ops.infrastructure.denied_listings import Listings
from ops.infrastructure.undeclared import SHARED, by_name, declared, find, undeclared_among

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


def test_tags_of_roles_and_snapshots_are_read_where_only_their_names_are_known(aws: Aws) -> None:
    name = f"{aws.environment.prefix}-jane-task"
    tag = [{"Key": "owner_id", "Value": "jane"}]
    role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", Tags=tag)["Role"]["Arn"]
    database = aws.environment.prefix
    aws.rds.create_db_instance(DBInstanceIdentifier=database, DBInstanceClass="db.t4g.micro", Engine="postgres")
    made = aws.rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier="by-hand", Tags=tag)
    snapshot = made["DBSnapshot"]["DBSnapshotArn"]
    looks = Listings()
    tags: dict[str, Mapping[str, str]] = {}
    found = {each for each in by_name(aws, frozenset(), tags, looks) if each[1] in {role, snapshot}}
    assert found == {(database, snapshot), (name, role)}
    assert tags == {role: {"owner_id": "jane"}, snapshot: {"owner_id": "jane"}}
    assert looks.unseen == []


def test_where_the_caller_may_not_look_the_rest_is_found(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SCP allows one region alone, and the role may not list the caches."""
    made = aws.dynamodb.create_table(
        TableName="left",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": key, "Value": value} for key, value in tags_of(aws).items()],
    )["TableDescription"]["TableArn"]
    refuse(aws.elasticache, "AccessDenied", "is not authorized to perform: elasticache:DescribeReplicationGroups")
    elsewhere = aws.tagging(REGION_OF_GLOBAL)
    refuse(elsewhere, "AccessDeniedException", "with an explicit deny in a service control policy")
    here = aws.tagging(aws.environment.region)
    monkeypatch.setattr(aws, "tagging", {REGION_OF_GLOBAL: elsewhere, aws.environment.region: here}.__getitem__)
    looks = Listings()
    assert made in {each.arn for each in find(aws, {}, looks)}
    region, caches = looks.unseen
    assert region.what.startswith("what has tags in us-east-1, and what has no region")
    assert "explicit deny in a service control policy" in region.why
    assert caches.what == "names of caches"


def test_what_has_tags_that_nobody_may_read_is_not_called_nobodys(aws: Aws) -> None:
    name = f"{aws.environment.prefix}-unread"
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    refuse(aws.iam, "AccessDenied", "not authorized to perform: iam:ListRoleTags", "ListRoleTags")
    looks = Listings()
    assert name not in dict(by_name(aws, frozenset(), {}, looks))
    assert [each.what.rpartition("/")[2] for each in looks.unseen] == [name]


def test_without_the_tags_of_the_region_no_name_is_called_nobodys(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would say that `spendsense-dev-jane` is Jane's."""
    aws.ecr.create_repository(repositoryName=f"{aws.environment.prefix}-jane")
    nowhere = aws.tagging(aws.environment.region)
    refuse(nowhere, "AccessDeniedException", "not authorized to perform: tag:GetResources")
    monkeypatch.setattr(aws, "tagging", lambda _: nowhere)
    looks = Listings()
    assert not [each for each in find(aws, {}, looks) if each.arn.endswith("-jane")]
    assert len(looks.unseen) == 2


def test_another_error_than_a_refusal_is_not_unknown(aws: Aws) -> None:
    refuse(aws.ecr, "InvalidParameterException", "no such thing")
    with pytest.raises(ClientError, match="no such thing"):
        find(aws, {}, Listings())


def tags_of(aws: Aws) -> dict[str, str]:
    return {**OURS, "environment": aws.environment.name.settings}


def refuse(client: Any, code: str, message: str, operation: str = "*") -> None:
    """Have each call of a client, or one operation, refused."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def refused(**_: Any) -> Any:
        return type("Answer", (), {"status_code": 400})(), error

    client.meta.events.register(f"before-call.*.{operation}", refused)


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

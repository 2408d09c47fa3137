"""Undeclared resources: what the account's APIs say of them."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.aws.clients import Aws
from ops.aws.tagged import REGION_OF_GLOBAL
from ops.infrastructure.denied_listings import Listings
from ops.infrastructure.undeclared import by_name, find
from tests.unit.ops.infrastructure.test_undeclared import OURS


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

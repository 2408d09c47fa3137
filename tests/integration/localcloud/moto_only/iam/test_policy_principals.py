"""Policies name existing principals: each service refuses others in its own words, and keeps the old policy."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "arn:aws:iam::123456789012"
ROLE = f"{ACCOUNT}:role/team/deployer"
VALID = [
    {"AWS": ROLE},
    {"AWS": [f"{ACCOUNT}:root", "123456789012", "*"]},
    {"AWS": f"{ACCOUNT}:user/person"},
    {"AWS": "arn:aws:sts::123456789012:assumed-role/deployer/session"},
    {"AWS": "arn:aws:iam::210987654321:role/of-another-account"},
    {"Service": ["ecs-tasks.amazonaws.com", "logs.us-west-1.amazonaws.com"]},
    "*",
]
INVALID = [
    {"AWS": f"{ACCOUNT}:role/nobody"},
    {"AWS": f"{ACCOUNT}:role/deployer"},
    {"AWS": f"{ACCOUNT}:user/nobody"},
    {"AWS": [ROLE, f"{ACCOUNT}:role/team/*"]},
    {"AWS": f"{ACCOUNT}:group/all"},
    {"AWS": "arn:aws:iam::1234:root"},
    {"AWS": "arn:aws:sts::123456789012:assumed-role/nobody/session"},
    {"AWS": "AROAAAAAAAAAAAAAAAAAA"},
    {"AWS": "deployer"},
    {"Service": "ecs-tasks"},
    "deployer",
]


def policy(principal: Any, action: str, resource: str | None = None) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [statement | ({"Resource": resource} if resource else {})]}
    )


@dataclass
class Kind:
    """A kind of policy: how to put it, and what AWS answers if a principal is not found."""

    put: Callable[[Any, Any], Awaitable[Any]]
    code: str
    words: str


async def trust(cloud: Any, principal: Any) -> None:
    document = policy(principal, "sts:AssumeRole")
    await cloud.call("iam", "update_assume_role_policy", RoleName="deployer", PolicyDocument=document)


async def key(cloud: Any, principal: Any) -> None:
    await cloud.call("kms", "create_key", Policy=policy(principal, "kms:*", "*"))
    [first, *_] = (await cloud.call("kms", "list_keys"))["Keys"]
    document = policy(principal, "kms:*", "*")
    await cloud.call("kms", "put_key_policy", KeyId=first["KeyId"], PolicyName="default", Policy=document)


async def bucket(cloud: Any, principal: Any) -> None:
    # A new bucket refuses policies that let everybody in.
    await cloud.call("s3", "delete_public_access_block", Bucket="data")
    document = policy(principal, "s3:GetObject", "arn:aws:s3:::data/*")
    await cloud.call("s3", "put_bucket_policy", Bucket="data", Policy=document)


async def topic(cloud: Any, principal: Any) -> None:
    arn = f"arn:aws:sns:us-west-1:{cloud.host.account_id}:t"
    document = policy(principal, "sns:Publish", arn)
    change = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": document}
    await cloud.call("sns", "set_topic_attributes", **change)


async def new_topic(cloud: Any, principal: Any) -> None:
    arn = f"arn:aws:sns:us-west-1:{cloud.host.account_id}:n"
    await cloud.call("sns", "delete_topic", TopicArn=arn)  # of the call before, whose policy was another
    await cloud.call("sns", "create_topic", Name="n", Attributes={"Policy": policy(principal, "sns:Publish", arn)})


async def queue(cloud: Any, principal: Any) -> None:
    url = (await cloud.call("sqs", "get_queue_url", QueueName="q"))["QueueUrl"]
    document = policy(principal, "sqs:SendMessage", f"arn:aws:sqs:us-west-1:{cloud.host.account_id}:q")
    await cloud.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": document})


async def secret(cloud: Any, principal: Any) -> None:
    document = policy(principal, "secretsmanager:GetSecretValue", "*")
    await cloud.call("secretsmanager", "put_resource_policy", SecretId="s", ResourcePolicy=document)


async def repository(cloud: Any, principal: Any) -> None:
    document = policy(principal, "ecr:BatchGetImage")
    await cloud.call("ecr", "set_repository_policy", repositoryName="images", policyText=document)


async def endpoint(cloud: Any, principal: Any) -> None:
    document = policy(principal, "s3:GetObject", "*")
    vpc = (await cloud.call("ec2", "describe_vpcs"))["Vpcs"][0]["VpcId"]
    where = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-west-1.s3"}
    made = await cloud.call("ec2", "create_vpc_endpoint", **where, PolicyDocument=document)
    named = {"VpcEndpointId": made["VpcEndpoint"]["VpcEndpointId"]}
    await cloud.call("ec2", "modify_vpc_endpoint", **named, PolicyDocument=document)


async def event_bus(cloud: Any, principal: Any) -> None:
    arn = f"arn:aws:events:us-west-1:{cloud.host.account_id}:event-bus/default"
    document = json.loads(policy(principal, "events:PutEvents", arn))
    document["Statement"][0]["Sid"] = "s"
    await cloud.call("events", "put_permission", Policy=json.dumps(document))


async def vault(cloud: Any, principal: Any) -> None:
    document = policy(principal, "backup:CopyIntoBackupVault", "*")
    await cloud.call("backup", "put_backup_vault_access_policy", BackupVaultName="vault", Policy=document)


KINDS = {
    "trust": Kind(trust, "MalformedPolicyDocument", 'Invalid principal in policy: "'),
    "key": Kind(
        key,
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    ),
    "bucket": Kind(bucket, "MalformedPolicy", "Invalid principal in policy"),
    "topic": Kind(topic, "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
    "new topic": Kind(
        new_topic, "InvalidParameter", "Invalid parameter: Attributes Reason: Policy Error: PrincipalNotFound"
    ),
    "queue": Kind(queue, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
    "secret": Kind(
        secret, "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal."
    ),
    "endpoint": Kind(endpoint, "InvalidPolicyDocument", "UnknownError"),
    "event bus": Kind(event_bus, "ValidationException", "Invalid principal in policy"),
    "vault": Kind(vault, "InvalidParameterValueException", "Provided principal is not valid"),
    "repository": Kind(
        repository,
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
    ),
}


async def provide(cloud: Any) -> None:
    document = policy({"Service": "ecs-tasks.amazonaws.com"}, "sts:AssumeRole")
    await cloud.call("iam", "create_role", RoleName="deployer", Path="/team/", AssumeRolePolicyDocument=document)
    await cloud.call("iam", "create_user", UserName="person")
    await cloud.call("kms", "create_key")
    where = {"LocationConstraint": "us-west-1"}
    await cloud.call("s3", "create_bucket", Bucket="data", CreateBucketConfiguration=where)
    await cloud.call("sns", "create_topic", Name="t")
    await cloud.call("sqs", "create_queue", QueueName="q")
    await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="x")
    await cloud.call("ecr", "create_repository", repositoryName="images")
    await cloud.call("backup", "create_backup_vault", BackupVaultName="vault")


@pytest.mark.parametrize("name", KINDS)
async def test_a_policy_names_existing_principals(cloud_in: Any, tmp_path: Path, name: str) -> None:
    kind = KINDS[name]
    async with cloud_in(tmp_path, {}) as cloud:
        await provide(cloud)
        for principal in INVALID:
            with pytest.raises(ClientError) as refused:
                await kind.put(cloud, principal)
            error = refused.value.response["Error"]
            assert error["Code"] == kind.code, principal
            assert error["Message"].startswith(kind.words), principal
        for principal in VALID:
            await kind.put(cloud, principal)


async def test_iam_names_the_principal_that_it_does_not_know(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for principal, words in (
            ({"AWS": f"{ACCOUNT}:role/me"}, f'Invalid principal in policy: "AWS":"{ACCOUNT}:role/me"'),
            ({"Service": "amazonaws.com"}, 'Invalid principal in policy: "SERVICE":"amazonaws.com"'),
            ({"Service": "ecs-task.amazonaws.com"}, 'Invalid principal in policy: "SERVICE":"ecs-task.amazonaws.com"'),
            ({"Federated": "x"}, "Federated principals must be valid domain names or SAML metadata ARNs"),
        ):
            create = {"RoleName": "me", "AssumeRolePolicyDocument": policy(principal, "sts:AssumeRole")}
            with pytest.raises(ClientError) as refused:
                await cloud.call("iam", "create_role", **create)
            assert refused.value.response["Error"]["Message"] == words
        assert (await cloud.call("iam", "list_roles"))["Roles"] == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("nonsense", "This policy contains invalid Json"),
        ("{}", "Syntax errors in policy."),
        (json.dumps({"Version": "2012-10-17", "Statement": []}), "Syntax errors in policy."),
        (policy("*", "sts:AssumeRole", "*"), "Has prohibited field Resource."),
        (policy(None, "sts:AssumeRole"), "Missing required field Principal"),
        (policy("*", "s3:GetObject"), "Trust Policy statement actions can only be"),
    ],
)
async def test_a_role_is_created_with_a_trust_policy_only(
    cloud_in: Any, tmp_path: Path, document: str, words: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match="MalformedPolicyDocument") as refused:
            await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=document)
        assert refused.value.response["Error"]["Message"].startswith(words)


async def test_a_queue_keeps_its_policy_when_other_attributes_change(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await provide(cloud)
        await queue(cloud, "*")
        url = (await cloud.call("sqs", "get_queue_url", QueueName="q"))["QueueUrl"]
        await cloud.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
        asked = {"QueueUrl": url, "AttributeNames": ["All"]}
        attributes = (await cloud.call("sqs", "get_queue_attributes", **asked))["Attributes"]
        assert attributes["VisibilityTimeout"] == "5"
        assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sqs:SendMessage"
        await cloud.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": ""})
        assert "Policy" not in (await cloud.call("sqs", "get_queue_attributes", **asked))["Attributes"]

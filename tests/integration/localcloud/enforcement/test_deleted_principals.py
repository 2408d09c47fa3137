"""A deleted role or user: policies that name it do not mean the next one of its name, and its credentials end."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.localcloud.enforcement.roles import ACCOUNT, REGION, allow
from tests.integration.localcloud.enforcement.sessions import Account, Keys, account_in, document

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"


@dataclass
class Stored:
    """The resources with a policy: a key's ARN and a queue's URL; the others have fixed names."""

    key: str = ""
    queue: str = ""


STORED = Stored()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Account]:
    async with account_in(cloud_in, tmp_path_factory.mktemp("deleted")) as made:
        await made.call("s3", "create_bucket", Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
        await made.call("s3", "put_object", Bucket="files", Key="a", Body=b"a")
        await made.call("sns", "create_topic", Name="t")
        await made.call("sqs", "create_queue", QueueName="q")
        await made.call("secretsmanager", "create_secret", Name="s", SecretString="x")
        await made.call("ecr", "create_repository", repositoryName="images")
        await made.call("backup", "create_backup_vault", BackupVaultName="vault")
        await made.role("target", trusts={"Service": "ecs-tasks.amazonaws.com"})
        STORED.key = (await made.call("kms", "create_key"))["KeyMetadata"]["Arn"]
        STORED.queue = (await made.call("sqs", "get_queue_url", QueueName="q"))["QueueUrl"]
        yield made


@dataclass(frozen=True)
class Kind:
    """A kind of policy: how to put and to read it, and a request that it alone may allow."""

    put: Callable[[Account, Any], Awaitable[Any]]
    read: Callable[[Account], Awaitable[str]]
    use: Callable[[Account, Keys], Awaitable[Any]]


def statement(principal: Any, action: str, resource: str | None = None) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action} | ({"Resource": resource} if resource else {})


TOPIC, QUEUE = f"arn:aws:sns:{REGION}:{ACCOUNT}:t", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
OWN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}


async def text(answer: Awaitable[Any], *path: str) -> str:
    found = await answer
    for name in path:
        found = found[name]
    return found if isinstance(found, str) else json.dumps(found)


KINDS = {
    "trust": Kind(
        lambda a, who: a.call(
            "iam", "update_assume_role_policy", RoleName="target",
            PolicyDocument=document(statement(who, "sts:AssumeRole")),
        ),
        lambda a: text(a.call("iam", "get_role", RoleName="target"), "Role", "AssumeRolePolicyDocument"),
        lambda a, keys: a.assume("target", keys),
    ),
    "bucket": Kind(
        lambda a, who: a.call(
            "s3", "put_bucket_policy", Bucket="files",
            Policy=document(statement(who, "s3:GetObject", "arn:aws:s3:::files/*")),
        ),
        lambda a: text(a.call("s3", "get_bucket_policy", Bucket="files"), "Policy"),
        lambda a, keys: a.call("s3", "get_object", keys, Bucket="files", Key="a"),
    ),
    "key": Kind(
        lambda a, who: a.call(
            "kms", "put_key_policy", KeyId=STORED.key, PolicyName="default",
            Policy=document(OWN, statement(who, "kms:Encrypt", "*")),
        ),
        lambda a: text(a.call("kms", "get_key_policy", KeyId=STORED.key, PolicyName="default"), "Policy"),
        lambda a, keys: a.call("kms", "encrypt", keys, KeyId=STORED.key, Plaintext=b"x"),
    ),
    "grant": Kind(
        lambda a, who: a.call(
            "kms", "create_grant", KeyId=STORED.key, GranteePrincipal=who["AWS"], Operations=["Encrypt"]
        ),
        lambda a: text(a.call("kms", "list_grants", KeyId=STORED.key), "Grants"),
        lambda a, keys: a.call("kms", "encrypt", keys, KeyId=STORED.key, Plaintext=b"x"),
    ),
    "topic": Kind(
        lambda a, who: a.call(
            "sns", "set_topic_attributes", TopicArn=TOPIC, AttributeName="Policy",
            AttributeValue=document(statement(who, "sns:Publish", TOPIC)),
        ),
        lambda a: text(a.call("sns", "get_topic_attributes", TopicArn=TOPIC), "Attributes", "Policy"),
        lambda a, keys: a.call("sns", "publish", keys, TopicArn=TOPIC, Message="x"),
    ),
    "queue": Kind(
        lambda a, who: a.call(
            "sqs", "set_queue_attributes", QueueUrl=STORED.queue,
            Attributes={"Policy": document(statement(who, "sqs:SendMessage", QUEUE))},
        ),
        lambda a: text(
            a.call("sqs", "get_queue_attributes", QueueUrl=STORED.queue, AttributeNames=["Policy"]),
            "Attributes", "Policy",
        ),
        lambda a, keys: a.call("sqs", "send_message", keys, QueueUrl=STORED.queue, MessageBody="x"),
    ),
    "secret": Kind(
        lambda a, who: a.call(
            "secretsmanager", "put_resource_policy", SecretId="s",
            ResourcePolicy=document(statement(who, "secretsmanager:GetSecretValue", "*")),
        ),
        lambda a: text(a.call("secretsmanager", "get_resource_policy", SecretId="s"), "ResourcePolicy"),
        lambda a, keys: a.call("secretsmanager", "get_secret_value", keys, SecretId="s"),
    ),
    "repository": Kind(
        lambda a, who: a.call(
            "ecr", "set_repository_policy", repositoryName="images",
            policyText=document(statement(who, "ecr:DescribeRepositories")),
        ),
        lambda a: text(a.call("ecr", "get_repository_policy", repositoryName="images"), "policyText"),
        lambda a, keys: a.call("ecr", "describe_repositories", keys, repositoryNames=["images"]),
    ),
    "vault": Kind(
        lambda a, who: a.call(
            "backup", "put_backup_vault_access_policy", BackupVaultName="vault",
            Policy=document(statement(who, "backup:DescribeBackupVault", "*")),
        ),
        lambda a: text(a.call("backup", "get_backup_vault_access_policy", BackupVaultName="vault"), "Policy"),
        lambda a, keys: a.call("backup", "describe_backup_vault", keys, BackupVaultName="vault"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
async def test_a_policy_does_not_mean_the_next_role_of_the_name_that_it_names(account: Account, name: str) -> None:
    kind = KINDS[name]
    await account.role("reader")
    unique = (await account.call("iam", "get_role", RoleName="reader"))["Role"]["RoleId"]
    await kind.put(account, {"AWS": ROLE})
    await kind.use(account, await account.assume("reader"))
    assert ROLE in await kind.read(account)
    await account.drop("reader")
    assert ROLE not in await kind.read(account)
    assert unique in await kind.read(account)

    await account.role("reader")
    keys = await account.assume("reader")
    with pytest.raises(Exception, match=r"AccessDenied|AuthorizationError|not authorized"):
        await kind.use(account, keys)
    if name != "grant":  # each grant is another
        await kind.put(account, {"AWS": ROLE})
        await kind.use(account, keys)
    await account.drop("reader")


async def test_the_session_of_a_deleted_role_in_a_policy_is_not_one_of_the_next_role(account: Account) -> None:
    await account.role("reader")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"
    await KINDS["bucket"].put(account, {"AWS": [session, f"arn:aws:iam::{ACCOUNT}:root"]})
    await KINDS["bucket"].use(account, await account.assume("reader"))
    await account.drop("reader")
    await account.role("reader")
    assert session not in await KINDS["bucket"].read(account)
    assert "AccessDenied" in await account.refused(
        "s3", "get_object", await account.assume("reader"), Bucket="files", Key="a"
    )
    await account.drop("reader")


async def test_the_credentials_that_a_user_got_end_with_the_user(account: Account) -> None:
    everything = allow("*")
    keys = await account.user("ann", everything)
    session = (await account.call("sts", "get_session_token", keys))["Credentials"]
    policy = document(everything)
    federated = (await account.call("sts", "get_federation_token", keys, Name="bob", Policy=policy))["Credentials"]
    for each in (session, federated):
        await account.call("s3", "get_object", each, Bucket="files", Key="a")
    await account.drop_user("ann", keys)
    await account.user("ann", everything)
    for each in (session, federated):
        assert (await account.refused("s3", "get_object", each, Bucket="files", Key="a")).startswith("InvalidToken")
        assert (await account.refused("sts", "get_caller_identity", each)).startswith("InvalidClientTokenId")


async def test_the_sessions_of_the_administrator_have_its_permissions(account: Account) -> None:
    session = (await account.call("sts", "get_session_token"))["Credentials"]
    await account.call("s3", "get_object", session, Bucket="files", Key="a")
    limit = document(allow("s3:ListAllMyBuckets"))
    federated = (await account.call("sts", "get_federation_token", Name="bob", Policy=limit))["Credentials"]
    await account.call("s3", "list_buckets", federated)
    assert "no session policy allows" in await account.refused("s3", "get_object", federated, Bucket="files", Key="a")


async def test_sessions_of_users_are_of_no_use_at_iam_and_sts(account: Account) -> None:
    session = (await account.call("sts", "get_session_token"))["Credentials"]
    federated = (await account.call("sts", "get_federation_token", Name="bob"))["Credentials"]
    for each in (session, federated):
        refused = await account.refused("iam", "list_roles", each)
        assert refused.startswith("InvalidClientTokenId: The security token included in the request is invalid")
    await account.role("taken")
    await account.assume("taken", session)
    named = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/taken", "RoleSessionName": "session"}
    assert (await account.refused("sts", "assume_role", federated, **named)).startswith("AccessDenied")

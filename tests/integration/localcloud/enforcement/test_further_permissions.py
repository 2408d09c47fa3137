"""Requests that need more than the permission for their operation, and what nobody's permission allows."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio

from localcloud.tagging import moto_lists
from tests.integration.localcloud.enforcement.roles import ACCOUNT, REGION, allow
from tests.integration.localcloud.enforcement.sessions import Account, Keys, account_in, document

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAGS = [{"Key": "team", "Value": "red"}]
PLACE = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
LATER = datetime(2999, 1, 1, tzinfo=UTC)
TRUST = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})


class Attacker(Account):
    """An account, with a session of the role `reader` to try things with."""

    keys: Keys

    async def is_refused(self, service: str, operation: str, **parameters: Any) -> str:
        return await self.refused(service, operation, self.keys, **parameters)

    async def does(self, service: str, operation: str, **parameters: Any) -> Any:
        return await self.call(service, operation, self.keys, **parameters)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacker(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Attacker]:
    async with account_in(cloud_in, tmp_path_factory.mktemp("further")) as account:
        evaluator = account.cloud.parts["permissions"].evaluator
        evaluator.tags_of_any = partial(moto_lists.tags_of, account_id=ACCOUNT)
        made = Attacker(account.cloud)
        await made.role("reader")
        made.keys = await made.assume("reader")
        await made.call("s3", "create_bucket", Bucket="files", **PLACE)
        await made.call("s3", "put_object", Bucket="files", Key="a", Body=b"a")
        yield made


ALARM = {
    "AlarmName": "a", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
    "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
TABLE = {
    "TableName": "t", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
}  # fmt: skip
MADE_WITH_TAGS = [
    ("secretsmanager", "CreateSecret", "TagResource", {"Name": "s", "SecretString": "x", "Tags": TAGS}),
    ("kms", "CreateKey", "TagResource", {"Tags": [{"TagKey": "team", "TagValue": "red"}]}),
    ("sqs", "CreateQueue", "TagQueue", {"QueueName": "q", "tags": {"team": "red"}}),
    ("sns", "CreateTopic", "TagResource", {"Name": "t", "Tags": TAGS}),
    ("logs", "CreateLogGroup", "TagResource", {"logGroupName": "g", "tags": {"team": "red"}}),
    ("dynamodb", "CreateTable", "TagResource", {**TABLE, "Tags": TAGS}),
    ("ecr", "CreateRepository", "TagResource", {"repositoryName": "images", "tags": TAGS}),
    ("iam", "CreateRole", "TagRole", {"RoleName": "made", "AssumeRolePolicyDocument": TRUST, "Tags": TAGS}),
    ("iam", "CreateUser", "TagUser", {"UserName": "made", "Tags": TAGS}),
    ("ssm", "PutParameter", "AddTagsToResource", {"Name": "/p", "Value": "x", "Type": "String", "Tags": TAGS}),
    ("cloudwatch", "PutMetricAlarm", "TagResource", {**ALARM, "Tags": TAGS}),
    ("backup", "CreateBackupVault", "TagResource", {"BackupVaultName": "vault", "BackupVaultTags": {"team": "red"}}),
]


@pytest.mark.parametrize(("service", "operation", "tagging", "parameters"), MADE_WITH_TAGS)
async def test_what_is_made_with_tags_needs_the_permission_to_tag(
    attacker: Attacker, service: str, operation: str, tagging: str, parameters: dict[str, Any]
) -> None:
    call = _snake(operation)
    beside = allow(["backup-storage:*", "kms:CreateGrant"])
    await attacker.may("reader", allow(f"{service}:{operation}"), beside)
    assert f"is not authorized to perform: {service}:{tagging} on" in await attacker.is_refused(
        service, call, **parameters
    )
    red = {
        "Condition": {
            "StringEquals": {"aws:RequestTag/team": "red"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
        }
    }
    await attacker.may("reader", allow([f"{service}:{operation}", f"{service}:{tagging}"]) | red, beside)
    await attacker.does(service, call, **parameters)


async def test_api_gateway_is_authorized_by_method_and_path(attacker: Attacker) -> None:
    api = (await attacker.call("apigatewayv2", "create_api", Name="a", ProtocolType="HTTP"))["ApiId"]
    arn = f"arn:aws:apigateway:{REGION}::/apis"
    await attacker.may("reader", allow(["apigateway:GET", "apigateway:POST"], [arn, f"{arn}/{api}"]))
    await attacker.does("apigatewayv2", "get_api", ApiId=api)
    for refused, operation, given in (
        (f"apigateway:GET on resource: {arn}/{api}/routes", "get_routes", {"ApiId": api}),
        (f"apigateway:DELETE on resource: {arn}/{api}", "delete_api", {"ApiId": api}),
        (f"apigateway:TagResource on resource: {arn}", "create_api",
         {"Name": "b", "ProtocolType": "HTTP", "Tags": {"team": "red"}}),
    ):  # fmt: skip
        assert refused in await attacker.is_refused("apigatewayv2", operation, **given)
    protected = {"Effect": "Deny", "Action": "apigateway:*", "Resource": f"{arn}/{api}"}
    await attacker.may("reader", allow("*"), protected)
    assert "explicit deny" in await attacker.is_refused("apigatewayv2", "delete_api", ApiId=api)
    await attacker.does("apigatewayv2", "get_routes", ApiId=api)


def _snake(operation: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in operation).removeprefix("_")


PROTECTED = [{"Key": "protected", "Value": "yes"}]
OF_TAGGED = [
    ("sqs", "create_queue", {"QueueName": "p", "tags": {"protected": "yes"}}, "get_queue_url", {"QueueName": "p"}),
    ("ecr", "create_repository", {"repositoryName": "protected", "tags": PROTECTED},
     "describe_images", {"repositoryName": "protected"}),
    ("ssm", "put_parameter", {"Name": "/n", "Value": "x", "Type": "String", "Tags": PROTECTED},
     "get_parameter", {"Name": "/n"}),
    ("logs", "create_log_group", {"logGroupName": "p", "tags": {"protected": "yes"}},
     "describe_log_streams", {"logGroupName": "p"}),
    ("iam", "create_user", {"UserName": "p", "Tags": PROTECTED}, "get_user", {"UserName": "p"}),
    ("backup", "create_backup_vault", {"BackupVaultName": "pp", "BackupVaultTags": {"protected": "yes"}},
     "describe_backup_vault", {"BackupVaultName": "pp"}),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "AlarmName": "p", "Tags": PROTECTED},
     "delete_alarms", {"AlarmNames": ["p"]}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "make", "made", "operation", "parameters"), OF_TAGGED)
async def test_a_tag_of_a_resource_can_keep_it_from_somebody(
    attacker: Attacker, service: str, make: str, made: dict[str, Any], operation: str, parameters: dict[str, Any]
) -> None:
    await attacker.call(service, make, **made)
    protected = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    for key in ("aws:ResourceTag/protected", f"{service}:ResourceTag/protected"):
        condition = {"Condition": {"StringEquals": {key: "yes"}}}
        await attacker.may("reader", allow("*"), protected | condition)
        assert "explicit deny in an identity-based policy" in await attacker.is_refused(
            service, operation, **parameters
        )
    await attacker.may(
        "reader", allow("*"), protected | {"Condition": {"StringEquals": {"aws:ResourceTag/other": "yes"}}}
    )
    await attacker.does(service, operation, **parameters)


LOCK = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": LATER}
FURTHER_OF_S3 = [
    ("put_object", {"Bucket": "files", "Key": "b", "Body": b"b", "ACL": "bucket-owner-full-control"}, ["PutObjectAcl"]),
    ("put_object", {"Bucket": "locked", "Key": "b", "Body": b"b", **LOCK}, ["PutObjectRetention"]),
    ("put_object", {"Bucket": "locked", "Key": "c", "Body": b"b", "ObjectLockLegalHoldStatus": "ON"},
     ["PutObjectLegalHold"]),
    ("create_bucket", {"Bucket": "owned", "ObjectOwnership": "ObjectWriter", **PLACE}, ["PutBucketOwnershipControls"]),
    ("create_bucket", {"Bucket": "lockable", "ObjectLockEnabledForBucket": True, **PLACE},
     ["PutBucketObjectLockConfiguration", "PutBucketVersioning"]),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "further"), FURTHER_OF_S3)
async def test_s3_asks_for_what_the_headers_do_besides(
    attacker: Attacker, operation: str, parameters: dict[str, Any], further: list[str]
) -> None:
    if parameters["Bucket"] == "locked" and "locked" not in str(await attacker.call("s3", "list_buckets")):
        await attacker.call("s3", "create_bucket", Bucket="locked", ObjectLockEnabledForBucket=True, **PLACE)
    action = "s3:PutObject" if operation == "put_object" else "s3:CreateBucket"
    for number, name in enumerate(further):
        await attacker.may("reader", allow([action, *(f"s3:{each}" for each in further[:number])]))
        assert f"is not authorized to perform: s3:{name} on" in await attacker.is_refused("s3", operation, **parameters)
    await attacker.may("reader", allow([action, *(f"s3:{each}" for each in further)]))
    await attacker.does("s3", operation, **parameters)


async def test_a_lock_is_passed_by_those_who_may(attacker: Attacker) -> None:
    await attacker.call("s3", "create_bucket", Bucket="governed", ObjectLockEnabledForBucket=True, **PLACE)
    put = await attacker.call("s3", "put_object", Bucket="governed", Key="g", Body=b"g", **LOCK)
    named = {"Bucket": "governed", "Key": "g", "VersionId": put["VersionId"], "BypassGovernanceRetention": True}
    await attacker.may("reader", allow("s3:DeleteObjectVersion"))
    assert "s3:BypassGovernanceRetention on" in await attacker.is_refused("s3", "delete_object", **named)
    await attacker.may("reader", allow(["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]))
    await attacker.does("s3", "delete_object", **named)


async def test_a_bucket_is_not_mistaken_for_that_of_another_account(attacker: Attacker) -> None:
    await attacker.may("reader", allow("s3:*"))
    wanted = {"Bucket": "files", "Key": "a"}
    await attacker.does("s3", "get_object", **wanted, ExpectedBucketOwner=ACCOUNT)
    assert await attacker.is_refused("s3", "get_object", **wanted, ExpectedBucketOwner="999999999999") == (
        "AccessDenied: Access Denied"
    )
    other = {"Bucket": "files", "ExpectedBucketOwner": "999999999999"}
    assert await attacker.is_refused("s3", "list_objects_v2", **other) == "AccessDenied: Access Denied"


async def test_a_link_takes_no_headers_of_amazon_besides_the_signed_ones(attacker: Attacker) -> None:
    await attacker.may("reader", allow("s3:*"))
    parameters = {"Bucket": "files", "Key": "link"}
    client = attacker.client("s3", attacker.keys)
    link = client.generate_presigned_url("put_object", Params=parameters)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.put(link, content=b"x", headers={"cache-control": "no-store"})).status_code == 200
        for header in ("x-amz-tagging", "x-amz-meta-owner", "x-amz-storage-class"):
            answer = await http.put(link, content=b"x", headers={header: "a=b"})
            assert answer.status_code == 403
            assert "There were headers present in the request which were not signed" in answer.text
        signed = client.generate_presigned_url("put_object", Params={**parameters, "Tagging": "a=b"})
        assert (await http.put(signed, content=b"x", headers={"x-amz-tagging": "a=b"})).status_code == 200


async def test_a_service_linked_role_is_changed_by_its_service_alone(attacker: Attacker) -> None:
    await attacker.call("iam", "create_service_linked_role", AWSServiceName="ecs.amazonaws.com")
    name = {"RoleName": "AWSServiceRoleForECS"}
    everything = {"PolicyName": "x", "PolicyDocument": document(allow("*"))}
    managed = {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    own = {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"}
    for operation, parameters in {
        "delete_role": {}, "put_role_policy": everything, "attach_role_policy": managed, "detach_role_policy": own,
        "update_assume_role_policy": {"PolicyDocument": TRUST},
        "put_role_permissions_boundary": {"PermissionsBoundary": managed["PolicyArn"]},
    }.items():  # fmt: skip
        assert await attacker.refused("iam", operation, **name, **parameters) == (
            "UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role "
            "is only modifiable by AWS"
        )
    await attacker.call("iam", "tag_role", **name, Tags=TAGS)
    await attacker.call("iam", "delete_service_linked_role", **name)


async def test_the_boundary_that_a_role_has_decides_who_may_change_the_role(attacker: Attacker) -> None:
    made = await attacker.call("iam", "create_policy", PolicyName="bound", PolicyDocument=document(allow("s3:*")))
    bound = {"StringEquals": {"iam:PermissionsBoundary": made["Policy"]["Arn"]}}
    named = {"AssumeRolePolicyDocument": TRUST}
    await attacker.call("iam", "create_role", RoleName="free", **named)
    await attacker.may("reader", allow("iam:*", Condition=bound))
    assert "AccessDenied" in await attacker.is_refused("iam", "create_role", RoleName="b", **named)
    await attacker.does("iam", "create_role", RoleName="b", PermissionsBoundary=made["Policy"]["Arn"], **named)
    policy = {"PolicyName": "x", "PolicyDocument": document(allow("*"))}
    await attacker.does("iam", "put_role_policy", RoleName="b", **policy)
    assert "AccessDenied" in await attacker.is_refused("iam", "put_role_policy", RoleName="free", **policy)
    kept = {"Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*", "Condition": bound}
    await attacker.may("reader", allow("iam:*"), kept)
    refused = await attacker.is_refused("iam", "delete_role_permissions_boundary", RoleName="b")
    assert "with an explicit deny" in refused


async def test_a_text_is_encrypted_again_by_those_who_may_use_both_keys(attacker: Attacker) -> None:
    first, second = [(await attacker.call("kms", "create_key"))["KeyMetadata"]["Arn"] for _ in range(2)]
    blob = (await attacker.call("kms", "encrypt", KeyId=first, Plaintext=b"x"))["CiphertextBlob"]
    anew = {"CiphertextBlob": blob, "DestinationKeyId": second}
    await attacker.may("reader", allow(["kms:ReEncryptFrom", "kms:ReEncryptTo"], first))
    assert f"kms:ReEncryptTo on resource: {second}" in await attacker.is_refused("kms", "re_encrypt", **anew)
    await attacker.may("reader", allow("kms:ReEncryptFrom", first), allow("kms:ReEncryptTo", second))
    await attacker.does("kms", "re_encrypt", **anew)


async def test_a_grant_passes_on_no_more_than_it_gives(attacker: Attacker) -> None:
    await attacker.may("reader", allow("s3:ListAllMyBuckets"))
    await attacker.call("iam", "create_role", RoleName="next", AssumeRolePolicyDocument=TRUST)
    key = (await attacker.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    reader, following = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "next"))
    bound = {"Constraints": {"EncryptionContextSubset": {"app": "shop"}}}
    given = {"KeyId": key, "GranteePrincipal": reader, "Operations": ["Decrypt", "CreateGrant"], **bound}
    await attacker.call("kms", "create_grant", **given)
    passed = {"KeyId": key, "GranteePrincipal": following}
    for refused in ({"Operations": ["Encrypt"], **bound}, {"Operations": ["Decrypt"]}):
        assert "kms:CreateGrant on resource:" in await attacker.is_refused("kms", "create_grant", **passed, **refused)
    narrower = {"Constraints": {"EncryptionContextEquals": {"app": "shop", "of": "ann"}}}
    for accepted in ({"Operations": ["Decrypt"], **bound}, {"Operations": ["Decrypt"], **narrower}):
        await attacker.does("kms", "create_grant", **passed, **accepted)
    only = {"Condition": {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}}
    other = (await attacker.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    await attacker.may("reader", allow("kms:CreateGrant", other) | only)
    wanted = {"KeyId": other, "GranteePrincipal": following}
    assert "AccessDenied" in await attacker.is_refused(
        "kms", "create_grant", **wanted, Operations=["Decrypt", "Encrypt"]
    )
    await attacker.does("kms", "create_grant", **wanted, Operations=["Decrypt"])


async def test_a_form_uploads_what_its_signer_may_and_has_allowed(attacker: Attacker) -> None:
    client = attacker.client("s3", attacker.keys)
    conditions: list[Any] = [["starts-with", "$key", "forms/"], ["content-length-range", 1, 4]]
    signed = client.generate_presigned_post("files", "forms/${filename}", Conditions=conditions)
    expired = client.generate_presigned_post("files", "forms/${filename}", Conditions=conditions, ExpiresIn=-1)
    right: dict[str, str] = signed["fields"]

    async def post(fields: dict[str, str], content: bytes = b"abc") -> tuple[int, str]:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(signed["url"], data=fields, files={"file": ("a.txt", content)})
            return answer.status_code, answer.text

    await attacker.may("reader", allow("s3:PutObject", "arn:aws:s3:::files/forms/*"))
    assert (await post(right))[0] == 204
    found = await attacker.call("s3", "get_object", Bucket="files", Key="forms/a.txt")
    assert found["ContentLength"] == 3
    for fields, content, words in (
        (right | {"x-amz-signature": "0" * 64}, b"abc", "SignatureDoesNotMatch"),
        (right | {"key": "other/a"}, b"abc", "Invalid according to Policy: Policy Condition failed"),
        (right | {"acl": "public-read"}, b"abc", "Invalid according to Policy: Extra input fields: acl"),
        (right, b"abcde", "EntityTooLarge"),
        (right, b"", "EntityTooSmall"),
        (expired["fields"], b"abc", "Invalid according to Policy: Policy expired."),
        ({name: text for name, text in right.items() if name != "x-amz-security-token"}, b"abc", "InvalidAccessKeyId"),
    ):
        status, text = await post(fields, content)
        assert status in (400, 403), words
        assert words in text
    await attacker.may("reader", allow("s3:PutObject", "arn:aws:s3:::files/other/*"))
    status, text = await post(right)
    assert (status, "s3:PutObject on resource: " in text) == (403, True)


async def test_a_user_who_names_nobody_is_meant(attacker: Attacker) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    keys = await attacker.user("ann", allow(["iam:GetUser", "iam:CreateAccessKey", "iam:ListUsers"], own))
    await attacker.call("iam", "create_user", UserName="bob")
    assert (await attacker.call("iam", "get_user", keys))["User"]["UserName"] == "ann"
    assert (await attacker.call("iam", "create_access_key", keys))["AccessKey"]["UserName"] == "ann"
    assert "AccessDenied" in await attacker.refused("iam", "create_access_key", keys, UserName="bob")
    assert "AccessDenied" in await attacker.refused("iam", "list_users", keys)


async def test_a_grant_is_retired_by_whom_it_names(attacker: Attacker) -> None:
    await attacker.may("reader", allow("s3:ListAllMyBuckets"))
    await attacker.call("iam", "create_role", RoleName="grantee", AssumeRolePolicyDocument=TRUST)
    key = (await attacker.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    reader, grantee = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "grantee"))

    async def grant(who: str, operations: list[str], **more: str) -> dict[str, str]:
        given = {"KeyId": key, "GranteePrincipal": who, "Operations": operations, **more}
        return {"KeyId": key, "GrantId": (await attacker.call("kms", "create_grant", **given))["GrantId"]}

    others = await grant(grantee, ["Decrypt", "RetireGrant"])
    assert "kms:RetireGrant on resource:" in await attacker.is_refused("kms", "retire_grant", **others)
    await attacker.does("kms", "retire_grant", **await grant(grantee, ["Decrypt"], RetiringPrincipal=reader))
    await attacker.does("kms", "retire_grant", **await grant(reader, ["Decrypt", "RetireGrant"]))

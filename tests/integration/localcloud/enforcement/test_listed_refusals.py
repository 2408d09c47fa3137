"""Batches under permissions for a part of them: that part is done, and the rest is listed."""

from pathlib import Path
from typing import Any

from tests.integration.localcloud.enforcement.roles import ACCOUNT, REGION, allow
from tests.integration.localcloud.enforcement.sessions import account_in


async def test_a_batch_of_secrets_needs_the_permission_to_read_each(cloud_in: Any, tmp_path: Path) -> None:
    async with account_in(cloud_in, tmp_path) as account:
        await account.role("reader")
        keys = await account.assume("reader")
        for name in ("own", "other"):
            await account.call("secretsmanager", "create_secret", Name=name, SecretString="x")
        own = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:own-*"
        await account.may(
            "reader", allow("secretsmanager:BatchGetSecretValue"), allow("secretsmanager:GetSecretValue", own)
        )
        found = await account.call("secretsmanager", "batch_get_secret_value", keys, SecretIdList=["own"])
        assert [each["Name"] for each in found["SecretValues"]] == ["own"]
        found = await account.call(
            "secretsmanager", "batch_get_secret_value", keys, SecretIdList=["own", "other", "missing"]
        )
        assert [each["Name"] for each in found["SecretValues"]] == ["own"]
        errors = {each["SecretId"]: each for each in found["Errors"]}
        assert errors.keys() == {"other", "missing"}  # who may not read a secret does not learn whether it exists
        assert {each["ErrorCode"] for each in errors.values()} == {"AccessDeniedException"}
        assert "secretsmanager:GetSecretValue on resource:" in errors["other"]["Message"]
        arn = (await account.call("secretsmanager", "describe_secret", SecretId="other"))["ARN"]
        found = await account.call("secretsmanager", "batch_get_secret_value", keys, SecretIdList=[arn])
        assert (found["SecretValues"], [each["SecretId"] for each in found["Errors"]]) == ([], [arn])
        await account.may("reader", allow("secretsmanager:GetSecretValue"))
        refused = await account.refused("secretsmanager", "batch_get_secret_value", keys, SecretIdList=["own"])
        assert "secretsmanager:BatchGetSecretValue" in refused
        await account.may(
            "reader", allow("secretsmanager:BatchGetSecretValue"), allow("secretsmanager:GetSecretValue", own)
        )
        by_filter = {"Filters": [{"Key": "name", "Values": ["own"]}]}
        assert "AccessDenied" in await account.refused("secretsmanager", "batch_get_secret_value", keys, **by_filter)


async def test_the_tagging_api_needs_each_services_own_permission(cloud_in: Any, tmp_path: Path) -> None:
    async with account_in(cloud_in, tmp_path) as account:
        await account.role("reader")
        keys = await account.assume("reader")
        arn = (
            await account.call("sqs", "create_queue", QueueName="retagged")
        ) and f"arn:aws:sqs:{REGION}:{ACCOUNT}:retagged"
        change = {"ResourceARNList": [arn], "Tags": {"a": "b"}}
        await account.may("reader", allow("tag:TagResources"))
        topic = (await account.call("sns", "create_topic", Name="retagged"))["TopicArn"]
        both = change | {"ResourceARNList": [arn, topic]}
        failed = (await account.call("resourcegroupstaggingapi", "tag_resources", keys, **both))["FailedResourcesMap"]
        assert failed.keys() == {arn, topic}
        assert (failed[arn]["StatusCode"], failed[arn]["ErrorCode"]) == (403, "AccessDeniedException")
        assert f"sqs:TagQueue on resource: {arn}" in failed[arn]["ErrorMessage"]
        await account.may("reader", allow(["tag:TagResources", "sns:TagResource"]))
        failed = (await account.call("resourcegroupstaggingapi", "tag_resources", keys, **both))["FailedResourcesMap"]
        assert failed.keys() == {arn}
        tags = (await account.call("sns", "list_tags_for_resource", ResourceArn=topic))["Tags"]
        assert tags == [{"Key": "a", "Value": "b"}]
        assert not (await account.call("sqs", "list_queue_tags", QueueUrl="retagged")).get("Tags")
        await account.may("reader", allow("sqs:TagQueue"))
        refused = await account.refused("resourcegroupstaggingapi", "tag_resources", keys, **change)
        assert "tag:TagResources" in refused

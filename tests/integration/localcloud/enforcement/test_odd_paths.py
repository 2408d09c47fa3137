"""Requests in forms that no client of AWS sends: a role without permissions gets nothing by them."""

from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration.localcloud.enforcement.roles import REGION
from tests.integration.localcloud.enforcement.sessions import Account, Keys

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"
IN_REGION = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}


async def sent(
    account: Account, keys: Keys, service: str, method: str, path: str, body: bytes = b"", **headers: str
) -> httpx.Response:
    """Send a signed request as it is."""
    url = f"{account.cloud.host.endpoint_url}{path}"
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    request = AWSRequest(method=method, url=url, data=body, headers=named)
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    signer: Any = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, REGION).add_auth(request)
    async with httpx.AsyncClient() as client:
        return await client.request(method, url, content=body, headers=dict(request.headers.items()))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "//files/a", b""),
        ("GET", "///files/a", b""),
        ("HEAD", "//files/a", b""),
        ("PUT", "//files/b", b"b"),
        ("DELETE", "//files/a", b""),
        ("POST", "/files", b"key=b&file=b"),
        ("POST", "/files/", b"key=b&file=b"),
        ("POST", "//files?delete", b"<Delete><Object><Key>a</Key></Object></Delete>"),
        ("POST", "/files/b", b"b"),
        ("POST", "/files/a?tagging", b"<Tagging><TagSet/></Tagging>"),
        ("PATCH", "/files/a", b"b"),
        ("GET", "/./files/a", b""),
        ("GET", "/x/../files/a", b""),
    ],
)
async def test_an_odd_path_of_s3_needs_permissions_too(account: Account, method: str, path: str, body: bytes) -> None:
    await account.call("s3", "create_bucket", Bucket="files", **IN_REGION)
    await account.call("s3", "put_object", Bucket="files", Key="a", Body=b"secret")
    try:
        keys = await account.assume("reader")
        response = await sent(account, keys, "s3", method, path, body, content_type=FORM)
        assert response.status_code >= 300
        assert b"secret" not in response.content
        left = (await account.call("s3", "list_objects_v2", Bucket="files"))["Contents"]
        assert [each["Key"] for each in left] == ["a"]
    finally:
        for each in (await account.call("s3", "list_objects_v2", Bucket="files")).get("Contents", []):
            await account.call("s3", "delete_object", Bucket="files", Key=each["Key"])
        await account.call("s3", "delete_bucket", Bucket="files")


@pytest.mark.parametrize("path", ["//v2/apis/{}", "/v2//apis/{}", "/v2/apis//{}", "/v2/apis/{}//", "/V2/apis/{}"])
async def test_an_odd_path_of_api_gateway_needs_permissions_too(account: Account, path: str) -> None:
    api = (await account.call("apigatewayv2", "create_api", Name="a", ProtocolType="HTTP"))["ApiId"]
    keys = await account.assume("reader")
    response = await sent(account, keys, "apigateway", "DELETE", path.format(api))
    assert response.status_code >= 300
    await account.call("apigatewayv2", "delete_api", ApiId=api)


@pytest.mark.parametrize(
    ("path", "content_type", "body", "target"),
    [
        ("/?Action=DescribeVpcs&Version=2016-11-15", "text/plain", b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16", ""),
        ("/?Action=CreateVpc&CidrBlock=10.0.0.0%2F16", FORM, b"Action=DescribeVpcs&Version=2016-11-15", ""),
        ("/", FORM, b"Action=DescribeVpcs&Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15", ""),
        ("/", FORM, b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15", "AmazonEC2.DescribeVpcs"),
        ("/", "text/plain", b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15", "AmazonEC2.DescribeVpcs"),
        ("/", "", b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15", ""),
    ],
)
async def test_the_operation_that_is_carried_out_is_the_one_that_was_authorized(
    account: Account, path: str, content_type: str, body: bytes, target: str
) -> None:
    async def networks() -> int:
        return len((await account.call("ec2", "describe_vpcs"))["Vpcs"])

    before = await networks()
    await account.may("reader", {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"})
    keys = await account.assume("reader")
    headers = {"content_type": content_type, "x_amz_target": target}
    given = {name: each for name, each in headers.items() if each}
    await sent(account, keys, "ec2", "POST", path, body, **given)
    assert await networks() == before


async def test_a_queue_is_not_deleted_in_the_form_of_another_operation(account: Account) -> None:
    made = (await account.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
    await account.may("reader", {"Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": "*"})
    keys = await account.assume("reader")
    body = f"Action=DeleteQueue&QueueUrl={made}&Version=2012-11-05".encode()
    for content_type in (FORM, "application/x-amz-json-1.0", "text/plain"):
        named = {"content_type": content_type, "x_amz_target": "AmazonSQS.GetQueueUrl"}
        for path in ("/", f"/?{body.decode()}"):
            for sent_body in (body, b'{"QueueName": "q"}'):
                await sent(account, keys, "sqs", "POST", path, sent_body, **named)
    assert made in (await account.call("sqs", "list_queues"))["QueueUrls"]


async def test_an_odd_path_of_s3_does_not_let_anybody_write(account: Account) -> None:
    await account.call("s3", "create_bucket", Bucket="open", **IN_REGION)
    await account.call("s3", "put_object", Bucket="open", Key="a", Body=b"secret")
    url = account.cloud.host.endpoint_url
    async with httpx.AsyncClient() as client:
        await client.put(f"{url}//open/b", content=b"b")
        await client.delete(f"{url}//open/a")
        await client.post(f"{url}/open", content=b"key=b&file=b", headers={"content-type": FORM})
    left = (await account.call("s3", "list_objects_v2", Bucket="open"))["Contents"]
    assert [each["Key"] for each in left] == ["a"]

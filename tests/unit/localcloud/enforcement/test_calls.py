"""The operations that requests call, by protocol."""

import pytest
from botocore.handlers import remove_bucket_from_url_paths_from_model

from localcloud.enforcement import rest_calls
from localcloud.enforcement.calls import call_of
from localcloud.protocol.service_models import service_model
from localcloud.protocol.wire import AwsRequest, parse_request


def request(service: str, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> AwsRequest:
    signed = {
        "host": "127.0.0.1:4566",
        "authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/us-west-1/{service}/aws4_request, SignedHeaders=host",
    }
    return parse_request(
        method, path, query, signed | {name.replace("_", "-"): text for name, text in headers.items()}, body
    )


NAMESPACE = "xmlns='http://s3.amazonaws.com/doc/2006-03-01/'"
BY_PATH = [
    (request("s3", "GET", "/"), "ListBuckets", {}),
    (request("s3", "GET", "/b", "list-type=2&prefix=x%2F"), "ListObjectsV2", {"Bucket": "b", "Prefix": "x/"}),
    (request("s3", "GET", "/b/", "prefix="), "ListObjects", {"Bucket": "b", "Prefix": ""}),
    (request("s3", "GET", "/b/k/x/"), "GetObject", {"Bucket": "b", "Key": "k/x/"}),
    (request("s3", "PUT", "/k", host="b.localhost:4566"), "PutObject", {"Bucket": "b", "Key": "k"}),
    (request("s3", "PUT", "/k", host="b.s3.us-west-1.amazonaws.com"), "PutObject", {"Bucket": "b", "Key": "k"}),
    (request("s3", "PUT", "/b/k", host="s3.us-west-1.amazonaws.com"), "PutObject", {"Bucket": "b", "Key": "k"}),
    (
        request("s3", "PUT", "/b/k", "partNumber=1&uploadId=u"),
        "UploadPart",
        {"Bucket": "b", "Key": "k", "PartNumber": "1", "UploadId": "u"},
    ),
    (
        request("s3", "PUT", "/b/k", x_amz_copy_source="a/o"),
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "a/o"},
    ),
    (request("s3", "GET", "/b", "tagging"), "GetBucketTagging", {"Bucket": "b"}),
    (
        request("s3", "POST", "/b", "delete", f"<Delete {NAMESPACE}><Object><Key>a</Key></Object></Delete>".encode()),
        "DeleteObjects",
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}]}},
    ),
    (
        request("ses", "POST", "/v2/email/outbound-emails", body=b'{"FromEmailAddress": "a@b.example"}'),
        "SendEmail",
        {"FromEmailAddress": "a@b.example"},
    ),
    (request("backup", "GET", "/backup-vaults/v"), "DescribeBackupVault", {"BackupVaultName": "v"}),
    (request("route53", "GET", "/2013-04-01/hostedzone/Z1"), "GetHostedZone", {"Id": "Z1"}),
]


@pytest.mark.parametrize(("asked", "operation", "parameters"), BY_PATH)
def test_a_path_names_an_operation(asked: AwsRequest, operation: str, parameters: dict[str, object]) -> None:
    call = call_of(asked)
    assert call is not None
    assert (call.operation, dict(call.parameters)) == (operation, parameters)


def test_json_and_forms_name_theirs() -> None:
    target = {"x_amz_target": "AmazonEC2ContainerServiceV20141113.DescribeServices"}
    call = call_of(request("ecs", "POST", "/", body=b'{"cluster": "c"}', **target))
    assert call is not None
    assert (call.operation, dict(call.parameters), call.protocol) == ("DescribeServices", {"cluster": "c"}, "json")
    form = {"content_type": "application/x-www-form-urlencoded"}
    body = b"Action=AssumeRole&Version=2011-06-15&RoleArn=r&Tags.member.1.Key=a&Tags.member.1.Value=b"
    call = call_of(request("sts", "POST", "/", body=body, **form))
    assert call is not None
    assert dict(call.parameters) == {"RoleArn": "r", "Tags": [{"Key": "a", "Value": "b"}]}


@pytest.mark.parametrize(
    "asked",
    [
        request("s3", "PATCH", "/b"),
        request("ecs", "POST", "/", x_amz_target="AmazonEC2ContainerServiceV20141113.Nothing"),
        request("ecs", "POST", "/", body=b"[]", x_amz_target="AmazonEC2ContainerServiceV20141113.ListClusters"),
        request("nothing", "GET", "/"),
    ],
)
def test_what_no_service_has_is_not_a_call(asked: AwsRequest) -> None:
    assert call_of(asked) is None


def test_a_bucket_is_found_although_a_client_has_changed_the_model() -> None:
    model = service_model("s3").operation_model("GetBucketAcl")
    given = dict(model.http)
    remove_bucket_from_url_paths_from_model({"Bucket": "b"}, model, {})
    rest_calls._routes.cache_clear()
    try:
        call = call_of(request("s3", "GET", "/b", "acl"))
    finally:
        model.http.clear()
        model.http.update(given)
        rest_calls._routes.cache_clear()
    assert call is not None
    assert (call.operation, dict(call.parameters)) == ("GetBucketAcl", {"Bucket": "b"})


OF_API_GATEWAY = [
    ("GET", "/v2/apis/a/stages/$default", "GET", "/apis/a/stages/$default"),
    ("POST", "/v2/apis", "POST", "/apis"),
    (
        "POST",
        "/v2/tags/arn:aws:apigateway:us-west-1::/apis/a",
        "POST",
        "/tags/arn%3Aaws%3Aapigateway%3Aus-west-1%3A%3A%2Fapis%2Fa",
    ),
    ("PUT", "/restapis/a/resources/r/methods/GET", "PUT", "/restapis/a/resources/r/methods/GET"),
]


@pytest.mark.parametrize(("method", "path", "action", "resource"), OF_API_GATEWAY)
def test_a_call_of_api_gateway_has_method_and_path(method: str, path: str, action: str, resource: str) -> None:
    call = call_of(request("apigateway", method, path))
    assert call is not None
    assert (call.parameters["localcloud:method"], call.parameters["localcloud:path"]) == (action, resource)

"""A mistake in a request to S3 on which moto fails is reported in S3's words."""

import pytest

from localcloud.moto.malformed import of_moto
from localcloud.moto.s3_mistakes import refused
from localcloud.protocol.wire import AwsResponse, parse_request
from tests.unit.localcloud.endpoint.test_model_check import SCOPE

SIGNED = {"authorization": SCOPE.format("s3")}


@pytest.mark.parametrize(
    ("method", "query", "headers", "body", "error", "code"),
    [
        ("PUT", "partNumber=1&uploadId=no", {}, b"data", KeyError("no"), "NoSuchUpload"),
        ("PUT", "", {"x-amz-copy-source": "no-such-thing"}, b"", ValueError("not enough values"), "InvalidArgument"),
        ("PUT", "acl", {"x-amz-grant-read": "somebody"}, b"", AttributeError("groups"), "InvalidArgument"),
        ("PUT", "tagging", {}, b"<Tagging><TagSet/></Tagging>", TypeError("None"), "MalformedXML"),
        ("POST", "metadataConfiguration", {}, b"<MetadataConfiguration/>", KeyError("key"), "NotImplemented"),
    ],
)
def test_a_mistake_is_the_clients(
    method: str, query: str, headers: dict[str, str], body: bytes, error: Exception, code: str
) -> None:
    request = parse_request(method, "/bucket/key", query, {**SIGNED, **headers}, body)
    assert of_moto(request, error).code == code


def test_versioning_without_a_status_is_refused_with_words() -> None:
    request = parse_request("PUT", "/bucket", "versioning", SIGNED, b"<VersioningConfiguration/>")
    error = refused(request, AwsResponse(404, {}, b""))
    assert error is not None
    assert (error.code, error.status) == ("IllegalVersioningConfigurationException", 400)
    assert refused(request, AwsResponse(200, {}, b"")) is None

"""Signatures, compared with AWS's published example and with botocore's own."""

import pytest

from localcloud.identity.signatures import is_right, payload_of, signed, signing_key, string_to_sign
from tests.unit.localcloud.identity import requests
from tests.unit.localcloud.identity.requests import received

BODY_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
EXAMPLE = received(
    "GET",
    "http://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
    {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        ),
    },
    b"",
)
"""Source: AWS General Reference, "Examples of the complete Signature Version 4 signing process"."""

PATHS = {
    "plain": "/",
    "of an ARN": "/v2/apis/arn%3Aaws%3Aecs%3Aus-west-1%3A1%3Aservice%2Fa/tags",
    "with a space": "/a%20b/c",
    "with a query": "/?b=2&a=1&c",
    "with an encoded query": "/?marker=a%2Fb%2B%3D&prefix=%C3%A9&list-type=2",
    "with dots": "/a/../b/./c//d",
    "with unusual characters": "/key-%281%29~%21%27%2A%C3%A9",
}


def test_the_example_of_the_documentation_is_right() -> None:
    found = signed(EXAMPLE)
    assert found is not None
    assert string_to_sign(EXAMPLE, found, BODY_OF_NOTHING).endswith(
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )
    key = signing_key(EXAMPLE_SECRET, "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    assert is_right(EXAMPLE, found, EXAMPLE_SECRET, BODY_OF_NOTHING)
    assert not is_right(EXAMPLE, found, "another", BODY_OF_NOTHING)


@pytest.mark.parametrize("service", ["s3", "apigateway", "rds"])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_what_botocore_signs_is_right(service: str, path: str) -> None:
    request = requests.signed(service, method="GET", path=path, headers={"X-Amz-Tags": " a   b ", "Range": "bytes=0-9"})
    found = signed(request)
    assert found is not None
    assert is_right(request, found, "test", payload_of(request.headers, found, BODY_OF_NOTHING))


@pytest.mark.parametrize("path", ["/bucket/key%20x", "/bucket/key?versionId=a%2Fb", "/bucket/%C3%A9%281%29"])
def test_links_of_botocore_are_right(path: str) -> None:
    request = requests.signed("s3", method="GET", path=path, link_s=60)
    found = signed(request)
    assert found is not None
    assert found.lifetime_s == 60
    assert is_right(request, found, "test", payload_of(request.headers, found, BODY_OF_NOTHING))


def test_a_malformed_signature_is_none() -> None:
    malformed = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"}
    assert signed(received("GET", "http://h/", malformed, b"")) is None
    assert signed(received("GET", "http://h/?X-Amz-Signature=0", {}, b"")) is None

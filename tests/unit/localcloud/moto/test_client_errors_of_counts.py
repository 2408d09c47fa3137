"""Counts, pages and ARNs of requests on which moto fails, or that we would not find the operation of."""

import pytest

from localcloud.moto.mistakes import client_error
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.wire import AwsRequest


def s3(query: str, headers: dict[str, str] | None = None) -> AwsRequest:
    return AwsRequest("GET", "/bucket", query, headers or {}, b"", service="s3")


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        (s3("list-type=2&continuation-token=x"), TypeError("'>' not supported"), "The continuation token provided"),
        (s3("max-keys=True"), ValueError("invalid literal for int() with base 10: 'True'"), "Provided max-keys not"),
        (s3("max-buckets=-"), ValueError("invalid literal for int() with base 10: '-'"), "Provided max-buckets not"),
        (s3("acl", {"x-amz-acl": "open"}), AssertionError("Unknown canned acl: open"), "Invalid canned ACL open"),
    ],
)
def test_s3_names_the_argument_that_is_wrong(request_: AwsRequest, error: Exception, words: str) -> None:
    refusal = client_error(request_, error)
    assert refusal is not None
    assert (refusal.code, refusal.status, refusal.message.startswith(words)) == ("InvalidArgument", 400, True)


def test_a_long_invalid_page_is_reported_though_python_cuts_it_short() -> None:
    token = "a" * 3000
    body = f'{{"NextToken": "{token}"}}'.encode()
    headers = {"x-amz-target": "AmazonSSM.ListDocuments"}
    request = AwsRequest("POST", "/", "", headers, body, service="ssm", operation="ListDocuments")
    with pytest.raises(ValueError, match="invalid literal") as raised:
        int(token)
    refusal = client_error(request, raised.value)
    assert refusal is not None
    assert refusal.code == "InvalidNextToken"


def test_an_operation_on_an_arn_is_found_by_its_path() -> None:
    found = operation_by_path("apigatewayv2", "POST", "/v2/tags/arn:aws:apigateway:us-west-1::/apis/a1")
    assert found is not None
    assert found.name == "TagResource"
    assert operation_by_path("apigatewayv2", "GET", "/v2/apis/a/b") is None

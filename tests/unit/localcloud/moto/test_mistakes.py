"""A mistake in a request on which moto fails is reported in the service's own words."""

import json
from dataclasses import replace

import pytest

from localcloud.moto.malformed import of_moto
from localcloud.moto.mistakes import reworded
from localcloud.protocol.wire import AwsRequest, AwsResponse, parse_request
from tests.unit.localcloud.endpoint.test_model_check import SCOPE, form, in_json


def asked_of(prefix: str, service: str, operation: str, body: object) -> AwsRequest:
    request = in_json(service, operation, body)
    return replace(request, headers={**request.headers, "x-amz-target": f"{prefix}.{operation}"})


PAGED = form("elasticache", Action="DescribeCacheClusters", Version="2015-02-02", Marker="x")


@pytest.mark.parametrize(
    ("request_", "error", "code", "message"),
    [
        (
            asked_of("TrentService", "kms", "ListGrants", {"KeyId": "no"}),
            KeyError("no"),
            "NotFoundException",
            "no does not exist.",
        ),
        (
            form(
                "elasticache",
                Action="ModifyCacheParameterGroup",
                Version="2015-02-02",
                CacheParameterGroupName="g",
                **{"ParameterNameValues.ParameterNameValue.1.ParameterName": "p"},
            ),
            KeyError("ParameterValue"),
            "InvalidParameterValue",
            "must contain the parameter ParameterValue",
        ),
        (
            form("iam", Action="ListAttachedRolePolicies", Version="2010-05-08", RoleName="r", Marker="x"),
            ValueError("invalid literal for int() with base 10: 'x'"),
            "ValidationError",
            "Invalid value x for Marker.",
        ),
        (
            parse_request("PATCH", "/v2/apis/a/models/no", "", {"authorization": SCOPE.format("apigateway")}, b"{}"),
            KeyError("no"),
            "NotFoundException",
            "no does not exist.",
        ),
        (
            asked_of("AmazonSSM", "ssm", "ListDocuments", {"NextToken": "x"}),
            ValueError("invalid literal for int() with base 10: 'x'"),
            "InvalidNextToken",
            "Invalid value x for NextToken.",
        ),
    ],
)
def test_a_mistake_is_the_clients(request_: AwsRequest, error: Exception, code: str, message: str) -> None:
    refused = of_moto(request_, error)
    assert refused.code == code
    assert message in refused.message
    assert 400 <= refused.status < 500


@pytest.mark.parametrize("error", [KeyError("other"), KeyError(None), ValueError("no"), AttributeError("NoneType")])
def test_what_the_request_does_not_explain_stays_a_fault_of_moto(error: Exception) -> None:
    refused = of_moto(asked_of("AmazonSSM", "ssm", "GetParameter", {"Name": "n"}), error)
    assert (refused.code, refused.status) == ("InvalidAction", 501)


def test_a_page_that_does_not_exist_is_refused_in_the_protocol_of_the_service() -> None:
    answer = AwsResponse(400, {}, json.dumps({"__type": "InvalidToken", "message": "Invalid Token"}).encode())
    refusal = reworded(PAGED, answer)
    assert refusal.status == 400
    assert b"<Code>InvalidParameterValue</Code><Message>Invalid value x for Marker.</Message>" in refusal.body


def test_other_answers_stay_as_they_are() -> None:
    answer = AwsResponse(400, {}, b"<Error/>")
    assert reworded(PAGED, answer) is answer


def test_a_malformed_arn_is_reported() -> None:
    request = in_json("wafv2", "AWSWAF_20190729.ListTagsForResource", {"ResourceARN": "no-arn"})
    refusal = of_moto(request, IndexError("list index out of range"))
    assert (refusal.status, "ResourceARN" in refusal.message) == (400, True)
    assert (
        of_moto(
            in_json("wafv2", "AWSWAF_20190729.ListTagsForResource", {"ResourceARN": "a:b:c:d:e:f"}), IndexError("x")
        ).status
        == 501
    )

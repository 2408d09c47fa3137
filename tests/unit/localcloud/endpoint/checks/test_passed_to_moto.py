"""Operations of the services whose data is ours are ours, given to moto on purpose, or refused."""

import re

import pytest

from localcloud.cloudwatch.moto_patches import requests
from localcloud.endpoint.checks.passed_to_moto import ELB_VERSION, NONE_THERE, PASSED, WHOLLY_MOTOS, check_reviewed
from localcloud.endpoint.model_check import checks
from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model
from localcloud.protocol.wire import AwsRequest, parse_request
from tests import overlays

ELSEWHERE = {
    "ecs": "ecs/api.py answers every operation",
    "rds": "rds/requests/offered_operations.py names what is offered",
    "logs": "cloudwatch/logs.py answers or refuses every operation but deliveries",
}
"""Overlays that refuse by themselves what moto would answer."""
NAMES = {
    "elasticloadbalancing": "elbv2",
    "apigateway": "apigatewayv2",
    "monitoring": "cloudwatch",
    "ses": "sesv2",
    "tagging": "resourcegroupstaggingapi",
}
SIGNING = {ours: signing for signing, ours in NAMES.items()}


def request_for(service: str, operation: str) -> AwsRequest:
    """A request as an SDK would write it, without parameters."""
    model = service_model(service)
    signing = SIGNING.get(service, service)
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/us-west-1/{signing}/aws4_request"}
    http = model.operation_model(operation).http
    path = re.sub(r"\{[^}]+\}", "id", http["requestUri"])
    if model.metadata["protocol"] == "query":
        headers["content-type"] = "application/x-www-form-urlencoded"
        return parse_request("POST", "/", "", headers, f"Action={operation}&Version={model.api_version}".encode())
    if "targetPrefix" in model.metadata:  # also of a service whose first protocol is CBOR
        headers["x-amz-target"] = f"{model.metadata['targetPrefix']}.{operation}"
    return parse_request(http["method"], path, "", headers, b"{}")


def test_every_overlay_is_reviewed() -> None:
    assert "**checks()" in overlays.listed()
    reviewed = {NAMES.get(name, name) for name in (*overlays.names(), *checks())}
    assert reviewed == PASSED.keys() | ELSEWHERE.keys() | WHOLLY_MOTOS.keys()
    assert not WHOLLY_MOTOS.keys() & (PASSED.keys() | ELSEWHERE.keys())


def test_lists_of_what_cannot_be_made_are_empty_and_not_motos() -> None:
    assert set(PASSED["cloudwatch"][NONE_THERE]) == requests.EMPTY.keys()


@pytest.mark.parametrize("service", PASSED)
def test_an_operation_is_given_to_moto_for_one_reason_or_refused(service: str) -> None:
    passed = [operation for operations in PASSED[service].values() for operation in operations]
    known = service_model(service).operation_names
    assert (sorted(set(passed)), set(passed) - set(known)) == (sorted(passed), set())
    for operation in known:
        if operation in passed:
            check_reviewed(request_for(service, operation))
        else:
            with pytest.raises(AwsError, match="does not offer") as refused:
                check_reviewed(request_for(service, operation))
            assert refused.value.status == 501


def test_services_that_are_motos_are_not_asked_about() -> None:
    for service, operation in (
        ("sns", "CreateTopic"),
        ("secretsmanager", "ListSecrets"),
        ("apigateway", "GetRestApis"),
    ):
        check_reviewed(request_for(service, operation))


def test_the_version_of_the_load_balancers_api_is_the_models() -> None:
    assert service_model("elbv2").api_version == ELB_VERSION

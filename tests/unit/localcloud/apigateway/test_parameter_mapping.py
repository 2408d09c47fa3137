"""Request parameters of an HTTP API: what API Gateway refuses, what the local gateway does, and what it refuses."""

import pytest

from localcloud.apigateway.checks import check_mappings, read_request
from localcloud.apigateway.parameter_mapping import Action, HeaderChange, Part, check_parameters, header_changes
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest, parse_request

SERVED = {"integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK"}


def refusal(parameters: dict[str, str]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        check_parameters(parameters)
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "connection", "Content-Encoding", "content-length", "content-location", "Forwarded"),
        *("keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "TE", "trailers", "transfer-encoding"),
        *("upgrade", "via", "X-Forwarded-For", "x-forwarded-host", "x-forwarded-proto"),
        *("access-control-allow-origin", "apigw-requestid", "x-amz-date", "X-Amzn-Trace-Id"),
    ],
)
@pytest.mark.parametrize("action", Action)
def test_a_reserved_header_is_refused_whatever_is_to_be_done_with_it(name: str, action: Action) -> None:
    error = refusal({f"{action}:header.{name}": "''" if action is Action.REMOVE else "$context.requestId"})
    assert (error.code, error.status) == ("BadRequestException", 400)
    assert error.message == (
        "Invalid mapping expression specified: Validation Result: warnings : [], "
        f"errors : [Operations on header {name.lower()} are restricted]"
    )


@pytest.mark.parametrize("key", ["header.x", "set:header.x", "append:body.x", "append:path", "append:header.", "x", ""])
def test_an_invalid_key_is_refused(key: str) -> None:
    assert f"[Invalid Request Actioned Parameter: {key}]" in refusal({key: "value"}).message


@pytest.mark.parametrize("value", ["$context", "$nothing.at.all", "$request.cookie.a", "${request.headers}", "a $ b"])
def test_a_value_that_is_not_a_variable_is_refused(value: str) -> None:
    assert f"[Invalid mapping expression specified: {value}]" in refusal({"append:header.x-own": value}).message


def test_headers_are_mapped_from_text_headers_and_what_the_gateway_knows() -> None:
    given = {
        "overwrite:header.X-Client": "$context.identity.sourceIp",
        "append:header.X-Note": "from ${request.header.User-Agent} at ${request.path}",
        "remove:header.X-Old": "''",
        "append:header.X-Gone": "",  # as UpdateIntegration takes a mapping away
    }
    check_parameters(given)
    assert header_changes(given) == (
        HeaderChange(action=Action.OVERWRITE, name="x-client", value=(Part(source="source_ip"),)),
        HeaderChange(
            action=Action.APPEND,
            name="x-note",
            value=(
                Part(text="from "),
                Part(source="header", name="user-agent"),
                Part(text=" at "),
                Part(source="path"),
            ),
        ),
        HeaderChange(action=Action.REMOVE, name="x-old", value=()),
    )


@pytest.mark.parametrize(
    "mapping",
    [
        {"overwrite:path": "$request.path"},
        {"append:querystring.a": "1"},
        {"append:header.x-own": "$request.body.name"},
        {"append:header.x-own": "$stageVariables.name"},
        {"append:header.x-own": "$context.authorizer.claims.sub"},
        {"append:header.x-own": "$request.path.id"},
    ],
)
def test_what_the_local_gateway_would_not_do_is_not_success(mapping: dict[str, str]) -> None:
    check_parameters(mapping)  # AWS takes it
    with pytest.raises(AwsError) as caught:
        check_mappings({**SERVED, "requestParameters": mapping})
    assert (caught.value.code, caught.value.status) == ("InvalidAction", 501)


def test_changes_of_answers_are_no_success_either() -> None:
    with pytest.raises(AwsError, match="ResponseParameters"):
        check_mappings({**SERVED, "responseParameters": {"200": {"remove:header.a": "''"}}})


def test_parameters_of_a_service_integration_are_not_mappings() -> None:
    check_mappings({"integrationSubtype": "SQS-SendMessage", "requestParameters": {"QueueUrl": "$request.body.q"}})


def request(method: str, path: str, body: bytes) -> AwsRequest:
    return parse_request(method, path, "", {}, body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v2/apis/a/integrations", b""),
        ("POST", "/v2/apis/a/routes", b"{}"),
        ("POST", "/v2/apis/a/integrations", b"{"),
        ("POST", "/v2/apis/a/integrations", b"[]"),
    ],
)
def test_other_requests_and_bodies_are_left_to_moto(method: str, path: str, body: bytes) -> None:
    assert read_request(request(method, path, body)) is None


def test_a_new_integration_and_a_changed_one_are_distinguished() -> None:
    new = read_request(request("POST", "/v2/apis/a/integrations", b'{"integrationType": "MOCK"}'))
    changed = read_request(request("PATCH", "/v2/apis/a/integrations/i", b"{}"))
    assert new is not None
    assert changed is not None
    assert (new.api_id, new.integration_id, new.members) == ("a", "", {"integrationType": "MOCK"})
    assert (changed.api_id, changed.integration_id) == ("a", "i")

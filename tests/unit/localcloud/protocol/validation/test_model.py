"""Requests are checked by the service's model, in AWS's words."""

import json

import pytest

from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model
from localcloud.protocol.validation import server_words
from localcloud.protocol.validation.constraints import ANYTHING, expression, value_set
from localcloud.protocol.validation.form import parameters, read
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("elbv2")
LISTENER = {"LoadBalancerArn": "arn", "Port": "80", "Protocol": "HTTP"}


def read_json(service: str, operation: str, body: bytes) -> dict[str, object]:
    """Read a JSON request. Errors: AwsError."""
    return RequestModel(service).read(AwsRequest("POST", "/", "", {}, body, service=service, operation=operation))


def test_numbered_fields_become_lists() -> None:
    assert parameters({"Actions.member.2.Type": "b", "Actions.member.1.Config.Values.member.1": "v", "Name": "n"}) == {
        "Actions": [{"Config": {"Values": ["v"]}}, {"Type": "b"}],
        "Name": "n",
    }


@pytest.mark.parametrize(
    ("operation", "form", "message"),
    [
        ("CreateTargetGroup", {}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ("CreateTargetGroup", {"Name": "n", "TargetType": "foo"}, "Value 'foo' at 'targetType' failed to satisfy"),
        ("CreateTargetGroup", {"Name": "n", "Port": "0"}, "Member must have value greater than or equal to 1"),
        ("CreateTargetGroup", {"Name": "n", "Port": "65536"}, "Member must have value less than or equal to 65535"),
        ("CreateTargetGroup", {"Name": "n", "Port": "³"}, "Member must be a whole number"),
        ("CreateTargetGroup", {"Name": "n", "HealthCheckPath": ""}, "have length greater than or equal to 1"),
        ("CreateListener", LISTENER, "Value null at 'defaultActions'"),
        ("CreateListener", LISTENER | {"DefaultActions.member.1.Type": "foo"}, "at 'defaultActions.1.member.type'"),
        (
            "CreateListener",
            LISTENER
            | {
                "DefaultActions.member.1.Type": "fixed-response",
                "DefaultActions.member.1.FixedResponseConfig.StatusCode": "302",
            },
            r"Member must satisfy regular expression pattern: ^(2|4|5)\d\d$",
        ),
        ("SetRulePriorities", {"RulePriorities.member.1.Priority": "0"}, "at 'rulePriorities.1.member.priority'"),
        ("DescribeRules", {"PageSize": "401"}, "Member must have value less than or equal to 400"),
        ("AddTags", {"ResourceArns.member.1": "a", "Tags": ""}, "at 'tags' failed to satisfy constraint"),
    ],
)
def test_what_the_model_does_not_allow_is_refused(operation: str, form: dict[str, str], message: str) -> None:
    with pytest.raises(AwsError) as refused:
        MODEL.check_form(operation, form)
    assert refused.value.code == "ValidationError"
    assert refused.value.message.startswith("1 validation error detected: Value ")
    assert message in refused.value.message


def test_all_errors_are_reported_at_once() -> None:
    with pytest.raises(AwsError, match="2 validation errors detected: "):
        MODEL.check_form("CreateTargetGroup", {"Name": "n", "Port": "0", "Protocol": "FOO"})


SERVICES = [
    "elbv2",
    "cloudwatch",
    "application-autoscaling",
    "logs",
    "events",
    "secretsmanager",
    "sns",
    "rds",
    "ssm",
    "iam",
    "kms",
]


@pytest.mark.parametrize("name", SERVICES)
def test_every_pattern_of_the_models_is_understood(name: str) -> None:
    service = service_model(name)
    patterns = {service.shape_for(shape).metadata.get("pattern") for shape in service.shape_names} - {None}
    supported = [each for each in patterns if r"\p{" not in each and each != ANYTHING.pattern]
    assert [each for each in supported if expression(each) is ANYTHING] == []


@pytest.mark.parametrize("pattern", [r"\P{C}+", r"[a-z]*${2,64}", r"[\p{Print}&&[^|:/]]+", r"\x{0022}"])
def test_a_pattern_that_python_does_not_understand_takes_anything(pattern: str) -> None:
    assert expression(pattern) is ANYTHING


def test_a_flag_within_a_pattern_holds_for_all_of_it() -> None:
    assert expression("^(?i)(true|false)$").fullmatch("True")


def test_an_entry_without_what_names_it_is_refused() -> None:
    form = {"LoadBalancerArn": "arn", "Attributes.member.1.Value": "true"}
    with pytest.raises(AwsError, match=r"Value null at 'attributes\.1\.member\.key' failed"):
        MODEL.check_form("ModifyLoadBalancerAttributes", form)


def test_a_pattern_with_pairs_of_surrogates_takes_what_it_means() -> None:
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/c/😀", "ScalableDimension": "ecs:service:DesiredCount"}
    RequestModel("application-autoscaling").check("RegisterScalableTarget", target)


def test_what_the_model_allows_and_what_it_does_not_know_passes() -> None:
    tags = {"Tags.member.1.Key": "Größe", "Tags.member.1.Value": ""}
    MODEL.check_form("CreateTargetGroup", {"Name": "n", "Port": "65535", "TargetType": "ip", "More": "x"} | tags)
    MODEL.check_form("NoSuchOperation", {})


RECORDED = [  # LocalStack's recordings of AWS: test_logs_events, test_cloudwatch, test_events, 2024 to 2026
    (
        "logs",
        {"operation": "DescribeLogStreams", "logGroupName": "g", "limit": 51},
        "InvalidParameterException",
        "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 50",
    ),
    (
        "cloudwatch",
        {"operation": "SetAlarmState", "AlarmName": "a", "StateReason": "r", "StateValue": "INVALID"},
        "ValidationError",
        "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: "
        "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    ),
    (
        "events",
        {"operation": "PutTargets", "Rule": "r", "Targets": [{"Id": "!@#$@!#$", "Arn": "arn:aws:sqs:x:1:q"}]},
        "ValidationException",
        "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
    ),
    (
        "events",
        {"operation": "CreateConnection", "Name": "two errors" * 7, "AuthorizationType": "INVALID"},
        "ValidationException",
        "4 validation errors detected: "
        f"Value '{'two errors' * 7}' at 'name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+; "
        f"Value '{'two errors' * 7}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 64; "
        "Value 'INVALID' at 'authorizationType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]; "
        "Value null at 'authParameters' failed to satisfy constraint: Member must not be null",
    ),
    (
        "sns",
        {
            "operation": "Publish",
            "Message": "m",
            "MessageAttributes": {"attr1": {"StringValue": "v"}},
        },
        "ValidationError",
        "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy "
        "constraint: Member must not be null",
    ),
    (
        "lambda",
        {"operation": "CreateFunction", "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}}
        | {"Architectures": ["X86_64"]},
        "ValidationError",
        "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
    ),
    (
        "lambda",
        {"operation": "UpdateAlias", "FunctionName": "f", "Name": "n"}
        | {"RoutingConfig": {"AdditionalVersionWeights": {"2": 2.0}}},
        "ValidationError",
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
        "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
        "Member must have value greater than or equal to 0.0]",
    ),
]


@pytest.mark.parametrize(("service", "parameters", "code", "message"), RECORDED)
def test_violations_are_reported_as_recorded_from_aws(
    service: str, parameters: dict[str, object], code: str, message: str
) -> None:
    operation = str(parameters.pop("operation"))
    with pytest.raises(AwsError) as refused:
        read_json(service, operation, json.dumps(parameters).encode())
    assert (refused.value.code, refused.value.message) == (code, message)


def test_a_structure_is_shown_as_aws_shows_it() -> None:
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    parameters = {
        "logGroupName": "g",
        "filterName": "f",
        "filterPattern": "",
        "metricTransformations": [transformation] * 2,
    }
    shown = "MetricTransformation(metricName=m, metricNamespace=n, metricValue=1, defaultValue=null, "
    with pytest.raises(AwsError) as refused:
        read_json("logs", "PutMetricFilter", json.dumps(parameters).encode())
    assert f"Value '[{shown}" in refused.value.message
    assert "at 'metricTransformations' failed" in refused.value.message


def test_a_secret_is_not_repeated() -> None:
    body = json.dumps({"Name": "n", "SecretString": "x" * 65537}).encode()
    with pytest.raises(AwsError, match="Value at 'secretString' failed to satisfy constraint: ") as refused:
        read_json("secretsmanager", "CreateSecret", body)
    assert "xxx" not in refused.value.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"logGroupName": ', "The request is not JSON"),
        ("[]", "The request is not a JSON object."),
        (
            '{"logGroupName": 5}',
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to",
        ),
        ('{"logGroupName": true}', "class java.lang.Boolean can not be converted to an String"),
        ('{"logGroupName": ["g"]}', "Start of list found where not expected"),
        ('{"logGroupName": {"g": 1}}', "Start of structure or map found where not expected."),
        ('{"limit": "5"}', "class java.lang.String can not be converted to an Integer"),
        ('{"limit": 1e300}', "can not be converted to an Integer"),
        ('{"limit": NaN}', "can not be converted to an Integer"),
        ('{"logStreamNames": "s"}', "Unexpected field type"),
        (f'{{"logStreamNames": {"[" * 100_000}', "not JSON"),
    ],
)
def test_a_value_of_another_type_is_refused_without_being_repeated(body: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        read_json("logs", "FilterLogEvents", body.encode())
    assert refused.value.code == "SerializationException"
    assert message in refused.value.message


def test_what_is_read_has_neither_nulls_nor_unknown_members() -> None:
    body = b'{"logGroupName": "g", "limit": 5.0, "nextToken": null, "surprise": {"a": [null]}}'
    assert read_json("logs", "FilterLogEvents", body) == {"logGroupName": "g", "limit": 5}


def test_null_in_a_list_is_refused() -> None:
    with pytest.raises(AwsError) as refused:
        read_json("logs", "FilterLogEvents", b'{"logGroupName": "g", "logStreamNames": [null]}')
    assert "Value '[null]' at 'logStreamNames' failed" in refused.value.message
    assert refused.value.message.endswith(r"pattern: [^:*]*, Member must not be null]")


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(AwsError) as refused:
        read_json("logs", "MakeCoffee", b"{}")
    assert refused.value.code == "UnknownOperationException"


def test_lists_of_the_query_protocol_have_the_names_of_the_model() -> None:
    shape = service_model("rds").operation_model("ModifyDBParameterGroup").input_shape
    listed = {"Parameters.Parameter.1.ParameterName": "p", "Parameters.Parameter.1.ApplyMethod": "later"}
    with pytest.raises(AwsError, match=r"'later' at 'parameters\.1\.member\.applyMethod' failed"):
        server_words.check(shape, read(shape, {"DBParameterGroupName": "g"} | listed))


def test_maps_of_the_query_protocol_are_maps() -> None:
    form = {
        "Message": "m",
        "MessageAttributes.entry.1.Name": "attr1",
        "MessageAttributes.entry.1.Value.StringValue": "",
    }
    with pytest.raises(AwsError, match=r"at 'messageAttributes\.attr1\.member\.dataType' failed"):
        RequestModel("sns").check_form("Publish", form)


def test_an_enumeration_is_listed_as_aws_lists_it() -> None:
    # Recorded 2026-02-04: of names with one place, the model's last comes first.
    formats = service_model("logs").shape_for("OutputFormat")
    assert value_set(tuple(formats.enum)) == "w3c, raw, json, plain, parquet"

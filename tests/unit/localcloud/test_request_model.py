"""What a service's model says of a request, in AWS's words."""

import pytest

from localcloud.errors import AwsError
from localcloud.request_model import RequestModel, expression, parameters, service_model

MODEL = RequestModel("elbv2")
LISTENER = {"LoadBalancerArn": "arn", "Port": "80", "Protocol": "HTTP"}


def test_numbered_fields_become_lists() -> None:
    assert parameters({"Actions.member.2.Type": "b", "Actions.member.1.Config.Values.member.1": "v", "Name": "n"}) == {
        "Actions": [{"Config": {"Values": ["v"]}}, {"Type": "b"}],
        "Name": "n",
    }


@pytest.mark.parametrize(
    ("operation", "form", "told"),
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
def test_what_the_model_does_not_allow_is_refused(operation: str, form: dict[str, str], told: str) -> None:
    with pytest.raises(AwsError) as refused:
        MODEL.refuse_form(operation, form)
    assert refused.value.code == "ValidationError"
    assert refused.value.message.startswith("1 validation error detected: Value ")
    assert told in refused.value.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(AwsError, match="2 validation errors detected: "):
        MODEL.refuse_form("CreateTargetGroup", {"Name": "n", "Port": "0", "Protocol": "FOO"})


@pytest.mark.parametrize("name", ["elbv2", "cloudwatch", "application-autoscaling"])
def test_every_pattern_of_the_models_is_understood(name: str) -> None:
    service = service_model(name)
    patterns = {service.shape_for(shape).metadata.get("pattern") for shape in service.shape_names} - {None}
    assert patterns
    for pattern in patterns:
        expression(pattern)


def test_a_pattern_with_pairs_of_surrogates_takes_what_it_means() -> None:
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/c/😀", "ScalableDimension": "ecs:service:DesiredCount"}
    RequestModel("application-autoscaling").refuse("RegisterScalableTarget", target)


def test_what_the_model_allows_and_what_it_does_not_know_passes() -> None:
    tags = {"Tags.member.1.Key": "Größe", "Tags.member.1.Value": ""}
    MODEL.refuse_form("CreateTargetGroup", {"Name": "n", "Port": "65535", "TargetType": "ip", "More": "x"} | tags)
    MODEL.refuse_form("NoSuchOperation", {})

"""The same violation has different words and codes in different services."""

import json

import pytest

from localcloud.errors import AwsError
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

MISSING = [
    ("rds", "DeleteDBInstance", "MissingParameter", "must contain the parameter DBInstanceIdentifier."),
    ("elasticache", "DeleteCacheCluster", "MissingParameter", "must contain the parameter CacheClusterId."),
    ("ec2", "DeleteVpc", "MissingParameter", "must contain the parameter VpcId."),
    ("iam", "GetRole", "ValidationError", "Value null at 'roleName' failed to satisfy"),
    ("ecs", "DescribeServices", "InvalidParameterException", 'Missing required parameter in input: "services"'),
    ("ecr", "DeleteRepository", "InvalidParameterException", "Value null at 'repositoryName' failed to satisfy"),
    ("logs", "GetLogEvents", "InvalidParameterException", "Value null at 'logStreamName' failed to satisfy"),
    ("logs", "ListTagsForResource", "InvalidParameterException", "Value null at 'resourceArn' failed to satisfy"),
    ("logs", "GetDelivery", "ValidationException", "Value null at 'id' failed to satisfy"),
    ("kms", "DescribeKey", "ValidationException", "Value null at 'keyId' failed to satisfy"),
]


def read(service: str, operation: str, **parameters: object) -> dict[str, object]:
    """Read a request in the protocol of the service. Errors: AwsError."""
    is_form = service in ("rds", "elasticache", "ec2", "iam")
    fields = {"Action": operation, **{name: str(value) for name, value in parameters.items()}}
    return RequestModel(service).read(
        AwsRequest(
            *("POST", "/", "", {}),
            b"" if is_form else json.dumps(parameters).encode(),
            service=service,
            operation=operation,
            form=fields if is_form else {},
        )
    )


@pytest.mark.parametrize(("service", "operation", "code", "message"), MISSING)
def test_a_missing_member_is_refused_in_the_words_of_the_service(
    service: str, operation: str, code: str, message: str
) -> None:
    with pytest.raises(AwsError) as refused:
        read(service, operation)
    assert refused.value.code == code
    assert message in refused.value.message


@pytest.mark.parametrize("service", ["rds", "elasticache", "ec2", "iam"])
def test_an_operation_that_a_form_service_does_not_have_is_not_an_action(service: str) -> None:
    with pytest.raises(AwsError, match="Could not find operation Sing for version 20") as refused:
        read(service, "Sing")
    assert refused.value.code == "InvalidAction"


@pytest.mark.parametrize("service", ["ecs", "ecr", "logs", "kms"])
def test_an_operation_that_a_json_service_does_not_have_is_unknown(service: str) -> None:
    with pytest.raises(AwsError) as refused:
        read(service, "Sing")
    assert refused.value.code == "UnknownOperationException"


@pytest.mark.parametrize("service", ["kms", "ssm", "logs", "ecr"])
def test_half_of_a_character_is_refused_by_every_json_service(service: str) -> None:
    operation, member = {
        "kms": ("DescribeKey", "KeyId"),
        "ssm": ("GetParameter", "Name"),
        "logs": ("DeleteLogGroup", "logGroupName"),
        "ecr": ("DeleteRepository", "repositoryName"),
    }[service]
    with pytest.raises(AwsError) as refused:
        read(service, operation, **{member: "\ud800"})
    assert refused.value.code == "SerializationException"

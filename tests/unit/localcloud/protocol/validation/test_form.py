"""Forms of the query protocol are read by the service's model."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model
from localcloud.protocol.validation import form


def shape_of(service: str, operation: str) -> Any:
    return service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("service", "operation", "fields", "read"),
    [
        (
            "rds",
            "AddTagsToResource",
            {"Tags.Tag.2.Key": "b", "Tags.Tag.1.Key": "a"},
            {"Tags": [{"Key": "a"}, {"Key": "b"}]},
        ),
        ("rds", "AddTagsToResource", {"Tags.member.1.Key": "a"}, {"Tags": [{"Key": "a"}]}),
        ("rds", "AddTagsToResource", {"Tags": ""}, {"Tags": []}),
        ("rds", "AddTagsToResource", {"Tags": "a", "Unknown": "b"}, {"Tags": "a"}),
        ("ec2", "CreateTags", {"ResourceId.1": "i", "Tag.1.Key": "a"}, {"Resources": ["i"], "Tags": [{"Key": "a"}]}),
        (
            "sns",
            "Publish",
            {"MessageAttributes.entry.1.Name": "n", "MessageAttributes.entry.1.Value.DataType": "String"},
            {"MessageAttributes": {"n": {"DataType": "String"}}},
        ),
        (
            "sns",
            "CreateTopic",
            {"Attributes.entry.1.key": "k", "Attributes.entry.1.value": "v"},
            {"Attributes": {"k": "v"}},
        ),
    ],
)
def test_fields_are_read_by_the_names_of_the_model(
    service: str, operation: str, fields: dict[str, str], read: dict[str, Any]
) -> None:
    assert form.read(shape_of(service, operation), fields) == read


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("MaxRecords", "³", "Unexpected whole number: ³"),
        ("MaxRecords.member.1", "1", "Start of structure or map found where not expected."),
        ("StartDate", "inf", "timestamp must follow ISO8601"),
    ],
)
def test_a_text_that_cannot_have_its_type_is_malformed(field: str, value: str, message: str) -> None:
    shape = shape_of("cloudwatch", "DescribeAlarmHistory")
    with pytest.raises(AwsError) as refused:
        form.check_types(shape, form.read(shape, {field: value}))
    assert (refused.value.code, refused.value.message) == ("MalformedInput", message)

"""Names and bodies of dashboards: what is refused, in which words."""

import json
from typing import Any

import pytest

from localcloud.cloudwatch.dashboards import check_body, check_name
from localcloud.errors import AwsError

METRIC = {"metrics": [["AWS/EC2", "CPUUtilization", "InstanceId", "i-1"], [{"expression": "m1 * 2"}]], "region": "r"}


def widget(kind: str = "metric", properties: Any = METRIC, **more: Any) -> dict[str, Any]:
    return {"type": kind, "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties} | more


@pytest.mark.parametrize("name", ["a:b", "a b", "ä", "", "x" * 256])
def test_a_name_with_other_characters_is_refused(name: str) -> None:
    with pytest.raises(AwsError, match=r"can only contain alphanumerics, dash \(-\) and underscore \(_\).") as refused:
        check_name(name)
    assert refused.value.code == "InvalidParameterValue"


def test_right_names_and_bodies_pass() -> None:
    check_name("Spend_Sense-1")
    text = widget("text", {"markdown": "# hello"})
    check_body(json.dumps({"start": "-PT3H", "widgets": [widget(), text]}))
    check_body("{}")


@pytest.mark.parametrize(
    ("wrong", "where", "message"),
    [
        ({"properties": {"metrics": []}}, "/widgets/1/properties", "Should have required property 'region'"),
        ({"properties": {"region": "r"}}, "/widgets/1/properties", "Should have required property 'metrics'"),
        ({"properties": METRIC | {"metrics": {}}}, "/widgets/1/properties/metrics", "Should be array"),
        ({"properties": METRIC | {"metrics": [["N"]]}}, "/widgets/1/properties/metrics/0", "Should NOT have fewer"),
        ({"properties": METRIC | {"metrics": [["N", 5, "d"]]}}, "/widgets/1/properties/metrics/0", "Should be string"),
        ({"properties": METRIC | {"view": "round"}}, "/widgets/1/properties/view", "Should be equal to one of"),
        ({"properties": None}, "/widgets/1", "Should have required property 'properties'"),
        ({"type": "text"}, "/widgets/1/properties", "Should have required property 'markdown'"),
        ({"type": "pie"}, "/widgets/1/type", "Should be equal to one of the allowed values"),
        ({"type": ["metric"]}, "/widgets/1/type", "Should be equal to one of the allowed values"),
        ({"width": 25}, "/widgets/1/width", "Should be <= 24"),
        ({"height": 0}, "/widgets/1/height", "Should be >= 1"),
        ({"x": "0"}, "/widgets/1/x", "Should be integer"),
    ],
)
def test_a_wrong_widget_is_refused_with_its_place(wrong: dict[str, Any], where: str, message: str) -> None:
    body = {"widgets": [widget(), widget(**wrong)]}
    with pytest.raises(AwsError) as refused:
        check_body(json.dumps(body))
    assert refused.value.code == "InvalidParameterInput"
    head, _, faults = refused.value.message.partition("\n")
    assert head == "The dashboard body is invalid, there are 1 validation errors:"
    [fault] = json.loads(faults)
    assert fault["dataPath"] == where
    assert message in fault["message"]


@pytest.mark.parametrize("body", ["", "no", "[]", "5", "[" * 100_000])
def test_a_body_that_is_not_an_object_is_refused(body: str) -> None:
    with pytest.raises(AwsError, match="The field DashboardBody must be a valid JSON object"):
        check_body(body)


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(AwsError, match="there are 2 validation errors"):
        check_body(json.dumps({"widgets": [5, widget(width=0)]}))

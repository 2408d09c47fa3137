"""PutMetricData's errors, in CloudWatch's words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.loaders import Loader

from localcloud.cloudwatch.metrics.data_checks import check_data
from localcloud.cloudwatch.metrics.units import UNITS
from localcloud.errors import AwsError

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SET = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}
HERE = "MetricData.member.1"
WRONG, MISSING, BOTH = "InvalidParameterValue", "MissingParameter", "InvalidParameterCombination"


def refused(data: Sequence[dict[str, Any]], namespace: str = "n") -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        check_data(namespace, data, NOW)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        ({}, BOTH, f"At least one of the parameters {HERE}.Value and {HERE}.StatisticValues must be specified."),
        (
            {"Value": 0.0, "StatisticValues": SET},
            BOTH,
            f"The parameters {HERE}.Value and {HERE}.StatisticValues are mutually exclusive and you have specified "
            "both.",
        ),
        (
            {"Value": 0.0, "Values": [1.0]},
            WRONG,
            f"The parameters {HERE}.Value and {HERE}.Values are mutually exclusive and you have specified both.",
        ),
        (
            {"Values": [1.0], "Counts": [1.0, 2.0]},
            WRONG,
            f"The parameters {HERE}.Values and {HERE}.Counts must be of the same size.",
        ),
        ({"Value": float("nan")}, WRONG, f"The value NaN for parameter {HERE}.Value is invalid."),
        ({"Value": float("-inf")}, WRONG, f"The value -∞ for parameter {HERE}.Value is invalid."),
        ({"Value": 1e109}, WRONG, f"The value 1e+109 for parameter {HERE}.Value is invalid."),
        ({"Values": [1.0, float("nan")]}, WRONG, f"The value NaN for parameter {HERE}.Values is invalid."),
        ({"Values": [1.0] * 151}, WRONG, f"The collection {HERE}.Values must not have a size greater than 150."),
        (
            {"StatisticValues": SET | {"Sum": float("nan")}},
            WRONG,
            f"The value NaN for parameter {HERE}.StatisticValues.Sum is invalid.",
        ),
        (
            {"StatisticValues": SET | {"Sum": None}},
            MISSING,
            f"The parameter {HERE}.StatisticValues.Sum is required.",
        ),
        (
            {"StatisticValues": SET | {"Minimum": 5.0}},
            WRONG,
            f"The parameter {HERE}.StatisticValues.Maximum must be greater than or equal to the parameter "
            f"{HERE}.StatisticValues.Minimum.",
        ),
        (
            {"Value": 1.0, "Timestamp": NOW - timedelta(days=15)},
            WRONG,
            f"The parameter {HERE}.Timestamp must specify a time within the past two weeks.",
        ),
        (
            {"Value": 1.0, "Timestamp": NOW.replace(tzinfo=None) + timedelta(hours=3)},
            WRONG,
            f"The parameter {HERE}.Timestamp must specify a time no more than two hours in the future.",
        ),
        ({"Value": 1.0, "StorageResolution": 7}, WRONG, f"The parameter {HERE}.StorageResolution must be 1 or 60."),
        (
            {"Value": 1.0, "Unit": "Second"},
            WRONG,
            f"The parameter {HERE}.Unit must be a value in the set [ {', '.join(UNITS)} ].",
        ),
        ({"Value": 1.0, "MetricName": ""}, MISSING, f"The parameter {HERE}.MetricName is required."),
        (
            {"Value": 1.0, "MetricName": "m" * 256},
            WRONG,
            f"The parameter {HERE}.MetricName must be shorter than 256 characters.",
        ),
        (
            {"Value": 1.0, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]},
            WRONG,
            f"The collection {HERE}.Dimensions must not have a size greater than 30.",
        ),
        (
            {"Value": 1.0, "Dimensions": [{"Name": "d", "Value": "v" * 1025}]},
            WRONG,
            f"The parameter {HERE}.Dimensions.member.1.Value must be shorter than 1025 characters.",
        ),
    ],
)
def test_a_wrong_datum_is_refused(datum: dict[str, Any], code: str, message: str) -> None:
    assert refused([{"MetricName": "m", **datum}]) == (code, message)


@pytest.mark.parametrize(
    ("namespace", "code", "message"),
    [
        ("AWS/ECS", WRONG, "The value AWS/ for parameter Namespace is invalid."),
        (":n", WRONG, "The value :n for parameter Namespace is invalid."),
        ("n" * 256, WRONG, "The parameter Namespace must be shorter than 256 characters."),
        ("", MISSING, "The parameter Namespace is required."),
    ],
)
def test_a_wrong_namespace_is_refused(namespace: str, code: str, message: str) -> None:
    assert refused([{"MetricName": "m", "Value": 1.0}], namespace) == (code, message)


def test_there_are_1_to_1000_data() -> None:
    data = [{"MetricName": "m", "Value": 1.0}] * 1001
    assert refused([]) == (MISSING, "The parameter MetricData is required.")
    assert refused(data) == (WRONG, "The collection MetricData must not have a size greater than 1000.")
    check_data("n", data[:500], NOW, data[:500])


def test_all_errors_are_reported_at_once() -> None:
    late = {"MetricName": "m", "Value": 1.0, "Timestamp": NOW - timedelta(days=15)}
    code, message = refused([late, late])
    assert (code, [line.split()[2] for line in message.split("\n")]) == (
        WRONG,
        ["MetricData.member.1.Timestamp", "MetricData.member.2.Timestamp"],
    )


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": 0.0, "Timestamp": NOW - timedelta(days=13)},
        {"Values": [1.0] * 150, "Counts": [2.0] * 150, "Unit": "Kilobytes/Second"},
        {"StatisticValues": SET, "StorageResolution": 1},
    ],
)
def test_right_data_are_taken(datum: dict[str, Any]) -> None:
    check_data("n", [{"MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}], **datum}], NOW)


def test_units_are_those_of_the_api() -> None:
    model = Loader().load_service_model("cloudwatch", "service-2")
    assert sorted(model["shapes"]["StandardUnit"]["enum"]) == sorted(UNITS)


@pytest.mark.parametrize(
    ("more", "where", "shown"),
    [
        ({"Values": [1.0], "Counts": [-1.0]}, "Counts", "-1"),
        ({"StatisticValues": SET | {"SampleCount": -2.0}}, "StatisticValues.SampleCount", "-2"),
        ({"Value": 1.0, "Dimensions": [{"Name": "größe", "Value": "v"}]}, "Dimensions.member.1.Name", "größe"),
        ({"Value": 1.0, "Dimensions": [{"Name": "n", "Value": "a\nb"}]}, "Dimensions.member.1.Value", "a\nb"),
    ],
)
def test_counts_below_zero_and_letters_beyond_ascii_are_refused(more: dict[str, Any], where: str, shown: str) -> None:
    code, message = refused([{"MetricName": "m", **more}])
    assert (code, message) == (WRONG, f"The value {shown} for parameter {HERE}.{where} is invalid.")


def test_a_namespace_is_in_ascii() -> None:
    assert refused([{"MetricName": "m", "Value": 1.0}], "ñ") == (
        WRONG,
        "The value ñ for parameter Namespace is invalid.",
    )

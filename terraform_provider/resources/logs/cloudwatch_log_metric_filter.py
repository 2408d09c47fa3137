"""aws_cloudwatch_log_metric_filter."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from terraform_provider.framework.arguments import known_blocks
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State

LONGEST_NAME = 512
LONGEST_PATTERN = 1024
TRANSFORMATION = "metric_transformation"


@resource("aws_cloudwatch_log_metric_filter")
class MetricFilter(Resource):
    noun = "CloudWatch Logs Metric Filter"
    gone = ("ResourceNotFoundException",)

    def validate(self, config: State) -> None:
        name, pattern = config.get("name"), config.get("pattern")
        if isinstance(name, str) and (len(name) > LONGEST_NAME or any(sign in name for sign in ":*")):
            raise ProviderError(
                f'"name" must have at most {LONGEST_NAME} characters, without : and *', f'"{name}"', ("name",)
            )
        if isinstance(pattern, str) and len(pattern) > LONGEST_PATTERN:
            raise ProviderError(
                f"expected length of pattern to be in the range (0 - {LONGEST_PATTERN}), got {len(pattern)}",
                "Write a shorter pattern.",
                ("pattern",),
            )
        for number, each in enumerate(known_blocks(config, TRANSFORMATION)):
            default = each["default_value"]
            if isinstance(default, str) and default and not _is_number(default):
                raise ProviderError(
                    f"default_value: cannot parse '{default}' as float",
                    "Write a number.",
                    (TRANSFORMATION, number, "default_value"),
                )

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned)
        return str(planned["name"])

    def read(self, aws: Aws, state: State) -> State | None:
        group, name = state["log_group_name"], state["id"]
        pages = (
            aws.client("logs")
            .get_paginator("describe_metric_filters")
            .paginate(logGroupName=group, filterNamePrefix=name)
        )
        found = next((each for page in pages for each in page["metricFilters"] if each["filterName"] == name), None)
        if found is None:
            return None
        return {
            "log_group_name": found["logGroupName"],
            TRANSFORMATION: [_read(each) for each in found["metricTransformations"]],
            "name": name,
            "pattern": found.get("filterPattern"),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("logs").delete_metric_filter(logGroupName=state["log_group_name"], filterName=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        group, _, name = id.partition(":")
        if not group or not name:
            raise ProviderError(
                f"unexpected format of ID ({id}), expected <log_group_name>:<name>", "Import with both.", ("id",)
            )
        return {"id": name, "log_group_name": group, "name": name}


def _put(aws: Aws, planned: State) -> None:
    aws.client("logs").put_metric_filter(
        logGroupName=planned["log_group_name"],
        filterName=planned["name"],
        filterPattern=planned["pattern"].strip(),
        metricTransformations=[_written(each) for each in planned[TRANSFORMATION]],
    )


def _written(block: State) -> dict[str, Any]:
    optional = {
        "dimensions": block["dimensions"],
        "metricName": block["name"],
        "metricNamespace": block["namespace"],
        "metricValue": block["value"],
        "unit": block["unit"],
    }
    made = {name: value for name, value in optional.items() if value}
    if block["default_value"]:
        made["defaultValue"] = float(block["default_value"])
    return made


def _read(found: Mapping[str, Any]) -> State:
    default = found.get("defaultValue")
    return {
        "default_value": "" if default is None else _shown(default),
        "dimensions": found.get("dimensions", {}),
        "name": found.get("metricName", ""),
        "namespace": found.get("metricNamespace", ""),
        "unit": found.get("unit", ""),
        "value": found.get("metricValue", ""),
    }


def _shown(number: float) -> str:
    """Write a number with as few digits as possible, and without an exponent."""
    shown = f"{Decimal(repr(float(number))):f}"
    return shown.removesuffix(".0")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

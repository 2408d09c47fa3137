"""Metric filters of log groups, and TestMetricFilter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from localcloud.cloudwatch.logs.filter_patterns import FilterPattern, InvalidPattern, compiled
from localcloud.cloudwatch.logs.operations.account import Account, Call, Operation, Response, group_of, invalid
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.errors import AwsError, not_offered

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend
    from types_boto3_logs.type_defs import MetricFilterTypeDef, MetricTransformationTypeDef


MOST_OF_A_GROUP = 100
MOST_DIMENSIONS = 3
NOT_OFFERED_IN_FILTERS = ("fieldSelectionCriteria", "emitSystemFieldDimensions", "emitSystemFields")


class MetricFilters:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: dict[str, Operation] = {
            "PutMetricFilter": self._put,
            "DeleteMetricFilter": self._delete,
            "DescribeMetricFilters": self._describe,
            "TestMetricFilter": self._test,
        }

    async def _put(self, call: Call) -> Response:
        parameters = call.parameters
        check_offered(call)
        pattern_of(parameters["filterPattern"], "Invalid metric filter pattern")
        _check_transformation(parameters["metricTransformations"][0])
        stored = {
            "filterName": parameters["filterName"],
            "filterPattern": parameters["filterPattern"],
            "logGroupName": parameters["logGroupName"],
            "metricTransformations": list(parameters["metricTransformations"]),
            "creationTime": time.time_ns() // 1_000_000,
            "applyOnTransformedLogs": bool(parameters.get("applyOnTransformedLogs")),
        }

        def put(backend: LogsBackend) -> None:
            group_of(backend, parameters["logGroupName"])
            filters = backend.filters.metric_filters
            others = [each for each in filters if _identity(each) != _identity(stored)]
            if sum(each["logGroupName"] == stored["logGroupName"] for each in others) >= MOST_OF_A_GROUP:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            filters[:] = [*others, stored]

        await self._account.change(call.region, put)
        return {}

    async def _delete(self, call: Call) -> Response:
        def delete(backend: LogsBackend) -> None:
            group_of(backend, call.parameters["logGroupName"])
            filters = backend.filters.metric_filters
            others = [each for each in filters if _identity(each) != _identity(call.parameters)]
            if len(others) == len(filters):
                raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
            filters[:] = others

        await self._account.change(call.region, delete)
        return {}

    async def _describe(self, call: Call) -> Response:
        parameters = call.parameters
        name, namespace = parameters.get("metricName"), parameters.get("metricNamespace")
        if (name is None) != (namespace is None):
            missing = "metricName" if name is None else "metricNamespace"
            raise invalid(f"metricName and metricNamespace must be given together: {missing} is missing.")
        if parameters.get("logGroupName") is not None:
            await self._account.require(call.region, parameters["logGroupName"])

        def describe(backend: LogsBackend) -> list[Response]:
            return [
                {"applyOnTransformedLogs": False, **each}
                for each in backend.filters.metric_filters
                if each["filterName"].startswith(parameters.get("filterNamePrefix", ""))
                and parameters.get("logGroupName") in (None, each["logGroupName"])
                and (name is None or _has_metric(cast("MetricFilterTypeDef", each), name, namespace))
            ]

        found = await self._account.look(call.region, describe)
        return page(call, "metricFilters", found, key=lambda each: [each["filterName"], each["logGroupName"]])

    async def _test(self, call: Call) -> Response:
        pattern = pattern_of(call.parameters["filterPattern"], "Invalid metric filter pattern")
        matches = [
            {"eventNumber": number, "eventMessage": message, "extractedValues": dict(pattern.extracted(message))}
            for number, message in enumerate(call.parameters["logEventMessages"], 1)
            if pattern(message)
        ]
        return {"matches": matches}


def pattern_of(text: str, words: str) -> FilterPattern:
    """Compile a pattern. Errors: AwsError InvalidParameterException: AWS's `words`, followed by the parse error."""
    try:
        return compiled(text)
    except InvalidPattern as error:
        raise invalid(f"{words}: {error}") from error


def check_offered(call: Call) -> None:
    """Refuse settings that would have no effect here. Errors: AwsError."""
    for name in NOT_OFFERED_IN_FILTERS:
        if call.parameters.get(name):
            raise not_offered(f"{call.operation}: {name}")


def _check_transformation(parameters: MetricTransformationTypeDef) -> None:
    dimensions = parameters.get("dimensions") or {}
    if dimensions and parameters.get("defaultValue") is not None:
        raise invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    if len(dimensions) > MOST_DIMENSIONS:
        raise invalid(f"Invalid metric transformation: more than {MOST_DIMENSIONS} dimensions.")
    value = parameters["metricValue"]
    if not value.startswith("$"):
        try:
            float(value)
        except ValueError as error:
            raise invalid(
                f"Invalid metric transformation: the value {value!r} is neither a number nor a selector"
            ) from error


def _identity(stored: Mapping[str, object]) -> tuple[object, object]:
    return stored["logGroupName"], stored["filterName"]


def _has_metric(stored: MetricFilterTypeDef, name: str | None, namespace: str | None) -> bool:
    return any(
        (each["metricName"], each["metricNamespace"]) == (name, namespace) for each in stored["metricTransformations"]
    )

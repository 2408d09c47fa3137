"""Metric filters of log groups, and TestMetricFilter."""

import time
from collections.abc import Mapping
from typing import Any

from localcloud.cloudwatch.logs.filter_patterns import FilterPattern, InvalidPattern, compiled
from localcloud.cloudwatch.logs.operations.account import Account, Answer, Call, Operation, group_of, invalid
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.errors import AwsError, not_offered

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

    async def _put(self, call: Call) -> Answer:
        asked = call.asked
        check_offered(call)
        pattern_of(asked["filterPattern"], "Invalid metric filter pattern")
        _check_transformation(asked["metricTransformations"][0])
        held = {
            "filterName": asked["filterName"],
            "filterPattern": asked["filterPattern"],
            "logGroupName": asked["logGroupName"],
            "metricTransformations": list(asked["metricTransformations"]),
            "creationTime": time.time_ns() // 1_000_000,
            "applyOnTransformedLogs": bool(asked.get("applyOnTransformedLogs")),
        }

        def put(backend: Any) -> None:
            group_of(backend, asked["logGroupName"])
            filters = backend.filters.metric_filters
            others = [each for each in filters if _identity(each) != _identity(held)]
            if sum(each["logGroupName"] == held["logGroupName"] for each in others) >= MOST_OF_A_GROUP:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            filters[:] = [*others, held]

        await self._account.change(call.region, put)
        return {}

    async def _delete(self, call: Call) -> Answer:
        def delete(backend: Any) -> None:
            group_of(backend, call.asked["logGroupName"])
            filters = backend.filters.metric_filters
            others = [each for each in filters if _identity(each) != _identity(call.asked)]
            if len(others) == len(filters):
                raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
            filters[:] = others

        await self._account.change(call.region, delete)
        return {}

    async def _describe(self, call: Call) -> Answer:
        asked = call.asked
        name, namespace = asked.get("metricName"), asked.get("metricNamespace")
        if (name is None) != (namespace is None):
            missing = "metricName" if name is None else "metricNamespace"
            raise invalid(f"metricName and metricNamespace must be given together: {missing} is missing.")
        if asked.get("logGroupName") is not None:
            await self._account.require(call.region, asked["logGroupName"])

        def describe(backend: Any) -> list[Answer]:
            return [
                {"applyOnTransformedLogs": False, **each}
                for each in backend.filters.metric_filters
                if each["filterName"].startswith(asked.get("filterNamePrefix", ""))
                and asked.get("logGroupName") in (None, each["logGroupName"])
                and (name is None or _has_metric(each, name, namespace))
            ]

        found = await self._account.look(call.region, describe)
        return page(call, "metricFilters", found, key=lambda each: [each["filterName"], each["logGroupName"]])

    async def _test(self, call: Call) -> Answer:
        pattern = pattern_of(call.asked["filterPattern"], "Invalid metric filter pattern")
        matches = [
            {"eventNumber": number, "eventMessage": message, "extractedValues": dict(pattern.extracted(message))}
            for number, message in enumerate(call.asked["logEventMessages"], 1)
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
        if call.asked.get(name):
            raise not_offered(f"{call.operation}: {name}")


def _check_transformation(asked: Mapping[str, Any]) -> None:
    dimensions = asked.get("dimensions") or {}
    if dimensions and asked.get("defaultValue") is not None:
        raise invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    if len(dimensions) > MOST_DIMENSIONS:
        raise invalid(f"Invalid metric transformation: more than {MOST_DIMENSIONS} dimensions.")
    value = asked["metricValue"]
    if not value.startswith("$"):
        try:
            float(value)
        except ValueError as error:
            raise invalid(f"Invalid metric transformation: the value {value!r} is no number and no selector") from error


def _identity(held: Mapping[str, Any]) -> tuple[str, str]:
    return held["logGroupName"], held["filterName"]


def _has_metric(held: Mapping[str, Any], name: str | None, namespace: str | None) -> bool:
    return any(
        (each["metricName"], each["metricNamespace"]) == (name, namespace) for each in held["metricTransformations"]
    )

"""CloudWatch's rules for metric queries, those of alarms too, beyond its request model (aws-facts 4). Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from localcloud.cloudwatch.metrics.extended_statistics import parse
from localcloud.cloudwatch.metrics.values import STATISTICS
from localcloud.cloudwatch.metrics.windows import unix_s
from localcloud.errors import AwsError

ID = re.compile(r"[a-z][A-Za-z0-9_]*")
IDENTIFIER = re.compile(r"(?<![\w.])[a-z]\w*\b(?!\s*\()")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OPERATORS = ("AND", "OR", "REPEAT", "LINEAR", "ASC", "DESC", "SUM", "AVG", "MIN", "MAX")
"""Keywords of metric math that are not identifiers."""
SHORT_PERIODS = (10, 20, 30)
SHORT_DATA_PERIODS = (1, 5, *SHORT_PERIODS)
"""Seconds: short periods of alarms, and of metric queries."""
MOST_QUERIES, MOST_DATAPOINTS = 500, 1440

Parameters = Mapping[str, Any]


def check_statistic(name: str, where: str) -> None:
    if name not in STATISTICS and parse(name) is None:
        raise invalid(f"The value {name} for parameter {where} is not a valid statistic.")


def check_period(period_s: int | str, short: Sequence[int] = SHORT_PERIODS) -> None:
    if period_s not in short and (int(period_s) <= 0 or int(period_s) % 60):
        raise invalid(f"Period must be {', '.join(map(str, short))} or a multiple of 60, found {period_s}")


def check_queries(queries: Sequence[Parameters], where: str = "MetricDataQueries") -> None:
    """Check the queries of an alarm or of GetMetricData; `where`: parameter name. Errors: AwsError ValidationError."""
    if len(queries) > MOST_QUERIES:
        raise invalid(f"The collection {where} must not have a size greater than {MOST_QUERIES}.")
    seen: set[str] = set()
    for number, each in enumerate(queries, start=1):
        name, stat = each.get("Id", ""), each.get("MetricStat")
        if not ID.fullmatch(name):
            raise invalid(f"Invalid metrics list: the id '{name}' must begin with a lower case letter")
        if name in seen:
            raise invalid(f"Invalid metrics list: the id '{name}' appears twice")
        seen.add(name)
        if not stat and not each.get("Expression"):
            raise invalid(f"The parameter {where}.member.{number}.MetricStat is required.\n")
        if stat and each.get("Expression"):
            raise invalid(f"Invalid metrics list: '{name}' must have exactly one of MetricStat and Expression")
        if stat:
            check_period(stat["Period"], SHORT_PERIODS if where == "Metrics" else SHORT_DATA_PERIODS)
            check_statistic(stat["Stat"], f"{where}.member.{number}.MetricStat.Stat")
    for each in queries:
        for name in _identifiers(each.get("Expression") or ""):
            if name not in seen and name.upper() not in OPERATORS:
                raise invalid(f"Error in expression '{each['Id']}': there is no query with the id '{name}'")


def _identifiers(expression: str) -> list[str]:
    """Return the identifiers that refer to queries; a Metrics Insights query has none."""
    return [] if expression.lstrip().upper().startswith("SELECT") else IDENTIFIER.findall(QUOTED.sub("", expression))


def check_statistics(request: Parameters) -> None:
    """Check the parameters of GetMetricStatistics. Errors: AwsError."""
    plain, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for number, name in enumerate(plain, start=1):
        if name not in STATISTICS:
            raise wrong_value(
                f"The parameter Statistics.member.{number} must be a value in the set [ {', '.join(STATISTICS)} ]."
            )
    for number, name in enumerate(extended, start=1):
        if parse(name) is None:
            raise wrong_value(f"The value {name} for parameter ExtendedStatistics.member.{number} is not supported.")
    start_s, end_s, period_s = (_second(request["StartTime"]), _second(request["EndTime"]), int(request["Period"]))
    if start_s >= end_s:
        raise wrong_value("The parameter StartTime must be less than the parameter EndTime.")
    if period_s not in SHORT_DATA_PERIODS and period_s % 60:
        raise wrong_value("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if (count := math.ceil((end_s - start_s) / period_s)) > MOST_DATAPOINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {count} datapoints, which exceeds the limit of {MOST_DATAPOINTS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )


def check_metric_data(request: Parameters) -> None:
    """Check the parameters of GetMetricData. Errors: AwsError ValidationError."""
    check_queries(request["MetricDataQueries"])
    start_s, end_s = _second(request["StartTime"]), _second(request["EndTime"])
    if start_s == end_s:
        raise invalid("The parameter StartTime must not equal parameter EndTime.")
    if start_s > end_s:
        raise invalid("The parameter EndTime must be greater than StartTime.")
    if request.get("MaxDatapoints") is not None and int(request["MaxDatapoints"]) < 1:
        raise invalid("The parameter MaxDatapoints must be greater than or equal to 1.")


def check_accounts(request: Parameters, account_id: str) -> None:
    """Check that only this account's metrics are requested: no other shares any. Errors: AwsError ValidationError.

    The code is AWS's for an account that is not linked (hashicorp/terraform-provider-aws#32436); the words are ours.
    """
    queries = [*(request.get("Metrics") or []), *(request.get("MetricDataQueries") or [])]
    named = [each.get("AccountId") for each in queries if isinstance(each, Mapping)]
    for other in (*named, request.get("OwningAccount")):
        if other not in (None, account_id):
            raise invalid(f"The account {other} shares no metrics with {account_id}: the local cloud has one account.")


def _second(at: datetime) -> int:
    """Round down, as CloudWatch ignores fractions of a second."""
    return math.floor(unix_s(at))


def wrong_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)

"""CloudWatch's rules for alarms and metric queries beyond its request model (aws-facts 4). Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.alarms.evaluation import Missing
from localcloud.cloudwatch.metrics.extended_statistics import parse
from localcloud.cloudwatch.metrics.values import STATISTICS
from localcloud.errors import AwsError

ID = re.compile(r"[a-z][A-Za-z0-9_]*")
IDENTIFIER = re.compile(r"(?<![\w.])[a-z]\w*\b(?!\s*\()")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OPERATORS = ("AND", "OR", "REPEAT", "LINEAR", "ASC", "DESC", "SUM", "AVG", "MIN", "MAX")
"""Keywords of metric math that are not identifiers."""
SHORT_PERIODS = (10, 20, 30)
SHORT_DATA_PERIODS = (1, 5, *SHORT_PERIODS)
"""Seconds: short periods of alarms, and of metric queries."""
HOUR_S, DAY_S = 3600, 86_400
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:.+")
MOST_QUERIES, MOST_DATAPOINTS = 500, 1440
OF_METRICS = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")

Parameters = Mapping[str, Any]


def refuse_alarm(request: Parameters) -> None:
    """Check the parameters of PutMetricAlarm, which fit the model. Errors: AwsError ValidationError."""
    if request.get("Metrics"):
        if given := [name for name in OF_METRICS if request.get(name)]:
            raise _invalid(f"Metrics must not be specified together with {', '.join(given)}")
        refuse_queries(request["Metrics"], "Metrics")
        returned = [each for each in request["Metrics"] if each.get("ReturnData", True)]
        if len(returned) != 1:
            raise _invalid(f"Exactly one element of the Metrics list should return data, found {len(returned)}")
    elif request.get("MetricName"):
        _refuse_metric(request)
    else:
        raise _invalid("Either MetricName or Metrics must be specified")
    if not request.get("ComparisonOperator"):
        raise _invalid("The parameter ComparisonOperator must be specified")
    if request.get("Threshold") is None and not request.get("ThresholdMetricId"):
        raise _invalid("The parameter Threshold must be specified")
    periods = request.get("EvaluationPeriods") or 0
    if (request.get("DatapointsToAlarm") or 1) > periods:
        raise _invalid(f"DatapointsToAlarm must not be larger than EvaluationPeriods ({periods})")
    _refuse_window(request, int(periods))
    missing = request.get("TreatMissingData")
    if missing is not None and missing not in list(Missing):
        raise _unsupported(missing, "TreatMissingData", "breaching, notBreaching, ignore and missing")
    few = request.get("EvaluateLowSampleCountPercentile")
    if few is not None and few not in ("evaluate", "ignore"):
        raise _unsupported(few, "EvaluateLowSampleCountPercentile", "evaluate and ignore")
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        refuse_actions(request.get(name) or [])


def refuse_actions(arns: Sequence[str]) -> None:
    """Errors: AwsError ValidationError."""
    for arn in arns:
        if not ARN.fullmatch(arn):
            raise _invalid(f"Invalid arn syntax: {arn}")


def _refuse_metric(request: Parameters) -> None:
    for name in ("Namespace", "Period"):
        if request.get(name) is None:
            raise _invalid(f"The parameter {name} must be specified with MetricName")
    if bool(request.get("Statistic")) == bool(request.get("ExtendedStatistic")):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified")
    if extended := request.get("ExtendedStatistic"):
        if parse(extended) is None:
            raise _wrong_value(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    else:
        _refuse_statistic(request["Statistic"], "Statistic")
    _refuse_period(request["Period"])


def _refuse_statistic(name: str, where: str) -> None:
    if name not in STATISTICS and parse(name) is None:
        raise _invalid(f"The value {name} for parameter {where} is not a valid statistic.")


def _refuse_period(period_s: int | str, short: Sequence[int] = SHORT_PERIODS) -> None:
    if period_s not in short and (int(period_s) <= 0 or int(period_s) % 60):
        raise _invalid(f"Period must be {', '.join(map(str, short))} or a multiple of 60, found {period_s}")


def _refuse_window(request: Parameters, periods: int) -> None:
    stats = [each["MetricStat"]["Period"] for each in request.get("Metrics") or [] if each.get("MetricStat")]
    period_s = max((int(each) for each in [request.get("Period"), *stats] if each), default=60)
    most_s = 7 * DAY_S if period_s >= HOUR_S else DAY_S
    if period_s * periods > most_s:
        raise _invalid(f"EvaluationPeriods * Period must be at most {most_s} seconds, found {period_s * periods}")


def refuse_queries(queries: Sequence[Parameters], where: str = "MetricDataQueries") -> None:
    """Check the queries of an alarm or of GetMetricData; `where`: parameter name. Errors: AwsError ValidationError."""
    if len(queries) > MOST_QUERIES:
        raise _invalid(f"The collection {where} must not have a size greater than {MOST_QUERIES}.")
    seen: set[str] = set()
    for number, each in enumerate(queries, start=1):
        name, stat = each.get("Id", ""), each.get("MetricStat")
        if not ID.fullmatch(name):
            raise _invalid(f"Invalid metrics list: the id '{name}' must begin with a lower case letter")
        if name in seen:
            raise _invalid(f"Invalid metrics list: the id '{name}' is there twice")
        seen.add(name)
        if not stat and not each.get("Expression"):
            raise _invalid(f"The parameter {where}.member.{number}.MetricStat is required.\n")
        if stat and each.get("Expression"):
            raise _invalid(f"Invalid metrics list: '{name}' must have exactly one of MetricStat and Expression")
        if stat:
            _refuse_period(stat["Period"], SHORT_PERIODS if where == "Metrics" else SHORT_DATA_PERIODS)
            _refuse_statistic(stat["Stat"], f"{where}.member.{number}.MetricStat.Stat")
    for each in queries:
        for name in _identifiers(each.get("Expression") or ""):
            if name not in seen and name.upper() not in OPERATORS:
                raise _invalid(f"Error in expression '{each['Id']}': there is no query with the id '{name}'")


def _identifiers(expression: str) -> list[str]:
    """Return the identifiers that refer to queries; a Metrics Insights query has none."""
    return [] if expression.lstrip().upper().startswith("SELECT") else IDENTIFIER.findall(QUOTED.sub("", expression))


def refuse_statistics(request: Parameters) -> None:
    """Check the parameters of GetMetricStatistics. Errors: AwsError."""
    plain, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for number, name in enumerate(plain, start=1):
        if name not in STATISTICS:
            raise _wrong_value(
                f"The parameter Statistics.member.{number} must be a value in the set [ {', '.join(STATISTICS)} ]."
            )
    for number, name in enumerate(extended, start=1):
        if parse(name) is None:
            raise _wrong_value(f"The value {name} for parameter ExtendedStatistics.member.{number} is not supported.")
    start_s, end_s, period_s = (_second(request["StartTime"]), _second(request["EndTime"]), int(request["Period"]))
    if start_s >= end_s:
        raise _wrong_value("The parameter StartTime must be less than the parameter EndTime.")
    if period_s not in SHORT_DATA_PERIODS and period_s % 60:
        raise _wrong_value("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if (count := math.ceil((end_s - start_s) / period_s)) > MOST_DATAPOINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {count} datapoints, which exceeds the limit of {MOST_DATAPOINTS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )


def refuse_metric_data(request: Parameters) -> None:
    """Check the parameters of GetMetricData. Errors: AwsError ValidationError."""
    refuse_queries(request["MetricDataQueries"])
    start_s, end_s = _second(request["StartTime"]), _second(request["EndTime"])
    if start_s == end_s:
        raise _invalid("The parameter StartTime must not equal parameter EndTime.")
    if start_s > end_s:
        raise _invalid("The parameter EndTime must be greater than StartTime.")
    if request.get("MaxDatapoints") is not None and int(request["MaxDatapoints"]) < 1:
        raise _invalid("The parameter MaxDatapoints must be greater than or equal to 1.")


def _second(at: datetime) -> int:
    """Round down, as CloudWatch ignores fractions of a second."""
    return math.floor(unix_s(at))


def unix_s(at: datetime | str) -> float:
    """moto's own times have no time zone: they are UTC."""
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _unsupported(option: str, name: str, supported: str) -> AwsError:
    return _invalid(f"Option {option} is not supported. Supported options for parameter {name} are {supported}.")


def _wrong_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)

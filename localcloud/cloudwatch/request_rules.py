"""What CloudWatch refuses in alarms, queries and metric data, beside its model of the requests (facts 4). Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.cloudwatch.evaluation import Missing
from localcloud.errors import AwsError

ID = re.compile(r"[a-z][A-Za-z0-9_]*")
IDENTIFIER = re.compile(r"(?<![\w.])[a-z]\w*\b(?!\s*\()")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OPERATORS = ("AND", "OR", "REPEAT", "LINEAR", "ASC", "DESC", "SUM", "AVG", "MIN", "MAX")
"""Words of metric math that are no identifiers."""
SHORT_PERIODS = (10, 20, 30)
HOUR_S, DAY_S = 3600, 86_400
STATISTIC = re.compile(
    r"SampleCount|Average|Sum|Minimum|Maximum|IQM|p(?:[0-9]{1,2}(?:\.[0-9]+)?|100)"
    r"|(?:tm|tc|ts|wm)[0-9]{1,2}(?:\.[0-9]+)?|(?:TM|TC|TS|WM|PR)\([0-9.%]*:[0-9.%]*\)"
)
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:.+")
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
LARGEST = 2.0**360
RESOLUTIONS = (1, 60)
OF_METRICS = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")

Asked = Mapping[str, Any]


def refuse_alarm(asked: Asked) -> None:
    """Parameters of PutMetricAlarm, right by the model. Errors: AwsError ValidationError."""
    if asked.get("Metrics"):
        if given := [name for name in OF_METRICS if asked.get(name)]:
            raise _invalid(f"Metrics must not be specified together with {', '.join(given)}")
        refuse_queries(asked["Metrics"])
        returned = [each for each in asked["Metrics"] if each.get("ReturnData", True)]
        if len(returned) != 1:
            raise _invalid(f"Exactly one element of the Metrics list should return data, found {len(returned)}")
    elif asked.get("MetricName"):
        _refuse_metric(asked)
    else:
        raise _invalid("Either MetricName or Metrics must be specified")
    if not asked.get("ComparisonOperator"):
        raise _invalid("The parameter ComparisonOperator must be specified")
    if asked.get("Threshold") is None and not asked.get("ThresholdMetricId"):
        raise _invalid("The parameter Threshold must be specified")
    periods = asked.get("EvaluationPeriods") or 0
    if (asked.get("DatapointsToAlarm") or 1) > periods:
        raise _invalid(f"DatapointsToAlarm must not be larger than EvaluationPeriods ({periods})")
    _refuse_window(asked, int(periods))
    missing = asked.get("TreatMissingData")
    if missing is not None and missing not in list(Missing):
        raise _invalid(f"TreatMissingData must be one of {', '.join(Missing)}, found {missing}")
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        refuse_actions(asked.get(name) or [])


def refuse_actions(arns: Sequence[str]) -> None:
    """Errors: AwsError ValidationError."""
    for arn in arns:
        if not ARN.fullmatch(arn):
            raise _invalid(f"Invalid arn syntax: {arn}")


def _refuse_metric(asked: Asked) -> None:
    for name in ("Namespace", "Period"):
        if asked.get(name) is None:
            raise _invalid(f"The parameter {name} must be specified with MetricName")
    if bool(asked.get("Statistic")) == bool(asked.get("ExtendedStatistic")):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified")
    _refuse_statistic(asked.get("Statistic") or asked.get("ExtendedStatistic") or "")
    _refuse_period(asked["Period"])


def _refuse_statistic(name: str) -> None:
    if not STATISTIC.fullmatch(name):
        raise _invalid(f"The value {name} for the statistic is not valid")


def _refuse_period(period_s: Any) -> None:
    if period_s not in SHORT_PERIODS and (int(period_s) <= 0 or int(period_s) % 60):
        raise _invalid(f"Period must be 10, 20, 30 or a multiple of 60, found {period_s}")


def _refuse_window(asked: Asked, periods: int) -> None:
    stats = [each["MetricStat"]["Period"] for each in asked.get("Metrics") or [] if each.get("MetricStat")]
    period_s = max((int(each) for each in [asked.get("Period"), *stats] if each), default=60)
    most_s = 7 * DAY_S if period_s >= HOUR_S else DAY_S
    if period_s * periods > most_s:
        raise _invalid(f"EvaluationPeriods * Period must be at most {most_s} seconds, found {period_s * periods}")


def refuse_queries(queries: Sequence[Asked]) -> None:
    """MetricDataQueries of an alarm or of GetMetricData. Errors: AwsError ValidationError."""
    seen: set[str] = set()
    for each in queries:
        name, stat = each.get("Id", ""), each.get("MetricStat")
        if not ID.fullmatch(name):
            raise _invalid(f"Invalid metrics list: the id '{name}' must begin with a lower case letter")
        if name in seen:
            raise _invalid(f"Invalid metrics list: the id '{name}' is there twice")
        seen.add(name)
        if bool(stat) == bool(each.get("Expression")):
            raise _invalid(f"Invalid metrics list: '{name}' must have exactly one of MetricStat and Expression")
        if stat:
            _refuse_period(stat["Period"])
            _refuse_statistic(stat["Stat"])
    for each in queries:
        for name in _identifiers(each.get("Expression") or ""):
            if name not in seen and name.upper() not in OPERATORS:
                raise _invalid(f"Error in expression '{each['Id']}': there is no query with the id '{name}'")


def _identifiers(expression: str) -> list[str]:
    """Those that name a query; a Metrics Insights query names none."""
    return [] if expression.lstrip().upper().startswith("SELECT") else IDENTIFIER.findall(QUOTED.sub("", expression))


def refuse_data(namespace: str, data: Sequence[Asked], now: datetime) -> None:
    """Of PutMetricData. Errors: AwsError."""
    if namespace.startswith("AWS/"):
        raise _wrong_value("The value AWS/ for parameter Namespace is invalid: it is reserved")
    for number, each in enumerate(data, start=1):
        where = f"MetricData.member.{number}"
        if each.get("Value") is None and not each.get("Values") and not each.get("StatisticValues"):
            raise AwsError("MissingParameter", f"At least one of {where}.Value, .Values, .StatisticValues is required")
        for value in [each.get("Value"), *(each.get("Values") or [])]:
            if value is not None and (not math.isfinite(value) or abs(value) > LARGEST):
                raise _wrong_value(f"The value {value} for parameter {where}.Value is invalid")
        at = each.get("Timestamp")
        if at is not None and not now - OLDEST <= _with_zone(at) <= now + NEWEST:
            raise _wrong_value(
                f"{where}.Timestamp must be within the past two weeks and the next two hours, found {at}"
            )
        if (each.get("StorageResolution") or 60) not in RESOLUTIONS:
            raise _wrong_value(f"{where}.StorageResolution must be 1 or 60")


def _with_zone(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _wrong_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)

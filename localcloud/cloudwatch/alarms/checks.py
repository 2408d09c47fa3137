"""CloudWatch's rules for alarms beyond its request model (aws-facts 4). Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, Missing, NotOffered
from localcloud.cloudwatch.metrics.checks import check_period, check_queries, check_statistic, invalid, wrong_value
from localcloud.cloudwatch.metrics.extended_statistics import parse
from localcloud.cloudwatch.metrics.queries import Query, QueryResults, sliding
from localcloud.cloudwatch.metrics.store import Metric, MetricStore
from localcloud.errors import AwsError

HOUR_S, DAY_S = 3600, 86_400
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:(?P<region>[a-z0-9-]*):[0-9]*:.+")
SEARCH = re.compile(r"\s*SEARCH\s*\(", re.IGNORECASE)
OF_METRICS = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")

Parameters = Mapping[str, Any]


def check_alarm(request: Parameters) -> None:
    """Check the parameters of PutMetricAlarm, which fit the model. Errors: AwsError ValidationError."""
    if request.get("Metrics"):
        if given := [name for name in OF_METRICS if request.get(name)]:
            raise invalid(f"Metrics must not be specified together with {', '.join(given)}")
        check_queries(request["Metrics"], "Metrics")
        returned = [each for each in request["Metrics"] if each.get("ReturnData", True)]
        if len(returned) != 1:
            raise invalid(f"Exactly one element of the Metrics list should return data, found {len(returned)}")
        _check_expressions(request["Metrics"])
        for each in request["Metrics"]:
            _check_dimensions((each.get("MetricStat") or {}).get("Metric", {}).get("Dimensions") or [])
    elif request.get("MetricName"):
        _check_metric(request)
    else:
        raise invalid("Either MetricName or Metrics must be specified")
    if not request.get("ComparisonOperator"):
        raise invalid("The parameter ComparisonOperator must be specified")
    if request.get("Threshold") is None and not request.get("ThresholdMetricId"):
        raise invalid("The parameter Threshold must be specified")
    periods = request.get("EvaluationPeriods") or 0
    if (request.get("DatapointsToAlarm") or 1) > periods:
        raise invalid(f"DatapointsToAlarm must not be larger than EvaluationPeriods ({periods})")
    _check_window(request, int(periods))
    missing = request.get("TreatMissingData")
    if missing is not None and missing not in list(Missing):
        raise _unsupported(missing, "TreatMissingData", "breaching, notBreaching, ignore and missing")
    few = request.get("EvaluateLowSampleCountPercentile")
    if few is not None and few not in ("evaluate", "ignore"):
        raise _unsupported(few, "EvaluateLowSampleCountPercentile", "evaluate and ignore")
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        check_actions(request.get(name) or [])


def check_regions(arns: Sequence[str], region: str) -> None:
    """Check that the actions are in the alarm's region: CloudWatch accepts no others. Errors: AwsError."""
    for arn in arns:
        found = ARN.fullmatch(arn)
        if found and found["region"] not in ("", region):
            raise invalid(f"Invalid region {found['region']} specified. Only {region} is supported.")


def check_actions(arns: Sequence[str]) -> None:
    """Errors: AwsError ValidationError."""
    for arn in arns:
        if not ARN.fullmatch(arn):
            raise invalid(f"Invalid arn syntax: {arn}")


def _check_metric(request: Parameters) -> None:
    for name in ("Namespace", "Period"):
        if request.get(name) is None:
            raise invalid(f"The parameter {name} must be specified with MetricName")
    if bool(request.get("Statistic")) == bool(request.get("ExtendedStatistic")):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be specified")
    if extended := request.get("ExtendedStatistic"):
        if parse(extended) is None:
            raise wrong_value(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    else:
        check_statistic(request["Statistic"], "Statistic")
    check_period(request["Period"])
    _check_dimensions(request.get("Dimensions") or [])


def _check_expressions(wire: Sequence[Parameters]) -> None:
    """Evaluate each expression without data: that shows what is wrong with the expression itself."""
    nothing = Metric.of("", "", [])
    queries = {
        each["Id"]: Query(id=each["Id"], expression=each["Expression"])
        if each.get("Expression")
        else Query(id=each["Id"], metric=nothing, statistic=each["MetricStat"]["Stat"])
        for each in wire
    }
    for name, query in queries.items():
        if SEARCH.match(query.expression):
            raise invalid("SEARCH is not supported on Metric Alarms.")
        try:
            QueryResults(MetricStore(1.0), queries, sliding(0, HOUR_S, 1)).series(name)
        except NotOffered:
            continue  # the alarm's state says so
        except CannotEvaluate as wrong:
            raise invalid(f"Error in expression '{name}': {wrong}") from wrong


def _check_dimensions(dimensions: Sequence[Parameters]) -> None:
    names = [each["Name"] for each in dimensions]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Dimensions must not name the dimension {name} twice.")


def _check_window(request: Parameters, periods: int) -> None:
    stats = [each["MetricStat"]["Period"] for each in request.get("Metrics") or [] if each.get("MetricStat")]
    period_s = max((int(each) for each in [request.get("Period"), *stats] if each), default=60)
    most_s = 7 * DAY_S if period_s >= HOUR_S else DAY_S
    if period_s * periods > most_s:
        raise invalid(f"EvaluationPeriods * Period must be at most {most_s} seconds, found {period_s * periods}")


def _unsupported(option: str, name: str, supported: str) -> AwsError:
    return invalid(f"Option {option} is not supported. Supported options for parameter {name} are {supported}.")

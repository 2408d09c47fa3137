"""CloudWatch: checks requests as AWS does before moto sees them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.metrics.data_rules import refuse_data
from localcloud.cloudwatch.metrics.request_rules import (
    refuse_actions,
    refuse_alarm,
    refuse_metric_data,
    refuse_statistics,
)
from localcloud.errors import AwsError
from localcloud.moto.patching import error, not_offered, result
from localcloud.protocol.validation import server_words

OF_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
"""Comparisons with an anomaly detection band."""
NOT_OFFERED_OF_ALARMS = (
    *("ThresholdMetricId", "EvaluationWindow", "WarmUpConfiguration"),
    *("EvaluationCriteria", "EvaluationInterval", "ActionConfiguration"),
)
EMPTY = {
    "DescribeInsightRules": "InsightRules",
    "DescribeAnomalyDetectors": "AnomalyDetectors",
    "ListMetricStreams": "Entries",
    "ListManagedInsightRules": "ManagedRules",
    "ListAlarmMuteRules": "AlarmMuteRuleSummaries",
}
"""Operation that lists what cannot be created here -> the list's member."""


def _refuse_composite(asked: Any) -> None:
    if asked.get("ActionConfiguration") is not None:
        raise not_offered("PutCompositeAlarm with ActionConfiguration")
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        refuse_actions(asked.get(name) or [])


def _refuse_data(asked: Any) -> None:
    nested = [datum for each in asked.get("EntityMetricData") or [] for datum in each.get("MetricData") or []]
    refuse_data(asked.get("Namespace") or "", asked.get("MetricData") or [], datetime.now(UTC), nested)


def _refuse_metric_alarm(asked: Any) -> None:
    if given := [name for name in NOT_OFFERED_OF_ALARMS if asked.get(name) is not None]:
        raise not_offered(f"PutMetricAlarm with {', '.join(given)}")
    if asked.get("ComparisonOperator") in OF_BANDS:
        raise not_offered(f"PutMetricAlarm with ComparisonOperator {asked['ComparisonOperator']}")
    refuse_alarm(asked)


RULES: dict[str, Callable[[Any], None]] = {
    "PutMetricAlarm": _refuse_metric_alarm,
    "PutCompositeAlarm": _refuse_composite,
    "PutMetricData": _refuse_data,
    "GetMetricStatistics": refuse_statistics,
    "GetMetricData": refuse_metric_data,
}
WITHOUT_MODEL = ("PutMetricData",)
"""Operations that use their own words and codes even for violations of the model."""


def patch() -> None:
    """moto accepts alarms without a name, a metric or a threshold, and datapoints of next year."""
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.utils import camelcase_to_underscores, get_service_model

    model = get_service_model("cloudwatch")
    for operation in model.operation_names:
        name = camelcase_to_underscores(operation)
        answer = _answers(operation) or getattr(CloudWatchResponse, name, None)
        if answer is not None:
            shape = model.operation_model(operation).input_shape
            setattr(CloudWatchResponse, name, _checked(operation, shape, answer))


def _answers(operation: str) -> Callable[[Any], Any] | None:
    """Answer operations for which an empty list is the only truthful answer."""
    return (lambda self: result({EMPTY[operation]: []})) if operation in EMPTY else None


def _checked(operation: str, shape: Any, answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(self: Any) -> Any:
        asked = self._get_params()
        try:
            if shape is not None and operation not in WITHOUT_MODEL:
                server_words.check(shape, asked)
            if operation in RULES:
                RULES[operation](asked)
        except AwsError as refused:
            raise error(refused.code, refused.message) from refused
        return answer(self)

    return checked

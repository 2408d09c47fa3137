"""CloudWatch: checks requests as AWS does before moto sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.alarms.checks import check_actions, check_alarm, check_regions
from localcloud.cloudwatch.metrics.checks import check_accounts, check_metric_data, check_statistics
from localcloud.cloudwatch.metrics.data_checks import check_data
from localcloud.errors import not_offered
from localcloud.moto.patching import result
from localcloud.protocol.validation import server_words

if TYPE_CHECKING:
    from botocore.model import Shape
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    Operation = Callable[[CloudWatchResponse], ActionResult]


OF_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
"""Comparisons with an anomaly detection band."""
NOT_OFFERED_OF_ALARMS = (
    *("ThresholdMetricId", "EvaluationWindow", "WarmUpConfiguration"),
    *("EvaluationCriteria", "EvaluationInterval", "ActionConfiguration"),
)
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
EMPTY = {
    "DescribeInsightRules": "InsightRules",
    "DescribeAnomalyDetectors": "AnomalyDetectors",
    "ListMetricStreams": "Entries",
    "ListManagedInsightRules": "ManagedRules",
    "ListAlarmMuteRules": "AlarmMuteRuleSummaries",
}
"""Operation that lists what cannot be created here -> the list's member."""


def _check_composite(request: Mapping[str, Any]) -> None:
    if request.get("ActionConfiguration") is not None:
        raise not_offered("PutCompositeAlarm with ActionConfiguration")
    for name in ACTIONS:
        check_actions(request.get(name) or [])


def _check_data(request: Mapping[str, Any]) -> None:
    nested = [datum for each in request.get("EntityMetricData") or [] for datum in each.get("MetricData") or []]
    check_data(request.get("Namespace") or "", request.get("MetricData") or [], datetime.now(UTC), nested)


def _check_metric_alarm(request: Mapping[str, object]) -> None:
    if given := [name for name in NOT_OFFERED_OF_ALARMS if request.get(name) is not None]:
        raise not_offered(f"PutMetricAlarm with {', '.join(given)}")
    if request.get("ComparisonOperator") in OF_BANDS:
        raise not_offered(f"PutMetricAlarm with ComparisonOperator {request['ComparisonOperator']}")
    check_alarm(request)


RULES: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "PutMetricAlarm": _check_metric_alarm,
    "PutCompositeAlarm": _check_composite,
    "PutMetricData": _check_data,
    "GetMetricStatistics": check_statistics,
    "GetMetricData": check_metric_data,
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
        response = _answers(operation) or getattr(CloudWatchResponse, name, None)
        if response is not None:
            shape = model.operation_model(operation).input_shape
            setattr(CloudWatchResponse, name, _checked(operation, shape, response))


def _answers(operation: str) -> Operation | None:
    """Return an empty list for operations where nothing else would be true."""
    return (lambda self: result({EMPTY[operation]: []})) if operation in EMPTY else None


def _checked(operation: str, shape: Shape | None, answer: Operation) -> Operation:
    def checked(self: CloudWatchResponse) -> ActionResult:
        request = self._get_params()
        if shape is not None and operation not in WITHOUT_MODEL:
            server_words.check(shape, request)
        if operation in RULES:
            RULES[operation](request)
        check_accounts(request, self.current_account)
        for name in ACTIONS:
            if operation.startswith("Put"):
                check_regions(request.get(name) or [], self.region)
        return answer(self)

    return checked

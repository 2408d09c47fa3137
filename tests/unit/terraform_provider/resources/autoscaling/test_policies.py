"""Scaling policies are what AWS takes, and read as the state has them."""

import pytest

from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.autoscaling import _step, _tracking
from terraform_provider.resources.autoscaling._scalable import of_import_id

STEP = {
    "adjustment_type": "ChangeInCapacity",
    "cooldown": None,
    "metric_aggregation_type": "Average",
    "min_adjustment_magnitude": None,
    "step_adjustment": [
        {"scaling_adjustment": -1, "metric_interval_lower_bound": "0", "metric_interval_upper_bound": "10.5"},
        {"scaling_adjustment": -2, "metric_interval_lower_bound": "10.5", "metric_interval_upper_bound": ""},
    ],
}
PLACE = {
    "service_namespace": "ecs",
    "resource_id": "service/c/s",
    "scalable_dimension": "ecs:service:DesiredCount",
}


def test_steps_are_the_same_in_both_directions() -> None:
    request = _step.request(STEP)
    assert request == {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 0,
        "MetricAggregationType": "Average",
        "StepAdjustments": [
            {"ScalingAdjustment": -1, "MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.5},
            {"ScalingAdjustment": -2, "MetricIntervalLowerBound": 10.5},
        ],
    }
    assert _step.as_block(request) == {**STEP, "cooldown": 0, "min_adjustment_magnitude": 0}


def test_tracking_of_several_metrics_is_the_same_in_both_directions() -> None:
    metric = {
        "metric_name": "RequestCount",
        "namespace": "AWS/ApplicationELB",
        "dimensions": [{"name": "n", "value": "v"}],
    }
    custom = {
        "metric_name": "",
        "namespace": "",
        "statistic": "",
        "unit": "",
        "dimensions": [],
        "metrics": [
            {"id": "each", "expression": "a / 2", "label": "Each", "return_data": True, "metric_stat": []},
            {
                "id": "a",
                "expression": "",
                "label": "",
                "return_data": False,
                "metric_stat": [{"metric": [metric], "stat": "Sum", "unit": ""}],
            },
        ],
    }
    block = {
        "target_value": 1000,
        "disable_scale_in": False,
        "scale_in_cooldown": 300,
        "scale_out_cooldown": 120,
        "predefined_metric_specification": [],
        "customized_metric_specification": [custom],
    }
    request = _tracking.request(block)
    assert request["CustomizedMetricSpecification"]["Metrics"][1] == {
        "Id": "a",
        "MetricStat": {
            "Metric": {
                "MetricName": "RequestCount",
                "Namespace": "AWS/ApplicationELB",
                "Dimensions": [{"Name": "n", "Value": "v"}],
            },
            "Stat": "Sum",
        },
        "ReturnData": False,
    }
    assert _tracking.as_block(request) == block


def test_import_ids_name_the_whole_resource_id() -> None:
    text = "ecs/service/c/s/ecs:service:DesiredCount"
    assert of_import_id(text) == {**PLACE, "id": "service/c/s"}
    assert of_import_id(f"{text}/cpu", with_name=True) == {**PLACE, "id": "cpu", "name": "cpu"}
    for wrong in ("ecs", "ecs/x", ""):
        with pytest.raises(ProviderError, match="expected <service-namespace>/<resource-id>/<scalable-dimension>"):
            of_import_id(wrong)

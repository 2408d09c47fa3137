"""The block target_tracking_scaling_policy_configuration."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.values.unknown import State


def request(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {
        "TargetValue": block["target_value"],
        "DisableScaleIn": bool(block["disable_scale_in"]),
        "ScaleInCooldown": block["scale_in_cooldown"] or 0,
        "ScaleOutCooldown": block["scale_out_cooldown"] or 0,
    }
    for predefined in block["predefined_metric_specification"]:
        made["PredefinedMetricSpecification"] = _given(
            PredefinedMetricType=predefined["predefined_metric_type"], ResourceLabel=predefined["resource_label"]
        )
    for custom in block["customized_metric_specification"]:
        made["CustomizedMetricSpecification"] = _custom(custom)
    return made


def as_block(found: Mapping[str, Any]) -> State:
    predefined = found.get("PredefinedMetricSpecification")
    custom = found.get("CustomizedMetricSpecification")
    return {
        "target_value": found["TargetValue"],
        "disable_scale_in": found.get("DisableScaleIn", False),
        "scale_in_cooldown": found.get("ScaleInCooldown", 0),
        "scale_out_cooldown": found.get("ScaleOutCooldown", 0),
        "predefined_metric_specification": [
            {
                "predefined_metric_type": each["PredefinedMetricType"],
                "resource_label": each.get("ResourceLabel", ""),
            }
            for each in ([predefined] if predefined else [])
        ],
        "customized_metric_specification": [_custom_block(each) for each in ([custom] if custom else [])],
    }


def _custom(block: State) -> dict[str, Any]:
    if block["metrics"]:
        return {"Metrics": [_metric(each) for each in block["metrics"]]}
    return _given(
        MetricName=block["metric_name"],
        Namespace=block["namespace"],
        Statistic=block["statistic"],
        Unit=block["unit"],
        Dimensions=_dimensions(block["dimensions"]),
    )


def _metric(block: State) -> dict[str, Any]:
    made = _given(Id=block["id"], Expression=block["expression"], Label=block["label"])
    for stat in block["metric_stat"]:
        metric = stat["metric"][0]
        made["MetricStat"] = {
            "Metric": _given(
                MetricName=metric["metric_name"],
                Namespace=metric["namespace"],
                Dimensions=_dimensions(metric["dimensions"]),
            ),
            **_given(Stat=stat["stat"], Unit=stat["unit"]),
        }
    return {**made, "ReturnData": block["return_data"] is not False}


def _custom_block(found: Mapping[str, Any]) -> State:
    return {
        "metric_name": found.get("MetricName", ""),
        "namespace": found.get("Namespace", ""),
        "statistic": found.get("Statistic", ""),
        "unit": found.get("Unit", ""),
        "dimensions": _dimension_blocks(found.get("Dimensions")),
        "metrics": [_metric_block(each) for each in found.get("Metrics", [])],
    }


def _metric_block(found: Mapping[str, Any]) -> State:
    stat = found.get("MetricStat")
    return {
        "id": found["Id"],
        "expression": found.get("Expression", ""),
        "label": found.get("Label", ""),
        "return_data": found.get("ReturnData", True),
        "metric_stat": [
            {
                "metric": [
                    {
                        "metric_name": each["Metric"].get("MetricName", ""),
                        "namespace": each["Metric"].get("Namespace", ""),
                        "dimensions": _dimension_blocks(each["Metric"].get("Dimensions")),
                    }
                ],
                "stat": each["Stat"],
                "unit": each.get("Unit", ""),
            }
            for each in ([stat] if stat else [])
        ],
    }


def _dimensions(blocks: Iterable[State] | None) -> list[dict[str, str]]:
    return [{"Name": each["name"], "Value": each["value"]} for each in blocks or ()]


def _dimension_blocks(found: Iterable[Mapping[str, str]] | None) -> list[State]:
    return [{"name": each["Name"], "value": each["Value"]} for each in found or ()]


def _given(**arguments: Any) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if value not in (None, "", [])}

"""An alarm's metrics: the blocks of the code and the queries of CloudWatch."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

OF_QUERY = {
    "account_id": "AccountId",
    "expression": "Expression",
    "id": "Id",
    "label": "Label",
    "period": "Period",
}
OF_METRIC = {"period": "Period", "stat": "Stat", "unit": "Unit"}


def queries(blocks: Iterable[State]) -> list[dict[str, Any]]:
    """Write `metric_query` blocks."""
    made = []
    for block in blocks:
        query = given(block, OF_QUERY) | {"ReturnData": bool(block["return_data"])}
        if block["metric"]:
            query["MetricStat"] = _metric_stat(block["metric"][0])
        made.append(query)
    return made


def blocks(queries: Iterable[Mapping[str, Any]]) -> list[State]:
    """Read `metric_query` blocks: missing values are zero, as in a state of the older SDK."""
    return [
        {
            "account_id": each.get("AccountId", ""),
            "expression": each.get("Expression", ""),
            "id": each["Id"],
            "label": each.get("Label", ""),
            "metric": [_block(each["MetricStat"])] if each.get("MetricStat") else [],
            "period": each.get("Period", 0),
            "return_data": bool(each.get("ReturnData")),
        }
        for each in queries
    ]


def dimensions(written: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted((written or {}).items())]


def dimensions_read(found: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in found or ()}


def _metric_stat(block: State) -> dict[str, Any]:
    metric: dict[str, Any] = {"MetricName": block["metric_name"]}
    if block["dimensions"]:
        metric["Dimensions"] = dimensions(block["dimensions"])
    if block["namespace"]:
        metric["Namespace"] = block["namespace"]
    return {"Metric": metric, **given(block, OF_METRIC)}


def _block(stat: Mapping[str, Any]) -> State:
    metric = stat.get("Metric") or {}
    return {
        "dimensions": dimensions_read(metric.get("Dimensions")),
        "metric_name": metric.get("MetricName", ""),
        "namespace": metric.get("Namespace", ""),
        "period": stat.get("Period", 0),
        "stat": stat.get("Stat", ""),
        "unit": stat.get("Unit", ""),
    }

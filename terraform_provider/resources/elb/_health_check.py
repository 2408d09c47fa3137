"""The health check of a target group."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import State

REQUEST = {
    "enabled": "HealthCheckEnabled",
    "healthy_threshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}
WITHOUT_PORT = ("port", "protocol")
OVER_HTTP = ("HTTP", "HTTPS")


def request(state: State) -> dict[str, Any]:
    """Return the arguments of CreateTargetGroup and ModifyTargetGroup; none without a block."""
    if not state["health_check"]:
        return {}
    block = state["health_check"][0]
    is_lambda = state["target_type"] == "lambda"
    left_out = WITHOUT_PORT if is_lambda else ()
    made = {
        key: block[name]
        for name, key in REQUEST.items()
        if name not in left_out and (block[name] or block[name] is False)
    }
    if block["matcher"] and (is_lambda or block["protocol"] in (None, *OVER_HTTP)):
        kind = "GrpcCode" if state["protocol_version"] == "GRPC" else "HttpCode"
        made["Matcher"] = {kind: block["matcher"]}
    return made


def as_block(found: Mapping[str, Any]) -> list[State]:
    matcher = found.get("Matcher", {})
    return [
        {
            **{name: found[key] for name, key in REQUEST.items() if key in found},
            "matcher": matcher.get("HttpCode") or matcher.get("GrpcCode"),
        }
    ]

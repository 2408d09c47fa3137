"""Access log lines in a stage's own format, built from Envoy's log data. Pure."""

import re
import uuid
from datetime import datetime
from typing import Any

from localcloud.apigateway.envoy import REPLIES

VARIABLE = re.compile(r"\$context(?:\.[A-Za-z]+)+")
ERRORS = {status: text for _, status, text in REPLIES}


def line(log_format: str, api_id: str, noted: dict[str, Any]) -> tuple[int, str]:
    """Format a line -> time in ms, text. A variable that is unknown or has no value becomes `-`, as on AWS."""
    start = datetime.fromisoformat(noted["start"])
    reached = noted["upstream"] is not None
    values = {
        "requestId": str(uuid.uuid4()),
        "requestTime": start.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": str(int(start.timestamp() * 1000)),
        "identity.sourceIp": noted["ip"],
        "identity.userAgent": noted["agent"],
        "httpMethod": noted["method"],
        "path": noted["path"],
        "protocol": noted["protocol"],
        "domainName": noted["host"],
        "apiId": api_id,
        "stage": "$default",
        "routeKey": noted["route"],
        "status": noted["status"],
        "responseLength": noted["bytes"],
        "responseLatency": noted["ms"],
        "integrationStatus": noted["status"] if reached else None,
        "integration.status": noted["status"] if reached else None,
        "integrationLatency": noted["ms"] if reached else None,
        "error.message": None if reached else ERRORS.get(noted["status"]),
    }

    def value(match: re.Match[str]) -> str:
        known = values.get(match[0].removeprefix("$context."))
        return "-" if known is None else str(known)

    return int(start.timestamp() * 1000), VARIABLE.sub(value, log_format)

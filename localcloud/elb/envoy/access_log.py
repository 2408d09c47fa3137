"""Access logs: the fields that Envoy writes for each request, and their translation into ALB's line. Pure."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from localcloud.elb.envoy.rules import METADATA
from localcloud.elb.model import Balancer, Listener

JSON = dict[str, Any]

BY_TARGET = "via_upstream"
CLIENT_CLOSED = "DC"
MICROSECONDS = 1_000_000

FORMAT = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%6fZ)%",
    "client": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
    "target": "%UPSTREAM_HOST%",
    "group": "%UPSTREAM_CLUSTER%",
    "request_us": "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:us)%",
    "target_us": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:us)%",
    "response_us": "%COMMON_DURATION(US_RX_BEG:DS_TX_BEG:us)%",
    "duration_ms": "%DURATION%",
    "code": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "received": "%DOWNSTREAM_WIRE_BYTES_RECEIVED%",
    "sent": "%DOWNSTREAM_WIRE_BYTES_SENT%",
    "method": "%REQ(:METHOD)%",
    "authority": "%REQ(:AUTHORITY)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "agent": "%REQ(USER-AGENT)%",
    "cipher": "%DOWNSTREAM_TLS_CIPHER%",
    "tls": "%DOWNSTREAM_TLS_VERSION%",
    "trace": "%REQ(X-AMZN-TRACE-ID)%",
    "server_name": "%REQUESTED_SERVER_NAME%",
    "priority": f"%METADATA(ROUTE:{METADATA}:priority)%",
    "action": f"%METADATA(ROUTE:{METADATA}:action)%",
    "location": "%RESP(LOCATION)%",
    "connection": "%CONNECTION_ID%",
}


def access_logger(listener: Listener, path: Path) -> JSON:
    """Return the logger that makes Envoy write a line of JSON to `path` for each request of a listener."""
    certificate = listener.tls.certificates[0].arn if listener.tls and listener.tls.certificates else "-"
    known = {"port": str(listener.port), "scheme": listener.protocol.lower(), "certificate": certificate}
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {"json_format": FORMAT | known},
        },
    }


def object_key(prefix: str, balancer: Balancer, address: str, end: datetime, random: str) -> str:
    """Return the key of a log file in its bucket; `end`, UTC, is the end of the period it covers."""
    region, account_id = balancer.arn.split(":")[3:5]
    name = balancer.name.replace("/", ".")
    return (
        f"{folder(prefix, balancer)}/elasticloadbalancing/{region}/{end:%Y/%m/%d}/"
        f"{account_id}_elasticloadbalancing_{region}_{name}_{end:%Y%m%dT%H%MZ}_{address}_{random}.log.gz"
    )


def folder(prefix: str, balancer: Balancer) -> str:
    """Return the folder that contains all logs of this account."""
    return f"{prefix.strip('/')}/".lstrip("/") + f"AWSLogs/{balancer.arn.split(':')[4]}"


def alb_line(written: str, balancer: Balancer) -> str:
    """Translate Envoy's line into ALB's, with the fields in the order of its user guide ("Access log entries")."""
    entry: JSON = {key: "-" if value is None else value for key, value in json.loads(written).items()}
    flags = str(entry["flags"]).split(",")
    by_target = entry["details"] == BY_TARGET
    answered = CLIENT_CLOSED not in flags
    status = entry["code"] if answered else 460
    target_status = entry["code"] if by_target else "-"
    target = entry["target"]
    scheme = entry["scheme"]
    kind = "h2" if entry["protocol"] == "HTTP/2" else scheme
    host = str(entry["authority"]).rsplit(":", 1)[0]
    url = f"{scheme}://{host}:{entry['port']}{entry['path']}" if entry["path"] != "-" else "-"
    protocol = {"HTTP/2": "HTTP/2.0"}.get(str(entry["protocol"]), entry["protocol"])
    arn_prefix = balancer.arn.rsplit(":", 1)[0]
    group = f"{arn_prefix}:{entry['group']}" if entry["group"] != "-" else "-"
    connection = f"{entry['client']} {entry['connection']}"
    redirect = entry["location"] if entry["action"] == "redirect" else "-"
    fields = [
        kind, entry["time"], balancer.name, entry["client"], target,
        _seconds(entry["request_us"]), _seconds(entry["target_us"]), _seconds(entry["response_us"]),
        status, target_status, entry["received"], entry["sent"],
        _quoted(f"{entry['method']} {url} {protocol}"), _quoted(entry["agent"]), entry["cipher"], entry["tls"],
        group, _quoted(entry["trace"]), _quoted(entry["server_name"]), _quoted(entry["certificate"]),
        entry["priority"], entry["time"], _quoted(entry["action"]), _quoted(redirect), _quoted("-"),
        _quoted(target), _quoted(target_status), _quoted("-"), _quoted("-"),
        f"TID_{hashlib.sha256(connection.encode()).hexdigest()[:32]}",
    ]  # fmt: skip
    return " ".join(str(field) for field in fields)


def _seconds(microseconds: object) -> str:
    """Return seconds as ALB writes them; -1 where ALB has nothing to measure."""
    return f"{microseconds / MICROSECONDS:.3f}" if isinstance(microseconds, int) else "-1"


def _quoted(text: object) -> str:
    return '"' + str(text).replace('"', '\\"') + '"'

"""Envoy's HTTP handling for a listener: filters, timeouts, and the balancer's own responses. Pure."""

from pathlib import Path
from typing import Any

from localcloud.elb.envoy import access_log, request_filter, statistics, stickiness
from localcloud.elb.model import Listener, resource_name

JSON = dict[str, Any]

TYPES = "type.googleapis.com/"
SERVER = "awselb/2.0"
HTTP_10_HOST = "127.0.0.1"

# Envoy's own responses with ALB's status codes, tried in this order. Envoy's response flags: UF connect failed, UC
# connection ended, UR and LR reset, UPE malformed response; UH no healthy host, NC no cluster, UO overflow, UT and SI
# timeouts, DPE a request that is not HTTP. A connect timeout is also UF: only the details distinguish it.
CONNECT_TIMED_OUT = "connection_timeout"
TARGET_FAILED = ["UF", "UC", "UR", "LR", "UPE"]
NO_TARGET = ["UH", "NC", "UO"]
TIMED_OUT = ["UT", "SI"]
CHOSEN = ("direct_response", "lua_response")
"""Response details set by rules and by our filter: those responses have a page of their own, or none."""
MAX_HEADERS_KIB = 64
MAX_HEADERS = 10_000
"""High enough to be no limit: ALB counts bytes, not headers."""
# RE2 has no negation: match every first letter except w. This includes h2c.
NOT_WEBSOCKET = {"safe_regex": {"regex": "(?i)[^w].*"}}
TITLES = {
    400: "Bad Request",
    413: "Request Entity Too Large",
    501: "Not Implemented",
    408: "Request Time-out",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
PLAIN_HTTP = "The plain HTTP request was sent to HTTPS port"
ROUTER: JSON = {
    "name": "envoy.filters.http.router",
    "typed_config": {
        "@type": TYPES + "envoy.extensions.filters.http.router.v3.Router",
        "suppress_envoy_headers": True,
    },
}


def connection_manager(listener: Listener, route_source: JSON, log_file: Path | None) -> JSON:
    """Return the HTTP connection manager of a listener.

    `route_source`: the source of its rules; `log_file`: the log of its requests.
    """
    idle = f"{listener.balancer.idle_timeout_s}s"
    logs = statistics.access_loggers(listener.balancer.name)
    if log_file is not None:
        logs.append(access_log.access_logger(listener, log_file))
    return {
        "@type": TYPES + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": resource_name(listener.arn),
        "codec_type": "HTTP1" if listener.tls is None else "AUTO",
        "rds": {"route_config_name": resource_name(listener.arn), "config_source": route_source},
        "access_log": logs,
        "common_http_protocol_options": {
            "idle_timeout": idle,
            "max_connection_duration": f"{listener.balancer.client_keep_alive_s}s",
            "max_headers_count": MAX_HEADERS,
        },
        "max_request_headers_kb": MAX_HEADERS_KIB,
        # The last response says `connection: close`; without this, requests in flight are cut off.
        "http1_safe_max_connection_duration": True,
        "stream_idle_timeout": idle,
        "use_remote_address": True,
        "skip_xff_append": True,
        "generate_request_id": False,
        "preserve_external_request_id": True,
        "http_protocol_options": {
            "accept_http_10": True,
            "default_host_for_http_10": HTTP_10_HOST,
            # ALB supports only websocket upgrades: other requests are served as if they had not requested an upgrade.
            "ignore_http_11_upgrade": [NOT_WEBSOCKET],
        },
        "server_header_transformation": "PASS_THROUGH",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [
            request_filter.http_filter(),
            stickiness.http_filter(),
            ROUTER,
        ],
        "local_reply_config": {"mappers": _own_responses(names_server=listener.names_server)},
    }


def _own_responses(*, names_server: bool) -> list[JSON]:
    replies = [
        _reply(_details_contain(CONNECT_TIMED_OUT), 504),
        _reply(_flags(TARGET_FAILED), 502),
        _reply(_flags(NO_TARGET), 503),
        _reply(_all_of(_flags(TIMED_OUT), _status_is(504)), 504),
        _reply(_all_of(_flags(TIMED_OUT), _status_is(408)), 408),
        # Requests that Envoy itself finds malformed, too large, or without a path.
        *(_reply(_all_of(_envoys_own(), _status_is(code)), 400) for code in (400, 403, 404, 426, 431)),
        *(_reply(_all_of(_envoys_own(), _status_is(code)), code) for code in (413, 501)),
        _reply(_status_is(0, "GE")),
    ]
    server = {"header": {"key": "server", "value": SERVER}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    return [reply | {"headers_to_add": [server]} for reply in replies] if names_server else replies


def refusing_plain_http(listener: Listener, log_file: Path | None) -> JSON:
    """Return the connection manager of an HTTPS listener for connections that begin without TLS: each gets one 400,
    which is logged and counted.
    """
    manager = connection_manager(listener, {}, log_file)
    del manager["rds"]
    response = {
        "match": {"prefix": ""},
        "direct_response": {
            "status": 400,
            "body": {"inline_string": _page(f"400 {PLAIN_HTTP}", "400 Bad Request", PLAIN_HTTP)},
        },
        "response_headers_to_add": [
            {"header": {"key": "content-type", "value": "text/html"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ],
    }
    once = manager["common_http_protocol_options"] | {"max_requests_per_connection": 1}
    return manager | {
        "codec_type": "HTTP1",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [response]}]},
        "common_http_protocol_options": once,
        "http_filters": [ROUTER],
    }


def _page(title: str, *lines: str) -> str:
    """Return a page in ALB's HTML; the first line is the heading."""
    heading, *others = lines
    centered = "\r\n".join(f"<center>{line}</center>" for line in (f"<h1>{heading}</h1>", *others))
    return f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n{centered}\r\n</body>\r\n</html>\r\n"


def _reply(condition: JSON, status: int | None = None) -> JSON:
    reply: JSON = {"filter": condition}
    if status is not None:
        title = f"{status} {TITLES[status]}"
        reply["status_code"] = status
        reply["body_format_override"] = {
            "content_type": "text/html",
            "text_format_source": {"inline_string": _page(title, title)},
        }
    return reply


def _all_of(*filters: JSON) -> JSON:
    return {"and_filter": {"filters": list(filters)}}


def _flags(flags: list[str]) -> JSON:
    return {"response_flag_filter": {"flags": flags}}


def _status_is(status: int, operation: str = "EQ") -> JSON:
    value = {"default_value": status, "runtime_key": "none"}
    return {"status_code_filter": {"comparison": {"op": operation, "value": value}}}


def _envoys_own() -> JSON:
    return _expression(" && ".join(f"response.code_details != '{details}'" for details in CHOSEN))


def _details_contain(text: str) -> JSON:
    return _expression(f"response.code_details.contains('{text}')")


def _expression(text: str) -> JSON:
    return {
        "extension_filter": {
            "name": "details",
            "typed_config": {
                "@type": TYPES + "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                "expression": text,
            },
        }
    }

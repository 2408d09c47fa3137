"""Envoy's configuration for a load balancer that behaves like ALB. Pure: values in, JSON values out.

One listener resource and one route configuration for each listener, one cluster for each target group, one endpoint
assignment for each cluster. Each is a resource of its own, so that a change of one leaves the others as they are:
rules and weights are routes, targets and their health are endpoints, and neither touches a listener or a connection.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from localcloud.elb.model import Algorithm, Listener, TargetGroup, resource_name
from localcloud.elb.moto_state import ADDRESS
from localcloud.elb.rules import routes
from localcloud.elb.targets import Target, TargetState

JSON = dict[str, Any]

CONNECT_TIMEOUT_S = 10
UPSTREAM_IDLE_TIMEOUT_S = 60
"""Below the 75 s that the application keeps idle connections: of the two, the balancer must be the first to close."""
NO_LIMIT = 1_000_000
SERVER = "awselb/2.0"

POLICIES = {
    Algorithm.ROUND_ROBIN: "ROUND_ROBIN",
    Algorithm.LEAST_OUTSTANDING_REQUESTS: "LEAST_REQUEST",
    Algorithm.WEIGHTED_RANDOM: "RANDOM",
}
TYPES = "type.googleapis.com/"
HTTP_PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

# What Envoy answers itself, and ALB's code for it; tried in this order. Envoy's response flags: UF connect failed,
# UC connection ended, UR and LR reset, UPE malformed response; UH no healthy host, NC no cluster, UO overflow,
# UT and SI timeouts. A connection that is not made in time is also UF: only the details tell it.
CONNECT_TIMED_OUT = "connection_timeout"
TARGET_FAILED = ["UF", "UC", "UR", "LR", "UPE"]
NO_TARGET = ["UH", "NC", "UO"]
TIMED_OUT = ["UT", "SI"]
TITLES = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


def bootstrap(directory: Path, admin_port: int = 0) -> JSON:
    """Where Envoy finds the rest: files below `directory`; admin port 0 lets the system choose."""
    return {
        "node": {"id": "localcloud", "cluster": "localcloud"},
        "admin": {"address": _socket(ADDRESS, admin_port)},
        "dynamic_resources": {
            "lds_config": file_source(directory / "listeners" / "listeners.json"),
            "cds_config": file_source(directory / "clusters" / "clusters.json"),
        },
        # Envoy warns when there is no limit at all.
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": TYPES
                        + "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": NO_LIMIT,
                    },
                }
            ]
        },
    }


def file_source(path: Path) -> JSON:
    """A resource file; Envoy looks again whenever a file is moved into the folder, which must hold only this one."""
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
    }


def listener(held: Listener, route_source: JSON) -> JSON:
    """One listener; `route_source` is where its rules are."""
    return {
        "@type": TYPES + "envoy.config.listener.v3.Listener",
        # Its port is part of its name: another port is another listener.
        "name": f"{resource_name(held.arn)}/{held.port}",
        "address": _socket(ADDRESS, held.port),
        # With SO_REUSEPORT a second Envoy on the same port would silently get half of the connections.
        "enable_reuse_port": False,
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(held, route_source),
                    }
                ]
            }
        ],
    }


def route_configuration(held: Listener) -> JSON:
    """The rules of one listener."""
    return {
        "@type": TYPES + "envoy.config.route.v3.RouteConfiguration",
        "name": resource_name(held.arn),
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes(held)}],
        "request_headers_to_add": [
            # Envoy's own X-Forwarded-For names the machine's address in place of a client on loopback.
            {
                "header": {"key": "x-forwarded-for", "value": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"},
                "append_action": "APPEND_IF_EXISTS_OR_ADD",
            },
            {
                "header": {"key": "x-forwarded-port", "value": str(held.port)},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            },
        ],
        "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
        "validate_clusters": False,
    }


def cluster(group: TargetGroup, endpoint_source: JSON) -> JSON:
    """One target group. Nothing of its health check is here: that is ours, and so changes it without a new cluster."""
    name = resource_name(group.arn)
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), NO_LIMIT)
    return {
        "@type": TYPES + "envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": endpoint_source},
        "connect_timeout": f"{CONNECT_TIMEOUT_S}s",
        "lb_policy": POLICIES[group.algorithm],
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {"thresholds": [limits]},
        "typed_extension_protocol_options": {
            HTTP_PROTOCOL_OPTIONS: {
                "@type": TYPES + HTTP_PROTOCOL_OPTIONS,
                "common_http_protocol_options": {"idle_timeout": f"{UPSTREAM_IDLE_TIMEOUT_S}s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def endpoints(group_name: str, targets: Mapping[tuple[str, int], Target]) -> JSON:
    """The targets of one group with the health that routing goes by."""
    routed = routed_states(target.state for target in targets.values())
    return {
        "@type": TYPES + "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": group_name,
        "endpoints": [
            {
                "lb_endpoints": [
                    {
                        "endpoint": {"address": _socket(address, port)},
                        "health_status": _health_status(target.state, routed),
                    }
                    for (address, port), target in sorted(targets.items())
                ]
            }
        ],
    }


def routed_states(states: Iterable[TargetState]) -> frozenset[TargetState]:
    """The states that get requests: healthy; where nothing is, all that failed their checks (ALB's fail-open).

    A target that was never checked gets none.
    """
    if TargetState.HEALTHY in states:
        return frozenset({TargetState.HEALTHY})
    return frozenset({TargetState.UNHEALTHY, TargetState.UNAVAILABLE})


def _health_status(state: TargetState, routed: frozenset[TargetState]) -> str:
    if state is TargetState.DRAINING:
        return "DRAINING"
    return "HEALTHY" if state in routed else "UNHEALTHY"


def _connection_manager(held: Listener, route_source: JSON) -> JSON:
    idle = f"{held.idle_timeout_s}s"
    return {
        "@type": TYPES + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": resource_name(held.arn),
        "codec_type": "HTTP1",
        "rds": {"route_config_name": resource_name(held.arn), "config_source": route_source},
        "common_http_protocol_options": {"idle_timeout": idle},
        "stream_idle_timeout": idle,
        "use_remote_address": True,
        "skip_xff_append": True,
        "generate_request_id": False,
        "preserve_external_request_id": True,
        "http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": ADDRESS},
        "server_header_transformation": "PASS_THROUGH",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": TYPES + "envoy.extensions.filters.http.router.v3.Router",
                    "suppress_envoy_headers": True,
                },
            }
        ],
        "local_reply_config": {
            "mappers": [
                _reply(_details_contain(CONNECT_TIMED_OUT), 504),
                _reply(_flags(TARGET_FAILED), 502),
                _reply(_flags(NO_TARGET), 503),
                _reply({"and_filter": {"filters": [_flags(TIMED_OUT), _status_is(504)]}}, 504),
                _reply(_status_is(0, "GE")),
            ]
        },
    }


def _reply(condition: JSON, status: int | None = None) -> JSON:
    reply: JSON = {
        "filter": condition,
        "headers_to_add": [
            {"header": {"key": "server", "value": SERVER}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ],
    }
    if status is not None:
        title = f"{status} {TITLES[status]}"
        page = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            "</body>\r\n</html>\r\n"
        )
        reply["status_code"] = status
        reply["body_format_override"] = {
            "content_type": "text/html",
            "text_format_source": {"inline_string": page},
        }
    return reply


def _flags(flags: list[str]) -> JSON:
    return {"response_flag_filter": {"flags": flags}}


def _status_is(status: int, operation: str = "EQ") -> JSON:
    value = {"default_value": status, "runtime_key": "none"}
    return {"status_code_filter": {"comparison": {"op": operation, "value": value}}}


def _details_contain(text: str) -> JSON:
    return {
        "extension_filter": {
            "name": "details",
            "typed_config": {
                "@type": TYPES + "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                "expression": f"response.code_details.contains('{text}')",
            },
        }
    }


def _socket(address: str, port: int) -> JSON:
    return {"socket_address": {"address": address, "port_value": port}}

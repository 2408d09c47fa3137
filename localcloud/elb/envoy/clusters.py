"""Envoy configuration for a load balancer that behaves like ALB. Pure: values in, JSON values out.

There is one listener resource and one route configuration for each listener, and one cluster with one endpoint
assignment for each target group. Each is a separate resource, so that changing one leaves the others alone: rules and
weights are routes, targets and their health are endpoints, and neither touches a listener or a connection.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.elb import tls
from localcloud.elb.envoy.connection_manager import MAX_HEADERS, connection_manager, refusing_plain_http
from localcloud.elb.envoy.connections import socket_options
from localcloud.elb.envoy.request_filter import TARGET_HEADER
from localcloud.elb.envoy.rules import routes
from localcloud.elb.envoy.statistics import BUCKETS
from localcloud.elb.model import Algorithm, ForwardedFor, Listener, Minimum, TargetGroup, resource_name
from localcloud.elb.moto_state import ADDRESS
from localcloud.elb.targets.states import Target, TargetState

JSON = dict[str, Any]

CONNECT_TIMEOUT_S = 10
UPSTREAM_IDLE_TIMEOUT_S = 60
"""Below the 75 s that the application keeps idle connections: the balancer must close first."""
MAX_RESPONSE_HEADERS_KIB = 32
"""Beyond this, clients get 502 (aws-facts 2)."""
NO_LIMIT = 1_000_000

POLICIES = {
    Algorithm.ROUND_ROBIN: "ROUND_ROBIN",
    Algorithm.LEAST_OUTSTANDING_REQUESTS: "LEAST_REQUEST",
    Algorithm.WEIGHTED_RANDOM: "RANDOM",
}
TYPES = "type.googleapis.com/"
HTTP_PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def bootstrap(directory: Path, admin_socket: Path) -> JSON:
    """Return the bootstrap configuration, which points Envoy to the resource files below `directory`."""
    return {
        "node": {"id": "localcloud", "cluster": "localcloud"},
        "admin": {"address": {"pipe": {"path": str(admin_socket), "mode": 0o600}}},
        "dynamic_resources": {
            "lds_config": file_source(directory / "listeners" / "listeners.json"),
            "cds_config": file_source(directory / "clusters" / "clusters.json"),
        },
        "stats_config": {"histogram_bucket_settings": [BUCKETS]},
        "stats_flush_interval": "1s",
        # Envoy warns when no limit is set.
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
    """Return the source for a resource file. Envoy reads it again whenever a file is moved into its directory, which
    must contain only this file.
    """
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
    }


def listener(configured: Listener, route_source: JSON, log_file: Path | None) -> JSON:
    """Return the resource of a listener. `route_source`: source of its rules; `log_file`: log of its requests."""
    served = _chain(connection_manager(configured, route_source, log_file))
    chains: JSON = {"filter_chains": [served]}
    if configured.tls is not None:
        served["transport_socket"] = tls.transport_socket(configured.tls, http2=configured.balancer.http2)
        chains = {
            "listener_filters": [tls.INSPECTOR],
            "listener_filters_timeout": f"{configured.balancer.idle_timeout_s}s",
            "filter_chains": [
                served | {"filter_chain_match": {"transport_protocol": "tls"}},
                _chain(refusing_plain_http(configured, log_file))
                | {"filter_chain_match": {"transport_protocol": "raw_buffer"}},
            ],
        }
    return {
        "@type": TYPES + "envoy.config.listener.v3.Listener",
        # The port is part of the name: another port is another listener.
        "name": f"{resource_name(configured.arn)}/{configured.port}",
        "address": _socket(ADDRESS, configured.port),
        # With SO_REUSEPORT, a second Envoy on the same port would silently get half of the connections.
        "enable_reuse_port": False,
        **chains,
    }


def _chain(manager: JSON) -> JSON:
    return {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}


def route_configuration(configured: Listener, groups: Mapping[str, TargetGroup]) -> JSON:
    """Return the rules of a listener as routes; `groups`: by ARN."""
    removed = ["x-envoy-external-address", "x-envoy-internal", TARGET_HEADER]
    if configured.balancer.forwarded_for is ForwardedFor.REMOVE:
        removed.append("x-forwarded-for")
    return {
        "@type": TYPES + "envoy.config.route.v3.RouteConfiguration",
        "name": resource_name(configured.arn),
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes(configured, groups)}],
        "request_headers_to_add": list(_added_headers(configured)),
        "request_headers_to_remove": removed,
        "response_headers_to_add": [_overwritten(key, value) for key, value in configured.response_headers],
        "validate_clusters": False,
    }


def _added_headers(configured: Listener) -> Iterable[JSON]:
    overwritten = {"x-forwarded-port": str(configured.port)}
    if configured.balancer.tls_headers and configured.tls is not None:
        overwritten[configured.tls_version_header] = "%DOWNSTREAM_TLS_VERSION%"
        overwritten[configured.tls_cipher_header] = "%DOWNSTREAM_TLS_CIPHER%"
    for key, value in overwritten.items():
        yield {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _overwritten(key: str, value: str) -> JSON:
    plain = value.replace("%", "%%")  # Envoy expands variables marked with %
    return {"header": {"key": key, "value": plain}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def cluster(group: TargetGroup, endpoint_source: JSON, slow_start_s: float, label: int) -> JSON:
    """Return the cluster of a target group. `slow_start_s`: real seconds, 0 is off; `label`: marks its connections.

    Health check settings are not part of it: the checks are ours, so changing them needs no new cluster.
    """
    name = resource_name(group.arn)
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), NO_LIMIT)
    slow_start: JSON = {"slow_start_window": f"{slow_start_s:.3f}s"}
    return {
        "@type": TYPES + "envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": endpoint_source},
        "connect_timeout": f"{CONNECT_TIMEOUT_S}s",
        "lb_policy": POLICIES[group.algorithm],
        **({"round_robin_lb_config": {"slow_start_config": slow_start}} if slow_start_s else {}),
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {"thresholds": [limits]},
        "upstream_bind_config": {"socket_options": socket_options(label)},
        **({"transport_socket": tls.TO_TARGETS} if group.is_https else {}),
        "typed_extension_protocol_options": {
            HTTP_PROTOCOL_OPTIONS: {
                "@type": TYPES + HTTP_PROTOCOL_OPTIONS,
                "common_http_protocol_options": {
                    "idle_timeout": f"{UPSTREAM_IDLE_TIMEOUT_S}s",
                    "max_headers_count": MAX_HEADERS,
                    "max_response_headers_kb": MAX_RESPONSE_HEADERS_KIB,
                },
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def endpoints(group_name: str, targets: Mapping[tuple[str, int], Target], minimum: Minimum) -> JSON:
    """Return the endpoints of a group: the targets that get requests or drain.

    Other targets are left out, because Envoy's slow start begins when a host appears.
    """
    routed = routed_states([target.state for target in targets.values()], minimum)
    return {
        "@type": TYPES + "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": group_name,
        "endpoints": [
            {
                "lb_endpoints": [
                    {
                        "endpoint": {"address": _socket(address, port)},
                        "health_status": "HEALTHY" if target.state in routed else "DRAINING",
                    }
                    for (address, port), target in sorted(targets.items())
                    if target.state in routed or target.state is TargetState.DRAINING
                ]
            }
        ],
    }


def routed_states(states: Sequence[TargetState], minimum: Minimum) -> frozenset[TargetState]:
    """Return the states that get requests: healthy and, below the minimum, also those that failed their checks (ALB's
    fail-open).

    A target that was never checked gets none.
    """
    healthy = states.count(TargetState.HEALTHY)
    failed = sum(state in (TargetState.UNHEALTHY, TargetState.UNAVAILABLE) for state in states)
    if healthy >= minimum.count and healthy * 100 >= minimum.percentage * (healthy + failed):
        return frozenset({TargetState.HEALTHY})
    return frozenset({TargetState.HEALTHY, TargetState.UNHEALTHY, TargetState.UNAVAILABLE})


def _socket(address: str, port: int) -> JSON:
    return {"socket_address": {"address": address, "port_value": port}}

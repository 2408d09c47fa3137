"""Envoy's configuration for one HTTP API. Pure: values in, JSON values out."""

from typing import Any

from localcloud.apigateway import request_filter
from localcloud.apigateway.model import Gateway, Route, Target
from localcloud.elb.moto_state import ADDRESS as BALANCERS_ADDRESS

JSON = dict[str, Any]

TYPES = "type.googleapis.com/"
LOG_FIELDS = {
    "start": "%START_TIME%",
    "ip": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ)%",
    "host": "%REQ(:AUTHORITY)%",
    "agent": "%REQ(USER-AGENT)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "bytes": "%BYTES_SENT%",
    "ms": "%DURATION%",
    "integration_ms": "%RESPONSE_TX_DURATION%",
    "upstream": "%UPSTREAM_HOST%",
    "route": "%ROUTE_NAME%",
}
TOO_MANY = 429
# API Gateway's own responses when Envoy fails a request, by Envoy's response flags. Throttled requests are matched by
# status instead, because Envoy sets their flag only after the response.
REPLIES: tuple[tuple[list[str], int, str], ...] = (
    ([], TOO_MANY, "Too Many Requests"),
    (["NR"], 404, "Not Found"),
    (["UF", "UC", "UR", "LR", "UPE", "UH", "NC", "UO", "UT"], 503, "Service Unavailable"),
)
FILL_INTERVAL_S = 0.1
SHORTEST_FILL_INTERVAL_S = 0.05


def bootstrap(gateway: Gateway, address: str, port: int) -> JSON:
    """Return the whole configuration: APIs change rarely, and then their Envoy is restarted."""
    routes = sorted(gateway.routes, key=lambda route: route.rank)
    return {
        "static_resources": {
            "listeners": [
                {
                    "name": gateway.api_id,
                    "address": _socket(address, port),
                    "enable_reuse_port": False,
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": _connection_manager(gateway, routes),
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": [_cluster(f"route-{number}", route.target, address) for number, route in enumerate(routes)],
        },
    }


def _connection_manager(gateway: Gateway, routes: list[Route]) -> JSON:
    return {
        "@type": TYPES + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": gateway.api_id,
        "use_remote_address": True,
        "skip_xff_append": True,
        "generate_request_id": False,
        "server_header_transformation": "PASS_THROUGH",
        "access_log": [
            {
                "name": "envoy.access_loggers.stdout",
                "typed_config": {
                    "@type": TYPES + "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                    "log_format": {"json_format": {"access": LOG_FIELDS}},
                },
            }
        ],
        "http_filters": [
            *_throttle(gateway),
            request_filter.http_filter(),
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": TYPES + "envoy.extensions.filters.http.router.v3.Router",
                    "suppress_envoy_headers": True,
                },
            },
        ],
        "local_reply_config": {"mappers": [_reply(flags, status, text) for flags, status, text in REPLIES]},
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [_route(gateway.api_id, f"route-{number}", route) for number, route in enumerate(routes)],
                }
            ],
            "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
        },
    }


def _throttle(gateway: Gateway) -> list[JSON]:
    """Return AWS's token bucket: at most `burst` tokens, refilled at `rate_per_s`. Both are in real time."""
    if gateway.rate_per_s is None or gateway.burst is None:
        return []
    tokens = max(1, round(gateway.rate_per_s * FILL_INTERVAL_S))
    interval_s = max(SHORTEST_FILL_INTERVAL_S, tokens / gateway.rate_per_s)
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return [
        {
            "name": "envoy.filters.http.local_ratelimit",
            "typed_config": {
                "@type": TYPES + "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
                "stat_prefix": "throttle",
                "token_bucket": {
                    "max_tokens": max(1, gateway.burst),
                    "tokens_per_fill": tokens,
                    "fill_interval": f"{interval_s:.3f}s",
                },
                "filter_enabled": always,
                "filter_enforced": always,
            },
        }
    ]


def _route(api_id: str, cluster: str, route: Route) -> JSON:
    match: JSON = {"safe_regex": {"regex": route.path_pattern}}
    if route.method is not None:
        match["headers"] = [{"name": ":method", "string_match": {"exact": route.method}}]
    return {
        "name": route.key,
        "match": match,
        "metadata": {
            "filter_metadata": {
                request_filter.NAME: request_filter.settings(api_id, route.key, route.target.header_changes)
            }
        },
        "route": {"cluster": cluster, "timeout": f"{route.target.timeout_s:.3f}s"},
    }


def _cluster(name: str, target: Target, address: str) -> JSON:
    """`address`: source address of connections to the load balancer, like that of a VPC link."""
    reached = [] if target.port is None else [{"endpoint": {"address": _socket(BALANCERS_ADDRESS, target.port)}}]
    cluster: JSON = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": f"{target.timeout_s:.3f}s",
        "upstream_bind_config": {"source_address": {"address": address, "port_value": 0}},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": reached}],
        },
    }
    if target.is_tls:  # The local cloud issues this certificate itself, so it is not verified.
        tls: JSON = {"@type": TYPES + "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"}
        if target.server_name:
            tls["sni"] = target.server_name
        cluster["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": tls}
    return cluster


def _reply(flags: list[str], status: int, text: str) -> JSON:
    by_status = {
        "status_code_filter": {"comparison": {"op": "EQ", "value": {"default_value": status, "runtime_key": "-"}}}
    }
    return {
        "filter": {"response_flag_filter": {"flags": flags}} if flags else by_status,
        "status_code": status,
        "body_format_override": {"json_format": {"message": text}},
    }


def _socket(address: str, port: int) -> JSON:
    return {"socket_address": {"address": address, "port_value": port}}

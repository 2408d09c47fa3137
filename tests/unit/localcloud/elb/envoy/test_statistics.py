"""Envoy's counters as statistics, and its log lines as ALB's."""

import json
from datetime import UTC, datetime

from localcloud.elb.envoy.access_log import alb_line, object_key
from localcloud.elb.envoy.statistics import Histogram, by_class, read_statistics
from localcloud.elb.model import Balancer

ARN = "arn:aws:elasticloadbalancing:us-west-1:123456789012:"
BALANCER = Balancer(arn=f"{ARN}loadbalancer/app/lb/1")


def test_answers_are_counted_by_who_gave_them() -> None:
    group = 'balancer="app/lb/1",group="targetgroup/a/1"'
    text = "\n".join(
        (
            "# TYPE envoy_alb_requests counter",
            f'envoy_alb_requests{{{group},code="200",details="via_upstream",flags="-"}} 7',
            f'envoy_alb_requests{{{group},code="503",details="via_upstream",flags="-"}} 1',
            f'envoy_alb_requests{{{group},code="502",details="upstream_reset{{x}}",flags="UF"}} 2',
            f'envoy_alb_requests{{{group},code="0",details="downstream_remote_disconnect",flags="DC"}} 3',
            f'envoy_alb_requests{{{group},code="503",details="no_healthy_upstream",flags="UH"}} 5',
            'envoy_alb_requests{balancer="app/lb/1",group="",code="301",details="lua_response",flags="-"} 4',
            f'envoy_alb_target_response_time_bucket{{{group},le="1000"}} 6',
            f'envoy_alb_target_response_time_bucket{{{group},le="2000"}} 8',
            f'envoy_alb_target_response_time_bucket{{{group},le="+Inf"}} 8',
            f"envoy_alb_target_response_time_sum{{{group}}} 9000",
            f"envoy_alb_target_response_time_count{{{group}}} 8",
        )
    )
    held = read_statistics(text, {"app/lb/1": 5, "app/idle/2": 0})
    one = held["app/lb/1"]
    assert (one.requests, one.client_closed, one.active_connections) == (22, 3, 5)
    assert (one.target_codes, one.balancer_codes) == ({200: 7, 503: 1}, {301: 4, 502: 2, 503: 5})
    assert one.groups["targetgroup/a/1"].connection_errors == 2
    assert one.groups["targetgroup/a/1"].without_target == 5
    assert one.groups["targetgroup/a/1"].response_time == Histogram((0.001, 0.002), (6, 8), 8, 0.009)
    assert held["app/idle/2"].requests == 0
    assert by_class(one.target_codes) == {2: 7, 5: 1}


def test_differences_are_of_the_time_between() -> None:
    earlier = Histogram((1.0, 2.0, 4.0), (10, 10, 10), 10, 5.0)
    later = Histogram((1.0, 2.0, 4.0), (10, 20, 30), 30, 50.0)
    between = later.since(earlier)
    assert between == Histogram((1.0, 2.0, 4.0), (0, 10, 20), 20, 45.0)
    assert earlier.since(later) == earlier, "Envoy started again"


def test_line_has_the_fields_of_alb_in_its_order() -> None:
    written = {
        "time": "2026-11-22T22:46:06.752668Z", "client": "127.0.0.1:4", "target": "127.0.0.2:8000",
        "group": "targetgroup/a/1", "request_us": 1200, "target_us": 21_000, "response_us": 0, "code": 200,
        "details": "via_upstream", "flags": None, "received": 90, "sent": 120, "method": "GET",
        "authority": "shop.example.com:443", "path": "/a?b", "protocol": "HTTP/2", "agent": None,
        "cipher": "TLS_AES_128_GCM_SHA256", "tls": "TLSv1.3", "trace": "Root=1-2-3", "server_name": "shop.example.com",
        "priority": "7", "action": "forward", "location": None, "connection": 3, "port": "443", "scheme": "https",
        "certificate": "arn:c",
    }  # fmt: skip
    fields = alb_line(json.dumps(written), BALANCER).rsplit(" TID_", 1)[0]
    assert fields == (
        "h2 2026-11-22T22:46:06.752668Z app/lb/1 127.0.0.1:4 127.0.0.2:8000 0.001 0.021 0.000 200 200 90 120 "
        '"GET https://shop.example.com:443/a?b HTTP/2.0" "-" TLS_AES_128_GCM_SHA256 TLSv1.3 '
        f'{ARN}targetgroup/a/1 "Root=1-2-3" "shop.example.com" "arn:c" 7 2026-11-22T22:46:06.752668Z "forward" '
        '"-" "-" "127.0.0.2:8000" "200" "-" "-"'
    )
    gone = written | {"flags": "DC", "code": 0, "details": "downstream_remote_disconnect", "response_us": None}
    assert " 0.001 0.021 -1 460 - " in alb_line(json.dumps(gone), BALANCER)


def test_key_is_laid_out_as_alb_does() -> None:
    end = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
    assert object_key("", BALANCER, "127.0.0.1", end, "r") == (
        "AWSLogs/123456789012/elasticloadbalancing/us-west-1/2026/11/22/"
        "123456789012_elasticloadbalancing_us-west-1_app.lb.1_20261122T0510Z_127.0.0.1_r.log.gz"
    )
    assert object_key("lb", BALANCER, "127.0.0.1", end, "r").startswith("lb/AWSLogs/123456789012/")

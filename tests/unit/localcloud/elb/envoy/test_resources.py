"""Envoy's files: which of them a change rewrites and which it leaves alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.elb.envoy.resources import Resources
from localcloud.elb.envoy.rules import routes
from localcloud.elb.model import (
    Algorithm,
    Balancer,
    Condition,
    Configuration,
    Field,
    FixedResponse,
    Forward,
    Listener,
    Minimum,
    Redirect,
    Rule,
    TargetGroup,
    TargetType,
)
from localcloud.elb.targets.health_checks import HealthCheck
from localcloud.elb.targets.states import Target, TargetHealth, TargetState
from localcloud.machine.clock import Clock

ARN = "arn:aws:elasticloadbalancing:us-west-1:123456789012:"


def group(name: str, **changed: Any) -> TargetGroup:
    known = {
        "arn": f"{ARN}targetgroup/{name}/0123",
        "port": 8000,
        "target_type": TargetType.IP,
        "algorithm": Algorithm.ROUND_ROBIN,
        "check": HealthCheck(path="/", port=None, interval_s=30, timeout_s=5, codes="200"),
        "healthy_threshold": 5,
        "unhealthy_threshold": 2,
        "deregistration_delay_s": 300.0,
        "in_use": True,
    }
    return TargetGroup(**(known | changed))


def listener(port: int, *rules: Rule) -> Listener:
    balancer = Balancer(arn=f"{ARN}loadbalancer/app/lb/1")
    return Listener(arn=f"{ARN}listener/app/lb/1/{port}", port=port, balancer=balancer, rules=rules)


def forward(*groups: tuple[str, int]) -> Rule:
    return Rule(arn="rule", conditions=(), action=Forward(tuple((group(name).arn, weight) for name, weight in groups)))


def target(state: TargetState) -> Target:
    drains_until = 1.0 if state is TargetState.DRAINING else None
    return Target(health=TargetHealth(state), since=0, drains_until=drains_until)


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*.json")}


def changed_files(resources: Resources, configuration: Configuration) -> set[str]:
    before = contents(resources.directory)
    resources.configure(configuration)
    after = contents(resources.directory)
    return {path for path in before | after if before.get(path) != after.get(path)}


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    created = Resources(tmp_path / "resources", Clock(5))
    created.clear()
    return created


def test_weights_and_rules_of_one_listener_change_its_routes_and_nothing_else(resources: Resources) -> None:
    groups = (group("blue"), group("green"))
    one, two = listener(8080, forward(("blue", 100), ("green", 0))), listener(8081, forward(("blue", 1)))
    resources.configure(Configuration((one, two), groups))
    shifted = replace(one, rules=(forward(("blue", 0), ("green", 100)),))
    assert changed_files(resources, Configuration((shifted, two), groups)) == {
        "routes/listener.app.lb.1.8080/routes.json"
    }


def test_health_check_settings_change_no_file(resources: Resources) -> None:
    one = listener(8080, forward(("blue", 1)))
    resources.configure(Configuration((one,), (group("blue"),)))
    slower = group(
        "blue",
        check=HealthCheck(path="/other", port=9, interval_s=60, timeout_s=9, codes="204"),
        healthy_threshold=9,
        deregistration_delay_s=1.0,
    )
    assert changed_files(resources, Configuration((one,), (slower,))) == set()


def test_another_listener_leaves_the_bytes_of_the_first_as_they_were(resources: Resources) -> None:
    one, two = listener(8080, forward(("blue", 1))), listener(8081, forward(("blue", 1)))

    def rendered() -> list[bytes]:
        content = json.loads((resources.directory / "listeners" / "listeners.json").read_bytes())
        return [json.dumps(held).encode() for held in content["resources"]]

    resources.configure(Configuration((one,), (group("blue"),)))
    before = rendered()
    resources.configure(Configuration((one, two), (group("blue"),)))
    assert rendered()[:1] == before
    assert len(rendered()) == 2


def test_removed_group_takes_its_files_along(resources: Resources) -> None:
    resources.configure(Configuration((), (group("blue"), group("green"))))
    resources.configure(Configuration((), (group("blue"),)))
    assert [path.name for path in (resources.directory / "endpoints").iterdir()] == ["targetgroup.blue.0123"]
    assert set(resources.versions) == {
        "cluster.targetgroup/blue/0123",
        "cluster_manager.cds",
        "listener_manager.lds",
    }


@pytest.mark.parametrize(
    ("states", "minimum", "routed"),
    [
        ("healthy unhealthy initial draining unused", Minimum(), "1 HEALTHY, 4 DRAINING"),
        ("unhealthy unhealthy draining", Minimum(), "1 HEALTHY, 2 HEALTHY, 3 DRAINING"),
        ("unhealthy unavailable initial", Minimum(), "1 HEALTHY, 2 HEALTHY"),
        ("healthy unhealthy initial", Minimum(count=2), "1 HEALTHY, 2 HEALTHY"),
        ("healthy healthy unhealthy", Minimum(count=2), "1 HEALTHY, 2 HEALTHY"),
        ("healthy unhealthy unhealthy", Minimum(percentage=50), "1 HEALTHY, 2 HEALTHY, 3 HEALTHY"),
        ("healthy unhealthy", Minimum(percentage=50), "1 HEALTHY"),
        ("initial", Minimum(), ""),
        ("draining", Minimum(), "1 DRAINING"),
    ],
)
def test_routing_follows_health_and_fails_open(
    resources: Resources, states: str, minimum: Minimum, routed: str
) -> None:
    blue = group("blue", minimum_healthy=minimum)
    resources.configure(Configuration((), (blue,)))
    targets = {(f"127.0.0.{n}", 8000): target(TargetState(state)) for n, state in enumerate(states.split(), 1)}
    resources.endpoints(blue.arn, targets)
    content = json.loads((resources.directory / "endpoints" / "targetgroup.blue.0123" / "endpoints.json").read_bytes())
    (locality,) = content["resources"][0]["endpoints"]
    routes = [
        f"{endpoint['endpoint']['address']['socket_address']['address'][-1]} {endpoint['health_status']}"
        for endpoint in locality["lb_endpoints"]
    ]
    assert ", ".join(routes) == routed
    assert content["version_info"] == str(resources.versions["cluster.targetgroup/blue/0123"])


def test_group_weights_that_are_all_zero_answer_503() -> None:
    (route,) = routes(listener(80, forward(("blue", 0), ("green", 0))), {})
    assert route["direct_response"] == {"status": 503}


def test_source_address_that_is_not_loopback_leaves_the_rule_out() -> None:
    action = FixedResponse(status=200, content_type="text/plain", body="x")
    away = Rule(arn="a", conditions=(Condition(field=Field.SOURCE_IP, values=("10.0.0.0/8",)),), action=action)
    assert len(routes(listener(80, away, forward(("blue", 1))), {})) == 1


def test_wildcards_are_the_only_signs_with_a_meaning() -> None:
    action = Redirect(protocol="HTTPS", host="#{host}", port="443", path="/#{path}", query="#{query}", status=301)
    held = Rule(arn="a", conditions=(Condition(field=Field.PATH, values=("/a.b/(c)/*",)),), action=action)
    (route,) = routes(listener(80, held), {})
    assert route["match"]["headers"][0]["string_match"]["safe_regex"]["regex"] == r"(?:/a\.b/\(c\)/[^?]*)(?:\?.*)?"


def test_cookie_and_preserved_host_change_routes_and_nothing_else(resources: Resources) -> None:
    one = listener(8080, forward(("blue", 1)))
    resources.configure(Configuration((one,), (group("blue"),)))
    routes_file = "routes/listener.app.lb.1.8080/routes.json"
    assert changed_files(resources, Configuration((one,), (group("blue", stickiness_s=60),))) == {routes_file}
    kept = replace(one, balancer=replace(one.balancer, preserve_host=True))
    assert changed_files(resources, Configuration((kept,), (group("blue", stickiness_s=60),))) == {routes_file}


def test_slow_start_is_divided_by_the_speed(resources: Resources) -> None:
    resources.configure(Configuration((), (group("blue", slow_start_s=30.0),)))
    content = json.loads((resources.directory / "clusters" / "clusters.json").read_bytes())
    slow_start = content["resources"][0]["round_robin_lb_config"]["slow_start_config"]
    assert slow_start == {"slow_start_window": "6.000s"}

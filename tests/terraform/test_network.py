"""Reachability: subnets, routes, network ACLs and security groups, each exactly the allowed set."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.terraform.plan import Plan, Resource

INTERNET = "0.0.0.0/0"
TIERS = ("public", "application", "data")
EPHEMERAL = (1024, 65535)
OUTSIDE = "198.51.100.7"


def cidrs(plan: Plan, tier: str) -> list[str]:
    return sorted(subnet["cidr_block"] for subnet in plan.of("aws_subnet", tier, "vpc"))


def whole(plan: Plan, tier: str) -> str:
    """The range that holds a tier's subnets and nothing of another's."""
    quarter = list(ip_network(plan.variables["vpc_cidr"]).subnets(prefixlen_diff=2))[TIERS.index(tier)]
    return str(quarter)


def test_S1_each_tier_has_a_subnet_in_each_of_two_zones(plan: Plan) -> None:
    networks = [ip_network(cidr) for tier in TIERS for cidr in cidrs(plan, tier)]
    for tier in TIERS:
        assert len({subnet["availability_zone"] for subnet in plan.of("aws_subnet", tier, "vpc")}) == 2, tier
        assert all(ip_network(cidr).subnet_of(ip_network(whole(plan, tier))) for cidr in cidrs(plan, tier))  # type: ignore[arg-type]
    assert len(networks) == 6
    assert not any(a.overlaps(b) for a in networks for b in networks if a is not b)
    assert not any(subnet["map_public_ip_on_launch"] for subnet in plan.of("aws_subnet"))


def routes_of(plan: Plan, tier: str) -> list[Resource]:
    """The routes out of a tier's subnets."""
    subnets = {subnet["id"] for subnet in plan.of("aws_subnet", tier, "vpc")}
    associations = [each for each in plan.of("aws_route_table_association") if each["subnet_id"] in subnets]
    assert len(associations) == 2, tier
    tables = {each["route_table_id"] for each in associations}
    return [route for route in plan.of("aws_route") if route["route_table_id"] in tables]


def test_S1_only_public_subnets_have_a_way_in_and_data_subnets_no_way_out(plan: Plan) -> None:
    gateway = plan.one("aws_internet_gateway")["id"]
    assert {route["gateway_id"] for route in routes_of(plan, "public")} == {gateway}
    assert all(route.values.get("nat_gateway_id") for route in routes_of(plan, "application"))
    assert not any(route.values.get("gateway_id") for route in routes_of(plan, "application"))
    assert routes_of(plan, "data") == []
    # No table brings routes of its own.
    assert not any(table.values.get("route") for table in plan.of("aws_route_table"))


def test_S1_nat_gateways_are_one_or_one_in_each_zone(plan: Plan) -> None:
    gateways = plan.of("aws_nat_gateway")
    zones = {subnet["id"]: subnet["availability_zone"] for subnet in plan.of("aws_subnet", "public", "vpc")}
    assert len(gateways) == {"single": 1, "per_az": 2}[plan.variables["nat_gateways"]]
    assert len({zones[each["subnet_id"]] for each in gateways}) == len(gateways)
    if len(gateways) == 2:  # and each zone leaves by its own
        own = {each["id"]: zones[each["subnet_id"]] for each in gateways}
        inner = {subnet["id"]: subnet["availability_zone"] for subnet in plan.of("aws_subnet", "application", "vpc")}
        tables = {
            each["route_table_id"]: inner.get(each["subnet_id"]) for each in plan.of("aws_route_table_association")
        }
        leaving = [route for route in plan.of("aws_route") if route.values.get("nat_gateway_id")]
        assert {tables[route["route_table_id"]] == own[route["nat_gateway_id"]] for route in leaving} == {True}


def acl(plan: Plan, tier: str, *, egress: bool) -> list[tuple[str, str, int, int]]:
    """A tier's rules in the order in which they are tried: action, range, first and last port."""
    ids = {each["id"]: each.index for each in plan.of("aws_network_acl")}
    rules = [
        rule
        for rule in plan.of("aws_network_acl_rule")
        if ids[rule["network_acl_id"]] == tier and rule["egress"] is egress
    ]
    assert {rule["protocol"] for rule in rules} <= {"tcp", "6"}
    return [
        (rule["rule_action"], rule["cidr_block"], rule["from_port"], rule["to_port"])
        for rule in sorted(rules, key=lambda rule: rule["rule_number"])
    ]


def listener_ports(plan: Plan) -> list[int]:
    return [443, 80] if plan.variables["certificate_arn"] else [80]


def allowed(plan: Plan) -> dict[tuple[str, bool], list[tuple[str, str, int, int]]]:
    public, application, data = (whole(plan, tier) for tier in TIERS)
    gateway = [("allow", public, port, port) for port in listener_ports(plan)[:1]]
    return {
        ("public", False): [
            *[("allow", INTERNET, port, port) for port in listener_ports(plan)],
            ("allow", application, 443, 443),
            ("allow", INTERNET, *EPHEMERAL),
        ],
        ("public", True): [("allow", INTERNET, 443, 443), ("allow", INTERNET, *EPHEMERAL)],
        ("application", False): [
            ("allow", public, 8000, 8000),
            ("deny", INTERNET, 8000, 8000),
            ("allow", application, 443, 443),
            ("allow", INTERNET, *EPHEMERAL),
        ],
        ("application", True): [
            ("allow", INTERNET, 443, 443),
            ("allow", data, 5432, 5432),
            ("allow", data, 6379, 6379),
            ("allow", public, *EPHEMERAL),
            ("allow", application, *EPHEMERAL),
            *(gateway if plan.variables["api_gateway_enabled"] else []),
        ],
        ("data", False): [("allow", application, 5432, 5432), ("allow", application, 6379, 6379)],
        ("data", True): [("allow", application, *EPHEMERAL)],
    }


def test_S1_network_acls_hold_exactly_the_allowed_paths(plan: Plan) -> None:
    found = {(tier, egress): acl(plan, tier, egress=egress) for tier in TIERS for egress in (False, True)}
    assert found == allowed(plan)


def test_S1_every_subnet_has_its_tiers_network_acl(plan: Plan) -> None:
    for tier in TIERS:
        (one,) = [each for each in plan.of("aws_network_acl") if each.index == tier]
        assert set(one["subnet_ids"]) == {subnet["id"] for subnet in plan.of("aws_subnet", tier, "vpc")}


def passes(rules: list[tuple[str, str, int, int]], address: str, port: int) -> bool:
    """The first rule that fits decides; without one nothing passes."""
    for action, cidr, first, last in rules:
        if ip_address(address) in ip_network(cidr) and first <= port <= last:
            return action == "allow"
    return False


@pytest.mark.parametrize(
    ("tier", "sender", "port", "wanted"),
    [
        ("public", "outside", 443, True),
        ("public", "outside", 22, False),
        ("application", "public", 8000, True),
        ("application", "outside", 8000, False),
        ("application", "outside", 443, False),
        ("application", "data", 8000, False),
        ("application", "data", 40000, True),  # a response of the database
        ("data", "application", 5432, True),
        ("data", "application", 6379, True),
        ("data", "application", 22, False),
        ("data", "public", 5432, False),
        ("data", "outside", 5432, False),
        ("data", "outside", 40000, False),
    ],
)
def test_S1_what_comes_in_through_a_network_acl(
    everything: Plan, tier: str, sender: str, port: int, wanted: bool
) -> None:
    address = OUTSIDE if sender == "outside" else str(ip_network(cidrs(everything, sender)[0])[10])
    assert passes(acl(everything, tier, egress=False), address, port) is wanted


def security_paths(plan: Plan) -> set[tuple[Any, ...]]:
    """Return the rules as direction, group, peer, protocol, first and last port."""
    names = {group["id"]: group.name for group in plan.of("aws_security_group")}
    paths: set[tuple[Any, ...]] = set()
    for direction in ("ingress", "egress"):
        for rule in plan.of(f"aws_vpc_security_group_{direction}_rule"):
            peers = [names.get(rule.values.get("referenced_security_group_id") or ""), rule.values.get("cidr_ipv4")]
            others = [rule.values.get("cidr_ipv6"), rule.values.get("prefix_list_id")]
            (peer,) = filter(None, [*peers, *others])
            group = names[rule["security_group_id"]]
            paths.add((direction, group, peer, rule["ip_protocol"], rule["from_port"], rule["to_port"]))
    return paths


def test_S2_security_groups_hold_exactly_the_allowed_paths(plan: Plan) -> None:
    wanted: set[tuple[Any, ...]] = {
        ("egress", "alb", "ecs", "tcp", 8000, 8000),
        ("ingress", "ecs", "alb", "tcp", 8000, 8000),
        ("egress", "ecs", INTERNET, "tcp", 443, 443),
        ("egress", "ecs", "rds", "tcp", 5432, 5432),
        ("egress", "ecs", "redis", "tcp", 6379, 6379),
        ("ingress", "rds", "ecs", "tcp", 5432, 5432),
        ("ingress", "redis", "ecs", "tcp", 6379, 6379),
    }
    if plan.variables["interface_endpoints_enabled"]:
        wanted |= {("ingress", "endpoints", "ecs", "tcp", 443, 443)}
    if plan.variables["api_gateway_enabled"]:
        port = listener_ports(plan)[0]
        # With a gateway nobody comes past it.
        wanted |= {("egress", "link", "alb", "tcp", port, port), ("ingress", "alb", "link", "tcp", port, port)}
    else:
        wanted |= {("ingress", "alb", INTERNET, "tcp", port, port) for port in listener_ports(plan)}
    if plan.variables["deployment_strategy"] != "ROLLING":
        port = plan.one("aws_lb_listener", "test")["port"]
        wanted |= {("ingress", "alb", cidr, "tcp", port, port) for cidr in plan.variables["test_listener_cidrs"]}
    assert security_paths(plan) == wanted


def test_S2_no_rule_is_written_where_the_set_above_does_not_look(plan: Plan) -> None:
    assert plan.of("aws_security_group_rule") == []
    for group in plan.of("aws_security_group"):
        assert not group.values.get("ingress"), group.address
        assert not group.values.get("egress"), group.address
    networks = {each["id"] for each in plan.of("aws_vpc")}
    defaults = plan.of("aws_default_security_group")
    assert {each["vpc_id"] for each in defaults} == networks
    assert not any(each.values.get("ingress") or each.values.get("egress") for each in defaults)


def test_S2_each_part_is_in_its_own_group(plan: Plan) -> None:
    ids = {group.name: group["id"] for group in plan.of("aws_security_group")}
    (network,) = plan.one("aws_ecs_service")["network_configuration"]
    assert network["security_groups"] == [ids["ecs"]]
    assert plan.one("aws_lb")["security_groups"] == [ids["alb"]]
    assert plan.one("aws_elasticache_replication_group")["security_group_ids"] == [ids["redis"]]
    assert plan.one("aws_db_instance", module="rds")["vpc_security_group_ids"] == [ids["rds"]]


def test_S1_tasks_and_data_are_in_private_subnets_and_the_balancer_in_public_ones(plan: Plan) -> None:
    ids = {tier: {subnet["id"] for subnet in plan.of("aws_subnet", tier, "vpc")} for tier in TIERS}
    (network,) = plan.one("aws_ecs_service")["network_configuration"]
    assert set(network["subnets"]) == ids["application"]
    assert network["assign_public_ip"] is False
    assert set(plan.one("aws_lb")["subnets"]) == ids["public"]
    assert set(plan.one("aws_elasticache_subnet_group")["subnet_ids"]) == ids["data"]
    assert set(plan.one("aws_db_subnet_group", module="rds")["subnet_ids"]) == ids["data"]
    assert not any(each["publicly_accessible"] for each in plan.of("aws_db_instance"))


def test_S1_flow_logs_record_all_traffic_of_the_vpc(plan: Plan) -> None:
    log = plan.one("aws_flow_log")
    assert (log["vpc_id"], log["traffic_type"]) == (plan.one("aws_vpc", module="vpc")["id"], "ALL")
    assert log["log_destination"] == plan.one("aws_cloudwatch_log_group", "flow")["arn"]


def test_T3_images_and_objects_take_the_way_inside_the_vpc(plan: Plan) -> None:
    (gateway,) = [each for each in plan.of("aws_vpc_endpoint") if each["vpc_endpoint_type"] == "Gateway"]
    assert gateway["service_name"] == "com.amazonaws.us-west-1.s3"
    inner = {subnet["id"] for subnet in plan.of("aws_subnet", "application", "vpc")}
    tables = {each["route_table_id"] for each in plan.of("aws_route_table_association") if each["subnet_id"] in inner}
    assert set(gateway["route_table_ids"]) == tables
    interfaces = {
        each["service_name"].removeprefix("com.amazonaws.us-west-1."): each for each in plan.of("aws_vpc_endpoint")
    }
    interfaces.pop("s3")
    assert set(interfaces) == (
        {"ecr.api", "ecr.dkr", "logs", "secretsmanager"} if plan.variables["interface_endpoints_enabled"] else set()
    )
    assert all(each["private_dns_enabled"] for each in interfaces.values())

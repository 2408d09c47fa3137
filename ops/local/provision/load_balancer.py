"""The local load balancer: target groups, listeners and rules, and the ports they listen on."""

from collections.abc import Iterable
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import serves_clients
from ops.errors import CouldNotStart
from ops.local.ports import LAST_PORT, PORTS, checked_port, free_ports


def ensure_load_balancer(aws: Aws, vpc: str, subnets: tuple[str, ...], group: str, listener_port: int | None) -> str:
    """Make load balancer, target groups and listeners; return the first target group's ARN. ELBv2."""
    where = aws.environment
    try:
        balancer = aws.elbv2.describe_load_balancers(Names=[where.load_balancer])["LoadBalancers"][0]
    except aws.elbv2.exceptions.LoadBalancerNotFoundException:
        balancer = aws.elbv2.create_load_balancer(
            Name=where.load_balancer,
            Subnets=list(subnets),
            SecurityGroups=[group],
            Scheme="internet-facing",
            Type="application",
            IpAddressType="ipv4",
        )["LoadBalancers"][0]
    groups = [ensure_target_group(aws, vpc, name) for name in (where.target_group, where.alternate_target_group)]
    ensure_listeners(aws, balancer["LoadBalancerArn"], groups, listener_port)
    return groups[0]


def ensure_target_group(aws: Aws, vpc: str, name: str) -> str:
    where = aws.environment
    try:
        described = aws.elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
    except aws.elbv2.exceptions.TargetGroupNotFoundException:
        described = aws.elbv2.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=where.container_port,
            VpcId=vpc,
            TargetType="ip",
            HealthCheckProtocol="HTTP",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]
    # Also for an existing group: an earlier run may have been interrupted right after creating it.
    aws.elbv2.modify_target_group_attributes(
        TargetGroupArn=described["TargetGroupArn"],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}],
    )
    return str(described["TargetGroupArn"])


def ensure_listeners(aws: Aws, balancer: str, groups: list[str], requested_port: int | None) -> None:
    """Make a listener for clients and one to try a new version, each with a rule whose weights ECS sets.

    The port for clients is chosen once, or when requested; afterwards the listener itself stores it.
    """
    listeners = aws.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    production = next(filter(serves_clients, listeners), None)
    if production is None:
        forward = {"Type": "forward", "TargetGroupArn": groups[0]}
        ports = free_ports(PORTS) if requested_port is None else [checked_port(requested_port)]
        production = create_listener(aws, balancer, ports, forward)
    elif requested_port is not None and production["Port"] != requested_port:
        port = checked_port(requested_port)
        production = aws.elbv2.modify_listener(ListenerArn=production["ListenerArn"], Port=port)["Listeners"][0]
    test = next((each for each in listeners if not serves_clients(each)), None)
    if test is None:
        idle = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "No version is being tested."}
        refusal = {"Type": "fixed-response", "FixedResponseConfig": idle}
        test = create_listener(aws, balancer, free_ports(range(production["Port"] + 1, LAST_PORT + 1)), refusal)
    for listener in (production, test):
        ensure_rule(aws, listener["ListenerArn"], groups)


def create_listener(aws: Aws, balancer: str, ports: Iterable[int], action: dict[str, Any]) -> Any:
    """Listen on the first port that is still free: another user's `up`, for example, may have taken one meanwhile.

    Errors: CouldNotStart when all were taken.
    """
    refused: Exception | None = None
    for port in ports:
        try:
            answer = aws.elbv2.create_listener(
                LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[action]
            )
        except aws.elbv2.exceptions.InvalidConfigurationRequestException as exc:
            refused = exc
        else:
            return answer["Listeners"][0]
    raise CouldNotStart(
        f"the load balancer found no port to listen on: {refused or 'none is free'}",
        next_step="choose one: `--listener-port PORT`",
    )


def ensure_rule(aws: Aws, listener: str, groups: list[str]) -> None:
    """Make a listener's rule: ECS shifts traffic by a rule's weights, never by a default action.

    Both groups must be in the rule from the beginning. ELBv2 DescribeRules, CreateRule.
    """
    rules = aws.elbv2.describe_rules(ListenerArn=listener)["Rules"]
    if all(rule["IsDefault"] for rule in rules):
        weighted = [{"TargetGroupArn": group, "Weight": weight} for group, weight in zip(groups, (100, 0), strict=True)]
        aws.elbv2.create_rule(
            ListenerArn=listener,
            Priority=100,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
        )

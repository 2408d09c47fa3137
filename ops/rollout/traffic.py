"""The load balancer's part in a deployment: the target groups and rules between which traffic shifts."""

from ops.aws.clients import Aws, Wire
from ops.aws.service import serves_clients
from ops.errors import NotFound
from ops.rollout.strategy import strategy_of

TEST_TRAFFIC = "testListenerRule"


def updated_load_balancers(aws: Aws, configuration: Wire | None, present: list[Wire]) -> list[Wire] | None:
    """Return `loadBalancers` for UpdateService; None when the service's need no change.

    Before the first shift they get the other target group and the rules. For a rolling deployment after a shift,
    `targetGroupArn` becomes the group that has the traffic: the new tasks must go there. ELBv2 DescribeTargetGroups,
    DescribeListeners, DescribeRules. Errors: NotFound when the environment is not set up for a shift.
    """
    if configuration is None or not present:
        return None
    if strategy_of(configuration).shifts_traffic:
        if all("advancedConfiguration" in balancer for balancer in present):
            return None
        return [balancer | {"advancedConfiguration": advanced_configuration(aws, balancer)} for balancer in present]
    switched = [on_serving_group(aws, balancer) for balancer in present]
    return switched if switched != present else None


def on_serving_group(aws: Aws, balancer: Wire) -> Wire:
    """Swap the two target groups when the alternate one has the traffic."""
    advanced = balancer.get("advancedConfiguration")
    if not advanced or "productionListenerRule" not in advanced:
        return balancer
    rule = aws.elbv2.describe_rules(RuleArns=[advanced["productionListenerRule"]])["Rules"][0]
    weights = forwarded(rule)
    first, other = balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]
    if weights.get(other, 0) <= weights.get(first, 0):
        return balancer
    return balancer | {"targetGroupArn": other, "advancedConfiguration": advanced | {"alternateTargetGroupArn": first}}


def advanced_configuration(aws: Aws, balancer: Wire) -> Wire:
    """Find by the environment's names what a traffic shift needs."""
    where = aws.environment
    try:
        group = aws.elbv2.describe_target_groups(Names=[where.alternate_target_group])["TargetGroups"][0]
    except aws.elbv2.exceptions.TargetGroupNotFoundException as exc:
        raise not_set_up(aws, str(exc)) from exc
    alternate = group["TargetGroupArn"]
    both = {balancer["targetGroupArn"], alternate}
    rules: dict[str, str] = {}
    for listener in listeners_of(aws):
        name = "productionListenerRule" if serves_clients(listener) else TEST_TRAFFIC
        for rule in aws.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
            if not rule["IsDefault"] and both <= set(forwarded(rule)):
                rules.setdefault(name, rule["RuleArn"])
    if "productionListenerRule" not in rules:
        raise not_set_up(aws, "no listener rule forwards to both target groups")
    # Built from names: whoever deploys may pass the role on, but needs no permission to read it.
    _, partition, _, _, account, *_ = alternate.split(":")
    role = f"arn:{partition}:iam::{account}:role/{where.infrastructure_role}"
    return {"alternateTargetGroupArn": alternate, "roleArn": role, **rules}


def not_set_up(aws: Aws, why: str) -> NotFound:
    local = aws.environment.local is not None
    return NotFound(
        f"{aws.environment.name}: traffic cannot be shifted: {why}",
        next_step="run `spendsense up`, which creates what is missing"
        if local
        else "set deployment_strategy in the environment's .tfvars and apply the Terraform",
    )


def listeners_of(aws: Aws) -> list[Wire]:
    """Read the load balancer's listeners; none before it exists. ELBv2 DescribeListeners."""
    try:
        found = aws.elbv2.describe_load_balancers(Names=[aws.environment.load_balancer])["LoadBalancers"]
    except aws.elbv2.exceptions.LoadBalancerNotFoundException:
        return []
    listeners: list[Wire] = aws.elbv2.describe_listeners(LoadBalancerArn=found[0]["LoadBalancerArn"])["Listeners"]
    return listeners


def forwarded(rule: Wire) -> dict[str, int]:
    """Return target group ARN -> weight for a rule that forwards."""
    groups = rule["Actions"][-1].get("ForwardConfig", {}).get("TargetGroups", [])
    return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}

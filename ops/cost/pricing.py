"""Pure: computes each resource's monthly cost from a Terraform plan, a price table and assumed usage."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.cost.prices import Table

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A resource that will exist once the plan is applied."""

    address: str
    type: str
    values: Values


@dataclass(frozen=True, slots=True)
class Item:
    """A number of units at one price."""

    what: str
    price: str  # its name in the table
    quantity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The monthly cost of one part of a resource."""

    address: str
    what: str
    quantity: float
    unit: str
    usd: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    lines: tuple[Line, ...]
    unpriced: Mapping[str, str]  # address -> why

    @property
    def total_usd(self) -> float:
        return sum(line.usd for line in self.lines)

    def by_resource(self) -> list[tuple[str, float]]:
        """Return each resource with its cost, the most expensive first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.address] = sums.get(line.address, 0.0) + line.usd
        return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides the resource that its price may depend on. variables: the plan's, by name."""

    resources: tuple[Planned, ...]
    usage: Mapping[str, float]
    variables: Mapping[str, Any] = field(default_factory=dict)
    zones: int = field(init=False)

    def __post_init__(self) -> None:
        zones = {each.values.get("availability_zone") for each in self.of("aws_subnet")}
        object.__setattr__(self, "zones", max(1, len(zones)))

    def of(self, kind: str) -> list[Planned]:
        return [each for each in self.resources if each.type == kind]

    @property
    def hours(self) -> float:
        return self.usage["hours"]


class Unpriceable(Exception):
    """A resource costs money, but the plan does not say how much."""


def estimate(plan: Mapping[str, Any], table: Table, usage: Mapping[str, float]) -> Estimate:
    """Price every managed resource of a plan (`terraform show -json`).

    A resource with no rule that is not listed as free is named in `unpriced`, never counted as free.
    """
    resources = tuple(planned_resources(plan["planned_values"]["root_module"]))
    context = Context(resources, usage, {name: each.get("value") for name, each in plan.get("variables", {}).items()})
    lines: list[Line] = []
    unpriced: dict[str, str] = {}
    for resource in resources:
        rule = RULES.get(resource.type)
        if rule is None:
            if not is_free(resource.type):
                unpriced[resource.address] = f"there is no rule for {resource.type}"
            continue
        try:
            lines += [priced(resource, item, table) for item in rule(resource.values, context) if item.quantity]
        except Unpriceable as reason:
            unpriced[resource.address] = str(reason)
    return Estimate(lines=tuple(lines), unpriced=unpriced)


def planned_resources(module: Mapping[str, Any]) -> Iterator[Planned]:
    """Yield the managed resources of a plan's module and its child modules."""
    for each in module.get("resources", []):
        if each["mode"] == "managed":
            yield Planned(address=each["address"], type=each["type"], values=each.get("values", {}))
    for child in module.get("child_modules", []):
        yield from planned_resources(child)


def priced(resource: Planned, item: Item, table: Table) -> Line:
    price = table.prices.get(item.price)
    if price is None:
        raise Unpriceable(f"the table has no price for {item.price}")
    return Line(
        address=resource.address,
        what=item.what,
        quantity=item.quantity,
        unit=price.unit,
        usd=item.quantity * price.usd,
        confirmed=price.confirmed,
    )


def fargate(service: Values, context: Context) -> Iterator[Item]:
    definitions = context.of("aws_ecs_task_definition")
    if len(definitions) != 1:
        raise Unpriceable(f"the plan has {len(definitions)} task definitions where one was expected")
    tasks = context.usage["tasks"] or max(int(service.get("desired_count") or 0), least_tasks(context))
    size = definitions[0].values
    processors = {each.get("cpu_architecture") for each in size.get("runtime_platform") or []}
    arm = "arm_" if processors == {"ARM64"} else ""
    spot = spot_tasks(service, tasks)
    for what, price, amount in (
        ("vCPU", "vcpu_hour", int(size["cpu"]) / 1024),
        ("memory", "gb_hour", int(size["memory"]) / 1024),
    ):
        yield Item(what, f"fargate_{arm}{price}", (tasks - spot) * amount * context.hours)
        if spot:
            yield Item(f"{what} on Spot", f"fargate_spot_{arm}{price}", spot * amount * context.hours)


def least_tasks(context: Context) -> int:
    """Return the minimum that scaling keeps after the first deploy; until then a plan has zero or does not know it."""
    planned = [int(each.values.get("min_capacity") or 0) for each in context.of("aws_appautoscaling_target")]
    return max([*planned, int(context.variables.get("min_capacity") or 0)])


def spot_tasks(service: Values, tasks: float) -> float:
    """Return how many of these tasks run on Spot: the base comes first, the rest goes by weight."""
    strategy = {each["capacity_provider"]: each for each in service.get("capacity_provider_strategy") or []}
    weights = {name: float(each.get("weight") or 0) for name, each in strategy.items()}
    if not weights.get("FARGATE_SPOT"):
        return 0
    base = float(strategy.get("FARGATE", {}).get("base") or 0)
    return max(0, tasks - base) * weights["FARGATE_SPOT"] / sum(weights.values())


def database(instance: Values, context: Context) -> Iterator[Item]:
    copies = 2 if instance.get("multi_az") else 1
    yield Item("instance", f"rds_instance_hour {instance['instance_class']}", copies * context.hours)
    storage = instance.get("allocated_storage") or source_storage(context)
    kind = instance.get("storage_type") or "gp3"
    yield Item("storage", f"rds_storage_{kind}_gb", copies * float(storage))
    free_iops, free_throughput = (GP3_IOPS, GP3_MIB_S) if kind == "gp3" else (0, 0)
    if (iops := float(instance.get("iops") or 0)) > free_iops:
        yield Item("IOPS", f"rds_iops_{kind}", copies * (iops - free_iops))
    if (throughput := float(instance.get("storage_throughput") or 0)) > free_throughput:
        yield Item("throughput", "rds_throughput_gp3", copies * (throughput - free_throughput))
    if instance.get("backup_retention_period"):
        yield Item("backups", "rds_backup_gb", context.usage["backup_gb"])
    if instance.get("manage_master_user_password"):
        yield Item("managed secret", "secret", 1)


# The IOPS and throughput that gp3 includes from 400 GiB on.
GP3_IOPS, GP3_MIB_S = 12_000, 500


def source_storage(context: Context) -> float:
    """Return the storage of the database that a replica copies: the replica has as much."""
    sizes = [float(each.values.get("allocated_storage") or 0) for each in context.of("aws_db_instance")]
    if not any(sizes):
        raise Unpriceable("the plan does not say how much storage the database has")
    return max(sizes)


def redis(group: Values, context: Context) -> Iterator[Item]:
    nodes = group.get("num_cache_clusters") or 1
    yield Item("nodes", f"redis_node_hour {group['node_type']}", float(nodes) * context.hours)


def load_balancer(balancer: Values, context: Context) -> Iterator[Item]:
    yield Item("hours", "alb_hour", context.hours)
    yield Item("capacity units", "alb_lcu_hour", context.usage["load_balancer_units"] * context.hours)
    if not balancer.get("internal"):
        yield Item("public addresses", "public_ipv4_hour", context.zones * context.hours)
        yield Item("traffic to the internet", "transfer_out_gb", context.usage["transfer_out_gb"])


def nat_gateway(_: Values, context: Context) -> Iterator[Item]:
    yield Item("hours", "nat_gateway_hour", context.hours)
    yield Item("traffic", "nat_gateway_gb", context.usage["nat_gb"])


def endpoint(values: Values, context: Context) -> Iterator[Item]:
    if values.get("vpc_endpoint_type") == "Interface":
        yield Item("hours in each zone", "vpc_endpoint_hour", context.zones * context.hours)
        yield Item("traffic", "vpc_endpoint_gb", context.usage["endpoint_gb"])


def log_group(_: Values, context: Context) -> Iterator[Item]:
    written = context.usage["log_gb"]
    yield Item("written", "logs_ingested_gb", written)
    yield Item("stored", "logs_stored_gb", written * context.usage["log_stored_share"])


def alarm(values: Values, _: Context) -> Iterator[Item]:
    queries = values.get("metric_query") or []
    yield Item("metrics", "alarm_metric", sum(1 for query in queries if query.get("metric")) or 1)


def cluster(values: Values, context: Context) -> Iterator[Item]:
    settings = {each["name"]: each["value"] for each in values.get("setting") or []}
    if settings.get("containerInsights") in {"enabled", "enhanced"}:
        yield Item("Container Insights", "custom_metric", context.usage["container_insights_metrics"])


def firewall(values: Values, context: Context) -> Iterator[Item]:
    yield Item("web ACL", "waf_acl", 1)
    yield Item("rules", "waf_rule", len(values.get("rule") or []))
    yield Item("requests", "waf_million_requests", context.usage["requests_million"])


def bucket(_: Values, context: Context) -> Iterator[Item]:
    yield Item("storage", "s3_storage_gb", context.usage["data_gb"])
    yield Item("writes", "s3_put_1000", context.usage["s3_writes_thousand"])


def each(what: str, price: str, use: str | None = None) -> Callable[[Values, Context], Iterator[Item]]:
    """Return a rule for one item: one unit per resource, or as many as an assumption says."""

    def rule(_: Values, context: Context) -> Iterator[Item]:
        yield Item(what, price, context.usage[use] if use else 1)

    return rule


RULES: dict[str, Callable[[Values, Context], Iterator[Item]]] = {
    "aws_apigatewayv2_api": each("requests", "api_gateway_million_requests", "requests_million"),
    "aws_backup_vault": each("backups", "backup_storage_gb", "backup_gb"),
    "aws_cloudwatch_dashboard": each("dashboard", "dashboard"),
    "aws_cloudwatch_log_group": log_group,
    "aws_cloudwatch_log_metric_filter": each("metric", "custom_metric"),
    "aws_cloudwatch_metric_alarm": alarm,
    "aws_db_instance": database,
    "aws_ecr_repository": each("images", "ecr_storage_gb", "image_gb"),
    "aws_ecs_cluster": cluster,
    "aws_ecs_service": fargate,
    "aws_eip": lambda _, context: iter([Item("public address", "public_ipv4_hour", context.hours)]),
    "aws_elasticache_replication_group": redis,
    "aws_kms_key": each("key", "kms_key"),
    "aws_lb": load_balancer,
    "aws_nat_gateway": nat_gateway,
    "aws_s3_bucket": bucket,
    "aws_secretsmanager_secret": each("secret", "secret"),
    "aws_vpc_endpoint": endpoint,
    "aws_wafv2_web_acl": firewall,
}

# Free by themselves. An entry that ends with an underscore is a prefix; the others are whole names.
FREE = (
    "aws_acm_",  # public certificates
    "aws_apigatewayv2_",
    "aws_appautoscaling_",
    "aws_backup_plan",
    "aws_backup_selection",
    "aws_backup_vault_",
    "aws_budgets_budget",  # the first two are free
    "aws_cloudwatch_event_",
    "aws_cloudwatch_log_resource_policy",
    "aws_db_parameter_group",
    "aws_db_subnet_group",
    "aws_default_",
    "aws_dynamodb_table",  # of locks: a few requests a deploy
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository_policy",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_task_definition",
    "aws_elasticache_parameter_group",
    "aws_elasticache_subnet_group",
    "aws_flow_log",
    "aws_iam_",
    "aws_internet_gateway",
    "aws_kms_alias",
    "aws_kms_key_policy",
    "aws_lb_",
    "aws_main_route_table_association",
    "aws_network_acl",
    "aws_network_acl_",
    "aws_route",
    "aws_route53_record",  # aliases, and a handful of queries
    "aws_route_",
    "aws_s3_bucket_",
    "aws_s3_object",
    "aws_secretsmanager_secret_",
    "aws_security_group",
    "aws_security_group_",
    "aws_sesv2_email_identity",  # mail is charged per message
    "aws_sns_",
    "aws_ssm_parameter",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_security_group_",
    "aws_wafv2_ip_set",
    "aws_wafv2_web_acl_",
    "terraform_data",
)


def is_free(kind: str) -> bool:
    return any(kind == name or (name.endswith("_") and kind.startswith(name)) for name in FREE)

"""Rules of some types beyond their schema: attributes that depend on others."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from terraform_provider.planning.change import Change, Rule
from terraform_provider.values.unknown import UNKNOWN, Path, State, Value

CERTIFICATE_RECORD = ("resource_record_name", "resource_record_type", "resource_record_value")
ALTERNATIVES = "subject_alternative_names"
SIZES_OF_REPLICATION_GROUP = ("num_cache_clusters", "num_node_groups", "replicas_per_node_group")
STRATEGY = "capacity_provider_strategy"
NO_PROPAGATION = "NONE"
INTELLIGENT_TIER = "Intelligent-Tiering"
SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")


def certificate_names(change: Change) -> None:
    """Plan the records that will validate a certificate: one for each name, including the domain."""
    if not change.differs("domain_name", ALTERNATIVES):
        return
    domain, others = change.new("domain_name"), change.new(ALTERNATIVES)
    names = [domain, *(each for each in others if each != domain)]
    if not change.creates and not change.differs("domain_name") and set(names) == set(change.old(ALTERNATIVES)):
        change.clear(ALTERNATIVES)  # the code need not list the domain among them; ACM lists it
        return
    if change.new("validation_method") == "DNS":
        records = [{"domain_name": name} | dict.fromkeys(CERTIFICATE_RECORD, UNKNOWN) for name in names]
        change.found["domain_validation_options"].value = records
        change.found["domain_validation_options"].differs = True
    change.set_new(ALTERNATIVES, names)


def certificate_renewal(change: Change) -> None:
    if not change.creates and change.new("pending_renewal") is True and not change.differs("early_renewal_duration"):
        change.set_unknown("pending_renewal")


def deployment(change: Change) -> None:
    """Keep what ECS fills in; change an existing strategy in place when a deployment is forced."""
    is_forced = bool(change.new("force_new_deployment"))
    if not (is_forced and change.new("triggers")):
        change.clear("triggers")
    if change.creates:
        return
    if change.old("propagate_tags") == NO_PROPAGATION and change.new("propagate_tags") == "":
        change.clear("propagate_tags")
    if is_forced and change.old(STRATEGY) and change.new(STRATEGY):
        change.found[STRATEGY].replace.clear()


def members_of_replication_group(change: Change) -> None:
    if not change.creates and change.differs(*SIZES_OF_REPLICATION_GROUP):
        change.set_unknown("member_clusters")


def older_engine(change: Change) -> None:
    """Replace a cache when its engine version decreases: ElastiCache only upgrades."""
    old, new = (release(each("engine_version")) for each in (change.old, change.new))
    if not change.creates and old and new and new < old:
        change.force_new("engine_version")


def release(version: Value) -> tuple[int, ...]:
    parts = version.split(".") if isinstance(version, str) else []
    return tuple(int(each) for each in parts if each.isdigit())


def provider_url(change: Change) -> None:
    """IAM shows an identity provider's URL without its scheme."""
    if not change.creates and change.new("url").removeprefix("https://") == change.old("url"):
        change.clear("url")


def suffix_of_scaling(change: Change) -> None:
    """Ignore the suffix that Application Auto Scaling gives its roles."""
    is_scaling = ".application-autoscaling." in change.new("aws_service_name")
    if not change.creates and is_scaling and not change.new("custom_suffix"):
        change.clear("custom_suffix")


def parameter_tier(change: Change) -> None:
    """Keep the tier that intelligent tiering chose; replace an advanced parameter that becomes a standard one."""
    if change.creates:
        return
    if change.old("tier") and change.new("tier") == INTELLIGENT_TIER:
        change.clear("tier")
    if (change.old("tier"), change.new("tier")) == ("Advanced", "Standard"):
        change.force_new("tier")


def budget_limit(change: Change) -> None:
    """Plan no change where the same amount is written in other digits."""
    old, new = (decimal_of(each("limit_amount")) for each in (change.old, change.new))
    if not change.creates and old is not None and old == new:
        change.clear("limit_amount")


def decimal_of(text: Value) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def parameter_version(change: Change) -> None:
    """A parameter's value in one form changes the other form and the version."""
    if change.creates:
        return
    if change.differs("value"):
        change.set_unknown("version")
    if change.differs("insecure_value"):
        change.set_unknown("value")
    if change.differs("value"):
        change.set_unknown("insecure_value")
    if change.differs("value_wo_version"):
        change.set_unknown("has_value_wo")


def balancer_subnets(change: Change) -> None:
    """Two ways to name the same subnets: a change of one makes the other unknown until the apply."""
    if change.creates:
        return
    by_name, by_mapping = change.differs("subnets"), change.differs("subnet_mapping")
    if by_name:
        change.set_unknown("subnet_mapping")
    if by_mapping:
        change.set_unknown("subnets")


def unknown_after(name: str, *others: str) -> Rule:
    """Make `others` unknown until the apply when `name` changes."""

    def rule(change: Change) -> None:
        if not change.creates and change.differs(name):
            for each in others:
                change.set_unknown(each)

    return rule


RULES: dict[str, tuple[Rule, ...]] = {
    "aws_acm_certificate": (certificate_names, certificate_renewal),
    "aws_budgets_budget": (budget_limit,),
    "aws_dynamodb_table": (unknown_after("stream_enabled", "stream_arn"),),
    "aws_ecs_service": (deployment,),
    "aws_elasticache_replication_group": (members_of_replication_group, older_engine),
    "aws_iam_openid_connect_provider": (provider_url,),
    "aws_iam_service_linked_role": (suffix_of_scaling,),
    "aws_lb": (balancer_subnets,),
    "aws_ssm_parameter": (parameter_tier, parameter_version),
    "aws_vpc": (unknown_after("assign_generated_ipv6_cidr_block", "ipv6_association_id", "ipv6_cidr_block"),),
}


def source_kind_changed(prior: State, planned: State) -> set[Path]:
    """Replace a rule of a security group when its source becomes one of another kind."""
    old, new = source(prior), source(planned)
    return set() if old == new else {(name,) for name in (old, new) if name}


def source(state: State) -> str | None:
    return next((name for name in SOURCES if state.get(name) is not None), None)


CURRENT_RULES: dict[str, Callable[[State, State], set[Path]]] = {
    "aws_vpc_security_group_egress_rule": source_kind_changed,
    "aws_vpc_security_group_ingress_rule": source_kind_changed,
}

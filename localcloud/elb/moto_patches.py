"""Patches of moto's ELBv2 that make names, zones, rules and tags behave as in AWS; see moto_reading.py for reads."""

from typing import Any

from localcloud.elb import moto_reading
from localcloud.moto.patching import error

SETTINGS = (
    *("vpc_id", "protocol", "protocol_version", "port", "target_type", "ip_address_type"),
    *("health_check_enabled", "health_check_protocol", "health_check_port", "health_check_path", "matcher"),
    *("health_check_interval_seconds", "health_check_timeout_seconds"),
    *("healthy_threshold_count", "unhealthy_threshold_count"),
)
MAX_TAGS = 50
PROTECTED = "deletion_protection.enabled"


def patch() -> None:
    """Patch moto: it refuses any second group of a name, but accepts a second load balancer and most of what AWS
    refuses.
    """
    from moto.elbv2.models import ELBv2Backend

    moto_reading.patch()
    backend: Any = ELBv2Backend
    _create_the_same_group_once(backend)
    _create_the_same_balancer_once(backend)
    _keep_protected_balancers(backend)
    backend.set_rule_priorities = _set_rule_priorities
    backend.delete_rule = _delete_rule
    _keep_default_rules(backend)
    _keep_the_certificates_that_are_there(backend)
    backend.add_tags = _add_tags
    # Checked before moto, also for values that moto wrongly accepts, such as a delay of 3600 s.
    backend.modify_target_group_attributes = _modify_target_group_attributes


def _create_the_same_group_once(backend: Any) -> None:
    create = backend.create_target_group

    def create_target_group(self: Any, name: str, **wanted: Any) -> Any:
        _refuse_tags(wanted.get("tags") or [], {})
        # A load balancer checks by HTTP by default; moto checks by the protocol of the traffic.
        if wanted.get("protocol"):
            wanted["healthcheck_protocol"] = wanted.get("healthcheck_protocol") or "HTTP"
        held = next((group for group in self.target_groups.values() if group.name == name), None)
        if held is None:
            return create(self, name, **wanted)
        # Only moto knows the defaults that it fills in.
        del self.target_groups[held.arn]
        try:
            second = create(self, name, **wanted | {"tags": None})
            del self.target_groups[second.arn]
        finally:
            self.target_groups[held.arn] = held
        if _settings(second) != _settings(held):
            raise error(
                "DuplicateTargetGroupName",
                f"A target group with the same name '{name}' exists, but with other settings",
            )
        return held

    backend.create_target_group = create_target_group


def _settings(group: Any) -> list[str]:
    """Return the settings as text: some are numbers in one group and text in another."""
    return [str(getattr(group, name, None)) for name in SETTINGS]


def _create_the_same_balancer_once(backend: Any) -> None:
    create = backend.create_load_balancer

    def create_load_balancer(self: Any, name: str, **wanted: Any) -> Any:
        _refuse_tags(wanted.get("tags") or [], {})
        wanted["scheme"] = wanted.get("scheme") or "internet-facing"
        wanted["loadbalancer_type"] = wanted.get("loadbalancer_type") or "application"
        _refuse_subnets(self, wanted)
        _refuse_security_groups(self, wanted.get("security_groups") or [])
        second = create(self, name, **wanted)
        held = next((each for each in self.load_balancers.values() if each.name == name and each is not second), None)
        if held is None:
            return second
        del self.load_balancers[second.arn]
        self.tagging_service.delete_all_tags_for_resource(second.arn)
        if _identity(second) != _identity(held):
            raise error(
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{name}' exists, but with different settings",
            )
        return held

    backend.create_load_balancer = create_load_balancer


def _refuse_subnets(backend: Any, wanted: dict[str, Any]) -> None:
    named = [*(wanted.get("subnet_ids") or []), *(each["SubnetId"] for each in wanted.get("subnet_mappings") or [])]
    known = {subnet.id: subnet for subnet in backend.ec2_backend.describe_subnets()}
    for subnet_id in named:
        if subnet_id not in known:
            raise error("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist")
    zones = [known[subnet_id].availability_zone for subnet_id in named]
    if len(set(zones)) < len(zones):
        raise error(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )


def _refuse_security_groups(backend: Any, named: list[str]) -> None:
    for group_id in named:
        if backend.ec2_backend.get_security_group_from_id(group_id) is None:
            raise error("InvalidSecurityGroup", f"Security group '{group_id}' does not exist")


def _identity(balancer: Any) -> tuple[Any, ...]:
    subnets = sorted(subnet.id for subnet in balancer.subnets)
    return balancer.scheme, balancer.type, balancer.ip_address_type, subnets


def _keep_protected_balancers(backend: Any) -> None:
    delete = backend.delete_load_balancer

    def delete_load_balancer(self: Any, arn: str) -> None:
        held = self.load_balancers.get(arn)
        if held is not None and held.attrs.get(PROTECTED) == "true":
            raise error(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        delete(self, arn)

    backend.delete_load_balancer = delete_load_balancer


def _set_rule_priorities(self: Any, rule_priorities: list[dict[str, Any]]) -> list[Any]:
    """Set all priorities at once, so that rules may swap places."""
    if any("Priority" not in each or "RuleArn" not in each for each in rule_priorities):
        raise error("ValidationError", "A rule ARN and a priority must be specified")
    wanted = {each["RuleArn"]: int(each["Priority"]) for each in rule_priorities}
    if len(wanted) < len(rule_priorities):
        raise error("ValidationError", "A rule was provided multiple times")
    rules = self.describe_rules(listener_arn=None, rule_arns=list(wanted))
    for rule in rules:
        if rule.is_default:
            raise error("OperationNotPermitted", f"The priority of the default rule '{rule.arn}' cannot be changed")
    for listener_arn in {rule.listener_arn for rule in rules}:
        taken: set[int] = set()
        for rule in self.describe_rules(listener_arn=listener_arn, rule_arns=None):
            priority = wanted.get(rule.arn, 0 if rule.is_default else int(rule.priority))
            if priority in taken:
                raise error("PriorityInUse", f"Priority '{priority}' is currently in use")
            taken.add(priority)
    for rule in rules:
        rule.priority = wanted[rule.arn]
    return list(rules)


def _delete_rule(self: Any, arn: str) -> None:
    (rule,) = self.describe_rules(listener_arn=None, rule_arns=[arn])
    if rule.is_default:
        raise error("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    (listener,) = self.describe_listeners(None, [rule.listener_arn])
    listener.remove_rule(arn)


def _keep_default_rules(backend: Any) -> None:
    modify = backend.modify_rule

    def modify_rule(self: Any, rule_arn: str, conditions: list[Any], actions: list[Any]) -> Any:
        (rule,) = self.describe_rules(listener_arn=None, rule_arns=[rule_arn])
        if rule.is_default and conditions:
            raise error("OperationNotPermitted", f"Default rule '{rule_arn}' cannot have conditions")
        changed = modify(self, rule_arn, conditions, actions)
        if rule.is_default:
            (listener,) = self.describe_listeners(None, [rule.listener_arn])
            listener.default_actions = rule.actions
        return changed

    backend.modify_rule = modify_rule


def _keep_the_certificates_that_are_there(backend: Any) -> None:
    add, remove = backend.add_listener_certificates, backend.remove_listener_certificates
    modify = backend.modify_listener

    def add_listener_certificates(self: Any, arn: str, certificates: list[dict[str, Any]]) -> Any:
        _refuse_certificates(self, certificates)
        return add(self, arn, certificates)

    def modify_listener(
        self: Any,
        arn: str,
        port: Any = None,
        protocol: Any = None,
        ssl_policy: Any = None,
        certificates: Any = None,
        actions: Any = None,
    ) -> Any:
        """Check certificates first, and keep the additional ones: moto changes the port before it checks the
        certificate, and drops the additional certificates when it replaces the default one.
        """
        _refuse_certificates(self, certificates or [])
        (listener,) = self.describe_listeners(None, [arn])
        others = [each for each in listener.certificates if each != listener.certificate]
        modify(self, arn, port, protocol, ssl_policy, certificates or [], actions or [])
        if certificates:
            listener.certificates = list(dict.fromkeys([listener.certificate, *others]))
        return listener

    def remove_listener_certificates(self: Any, arn: str, certificates: list[dict[str, Any]]) -> None:
        (listener,) = self.describe_listeners(None, [arn])
        if listener.certificate in [each["CertificateArn"] for each in certificates]:
            raise error("OperationNotPermitted", "The default certificate of a listener cannot be removed")
        remove(self, arn, certificates)

    backend.modify_listener = modify_listener
    backend.add_listener_certificates = add_listener_certificates
    backend.remove_listener_certificates = remove_listener_certificates


def _refuse_certificates(backend: Any, certificates: list[dict[str, Any]]) -> None:
    for each in certificates:
        if not backend._certificate_exists(each["CertificateArn"]):
            raise error("CertificateNotFound", f"Certificate '{each['CertificateArn']}' not found")


def _modify_target_group_attributes(self: Any, target_group_arn: str, attributes: dict[str, Any]) -> None:
    self.target_groups[target_group_arn].attributes.update(attributes)


def _add_tags(self: Any, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
    for arn in resource_arns:
        self._get_resource_by_arn(arn)
        _refuse_tags(tags, self.tagging_service.get_tag_dict_for_resource(arn))
    for arn in resource_arns:
        self.tagging_service.tag_resource(arn, tags)


def _refuse_tags(tags: list[dict[str, str]], held: dict[str, Any]) -> None:
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise error("DuplicateTagKeys", "A tag key was specified more than once")
    for key in keys:
        if key.lower().startswith("aws:"):
            raise error("ValidationError", f"Tag key '{key}' cannot begin with 'aws:'")
    if len(held.keys() | keys) > MAX_TAGS:
        raise error("TooManyTags", f"A resource can have at most {MAX_TAGS} tags")

"""aws_lb."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_until
from terraform_provider.resources.elb import _attributes, _logs, _tags
from terraform_provider.values.unknown import UNKNOWN, State

APPLICATION = "application"
TIMEOUT = "10m"
PREFIX = "tf-lb-"
LONGEST_PREFIX = 6
ATTRIBUTES = {
    "client_keep_alive": "client_keep_alive.seconds",
    "desync_mitigation_mode": "routing.http.desync_mitigation_mode",
    "drop_invalid_header_fields": "routing.http.drop_invalid_header_fields.enabled",
    "enable_deletion_protection": "deletion_protection.enabled",
    "enable_http2": "routing.http2.enabled",
    "enable_tls_version_and_cipher_suite_headers": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enable_waf_fail_open": "waf.fail_open.enabled",
    "enable_xff_client_port": "routing.http.xff_client_port.enabled",
    "enable_zonal_shift": "zonal_shift.config.enabled",
    "idle_timeout": "idle_timeout.timeout_seconds",
    "preserve_host_header": "routing.http.preserve_host_header.enabled",
    "xff_header_processing_mode": "routing.http.xff_header_processing.mode",
}
ALWAYS_ON = {"enable_cross_zone_load_balancing": "load_balancing.cross_zone.enabled"}
"""Attributes that are on for application load balancers, whatever the argument says."""
NUMBERS = ("client_keep_alive", "idle_timeout")
OF_OTHER_TYPES = (
    "customer_owned_ipv4_pool",
    "dns_record_client_routing_policy",
    "enforce_security_group_inbound_rules_on_private_link_traffic",
    "ipam_pools",
)
"""Arguments that the local cloud does not support."""


@resource("aws_lb")
class LoadBalancer(Resource):
    noun = "ELBv2 Load Balancer"
    gone = ("LoadBalancerNotFound",)

    def validate(self, config: State) -> None:
        name, prefix = config.get("name"), config.get("name_prefix")
        if isinstance(name, str) and name.startswith("internal-"):
            raise ProviderError('"name" cannot begin with "internal-"', path=("name",))
        if isinstance(prefix, str) and len(prefix) > LONGEST_PREFIX:
            raise ProviderError(
                f'"name_prefix" cannot be longer than {LONGEST_PREFIX} characters', path=("name_prefix",)
            )
        _refuse_not_served(config)

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name({**planned, "name_prefix": planned["name_prefix"] or PREFIX})
        _refuse_existing(aws, name)
        optional = {
            "Subnets": [] if planned["subnet_mapping"] else sorted(planned["subnets"] or ()),
            "SubnetMappings": [_subnet_mapping(each) for each in planned["subnet_mapping"] or ()],
            "SecurityGroups": sorted(planned["security_groups"] or ()),
            "Scheme": "internal" if planned["internal"] else "",
            "IpAddressType": planned["ip_address_type"],
        }
        made = aws.client("elbv2").create_load_balancer(
            Name=name,
            Type=APPLICATION,
            **{key: value for key, value in optional.items() if value},
            **_tags.created_with(planned),
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def complete(self, aws: Aws, state: State) -> None:
        _wait_until_active(aws, state, "create")
        _set_attributes(aws, state, frozenset((*ATTRIBUTES, *_logs.BLOCKS)))
        if state["minimum_load_balancer_capacity"]:
            _set_capacity(aws, state)

    def read(self, aws: Aws, state: State) -> State | None:
        elb, arn = aws.client("elbv2"), state["id"]
        found = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
        attributes = _attributes.as_dict(elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"])
        zones = found.get("AvailabilityZones") or []
        names = {**ATTRIBUTES, **ALWAYS_ON}
        of = {name: _attributes.is_on for name in names if name.startswith(("enable_", "drop_", "preserve_"))}
        return {
            "arn": found["LoadBalancerArn"],
            "arn_suffix": found["LoadBalancerArn"].split(":loadbalancer/", 1)[1],
            "customer_owned_ipv4_pool": None,
            "dns_name": found["DNSName"],
            "enforce_security_group_inbound_rules_on_private_link_traffic": None,
            "internal": found.get("Scheme") == "internal",
            "ip_address_type": found.get("IpAddressType"),
            "ipam_pools": [],
            "load_balancer_type": found["Type"],
            "minimum_load_balancer_capacity": _capacity(elb, arn),
            "name": found["LoadBalancerName"],
            "name_prefix": prefix_of(found["LoadBalancerName"]),
            "security_groups": found.get("SecurityGroups") or [],
            "subnets": [zone["SubnetId"] for zone in zones],
            "subnet_mapping": [_mapping_of(zone) for zone in zones],
            "vpc_id": found.get("VpcId"),
            "zone_id": found.get("CanonicalHostedZoneId"),
            "tags_all": _tags.of(aws, arn),
            **{name: _logs.as_block(name, attributes) for name in _logs.BLOCKS},
            **_attributes.read(names, attributes, {**of, **dict.fromkeys(NUMBERS, int)}),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        elb, arn = aws.client("elbv2"), prior["id"]
        _set_attributes(aws, {**planned, "id": arn}, changed)
        if "security_groups" in changed:
            elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=sorted(planned["security_groups"] or ()))
        if "subnet_mapping" in changed and planned["subnet_mapping"] and "subnets" not in changed:
            mappings = [_subnet_mapping(each) for each in planned["subnet_mapping"] or ()]
            elb.set_subnets(LoadBalancerArn=arn, SubnetMappings=mappings)
        elif "subnets" in changed:
            elb.set_subnets(LoadBalancerArn=arn, Subnets=sorted(planned["subnets"] or ()))
        if "ip_address_type" in changed:
            elb.set_ip_address_type(LoadBalancerArn=arn, IpAddressType=planned["ip_address_type"])
        if "minimum_load_balancer_capacity" in changed:
            _set_capacity(aws, {**planned, "id": arn})
        if "tags_all" in changed:
            _tags.change(aws, prior, planned)
        _wait_until_active(aws, {**planned, "id": arn}, "update")

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("elbv2").delete_load_balancer(LoadBalancerArn=state["id"])
        # ELB deletes its interfaces a while later; until then they use the security group and the subnets.
        for interface in _interfaces(aws, state["id"]):
            _remove_interface(aws, interface)


def _refuse_not_served(config: State) -> None:
    kind = config.get("load_balancer_type")
    if kind not in (None, APPLICATION, UNKNOWN):
        raise ProviderError(
            f'the stand-in for hashicorp/aws does not serve load_balancer_type = "{kind}"',
            "The local cloud has application load balancers only. Use one, or the real provider.",
            ("load_balancer_type",),
        )
    refuse_not_served(config, OF_OTHER_TYPES, "aws_lb")


def _refuse_existing(aws: Aws, name: str) -> None:
    """Refuse an existing name: ELB would return the existing load balancer, which is not Terraform's."""
    try:
        aws.client("elbv2").describe_load_balancers(Names=[name])
    except ClientError as exc:
        if code_of(exc) == "LoadBalancerNotFound":
            return
        raise
    raise ProviderError(
        f"ELBv2 Load Balancer ({name}) already exists",
        "Import it (`terraform import`), or choose another name.",
        ("name",),
    )


def _wait_until_active(aws: Aws, state: State, operation: str) -> None:
    def code() -> str:
        found = aws.client("elbv2").describe_load_balancers(LoadBalancerArns=[state["id"]])["LoadBalancers"][0]
        return str(found.get("State", {}).get("Code", "active"))

    limit = timeout_s(state, operation, TIMEOUT)
    wait_until(aws, "the load balancer", code, ("active",), pending=("provisioning",), timeout_s=limit)


def _set_attributes(aws: Aws, state: State, changed: frozenset[str]) -> None:
    """Set the changed attributes and logs."""
    pairs = {
        key: _attributes.written(state[name])
        for name, key in ATTRIBUTES.items()
        if name in changed and state[name] is not None
    }
    for name in _logs.BLOCKS:
        if name in changed:
            pairs |= _logs.of_block(name, state[name])
    if pairs:
        aws.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=state["id"], Attributes=_attributes.as_pairs(pairs)
        )


def _set_capacity(aws: Aws, state: State) -> None:
    blocks = state["minimum_load_balancer_capacity"]
    wanted: dict[str, Any] = (
        {"MinimumLoadBalancerCapacity": {"CapacityUnits": blocks[0]["capacity_units"]}}
        if blocks
        else {"ResetCapacityReservation": True}
    )
    aws.client("elbv2").modify_capacity_reservation(LoadBalancerArn=state["id"], **wanted)


def _capacity(elb: Any, arn: str) -> list[State]:
    found = elb.describe_capacity_reservation(LoadBalancerArn=arn).get("MinimumLoadBalancerCapacity") or {}
    return [{"capacity_units": found["CapacityUnits"]}] if found.get("CapacityUnits") else []


def _subnet_mapping(block: State) -> dict[str, Any]:
    request = {
        "SubnetId": block["subnet_id"],
        "AllocationId": block["allocation_id"],
        "PrivateIPv4Address": block["private_ipv4_address"],
        "IPv6Address": block["ipv6_address"],
    }
    return {key: value for key, value in request.items() if value}


def _mapping_of(zone: dict[str, Any]) -> State:
    address: dict[str, str] = next(iter(zone.get("LoadBalancerAddresses") or ()), {})
    return {
        "allocation_id": address.get("AllocationId", ""),
        "ipv6_address": address.get("IPv6Address", ""),
        "outpost_id": zone.get("OutpostId", ""),
        "private_ipv4_address": address.get("PrivateIPv4Address", ""),
        "subnet_id": zone["SubnetId"],
    }


def _interfaces(aws: Aws, arn: str) -> list[dict[str, Any]]:
    filters = [
        {"Name": "attachment.instance-owner-id", "Values": ["amazon-elb"]},
        {"Name": "description", "Values": [f"ELB {arn.split(':loadbalancer/', 1)[1]}"]},
    ]
    found: list[dict[str, Any]] = aws.client("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return found


def _remove_interface(aws: Aws, interface: dict[str, Any]) -> None:
    """Detach and delete an interface; ELB may do both first, or still use it."""
    ec2, attachment = aws.client("ec2"), interface.get("Attachment", {}).get("AttachmentId")
    try:
        if attachment:
            ec2.detach_network_interface(AttachmentId=attachment, Force=True)
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    except ClientError as exc:
        if code_of(exc) not in ("InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceID.NotFound",
                                "OperationNotPermitted", "InvalidParameterValue"):  # fmt: skip
            raise

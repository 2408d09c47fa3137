"""aws_vpc_endpoint."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_until
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

TIMEOUT = "10m"
GATEWAY = "Gateway"
HERE = (GATEWAY, "Interface")
LISTS = {
    "route_table_ids": ("RouteTableIds", "AddRouteTableIds", "RemoveRouteTableIds"),
    "security_group_ids": ("SecurityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    "subnet_ids": ("SubnetIds", "AddSubnetIds", "RemoveSubnetIds"),
}
NOT_HERE = ("resource_configuration_arn", "service_network_arn")
GONE = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")


@resource("aws_vpc_endpoint")
class VpcEndpoint(Resource):
    noun = "EC2 VPC Endpoint"
    title = "id"
    gone = GONE
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def validate(self, config: State) -> None:
        for name in NOT_HERE:
            if is_set(config.get(name)):
                raise ProviderError(f"{name}: the local cloud has no VPC Lattice", "Write service_name.", (name,))
        kind = config.get("vpc_endpoint_type")
        if isinstance(kind, str) and kind not in HERE:
            raise ProviderError(
                f"vpc_endpoint_type: the local cloud has no endpoints of type {kind}",
                f"Write one of {', '.join(HERE)}.",
                ("vpc_endpoint_type",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        request: dict[str, Any] = {
            "VpcId": planned["vpc_id"],
            "VpcEndpointType": planned["vpc_endpoint_type"],
            "ServiceName": planned["service_name"],
            "PrivateDnsEnabled": bool(planned["private_dns_enabled"]),
            **_options(planned),
            **{names[0]: sorted(planned[ours]) for ours, names in LISTS.items() if planned[ours]},
            **_tags.specified("vpc-endpoint", planned),
        }
        if planned["policy"]:
            request["PolicyDocument"] = planned["policy"]
        return str(aws.client("ec2").create_vpc_endpoint(**request)["VpcEndpoint"]["VpcEndpointId"])

    def complete(self, aws: Aws, state: State) -> None:
        _wait_available(aws, state, "create")

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state["id"])
        if found is None:
            return None
        return {
            "arn": aws.arn("ec2", f"vpc-endpoint/{state['id']}", account=found["OwnerId"]),
            "dns_entry": [
                {"dns_name": each.get("DnsName", ""), "hosted_zone_id": each.get("HostedZoneId", "")}
                for each in found.get("DnsEntries", [])
            ],
            "dns_options": _read_options(found.get("DnsOptions")),
            "ip_address_type": found.get("IpAddressType"),
            "network_interface_ids": found.get("NetworkInterfaceIds", []),
            "owner_id": found["OwnerId"],
            "policy": found.get("PolicyDocument"),
            "private_dns_enabled": bool(found.get("PrivateDnsEnabled")),
            "requester_managed": bool(found.get("RequesterManaged")),
            "route_table_ids": found.get("RouteTableIds", []),
            "security_group_ids": [each["GroupId"] for each in found.get("Groups", [])],
            "resource_configuration_arn": found.get("ResourceConfigurationArn"),
            "service_name": found["ServiceName"],
            "service_network_arn": found.get("ServiceNetworkArn"),
            "service_region": found.get("ServiceRegion"),
            "state": _state(found),
            "subnet_configuration": _subnets(aws, found.get("NetworkInterfaceIds", [])),
            "subnet_ids": found.get("SubnetIds", []),
            "tags_all": tags.as_dict(found.get("Tags")),
            "vpc_endpoint_type": found.get("VpcEndpointType") or GATEWAY,
            "vpc_id": found["VpcId"],
            **_prefix_list(aws, found),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        request: dict[str, Any] = {}
        for ours, (_, add, remove) in LISTS.items():
            old, new = set(prior[ours] or []), set(planned[ours] or [])
            if ours in changed:
                request |= {name: sorted(ids) for name, ids in ((add, new - old), (remove, old - new)) if ids}
        if "private_dns_enabled" in changed:
            request["PrivateDnsEnabled"] = bool(planned["private_dns_enabled"])
        if changed & {"dns_options", "ip_address_type"}:
            request |= _options(planned)
        if "policy" in changed and not same_policy(prior["policy"], planned["policy"]):
            request |= {"PolicyDocument": planned["policy"]} if planned["policy"] else {"ResetPolicy": True}
        if request:
            aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=prior["id"], **request)
            _wait_available(aws, planned | {"id": prior["id"]}, "update")
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        answer = aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[state["id"]])
        for each in answer.get("Unsuccessful", []):
            error = each["Error"]
            if error["Code"] not in self.gone:
                raise ProviderError(f"deleting {self.noun} ({state['id']}): {error['Code']}: {error['Message']}")
        limit_s = timeout_s(state, "delete", TIMEOUT)
        wait_until(aws, f"endpoint {state['id']}", lambda: _seen(aws, state["id"]), ("",), timeout_s=limit_s)


def _wait_available(aws: Aws, state: State, operation: str) -> None:
    wait_until(
        aws,
        f"endpoint {state['id']}",
        lambda: _seen(aws, state["id"]),
        ("available", "pendingAcceptance"),
        timeout_s=timeout_s(state, operation, TIMEOUT),
        pending=("pending", ""),
    )


def _found(aws: Aws, endpoint_id: str) -> dict[str, Any] | None:
    listed: list[dict[str, Any]] = aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])[
        "VpcEndpoints"
    ]
    return next((each for each in listed if _state(each) != "deleted"), None)


def _seen(aws: Aws, endpoint_id: str) -> str:
    """Return an endpoint's state; "" for none."""
    try:
        found = _found(aws, endpoint_id)
    except ClientError as exc:
        if code_of(exc) not in GONE:
            raise
        return ""
    return _state(found) if found else ""


def _state(found: Mapping[str, Any]) -> str:
    """Return the state in the provider's words: EC2 writes `Available` in some responses."""
    state = str(found.get("State", ""))
    return state[:1].lower() + state[1:]


def _options(planned: State) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if planned["ip_address_type"]:
        request["IpAddressType"] = planned["ip_address_type"]
    options = (planned["dns_options"] or [None])[0]
    if options:
        made: dict[str, Any] = {}
        if options["dns_record_ip_type"]:
            made["DnsRecordIpType"] = options["dns_record_ip_type"]
        if options["private_dns_only_for_inbound_resolver_endpoint"] is not None:
            made["PrivateDnsOnlyForInboundResolverEndpoint"] = options["private_dns_only_for_inbound_resolver_endpoint"]
        if made:
            request["DnsOptions"] = made
    return request


def _read_options(options: Mapping[str, Any] | None) -> list[State]:
    if not options:
        return []
    only = options.get("PrivateDnsOnlyForInboundResolverEndpoint")
    return [
        {
            "dns_record_ip_type": options.get("DnsRecordIpType") or "",
            "private_dns_only_for_inbound_resolver_endpoint": bool(only),
        }
    ]


def _subnets(aws: Aws, interface_ids: list[str]) -> list[State]:
    """Return the address that an endpoint has in each of its subnets."""
    if not interface_ids:
        return []
    found = aws.client("ec2").describe_network_interfaces(NetworkInterfaceIds=interface_ids)["NetworkInterfaces"]
    return [
        {
            "ipv4": each.get("PrivateIpAddress", ""),
            "ipv6": each.get("Ipv6Address", ""),
            "subnet_id": each["SubnetId"],
        }
        for each in found
    ]


def _prefix_list(aws: Aws, found: Mapping[str, Any]) -> State:
    """Return the list of a service's addresses: only gateway endpoints have one."""
    if (found.get("VpcEndpointType") or GATEWAY) != GATEWAY:
        return {"cidr_blocks": []}
    named = [{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}]
    listed = aws.client("ec2").describe_prefix_lists(Filters=named)["PrefixLists"]
    chosen = next((each for each in listed if each["PrefixListName"] == found["ServiceName"]), None)
    if chosen is None:
        return {"cidr_blocks": [], "prefix_list_id": None}
    return {"cidr_blocks": chosen.get("Cidrs", []), "prefix_list_id": chosen["PrefixListId"]}

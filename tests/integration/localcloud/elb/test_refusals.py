"""Refused requests leave nothing behind, and do not keep others from being served."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elb.model import TargetType

pytestmark = pytest.mark.asyncio(loop_scope="module")

OK = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "ok"}
ANSWER = [{"Type": "fixed-response", "FixedResponseConfig": OK}]


async def refused(balancer: Any, code: str, operation: str, **parameters: Any) -> None:
    with pytest.raises(ClientError) as raised:
        await balancer.call(operation, **parameters)
    assert raised.value.response["Error"]["Code"] == code, raised.value


async def rule(balancer: Any, path: str, priority: int) -> str:
    created = await balancer.call(
        "create_rule",
        ListenerArn=balancer.listener,
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "Values": [path]}],
        Actions=ANSWER,
    )
    arn: str = created["Rules"][0]["RuleArn"]
    return arn


async def test_a_group_of_unknown_type_is_refused_and_everything_continues(balancer: Any) -> None:
    await refused(
        balancer, "ValidationError", "create_target_group",
        Name="wrong", Protocol="HTTP", Port=80, VpcId=balancer.vpc, TargetType="foo",
    )  # fmt: skip
    assert await balancer.create_group("right")


async def test_what_cannot_be_understood_is_left_out_and_the_rest_is_served(
    balancer: Any, cloud: Any, request_once: Any
) -> None:
    arn = await balancer.create_group("odd")

    def spoil() -> None:
        from moto.elbv2.models import elbv2_backends

        elbv2_backends[cloud.host.account_id][cloud.host.region].target_groups[arn].target_type = "foo"

    await cloud.host.moto.run(spoil)
    await balancer.call("modify_listener", ListenerArn=balancer.listener, DefaultActions=ANSWER)
    assert (await request_once(balancer.port)).body == "ok"
    await balancer.call("delete_target_group", TargetGroupArn=arn)
    assert TargetType.IP.value in {
        group["TargetType"] for group in (await balancer.call("describe_target_groups"))["TargetGroups"]
    }


async def test_a_name_is_one_load_balancer(balancer: Any) -> None:
    (held,) = (await balancer.call("describe_load_balancers", Names=["test"]))["LoadBalancers"]
    subnets = [zone["SubnetId"] for zone in held["AvailabilityZones"]]
    again = await balancer.call("create_load_balancer", Name="test", Subnets=subnets)
    assert [each["LoadBalancerArn"] for each in again["LoadBalancers"]] == [balancer.arn]
    assert again["LoadBalancers"][0]["Scheme"] == "internet-facing"
    other = {"Name": "test", "Subnets": subnets, "Scheme": "internal"}
    await refused(balancer, "DuplicateLoadBalancerName", "create_load_balancer", **other)
    await refused(balancer, "ValidationError", "create_load_balancer", Name="a", Subnets=[subnets[0], subnets[0]])
    await refused(balancer, "SubnetNotFound", "create_load_balancer", Name="a", Subnets=["subnet-1", "subnet-2"])
    assert len((await balancer.call("describe_load_balancers"))["LoadBalancers"]) == 1


async def test_a_load_balancer_keeps_a_security_group_and_has_ipv6_in_subnets_with_ipv6(balancer: Any) -> None:
    held = (await balancer.call("describe_load_balancers", Names=["test"]))["LoadBalancers"][0]
    named = {"LoadBalancerArn": held["LoadBalancerArn"]}
    subnets = [zone["SubnetId"] for zone in held["AvailabilityZones"]]
    await refused(balancer, "ValidationError", "set_security_groups", **named, SecurityGroups=[])
    await refused(balancer, "ValidationError", "set_ip_address_type", **named, IpAddressType="dualstack")
    dual = {"Name": "dual", "Subnets": subnets, "IpAddressType": "dualstack"}
    await refused(balancer, "ValidationError", "create_load_balancer", **dual)
    await refused(balancer, "SubnetNotFound", "set_subnets", **named, Subnets=["subnet-1", "subnet-2"])
    await balancer.call("set_subnets", **named, Subnets=subnets)
    await balancer.call("set_ip_address_type", **named, IpAddressType="ipv4")
    assert (await balancer.call("describe_load_balancers", Names=["test"]))["LoadBalancers"] == [held]


async def test_a_protected_load_balancer_stays(balancer: Any) -> None:
    async def protect(value: str) -> None:
        attributes = [{"Key": "deletion_protection.enabled", "Value": value}]
        await balancer.call("modify_load_balancer_attributes", LoadBalancerArn=balancer.arn, Attributes=attributes)

    await protect("true")
    await refused(balancer, "OperationNotPermitted", "delete_load_balancer", LoadBalancerArn=balancer.arn)
    await protect("false")


async def test_rules_change_places_and_the_default_rule_stays(balancer: Any, request_once: Any) -> None:
    one, two = await rule(balancer, "/1", 10), await rule(balancer, "/2", 20)
    swapped = [{"RuleArn": one, "Priority": 20}, {"RuleArn": two, "Priority": 10}]
    await balancer.call("set_rule_priorities", RulePriorities=swapped)
    rules = (await balancer.call("describe_rules", ListenerArn=balancer.listener))["Rules"]
    assert [(each["Priority"], each["RuleArn"]) for each in rules[:2]] == [("10", two), ("20", one)]
    default = rules[2]["RuleArn"]
    taken = [{"RuleArn": one, "Priority": 10}]
    await refused(balancer, "PriorityInUse", "set_rule_priorities", RulePriorities=taken)
    moved = [{"RuleArn": default, "Priority": 3}]
    await refused(balancer, "OperationNotPermitted", "set_rule_priorities", RulePriorities=moved)
    await refused(balancer, "OperationNotPermitted", "delete_rule", RuleArn=default)
    conditions = [{"Field": "path-pattern", "Values": ["/3"]}]
    await refused(balancer, "OperationNotPermitted", "modify_rule", RuleArn=default, Conditions=conditions)
    await refused(balancer, "RuleNotFound", "delete_rule", RuleArn=f"{one[:-4]}0000")
    assert (await request_once(balancer.port, "/1")).body == "ok"


async def test_rules_come_page_by_page(balancer: Any) -> None:
    created = [await rule(balancer, f"/{number}", number) for number in (30, 5, 17)]
    parameters = {"ListenerArn": balancer.listener, "PageSize": 2}
    first = await balancer.call("describe_rules", **parameters)
    second = await balancer.call("describe_rules", **parameters, Marker=first["NextMarker"])
    found = [each["RuleArn"] for each in first["Rules"] + second["Rules"]]
    assert (found[:3], len(found), "NextMarker" in second) == ([created[1], created[2], created[0]], 4, False)
    await refused(balancer, "ValidationError", "describe_rules", ListenerArn=balancer.listener, Marker="nowhere")


async def test_a_listener_keeps_its_port_when_a_change_is_refused(balancer: Any) -> None:
    nowhere = [{"CertificateArn": "arn:aws:acm:us-west-1:123456789012:certificate/none"}]
    change = {"ListenerArn": balancer.listener, "Port": balancer.port + 1, "Protocol": "HTTPS"}
    await refused(balancer, "ValidationError", "modify_listener", **change)
    await refused(balancer, "CertificateNotFound", "modify_listener", **change, Certificates=nowhere)
    forward = [{"Type": "forward", "TargetGroupArn": f"{balancer.group[:-4]}0000"}]
    await refused(
        balancer, "TargetGroupNotFound", "modify_listener", ListenerArn=balancer.listener, DefaultActions=forward
    )
    (held,) = (await balancer.call("describe_listeners", ListenerArns=[balancer.listener]))["Listeners"]
    assert (held["Port"], held["Protocol"]) == (balancer.port, "HTTP")


async def test_the_default_certificate_stays_and_others_outlive_a_new_one(balancer: Any) -> None:
    async def certificate(name: str) -> str:
        created = await balancer.cloud.call("acm", "request_certificate", DomainName=name)
        arn: str = created["CertificateArn"]
        return arn

    one, two, three = [await certificate(f"{name}.example.com") for name in ("one", "two", "three")]
    speaks_tls = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": one}]}
    await balancer.call("modify_listener", ListenerArn=balancer.listener, **speaks_tls)
    more = {"ListenerArn": balancer.listener, "Certificates": [{"CertificateArn": two}]}
    await balancer.call("add_listener_certificates", **more)
    default = {"ListenerArn": balancer.listener, "Certificates": [{"CertificateArn": one}]}
    await refused(balancer, "OperationNotPermitted", "remove_listener_certificates", **default)
    nowhere = [{"CertificateArn": f"{one[:-4]}0000"}]
    wrong = {"ListenerArn": balancer.listener, "Certificates": nowhere}
    await refused(balancer, "CertificateNotFound", "add_listener_certificates", **wrong)
    changed = {"ListenerArn": balancer.listener, "Certificates": [{"CertificateArn": three}]}
    await balancer.call("modify_listener", **changed)
    answer = await balancer.call("describe_listener_certificates", ListenerArn=balancer.listener)
    assert [each["CertificateArn"] for each in answer["Certificates"]] == [three, two]

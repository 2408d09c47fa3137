"""aws_lb_target_group."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.elb import _attributes, _group_attributes, _health_check, _tags
from terraform_provider.values.unknown import UNKNOWN, State

LAMBDA, INSTANCE = "lambda", "instance"
TRAFFIC = {"port": "Port", "protocol": "Protocol", "vpc_id": "VpcId"}
PREFIX = "tf-"
LONGEST_PREFIX = 6
DELETE_S = 120.0  # a listener or rule that forwards to the group is deleted at the same time
WITH_STICKY_COOKIES = ("lb_cookie", "app_cookie")


@resource("aws_lb_target_group")
class TargetGroup(Resource):
    noun = "ELBv2 Target Group"
    gone = ("TargetGroupNotFound",)

    def validate(self, config: State) -> None:
        prefix = config.get("name_prefix")
        if isinstance(prefix, str) and len(prefix) > LONGEST_PREFIX:
            raise ProviderError(
                f'"name_prefix" cannot be longer than {LONGEST_PREFIX} characters', path=("name_prefix",)
            )
        if config.get("target_type") is UNKNOWN:
            return
        _refuse(config, is_set=config.get("target_type") == LAMBDA)

    def customize_plan(self, change: Change) -> None:
        """Refuse cookies for protocols that have none."""
        planned = change.planned
        for block in planned["stickiness"] if isinstance(planned["stickiness"], list) else ():
            protocol, kind = planned["protocol"], block["type"]
            if block["enabled"] is False or UNKNOWN in (protocol, kind):
                continue
            if kind in WITH_STICKY_COOKIES and protocol not in ("HTTP", "HTTPS", None):
                change.refuse(
                    f'Attribute "stickiness[0].type" cannot be "{kind}" when "protocol" is "{protocol}".',
                    "Cookies require HTTP or HTTPS.",
                    "stickiness",
                )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name({**planned, "name_prefix": planned["name_prefix"] or PREFIX})
        optional: dict[str, Any] = {"IpAddressType": planned["ip_address_type"]}
        if planned["target_type"] != LAMBDA:
            is_http = planned["protocol"] in ("HTTP", "HTTPS")
            optional |= {key: planned[argument] for argument, key in TRAFFIC.items()}
            optional["ProtocolVersion"] = planned["protocol_version"] if is_http else None
        made = aws.client("elbv2").create_target_group(
            Name=name,
            TargetType=planned["target_type"] or INSTANCE,
            **{key: value for key, value in optional.items() if value},
            **_health_check.request(planned),
            **_tags.created_with(planned),
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def complete(self, aws: Aws, state: State) -> None:
        _set(aws, state["id"], _group_attributes.wanted(state))

    def read(self, aws: Aws, state: State) -> State | None:
        elb, arn = aws.client("elbv2"), state["id"]
        found = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        attributes = _attributes.as_dict(elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"])
        of: dict[str, Any] = {**dict.fromkeys(_group_attributes.SWITCHES, _attributes.is_on), "slow_start": int}
        traffic = {} if found["TargetType"] == LAMBDA else {name: found.get(key) for name, key in TRAFFIC.items()}
        return {
            "arn": found["TargetGroupArn"],
            "arn_suffix": found["TargetGroupArn"].split(":", 5)[5],
            "health_check": _health_check.as_block(found),
            "ip_address_type": found.get("IpAddressType"),
            "lambda_multi_value_headers_enabled": bool(state["lambda_multi_value_headers_enabled"]),
            "load_balancer_arns": found.get("LoadBalancerArns") or [],
            "name": found["TargetGroupName"],
            "name_prefix": prefix_of(found["TargetGroupName"]),
            "protocol_version": found.get("ProtocolVersion"),
            "proxy_protocol_v2": bool(state["proxy_protocol_v2"]),
            "target_type": found["TargetType"],
            "tags_all": _tags.of(aws, arn),
            **traffic,
            **_group_attributes.as_blocks(attributes),
            **_attributes.read(_group_attributes.ARGUMENTS, attributes, of),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "health_check" in changed:
            request = _health_check.request(planned)
            if request:
                aws.client("elbv2").modify_target_group(TargetGroupArn=prior["id"], **request)
        _set(aws, prior["id"], _group_attributes.wanted(planned, changed))
        if "tags_all" in changed:
            _tags.change(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        retried(
            aws,
            lambda: aws.client("elbv2").delete_target_group(TargetGroupArn=state["id"]),
            codes=("ResourceInUse",),
            message="is currently in use by a listener or a rule",
            timeout_s=DELETE_S,
        )


def _set(aws: Aws, arn: str, attributes: dict[str, str]) -> None:
    if attributes:
        aws.client("elbv2").modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=_attributes.as_pairs(attributes)
        )


def _refuse(config: State, *, is_set: bool) -> None:
    """Refuse a group with missing or superfluous protocol, port or VPC."""
    for name in TRAFFIC:
        if (config.get(name) is not None) == is_set:
            rule = "cannot be specified" if is_set else "must be specified"
            when = f'"{LAMBDA}"' if is_set else f'"{config.get("target_type") or INSTANCE}"'
            raise ProviderError(
                f'Attribute "{name}" {rule} when "target_type" is {when}.',
                "A group of functions has neither port, protocol nor VPC; every other one has all of them.",
                (name,),
            )

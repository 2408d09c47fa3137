"""ARNs in ELBv2 requests: distinguishes malformed ARNs from ARNs of missing resources. Pure."""

import re
from collections.abc import Mapping

from localcloud.errors import AwsError

KINDS = {
    "LoadBalancerArn": ("load balancer", "loadbalancer/(?:app|net|gwy)/[^/]+/[^/]+"),
    "TargetGroupArn": ("target group", "targetgroup/[^/]+/[^/]+"),
    "ListenerArn": ("listener", "listener/(?:app|net|gwy)/[^/]+/[^/]+/[^/]+"),
    "RuleArn": ("listener rule", "listener-rule/(?:app|net|gwy)/[^/]+/[^/]+/[^/]+/[^/]+"),
}
PARAMETER = re.compile(r"(?:.*\.)?(LoadBalancer|TargetGroup|Listener|Rule)Arns?(?:\.member\.\d+)?")
RESOURCE = re.compile(r"ResourceArns\.member\.\d+")
CHANGES_TAGS = ("AddTags", "RemoveTags")


def check_arns(form: Mapping[str, str], region: str) -> None:
    """Refuse ARNs of another kind or region than their parameter takes.

    Errors: AwsError ValidationError for the first of them.
    """
    before = rf"arn:[a-z-]+:elasticloadbalancing:{re.escape(region)}:\d{{12}}:"
    for name, value in form.items():
        if RESOURCE.fullmatch(name) and not any(re.fullmatch(before + pattern, value) for _, pattern in KINDS.values()):
            raise AwsError("ValidationError", f"'{value[:200]}' must be in ARN format")
        found = PARAMETER.fullmatch(name)
        if found is None:
            continue
        kind, pattern = KINDS[f"{found[1]}Arn"]
        if not re.fullmatch(before + pattern, value):
            raise AwsError("ValidationError", f"'{value[:200]}' is not a valid {kind} ARN")


def check_number_to_tag(operation: str, form: Mapping[str, str]) -> None:
    """Refuse to tag several resources: AWS accepts one in this list parameter. Errors: AwsError ValidationError."""
    if operation in CHANGES_TAGS and sum(RESOURCE.fullmatch(name) is not None for name in form) > 1:
        raise AwsError("ValidationError", "Only one resource can be tagged at a time")

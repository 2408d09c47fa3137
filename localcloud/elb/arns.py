"""ARNs in requests to ELBv2: what is none is told apart from what is not there. Pure."""

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


def refuse_wrong_arns(form: Mapping[str, str], region: str) -> None:
    """Errors: AwsError ValidationError for the first that is no ARN of what its parameter names, in this region."""
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


def refuse_many_to_tag(operation: str, form: Mapping[str, str]) -> None:
    """The parameter is a list, and AWS takes one. Errors: AwsError ValidationError."""
    if operation in CHANGES_TAGS and sum(RESOURCE.fullmatch(name) is not None for name in form) > 1:
        raise AwsError("ValidationError", "Only one resource can be tagged at a time")

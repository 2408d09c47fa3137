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
BEFORE = r"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:"


def refuse_wrong_arns(form: Mapping[str, str]) -> None:
    """Errors: AwsError ValidationError for the first that is no ARN of what its parameter names."""
    for name, value in form.items():
        found = PARAMETER.fullmatch(name)
        if found is None:
            continue
        kind, pattern = KINDS[f"{found[1]}Arn"]
        if not re.fullmatch(BEFORE + pattern, value):
            raise AwsError("ValidationError", f"'{value[:200]}' is not a valid {kind} ARN")

"""Refuses operations by which a service of moto's would create resources of one of ours without our knowledge."""

import json
import re
from collections.abc import Callable
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest

INVOCATION = re.compile(
    r"/2015-03-31/functions/[^/]+/invocations|/2014-11-13/functions/[^/]+/invoke-async/?|/functions/.+"
)
FUNCTIONS = "functions do not run in the local cloud. A hook of an ECS deployment is a program: DIR/lambda/NAME"
BATCH = "AWS Batch is not offered by the local cloud: run a task with ECS's RunTask"
CLASSIC = "Classic Load Balancers are not offered by the local cloud: create an Application Load Balancer"
INSTANCES = "target groups of the local cloud have no instances: let an ECS service register its tasks"
TAGS_OF_ECS = "in the local cloud only ECS's own TagResource and UntagResource change the tags of ECS"
CLASSIC_VERSION = "2012-06-01"


def check_indirect_creation(request: AwsRequest) -> None:
    """Errors: AwsError, 501."""
    look = RULES.get(request.service)
    if why := look(request) if look else None:
        what = request.operation or f"{request.method} {request.path}"
        raise AwsError("InvalidAction", f"{what}: {why}", 501)


def _lambda(request: AwsRequest) -> str | None:
    return FUNCTIONS if request.method == "POST" and INVOCATION.fullmatch(request.path) else None


def _classic(request: AwsRequest) -> str | None:
    """Allow reads, which truthfully return nothing."""
    is_classic = request.form.get("Version") == CLASSIC_VERSION
    return CLASSIC if is_classic and not request.operation.startswith("Describe") else None


def _autoscaling(request: AwsRequest) -> str | None:
    named = any(name.startswith(("TargetGroupARNs.member.", "TrafficSources.member.")) for name in request.form)
    making = ("CreateAutoScalingGroup", "AttachLoadBalancerTargetGroups", "AttachTrafficSources")
    return INSTANCES if named and request.operation in making else None


def _tagging(request: AwsRequest) -> str | None:
    """Refuse resources of ECS: moto would look into its own ECS, which is empty."""
    arns = members_of(request).get("ResourceARNList") or []
    changes = request.operation in ("TagResources", "UntagResources")
    return TAGS_OF_ECS if changes and any(re.match(r"arn:[^:]*:ecs:", str(arn)) for arn in arns) else None


def members_of(request: AwsRequest) -> dict[str, Any]:
    """Return the members of a JSON request; empty for any other."""
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


RULES: dict[str, Callable[[AwsRequest], str | None]] = {
    "lambda": _lambda,
    "batch": lambda request: BATCH,
    "elasticloadbalancing": _classic,
    "autoscaling": _autoscaling,
    "tagging": _tagging,
}
"""By signing name. CloudFormation's rule is in moto_only/cloudformation.py: only that module reads its template."""

"""CloudFormation: it makes nothing of the services whose data is ours.

moto makes what a template names inside its own stores: a cluster that ECS does not know, a listener that nobody serves.
"""

from typing import Any

from localcloud.lessons.answers import error

OURS = (
    "AWS::ApiGatewayV2::",
    "AWS::ApplicationAutoScaling::",
    "AWS::Batch::",
    "AWS::CloudWatch::",
    "AWS::ECR::",
    "AWS::ECS::",
    "AWS::ElastiCache::",
    "AWS::ElasticLoadBalancing::",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::Logs::",
    "AWS::Neptune::",
    "AWS::DocDB::",
    "AWS::RDS::",
)


def teach() -> None:
    """Every way to a stack reads its template first: new ones, updates, change sets, stack sets, nested stacks."""
    from moto.cloudformation import models

    for kind in (models.Stack, models.ChangeSet):
        read: Any = kind
        read._parse_template = _checked(read._parse_template)


def _checked(parse: Any) -> Any:
    def checked(self: Any) -> None:
        parse(self)
        refuse_ours(self.template_dict)

    return checked


def refuse_ours(template: Any) -> None:
    """In CloudFormation's words for types that a region does not have. Errors: ValidationError."""
    resources = template.get("Resources") if isinstance(template, dict) else None
    kinds = {str(resource.get("Type")) for resource in (resources or {}).values() if isinstance(resource, dict)}
    ours = sorted(kind for kind in kinds if kind.startswith(OURS))
    if ours:
        raise error("ValidationError", f"Template format error: Unrecognized resource types: [{', '.join(ours)}]")

"""CloudFormation: refuses resources of services whose data is ours, and resources that would never act.

moto creates a template's resources in its own stores: a cluster that ECS does not know, a listener that nobody serves.
It skips types that it does not support, and still reports the stack as complete.
"""

from typing import Any

from localcloud.errors import AwsError

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
NEVER_ACTING = (
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Url",
    "AWS::Pipes::",
    "AWS::Scheduler::Schedule",
    "Custom::",
)
"""See localcloud/endpoint/checks/without_effect.py; a custom resource is created by a function, and none runs here."""
SCHEDULED = "ScheduleExpression: EventBridge schedules do not fire in the local cloud"


def patch() -> None:
    """Check templates wherever moto reads them: new stacks, updates, change sets, stack sets, nested stacks."""
    from moto.cloudformation import models

    for kind in (models.Stack, models.ChangeSet):
        read: Any = kind
        read._parse_template = _checked(read._parse_template)


def _checked(parse: Any) -> Any:
    def checked(self: Any) -> None:
        parse(self)
        check_template(self.template_dict)

    return checked


def check_template(template: object) -> None:
    """Refuse types in CloudFormation's words for types that a region lacks. Errors: ValidationError."""
    found = template.get("Resources") if isinstance(template, dict) else None
    resources = [resource for resource in (found or {}).values() if isinstance(resource, dict)]
    refused = sorted({kind for resource in resources if not _is_made(kind := str(resource.get("Type")))})
    if refused:
        raise AwsError("ValidationError", f"Template format error: Unrecognized resource types: [{', '.join(refused)}]")
    rules = [resource.get("Properties") or {} for resource in resources if resource.get("Type") == "AWS::Events::Rule"]
    if any("ScheduleExpression" in properties for properties in rules):
        raise AwsError("ValidationError", SCHEDULED)


def _is_made(kind: str) -> bool:
    from moto.cloudformation.parsing import NULL_MODELS, get_model_map

    known = kind in NULL_MODELS or kind in get_model_map()
    return known and not kind.startswith((*OURS, *NEVER_ACTING))

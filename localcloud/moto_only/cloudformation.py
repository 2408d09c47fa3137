"""CloudFormation: it makes nothing of the services whose data is ours, and nothing that would never act.

moto makes what a template names inside its own stores: a cluster that ECS does not know, a listener that nobody serves.
A type that moto does not know is left out there, and the stack is complete all the same.
"""

from typing import Any

from localcloud.moto.patching import error

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
"""As localcloud/endpoint/never_acts.py; a custom resource is made by a function, and none runs here."""
SCHEDULED = "ScheduleExpression: no schedule of EventBridge fires in the local cloud"


def patch() -> None:
    """Every way to a stack reads its template first: new ones, updates, change sets, stack sets, nested stacks."""
    from moto.cloudformation import models

    for kind in (models.Stack, models.ChangeSet):
        read: Any = kind
        read._parse_template = _checked(read._parse_template)


def _checked(parse: Any) -> Any:
    def checked(self: Any) -> None:
        parse(self)
        refuse_what_is_not_made(self.template_dict)

    return checked


def refuse_what_is_not_made(template: Any) -> None:
    """In CloudFormation's words for types that a region does not have. Errors: ValidationError."""
    found = template.get("Resources") if isinstance(template, dict) else None
    resources = [resource for resource in (found or {}).values() if isinstance(resource, dict)]
    refused = sorted({kind for resource in resources if not _is_made(kind := str(resource.get("Type")))})
    if refused:
        raise error("ValidationError", f"Template format error: Unrecognized resource types: [{', '.join(refused)}]")
    rules = [resource.get("Properties") or {} for resource in resources if resource.get("Type") == "AWS::Events::Rule"]
    if any("ScheduleExpression" in properties for properties in rules):
        raise error("ValidationError", SCHEDULED)


def _is_made(kind: str) -> bool:
    from moto.cloudformation.parsing import NULL_MODELS, get_model_map

    known = kind in NULL_MODELS or kind in get_model_map()
    return known and not kind.startswith((*OURS, *NEVER_ACTING))

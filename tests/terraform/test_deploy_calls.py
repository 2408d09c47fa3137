"""The deploy role admits every call of the verbs that GitHub's jobs run."""

import re
from pathlib import Path

from tests.terraform.plan import Plan
from tests.terraform.planning import PROJECT
from tests.terraform.test_access import of_role

# Verbs that the deploy role's jobs do not run: those of Terraform, of the local cloud, of secrets, of recoveries.
OTHER_PACKAGES = {"cost", "infrastructure", "local", "recovery"}
OTHER_VERBS = {"secret_store", "secrets", "stores"}
PREFIXES = {
    "autoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "ecr": "ecr",
    "ecs": "ecs",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "logs": "logs",
    "rds": "rds",
    "ssm": "ssm",
}
# Not needed: where it is refused `spendsense logs --follow` looks more often instead.
OPTIONAL = {"logs:startlivetail"}
# The drill's deletions, which stand beside the requests of a deploy that are made once too.
OF_THE_DRILL = {"ecs:deleteservice", "rds:deletedbinstance"}
CALL = re.compile(r'aws\.(\w+)\.(?:get_paginator\(\s*"(\w+)"|(\w+)\()')


def calls() -> dict[str, str]:
    """Action in lower case -> the module that makes the call."""
    found = {}
    for file in sorted((PROJECT / "ops").rglob("*.py")):
        if file.stem not in OTHER_VERBS and not OTHER_PACKAGES & set(file.parts):
            found |= dict.fromkeys(actions_in(file), file.name)
    return found


def actions_in(file: Path) -> list[str]:
    return [
        f"{PREFIXES[service]}:{(paged or method).replace('_', '')}"
        for service, paged, method in CALL.findall(file.read_text())
        if service in PREFIXES and method != "get_paginator"
    ]


def test_D2_every_call_of_a_deploy_is_allowed(everything: Plan) -> None:
    allowed = {action.lower() for each in of_role(everything, "deploy") for action in each.actions}
    created = calls()
    assert len(created) > 15
    assert {action: file for action, file in created.items() if action not in allowed | OPTIONAL | OF_THE_DRILL} == {}

"""Checks of the roles that a deploy passes to ECS: they exist, ECS may assume them, and tasks can start with them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ops.aws.clients import Aws, Wire
from ops.verifying.check import Check, Group
from ops.verifying.injected_secrets import source_of
from ops.verifying.subject import Subject

ROLES = Group("roles")
EXECUTION = "execution role"
TASKS, ECS = "ecs-tasks.amazonaws.com", "ecs.amazonaws.com"
ALLOWED, DENIED = "allowed", "explicitDeny"
SUFFIX = re.compile(r"-\w{6}$")  # of a secret's ARN
IMAGE_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """A need of a role: each action on each resource. what, noun: for people. through: a service (kms:ViaService)."""

    what: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    noun: str = "resources"
    through: str = ""


def check(subject: Subject) -> list[Check]:
    """Check every role. IAM GetRole, SimulatePrincipalPolicy."""
    named = subject.definition.get
    found: list[Check] = []
    for kind, arn, service in [
        (EXECUTION, named("executionRoleArn"), TASKS),
        ("task role", named("taskRoleArn"), TASKS),
        *(("infrastructure role", arn, ECS) for arn in sorted(infrastructure_roles(subject.service.load_balancers))),
    ]:
        if arn:
            found += ROLES.asked(kind, partial(role, subject.aws, kind, arn, service))
    execution = str(named("executionRoleArn") or "")
    if execution and not any(each.subject == EXECUTION and each.wanted for each in found):
        for needed in starting(subject):
            found += ROLES.asked(f"{EXECUTION} {needed.what}", partial(simulated, subject.aws, execution, needed))
    return found


def infrastructure_roles(load_balancers: list[Wire]) -> set[str]:
    """Return the roles by which ECS shifts traffic."""
    advanced = [each.get("advancedConfiguration", {}) for each in load_balancers]
    return {str(each["roleArn"]) for each in advanced if each.get("roleArn")}


def role(aws: Aws, kind: str, arn: str, service: str) -> Check:
    """Check that a role exists and that a service may assume it."""
    fix = "apply the Terraform (infrastructure/terraform/modules/iam)"
    try:
        found = aws.iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
    except aws.iam.exceptions.NoSuchEntityException:
        return ROLES.fail(kind, f"there is no role {arn}", wanted="the role", fix=fix)
    if service not in json.dumps(found["AssumeRolePolicyDocument"]):
        return ROLES.fail(kind, f"the trust policy of {arn} does not name {service}", wanted=service, fix=fix)
    return ROLES.ok(kind, arn)


def starting(subject: Subject) -> Iterator[Permitted]:
    """Yield what the execution role needs for a task to start: image, logs, secrets.

    ECS Developer Guide, "Amazon ECS task execution IAM role".
    """
    where, (partition, account) = subject.aws.environment, place_of(str(subject.definition["executionRoleArn"]))
    repository = f"arn:{partition}:ecr:{where.region}:{account}:repository/{where.repository}"
    yield Permitted(what="may pull the image", actions=IMAGE_ACTIONS, resources=(repository,))
    yield Permitted(what="may log in to ECR", actions=("ecr:GetAuthorizationToken",), resources=("*",))
    groups = [f"arn:{partition}:logs:{where.region}:{account}:log-group:{each}" for each in subject.log_groups()]
    if groups:
        streams = tuple(f"{each}:log-stream:backend/backend/1" for each in groups)
        yield Permitted(what="may write logs", actions=LOG_ACTIONS, resources=streams, noun="log groups")
    sources = [source_of(*each) for each in subject.secrets()]
    secrets = tuple(dict.fromkeys(each.arn for each in sources if each.is_secret))
    if secrets:
        read = ("secretsmanager:GetSecretValue",)
        yield Permitted(what="may read the secrets", actions=read, resources=secrets, noun="secrets")
    parameters = tuple(
        dict.fromkeys(each.arn for each in sources if each.arn.startswith("arn:") and not each.is_secret)
    )
    if parameters:
        read = ("ssm:GetParameters",)
        yield Permitted(what="may read the parameters", actions=read, resources=parameters, noun="parameters")


def place_of(role_arn: str) -> tuple[str, str]:
    """Return partition and account of a role's ARN."""
    parts = role_arn.split(":")
    return parts[1], parts[4]


def simulated(aws: Aws, arn: str, needed: Permitted) -> Check:
    """Ask IAM whether a role's own policies allow something. IAM SimulatePrincipalPolicy."""
    subject = f"{EXECUTION} {needed.what}"
    through = {"ContextKeyName": "kms:ViaService", "ContextKeyType": "string", "ContextKeyValues": [needed.through]}
    pages = aws.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn,
        ActionNames=list(needed.actions),
        ResourceArns=list(needed.resources),
        **({"ContextEntries": [through]} if needed.through else {}),
    )
    denied = [each for page in pages for each in page["EvaluationResults"] if each["EvalDecision"] != ALLOWED]
    if not denied:
        return ROLES.ok(subject, ", ".join(needed.actions))
    return ROLES.fail(
        subject,
        f"{arn} {'; '.join(refused(denied, needed.noun))}",
        wanted="allowed by its policies",
        fix="correct infrastructure/terraform/modules/iam/execution.tf and apply",
    )


def refused(denied: Sequence[Wire], noun: str) -> Iterator[str]:
    """Describe what a simulation denies, once for all actions on the same resources."""
    on: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in denied:
        on[each["EvalDecision"], each["EvalActionName"]].append(each.get("EvalResourceName", "*"))
    together: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (decision, action), resources in on.items():
        together[decision, tuple(resources)].append(action)
    for (decision, arns), actions in together.items():
        words = "is denied by a policy" if decision == DENIED else "is not allowed"
        many = f"{len(arns)} {noun}: {', '.join(map(short_name, arns))}"
        yield f"{words} {', '.join(actions)} on {many if len(arns) > 1 else arns[0]}"


def short_name(arn: str) -> str:
    """Return the end of a resource's name: of a secret without its suffix, of a log stream its group's."""
    name = arn.partition(":log-stream:")[0].rpartition(":")[2].rpartition("/")[2] or arn
    return SUFFIX.sub("", name) if ":secretsmanager:" in arn else name

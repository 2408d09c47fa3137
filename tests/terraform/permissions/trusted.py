"""Decisions by the policies of keys, buckets and roles: the caller, the request and the decision."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localcloud.authorization.decision import Policies, ResourcePolicyKind, decide
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from tests.terraform.permissions.requests import asked
from tests.terraform.permissions.roles import ACCOUNT_ID, REGION, Role, World
from tests.terraform.planning import ROLE, USER

SOMEBODY = Principal(
    kind=Kind.ROLE_SESSION,
    arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Administrator/jane",
    account_id=ACCOUNT_ID,
    issuer_arn=f"arn:aws:iam::{ACCOUNT_ID}:role/Administrator",
)
"""Somebody whose own policies allow everything."""
OTHER_ACCOUNT = "210987654321"
STRANGER = replace(
    SOMEBODY,
    arn=SOMEBODY.arn.replace(ACCOUNT_ID, OTHER_ACCOUNT),
    issuer_arn=SOMEBODY.issuer_arn.replace(ACCOUNT_ID, OTHER_ACCOUNT),
    account_id=OTHER_ACCOUNT,
)
"""The same in another account."""
ANYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
OWN, OTHER = {"aws:SourceAccount": ACCOUNT_ID}, {"aws:SourceAccount": OTHER_ACCOUNT}
TASKS = {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/c/1"}
GITHUB = "token.actions.githubusercontent.com"
SERVICES = {
    "task": ("ecs-tasks", OWN | TASKS),
    "execution": ("ecs-tasks", OWN | TASKS),
    "infrastructure": ("ecs", OWN),
    "flow-logs": ("vpc-flow-logs", OWN),
    "s3-replication": ("s3", {}),
    "backup": ("backup", {}),
    "rds-monitoring": ("monitoring.rds", OWN),
    "replica-rds-monitoring": ("monitoring.rds", OWN),
}
"""Role -> the service that it trusts, and what AWS sends with its request."""


@dataclass(frozen=True)
class Case:
    """A request by its principal, and whether the policy lets it pass."""

    request: Request
    passes: bool

    def decided(self, policy: Mapping[str, Any], kind: ResourcePolicyKind) -> bool:
        """Decide by the policy, and by one that allows everything where a principal of the account asks."""
        identity = [ANYTHING] if self.request.principal.account_id else []
        policies = Policies(
            identity=[read_policy(json.dumps(each), "own") for each in identity],
            resource=[read_policy(json.dumps(policy), "of the resource")] if policy["Statement"] else [],
            kind=kind,
        )
        return decide(self.request, policies).is_allowed


def by(service: str, action: str, resource: str, keys: Mapping[str, str], *, passes: bool = True) -> Case:
    """Give a case of a service of AWS."""
    who = Principal(kind=Kind.SERVICE, arn=f"{service}.amazonaws.com")
    return Case(replace(asked(action, resource, keys), principal=who), passes)


def by_somebody(action: str, resource: str, keys: Mapping[str, str] | None = None, *, passes: bool = True) -> Case:
    return Case(replace(asked(action, resource, keys or {}), principal=SOMEBODY), passes)


def of_state_key(key: str) -> Iterator[Case]:
    """It encrypts for whom IAM in the account allows."""
    yield by_somebody("kms:Decrypt", key)
    yield Case(replace(asked("kms:Decrypt", key), principal=STRANGER), passes=False)
    yield by("logs", "kms:Decrypt", key, OWN, passes=False)


def of_key(key: str, region: str, *, is_protected: bool) -> Iterator[Case]:
    """A region's key encrypts log groups, and the topic of alarms and events, there."""
    group = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:g"}
    logs = f"logs.{region}"
    yield by_somebody("kms:Decrypt", key)
    for action in ("ScheduleKeyDeletion", "DisableKey"):
        yield by_somebody(f"kms:{action}", key, passes=not is_protected)
    for action in ("ReEncryptFrom", "GenerateDataKey", "Encrypt", "DescribeKey", "Decrypt"):
        yield by(logs, f"kms:{action}", key, group)
        yield by(
            logs,
            f"kms:{action}",
            key,
            {name: arn.replace(ACCOUNT_ID, "2" * 12) for name, arn in group.items()},
            passes=False,
        )
    for action in ("GenerateDataKey", "Decrypt"):
        yield by("cloudwatch", f"kms:{action}", key, OWN)
        yield by("cloudwatch", f"kms:{action}", key, OTHER, passes=False)
        yield by("events", f"kms:{action}", key, {})
        yield by("lambda", f"kms:{action}", key, OWN, passes=False)
    yield by("events", "kms:Encrypt", key, {}, passes=False)


def of_bucket(name: str) -> Iterator[Case]:
    """Everybody comes over TLS; into the bucket of access logs, what writes them, in its folder."""
    for resource in (f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/1.csv"):
        yield by_somebody("s3:GetObject", resource, {"aws:SecureTransport": "false"}, passes=False)
        yield by_somebody("s3:GetObject", resource, {"aws:SecureTransport": "true"})
    is_of_logs = "-access-logs-" in name
    folder = f"arn:aws:s3:::{name}/alb/AWSLogs"
    balancer = "logdelivery.elasticloadbalancing"
    yield by(balancer, "s3:PutObject", f"{folder}/{ACCOUNT_ID}/1.gz", {}, passes=is_of_logs)
    yield by(balancer, "s3:PutObject", f"{folder}/210987654321/1.gz", {}, passes=False)
    yield by(balancer, "s3:GetObject", f"{folder}/{ACCOUNT_ID}/1.gz", {}, passes=False)
    yield by("logging.s3", "s3:PutObject", f"arn:aws:s3:::{name}/s3/1", OWN, passes=is_of_logs)
    yield by("logging.s3", "s3:PutObject", f"arn:aws:s3:::{name}/s3/1", OTHER, passes=False)
    yield by("logging.s3", "s3:PutObject", f"{folder}/{ACCOUNT_ID}/1.gz", OWN, passes=False)


def of_state_bucket(name: str) -> Iterator[Case]:
    """States are read and written through their roles, or by administrators; IAM alone decides who may list."""
    yield from of_bucket(name)
    state = f"arn:aws:s3:::{name}/dev/terraform.tfstate"
    for role in ("state-dev", "state-dev-read", "dev-plan", "dev-apply", "another"):
        who = session_of(f"arn:aws:iam::{ACCOUNT_ID}:role/spendsense-terraform-{role}")
        for action in ("GetObjectVersion", "PutObject", "DeleteObject"):
            yield Case(replace(asked(f"s3:{action}", state), principal=who), role != "another")
        yield Case(replace(asked("s3:ListBucket", f"arn:aws:s3:::{name}"), principal=who), passes=True)


def session_of(role_arn: str) -> Principal:
    """Return somebody who has assumed a role."""
    account_id, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{account_id}:assumed-role/{name}/jane"
    return replace(SOMEBODY, arn=arn, issuer_arn=role_arn, account_id=account_id)


def of_topic(topic: str, *, has_events: bool) -> Iterator[Case]:
    """Alarms of this account publish, and event rules where there are any; over TLS alone."""
    yield by("cloudwatch", "sns:Publish", topic, OWN)
    yield by("cloudwatch", "sns:Publish", topic, OTHER, passes=False)
    yield by("events", "sns:Publish", topic, {}, passes=has_events)
    yield by("lambda", "sns:Publish", topic, OWN, passes=False)
    for secure in ("true", "false"):
        yield by_somebody("sns:Publish", topic, {"aws:SecureTransport": secure}, passes=secure == "true")


def of_repository(repository: str) -> Iterator[Case]:
    """The role that promotes to the other account reads images; nobody else from there, and nobody writes."""
    reader = f"arn:aws:iam::{OTHER_ACCOUNT}:role/spendsense-prod-deploy"
    for action in ("BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer", "PutImage"):
        request = asked(f"ecr:{action}", repository)
        yield Case(replace(request, principal=session_of(reader)), action != "PutImage")
        yield Case(replace(request, principal=STRANGER), passes=False)


def of_endpoint(service: str) -> Iterator[Case]:
    """Requests of this account's identities for its own resources pass, and for those AWS provides to all."""
    own, layers = "arn:aws:s3:::bucket/1.csv", f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/1"
    foreign = {"aws:ResourceAccount": OTHER_ACCOUNT}
    yield by_somebody("s3:PutObject", own)
    yield by_somebody("s3:PutObject", own, foreign, passes=False)
    yield Case(replace(asked("s3:PutObject", own), principal=STRANGER), passes=False)
    yield by_somebody("s3:GetObject", layers, foreign, passes=service == "s3")
    yield by_somebody("s3:PutObject", layers, foreign, passes=False)
    yield by_somebody("ecr:GetAuthorizationToken", "*", foreign, passes=service == "ecr.api")


def of_state_role(role: Role, users: Sequence[str]) -> Iterator[Case]:
    """A role of Terraform's state lets in its users; without any, whom IAM in the account allows."""
    request = asked("sts:AssumeRole", role.arn)
    yield by("lambda", "sts:AssumeRole", role.arn, OWN, passes=False)
    yield Case(replace(request, principal=SOMEBODY), passes=not users)
    yield Case(replace(request, principal=STRANGER), passes=False)
    for each in users:
        yield Case(replace(request, principal=session_of(each)), passes=True)


def of_terraform_role(role: Role, world: World) -> Iterator[Case]:
    """Jobs of its own GitHub environment take it; an apply's on main alone."""
    environment = role.name.removeprefix("spendsense-terraform-")
    yield by_somebody("sts:AssumeRole", role.arn, passes=False)
    yield from of_jobs(role, environment, repository_of(world), any_branch=environment.endswith("-plan"))


def of_role(role: Role, world: World) -> Iterator[Case]:
    """A role lets in its service for this account; those of people and jobs, whom the variables name."""
    name = role.name.removeprefix(f"{world.plan.name}-")
    yield by("lambda", "sts:AssumeRole", role.arn, OWN, passes=False)
    yield by_somebody("sts:AssumeRole", role.arn, passes=False)
    if name in SERVICES:
        service, keys = SERVICES[name]
        yield by(service, "sts:AssumeRole", role.arn, keys)
        for key in keys:
            foreign = {key: keys[key].replace(ACCOUNT_ID, "210987654321")}
            yield by(service, "sts:AssumeRole", role.arn, {**keys, **foreign}, passes=False)
        return
    environments = {"operate": "-operate", "recover": "-drill", "deploy": ""}
    jobs = f"{world.plan.environment}{environments[name]}"
    yield from of_jobs(role, jobs if has_jobs(name, world) else None, repository_of(world))
    user = Principal(kind=Kind.USER, arn=USER, account_id=ACCOUNT_ID)
    on_call = replace(SOMEBODY, arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/on-call/jane", issuer_arn=ROLE)
    for present in ("true", "false"):
        request = asked("sts:AssumeRole", role.arn, {"aws:MultiFactorAuthPresent": present})
        is_let_in = USER in people(name, world) and present == "true"
        yield Case(replace(request, principal=user), is_let_in)
    yield Case(replace(asked("sts:AssumeRole", role.arn), principal=on_call), ROLE in people(name, world))


def people(name: str, world: World) -> str:
    """Return the users and roles that may take a role, as the variables name them."""
    variable = {"operate": "operators", "recover": "recovery_operators", "deploy": "deployers"}[name]
    return str(world.plan.variables[variable])


def has_jobs(name: str, world: World) -> bool:
    """Return whether GitHub's jobs take a role: not a recovery's in prod."""
    is_known = world.plan.variables["github_repository"] is not None
    return is_known and (name, world.plan.environment) != ("recover", "prod")


def repository_of(world: World) -> str:
    return str(world.plan.variables["github_repository"] or "acme/spendsense")


def of_jobs(role: Role, environment: str | None, own_repository: str, *, any_branch: bool = False) -> Iterator[Case]:
    """GitHub's jobs of an environment, on main; None where no job takes the role."""
    federated = next(
        (each["Principal"]["Federated"] for each in role.trust["Statement"] if "Federated" in each["Principal"]), ""
    )
    owner, _, name = own_repository.partition("/")
    other = f"{owner}/other"
    for repository in (own_repository, f"{owner}@1/{name}@2", other):
        for branch in ("main", "feature"):
            claims = {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": f"repo:{repository}:environment:{environment}",
                f"{GITHUB}:ref": f"refs/heads/{branch}",
            }
            request = asked("sts:AssumeRoleWithWebIdentity", role.arn, claims)
            token = Principal(
                kind=Kind.WEB_IDENTITY, arn=federated or f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{GITHUB}"
            )
            is_let_in = environment is not None and repository != other and (any_branch or branch == "main")
            yield Case(replace(request, principal=token), is_let_in)

"""What policies of keys, buckets and roles allow and deny: the caller, the request and the decision."""

import json
from collections.abc import Iterator, Mapping
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
ANYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
OWN, OTHER = {"aws:SourceAccount": ACCOUNT_ID}, {"aws:SourceAccount": "210987654321"}
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


def of_key(key: str, region: str) -> Iterator[Case]:
    """Each encrypts log groups, and the topic of alarms and events, in its region."""
    group = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:g"}
    logs = f"logs.{region}"
    yield by_somebody("kms:Decrypt", key)
    for action in ("ScheduleKeyDeletion", "DisableKey"):
        yield by_somebody(f"kms:{action}", key, passes=False)
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
    yield from of_jobs(role, name, world)
    user = Principal(kind=Kind.USER, arn=USER, account_id=ACCOUNT_ID)
    on_call = replace(SOMEBODY, arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/on-call/jane", issuer_arn=ROLE)
    for present in ("true", "false"):
        request = asked("sts:AssumeRole", role.arn, {"aws:MultiFactorAuthPresent": present})
        is_let_in = name in ("operate", "recover") and present == "true"
        yield Case(replace(request, principal=user), is_let_in)
    yield Case(replace(asked("sts:AssumeRole", role.arn), principal=on_call), name == "operate")


def of_jobs(role: Role, name: str, world: World) -> Iterator[Case]:
    """GitHub's jobs of this environment, on main."""
    environment = {"deploy": world.plan.environment, "operate": f"{world.plan.environment}-operate"}.get(name)
    federated = next(
        (each["Principal"]["Federated"] for each in role.trust["Statement"] if "Federated" in each["Principal"]), ""
    )
    for repository in ("acme/spendsense", "acme@1/spendsense@2", "acme/other"):
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
            is_let_in = environment is not None and repository != "acme/other" and branch == "main"
            yield Case(replace(request, principal=token), is_let_in)

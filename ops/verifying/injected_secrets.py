"""Checks of the values that ECS puts into tasks: each secret exists, has a value, and contains the named key."""

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from ops.aws.clients import Aws, Wire
from ops.guide import command_in
from ops.verifying.check import Check, Group, is_refused, said
from ops.verifying.subject import Subject

SECRETS = Group("secrets")
ARN_PARTS = 7  # of a secret's ARN; key, stage and version follow
CURRENT = "AWSCURRENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A variable's `valueFrom`, taken apart. arn: `arn:...:secret:name-suffix`, or an SSM parameter."""

    variable: str
    arn: str
    key: str = ""
    stage: str = ""
    version: str = ""

    @property
    def is_secret(self) -> bool:
        return ":secretsmanager:" in self.arn


def source_of(variable: str, value_from: str) -> Source:
    """Read `valueFrom`: a secret's ARN, optionally with `:key:stage:version`, or a parameter's ARN or name."""
    parts = value_from.split(":")
    if ":secretsmanager:" not in value_from or len(parts) <= ARN_PARTS:
        return Source(variable=variable, arn=value_from)
    key, stage, version = [*parts[ARN_PARTS:], "", "", ""][:3]
    return Source(variable=variable, arn=":".join(parts[:ARN_PARTS]), key=key, stage=stage, version=version)


def check(subject: Subject) -> list[Check]:
    """Check each secret once, with all variables that use it. Secrets Manager DescribeSecret, GetSecretValue.

    A value is only read for its keys, and never shown. Without permission to read it, as with the role for deploys,
    the result is UNKNOWN.
    """
    by_arn: dict[str, list[Source]] = defaultdict(list)
    for variable, value_from in subject.secrets():
        source = source_of(variable, value_from)
        by_arn[source.arn].append(source)
    found: list[Check] = []
    unread: list[Source] = []
    for arn, sources in by_arn.items():
        name = ", ".join(each.variable for each in sources)
        if not sources[0].is_secret:
            found += SECRETS.asked(name, partial(parameter, subject.aws, arn, name))
            continue
        wrong = SECRETS.asked(name, partial(existing, subject, sources))
        keyed = [each for each in sources if each.key]
        if wrong or not keyed:
            found += wrong or [SECRETS.ok(name, f"secret {arn} exists")]
        elif unread or (values := value_of(subject.aws, keyed[0])) is None:
            unread += keyed
        else:
            found += [keys(subject.aws, each, values) for each in keyed]
    if unread:
        names = ", ".join(each.variable for each in unread)
        found.append(
            SECRETS.unknown(
                names, "their secrets exist; keys were not checked, because the caller is not allowed to read values"
            )
        )
    return found


def existing(subject: Subject, sources: list[Source]) -> list[Check]:
    """Return the problems of a secret itself; none when it exists with a value."""
    aws = subject.aws
    arn, name = sources[0].arn, ", ".join(each.variable for each in sources)
    wanted = "a secret with a current value"
    fix = f"apply the Terraform, then `{command_in(aws.environment, 'secrets init')}`"
    try:
        described = subject.described(arn)
    except aws.secretsmanager.exceptions.ResourceNotFoundException:
        return [SECRETS.fail(name, f"there is no secret {arn}", wanted=wanted, fix=fix)]
    if "DeletedDate" in described:
        restore = f"`aws secretsmanager restore-secret --secret-id {arn}`"
        return [SECRETS.fail(name, f"secret {arn} is being deleted", wanted=wanted, fix=restore)]
    if not has_version(described, sources[0]):
        return [SECRETS.fail(name, f"secret {arn} has no value yet", wanted=wanted, fix=fix)]
    return []


def has_version(described: Wire, source: Source) -> bool:
    """Return whether a secret has the named version: by its id, or by its stage."""
    versions = described.get("VersionIdsToStages", {})
    if source.version:
        return source.version in versions
    return any((source.stage or CURRENT) in stages for stages in versions.values())


def value_of(aws: Aws, source: Source) -> str | None:
    """Return a secret's text; None for a caller who may not read it."""
    from botocore.exceptions import ClientError

    named = {"VersionId": source.version} if source.version else {"VersionStage": source.stage or CURRENT}
    try:
        return str(aws.secretsmanager.get_secret_value(SecretId=source.arn, **named).get("SecretString", ""))
    except ClientError as exc:
        if is_refused(exc):
            return None
        raise


def keys(aws: Aws, source: Source, text: str) -> Check:
    """Check the key that a variable names. The error names the existing keys, but no value."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    wanted = f"a JSON object with the key {source.key}"
    fix = f"store it: `{command_in(aws.environment, 'secrets init')}`, or `aws secretsmanager put-secret-value`"
    if not isinstance(value, dict):
        return SECRETS.fail(source.variable, f"secret {source.arn} is not a JSON object", wanted=wanted, fix=fix)
    if source.key not in value:
        there = ", ".join(sorted(value)) or "none"
        return SECRETS.fail(source.variable, f"secret {source.arn} has the keys: {there}", wanted=wanted, fix=fix)
    return SECRETS.ok(source.variable, f"key {source.key} of secret {source.arn}")


def parameter(aws: Aws, name: str, variable: str) -> Check:
    """Check an SSM parameter. SSM GetParameters, without decryption."""
    from botocore.exceptions import ClientError

    try:
        response = aws.ssm.get_parameters(Names=[name.rpartition(":parameter")[2] or name], WithDecryption=False)
    except ClientError as exc:
        if is_refused(exc):
            return SECRETS.unknown(variable, said(exc))
        raise
    if response["InvalidParameters"]:
        return SECRETS.fail(variable, f"there is no parameter {name}", wanted="a parameter", fix="create it")
    return SECRETS.ok(variable, f"parameter {name}")

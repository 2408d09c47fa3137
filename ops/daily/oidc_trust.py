"""For `spendsense doctor`: whether GitHub's jobs may assume the deploy role, or which condition refuses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ops.aws.clients import Aws, error_code, explain
from ops.daily.finding import Finding, Grade
from ops.daily.identity_token import AUDIENCE, Claims, claims_here
from ops.errors import OpsError

NAME = "OIDC trust"
PREFIX = "token.actions.githubusercontent.com:"
COMPARED = {"StringEquals", "StringLike"}
APPLY = "set github_repository and github_repository_ids in the environment's tfvars, then apply the Terraform"
CORRECT = "correct github_repository, github_ref, or the job's `environment:`; infrastructure/README.md lists the roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement by which jobs may assume a role. conditions: (operator, claim, accepted values)."""

    provider: str
    conditions: Sequence[tuple[str, str, Sequence[str]]]


def oidc_trust(aws: Aws) -> Finding:
    """Compare the deploy role's trust with the claims of this job, or of this checkout's.

    IAM GetRole, GetOpenIDConnectProvider.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    role, claims = f"{aws.environment.prefix}-deploy", None
    try:
        claims = claims_here(aws.environment.name.settings)
        trust = aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        statements = for_github(trust)
        missing = missing_provider(aws, statements)
    except (BotoCoreError, ClientError, OpsError) as exc:
        return not_seen(role, claims, exc)
    if not statements:
        return Finding(name=NAME, grade=Grade.WARN, found=f"no GitHub job may assume {role}", next_step=APPLY)
    if missing:
        return Finding(name=NAME, grade=Grade.FAIL, found=missing, next_step=APPLY)
    return compared(role, statements, claims)


def not_seen(role: str, claims: Claims | None, exc: Exception) -> Finding:
    """Explain why nothing could be compared, and show the claims."""
    if error_code(exc) == "NoSuchEntity":
        return Finding(name=NAME, grade=Grade.WARN, found=f"there is no role {role}", next_step=APPLY)
    said = exc if isinstance(exc, OpsError) else explain(exc)
    shown = f"; {claims.source} has {words(claims.said)}" if claims else ""
    return Finding(
        name=NAME,
        grade=Grade.WARN,
        found=f"not checked: {said.message if said else exc}{shown}",
        next_step=(said.next_step if said else None) or f"compare with the trust policy of {role}",
    )


def for_github(trust: Mapping[str, object]) -> list[Statement]:
    """Return the statements of a trust policy that admit jobs of GitHub's."""
    found = []
    for each in listed(trust["Statement"]):
        if each["Effect"] != "Allow" or "sts:AssumeRoleWithWebIdentity" not in listed(each["Action"]):
            continue
        conditions = [
            (operator, key, listed(values))
            for operator, keys in each.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        provider = str(listed(each.get("Principal", {}).get("Federated", ""))[0])
        found.append(Statement(provider=provider, conditions=conditions))
    return found


def missing_provider(aws: Aws, statements: Sequence[Statement]) -> str | None:
    """Describe what is wrong with the account's provider; None when there is a correct one."""
    wrong = None
    for provider in dict.fromkeys(each.provider for each in statements):
        try:
            known = aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)
        except aws.iam.exceptions.NoSuchEntityException:
            wrong = f"the provider {provider} does not exist"
            continue
        if AUDIENCE in known["ClientIDList"]:
            return None
        wrong = f"the provider {provider} accepts {words_of(known['ClientIDList'])}, not {AUDIENCE}"
    return wrong


def compared(role: str, statements: Sequence[Statement], claims: Claims | None) -> Finding:
    """Compare claims with the conditions; the first statement that accepts them decides. Pure."""
    if claims is None:
        accepted = "; ".join(condition(each) for each in statements[0].conditions)
        return Finding(name=NAME, grade=Grade.OK, found=f"{role} admits jobs with {accepted}")
    refusals = [refusal(each, claims.said) for each in statements]
    if "" in refusals:
        subject = claims.said.get("sub", "")
        return Finding(name=NAME, grade=Grade.OK, found=f"{role} admits {claims.source}, {subject}")
    # This checkout may not be the one that deploys.
    grade = Grade.FAIL if claims.is_real else Grade.WARN
    return Finding(name=NAME, grade=grade, found=f"{role} refuses {claims.source}: {refusals[0]}", next_step=CORRECT)


def refusal(statement: Statement, said: Mapping[str, str]) -> str:
    """Name the conditions that the claims do not meet, except those on unknown claims."""
    wrong = []
    for operator, key, accepted in statement.conditions:
        claim = key.removeprefix(PREFIX)
        if operator not in COMPARED or not key.startswith(PREFIX) or claim not in said:
            continue
        matches = fnmatchcase if operator == "StringLike" else str.__eq__
        if not any(matches(said[claim], each) for each in accepted):
            wrong.append(f"{claim} should be {words_of(accepted)}, found {said[claim]}")
    return "; ".join(wrong)


def condition(each: tuple[str, str, Sequence[str]]) -> str:
    return f"{each[1].removeprefix(PREFIX)} {words_of(each[2])}"


def words(said: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={said[name]}" for name in ("sub", "aud", "ref") if name in said)


def words_of(values: Sequence[str]) -> str:
    return " or ".join(values) or "nothing"


def listed(value: Any) -> list[Any]:
    """Return a policy's element as a list, even if it is a single value."""
    return list(value) if isinstance(value, list) else [value]

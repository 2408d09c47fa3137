"""Checks that the execution role may decrypt the secrets: with a customer managed key it needs kms:Decrypt on it."""

from collections.abc import Iterator
from functools import partial

from ops.verifying.check import Check
from ops.verifying.injected_secrets import source_of
from ops.verifying.roles import EXECUTION, ROLES, Permitted, simulated
from ops.verifying.subject import Subject

WHAT = "may decrypt the secrets"


def check(subject: Subject) -> list[Check]:
    """Check each secret's key. Secrets Manager DescribeSecret, IAM SimulatePrincipalPolicy.

    The keys of images and log groups are used by ECR and CloudWatch Logs themselves. The key of an SSM parameter is not
    asked for.
    """
    role = str(subject.definition.get("executionRoleArn") or "")
    return ROLES.asked(f"{EXECUTION} {WHAT}", partial(decrypting, subject, role)) if role else []


def decrypting(subject: Subject, role: str) -> list[Check]:
    keys = tuple(dict.fromkeys(customer_keys(subject)))
    aliases = [each for each in keys if ":alias/" in each]
    found = [
        ROLES.unknown(f"{EXECUTION} {WHAT}", f"a secret names its key by the alias {each}; permissions are for keys")
        for each in aliases
    ]
    if named := tuple(each for each in keys if each not in aliases):
        through = f"secretsmanager.{subject.aws.environment.region}.amazonaws.com"
        needed = Permitted(what=WHAT, actions=("kms:Decrypt",), resources=named, noun="keys", through=through)
        found.append(simulated(subject.aws, role, needed))
    return found


def customer_keys(subject: Subject) -> Iterator[str]:
    """Yield the ARN of each secret's customer managed key, or of its alias. A missing secret fails elsewhere."""
    sources = [source_of(*each) for each in subject.secrets()]
    for arn in dict.fromkeys(each.arn for each in sources if each.is_secret):
        key = key_of(subject, arn)
        if key and "alias/aws/" not in key:
            yield key if key.startswith("arn:") else beside(arn, key)


def key_of(subject: Subject, secret: str) -> str:
    """Return a secret's key as Secrets Manager names it; empty for AWS's own key and for a missing secret."""
    try:
        return str(subject.described(secret).get("KmsKeyId") or "")
    except subject.aws.secretsmanager.exceptions.ResourceNotFoundException:
        return ""


def beside(secret: str, key: str) -> str:
    """Return the ARN of a key that is named by id or alias, in the secret's account and region."""
    _, partition, _, region, account, *_ = secret.split(":")
    return f"arn:{partition}:kms:{region}:{account}:{key if key.startswith('alias/') else f'key/{key}'}"

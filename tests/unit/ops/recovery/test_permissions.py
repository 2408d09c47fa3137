"""The recovery role's actions are exactly those of the calls in the code, and those of what AWS does with them."""

import re

from ops.configuration import PROJECT_ROOT
from tests.unit.ops.api_calls import actions

ROLES = PROJECT_ROOT / "infrastructure" / "terraform" / "modules" / "iam"
ACTION = re.compile(r'(?<!= )"([a-z0-9-]+:[A-Z][A-Za-z]*)"')
IN_THE_CALLERS_NAME = {
    "kms:CreateGrant": "RDS uses the key for as long as the instance exists",
    "kms:Decrypt": "S3 and Secrets Manager read what it encrypts",
    "kms:GenerateDataKey": "S3 and Secrets Manager write",
    "secretsmanager:RotateSecret": "RDS, when ModifyDBInstance has it manage the password",
}
"""Permissions without a call of ours."""


def granted() -> set[str]:
    """Return the actions of recover.tf and of what it takes in, besides those of the drill."""
    release, _, further = (ROLES / "release.tf").read_text().partition('data "aws_iam_policy_document" "ship"')
    register = further.partition('data "aws_iam_policy_document" "register"')[2]
    recover = (ROLES / "recover.tf").read_text().partition("var.is_drilled")[0]
    return set(ACTION.findall((ROLES / "watch.tf").read_text() + release + register + recover))


def test_the_recovery_role_has_the_permissions_of_a_recovery_and_of_history_and_no_others() -> None:
    needed = actions("ops.recovery.recover")
    assert len(needed) > 20
    needed |= actions("ops.deploying.history")  # names the revision that a recovery serves
    assert granted() == needed | IN_THE_CALLERS_NAME.keys()

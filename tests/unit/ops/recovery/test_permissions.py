"""The permissions that docs/recovery.md lists are exactly those of the calls in the code."""

import re
from fnmatch import fnmatchcase

from ops.environment import PROJECT_ROOT
from tests.unit.ops.api_calls import actions

PAGE = PROJECT_ROOT / "docs" / "recovery.md"
DEPLOY = PROJECT_ROOT / "infrastructure" / "terraform" / "modules" / "iam" / "deploy.tf"
ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]*\*?")
# Scoped in deploy.tf to what a deploy makes; a recovery makes a service and secrets, too.
BEYOND_DEPLOY = {"ecs:TagResource", "iam:PassRole"}
OF_THE_KEY = {"kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"}
"""Permissions without a call of ours: RDS, S3 and Secrets Manager use the key on the caller's behalf."""


def documented() -> set[str]:
    section = PAGE.read_text().partition("## On AWS")[2].partition("\n## ")[0]
    return set(ACTION.findall(section))


def test_every_call_of_a_recovery_is_permitted_by_the_page_or_for_a_deploy() -> None:
    allowed = (set(ACTION.findall(DEPLOY.read_text())) - BEYOND_DEPLOY) | documented()
    needed = actions("ops.recovery.recover")
    assert len(needed) > 20
    assert {each for each in needed if not any(fnmatchcase(each, pattern) for pattern in allowed)} == set()


def test_the_page_lists_no_permission_that_no_call_needs() -> None:
    needed = actions("ops.recovery.recover") | OF_THE_KEY
    assert {each for each in documented() if not any(fnmatchcase(action, each) for action in needed)} == set()

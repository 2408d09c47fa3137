"""A plan of code that was applied, and what has changed outside Terraform since."""

from collections.abc import Mapping
from typing import Any

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName
from ops.infrastructure import prepared_code
from ops.infrastructure.drift import DRIFT, Drift
from ops.infrastructure.prepared_code import PreparedCode
from ops.terraform import apply_times
from ops.terraform.apply import apply, destroy
from ops.terraform.changes import Action, planned
from ops.terraform.ownership import differences
from ops.terraform.planned import PLAN
from tests.integration.ops.conftest import Code

GROUP = """
resource "aws_cloudwatch_log_group" "this" {{
  name              = var.group
  retention_in_days = {days}
}}

resource "aws_sns_topic" "this" {{
  name = "{topic}"
}}
"""
CHECK = """
check "this" {
  assert {
    condition     = var.group == ""
    error_message = "nobody reads this"
  }
}
"""


def plan_of(code: Code) -> Mapping[str, Any]:
    """Plan. The clients are those of who compares with the account besides, which no plan does."""
    aws = Aws(Environment(name=EnvironmentName.LIKE_DEV, region="us-west-1"))
    return prepared_code.plan(PreparedCode(aws=aws, workspace=code.prepared(), arguments=[]), Console())


def drift(code: Code) -> Drift:
    return Drift(environment=EnvironmentName.LIKE_DEV, differences=differences(plan_of(code)))


def test_a_plan_says_what_would_change_and_drift_what_others_did(attached_code: Code) -> None:
    code = attached_code
    code.write(GROUP.format(days=7, topic="a"))
    workspace = code.prepared()
    apply(workspace, [], identity="one", existing=lambda _: frozenset(), refresh=False, console=Console())
    assert drift(code).differences == []
    times = apply_times.read(workspace.directory)
    assert times is not None and times.of("aws_sns_topic", Action.CREATE) is not None

    code.write(GROUP.format(days=14, topic="b") + CHECK)
    changes = planned(plan_of(code))
    assert [(each.type, each.action) for each in changes] == [
        ("aws_cloudwatch_log_group", Action.UPDATE),
        ("aws_sns_topic", Action.REPLACE),
    ]
    assert [each.name for each in changes[1].attributes if each.forces] == ["name"]
    assert not (workspace.directory / PLAN).exists()
    assert "warning: infrastructure/terraform/main.tf line" in "\n".join(code.said)
    assert "Check block assertion failed: nobody reads this" in "\n".join(code.said)

    code.write(GROUP.format(days=7, topic="a"))
    code.daemon.client("logs").put_retention_policy(logGroupName=code.group, retentionInDays=30)
    topics = code.daemon.client("sns")
    topics.delete_topic(TopicArn=f"arn:aws:sns:us-west-1:{code.endpoint.account_id}:a")
    found = drift(code)
    assert found.exit_code == DRIFT
    assert [each.change.text() for each in found.differences] == [
        "change  aws_cloudwatch_log_group.this: retention_in_days 7 -> 30",
        "destroy aws_sns_topic.this",
    ]
    destroy(code.prepared(), [], Console())

"""The stand-in applies topics' policies and subscriptions, event rules with their targets, and mail identities."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("notifications.tf").read_text()
CHANGES = {
    'Sid = "Events"': 'Sid = "EventRules"',
    'severity = ["high"]': 'severity = ["high", "low"]',
    "raw_message_delivery = true": "raw_message_delivery = false",
    '"ECS gave up on a deployment."': '"ECS gave up."',
    'state         = "DISABLED"': 'state         = "ENABLED"',
    "maximum_retry_attempts       = 5": "maximum_retry_attempts       = 6",
    'tags           = { Name = "example.com" }': 'tags           = { Name = "domain" }',
}


def every(action: str, *addresses: str) -> dict[str, list[str]]:
    return {address: [action] for address in addresses}


async def test_notifications_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    assert state["aws_sns_topic_subscription.email"]["pending_confirmation"] is True
    assert state["aws_sns_topic_subscription.queue"]["filter_policy_scope"] == "MessageAttributes"
    topic = state["aws_sns_topic.alarms"]["arn"]
    found = (await cloud.call("sns", "get_topic_attributes", TopicArn=topic))["Attributes"]
    assert found["SQSSuccessFeedbackSampleRate"] == "0"  # the real provider sends it too

    changed = WORLD
    for old, new in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, new)
    assert await workspace.changes(changed) == every(
        "update",
        "aws_cloudwatch_event_rule.failed",
        "aws_cloudwatch_event_rule.tasks",
        "aws_cloudwatch_event_target.tasks",
        "aws_sesv2_email_identity.domain",
        "aws_sns_topic_policy.alarms",
        "aws_sns_topic_subscription.queue",
    )
    await workspace.apply()
    assert await workspace.changes() == {}

    await cloud.call("events", "remove_targets", Rule="deployment-failed", Ids=["alarms"])
    await cloud.call("sesv2", "delete_email_identity", EmailIdentity="example.com")
    assert await workspace.changes() == every(
        "create", "aws_cloudwatch_event_target.failed", "aws_sesv2_email_identity.domain"
    )
    await workspace.apply("\n".join(WORLD.split("\n\n")[:1]))
    policy = (await cloud.call("sns", "get_topic_attributes", TopicArn=topic))["Attributes"]["Policy"]
    assert "__default_policy_ID" in policy
    assert (await cloud.call("events", "list_rules"))["Rules"] == []
    await workspace.destroy()


@pytest.mark.full
async def test_notifications_are_imported(workspace: Workspace) -> None:
    await workspace.apply(WORLD)
    state = await workspace.state()
    for address, identifier in (
        ("aws_sns_topic_policy.alarms", state["aws_sns_topic.alarms"]["arn"]),
        ("aws_sns_topic_subscription.queue", state["aws_sns_topic_subscription.queue"]["arn"]),
        ("aws_cloudwatch_event_rule.failed", "default/deployment-failed"),
        ("aws_cloudwatch_event_target.failed", "deployment-failed/alarms"),
        ("aws_sesv2_email_identity.domain", "example.com"),
    ):
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, identifier)
    # How long to wait for a confirmation is of the code alone, for the real provider too.
    assert await workspace.changes() == every("update", "aws_sns_topic_subscription.queue")


async def test_a_rule_without_pattern_and_schedule_is_refused(workspace: Workspace) -> None:
    workspace.write(WORLD.replace('event_pattern = jsonencode({ source = ["aws.ecs"] })', ""))
    assert "one of `event_pattern,schedule_expression`" in await workspace.fail("validate")

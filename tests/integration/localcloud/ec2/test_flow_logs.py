"""Flow logs go to a log group that is named or given by its ARN."""

from pathlib import Path
from typing import Any

ARN = "arn:aws:logs:us-west-1:123456789012:log-group:flow"


async def test_a_log_group_is_named_or_given_by_its_arn(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName="flow")
        for destination, name, status in (
            ({"LogGroupName": "flow"}, "flow", "SUCCESS"),
            ({"LogDestination": ARN}, "flow", "SUCCESS"),
            ({"LogDestination": f"{ARN}:*"}, "flow:*", "FAILED"),
            ({"LogDestination": f"{ARN}s"}, "flows", "FAILED"),
        ):
            vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
            made = await cloud.call(
                "ec2",
                "create_flow_logs",
                ResourceIds=[vpc],
                ResourceType="VPC",
                TrafficType="ALL",
                DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow",
                **destination,
            )
            [found] = (await cloud.call("ec2", "describe_flow_logs", FlowLogIds=made["FlowLogIds"]))["FlowLogs"]
            assert (found["LogGroupName"], found["DeliverLogsStatus"]) == (name, status)
            assert found.get("LogDestination") == destination.get("LogDestination")

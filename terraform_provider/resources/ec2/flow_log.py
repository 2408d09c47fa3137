"""aws_flow_log."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set, refuse_unless_one
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

PLACES = {
    "eni_id": "NetworkInterface",
    "subnet_id": "Subnet",
    "transit_gateway_attachment_id": "TransitGatewayAttachment",
    "transit_gateway_id": "TransitGateway",
    "vpc_id": "VPC",
}
PREFIXES = {"eni": "eni_id", "subnet": "subnet_id", "vpc": "vpc_id"}
OF_TRANSIT_GATEWAYS = ("transit_gateway_attachment_id", "transit_gateway_id")
TO_LOGS = "cloud-watch-logs"
ALL_STREAMS = ":*"


@resource("aws_flow_log")
class FlowLog(Resource):
    noun = "Flow Log"
    title = "id"
    gone = ("InvalidFlowLogId.NotFound",)

    def validate(self, config: State) -> None:
        refuse_unless_one(config, *PLACES)
        for name in OF_TRANSIT_GATEWAYS:
            if is_set(config.get(name)):
                raise ProviderError(f"{name}: the local cloud has no transit gateways", "Write vpc_id.", (name,))

    def create(self, aws: Aws, planned: State) -> str:
        place = next(name for name in PLACES if planned[name])
        request: dict[str, Any] = {
            "ResourceIds": [planned[place]],
            "ResourceType": PLACES[place],
            "LogDestinationType": planned["log_destination_type"],
            "MaxAggregationInterval": int(planned["max_aggregation_interval"]),
            **_tags.specified("vpc-flow-log", planned),
        }
        for ours, theirs in (
            ("deliver_cross_account_role", "DeliverCrossAccountRole"),
            ("iam_role_arn", "DeliverLogsPermissionArn"),
            ("log_destination", "LogDestination"),
            ("log_format", "LogFormat"),
            ("log_group_name", "LogGroupName"),
            ("traffic_type", "TrafficType"),
        ):
            if planned[ours]:
                request[theirs] = planned[ours]
        if planned["log_destination"] and planned["log_destination_type"] == TO_LOGS:
            request["LogDestination"] = planned["log_destination"].removesuffix(ALL_STREAMS)
        if planned["destination_options"]:
            request["DestinationOptions"] = _options(planned["destination_options"][0])
        # EC2 may not see a new role yet.
        made = retried(
            aws,
            lambda: aws.client("ec2").create_flow_logs(**request),
            codes=("InvalidParameter",),
            message="Unable to assume given IAM role",
        )
        for each in made.get("Unsuccessful", []):
            error = each["Error"]
            raise ProviderError(f"creating {self.noun} ({planned[place]}): {error['Code']}: {error['Message']}")
        return str(made["FlowLogIds"][0])

    def read(self, aws: Aws, state: State) -> State | None:
        listed = aws.client("ec2").describe_flow_logs(FlowLogIds=[state["id"]])["FlowLogs"]
        if not listed:
            return None
        found = listed[0]
        place = PREFIXES.get(found["ResourceId"].partition("-")[0])
        return {
            "arn": aws.arn("ec2", f"vpc-flow-log/{state['id']}"),
            "deliver_cross_account_role": found.get("DeliverCrossAccountRole"),
            "destination_options": _read_options(found.get("DestinationOptions")),
            "iam_role_arn": found.get("DeliverLogsPermissionArn"),
            "log_destination": found.get("LogDestination"),
            "log_destination_type": found.get("LogDestinationType"),
            "log_format": found.get("LogFormat"),
            "log_group_name": found.get("LogGroupName"),
            "max_aggregation_interval": found.get("MaxAggregationInterval"),
            "traffic_type": found.get("TrafficType"),
            **({place: found["ResourceId"]} if place else {}),
            "tags_all": tags.as_dict(found.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        answer = aws.client("ec2").delete_flow_logs(FlowLogIds=[state["id"]])
        for each in answer.get("Unsuccessful", []):
            error = each["Error"]
            if error["Code"] not in self.gone:
                raise ProviderError(f"deleting {self.noun} ({state['id']}): {error['Code']}: {error['Message']}")


def _options(block: State) -> dict[str, Any]:
    return {
        "FileFormat": block["file_format"],
        "HiveCompatiblePartitions": bool(block["hive_compatible_partitions"]),
        "PerHourPartition": bool(block["per_hour_partition"]),
    }


def _read_options(options: Mapping[str, Any] | None) -> list[State]:
    if not options:
        return []
    return [
        {
            "file_format": options.get("FileFormat", ""),
            "hive_compatible_partitions": bool(options.get("HiveCompatiblePartitions")),
            "per_hour_partition": bool(options.get("PerHourPartition")),
        }
    ]

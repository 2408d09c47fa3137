"""aws_availability_zones."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_availability_zones")
def availability_zones(aws: Aws, config: State) -> State:
    filters = [{"Name": each["name"], "Values": sorted(each["values"])} for each in config["filter"] or ()]
    if config["state"]:
        filters.append({"Name": "state", "Values": [config["state"]]})
    request: dict[str, Any] = {"AllAvailabilityZones": bool(config["all_availability_zones"])}
    if filters:
        request["Filters"] = filters
    zones = [
        each
        for each in aws.client("ec2").describe_availability_zones(**request)["AvailabilityZones"]
        if each["ZoneName"] not in (config["exclude_names"] or ())
        and each["ZoneId"] not in (config["exclude_zone_ids"] or ())
    ]
    zones.sort(key=lambda each: str(each["ZoneName"]))
    return {
        "id": aws.region,
        "names": [each["ZoneName"] for each in zones],
        "zone_ids": [each["ZoneId"] for each in zones],
        "group_names": sorted({each.get("GroupName", "") for each in zones}),
    }

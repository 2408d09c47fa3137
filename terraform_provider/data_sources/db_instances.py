"""aws_db_instances."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_db_instances")
def db_instances(aws: Aws, config: State) -> State:
    """List the instances that pass RDS's filters and have all of the tags."""
    filters = [{"Name": each["name"], "Values": sorted(each["values"])} for each in config["filter"] or ()]
    request: dict[str, Any] = {"Filters": filters} if filters else {}
    wanted = config["tags"] or {}
    found = [
        each
        for page in aws.client("rds").get_paginator("describe_db_instances").paginate(**request)
        for each in page["DBInstances"]
        if wanted.items() <= tags.as_dict(each.get("TagList")).items()
    ]
    return {
        "id": aws.region,
        "instance_arns": [each["DBInstanceArn"] for each in found],
        "instance_identifiers": [each["DBInstanceIdentifier"] for each in found],
    }

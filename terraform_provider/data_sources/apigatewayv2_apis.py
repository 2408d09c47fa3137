"""aws_apigatewayv2_apis."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_apigatewayv2_apis")
def apis(aws: Aws, config: State) -> State:
    """List the APIs of a name, of a protocol, and with all of the tags."""
    wanted = config["tags"] or {}
    pages = aws.client("apigatewayv2").get_paginator("get_apis").paginate()
    found = [
        api["ApiId"]
        for page in pages
        for api in page["Items"]
        if config["name"] in (None, "", api["Name"])
        and config["protocol_type"] in (None, "", api["ProtocolType"])
        and wanted.items() <= (api.get("Tags") or {}).items()
    ]
    return {"id": aws.region, "ids": found}

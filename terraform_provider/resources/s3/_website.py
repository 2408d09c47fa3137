"""`website` of aws_s3_bucket, and the names under which S3 serves websites."""

import json
from typing import Any
from urllib.parse import urlsplit

from terraform_provider.framework.aws import partition_of
from terraform_provider.values.go_json import written
from terraform_provider.values.unknown import State

NONE = "NoSuchWebsiteConfiguration"
WITH_HYPHEN = {
    *("ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-1", "sa-east-1"),
    *("us-east-1", "us-gov-west-1", "us-west-1", "us-west-2"),
}
"""The older regions, whose websites have names of another form."""


def domain(region: str) -> str:
    if region in WITH_HYPHEN:
        return f"s3-website-{region}.amazonaws.com"
    return f"s3-website.{region}.{'amazonaws.com.cn' if partition_of(region) == 'aws-cn' else 'amazonaws.com'}"


def of_block(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if block["index_document"]:
        made["IndexDocument"] = {"Suffix": block["index_document"]}
    if block["error_document"]:
        made["ErrorDocument"] = {"Key": block["error_document"]}
    if block["redirect_all_requests_to"]:
        made["RedirectAllRequestsTo"] = _redirect(block["redirect_all_requests_to"])
    if block["routing_rules"]:
        made["RoutingRules"] = json.loads(block["routing_rules"])
    return made


def _redirect(text: str) -> dict[str, str]:
    url = urlsplit(text)
    if not url.scheme:
        return {"HostName": text}
    return {"HostName": f"{url.netloc}{url.path}{f'?{url.query}' if url.query else ''}", "Protocol": url.scheme}


def as_blocks(found: dict[str, Any]) -> list[State]:
    redirect = found.get("RedirectAllRequestsTo")
    block = {
        "error_document": found.get("ErrorDocument", {}).get("Key", ""),
        "index_document": found.get("IndexDocument", {}).get("Suffix", ""),
        "redirect_all_requests_to": _url(redirect) if redirect else "",
        "routing_rules": written(found["RoutingRules"], sort=True) if found.get("RoutingRules") else "",
    }
    return [block] if any(block.values()) else []


def _url(redirect: dict[str, str]) -> str:
    host = redirect.get("HostName", "")
    if not redirect.get("Protocol"):
        return host
    return f"{redirect['Protocol']}://{host}"

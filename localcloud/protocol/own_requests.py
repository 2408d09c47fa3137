"""Requests between our own parts: overlays and moto handle them like a client's."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from localcloud.protocol.caller import Caller
from localcloud.protocol.wire import AwsRequest, parse_request


def json_request(
    service: str, region: str, target: str, parameters: Mapping[str, object], caller: Caller
) -> AwsRequest:
    """Return a JSON 1.1 request. `service`: its signing name; `target`: `AmazonSSM.GetParameter`."""
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
    return _request(service, region, headers, json.dumps(parameters).encode(), caller)


def form_request(service: str, region: str, fields: Mapping[str, str], caller: Caller) -> AwsRequest:
    """Return a query-protocol request; `fields` include `Action` and `Version`."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return _request(service, region, headers, urlencode(fields).encode(), caller)


def _request(service: str, region: str, headers: dict[str, str], body: bytes, caller: Caller) -> AwsRequest:
    scope = f"Credential=ecs/20000101/{region}/{service}/aws4_request"
    signed = {
        "host": f"{service}.{region}.amazonaws.com",
        "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
    }
    return replace(parse_request("POST", "/", "", signed | headers, body), caller=caller)

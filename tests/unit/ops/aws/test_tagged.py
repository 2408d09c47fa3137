"""Tagged resources are listed in every region that may have them."""

from typing import Any

from ops.aws import tagged
from ops.aws.clients import Aws

TAGS = {"project": "spendsense"}
TABLE, POLICY = "arn:aws:dynamodb:us-west-1:123456789012:table/t", "arn:aws:iam::123456789012:policy/p"


def test_global_resources_are_listed_too(scripted: Aws, wire: Any, monkeypatch: Any) -> None:
    """GetResources lists global services in us-east-1 only."""
    clients = {region: scripted.tagging(region) for region in ("us-west-1", "us-east-1")}
    monkeypatch.setattr(scripted, "tagging", clients.__getitem__)
    wires = {region: wire(client) for region, client in clients.items()}
    for region, arn in (("us-west-1", TABLE), ("us-east-1", POLICY)):
        mapping = {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
        wires[region].on("GetResources", {"ResourceTagMappingList": [mapping]})
    assert tagged.tags(scripted, ["us-west-1"], project="spendsense") == {TABLE: TAGS, POLICY: TAGS}
    assert tagged.arns(scripted, {"us-west-1", "us-east-1"}) == {TABLE, POLICY}
    for each in wires.values():
        first, _ = each.sent("GetResources")
        assert first["TagFilters"] == [{"Key": "project", "Values": ["spendsense"]}]

"""Route 53's record sets through the API: a batch is made as a whole or not at all, and survives a restart."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

LOAD_BALANCER = {"HostedZoneId": "Z368ELLRRE2KJ0", "DNSName": "b.elb.amazonaws.com", "EvaluateTargetHealth": True}


def change(action: str, name: str, kind: str, *values: str, **more: Any) -> dict[str, Any]:
    content = {"TTL": 60, "ResourceRecords": [{"Value": each} for each in values]} if values else {}
    return {"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind, **content, **more}}


async def change_records(cloud: Any, zone: str, *changes: dict[str, Any]) -> None:
    batch = {"Changes": list(changes)}
    await cloud.call("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)


async def records(cloud: Any, zone: str) -> set[tuple[str, str]]:
    listed = await cloud.call("route53", "list_resource_record_sets", HostedZoneId=zone)
    return {(each["Name"], each["Type"]) for each in listed["ResourceRecordSets"]} - OWN


OWN = {("example.com.", "NS"), ("example.com.", "SOA")}


async def test_a_batch_is_made_as_a_whole_or_not_at_all(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        created = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
        zone = created["HostedZone"]["Id"]
        good, bad = change("CREATE", "a.example.com", "A", "192.0.2.1"), change("CREATE", "b.example.com", "A", "x")
        with pytest.raises(ClientError, match="ARRDATAIllegalIPv4Address") as refused:
            await change_records(cloud, zone, good, bad)
        assert refused.value.response["Error"]["Code"] == "InvalidChangeBatch"
        assert await records(cloud, zone) == set()
        to_balancer = change("UPSERT", "example.com", "A", AliasTarget=LOAD_BALANCER)
        await change_records(cloud, zone, good, to_balancer)
        assert await records(cloud, zone) == {("a.example.com.", "A"), ("example.com.", "A")}
        with pytest.raises(ClientError, match=r"InvalidInput.*but found more than one"):
            await change_records(cloud, zone, change("UPSERT", "example.com", "A", AliasTarget=LOAD_BALANCER, TTL=60))
        with pytest.raises(ClientError, match="NoSuchHealthCheck"):
            more = {"HealthCheckId": "11111111-1111-1111-1111-111111111111", "SetIdentifier": "x", "Weight": 1}
            await change_records(cloud, zone, change("CREATE", "c.example.com", "A", "192.0.2.1", **more))
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match="HostedZoneNotEmpty"):
            await cloud.call("route53", "delete_hosted_zone", Id=zone)
        gone = [good | {"Action": "DELETE"}, to_balancer | {"Action": "DELETE"}]
        await change_records(cloud, zone, *gone)
        assert await records(cloud, zone) == set()
        await cloud.call("route53", "delete_hosted_zone", Id=zone)


async def test_record_sets_of_one_name_go_one_by_one(cloud_in: Any, tmp_path: Path) -> None:
    """moto deletes every record set in the zone that has the identifier."""
    async with cloud_in(tmp_path, {}) as cloud:
        created = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
        zone = created["HostedZone"]["Id"]
        weighted = [
            change("CREATE", f"{name}.example.com", "A", "192.0.2.1", SetIdentifier="one", Weight=1) for name in "ab"
        ]
        await change_records(cloud, zone, *weighted)
        await change_records(cloud, zone, weighted[0] | {"Action": "DELETE"})
        assert await records(cloud, zone) == {("b.example.com.", "A")}


async def test_a_certificate_is_issued_when_the_records_of_all_its_names_are_there(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        created = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
        zone = created["HostedZone"]["Id"]
        names = ["a.example.com", "b.example.com"]
        requested = await cloud.call(
            "acm",
            "request_certificate",
            DomainName=names[0],
            SubjectAlternativeNames=names[1:],
            ValidationMethod="DNS",
        )

        async def described() -> Any:
            found = await cloud.call("acm", "describe_certificate", CertificateArn=requested["CertificateArn"])
            return found["Certificate"]

        proofs = [each["ResourceRecord"] for each in (await described())["DomainValidationOptions"]]
        for proof in proofs:
            assert (await described())["Status"] == "PENDING_VALIDATION"
            await change_records(cloud, zone, change("CREATE", proof["Name"], "CNAME", proof["Value"]))
        assert (await described())["Status"] == "ISSUED"

"""The stand-in applies certificates, their validation, and DNS records."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("names.tf").read_text()
CHANGED = {
    "evaluate_target_health = true": "evaluate_target_health = false",
    "ttl     = 300": "ttl     = 600",
    '"two words"': '"three words now"',
    "{ a = 10, b = 0 }": "{ a = 10, b = 5 }",
    '{ Name = "spend" }': '{ Name = "names" }',
}


async def test_names_are_applied_changed_imported_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    certificate = state["aws_acm_certificate.this"]
    assert state["aws_acm_certificate_validation.this"]["certificate_arn"] == certificate["arn"]
    assert state["aws_route53_record.text"]["fqdn"] == "text.example.com"
    zone = state["data.aws_route53_zone.this"]
    assert (zone["name"], zone["private_zone"], zone["tags"]) == ("example.com", False, {})
    assert zone["primary_name_server"] in zone["name_servers"]

    changed = WORLD
    for old, new in CHANGED.items():
        assert old in changed
        changed = changed.replace(old, new)
    assert await balanced.changes(changed) == {
        "aws_acm_certificate.this": ["update"],
        "aws_route53_record.service": ["update"],
        "aws_route53_record.text": ["update"],
        'aws_route53_record.weighted["b"]': ["update"],
    }
    await balanced.apply()
    for address in ("aws_route53_record.service", 'aws_route53_record.weighted["b"]', "aws_acm_certificate.this"):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, state[address]["id"])
    assert await balanced.changes() == {}

    await balanced.destroy()
    zone = state["aws_route53_record.text"]["zone_id"]
    left = daemon.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert {each["Type"] for each in left} == {"NS", "SOA"}


@pytest.mark.full
async def test_wrong_values_are_refused(balanced: Workspace) -> None:
    balanced.write('resource "aws_route53_record" "a" {\n  zone_id = var.zone\n  name = "a"\n  type = "A"\n}\n')
    assert "one of `alias,records` must be specified" in await balanced.fail("plan")
    balanced.write('resource "aws_acm_certificate" "a" {\n  domain_name = "a.example.com"\n}\n')
    assert "`certificate_authority_arn` or `validation_method` must be set" in await balanced.fail(
        "apply", "-auto-approve"
    )

"""The stand-in applies network ACLs, rules of security groups, endpoints and flow logs."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = "\n".join(Path(__file__).with_name(name).read_text() for name in ("network_rules.tf", "inline_entries.tf"))
AGAIN = """
resource "aws_network_acl_rule" "again" {
  network_acl_id = aws_network_acl.this.id
  rule_number    = 100
  protocol       = "-1"
  rule_action    = "deny"
  cidr_block     = "0.0.0.0/0"
}
"""
CHANGES = {
    'description                  = "Clients"': 'description                  = "Others"',
    "subnet_ids = [var.subnet_a]": "subnet_ids = [var.subnet_b]",
    "subnet_ids          = [var.subnet_a, var.subnet_b]": "subnet_ids          = [var.subnet_a]",
    '"logs:PutLogEvents"': '"logs:*"',
    'tags                     = { Name = "flow" }': 'tags                     = { Name = "flows" }',
    "rule_no    = 110": "rule_no    = 120",
}


async def test_rules_and_endpoints_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    ec2 = daemon.client("ec2")
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    acl = state["aws_network_acl.this"]["id"]
    entries = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    assert {each["RuleNumber"] for each in entries if not each["Egress"]} >= {100, 110}
    assert state["aws_vpc_endpoint.s3"]["prefix_list_id"].startswith("pl-")

    balanced.write(WORLD + AGAIN)
    refused = await balanced.fail("apply", "-auto-approve")
    assert "creating EC2 Network ACL Rule" in refused
    assert "NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists." in refused
    balanced.write(WORLD)
    assert await balanced.changes() == {}

    changed = WORLD
    for old, new in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, new)
    assert await balanced.changes(changed) == {
        address: ["update"]
        for address in (
            "aws_flow_log.this",
            "aws_network_acl.inline",
            "aws_network_acl.this",
            "aws_vpc_endpoint.logs",
            "aws_vpc_security_group_ingress_rule.clients",
        )
    }
    await balanced.apply()
    assert await balanced.changes() == {}

    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=110, Egress=False)
    rule = state["aws_vpc_security_group_egress_rule.https"]
    ec2.revoke_security_group_egress(GroupId=rule["security_group_id"], SecurityGroupRuleIds=[rule["id"]])
    assert await balanced.changes() == {
        'aws_network_acl_rule.in["110"]': ["create"],
        "aws_vpc_security_group_egress_rule.https": ["create"],
    }

    await balanced.destroy()
    assert {each["State"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]} <= {"deleted"}
    assert ec2.describe_flow_logs()["FlowLogs"] == []
    assert [each for each in ec2.describe_network_acls()["NetworkAcls"] if not each["IsDefault"]] == []


@pytest.mark.full
async def test_rules_are_imported(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    state = await balanced.state()
    acl = state["aws_network_acl.this"]["id"]
    for address, identifier in (
        ("aws_network_acl_rule.out", f"{acl}:200:-1:true"),
        ("aws_network_acl.this", acl),
        ("aws_vpc_security_group_egress_rule.all", state["aws_vpc_security_group_egress_rule.all"]["id"]),
        ("aws_vpc_endpoint.s3", state["aws_vpc_endpoint.s3"]["id"]),
        ("aws_flow_log.this", state["aws_flow_log.this"]["id"]),
    ):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, identifier)
    assert await balanced.changes() == {}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('protocol       = "-1"', 'protocol       = "nonsense"', "unsupported NACL protocol: nonsense"),
        ('cidr_ipv6         = "::/0"', "", "Exactly one of these must be configured"),
    ],
)
async def test_wrong_values_are_refused_before_anything_is_made(
    planned_only: Workspace, old: str, new: str, words: str
) -> None:
    assert old in WORLD
    planned_only.write(WORLD.replace(old, new))
    assert words in await planned_only.fail("validate")

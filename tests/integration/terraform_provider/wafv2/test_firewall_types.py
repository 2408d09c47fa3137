"""The stand-in applies web ACLs with their rules, sets of addresses and logs."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("firewall.tf").read_text()
CHANGES = {
    "limit              = 1000": "limit              = 2000",
    '"10.0.1.0/24"': '"10.0.2.0/24"',
    'name = "authorization"': 'name = "cookie"',
    '{ Name = "firewall" }': '{ Name = "waf" }',
}


async def test_a_firewall_is_applied_changed_imported_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    changed = WORLD
    for old, new in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, new)
    assert await workspace.changes(changed) == {
        address: ["update"]
        for address in (
            "aws_wafv2_ip_set.gateway",
            "aws_wafv2_web_acl.this",
            "aws_wafv2_web_acl_logging_configuration.this",
        )
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    state = await workspace.state()
    for address, name in (("aws_wafv2_ip_set.gateway", "gateway"), ("aws_wafv2_web_acl.this", "before-the-balancer")):
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, f"{state[address]['id']}/{name}/REGIONAL")
    assert await workspace.changes() == {}
    await workspace.destroy()
    assert (await cloud.call("wafv2", "list_web_acls", Scope="REGIONAL"))["WebACLs"] == []

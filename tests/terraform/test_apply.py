"""Both providers apply the whole HCL to the local cloud, then find nothing to change, and destroy all of it."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from ops.cost import terraform
from ops.terraform.program import Provider
from tests.ports import free_pair
from tests.terraform.account import Account, new_account
from tests.terraform.comparable import not_found, not_listed
from tests.terraform.left import Left, all_differences
from tests.terraform.life import ENVIRONMENTS, NAME, live, nothing_runs_before_the_first_deploy
from tests.terraform.planning import OPTIONS
from tests.terraform.side_by_side import has_real_provider

pytestmark = pytest.mark.full

Lives = Callable[[str, Provider], Left]
COMPARED = ("dev", "prod", "everything")
"""Staging has no code of its own: it is prod's, with dev's switches."""


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """Return what each provider left of each environment after its life cycle, which runs once."""

    @cache
    def lived(environment: str, provider: Provider) -> Left:
        other = Provider.AWS if provider is Provider.STAND_IN else Provider.STAND_IN
        directory = tmp_path_factory.mktemp(f"{environment}-{provider}")
        with new_account(directory, provider) as account:
            return live(account, environment, other if other is Provider.STAND_IN or has_real_provider() else None)

    return lived


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_stand_in_applies_finds_no_changes_and_leaves_nothing(lives: Lives, environment: str) -> None:
    lives(environment, Provider.STAND_IN)


@pytest.mark.parametrize("environment", COMPARED)
def test_the_real_provider_does_too_and_leaves_the_same(lives: Lives, environment: str) -> None:
    """Compare states and accounts; each provider plans no changes on what the other left."""
    theirs = lives(environment, Provider.AWS)
    found = all_differences(lives(environment, Provider.STAND_IN), theirs)
    assert not_listed(found) == []
    assert not_found(found) == []


def test_each_option_is_applied_with_a_name_in_dns_and_taken_away(account: Account) -> None:
    """With what nobody needs to set; the certificate is asked for and proved in the zone."""
    zone = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="options")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    boundary = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("iam").create_policy(PolicyName="boundary", PolicyDocument=boundary)
    given = [
        *OPTIONS,
        f"hosted_zone_id={zone['HostedZone']['Id'].rpartition('/')[2]}",
        f"public_url=https://{NAME}",
        "interface_endpoints_enabled=true",
        "endpoint_policies_enabled=true",
        "min_capacity=2",
        "max_capacity=10",
        f"listener_port={free_pair()}",
    ]
    arguments = terraform.arguments("dev", given)
    account.terraform("apply", ["-auto-approve", *arguments])
    account.terraform("plan", ["-detailed-exitcode", *arguments])
    nothing_runs_before_the_first_deploy(account)
    records = account.client("route53").list_resource_record_sets(HostedZoneId=zone["HostedZone"]["Id"])
    kinds = {(each["Name"].rstrip("."), each["Type"]) for each in records["ResourceRecordSets"]}
    assert (NAME, "A") in kinds
    service = account.client("ecs").describe_services(cluster="spendsense-dev", services=["spendsense-backend"])
    strategy = {each["capacityProvider"]: each["weight"] for each in service["services"][0]["capacityProviderStrategy"]}
    assert strategy == {"FARGATE": 40, "FARGATE_SPOT": 60}
    account.terraform("destroy", ["-auto-approve", *arguments])

"""Each provider applies the whole HCL to the local cloud, finds nothing to change, and takes all of it away."""

import re
from collections.abc import Callable

import httpx
import pytest

from localcloud.elb.certificates import LocalCertificates
from localcloud.machine.addresses import can_bind
from ops.cost import terraform
from tests.terraform.account import HOME, REPLICA, Account
from tests.terraform.planning import GITHUB, LONGEST_OWNER, OPTIONS

pytestmark = pytest.mark.full

NAME = "api.example.com"
EVERYTHING = (
    *GITHUB,
    f"owner_id={LONGEST_OWNER}",
    "oidc_issuer=https://login.example.com",
    f'allowed_hosts=["{NAME}"]',
    'cors_allowed_origins=["https://app.example.com"]',
    'test_listener_cidrs=["203.0.113.0/24"]',
    "deployment_strategy=BLUE_GREEN",
    "scaling_mode=step",
    "api_gateway_enabled=true",
    "waf_enabled=true",
    "replication_enabled=true",
    "read_replica_enabled=true",
)
STAGING = (f"public_url=https://{NAME}",)
PROD = (f"public_url=https://{NAME}", "alarm_email=ops@example.com")


@pytest.mark.parametrize(
    ("environment", "more"),
    [("dev", ()), ("staging", STAGING), ("prod", PROD), ("prod", (*PROD, *EVERYTHING))],
    ids=["dev", "staging", "prod", "everything"],
)
def test_apply_then_no_changes_then_nothing_left(
    account: Account, environment: str, more: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    variables = [*more] if environment == "dev" else [f"certificate_arn={imported_certificate(account)}", *more]
    arguments = terraform.arguments(environment, variables)
    before = account.census()

    if "read_replica_enabled=true" in more:  # docs/region-lost.md: RDS refuses the replica while it keeps the password
        refused = account.terraform("apply", ["-auto-approve", *arguments], expect=1)
        assert refused.count("Error: ") == 1
        assert "ManageMasterUserPassword is enabled is not" in refused
        take_password_over(account)
    slowest = longest_waits(account.terraform("apply", ["-auto-approve", *arguments]))
    account.terraform("plan", ["-detailed-exitcode", *arguments])  # 2 would mean changes
    created = account.census() - before
    assert len(created) > 50
    its_servers_run(account)
    nothing_runs_before_the_first_deploy(account)

    if environment != "dev":
        lift_protection(account)
    protected = environment != "dev"
    printed = account.terraform("destroy", ["-auto-approve", *arguments], expect=1 if protected else 0)
    left = account.census() - before
    # What is meant to stay where protection was on: the database's last snapshot and its automated ones, and the keys.
    kept = {each for each in left if " rds DBSnapshots: " in each}
    assert any(each.endswith("-final") for each in kept) == bool(kept) == protected
    keys = {each for each in left if " kms Keys: " in each}
    assert bool(keys) == protected
    assert left - kept - keys == set()
    if protected:
        assert "not authorized to perform: kms:ScheduleKeyDeletion" in printed
        keys_outlive_what_they_encrypt(account)
        # As the README says: the keys are somebody's to keep, and no longer this state's.
        held = [each for each in account.terraform("state", ["list"], plain=True).split() if ".aws_kms_key." in each]
        account.terraform("state", ["rm", *held], plain=True)
        account.terraform("destroy", ["-auto-approve", *arguments])
        keys_outlive_what_they_encrypt(account)
    record_property("seconds", account.seconds)
    print(f"\n{environment} {more}: {len(created)} listed, {account.seconds}\n{slowest}")  # noqa: T201 - the report's numbers


def nothing_runs_before_the_first_deploy(account: Account) -> None:
    (cluster,) = account.client("ecs").list_clusters()["clusterArns"]
    (service,) = account.client("ecs").describe_services(cluster=cluster, services=["spendsense-backend"])["services"]
    assert (service["desiredCount"], service["pendingCount"], service["runningCount"]) == (0, 0, 0)
    assert account.client("ecs").list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"] == []
    scaling = account.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    assert [each["MinCapacity"] for each in scaling["ScalableTargets"]] == [0]
    scheduled = account.client("application-autoscaling").describe_scheduled_actions(ServiceNamespace="ecs")
    assert not [each for each in scheduled["ScheduledActions"] if "MinCapacity" in each["ScalableTargetAction"]]


def keys_outlive_what_they_encrypt(account: Account) -> None:
    encrypted = 0
    for region in (HOME, REPLICA):
        kms = account.client("kms", region)
        for snapshot in account.client("rds", region).describe_db_snapshots()["DBSnapshots"]:
            assert kms.describe_key(KeyId=snapshot["KmsKeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
            encrypted += 1
    assert encrypted > 0


def test_each_option_is_applied_with_a_name_in_dns_and_taken_away(account: Account) -> None:
    """With what nobody needs to set; the certificate is asked for and proved in the zone."""
    zone = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="options")
    given = [
        *OPTIONS,
        f"hosted_zone_id={zone['HostedZone']['Id'].rpartition('/')[2]}",
        f"public_url=https://{NAME}",
        "interface_endpoints_enabled=true",
        "endpoint_policies_enabled=true",
        "min_capacity=2",
        "max_capacity=10",
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


def longest_waits(output: str) -> list[str]:
    """The five resources that the provider took longest to make, with seconds."""
    found = re.findall(r"^(\S+): Creation complete after (?:(\d+)m)?(\d+)s", output, re.MULTILINE)
    ordered = sorted(((int(minutes or 0) * 60 + int(seconds), name) for name, minutes, seconds in found), reverse=True)
    return [f"{name} {seconds} s" for seconds, name in ordered[:5]]


def imported_certificate(account: Account) -> str:
    """-> ARN, as prod needs one."""
    certificate, key = LocalCertificates(account.workspace.directory.parent / "certificate").pair([NAME])
    answer = account.client("acm").import_certificate(Certificate=certificate.encode(), PrivateKey=key.encode())
    return str(answer["CertificateArn"])


def take_password_over(account: Account) -> None:
    """Do what `spendsense secrets init --own-database-password` does in the database."""
    rds = account.client("rds")
    (instance,) = rds.describe_db_instances()["DBInstances"]
    rds.modify_db_instance(
        DBInstanceIdentifier=instance["DBInstanceIdentifier"],
        ManageMasterUserPassword=False,
        MasterUserPassword="a-password-of-our-own",
        ApplyImmediately=True,
    )


def its_servers_run(account: Account) -> None:
    """The database and the cache are real ones, and a gateway leads to the load balancer."""
    instance = account.client("rds").describe_db_instances()["DBInstances"][0]
    group = account.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]
    for endpoint in (instance["Endpoint"], group["NodeGroups"][0]["PrimaryEndpoint"]):
        assert not can_bind(endpoint["Address"], endpoint["Port"])
    for api in account.client("apigatewayv2").get_apis()["Items"]:
        answer = httpx.get(f"{api['ApiEndpoint']}/health", trust_env=False)
        # The load balancer's answer, through the gateway: no task runs.
        assert (answer.status_code, answer.headers["server"]) == (503, "awselb/2.0")


def lift_protection(account: Account) -> None:
    """Prepare a deliberate destroy: switch off protection and access logs, and empty the buckets."""
    balancing = account.client("elbv2")
    for balancer in balancing.describe_load_balancers()["LoadBalancers"]:
        balancing.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Attributes=[
                {"Key": name, "Value": "false"} for name in ("deletion_protection.enabled", "access_logs.s3.enabled")
            ],
        )
    for region in (HOME, REPLICA):
        rds = account.client("rds", region)
        for instance in rds.describe_db_instances()["DBInstances"]:
            rds.modify_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"], DeletionProtection=False)
    s3 = account.client("s3")
    buckets = s3.list_buckets()["Buckets"]
    for bucket in buckets:  # or each request to one adds to the bucket of the access logs
        s3.put_bucket_logging(Bucket=bucket["Name"], BucketLoggingStatus={})
    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=bucket["Name"], Key=version["Key"], VersionId=version["VersionId"])

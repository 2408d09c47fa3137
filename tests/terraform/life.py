"""An environment's life in an account: applied, looked at, planned by the other provider, destroyed."""

import re
import shutil
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import httpx

from localcloud.elb.certificates import LocalCertificates
from localcloud.machine.addresses import can_bind
from ops.cost import terraform
from ops.terraform.program import Provider, settings_for
from tests.ports import free_pair, named_ports
from tests.terraform import tagged
from tests.terraform.account import HOME, REPLICA, Account, code_for
from tests.terraform.left import Left, look
from tests.terraform.planning import GITHUB, LONGEST_OWNER

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
ENVIRONMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dev": ("dev", ()),
    "staging": ("staging", STAGING),
    "prod": ("prod", PROD),
    "everything": ("prod", (*PROD, *EVERYTHING)),
}
"""name -> environment, variables."""
WITH_REPLICA = "read_replica_enabled=true"


OWN_PORTS, LISTENERS = "prod", (80, 443)
"""The environment whose load balancer listens where the code says, and redirects; the others are at free ports."""


@cache
def port_of(name: str) -> str:
    """Return the variable of an environment's listener: the same with each provider."""
    return f"listener_port={free_pair()}"


def live(account: Account, name: str, other: Provider | None) -> Left:
    """other: the provider that must find nothing to change in what this one has left."""
    environment, more = ENVIRONMENTS[name]
    variables = [*more, *([] if name == OWN_PORTS else [port_of(name)])]
    if environment != "dev":
        variables.append(f"certificate_arn={imported_certificate(account)}")
    with named_ports(*LISTENERS) if name == OWN_PORTS else nullcontext():
        return lived(account, name, other, terraform.arguments(environment, variables))


def lived(account: Account, name: str, other: Provider | None, arguments: list[str]) -> Left:
    environment, more = ENVIRONMENTS[name]
    protected = environment != "dev"
    before = account.census()

    if WITH_REPLICA in more:  # docs/region-lost.md: RDS refuses the replica while it keeps the password
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
    assert tagged.unlisted(account.client, account.workspace.directory / "terraform.tfstate") == []
    if other is not None:
        plans_nothing(account, other, arguments)
    left = look(account, arguments)

    is_taken_away(account, arguments, before, protected=protected)
    print(f"\n{name}: {len(created)} listed, {account.seconds}\n{slowest}")  # noqa: T201 - the report's numbers
    return left


def plans_nothing(account: Account, other: Provider, arguments: list[str]) -> None:
    """Let the other provider plan on the state of the account's own."""
    directory = account.workspace.directory
    settings = settings_for(other, directory.with_name("other-provider"))
    workspace = code_for(settings, directory.with_name("planned-by-the-other"))
    shutil.copy(directory / "terraform.tfstate", workspace.directory)
    there = replace(account, workspace=workspace, settings=settings, seconds={})
    there.terraform("plan", ["-detailed-exitcode", *arguments])


def is_taken_away(account: Account, arguments: list[str], before: set[str], *, protected: bool) -> None:
    """Destroy; what is meant to stay where protection is on stays, and nothing else."""
    if protected:
        lift_protection(account)
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
        # The load balancer's response, through the gateway: no task runs.
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

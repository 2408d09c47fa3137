"""The local environment's resources, created against moto."""

import itertools
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.aws.service import url_of
from ops.console import Console
from ops.errors import CouldNotStart
from ops.local.provision import everything, load_balancer, secrets, service, stores
from ops.waiter import Deadline
from tests.ports import free_port


def make(aws: Aws, listener_port: int | None = None) -> everything.Foundation:
    return everything.provision(aws, listener_port, Deadline(30), Console())


def counts(aws: Aws) -> dict[str, int]:
    return {
        "vpcs": len(aws.ec2.describe_vpcs()["Vpcs"]),
        "subnets": len(aws.ec2.describe_subnets()["Subnets"]),
        "groups": len(aws.ec2.describe_security_groups()["SecurityGroups"]),
        "balancers": len(aws.elbv2.describe_load_balancers()["LoadBalancers"]),
        "target_groups": len(aws.elbv2.describe_target_groups()["TargetGroups"]),
        "databases": len(aws.rds.describe_db_instances()["DBInstances"]),
        "caches": len(aws.elasticache.describe_replication_groups()["ReplicationGroups"]),
        "secrets": len(aws.secretsmanager.list_secrets()["SecretList"]),
        "buckets": len(aws.s3.list_buckets()["Buckets"]),
        "repositories": len(aws.ecr.describe_repositories()["repositories"]),
        "roles": len(aws.iam.list_roles()["Roles"]),
        "clusters": len(aws.ecs.list_clusters()["clusterArns"]),
    }


def secret(aws: Aws, part: str) -> Any:
    return json.loads(aws.secretsmanager.get_secret_value(SecretId=f"spendsense-local/{part}")["SecretString"])


def test_provisioning_twice_makes_nothing_twice_and_keeps_every_secret(aws: Aws) -> None:
    first = make(aws)
    before, secrets_before = counts(aws), [secret(aws, part) for part in first.secret_arns]
    second = make(aws)
    assert second == first
    assert counts(aws) == before
    assert [secret(aws, part) for part in first.secret_arns] == secrets_before


def test_the_database_secret_contains_the_databases_address(aws: Aws) -> None:
    make(aws)
    endpoint = aws.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]
    database = secret(aws, "database")
    assert database["url"] == (
        f"postgresql://{database['username']}:{database['password']}@{endpoint['Address']}:{endpoint['Port']}/spendsense"
    )


def test_a_database_that_moved_is_noticed(aws: Aws) -> None:
    make(aws)
    moved = secret(aws, "redis") | {"url": "redis://127.0.0.1:1/0"}
    aws.secretsmanager.put_secret_value(SecretId="spendsense-local/redis", SecretString=json.dumps(moved))
    assert make(aws).secrets_changed
    assert secret(aws, "redis") != moved
    assert not make(aws).secrets_changed


def test_a_run_interrupted_before_the_database_leaves_a_usable_password(aws: Aws) -> None:
    kept = {"username": "spendsense", "password": "from-the-first-run"}
    secrets.create_secret(aws, "spendsense-local/database", kept)
    make(aws)
    assert secret(aws, "database")["password"] == "from-the-first-run"


def test_a_database_whose_secret_is_lost_gets_the_password_of_the_new_one(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    make(aws)
    before = secret(aws, "database")
    asked: list[dict[str, Any]] = []
    aws.rds.meta.events.register(
        "before-parameter-build.rds.ModifyDBInstance", lambda params, **_: asked.append(params)
    )
    aws.secretsmanager.delete_secret(SecretId="spendsense-local/database", ForceDeleteWithoutRecovery=True)
    make(aws)
    after = secret(aws, "database")
    assert after["password"] != before["password"]
    assert [each["MasterUserPassword"] for each in asked] == [after["password"]]
    assert "The secrets were lost: giving the database a new password" in capsys.readouterr().err
    make(aws)
    assert len(asked) == 1


def test_tasks_use_recreated_secrets(aws: Aws) -> None:
    foundation = make(aws)
    first = service.register_first_task_definition(aws, foundation, "image", "1")
    assert service.follow_secrets(aws, foundation, first) is None
    for part in foundation.secret_arns:
        aws.secretsmanager.delete_secret(SecretId=f"spendsense-local/{part}", ForceDeleteWithoutRecovery=True)
    anew = make(aws)
    followed = service.follow_secrets(aws, anew, first)
    assert followed is not None
    assert followed[1] == service.SECRETS_ARE_NEW
    described = aws.ecs.describe_task_definition(taskDefinition=followed[0])["taskDefinition"]
    container = task_definition.container_of(described, "backend")
    wanted = service.injected_secrets(anew)
    assert {each["name"]: each["valueFrom"] for each in container["secrets"]} == wanted
    assert container["image"] == "image"


def test_tasks_follow_a_password_that_rds_has_taken_over(aws: Aws) -> None:
    first = service.register_first_task_definition(aws, make(aws), "image", "1")
    aws.rds.modify_db_instance(
        DBInstanceIdentifier="spendsense-local", ManageMasterUserPassword=True, ApplyImmediately=True
    )
    foundation = make(aws)
    assert "password" not in secret(aws, "database")
    assert secret(aws, "database")["url"].startswith("postgresql://spendsense@")
    followed = service.follow_secrets(aws, foundation, first)
    assert followed is not None
    assert followed[1] == service.MOVED_TO_RDS
    described = aws.ecs.describe_task_definition(taskDefinition=followed[0])["taskDefinition"]
    told = {each["name"]: each["value"] for each in task_definition.container_of(described, "backend")["environment"]}
    assert told["DATABASE_SECRET_ARN"] == foundation.managed_password
    assert told["DATABASE_FALLBACK_SECRET_ARN"] == foundation.secret_arns["database"]
    assert service.follow_secrets(aws, foundation, followed[0]) is None


def test_an_empty_database_never_replaces_a_missing_one(aws: Aws) -> None:
    noted = '{"database": {"restore": {}, "modify": {}}}'
    aws.ssm.put_parameter(Name=aws.environment.shape_parameter, Value=noted, Type="String")
    with pytest.raises(CouldNotStart, match="is missing") as refused:
        stores.ensure_database(aws, "sg-1", Deadline(30), Console())
    assert "spendsense recover" in str(refused.value.next_step)


def test_the_target_group_checks_health_as_agreed(aws: Aws) -> None:
    arn = make(aws).target_group
    group = aws.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert (group["HealthCheckPath"], group["TargetType"], group["Port"]) == ("/health", "ip", 8000)
    numbers = [
        group[name]
        for name in (
            "HealthCheckIntervalSeconds",
            "HealthCheckTimeoutSeconds",
            "HealthyThresholdCount",
            "UnhealthyThresholdCount",
        )
    ]
    assert numbers == [5, 2, 2, 2]
    attributes = aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in attributes


def test_resources_of_an_interrupted_run_get_their_settings_from_the_next(aws: Aws) -> None:
    where = aws.environment
    vpc = aws.ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    arn = aws.elbv2.create_target_group(Name=where.target_group, Protocol="HTTP", Port=8000, VpcId=vpc)["TargetGroups"][
        0
    ]["TargetGroupArn"]
    aws.s3.create_bucket(Bucket=where.data_bucket, CreateBucketConfiguration={"LocationConstraint": where.region})
    aws.logs.create_log_group(logGroupName=where.log_group)
    assert load_balancer.ensure_target_group(aws, vpc, where.target_group) == arn
    stores.ensure_bucket(aws)
    everything.ensure_log_groups(aws)
    attributes = aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in attributes
    assert aws.s3.get_bucket_versioning(Bucket=where.data_bucket)["Status"] == "Enabled"
    assert aws.s3.get_bucket_lifecycle_configuration(Bucket=where.data_bucket)["Rules"]
    groups = aws.logs.describe_log_groups()["logGroups"]
    assert {each["logGroupName"]: each.get("retentionInDays") for each in groups}[where.log_group] == 30


def test_a_log_group_keeps_the_retention_that_it_was_given(aws: Aws) -> None:
    everything.ensure_log_groups(aws)
    group = aws.environment.log_group
    aws.logs.put_retention_policy(logGroupName=group, retentionInDays=90)
    everything.ensure_log_groups(aws)
    groups = aws.logs.describe_log_groups()["logGroups"]
    assert {each["logGroupName"]: each.get("retentionInDays") for each in groups}[group] == 90


def test_the_listener_keeps_its_port_until_another_is_requested(aws: Aws) -> None:
    wanted = free_port()
    make(aws, listener_port=wanted)
    make(aws)
    assert url_of(aws) == f"http://127.0.0.1:{wanted}"
    other = free_port()
    make(aws, listener_port=other)
    assert url_of(aws) == f"http://127.0.0.1:{other}"


def test_a_requested_port_that_is_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CouldNotStart, match=f"127.0.0.1:{port} is in use"):
            load_balancer.checked_port(port)


def test_without_a_requested_port_the_first_free_ones_are_tried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tried = list(load_balancer.free_ports(range(port, port + 50)))
    assert len(tried) == load_balancer.LISTENER_ATTEMPTS
    assert port not in tried
    assert (load_balancer.PORTS[0], load_balancer.PORTS[-1]) == (8080, 32_767)


def test_a_failed_store_is_not_waited_for_until_the_deadline(aws: Aws) -> None:
    """One that died and comes back within seconds is."""
    clock = 0.0

    def pause(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    def waited(*statuses: str) -> tuple[float, Any]:
        deadline = Deadline(180, clock=lambda: clock, sleep=pause)
        each = itertools.chain(statuses, itertools.repeat(statuses[-1]))
        try:
            found = stores.wait_until_available(aws, "store", lambda: {"Status": next(each)}, "Status", deadline)
        except CouldNotStart as refusal:
            return deadline.elapsed_s, str(refusal)
        return deadline.elapsed_s, found

    took_s, told = waited("creating", "failed")
    assert took_s == pytest.approx(stores.HEALS_WITHIN_S + 0.1, abs=0.2)
    assert "the store did not become available within 10 s (it is 'failed')" in told
    assert waited("failed", "starting", "failed", "available")[1] == {"Status": "available"}
    assert waited("creating")[0] == pytest.approx(180, abs=0.2)


class Taken(Exception):
    pass


class Balancers:
    """Refuses ports as the local load balancer does when another program has them."""

    exceptions = SimpleNamespace(InvalidConfigurationRequestException=Taken)

    def __init__(self, *taken: int) -> None:
        self.taken = taken

    def create_listener(self, *, Port: int, **_: object) -> dict[str, Any]:  # noqa: N803 - AWS's name
        if Port in self.taken:
            raise Taken(f"Listener port {Port}: another program has it")
        return {"Listeners": [{"Port": Port}]}


def test_a_port_that_another_users_up_takes_meanwhile_is_skipped() -> None:
    aws: Any = SimpleNamespace(elbv2=Balancers(8080, 8081))
    assert load_balancer.create_listener(aws, "balancer", [8080, 8081, 8082, 8083], {})["Port"] == 8082
    with pytest.raises(CouldNotStart, match="no port to listen on: Listener port 8081: another program has it"):
        load_balancer.create_listener(aws, "balancer", [8080, 8081], {})


def test_tasks_get_their_secrets_by_reference_only(aws: Aws) -> None:
    foundation = make(aws)
    arn = service.register_first_task_definition(aws, foundation, "registry/image@sha256:1", "first")
    definition = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    container = definition["containerDefinitions"][0]
    references = {each["name"]: each["valueFrom"] for each in container["secrets"]}
    assert references["DATABASE_URL"] == f"{foundation.secret_arns['database']}:url::"
    assert set(references) == {
        "DATABASE_URL",
        "REDIS_URL",
        "JWT_SECRET_KEY",
        "ACCOUNT_ID_KEY",
        "OAUTH_CLIENT_ID",
        "OAUTH_CLIENT_SECRET",
    }
    assert secret(aws, "database")["password"] not in json.dumps(definition, default=str)


def test_an_older_service_gets_missing_secrets_at_its_next_deploy(aws: Aws) -> None:
    foundation = make(aws)
    arn = service.register_first_task_definition(aws, foundation, "registry/image@sha256:1", "first")
    first = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    wanted = first["containerDefinitions"][0]["secrets"]
    older = task_definition.registered(first)
    older["containerDefinitions"][0]["secrets"] = [each for each in wanted if each["name"] != "ACCOUNT_ID_KEY"]
    aws.ecs.register_task_definition(**older, tags=[{"key": "team", "value": "spending"}])
    for _ in range(2):
        service.register_missing_secrets(aws, foundation, Console())
        newest = aws.ecs.describe_task_definition(taskDefinition=aws.environment.family, include=["TAGS"])
        described = newest["taskDefinition"]
        assert described["revision"] == first["revision"] + 2, "the second time nothing is missing"
        assert described["containerDefinitions"][0]["image"] == "registry/image@sha256:1"
        assert sorted(described["containerDefinitions"][0]["secrets"], key=str) == sorted(wanted, key=str)
        assert newest["tags"] == [{"key": "team", "value": "spending"}]


def test_the_bucket_keeps_versions_and_expires_abandoned_uploads(aws: Aws) -> None:
    make(aws)
    bucket = aws.environment.data_bucket
    assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    [rule] = aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("announced/", 1)


def test_a_missing_database_is_looked_for_among_files_set_aside(tmp_path: Path) -> None:
    bare = stores.missing("spendsense-local", tmp_path)
    (tmp_path / "rds.set-aside" / "spendsense-local").mkdir(parents=True)
    kept = stores.missing("spendsense-local", tmp_path)

    assert bare.next_step == "restore it: `spendsense recover`"
    assert f"its files are intact in {tmp_path}/rds.set-aside/spendsense-local" in kept.message
    assert "put the copy in its place" in (kept.next_step or "")
    assert "delete" not in f"{bare.next_step}{kept.next_step}"

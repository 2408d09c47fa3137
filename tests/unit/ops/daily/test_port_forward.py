"""`spendsense port-forward`, against scripted answers; no password is ever read."""

from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.aws.stores import Store
from ops.daily import port_forward as verb
from ops.environment import Environment, EnvironmentName
from ops.errors import AwsRefused, Misuse, NotFound
from tests.unit.ops.scripted_cluster import Cluster
from tests.unit.ops.sessions.test_plugin import written

SESSION = {"SessionId": "s1", "TokenValue": "secret", "StreamUrl": "wss://example"}
NAME = "db.example.us-west-1.rds.amazonaws.com"
INSTANCE = {
    "Endpoint": {"Address": NAME, "Port": 5432},
    "MasterUsername": "spendsense",
    "DBName": "spendsense",
    "MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:us-west-1:123456789012:secret:rds!db-1-AbCdEf"},
}


def shown(aws: Aws, store: Store, **options: Any) -> verb.Connection:
    connections: list[verb.Connection] = []
    verb.run(aws, verb.Options(store=store, **options), connections.append)
    [way] = connections
    return way


@pytest.fixture
def database(cluster: Cluster, scripted: Aws) -> Stubber:
    cluster.rds.deactivate()
    stubber = Stubber(scripted.rds)
    stubber.add_response("describe_db_instances", {"DBInstances": [INSTANCE]})
    stubber.activate()
    return stubber


@pytest.fixture
def on_aws(cluster: Cluster, scripted: Aws, database: Stubber) -> Aws:
    del database
    cluster.running[0]["containers"][0]["runtimeId"] = "old1-0001"
    cluster.ssm.on("StartSession", SESSION)
    cluster.ssm.on("TerminateSession", {"SessionId": "s1"})
    scripted.environment = Environment(name=EnvironmentName.PROD, region="us-west-1")
    return scripted


@pytest.mark.usefixtures("database")
def test_here_the_database_is_reached_directly(scripted: Aws) -> None:
    way = shown(scripted, Store.DATABASE)
    assert way.client == f"psql 'host={NAME} port=5432 dbname=spendsense user=spendsense'"
    assert (way.task, way.secret_key) == (None, "password")
    assert way.secret == INSTANCE["MasterUserSecret"]["SecretArn"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("has_token", "expected"), [(True, "redis-cli -h c -p 6379 --askpass"), (False, "redis-cli -h c -p 6379")]
)
def test_here_redis_is_too_and_asks_for_a_password_where_it_has_one(
    scripted: Aws, has_token: bool, expected: str
) -> None:
    with Stubber(scripted.elasticache) as stubber:
        endpoint = {"Address": "c", "Port": 6379}
        group = {"NodeGroups": [{"PrimaryEndpoint": endpoint}], "AuthTokenEnabled": has_token}
        stubber.add_response("describe_replication_groups", {"ReplicationGroups": [group]})
        way = shown(scripted, Store.REDIS)
    assert way.client == expected
    assert way.secret == ("spendsense-local/redis" if has_token else None)


def test_what_is_not_there_is_named(scripted: Aws) -> None:
    with Stubber(scripted.rds) as stubber:
        stubber.add_client_error("describe_db_instances", "DBInstanceNotFound")
        with pytest.raises(NotFound, match="there is no database named spendsense-local"):
            shown(scripted, Store.DATABASE)


def test_here_there_is_no_port_to_choose(scripted: Aws) -> None:
    with pytest.raises(Misuse, match="directly"):
        shown(scripted, Store.DATABASE, local_port=15432)


def test_on_aws_the_port_is_forwarded_through_a_task_and_the_certificate_is_still_checked(
    cluster: Cluster, on_aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = written(tmp_path, monkeypatch, "1.2.764.0")
    way = shown(on_aws, Store.DATABASE, local_port=15432, quiet=True)
    assert (way.host, way.port, way.task) == ("127.0.0.1", 15432, "old1")
    assert f"host={NAME} port=15432" in way.client
    assert "hostaddr=127.0.0.1 sslmode=verify-full" in way.client
    [request] = cluster.ssm.sent("StartSession")
    assert request == {
        "Target": "ecs:spendsense-prod_old1_old1-0001",
        "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
        "Parameters": {"host": [NAME], "portNumber": ["5432"], "localPortNumber": ["15432"]},
    }
    assert "in the environment" in log.read_text()
    assert cluster.ssm.sent("TerminateSession") == []


def test_a_session_that_the_plugin_left_is_ended(
    cluster: Cluster, on_aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, monkeypatch, "1.2.764.0")
    monkeypatch.setenv("STATUS", "1")
    with pytest.raises(Exception, match="exit code 1"):
        shown(on_aws, Store.DATABASE)
    assert cluster.ssm.sent("TerminateSession") == [{"SessionId": "s1"}]


def test_where_no_agent_is_connected_the_switch_is_the_next_step(
    cluster: Cluster, on_aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, monkeypatch, "1.2.764.0")
    cluster.ssm.on("StartSession", {"__type": "TargetNotConnected", "message": "ecs:... is not connected."})
    with pytest.raises(AwsRefused, match="is not connected") as caught:
        shown(on_aws, Store.DATABASE)
    assert "execute_command_enabled = true in environments/prod.tfvars" in (caught.value.next_step or "")

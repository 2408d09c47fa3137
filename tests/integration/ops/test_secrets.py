"""`spendsense secrets init`: Secrets Manager is moto's, database and cache are scripted at the wire."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from ops import secrets
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import AwsRefused, MoveRefused, NotFound, WaitTimedOut
from ops.secrets import Options
from tests.integration.ops.secrets_account import GROUP, GUARDED, INSTANCE, MANAGED, PARTS, PREFIX, Account


@pytest.fixture
def account(aws: Aws) -> Iterator[Account]:
    """Create what a Terraform apply leaves: secrets without a value."""
    # Named as prod, answered by moto.
    aws.environment = replace(aws.environment, name=EnvironmentName.PROD)
    for part in PARTS:
        aws.secretsmanager.create_secret(Name=f"{PREFIX}/{part}")
    yield Account(aws)


def first_run(account: Account) -> dict[str, str]:
    account.database(MANAGED)
    account.cache(GROUP, GROUP)
    account.token("ROTATE")
    account.cache(GUARDED)
    account.token("SET")
    account.cache(GUARDED)
    return account.init()


def test_the_first_run_puts_all_four_and_the_second_keeps_them(account: Account) -> None:
    assert first_run(account) == dict.fromkeys(PARTS, "put")
    before = [account.value(part) for part in PARTS]
    account.settled()
    assert account.init() == dict.fromkeys(PARTS, "kept")
    assert [account.value(part) for part in PARTS] == before


def test_the_database_secret_has_no_password_while_rds_manages_it(account: Account) -> None:
    first_run(account)
    assert account.value("database") == {
        "username": "spendsense",
        "host": "db.example",
        "port": 5432,
        "dbname": "spendsense",
        "url": "postgresql://spendsense@db.example:5432/spendsense",
    }


def test_a_database_that_moved_is_followed(account: Account) -> None:
    first_run(account)
    account.database(MANAGED | {"Endpoint": {"Address": "restored.example", "Port": 5432}})
    account.cache(GUARDED)
    assert account.init()["database"] == "put"
    assert account.value("database")["host"] == "restored.example"


def test_redis_first_accepts_the_token_and_then_requires_it(account: Account) -> None:
    first_run(account)
    redis = account.value("redis")
    assert redis["url"] == f"rediss://:{redis['token']}@redis.example:6379/0"
    assert re.fullmatch("[0-9a-f]{64}", redis["token"])  # ElastiCache: 16 to 128 characters, of the special ones few
    assert account.stages("redis") == ["AWSCURRENT"]


def test_a_cache_on_this_machine_demands_the_token_without_tls(account: Account) -> None:
    account.aws.environment = replace(account.aws.environment, name=EnvironmentName.LIKE_PROD)
    first_run(account)
    redis = account.value("redis")
    assert redis["url"] == f"redis://:{redis['token']}@redis.example:6379/0"


def test_an_interrupted_run_resumes_with_the_same_token(account: Account) -> None:
    account.database(MANAGED)
    account.cache(GROUP, GROUP)
    account.token("ROTATE")
    account.cache(GUARDED | {"Status": "modifying", "PendingModifiedValues": {"AuthTokenStatus": "ROTATING"}})
    with pytest.raises(WaitTimedOut, match="redis did not accept its new password") as caught:
        account.init(timeout_s=0)
    assert "run the same command again" in (caught.value.next_step or "")
    token = account.value("redis", "AWSPENDING")["token"]

    account.database(MANAGED)
    account.cache(GUARDED, GUARDED)
    account.token("SET", token)
    account.cache(GUARDED)
    assert account.init()["redis"] == "completed"
    assert account.value("redis")["token"] == token
    assert account.stages("redis") == ["AWSCURRENT"]


def test_a_pending_token_that_elasticache_never_accepts_is_replaced(account: Account) -> None:
    account.put("redis", {"url": "rediss://old", "token": "an_underscore_is_refused"}, stage="AWSPENDING")
    first_run(account)
    redis = account.value("redis")
    assert re.fullmatch("[0-9a-f]{64}", redis["token"])
    assert "AWSPENDING" not in account.stages("redis")


def test_a_recreated_cache_gets_the_token_that_tasks_use(account: Account) -> None:
    first_run(account)
    token = account.value("redis")["token"]
    account.database(MANAGED)
    account.cache(GROUP, GROUP)
    account.token("ROTATE", token)
    account.cache(GUARDED)
    account.token("SET", token)
    account.cache(GUARDED)
    assert account.init()["redis"] == "put"
    assert account.value("redis")["token"] == token


def test_redis_without_tls_has_no_token(account: Account) -> None:
    account.database(MANAGED)
    account.cache(GROUP | {"TransitEncryptionEnabled": False})
    account.init()
    assert account.value("redis") == {"url": "redis://redis.example:6379/0"}


def test_taking_over_the_password_sets_it_before_it_becomes_current(account: Account) -> None:
    first_run(account)
    passwords = []

    def modified(request: dict[str, Any]) -> None:
        passwords.append(request["MasterUserPassword"])
        assert account.value("database", "AWSPENDING")["password"] == request["MasterUserPassword"]
        assert "password" not in account.value("database")

    account.aws.rds.meta.events.register(
        "provide-client-params.rds.ModifyDBInstance", lambda params, **_: modified(params)
    )
    account.database(MANAGED, MANAGED)
    expected = {
        "DBInstanceIdentifier": PREFIX,
        "MasterUserPassword": ANY,
        "ManageMasterUserPassword": False,
        "ApplyImmediately": True,
    }
    account.rds.add_response("modify_db_instance", {}, expected)
    account.database(INSTANCE | {"DBInstanceStatus": "resetting-master-credentials"}, INSTANCE)
    account.cache(GUARDED)
    assert account.init(own_database_password=True)["database"] == "put"
    value = account.value("database")
    assert [value["password"]] == passwords
    assert value["url"] == f"postgresql://spendsense:{passwords[0]}@db.example:5432/spendsense"

    account.database(INSTANCE)
    account.cache(GUARDED)
    assert account.init(own_database_password=True)["database"] == "kept"
    assert account.value("database") == value


@pytest.mark.parametrize("known_by", ["DATABASE_SECRET_ARN", "DATABASE_FALLBACK_SECRET_ARN", None])
def test_the_password_moves_only_to_where_the_running_tasks_look_for_it(account: Account, known_by: str | None) -> None:
    first_run(account)
    own = account.aws.secretsmanager.describe_secret(SecretId=f"{PREFIX}/database")["ARN"]
    ecs = account.aws.ecs
    where = account.aws.environment
    reported = [] if known_by is None else [{"name": known_by, "value": own}]
    for environment in ([{"name": "LOG_LEVEL", "value": "INFO"}], reported):
        registered = ecs.register_task_definition(
            family=where.family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": where.container, "image": "image", "environment": environment}],
        )
    running = registered["taskDefinition"]["taskDefinitionArn"]
    with Stubber(ecs) as stub:
        stub.add_response("list_tasks", {"taskArns": ["arn:aws:ecs:us-west-1:1:task/c/1"]})
        task = {
            "taskArn": "arn:aws:ecs:us-west-1:1:task/c/1",
            "taskDefinitionArn": running,
            "lastStatus": "RUNNING",
            "desiredStatus": "RUNNING",
            "containers": [{"name": where.container, "image": "image"}],
        }
        stub.add_response("describe_tasks", {"tasks": [task]})
        stub.add_response("describe_task_definition", {"taskDefinition": registered["taskDefinition"]})
        account.database(MANAGED)
        if known_by is None:
            with pytest.raises(MoveRefused, match="tasks of revision 2 would not find") as caught:
                account.init(own_database_password=True)
            assert "deploy" in (caught.value.next_step or "")
            assert account.stages("database") == ["AWSCURRENT"]
            return
        account.cache(GUARDED)
        assert account.init(own_database_password=True, dry_run=True)["database"] == "put"


def test_a_dry_run_shows_the_changes_and_makes_none(account: Account) -> None:
    account.database(MANAGED)
    account.cache(GROUP)
    assert account.init(dry_run=True) == dict.fromkeys(PARTS, "put")
    assert [account.stages(part) for part in PARTS] == [[]] * len(PARTS)


@pytest.mark.parametrize(("part", "name"), [("jwt", "secret_key"), ("accounts", "id_key")])
def test_a_key_that_is_in_use_is_never_replaced(account: Account, part: str, name: str) -> None:
    account.put(part, {name: "a key of tokens or ids in use now, kept"})
    first_run(account)
    assert account.value(part) == {name: "a key of tokens or ids in use now, kept"}


def test_each_environment_gets_a_key_of_account_ids_that_the_application_accepts(account: Account) -> None:
    first_run(account)
    assert len(account.value("accounts")["id_key"]) >= 32
    assert account.value("accounts")["id_key"] != account.value("jwt")["secret_key"]


def test_oauth_credentials_are_stored_as_given_and_kept_when_none_are_given(account: Account, tmp_path: Path) -> None:
    first_run(account)
    assert account.value("oauth") == {"client_id": "", "client_secret": ""}
    given = {"client_id": "id", "client_secret": "planted"}
    (tmp_path / "client.json").write_text(json.dumps(given))
    account.settled()
    assert account.init(oauth=secrets.read_oauth(tmp_path / "client.json"))["oauth"] == "put"
    account.settled()
    assert account.init()["oauth"] == "kept"
    assert account.value("oauth") == given


def test_without_the_terraform_nothing_is_changed(aws: Aws) -> None:
    with pytest.raises(NotFound, match="spendsense-local/database, spendsense-local/redis") as caught:
        secrets.run(aws, Options(), Console())
    assert "apply the Terraform" in (caught.value.next_step or "")


def test_a_value_that_is_not_a_json_object_is_refused_and_not_shown(account: Account) -> None:
    account.put("jwt", "planted")
    account.settled()
    account.put("redis", {"url": "rediss://:t@redis.example:6379/0", "token": "t"})
    with pytest.raises(AwsRefused, match="spendsense-prod/jwt") as caught:
        account.init()
    assert "planted" not in caught.value.message


@pytest.mark.parametrize("as_json", [True, False])
def test_no_output_contains_a_secret(account: Account, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    show: Callable[[], Any] = lambda: Console().report(  # noqa: E731
        secrets.run(account.aws, Options(), Console()), as_json=as_json
    )
    account.database(MANAGED)
    account.cache(GROUP, GROUP)
    account.token("ROTATE")
    account.cache(GUARDED)
    account.token("SET")
    account.cache(GUARDED)
    assert show() == 0
    printed = "".join(capsys.readouterr())
    assert f"{PREFIX}/redis" in printed
    hidden = [account.value("redis")["token"], account.value("redis")["url"], account.value("jwt")["secret_key"]]
    assert [value for value in hidden if value in printed] == []

"""The local service's task definitions."""

import json

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.console import Console
from ops.local.provision import service
from tests.unit.ops.local.provision.made import make, secret


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
    expected = service.injected_secrets(anew)
    assert {each["name"]: each["valueFrom"] for each in container["secrets"]} == expected
    assert container["image"] == "image"


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
    expected = first["containerDefinitions"][0]["secrets"]
    older = task_definition.registered(first)
    older["containerDefinitions"][0]["secrets"] = [each for each in expected if each["name"] != "ACCOUNT_ID_KEY"]
    aws.ecs.register_task_definition(**older, tags=[{"key": "team", "value": "spending"}])
    for _ in range(2):
        service.register_missing_secrets(aws, foundation, Console())
        newest = aws.ecs.describe_task_definition(taskDefinition=aws.environment.family, include=["TAGS"])
        described = newest["taskDefinition"]
        assert described["revision"] == first["revision"] + 2, "the second time nothing is missing"
        assert described["containerDefinitions"][0]["image"] == "registry/image@sha256:1"
        assert sorted(described["containerDefinitions"][0]["secrets"], key=str) == sorted(expected, key=str)
        assert newest["tags"] == [{"key": "team", "value": "spending"}]


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
    variables = {
        each["name"]: each["value"] for each in task_definition.container_of(described, "backend")["environment"]
    }
    assert variables["DATABASE_SECRET_ARN"] == foundation.managed_password
    assert variables["DATABASE_FALLBACK_SECRET_ARN"] == foundation.secret_arns["database"]
    assert service.follow_secrets(aws, foundation, followed[0]) is None

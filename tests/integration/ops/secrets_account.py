"""An account for `secrets init`: Secrets Manager is moto's, database and cache are scripted at the wire."""

import json
from typing import Any

from botocore.stub import ANY, Stubber

from ops import secrets
from ops.aws.clients import Aws
from ops.console import Console
from ops.secrets import Options

PREFIX = "spendsense-prod"

PARTS = ("database", "redis", "jwt", "accounts", "oauth")

INSTANCE: dict[str, Any] = {
    "DBInstanceStatus": "available",
    "MasterUsername": "spendsense",
    "DBName": "spendsense",
    "Endpoint": {"Address": "db.example", "Port": 5432},
    "PendingModifiedValues": {},
}

MANAGED = INSTANCE | {"MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:us-west-1:1:secret:rds!db-1"}}

GROUP: dict[str, Any] = {
    "Status": "available",
    "TransitEncryptionEnabled": True,
    "AuthTokenEnabled": False,
    "PendingModifiedValues": {},
    "NodeGroups": [{"PrimaryEndpoint": {"Address": "redis.example", "Port": 6379}}],
}

GUARDED = GROUP | {"AuthTokenEnabled": True}


class Account:
    """An account with real secrets, and a database and cache as the test sets them."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.rds, self.elasticache = Stubber(aws.rds), Stubber(aws.elasticache)
        self.rds.activate()
        self.elasticache.activate()

    def database(self, *answers: dict[str, Any]) -> None:
        for instance in answers:
            self.rds.add_response(
                "describe_db_instances", {"DBInstances": [instance]}, {"DBInstanceIdentifier": PREFIX}
            )

    def cache(self, *answers: dict[str, Any]) -> None:
        for group in answers:
            self.elasticache.add_response(
                "describe_replication_groups", {"ReplicationGroups": [group]}, {"ReplicationGroupId": PREFIX}
            )

    def token(self, strategy: str, token: object = ANY) -> None:
        expected = {
            "ReplicationGroupId": PREFIX,
            "AuthToken": token,
            "AuthTokenUpdateStrategy": strategy,
            "ApplyImmediately": True,
        }
        self.elasticache.add_response("modify_replication_group", {}, expected)

    def settled(self) -> None:
        """Return answers for a run that does not use database and cache."""
        self.database(MANAGED)
        self.cache(GUARDED)

    def value(self, part: str, stage: str = "AWSCURRENT") -> Any:
        answer = self.aws.secretsmanager.get_secret_value(SecretId=f"{PREFIX}/{part}", VersionStage=stage)
        return json.loads(answer["SecretString"])

    def stages(self, part: str) -> list[str]:
        described = self.aws.secretsmanager.describe_secret(SecretId=f"{PREFIX}/{part}")
        return sorted(stage for stages in described.get("VersionIdsToStages", {}).values() for stage in stages)

    def put(self, part: str, value: object, stage: str = "AWSCURRENT") -> None:
        self.aws.secretsmanager.put_secret_value(
            SecretId=f"{PREFIX}/{part}", SecretString=json.dumps(value), VersionStages=[stage]
        )

    def init(self, **chosen: Any) -> dict[str, str]:
        report = secrets.run(self.aws, Options(**chosen), Console())
        assert report.exit_code == 0
        self.rds.assert_no_pending_responses()
        self.elasticache.assert_no_pending_responses()
        return {each.name.removeprefix(f"{PREFIX}/"): each.action.value for each in report.outcomes}

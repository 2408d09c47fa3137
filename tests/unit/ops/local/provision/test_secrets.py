"""The local environment's secrets."""

from ops.aws.clients import Aws
from tests.unit.ops.local.provision.made import make, secret


def test_the_database_secret_contains_the_databases_address(aws: Aws) -> None:
    make(aws)
    endpoint = aws.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]
    database = secret(aws, "database")
    assert database["url"] == (
        f"postgresql://{database['username']}:{database['password']}@{endpoint['Address']}:{endpoint['Port']}/spendsense"
    )

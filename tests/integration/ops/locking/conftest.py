"""A table of locks behind a real endpoint."""

import pytest

from ops.aws.clients import Aws


@pytest.fixture
def locks(aws: Aws) -> Aws:
    aws.dynamodb.create_table(
        TableName=aws.environment.lock_table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
    )
    return aws

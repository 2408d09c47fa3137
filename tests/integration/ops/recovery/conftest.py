"""An environment with a task definition and a bucket, and no service."""

from collections.abc import Iterator

import pytest

from ops.aws.clients import Aws

IMAGE = "1.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@sha256:1"


@pytest.fixture
def cluster(aws: Aws) -> Iterator[Aws]:
    """An environment in moto with a task definition and a bucket, and no service."""
    where = aws.environment
    aws.ecs.create_cluster(clusterName=where.cluster)
    bucket = where.data_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    aws.ecs.register_task_definition(
        family=where.family,
        containerDefinitions=[
            {
                "name": where.container,
                "image": IMAGE,
                "memory": 128,
                "environment": [
                    {"name": "DATA_BUCKET", "value": bucket},
                    {"name": "DATABASE_SECRET_ARN", "value": "a"},
                ],
            }
        ],
    )
    yield aws

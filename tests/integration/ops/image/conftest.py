"""An image repository in moto."""

import pytest

from ops.aws.clients import Aws


@pytest.fixture
def registry(aws: Aws) -> Aws:
    aws.ecr.create_repository(repositoryName="spendsense-backend", imageTagMutability="IMMUTABLE")
    return aws

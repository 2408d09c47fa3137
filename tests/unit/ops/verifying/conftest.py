"""A service whose task definition names secrets, roles, log groups; AWS answers as a test scripts it."""

import pytest

from ops.aws.clients import Aws
from ops.aws.service import describe_service
from ops.verifying.subject import Subject, subject_of
from tests.unit.ops.scripted_cluster import Cluster

SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret:spendsense-local/jwt-AbCdEf"


@pytest.fixture
def subject(cluster: Cluster, scripted: Aws) -> Subject:
    cluster.definition["containerDefinitions"][0]["secrets"] = [
        {"name": "JWT_SECRET_KEY", "valueFrom": f"{SECRET}:secret_key::"},
        {"name": "JWT_ISSUER", "valueFrom": f"{SECRET}:issuer::"},
    ]
    return subject_of(scripted, describe_service(scripted))

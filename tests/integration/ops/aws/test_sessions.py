"""Only S3's client needs boto3."""

import subprocess
import sys


def test_boto3_is_imported_for_s3_alone() -> None:
    script = """
import sys
from pathlib import Path
from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName, LocalEndpoint
local = LocalEndpoint(endpoint="http://127.0.0.1:1", region="r", account_id="1", pid=1, image_store=Path(), speed=1)
aws = Aws(Environment(name=EnvironmentName.LOCAL, region="us-west-1", local=local))
aws.ecs, aws.elbv2, aws.ssm, aws.cloudwatch
assert "boto3" not in sys.modules
assert hasattr(aws.s3, "copy")
assert hasattr(Aws(aws.environment).s3, "copy")
assert "boto3" in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

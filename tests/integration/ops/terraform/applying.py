"""Code that is quick, code that waits, and an apply of either."""

from ops.aws import tagged
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import local_environment
from ops.terraform.apply import apply
from tests.integration.ops.conftest import Code

GROUP = (
    'resource "aws_cloudwatch_log_group" "this" {\n  name              = var.group\n  retention_in_days = %d\n'
    '  tags              = { part = "test" }\n}\n'
)
SLOW = """
resource "terraform_data" "slow" {{
  provisioner "local-exec" {{
    command = "touch {here}/begun; while [ ! -e {here}/go ]; do sleep 0.1; done"
  }}
}}
"""


def applied(code: Code, *arguments: str, refresh: bool = False, identity: str = "one") -> object:
    aws = Aws(local_environment(code.endpoint))
    return apply(
        code.prepared(),
        arguments,
        identity=identity,
        existing=lambda regions: tagged.arns(aws, regions),
        refresh=refresh,
        console=Console(),
    ).totals

"""aws_wafv2_web_acl_logging_configuration."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.wafv2 import _calls
from terraform_provider.resources.wafv2._shapes import attributes, block_of, request, shape_of
from terraform_provider.values.unknown import State

KIND = "aws_wafv2_web_acl_logging_configuration"
SHAPE = "LoggingConfiguration"


@resource(KIND)
class WebAclLoggingConfiguration(Resource):
    noun = "WAFv2 WebACL Logging Configuration"
    title = "resource_arn"
    gone = (_calls.GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned)
        return str(planned["resource_arn"])

    def read(self, aws: Aws, state: State) -> State | None:
        found: dict[str, Any] = aws.client("wafv2").get_logging_configuration(ResourceArn=state["id"])[SHAPE]
        read = attributes(block_of(KIND), shape_of(SHAPE), found)
        return {name: value for name, value in read.items() if name != "id"}

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("wafv2").delete_logging_configuration(ResourceArn=state["id"])


def _put(aws: Aws, planned: State) -> None:
    configuration = request(block_of(KIND), shape_of(SHAPE), planned)
    # The ACL may be too new for its log.
    _calls.settled(aws, lambda: aws.client("wafv2").put_logging_configuration(LoggingConfiguration=configuration))

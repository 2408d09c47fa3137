"""aws_caller_identity."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_caller_identity")
def caller_identity(aws: Aws, config: State) -> State:
    found = aws.identity
    return {
        "id": found["Account"],
        "account_id": found["Account"],
        "arn": found["Arn"],
        "user_id": found["UserId"],
    }

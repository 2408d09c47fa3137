"""aws_partition."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_partition")
def partition(aws: Aws, config: State) -> State:
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dns_suffix": aws.dns_suffix,
        "reverse_dns_prefix": ".".join(reversed(aws.dns_suffix.split("."))),
    }

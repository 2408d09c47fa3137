"""aws_region."""

from terraform_provider.framework.aws import Aws, partition_of, session
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_region")
def region(aws: Aws, config: State) -> State:
    """Describe a region: the one that is named or that has the EC2 endpoint, else the provider's own."""
    endpoint = config.get("endpoint")
    name = config.get("name") or (_of_endpoint(endpoint) if endpoint else aws.region)
    suffix = "amazonaws.com.cn" if partition_of(name) == "aws-cn" else "amazonaws.com"
    own = f"ec2.{name}.{suffix}"
    if endpoint and endpoint != own:
        raise ProviderError(
            "multiple regions matched; use additional constraints to reduce matches to a single Region",
            f'"{name}" has the endpoint {own}, not {endpoint}. Name only one of them.',
            ("endpoint",),
        )
    return {"id": name, "name": name, "endpoint": own, "description": _description(name)}


def _of_endpoint(endpoint: str) -> str:
    parts = endpoint.split(".")
    if parts[0] != "ec2" or len(parts) < 4:
        raise ProviderError(
            f"region not found for endpoint: {endpoint}", "Write it as in ec2.us-west-1.amazonaws.com.", ("endpoint",)
        )
    return parts[1]


def _description(name: str) -> str:
    """Return AWS's name for a region, such as "US West (N. California)"."""
    partitions = session().get_data("endpoints")["partitions"]
    return next((each["regions"][name]["description"] for each in partitions if name in each["regions"]), "")

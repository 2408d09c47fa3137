"""ECS runs in one region here: ARNs of another one are refused."""

import re

from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError

OWN_ARN = re.compile(r"arn:aws[a-z-]*:ecs:(?P<region>[^:]*):")


def check_regions(parameters: Wire, region: str) -> None:
    """Check that no ECS ARN names another region. Errors: AwsError InvalidParameterException."""
    for value in parameters.values():
        for reference in value if isinstance(value, list) else [value]:
            found = OWN_ARN.match(reference) if isinstance(reference, str) else None
            if found is not None and found["region"] != region:
                raise AwsError("InvalidParameterException", "Invalid Region in ARN")

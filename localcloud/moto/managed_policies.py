"""The policies that AWS manages, as moto has them."""

import json
from functools import cache
from typing import Any

OF_AWS = "arn:aws:iam::aws:policy/"


@cache
def of_aws() -> dict[str, dict[str, Any]]:
    """Return all 1,400 by ARN. Slow."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {
        f"{OF_AWS}{data['Path'].removeprefix('/')}{name}": data
        for name, data in json.loads(aws_managed_policies_data).items()
    }

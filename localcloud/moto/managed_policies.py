"""The policies that AWS manages, as moto has them."""

import json
from collections.abc import Iterable
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


def missing(account_id: str, arns: Iterable[str]) -> list[str]:
    """Return those policies that neither the account nor AWS has. Call in moto's thread."""
    wanted = list(arns)
    if not wanted:
        return []
    from moto.iam.models import iam_backends

    own = iam_backends[account_id]["aws"].managed_policies
    return [each for each in wanted if each not in own and not (each.startswith(OF_AWS) and each in of_aws())]

"""aws_iam_roles."""

import re

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_iam_roles")
def iam_roles(aws: Aws, config: State) -> State:
    """List the roles below a path, or whose names match."""
    below = {"PathPrefix": config["path_prefix"]} if config["path_prefix"] else {}
    wanted = _compiled(config["name_regex"] or "")
    pages = aws.client("iam").get_paginator("list_roles").paginate(**below)
    roles = [each for page in pages for each in page["Roles"] if wanted.search(each["RoleName"])]
    return {
        "id": aws.region,
        "arns": [each["Arn"] for each in roles],
        "names": [each["RoleName"] for each in roles],
    }


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as exc:
        raise ProviderError(
            f'"name_regex": {exc}', f'"{pattern}" is not a regular expression.', ("name_regex",)
        ) from exc

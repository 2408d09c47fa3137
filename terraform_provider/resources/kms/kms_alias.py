"""aws_kms_alias."""

import re
from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

PREFIX = "alias/"
OF_AWS = "alias/aws/"
NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")
GONE = "NotFoundException"


@resource("aws_kms_alias")
class Alias(Resource):
    noun = "KMS Alias"
    gone = (GONE,)

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")
        for name in ("name", "name_prefix"):
            value = config.get(name)
            if isinstance(value, str) and (not NAME.fullmatch(value) or value.startswith(OF_AWS)):
                raise ProviderError(
                    f"{name} must begin with 'alias/' and be comprised of only [a-zA-Z0-9/_-]",
                    f'Found "{value}". Names that begin with "{OF_AWS}" are AWS\'s own.',
                    (name,),
                )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name({**planned, "name_prefix": planned["name_prefix"] or PREFIX})
        # A key that was created a moment ago may not be seen yet.
        retried(
            aws,
            lambda: aws.client("kms").create_alias(AliasName=name, TargetKeyId=planned["target_key_id"]),
            codes=(GONE,),
        )
        return name

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state["id"])
        if found is None:
            return None
        key_id = found["TargetKeyId"]
        return {
            "arn": found["AliasArn"],
            "name": found["AliasName"],
            "name_prefix": prefix_of(found["AliasName"]),
            "target_key_arn": f"{found['AliasArn'].rsplit(':', 1)[0]}:key/{key_id}",
            "target_key_id": key_id,
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "target_key_id" in changed:
            aws.client("kms").update_alias(AliasName=prior["id"], TargetKeyId=planned["target_key_id"])

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("kms").delete_alias(AliasName=state["id"])


def _found(aws: Aws, name: str) -> Mapping[str, Any] | None:
    pages = aws.client("kms").get_paginator("list_aliases").paginate()
    return next((each for page in pages for each in page["Aliases"] if each["AliasName"] == name), None)

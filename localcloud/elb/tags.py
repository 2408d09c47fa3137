"""Tags of load balancers, listeners, rules and target groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcloud.errors import AwsError

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend

MAX_TAGS = 50


def add_tags(self: ELBv2Backend, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
    """Tag all resources or none."""
    for arn in resource_arns:
        self._get_resource_by_arn(arn)
        check_tags(tags, self.tagging_service.get_tag_dict_for_resource(arn))
    for arn in resource_arns:
        self.tagging_service.tag_resource(arn, tags)


def check_tags(tags: Sequence[Mapping[str, str]], present: Mapping[str, str]) -> None:
    """Refuse tags that a resource with the tags `present` cannot get."""
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise AwsError("DuplicateTagKeys", "A tag key was specified more than once")
    for key in keys:
        if key.lower().startswith("aws:"):
            raise AwsError("ValidationError", f"Tag key '{key}' cannot begin with 'aws:'")
    if len(present.keys() | keys) > MAX_TAGS:
        raise AwsError("TooManyTags", f"A resource can have at most {MAX_TAGS} tags")

"""Tags of clusters, services, task definitions and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.checks.tags import check_number, check_ours
from localcloud.ecs.operations.common import Operations, Response, requested_tags, tags_to
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        ListTagsForResourceRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )


class TagOperations(Operations):
    """Tag, untag and list tags by ARN."""

    def tag_resource(self, parameters: TagResourceRequestTypeDef) -> Response:
        tags = self._tags(parameters["resourceArn"])
        added = requested_tags(parameters["tags"])
        check_number(tags | added)
        tags.update(added)
        self.control.changed()
        return {}

    def untag_resource(self, parameters: UntagResourceRequestTypeDef) -> Response:
        tags = self._tags(parameters["resourceArn"])
        for key in parameters["tagKeys"]:
            check_ours(key)
        for key in parameters["tagKeys"]:
            tags.pop(key, None)
        self.control.changed()
        return {}

    def list_tags_for_resource(self, parameters: ListTagsForResourceRequestTypeDef) -> Response:
        return {"tags": tags_to(self._tags(parameters["resourceArn"]))}

    def _tags(self, arn: str) -> dict[str, str]:
        kind = arn.removeprefix(self.arn("")).partition("/")[0]
        if kind == "cluster":
            return self.cluster(arn).tags
        if kind == "task-definition":
            return self.task_definition(arn).tags
        if kind == "service" and arn in self.store.services:
            return self.store.services[arn].tags
        if kind == "task" and arn in self.store.tasks:
            return self.store.tasks[arn].tags
        raise AwsError("InvalidParameterException", f"The specified resource was not found: {arn}")

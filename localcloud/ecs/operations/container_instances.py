"""Container instances: Fargate has none, so every list is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.operations.common import Operations, Response, check_count, page

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        DescribeContainerInstancesRequestTypeDef,
        ListContainerInstancesRequestTypeDef,
    )


MAX_INSTANCES_DESCRIBED = 100


class ContainerInstanceOperations(Operations):
    """List and describe the instances of a cluster of Fargate tasks."""

    def list_container_instances(self, parameters: ListContainerInstancesRequestTypeDef) -> Response:
        """Return an empty list for an existing cluster."""
        self.cluster(parameters.get("cluster"))
        return page("containerInstanceArns", [], parameters)

    def describe_container_instances(self, parameters: DescribeContainerInstancesRequestTypeDef) -> Response:
        """Return a failure for each requested instance."""
        cluster = self.cluster(parameters.get("cluster"))
        references = parameters["containerInstances"]
        check_count("Container instances", references, MAX_INSTANCES_DESCRIBED)
        arns = [self.arn_of(f"container-instance/{cluster.name}/{name}", name) for name in references]
        failures = [{"arn": arn, "reason": "MISSING"} for arn in arns]
        return {"containerInstances": [], "failures": failures}

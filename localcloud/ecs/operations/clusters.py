"""The ECS operations on clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from localcloud.ecs.checks.capacity import check_cluster_providers, check_not_in_use
from localcloud.ecs.model.services import Service
from localcloud.ecs.model.states import PENDING_STATUSES, ServiceStatus, TaskStatus
from localcloud.ecs.model.tasks import Cluster, Task, Wire
from localcloud.ecs.operations.common import (
    Operations,
    Response,
    check_count,
    check_name,
    page,
    requested_tags,
    tags_to,
)
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        CreateClusterRequestTypeDef,
        DeleteClusterRequestTypeDef,
        DescribeClustersRequestTypeDef,
        ListClustersRequestTypeDef,
        PutClusterCapacityProvidersRequestTypeDef,
        UpdateClusterRequestTypeDef,
        UpdateClusterSettingsRequestTypeDef,
    )


KEPT = ("settings", "configuration", "capacityProviders", "defaultCapacityProviderStrategy", "serviceConnectDefaults")
MAX_CLUSTERS_DESCRIBED = 100


class ClusterOperations(Operations):
    """Create, change, describe, list and delete clusters."""

    def create_cluster(self, parameters: CreateClusterRequestTypeDef) -> Response:
        """Create a cluster; an existing cluster of that name is returned unchanged."""
        name = parameters.get("clusterName", "default")
        check_name("Cluster", name)
        strategy = cast("list[Wire]", parameters.get("defaultCapacityProviderStrategy", []))
        check_cluster_providers(parameters.get("capacityProviders", []), strategy)
        cluster = self.store.clusters.get(name)
        if cluster is None or cluster.status == "INACTIVE":
            cluster = Cluster(arn=self.arn(f"cluster/{name}"), name=name, tags=requested_tags(parameters.get("tags")))
            self.store.clusters[name] = cluster
            self._change(cluster, parameters)
        return {"cluster": self._describe(cluster)}

    def update_cluster(self, parameters: UpdateClusterRequestTypeDef) -> Response:
        return {"cluster": self._describe(self._change(self.cluster(parameters["cluster"]), parameters))}

    def update_cluster_settings(self, parameters: UpdateClusterSettingsRequestTypeDef) -> Response:
        return {"cluster": self._describe(self._change(self.cluster(parameters["cluster"]), parameters))}

    def put_cluster_capacity_providers(self, parameters: PutClusterCapacityProvidersRequestTypeDef) -> Response:
        """Set a cluster's capacity providers: only Fargate's two, and tasks start the same way in both."""
        strategy = cast("list[Wire]", parameters["defaultCapacityProviderStrategy"])
        check_cluster_providers(parameters["capacityProviders"], strategy)
        cluster = self.cluster(parameters["cluster"])
        check_not_in_use(
            cluster.wire.get("capacityProviders", []), parameters["capacityProviders"], self._used(cluster)
        )
        return {"cluster": self._describe(self._change(cluster, parameters))}

    def describe_clusters(self, parameters: DescribeClustersRequestTypeDef) -> Response:
        """Describe clusters; unknown names are returned as failures."""
        clusters, failures = [], []
        references = parameters.get("clusters") or ["default"]
        check_count("Clusters", references, MAX_CLUSTERS_DESCRIBED)
        for reference in references:
            cluster = self.any_cluster(reference)
            if cluster is not None:
                clusters.append(self._describe(cluster, parameters.get("include", [])))
            else:
                failures.append({"arn": self.arn_of(f"cluster/{reference}", reference), "reason": "MISSING"})
        return {"clusters": clusters, "failures": failures}

    def list_clusters(self, parameters: ListClustersRequestTypeDef) -> Response:
        """List the ARNs of ACTIVE clusters."""
        return page("clusterArns", [c.arn for c in self.store.clusters.values() if c.status == "ACTIVE"], parameters)

    def delete_cluster(self, parameters: DeleteClusterRequestTypeDef) -> Response:
        """Delete a cluster; refused while it contains services or tasks."""
        cluster = self.cluster(parameters["cluster"])
        if any(service.status is not ServiceStatus.INACTIVE for service in self._services(cluster)):
            raise AwsError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(task.last_status is not TaskStatus.STOPPED for task in self._tasks(cluster)):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        cluster.status = "INACTIVE"
        self.control.changed()
        return {"cluster": self._describe(cluster)}

    def _change(self, cluster: Cluster, parameters: Mapping[str, object]) -> Cluster:
        cluster.wire.update({key: parameters[key] for key in KEPT if key in parameters})
        self.control.changed()
        return cluster

    def _used(self, cluster: Cluster) -> set[str]:
        """Return the providers that the strategies of the cluster's services name."""
        services = [each for each in self._services(cluster) if each.status is not ServiceStatus.INACTIVE]
        strategies = [each.wire.get("capacityProviderStrategy", []) for each in services]
        return {item["capacityProvider"] for strategy in strategies for item in strategy}

    def _tasks(self, cluster: Cluster) -> list[Task]:
        return [task for task in self.store.tasks.values() if task.cluster_arn == cluster.arn]

    def _services(self, cluster: Cluster) -> list[Service]:
        return [service for service in self.store.services.values() if service.cluster_arn == cluster.arn]

    def _describe(self, cluster: Cluster, include: Sequence[str] = ("SETTINGS", "CONFIGURATIONS", "TAGS")) -> Response:
        """Describe a cluster. `include`: the fields that DescribeClusters shows only on request."""
        statuses = Counter(task.last_status for task in self._tasks(cluster))
        running, pending = statuses[TaskStatus.RUNNING], sum(statuses[status] for status in PENDING_STATUSES)
        services = Counter(service.status for service in self._services(cluster))
        active, draining = services[ServiceStatus.ACTIVE], services[ServiceStatus.DRAINING]
        response = {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": cluster.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": running,
            "pendingTasksCount": pending,
            "activeServicesCount": active,
            "statistics": _statistics(running, pending, active, draining) if "STATISTICS" in include else [],
            "tags": tags_to(cluster.tags) if "TAGS" in include else [],
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        } | {key: value for key, value in cluster.wire.items() if key not in ("settings", "configuration")}
        settings = cluster.wire.get("settings", [{"name": "containerInsights", "value": "disabled"}])
        response["settings"] = settings if "SETTINGS" in include else []
        if "CONFIGURATIONS" in include and "configuration" in cluster.wire:
            response["configuration"] = cluster.wire["configuration"]
        return response


def _statistics(running: int, pending: int, active: int, draining: int) -> list[Response]:
    """Return the counts by launch type; everything is Fargate."""
    counts = {"running{}TasksCount": running, "pending{}TasksCount": pending}
    counts |= {"active{}ServiceCount": active, "draining{}ServiceCount": draining}
    return [
        {"name": name.format(kind), "value": str(count if kind == "Fargate" else 0)}
        for name, count in counts.items()
        for kind in ("EC2", "Fargate")
    ]

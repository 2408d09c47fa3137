"""Clusters."""

from localcloud.ecs.capacity_rules import check_cluster_providers
from localcloud.ecs.model import Cluster, Wire
from localcloud.ecs.operations.common import Operations, check_name, page, tags_to
from localcloud.ecs.states import PENDING_STATUSES, ServiceStatus, TaskStatus
from localcloud.ecs.tag_rules import tags_from
from localcloud.errors import AwsError

KEPT = ("settings", "configuration", "capacityProviders", "defaultCapacityProviderStrategy", "serviceConnectDefaults")


class ClusterOperations(Operations):
    """Create, change, describe, list and delete clusters."""

    def create_cluster(self, parameters: Wire) -> Wire:
        """A cluster of that name that is there already is returned as it is."""
        name = parameters.get("clusterName", "default")
        check_name("Cluster", name)
        check_cluster_providers(
            parameters.get("capacityProviders", []), parameters.get("defaultCapacityProviderStrategy", [])
        )
        cluster = self.store.clusters.get(name)
        if cluster is None or cluster.status == "INACTIVE":
            cluster = Cluster(arn=self.arn(f"cluster/{name}"), name=name, tags=tags_from(parameters.get("tags")))
            self.store.clusters[name] = cluster
            self._change(cluster, parameters)
        return {"cluster": self._describe(cluster)}

    def update_cluster(self, parameters: Wire) -> Wire:
        """Change settings and configuration."""
        return {"cluster": self._describe(self._change(self.cluster(parameters["cluster"]), parameters))}

    def update_cluster_settings(self, parameters: Wire) -> Wire:
        """Change settings."""
        return self.update_cluster(parameters)

    def put_cluster_capacity_providers(self, parameters: Wire) -> Wire:
        """Fargate's two; tasks start the same way in both."""
        check_cluster_providers(parameters["capacityProviders"], parameters["defaultCapacityProviderStrategy"])
        return self.update_cluster(parameters)

    def describe_clusters(self, parameters: Wire) -> Wire:
        """Unknown names come back as failures."""
        clusters, failures = [], []
        for reference in parameters.get("clusters") or ["default"]:
            cluster = self.any_cluster(reference)
            if cluster is not None:
                clusters.append(self._describe(cluster, parameters.get("include", [])))
            else:
                name = reference.rsplit("/", 1)[-1]
                failures.append({"arn": self.arn(f"cluster/{name}"), "reason": "MISSING"})
        return {"clusters": clusters, "failures": failures}

    def list_clusters(self, parameters: Wire) -> Wire:
        """ARNs of the active clusters."""
        return page("clusterArns", [c.arn for c in self.store.clusters.values() if c.status == "ACTIVE"], parameters)

    def delete_cluster(self, parameters: Wire) -> Wire:
        """Refused while services or tasks are in it."""
        cluster = self.cluster(parameters["cluster"])
        counts = self._describe(cluster)
        if counts["activeServicesCount"]:
            raise AwsError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if counts["runningTasksCount"] + counts["pendingTasksCount"]:
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        cluster.status = "INACTIVE"
        self.control.changed()
        return {"cluster": self._describe(cluster)}

    def _change(self, cluster: Cluster, parameters: Wire) -> Cluster:
        cluster.wire.update({key: parameters[key] for key in KEPT if key in parameters})
        self.control.changed()
        return cluster

    def _describe(self, cluster: Cluster, include: list[str] | None = None) -> Wire:
        tasks = [t for t in self.store.tasks.values() if t.cluster_arn == cluster.arn]
        running = sum(task.last_status is TaskStatus.RUNNING for task in tasks)
        pending = sum(task.last_status in PENDING_STATUSES for task in tasks)
        services = [s for s in self.store.services.values() if s.cluster_arn == cluster.arn]
        answer = {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": cluster.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": running,
            "pendingTasksCount": pending,
            "activeServicesCount": sum(s.status is not ServiceStatus.INACTIVE for s in services),
            "statistics": [],
            "tags": tags_to(cluster.tags) if include is None or "TAGS" in include else [],
            "settings": [{"name": "containerInsights", "value": "disabled"}],
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        }
        return answer | cluster.wire

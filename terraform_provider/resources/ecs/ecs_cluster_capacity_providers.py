"""aws_ecs_cluster_capacity_providers."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.ecs import _clusters, _strategy
from terraform_provider.values.unknown import State

NOT_NOW = ("ResourceInUseException", "UpdateInProgressException")


@resource("aws_ecs_cluster_capacity_providers")
class ClusterCapacityProviders(Resource):
    noun = "ECS Cluster Capacity Providers"
    title = "cluster_name"
    gone = ("ClusterNotFoundException",)

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned["cluster_name"], planned)
        return str(planned["cluster_name"])

    def complete(self, aws: Aws, state: State) -> None:
        _clusters.wait_until_attached(aws, state["id"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = _clusters.described(aws, state["id"])
        if found is None:
            return None
        return {
            "cluster_name": found["clusterName"],
            "capacity_providers": found.get("capacityProviders") or [],
            "default_capacity_provider_strategy": _strategy.as_blocks(found.get("defaultCapacityProviderStrategy")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, prior["id"], planned)
        _clusters.wait_until_attached(aws, prior["id"])

    def delete(self, aws: Aws, state: State) -> None:
        _put(aws, state["id"], {"capacity_providers": [], "default_capacity_provider_strategy": []})
        _clusters.wait_until_attached(aws, state["id"])


def _put(aws: Aws, cluster: str, state: State) -> None:
    retried(
        aws,
        lambda: aws.client("ecs").put_cluster_capacity_providers(
            cluster=cluster,
            capacityProviders=sorted(state["capacity_providers"] or ()),
            defaultCapacityProviderStrategy=_strategy.request(state["default_capacity_provider_strategy"]),
        ),
        codes=NOT_NOW,
        timeout_s=_clusters.WAIT_S,
    )

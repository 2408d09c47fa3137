"""Scalable resources: their names in requests and in the ids of imports."""

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import State

SERVICE = "application-autoscaling"
GONE = "ObjectNotFoundException"


def place(state: State) -> dict[str, str]:
    """Return the arguments that name the scalable resource of a state."""
    return {
        "ServiceNamespace": state["service_namespace"],
        "ResourceId": state["resource_id"],
        "ScalableDimension": state["scalable_dimension"],
    }


def of_import_id(text: str, *, with_name: bool = False) -> State:
    """Read NAMESPACE/RESOURCE/DIMENSION, and /NAME after it; the resource has slashes of its own."""
    wanted = "<service-namespace>/<resource-id>/<scalable-dimension>" + ("/<policy-name>" if with_name else "")
    namespace, _, rest = text.partition("/")
    name = ""
    if with_name:
        rest, _, name = rest.rpartition("/")
    resource_id, _, dimension = rest.rpartition("/")
    if not namespace or not resource_id or not dimension or (with_name and not name):
        raise ProviderError(
            f"unexpected format ({text}), expected {wanted}",
            "For example ecs/service/cluster/service/ecs:service:DesiredCount" + ("/policy." if with_name else "."),
        )
    made = {"service_namespace": namespace, "resource_id": resource_id, "scalable_dimension": dimension}
    return {**made, "id": name, "name": name} if with_name else {**made, "id": resource_id}

"""aws_ecs_service."""

from typing import Any

from terraform_provider.framework.arguments import refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import unique_suffix
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.ecs import _service_attributes, _service_request, _services, _tags
from terraform_provider.values.unknown import State

TIMEOUT = "20m"
PASSING = ("InvalidParameterException",)
NOT_SERVED = ("service_connect_configuration", "volume_configuration", "vpc_lattice_configurations")
"""Blocks that the local cloud's ECS does not support."""
ADVICE = "The local cloud does not support it. Remove the block, or use the real provider."


@resource("aws_ecs_service")
class Service(Resource):
    noun = "ECS Service"
    gone = ("ClusterNotFoundException", "ServiceNotFoundException")

    def validate(self, config: State) -> None:
        refuse_not_served(config, NOT_SERVED, "aws_ecs_service", ADVICE)

    def create(self, aws: Aws, planned: State) -> str:
        request = {
            "serviceName": planned["name"],
            "clientToken": f"terraform-{unique_suffix()}",
            **({"cluster": planned["cluster"]} if planned["cluster"] else {}),
            **_service_request.of_creation(planned),
            **({"tags": _tags.as_list(planned["tags_all"])} if planned["tags_all"] else {}),
        }
        return str(_retried(aws, "create_service", request)["service"]["serviceArn"])

    def complete(self, aws: Aws, state: State) -> None:
        _wait(aws, state, "create")

    def read(self, aws: Aws, state: State) -> State | None:
        found = _services.described(aws, state["cluster"], state["id"])
        if found is None or found["status"] == _services.DRAINING:
            return None
        return {
            **_service_attributes.attributes(found, state),
            "tags_all": _tags.as_dict(found.get("tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        request = _service_request.of_update(planned, changed)
        if planned["force_new_deployment"] and changed - {"tags", "tags_all"}:
            request["forceNewDeployment"] = True
        if request:
            place = {"service": prior["id"], **({"cluster": prior["cluster"]} if prior["cluster"] else {})}
            _retried(aws, "update_service", {**place, **request})
            _wait(aws, {**planned, "id": prior["id"]}, "update")
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        ecs, cluster, arn = aws.client("ecs"), state["cluster"], state["id"]
        found = _services.described(aws, cluster, arn)
        if found is None:
            return
        place = {"service": arn, **({"cluster": cluster} if cluster else {})}
        is_replica = found.get("schedulingStrategy") != "DAEMON"
        if found["status"] != _services.DRAINING and is_replica and not state["force_delete"]:
            ecs.update_service(desiredCount=0, **place)
        if found["status"] != _services.DRAINING:
            retried(
                aws,
                lambda: ecs.delete_service(force=bool(state["force_delete"]), **place),
                codes=("InvalidParameterException",),
                message="The service cannot be stopped while",
                timeout_s=timeout_s(state, "delete", TIMEOUT),
            )
        _services.wait_until_gone(aws, cluster, arn, timeout_s(state, "delete", TIMEOUT))

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        cluster, _, name = id.partition("/")
        if not cluster or not name or "/" in name:
            raise ProviderError(f"wrong format of import ID ({id}), use: 'cluster-name/service-name'")
        return {"id": name, "name": name, "cluster": aws.arn("ecs", f"cluster/{cluster}")}


def _retried(aws: Aws, call: str, request: dict[str, Any]) -> Any:
    """Repeat a call that ECS may refuse because a listener or role is new."""
    return retried(
        aws,
        lambda: retried(
            aws,
            lambda: getattr(aws.client("ecs"), call)(**request),
            codes=PASSING,
            message="does not have an associated load balancer",
        ),
        codes=PASSING,
        message="Unable to assume the service linked role",
    )


def _wait(aws: Aws, state: State, operation: str) -> None:
    limit = timeout_s(state, operation, TIMEOUT)
    wait = _services.wait_until_stable if state["wait_for_steady_state"] else _services.wait_until_active
    wait(aws, state["cluster"], state["id"], limit)

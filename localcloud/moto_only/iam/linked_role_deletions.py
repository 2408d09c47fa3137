"""Deletions of service-linked roles: IAM takes each, and its task fails while the service has resources.

Sources: IAM API Reference, DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus; IAM User Guide, "Delete a
service-linked role". The tasks are forgotten with the process.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.moto import calls
from localcloud.moto.existing import backends_of
from localcloud.moto_only.iam.linked_roles import PATH
from localcloud.protocol import query_responses
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse

DELETE, STATUS = "DeleteServiceLinkedRole", "GetServiceLinkedRoleDeletionStatus"
TASK = re.compile(r"<DeletionTaskId>([^<]*)</DeletionTaskId>")
ECS = "ecs.amazonaws.com"
REASON = "The role is in use: delete the resources first, which the service manages with it."
"""Our own wording."""


class LinkedRoleDeletions:
    """The overlay `iam`, which also checks requests by the model. `of_ecs`: the ARNs of ECS's clusters."""

    def __init__(self, host: Host, of_ecs: Callable[[], Iterable[str]]) -> None:
        self._model = RequestModel("iam")
        self._host = host
        self._of_ecs = of_ecs
        self._tasks: dict[str, Sequence[str]] = {}  # task -> the ARNs that kept the role

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        if request.form:
            self._model.read(request)
        if request.operation == DELETE:
            return await self._delete(request)
        if request.operation == STATUS:
            return self._status(request.form["DeletionTaskId"])
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        name, account = request.form["RoleName"], self._host.account_id
        service, used = await self._host.moto.run(lambda: _uses(account, name))
        task = f"task{PATH}{service}/{name}/{uuid.uuid4()}"
        used = [*used, *(self._of_ecs() if service == ECS else ())]
        if used:
            self._tasks[task] = used
            return query_responses.query_response("iam", DELETE, {"DeletionTaskId": task})
        response = await self._host.moto.request(request)
        if response.status == 200 and TASK.search(response.body.decode()):
            self._tasks[task] = ()
            return calls.with_text(response, "DeletionTaskId", task)
        return response  # the role does not exist

    def _status(self, task: str) -> AwsResponse:
        if task not in self._tasks:
            raise AwsError("NoSuchEntity", f"Deletion task {task} cannot be found.", 404)
        values: dict[str, object] = {"Status": "FAILED" if self._tasks[task] else "SUCCEEDED"}
        if self._tasks[task]:
            values["Reason"] = {"Reason": REASON, "RoleUsageList": _by_region(self._tasks[task])}
        return query_responses.query_response("iam", STATUS, values)


def _by_region(arns: Sequence[str]) -> list[dict[str, object]]:
    regions = sorted({arn.split(":")[3] for arn in arns})
    return [{"Region": region, "Resources": [arn for arn in arns if arn.split(":")[3] == region]} for region in regions]


def _uses(account_id: str, role_name: str) -> tuple[str, list[str]]:
    """Return the service of a linked role, and the ARNs of its resources in moto. Call in moto's thread."""
    from moto.iam.models import iam_backends

    iam: Any = iam_backends[account_id]["aws"]
    path = next((role.path for role in iam.roles.values() if role.name == role_name), "")
    service = path.removeprefix(PATH).strip("/") if path.startswith(PATH) else ""
    package, arns_of = RESOURCES.get(service, ("", list))
    return service, [arn for _, backend in sorted(backends_of(package, account_id).items()) for arn in arns_of(backend)]


def _caches(backend: Any) -> Iterator[str]:
    yield from (each.arn for each in (*backend.replication_groups.values(), *backend.cache_clusters.values()))


def _targets(backend: Any) -> Iterator[str]:
    for targets in backend.targets.values():
        yield from (each.arn for each in targets.values() if each.service_namespace == "ecs")


RESOURCES: Mapping[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "ecs.application-autoscaling.amazonaws.com": ("applicationautoscaling", _targets),
    "elasticache.amazonaws.com": ("elasticache", _caches),
    "elasticloadbalancing.amazonaws.com": ("elbv2", lambda backend: list(backend.load_balancers)),
    "rds.amazonaws.com": ("rds", lambda backend: [each.db_instance_arn for each in backend.databases.values()]),
}
"""Service -> moto's package, and its resources that keep the role."""

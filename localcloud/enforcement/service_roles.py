"""AWS services that act as a role: with its permissions and under its name, or not at all."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from localcloud.authorization.context import Context
from localcloud.enforcement.calls import Call, call_of
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.identity import roles
from localcloud.identity.sts import Sts
from localcloud.protocol.caller import Caller, service
from localcloud.protocol.own_requests import form_request
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

LINKED = {"ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService"}
"""Service -> its service-linked role. Source: each service's guide, "Using service-linked roles"."""
TAKEN = "InvalidInput"


@dataclass(frozen=True, kw_only=True)
class Acting:
    """Role and session of a service. `name`: of the session; `source_arn`: the resource that it acts for."""

    service: str
    role_arn: str
    name: str
    source_arn: str = ""


class ServiceRoles:
    """`answer`: of the endpoint, which takes requests of our own parts."""

    def __init__(
        self, host: Host, sts: Sts, permissions: Enforcer, answer: Callable[[AwsRequest], Awaitable[AwsResponse]]
    ) -> None:
        self._host = host
        self._sts = sts
        self._permissions = permissions
        self._answer = answer

    async def request(self, request: AwsRequest, acting: Acting) -> AwsResponse:
        """Make a request as a role. Errors: AwsError, also for a missing permission in mode `enforce`."""
        caller = await self._caller(acting)
        call = call_of(request)
        if caller is not None and call is not None:
            await self._permissions.check_as(caller, call)
        return await self._answer(request if caller is None else replace(request, caller=caller))

    async def check(self, calls: Sequence[Call], acting: Acting) -> None:
        """Check calls that a service would make as a role. Errors: like `request`."""
        caller = await self._caller(acting)
        if caller is not None:
            for call in calls:
                await self._permissions.check_as(caller, call)

    async def linked_request(self, request: AwsRequest, of: str, name: str) -> AwsResponse:
        """Make a request as the service-linked role of `of`, which is created if it is missing. Errors: AwsError."""
        arn = f"arn:aws:iam::{self._host.account_id}:role/aws-service-role/{of}/{LINKED[of]}"
        if await self._host.moto.run(partial(roles.find, arn, self._host.account_id)) is None:
            await self._create_linked(of)
        return await self.request(request, Acting(service=of, role_arn=arn, name=name))

    async def _caller(self, acting: Acting) -> Caller | None:
        """Return a session of the role; None where it cannot begin in a mode that does not enforce."""
        keys = {"aws:SourceAccount": self._host.account_id, "aws:SourceArn": acting.source_arn}
        given = Context({key: value for key, value in keys.items() if value})
        try:
            caller, _ = await self._sts.as_service(acting.service, acting.role_arn, acting.name, given)
        except AwsError as error:
            if self._permissions.mode is Mode.ENFORCE:
                raise
            fields = {"action": "permission_denied", "principal": acting.service, "resource": acting.role_arn}
            log.warning("Would be denied: %s", error, extra=fields)
            return None
        return caller

    async def _create_linked(self, of: str) -> None:
        form = {"Action": "CreateServiceLinkedRole", "Version": "2010-05-08", "AWSServiceName": of}
        response = await self._host.moto.request(form_request("iam", self._host.region, form, service(of)))
        if response.status >= 400 and TAKEN not in response.body.decode(errors="replace"):
            raise AwsError("InternalFailure", f"the role of {of} cannot be created: {response.body!r}", 500)

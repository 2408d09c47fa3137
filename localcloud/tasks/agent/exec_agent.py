"""The agent of ECS Exec in a container, which connects to Session Manager as the task's role.

Source: ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec", and its page on errors.
"""

from localcloud.enforcement.calls import Call
from localcloud.enforcement.enforcer import Enforcer
from localcloud.errors import AwsError
from localcloud.protocol.caller import Caller

CALLS = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
NOT_CONNECTED = "The execute command failed due to an internal error. Try again later."


class ExecAgent:
    """Checks the agent's permissions, unless the task has no role."""

    def __init__(self, permissions: Enforcer) -> None:
        self._permissions = permissions
        self.is_connected = False

    async def connect(self, caller: Caller) -> None:
        """Connect if the role allows it. Not logged otherwise, as on AWS."""
        self.is_connected = await self._may_connect(caller)

    async def _may_connect(self, caller: Caller) -> bool:
        if not caller.principal.is_of_account:
            return True
        for operation in CALLS:
            call = Call(service="ssmmessages", operation=operation, parameters={}, protocol="json")
            try:
                await self._permissions.check_as(caller, call)
            except AwsError:
                return False
        return True

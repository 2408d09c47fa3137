"""Shifts traffic weights: ECS changes a listener rule through the load balancer's own API, as the role for that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from localcloud.enforcement.service_roles import Acting
from localcloud.errors import AwsError
from localcloud.machine.clock import Clock
from localcloud.protocol.caller import service
from localcloud.protocol.own_requests import form_request
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

SERVICE = "ecs.amazonaws.com"
SESSION = "ecs-service-scheduler"
CALLER = service(SERVICE)
AGAIN_S = 5.0
PATIENCE_S = 300.0
"""A broken load balancer API is retried for this long. AWS does not publish its own limit. Both are AWS seconds."""
THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded")


class ListenerRules:
    """Sends ModifyRule to the endpoint's own handler, which responds once Envoy routes that way."""

    def __init__(
        self,
        request_as: Callable[[AwsRequest, Acting], Awaitable[AwsResponse]],
        groups_of_rule: Callable[[str], frozenset[str]],
        region: str,
        clock: Clock,
    ) -> None:
        self.groups_of_rule = groups_of_rule
        self._request_as = request_as
        self._region = region
        self._clock = clock
        self._in_progress: set[asyncio.Task[None]] = set()
        self._newest: dict[str, int] = {}
        """Rule -> number of shifts so far."""

    def shift(
        self, rule_arn: str, weights: Mapping[str, int], role: str, done: Callable[[str], None], *, service_arn: str
    ) -> None:
        """Start a shift as a role, by its ARN, for a service of ECS.

        `done` is called from the event loop, never from within this call.
        """
        acting = Acting(service=SERVICE, role_arn=role, name=SESSION, source_arn=service_arn)
        task = asyncio.create_task(self._shift(rule_arn, weights, acting, done), name=f"shift {rule_arn}")
        self._in_progress.add(task)
        task.add_done_callback(self._in_progress.discard)

    async def _shift(
        self, rule_arn: str, weights: Mapping[str, int], acting: Acting, done: Callable[[str], None]
    ) -> None:
        number = self._newest[rule_arn] = self._newest.get(rule_arn, 0) + 1
        try:
            problem = await self._problem(rule_arn, weights, acting, number)
        except Exception as exc:  # whatever the error, the deployment must be notified and roll back
            log.exception("Traffic not shifted", extra={"action": "shift", "rule": rule_arn})
            problem = str(exc)
        done(f"{rule_arn}: {problem}" if problem else "")

    async def _problem(self, rule_arn: str, weights: Mapping[str, int], acting: Acting, number: int) -> str:
        """Carry out a shift. Return the reason for giving up; empty when it succeeded."""
        ends = self._clock.now() + PATIENCE_S
        while self._newest[rule_arn] == number:
            try:
                response = await self._request_as(self._request(rule_arn, weights), acting)
            except AwsError as error:
                if not _passes(error) or self._clock.now() >= ends:
                    return str(error)
                log.warning("Traffic not shifted yet: %s", error, extra={"action": "shift_again", "rule": rule_arn})
            else:
                return "" if response.status < 400 else response.body.decode(errors="replace")
            await self._clock.sleep(AGAIN_S)
        return "another shift of the rule has started"

    def _request(self, rule_arn: str, weights: Mapping[str, int]) -> AwsRequest:
        form = {
            "Action": "ModifyRule",
            "Version": "2015-12-01",
            "RuleArn": rule_arn,
            "Actions.member.1.Type": "forward",
        }
        for index, (group, weight) in enumerate(weights.items(), start=1):
            member = f"Actions.member.1.ForwardConfig.TargetGroups.member.{index}"
            form |= {f"{member}.TargetGroupArn": group, f"{member}.Weight": str(weight)}
        return form_request("elasticloadbalancing", self._region, form, CALLER)


def _passes(error: AwsError) -> bool:
    """Return whether a retry of the same call may succeed."""
    return error.status >= 500 or error.code in THROTTLED

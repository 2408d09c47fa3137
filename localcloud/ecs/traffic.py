"""Traffic weights: ECS changes a listener rule through the load balancer's own API, as in AWS."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from localcloud.own_requests import form_request
from localcloud.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)


class ListenerRules:
    """Sends ModifyRule to the endpoint's own handling; it answers when Envoy routes so."""

    def __init__(
        self,
        answer: Callable[[AwsRequest], Awaitable[AwsResponse]],
        groups_of_rule: Callable[[str], frozenset[str]],
        region: str,
    ) -> None:
        self.groups_of_rule = groups_of_rule
        self._answer = answer
        self._region = region
        self._under_way: set[asyncio.Task[None]] = set()

    def shift(self, rule_arn: str, weights: Mapping[str, int], done: Callable[[str], None]) -> None:
        """`done` is called from the event loop, never from within this call."""
        task = asyncio.create_task(self._shift(rule_arn, weights, done), name=f"shift {rule_arn}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _shift(self, rule_arn: str, weights: Mapping[str, int], done: Callable[[str], None]) -> None:
        try:
            response = await self._answer(self._request(rule_arn, weights))
        except Exception as exc:  # whatever it is, the deployment must hear of it and go back
            log.exception("Traffic not shifted", extra={"action": "shift", "rule": rule_arn})
            done(f"{rule_arn}: {exc}")
            return
        done("" if response.status < 400 else f"{rule_arn}: {response.body.decode(errors='replace')}")

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
        return form_request("elasticloadbalancing", self._region, form)

"""ECS events on EventBridge (aws-facts 1.2): created here, put on the default event bus of moto's EventBridge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import RolloutState, ServiceAction
from localcloud.ecs.model.tasks import Task
from localcloud.host import Host
from localcloud.moto import patches

if TYPE_CHECKING:
    from moto.events.models import Rule
    from moto.events.utils import EventMessageType

log = logging.getLogger(__name__)

Event = dict[str, object]
"""An event of EventBridge, or its detail."""

MAX_WAITING = 10_000
"""Events that wait for moto; beyond this number the oldest are lost."""
LOT_S = 0.5
"""Real seconds between two batches: for each batch moto saves all messages of a queue that receives some."""
TYPES = {
    RolloutState.FAILED: "ERROR",
    ServiceAction.TASK_START_IMPAIRED: "WARN",
    ServiceAction.TASK_PLACEMENT_FAILURE: "ERROR",
}
"""Event types that are not INFO."""


class Events:
    """Part that listens to the control plane. It does nothing while the default bus has no rule.

    `describe`: returns a task as DescribeTasks does, without tags.
    """

    def __init__(self, host: Host, describe: Callable[[Task], Event]) -> None:
        self._host = host
        self._describe = describe
        self._waiting: deque[Event] = deque(maxlen=MAX_WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Do nothing: sending starts with the first event."""

    async def stop(self) -> None:
        """Wait until all events are on the bus."""
        self._stopping.set()
        if self._sending is not None:
            await self._sending

    def status(self) -> dict[str, object]:
        return {"status": "ready", "waiting": len(self._waiting)}

    def deployment_moved(self, service: Service, deployment: Deployment) -> None:
        """Put `ECS Deployment State Change`."""
        detail = {
            "eventType": TYPES.get(deployment.rollout_state, "INFO"),
            "eventName": f"SERVICE_DEPLOYMENT_{deployment.rollout_state.value}",
            "deploymentId": deployment.id,
            "updatedAt": deployment.updated_at,
            "reason": deployment.rollout_reason,
        }
        self._put("ECS Deployment State Change", service.arn, lambda: detail)

    def service_acted(self, service: Service, action: ServiceAction) -> None:
        """Put `ECS Service Action`."""
        detail: Event = {
            "eventType": TYPES.get(action, "INFO"),
            "eventName": action.value,
            "clusterArn": service.cluster_arn,
            "createdAt": self._host.clock.wall(),
        }
        self._put("ECS Service Action", service.arn, lambda: detail)

    def task_changed(self, task: Task) -> None:
        """Put `ECS Task State Change`."""
        self._put(
            "ECS Task State Change", task.arn, lambda: self._describe(task) | {"updatedAt": self._host.clock.wall()}
        )

    def _put(self, kind: str, resource: str, detail: Callable[[], Event]) -> None:
        if not self._rules():  # the usual case: nothing would receive the event
            return
        try:
            self._waiting.append(self._event(kind, resource, detail()))
        except Exception:  # a failure here must not reach the scheduler
            log.exception("An event of %s was not sent", resource, extra={"action": "event_not_made", "kind": kind})
            return
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="put ECS events")

    def _event(self, kind: str, resource: str, detail: Event) -> Event:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": kind,
            "source": "aws.ecs",
            "account": self._host.account_id,
            "time": self._host.clock.wall().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._host.region,
            "resources": [resource],
            "detail": json.loads(json.dumps(detail, default=_text)),
        }

    async def _send(self) -> None:
        """Send events in the order of their occurrence; those that arrive meanwhile go with the next batch."""
        while self._waiting:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                if await self._host.moto.run(partial(self._is_requested, events)):
                    await self._host.moto.change(partial(self._deliver, events))
            except Exception:  # a failure here must not reach the scheduler
                log.exception("%d events are lost", len(events), extra={"action": "events_lost"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOT_S):
                    await self._stopping.wait()

    def _rules(self) -> list[Rule]:
        """Return the rules of the default bus; none, and no module either, before the first EventBridge request."""
        models = sys.modules.get("moto.events.models")
        if models is None:
            return []
        return list(
            models.events_backends[self._host.account_id][self._host.region].event_buses["default"].rules.values()
        )

    def _is_requested(self, events: list[Event]) -> bool:
        """Return whether some rule matches, so that state will change and must be saved. Runs in moto's thread."""
        patches.patch("events")
        rules = [rule for rule in self._rules() if rule.targets and rule.scheduled_expression is None]
        messages = [cast("EventMessageType", event) for event in events]
        return any(rule.event_pattern.matches_event(each) for rule in rules for each in messages)

    def _deliver(self, events: list[Event]) -> None:
        """Send the events to the rules' targets. Runs in moto's thread."""
        rules = self._rules()
        for event in events:
            for rule in rules:
                rule.send_to_targets(cast("EventMessageType", event))


def _text(value: object) -> str:
    """Format times as AWS's events do: `2026-01-01T00:00:00.000Z`."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)

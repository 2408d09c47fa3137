"""A service with a scalable target, whose alarms a test notifies."""

from dataclasses import dataclass
from typing import Any

from localcloud.autoscaling.engine import Scaling
from localcloud.cloudwatch.alarms.engine import AlarmNotification
from localcloud.host import Part
from tests.unit.localcloud.ecs.world import World

WHAT = {"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"}
PATIENCE_S = 90.0
"""Longer than five minutes of the faster clock: a schedule whose beginning was missed is due again after that."""


class Overlay:
    """An overlay as a startable part, with the parts behind it."""

    def __init__(self, overlay: Any, *parts: Part) -> None:
        self.handle, self.answered = overlay.handle, overlay.answered
        self.parts = parts

    async def start(self) -> None:
        for part in self.parts:
            await part.start()

    async def stop(self) -> None:
        for part in reversed(self.parts):
            await part.stop()


@dataclass(frozen=True)
class Scene:
    """A service `s` with one task, and a scalable target from 1 to 10."""

    cloud: Any
    world: World
    scaling: Scaling

    async def call(self, operation: str, **parameters: Any) -> Any:
        return await self.cloud.call("application-autoscaling", operation, **WHAT, **parameters)

    async def put(self, kind: str, name: str, **configuration: Any) -> Any:
        """Put a policy; `kind`: Step or TargetTracking."""
        wire = {f"{kind}ScalingPolicyConfiguration": configuration}
        return await self.call("put_scaling_policy", PolicyName=name, PolicyType=f"{kind}Scaling", **wire)

    async def tell(self, policy: Any, *values: float, kind: str = "AlarmHigh", name: str = "busy") -> None:
        """Notify like the evaluation of an alarm in ALARM."""
        names = [alarm["AlarmName"] for alarm in policy["Alarms"] if f"-{kind}-" in alarm["AlarmName"]]
        notification = AlarmNotification(
            name=names[0] if names else name, arn="", state="ALARM", values=values, threshold=70.0
        )
        await self.scaling.notify_alarm(policy["PolicyARN"], notification)

    async def set_low(self, policy: Any, state: str) -> None:
        """Set the state of a target tracking policy's low alarm, as its evaluation does."""
        name = next(alarm["AlarmName"] for alarm in policy["Alarms"] if "-AlarmLow-" in alarm["AlarmName"])
        await self.cloud.call("cloudwatch", "set_alarm_state", AlarmName=name, StateValue=state, StateReason="test")

    async def activities(self, **parameters: Any) -> list[Any]:
        return list((await self.call("describe_scaling_activities", **parameters))["ScalingActivities"])

    async def until_newest(self, **wanted: object) -> Any:
        """Wait until the newest activity has these fields; -> the activity."""
        found: list[Any] = []

        async def reached() -> bool:
            found[:] = await self.activities(IncludeNotScaledActivities=True)
            return bool(found) and found[0] | wanted == found[0]

        try:
            await self.cloud.until(reached, PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"waited for {wanted}; there are {found}") from None
        return found[0]

    async def scaled(self, count: int) -> Any:
        """Wait until an activity has set this count and its tasks run; -> the activity."""
        await self.until_newest(Description=f"Setting desired count to {count}.")
        assert self.world.service.desired_count == count
        self.world.pass_time(60.0)
        return await self.until_newest(StatusCode="Successful")

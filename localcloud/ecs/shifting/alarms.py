"""The alarms that watch a deployment (aws-facts 1.8): whether they are usable, have gone off, or are still baking."""

from localcloud.ecs.model.services import ServiceDeployment
from localcloud.ecs.model.states import LifecycleStage, MonitorStatus, ServiceDeploymentStatus
from localcloud.ecs.model.tasks import Wire
from localcloud.ecs.scheduling.ports import AlarmSource
from localcloud.machine.clock import Clock


class DeploymentAlarms:
    """Queries `source` and records the result in the service deployment."""

    def __init__(self, source: AlarmSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    def have_fired(self, current: ServiceDeployment) -> bool:
        """Return whether an alarm has gone off now. Alarms in ALARM at the start are ignored until the end."""
        if current.status is not ServiceDeploymentStatus.IN_PROGRESS:
            return False
        settings = alarm_settings(current)
        states = {name: self._source.state(name, current.created_at) for name in settings.get("alarmNames", [])}
        if current.alarms is None and None not in states.values():
            usable = settings.get("enable", False) and states and "ALARM" not in states.values()
            current.alarms = MonitorStatus.MONITORING if usable else MonitorStatus.DISABLED
        triggered = [name for name, state in states.items() if state == "ALARM"]
        if current.alarms is not MonitorStatus.MONITORING or not triggered:
            return False
        current.alarms = MonitorStatus.TRIGGERED
        current.triggered_alarms = triggered
        return True

    def are_baking(self, current: ServiceDeployment) -> bool:
        """Return whether a rolling deployment must still wait: it completes only after its alarms had time to react."""
        if current.alarms is not MonitorStatus.MONITORING:
            return False
        if current.stage is None:
            current.stage, current.stage_since = LifecycleStage.BAKE_TIME, self._clock.now()
        names = alarm_settings(current)["alarmNames"]
        return self._clock.now() - current.stage_since < max(self._source.bake_s(name) for name in names)


def alarm_settings(current: ServiceDeployment) -> Wire:
    """Return `alarms` of the configuration that the deployment began with."""
    settings: Wire = current.configuration.get("alarms", {})
    return settings

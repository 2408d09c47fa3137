"""The actions that an alarm takes once per change of state: messages to SNS. Call everything here in moto's thread."""

import logging

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.message import StateChange, action_taken, message, subject
from localcloud.cloudwatch.alarms.model import Alarm, AnyAlarm, CompositeAlarm
from localcloud.cloudwatch.alarms.records import Alarms, remember
from localcloud.errors import AwsError

log = logging.getLogger(__name__)

SNS = "arn:aws:sns:"
SCALING = "arn:aws:autoscaling:"


class Publication:
    """Takes the actions of one account's alarms in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    def act(self, change: StateChange, alarms: Alarms) -> None:
        """Take the actions for a change, and record them in the history. Auto Scaling is notified separately."""
        actions = alarms[change.name].actions.of(State(change.new)) if change.has_actions else []
        for arn in actions:
            alarm = alarms[change.name]
            if arn.startswith(SNS):
                error = self._publish(arn, change, alarm, _named_by(alarm, alarms))
                alarms[change.name] = remember(alarm, action_taken(change, arn, error))
            elif not arn.startswith(SCALING):
                log.warning(
                    "Action has no effect here", extra={"action": "alarm_action", "alarm": change.name, "arn": arn}
                )

    def _publish(self, topic: str, change: StateChange, alarm: AnyAlarm, children: list[Alarm]) -> str:
        """Publish to SNS; -> the error message, empty on success."""
        from moto.core.exceptions import JsonRESTError, ServiceException
        from moto.sns.models import sns_backends

        place = self._account_id, self._region
        try:
            sns_backends[place[0]][place[1]].publish(
                message(change, alarm, *place, children), topic, subject=subject(change, self._region)
            )
        except (
            AwsError,
            ServiceException,
            JsonRESTError,
            OSError,
        ) as error:  # OSError: a subscriber that does not respond
            log.warning("Alarm not published", extra={"action": "alarm_action", "topic": topic, "error": str(error)})
            return str(error)
        return ""


def _named_by(alarm: AnyAlarm, alarms: Alarms) -> list[Alarm]:
    """Return the alarms in a composite alarm's rule."""
    if not isinstance(alarm, CompositeAlarm):
        return []
    return [alarms[name] for name in parse(alarm.rule).alarms if name in alarms]

"""Checks of the alarms that roll a deployment back: if one is already in ALARM, ECS ignores them all."""

from ops.guide import command_in
from ops.rollout import doubts
from ops.verifying.check import Check, Group
from ops.verifying.subject import Subject

ALARMS = Group("alarms")


def check(subject: Subject) -> list[Check]:
    """Check each alarm. A failure is a warning: the deploy may be the fix. `deploy` checks them itself.

    CloudWatch DescribeAlarms.
    """
    first = doubts.before(subject.aws, subject.service.deployment_configuration)
    if first.unknown:
        return [ALARMS.unknown("alarms", each) for each in first.unknown]
    if not first.watching:
        return [ALARMS.warn("alarms", "none watches deployments", wanted="one that can roll back")]
    look = f"look at it: `{command_in(subject.aws.environment, 'status')}`, and the runbook of the same name"
    found = []
    for name in first.watching:
        if name in first.red_before:
            words = "is in ALARM: ECS would ignore the alarms of a deployment"
            found.append(ALARMS.warn(name, words, wanted="OK", fix=look))
        elif name in first.missing:
            found.append(ALARMS.warn(name, "does not exist", wanted="the alarm", fix="apply the Terraform"))
        else:
            found.append(ALARMS.ok(name, "is not in ALARM"))
    return found

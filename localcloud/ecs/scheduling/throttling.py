"""Throttles the starts of a deployment whose tasks never reach RUNNING, by growing intervals (aws-facts 1.1). Pure."""

from localcloud.ecs.model.states import RolloutState
from localcloud.ecs.model.views import DeploymentView

THROTTLE_FIRST_S = 15.0
THROTTLE_MAX_S = 900.0


def throttle_s(start_failures: int) -> float:
    """Return the wait before the next start after this many consecutive tasks that never ran."""
    if start_failures == 0:
        return 0.0
    return float(min(THROTTLE_MAX_S, THROTTLE_FIRST_S * 2 ** min(start_failures - 1, 10)))


def may_start(deployment: DeploymentView, now: float) -> bool:
    """Return whether tasks of this deployment may be started now."""
    if deployment.rollout_state is RolloutState.FAILED:
        return False
    if deployment.last_start_failure_at is None:
        return True
    return now >= deployment.last_start_failure_at + throttle_s(deployment.start_failures)

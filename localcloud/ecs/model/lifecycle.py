"""The stages of a deployment that shifts traffic (blue/green, linear, canary) as a pure function (aws-facts 1.9).

`advance(progress, now)` returns the next steps; `shifting/stages.py` carries them out and calls it again. Blue is
the revision that serves, green the one that is to replace it. Times are AWS seconds of the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.ecs.model.states import HookStatus, LifecycleStage, Strategy

STAGES = list(LifecycleStage)
STAGE_LIMIT_S = 24 * 3600.0
ALL = 100.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`deploymentConfiguration` with AWS's defaults. Percentages are of traffic, times in AWS seconds."""

    strategy: Strategy
    bake_s: float = 0.0
    step_percent: float = 10.0
    step_bake_s: float = 360.0
    canary_percent: float = 5.0
    canary_bake_s: float = 600.0
    has_test_rule: bool = False


@dataclass(frozen=True, kw_only=True)
class Hook:
    """One hook of the current stage. `status` is None before it has begun."""

    id: str
    status: HookStatus | None = None
    expired: bool = False
    rolls_back_on_timeout: bool = True


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a deployment and what has been observed.

    `traffic_percent`: production traffic that green gets. `traffic_settled`: the load balancer has routed by the last
    requested shift since `shifted_at`. `fault`: the reason to roll back, found by the breaker, an alarm or a user.
    """

    stage: LifecycleStage
    stage_since: float
    hooks: Sequence[Hook] = ()
    green_healthy: bool = False
    only_blue_and_green: bool = True
    blue_gone: bool = False
    traffic_percent: float = 0.0
    test_traffic_percent: float = 0.0
    traffic_settled: bool = True
    shifted_at: float = 0.0
    fault: str = ""


@dataclass(frozen=True)
class EnterStage:
    stage: LifecycleStage


@dataclass(frozen=True)
class BeginHook:
    """Call a hook, or begin its pause."""

    hook_id: str


@dataclass(frozen=True)
class ExpireHook:
    """End a hook whose time is over. Its settings say whether the deployment continues or rolls back."""

    hook_id: str


@dataclass(frozen=True)
class ShiftTraffic:
    """Give green this share of the production or test traffic."""

    percent: float
    test: bool = False


@dataclass(frozen=True)
class RollBack:
    """Return all traffic to blue and remove green."""

    reason: str


@dataclass(frozen=True)
class Finish:
    """Complete the deployment: only green serves."""


Step = EnterStage | BeginHook | ExpireHook | ShiftTraffic | RollBack | Finish


def advance(settings: Settings, progress: Progress, now: float) -> list[Step]:
    """Return the next steps; none while the deployment waits for something."""
    fault = _fault(progress, now)
    if fault:
        return [RollBack(fault)]
    if not progress.traffic_settled:
        return []
    work = _work(settings, progress, now)
    if work is not None:
        return work
    hooks = _hooks(progress)
    if hooks is not None:
        return hooks
    following = STAGES[STAGES.index(progress.stage) + 1 :]
    return [EnterStage(following[0])] if following else [Finish()]


def next_percent(settings: Settings, percent: float) -> float:
    """Return green's production traffic after the next shift: all, one step more, or a canary and then the rest."""
    if settings.strategy is Strategy.LINEAR:
        return min(ALL, percent + settings.step_percent)
    if settings.strategy is Strategy.CANARY and percent < settings.canary_percent:
        return settings.canary_percent
    return ALL


def _fault(progress: Progress, now: float) -> str:
    if progress.fault:
        return progress.fault
    for hook in progress.hooks:
        if hook.status is HookStatus.FAILED:
            return f"lifecycle hook {hook.id} failed at stage {progress.stage}"
        if hook.status is HookStatus.TIMED_OUT and hook.rolls_back_on_timeout:
            return f"lifecycle hook {hook.id} timed out at stage {progress.stage}"
    if now - progress.stage_since > STAGE_LIMIT_S:
        return f"stage {progress.stage} took more than 24 hours"
    return ""


def _work(settings: Settings, progress: Progress, now: float) -> list[Step] | None:
    """Return the steps of the stage itself: [] while it waits, None when it is done."""
    match progress.stage:
        case LifecycleStage.RECONCILE_SERVICE:
            # Traffic that a superseded deployment had goes back to blue before its tasks stop.
            if progress.traffic_percent > 0:
                return [ShiftTraffic(0.0)]
            if progress.test_traffic_percent > 0:
                return [ShiftTraffic(0.0, test=True)]
            return None if progress.only_blue_and_green else []
        case LifecycleStage.SCALE_UP:
            return None if progress.green_healthy else []
        case LifecycleStage.TEST_TRAFFIC_SHIFT if settings.has_test_rule and progress.test_traffic_percent < ALL:
            return [ShiftTraffic(ALL, test=True)]
        case LifecycleStage.PRODUCTION_TRAFFIC_SHIFT if progress.traffic_percent < ALL:
            return _shift(settings, progress, now)
        case LifecycleStage.BAKE_TIME:
            return None if now - progress.stage_since >= settings.bake_s else []
        case LifecycleStage.CLEAN_UP:
            return None if progress.blue_gone else []
    return None


def _shift(settings: Settings, progress: Progress, now: float) -> list[Step]:
    """Return the next shift, once the previous one has baked and while all of green is healthy."""
    bake_s = {Strategy.LINEAR: settings.step_bake_s, Strategy.CANARY: settings.canary_bake_s}.get(
        settings.strategy, 0.0
    )
    baking = progress.traffic_percent > 0 and now - progress.shifted_at < bake_s
    if baking or not progress.green_healthy:
        return []
    return [ShiftTraffic(next_percent(settings, progress.traffic_percent))]


def _hooks(progress: Progress) -> list[Step] | None:
    """Begin the stage's hooks and wait for them. Return None when all of them let the deployment continue."""
    beginning: list[Step] = [BeginHook(hook.id) for hook in progress.hooks if hook.status is None]
    if beginning:
        return beginning
    waiting = [h for h in progress.hooks if h.status in (HookStatus.IN_PROGRESS, HookStatus.AWAITING_ACTION)]
    expired: list[Step] = [ExpireHook(hook.id) for hook in waiting if hook.expired]
    if expired:
        return expired
    return [] if waiting else None

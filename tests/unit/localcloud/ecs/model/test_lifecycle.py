"""The stages of a deployment that shifts traffic, one decision at a time (aws-facts 1.9)."""

from dataclasses import replace

import pytest

from localcloud.ecs.model.lifecycle import (
    BeginHook,
    EnterStage,
    ExpireHook,
    Finish,
    Hook,
    Progress,
    RollBack,
    Settings,
    ShiftTraffic,
    advance,
)
from localcloud.ecs.model.states import HookStatus, LifecycleStage, Strategy

BLUE_GREEN = Settings(strategy=Strategy.BLUE_GREEN, bake_s=300, has_test_rule=True)


def at(stage: LifecycleStage, **changes: object) -> Progress:
    return replace(Progress(stage=stage, stage_since=0.0), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("progress", "steps"),
    [
        (at(LifecycleStage.RECONCILE_SERVICE), [EnterStage(LifecycleStage.PRE_SCALE_UP)]),
        (at(LifecycleStage.RECONCILE_SERVICE, only_blue_and_green=False), []),
        (at(LifecycleStage.RECONCILE_SERVICE, traffic_percent=10.0), [ShiftTraffic(0.0)]),
        (at(LifecycleStage.PRE_SCALE_UP), [EnterStage(LifecycleStage.SCALE_UP)]),
        (at(LifecycleStage.SCALE_UP), []),
        (at(LifecycleStage.SCALE_UP, green_healthy=True), [EnterStage(LifecycleStage.POST_SCALE_UP)]),
        (at(LifecycleStage.TEST_TRAFFIC_SHIFT), [ShiftTraffic(100.0, test=True)]),
        (at(LifecycleStage.TEST_TRAFFIC_SHIFT, traffic_settled=False), []),
        (
            at(LifecycleStage.TEST_TRAFFIC_SHIFT, test_traffic_percent=100.0),
            [EnterStage(LifecycleStage.POST_TEST_TRAFFIC_SHIFT)],
        ),
        (at(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, green_healthy=True), [ShiftTraffic(100.0)]),
        (at(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT), []),
        (at(LifecycleStage.CLEAN_UP), []),
        (at(LifecycleStage.CLEAN_UP, blue_gone=True), [Finish()]),
    ],
)
def test_each_stage_does_its_work_and_continues(progress: Progress, steps: list[object]) -> None:
    assert advance(BLUE_GREEN, progress, 1.0) == steps


def test_bake_time_lasts_as_long_as_it_says() -> None:
    progress = at(LifecycleStage.BAKE_TIME, traffic_percent=100.0)
    assert advance(BLUE_GREEN, progress, 299.9) == []
    assert advance(BLUE_GREEN, progress, 300.0) == [EnterStage(LifecycleStage.CLEAN_UP)]


def test_linear_shifts_by_equal_steps_and_bakes_each_but_the_last() -> None:
    linear = Settings(strategy=Strategy.LINEAR, step_percent=40, step_bake_s=60)
    progress = at(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, green_healthy=True)
    assert advance(linear, progress, 0.0) == [ShiftTraffic(40.0)]
    progress = replace(progress, traffic_percent=40.0, shifted_at=0.0)
    assert advance(linear, progress, 59.0) == []
    assert advance(linear, progress, 60.0) == [ShiftTraffic(80.0)]
    assert advance(linear, replace(progress, traffic_percent=80.0), 60.0) == [ShiftTraffic(100.0)]
    done = replace(progress, traffic_percent=100.0, shifted_at=60.0)
    assert advance(linear, done, 60.0) == [EnterStage(LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT)]


def test_canary_shifts_a_little_bakes_and_then_the_rest() -> None:
    canary = Settings(strategy=Strategy.CANARY, canary_percent=0.5, canary_bake_s=600)
    progress = at(LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, green_healthy=True)
    assert advance(canary, progress, 0.0) == [ShiftTraffic(0.5)]
    progress = replace(progress, traffic_percent=0.5)
    assert advance(canary, progress, 599.0) == []
    assert advance(canary, progress, 600.0) == [ShiftTraffic(100.0)]


def test_hooks_begin_together_and_all_must_succeed() -> None:
    first, second = Hook(id="1"), Hook(id="2")
    progress = at(LifecycleStage.POST_SCALE_UP, hooks=[first, second])
    assert advance(BLUE_GREEN, progress, 0.0) == [BeginHook("1"), BeginHook("2")]
    progress = replace(
        progress, hooks=[replace(first, status=HookStatus.SUCCEEDED), replace(second, status=HookStatus.IN_PROGRESS)]
    )
    assert advance(BLUE_GREEN, progress, 0.0) == []
    progress = replace(progress, hooks=[replace(h, status=HookStatus.SUCCEEDED) for h in (first, second)])
    assert advance(BLUE_GREEN, progress, 0.0) == [EnterStage(LifecycleStage.TEST_TRAFFIC_SHIFT)]


@pytest.mark.parametrize(
    "changes",
    [
        {"hooks": [Hook(id="h", status=HookStatus.FAILED)]},
        {"hooks": [Hook(id="h", status=HookStatus.TIMED_OUT)]},
        {"fault": "alarm detected"},
        {"stage_since": -24 * 3600.0 - 1},
    ],
)
def test_a_failed_hook_a_fault_or_a_day_rolls_back(changes: dict[str, object]) -> None:
    [step] = advance(BLUE_GREEN, at(LifecycleStage.POST_SCALE_UP, **changes), 0.0)
    assert isinstance(step, RollBack)


def test_a_pause_that_is_over_expires() -> None:
    hook = Hook(id="h", status=HookStatus.AWAITING_ACTION, expired=True)
    assert advance(BLUE_GREEN, at(LifecycleStage.POST_SCALE_UP, hooks=[hook]), 0.0) == [ExpireHook("h")]
    gone_on = replace(hook, status=HookStatus.TIMED_OUT, rolls_back_on_timeout=False)
    assert advance(BLUE_GREEN, at(LifecycleStage.POST_SCALE_UP, hooks=[gone_on]), 0.0) == [
        EnterStage(LifecycleStage.TEST_TRAFFIC_SHIFT)
    ]

"""Decisions from alarm signals to a new capacity, on a virtual clock."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.autoscaling.decisions import Change, NotScaled, Pace, Stay, decide
from localcloud.autoscaling.model import (
    AdjustmentType,
    Capacity,
    Direction,
    Signal,
    Step,
    StepPolicy,
    Target,
    TrackingPolicy,
)

RANGE = Target(minimum=1, maximum=10)
CPU = TrackingPolicy(name="cpu", target_value=70.0, out_cooldown_s=120.0, in_cooldown_s=300.0)
MEMORY = TrackingPolicy(name="memory", target_value=80.0)


def stepping(adjustment: int, kind: AdjustmentType = AdjustmentType.CHANGE, cooldown_s: float = 120.0) -> StepPolicy:
    step = Step(adjustment=adjustment, lower=0.0, upper=None)
    return StepPolicy(name=f"by {adjustment}", adjustment_type=kind, steps=(step,), cooldown_s=cooldown_s)


def high(policy: TrackingPolicy, value: float) -> Signal:
    return signal_of(policy, (value,) * 3, Direction.OUT)


def low(policy: TrackingPolicy, value: float) -> Signal:
    return signal_of(policy, (value,) * 15, Direction.IN)


def step(policy: StepPolicy) -> Signal:
    return signal_of(policy, (75.0,), None)


def signal_of(policy: StepPolicy | TrackingPolicy, values: tuple[float, ...], direction: Direction | None) -> Signal:
    return Signal(policy=policy, alarm="a", state="ALARM", values=values, threshold=70.0, direction=direction)


def decided(
    *signals: Signal,
    desired: int = 4,
    running: int | None = None,
    target: Target = RANGE,
    deploying: bool = False,
    pace: Pace | None = None,
    now: float = 0.0,
) -> int | NotScaled | None:
    """Return the new capacity, the reason for not scaling, or None."""
    capacity = Capacity(desired=desired, running=desired if running is None else running, is_deploying=deploying)
    tracking = [signal.policy for signal in signals if isinstance(signal.policy, TrackingPolicy)]
    decision = decide(target, tracking, signals, capacity, pace or Pace(), now)
    if isinstance(decision, Change):
        return decision.capacity
    return decision.reason if decision else None


def test_scale_out_starts_from_the_running_count_not_the_desired_one() -> None:
    assert decided(high(CPU, 140.0), desired=4, running=2) is NotScaled.AT_DESIRED
    assert decided(high(CPU, 140.0), desired=4, running=4) == 8
    assert decided(step(stepping(1)), desired=4, running=2) is NotScaled.AT_DESIRED


def test_tasks_of_two_versions_during_a_deployment_are_no_base_to_add_to() -> None:
    assert decided(step(stepping(1)), desired=4, running=8, deploying=True) == 5


def test_the_range_is_kept() -> None:
    assert decided(high(CPU, 700.0)) == 10
    assert decided(low(CPU, 0.0)) == 1
    assert decided(high(CPU, 140.0), desired=10) is NotScaled.AT_MAXIMUM
    assert decided(low(CPU, 0.0), desired=1) is NotScaled.AT_MINIMUM


def test_a_count_below_the_minimum_goes_there_first_and_only_out() -> None:
    three = replace(RANGE, minimum=3)
    assert decided(step(stepping(5)), desired=1, target=three) == 3
    assert decided(low(CPU, 1.0), desired=2, target=three) is NotScaled.AT_MINIMUM


def test_a_count_above_the_maximum_goes_there_first_and_only_in() -> None:
    assert decided(step(stepping(-5)), desired=14) == 10
    assert decided(step(stepping(1)), desired=14) is NotScaled.AT_MAXIMUM


def test_one_policy_is_enough_to_scale_out_but_in_takes_all() -> None:
    assert decided(high(CPU, 100.0), low(MEMORY, 10.0)) == 6
    capacity = Capacity(desired=4, running=4)
    assert decide(RANGE, [CPU, MEMORY], [low(CPU, 10.0)], capacity, Pace(), 0.0) is None
    assert decided(low(CPU, 10.0), low(MEMORY, 50.0)) == 3  # memory needs ceil(4 x 50 / 80)


def test_a_policy_that_does_not_scale_in_is_not_asked() -> None:
    only_out = replace(MEMORY, scales_in=False)
    capacity = Capacity(desired=4, running=4)
    decision = decide(RANGE, [CPU, only_out], [low(CPU, 10.0)], capacity, Pace(), 0.0)
    assert isinstance(decision, Change)
    assert decision.capacity == 1
    assert decide(RANGE, [only_out], [low(only_out, 10.0)], capacity, Pace(), 0.0) is None


def test_of_several_proposals_the_largest_capacity_wins() -> None:
    assert decided(high(CPU, 100.0), high(MEMORY, 160.0), step(stepping(1))) == 8
    assert decided(step(stepping(-1)), step(stepping(-3))) == 3
    assert decided(step(stepping(-1)), high(CPU, 100.0)) == 6


def test_a_step_policy_scales_in_without_the_consent_of_target_tracking() -> None:
    capacity = Capacity(desired=4, running=4)
    decision = decide(RANGE, [CPU], [step(stepping(-1))], capacity, Pace(), 0.0)
    assert isinstance(decision, Change)
    assert decision.capacity == 3


def test_during_a_deployment_nothing_scales_in_but_out() -> None:
    assert decided(low(CPU, 0.0), deploying=True) is NotScaled.UNSCALABLE
    assert decided(step(stepping(-1)), deploying=True) is NotScaled.UNSCALABLE
    assert decided(high(CPU, 100.0), deploying=True) == 6


def test_insufficient_data_does_nothing() -> None:
    assert decided(signal_of(CPU, (), Direction.OUT)) is None
    assert decided(signal_of(stepping(1), (), None)) is None


def test_suspended_scaling_does_nothing() -> None:
    assert decided(high(CPU, 140.0), target=replace(RANGE, out_suspended=True)) is None
    assert decided(low(CPU, 0.0), target=replace(RANGE, in_suspended=True)) is None
    assert decided(high(CPU, 140.0), target=replace(RANGE, in_suspended=True)) == 8


def test_an_exact_capacity_scales_both_ways() -> None:
    assert decided(step(stepping(6, AdjustmentType.EXACT))) == 6
    assert decided(step(stepping(2, AdjustmentType.EXACT))) == 2
    assert decided(step(stepping(4, AdjustmentType.EXACT))) is NotScaled.AT_DESIRED


def test_in_its_cooldown_a_scale_out_continues_only_when_larger_and_counts_what_was_added() -> None:
    pace = Pace().begun(Direction.OUT, 4, 0.0)  # 4 -> 6 by two
    assert decided(step(stepping(2)), desired=6, pace=pace, now=50.0) is None  # not even fulfilled
    pace = pace.ended(Direction.OUT, 120.0, 60.0)
    assert decided(step(stepping(2)), desired=6, pace=pace, now=100.0) is None
    assert decided(step(stepping(3)), desired=6, pace=pace, now=100.0) == 7  # AWS's example: one more
    assert decided(step(stepping(2)), desired=6, pace=pace, now=180.0) == 8


def test_a_chain_of_scale_outs_counts_from_where_it_began() -> None:
    pace = Pace().begun(Direction.OUT, 4, 0.0).ended(Direction.OUT, 120.0, 10.0)
    pace = pace.begun(Direction.OUT, 6, 50.0).ended(Direction.OUT, 120.0, 60.0)
    assert decided(step(stepping(3)), desired=7, pace=pace, now=100.0) is None
    assert decided(step(stepping(3)), desired=7, pace=pace, now=200.0) == 10


def test_a_scale_in_waits_for_its_cooldown_and_a_scale_out_ends_it() -> None:
    pace = Pace().begun(Direction.IN, 5, 0.0).ended(Direction.IN, 300.0, 10.0)
    assert decided(step(stepping(-1)), pace=pace, now=309.0) is None
    assert decided(step(stepping(-1)), pace=pace, now=310.0) == 3
    assert decided(step(stepping(1)), pace=pace, now=20.0) == 5
    after = pace.begun(Direction.OUT, 4, 20.0).ended(Direction.OUT, 120.0, 30.0)
    assert decided(step(stepping(-1)), desired=5, pace=after, now=40.0) == 4


def test_a_scale_in_leaves_the_cooldown_of_a_scale_out_as_it_was() -> None:
    pace = Pace().begun(Direction.OUT, 4, 0.0).ended(Direction.OUT, 120.0, 10.0)
    pace = pace.begun(Direction.IN, 6, 10.0).ended(Direction.IN, 300.0, 20.0)
    assert decided(step(stepping(1)), desired=5, pace=pace, now=30.0) is None
    assert decided(step(stepping(1)), desired=5, pace=pace, now=130.0) == 6


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_notifications_does_not_matter(reverse: bool) -> None:
    signals = [high(CPU, 100.0), step(stepping(3)), low(MEMORY, 10.0)]
    assert decided(*(reversed(signals) if reverse else signals)) == 7


POLICIES = (CPU, MEMORY, stepping(1), stepping(-2), stepping(3), stepping(50, AdjustmentType.PERCENT))
SIGNALS = st.lists(
    st.builds(
        Signal,
        policy=st.sampled_from(POLICIES),
        alarm=st.just("a"),
        state=st.just("ALARM"),
        values=st.lists(st.floats(0, 1000), max_size=15).map(tuple),
        threshold=st.just(70.0),
        direction=st.sampled_from(Direction),
    ),
    max_size=5,
)


@given(
    st.lists(st.tuples(SIGNALS, st.integers(0, 200), st.booleans(), st.integers(0, 3)), max_size=30),
    st.integers(0, 5),
    st.integers(0, 10),
)
def test_whatever_alarms_report_the_range_is_kept_and_a_deployment_is_left_alone(
    rounds: list[tuple[list[Signal], int, bool, int]], minimum: int, more: int
) -> None:
    target, pace, now = Target(minimum=minimum, maximum=minimum + more), Pace(), 0.0
    desired, last_in_s = minimum, float("-inf")
    for signals, passed_s, deploying, starting in rounds:
        now += passed_s
        capacity = Capacity(desired=desired, running=max(desired - starting, 0), is_deploying=deploying)
        decision = decide(target, [CPU, MEMORY], signals, capacity, pace, now)
        if not isinstance(decision, Change):
            assert decision is None or isinstance(decision, Stay)
            continue
        assert target.minimum <= decision.capacity <= target.maximum
        assert (decision.capacity > desired) is (decision.direction is Direction.OUT)
        if decision.direction is Direction.IN:
            assert not deploying
            assert now >= last_in_s + decision.cooldown_s or last_in_s < 0
            last_in_s = now
        else:
            last_in_s = float("-inf")
        pace = pace.begun(decision.direction, capacity.running, now).ended(decision.direction, 300.0, now)
        desired = decision.capacity

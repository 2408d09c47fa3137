"""From what the alarms of one target told to its new capacity: pure; the engine asks and acts.

Out when any policy wants out; in when all target tracking policies that scale in agree, or a step policy says so; of
several wishes the largest capacity wins. Sources: the Application Auto Scaling and ECS guides.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from localcloud.autoscaling.model import AdjustmentType, Capacity, Direction, Signal, StepPolicy, Target, TrackingPolicy
from localcloud.autoscaling.policies import matching_step, stepped, tracked_in, tracked_out


class NotScaled(StrEnum):
    """Why nothing happens, in AWS's words."""

    AT_MAXIMUM = "AlreadyAtMaxCapacity"
    AT_MINIMUM = "AlreadyAtMinCapacity"
    AT_DESIRED = "AlreadyAtDesiredCapacity"
    UNSCALABLE = "TargetServicePutResourceAsUnscalable"


@dataclass(frozen=True, kw_only=True)
class Change:
    """Set the desired count to `capacity`, because of `signal`."""

    capacity: int
    direction: Direction
    cooldown_s: float
    signal: Signal


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Nothing to do; `reason` None: a cooldown goes on, or scaling is suspended."""

    signal: Signal
    reason: NotScaled | None = None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What the last activities leave to wait for; clock seconds, infinite while an activity is not fulfilled.

    `out_base`: tasks that ran before the first scale-out of a chain whose cooldowns overlap. What it added counts as
    added: in the cooldown a policy must want more than desired from there.
    """

    out_until: float = -math.inf
    out_base: int = 0
    in_until: float = -math.inf

    def base(self, running: int, now: float) -> int:
        """Tasks from which a scale-out is computed."""
        return min(self.out_base, running) if now < self.out_until else running

    def begun(self, direction: Direction, running: int, now: float) -> "Pace":
        """An activity begins, the one before has ended. A scale-out ends the cooldown of a scale-in."""
        if direction is Direction.OUT:
            return Pace(out_until=math.inf, out_base=self.base(running, now))
        return replace(self, in_until=math.inf)

    def ended(self, direction: Direction, cooldown_s: float, now: float) -> "Pace":
        """The activity is over, by itself or overridden: its cooldown begins."""
        if direction is Direction.OUT:
            return replace(self, out_until=now + cooldown_s)
        return replace(self, in_until=now + cooldown_s)


@dataclass(frozen=True, kw_only=True)
class _Proposal:
    capacity: int
    direction: Direction
    cooldown_s: float
    signal: Signal


def decide(
    target: Target,
    tracking: Iterable[TrackingPolicy],
    signals: Sequence[Signal],
    capacity: Capacity,
    pace: Pace,
    now: float,
) -> Change | Stay | None:
    """One decision; None when no signal asks for anything.

    tracking: all target tracking policies of the target. signals: what was told, with what the low alarms of the other
    policies told before and still stand by.
    """
    # A deployment runs both versions: more tasks than are wanted are no base to add to.
    base = pace.base(min(capacity.running, capacity.desired), now)
    wishes = [wish for signal in signals if (wish := _wish(signal, capacity, base))]
    outs = [wish for wish in wishes if wish.direction is Direction.OUT and not target.out_suspended]
    if outs:
        return _out(target, max(outs, key=_size), capacity, is_cooling=now < pace.out_until)
    ins = [wish for wish in wishes if wish.direction is Direction.IN]
    agreeing = {wish.signal.policy for wish in ins}
    if not all(policy in agreeing for policy in tracking if policy.scales_in):
        ins = [wish for wish in ins if isinstance(wish.signal.policy, StepPolicy)]
    if not ins:
        return None
    wish = max(ins, key=_size)
    if target.in_suspended or now < pace.in_until:
        return Stay(signal=wish.signal)
    return _in(target, wish, capacity)


def within(target: Target, desired: int) -> int:
    """What registering a target makes of a desired count outside its range."""
    return min(max(desired, target.minimum), target.maximum)


def _size(wish: _Proposal) -> int:
    return wish.capacity


def _out(target: Target, wish: _Proposal, capacity: Capacity, *, is_cooling: bool) -> Change | Stay:
    """From below the minimum to the minimum first; from above the maximum nowhere."""
    below = capacity.desired < target.minimum
    goal = target.minimum if below else min(wish.capacity, target.maximum)
    if goal > capacity.desired:
        return _change(goal, wish)
    if wish.capacity > capacity.desired:
        return Stay(signal=wish.signal, reason=NotScaled.AT_MAXIMUM)
    return Stay(signal=wish.signal, reason=None if is_cooling else NotScaled.AT_DESIRED)


def _in(target: Target, wish: _Proposal, capacity: Capacity) -> Change | Stay:
    """From above the maximum to the maximum first; from below the minimum nowhere; never during a deployment."""
    above = capacity.desired > target.maximum
    goal = target.maximum if above else max(wish.capacity, target.minimum)
    if wish.capacity >= capacity.desired:
        return Stay(signal=wish.signal, reason=NotScaled.AT_DESIRED)
    if goal >= capacity.desired:
        return Stay(signal=wish.signal, reason=NotScaled.AT_MINIMUM)
    if capacity.is_deploying:
        return Stay(signal=wish.signal, reason=NotScaled.UNSCALABLE)
    return _change(goal, wish)


def _change(capacity: int, wish: _Proposal) -> Change:
    return Change(capacity=capacity, direction=wish.direction, cooldown_s=wish.cooldown_s, signal=wish.signal)


def _wish(signal: Signal, capacity: Capacity, out_base: int) -> _Proposal | None:
    """What one signal asks for; None on insufficient data, and where no step matches."""
    if not signal.values:
        return None
    if isinstance(signal.policy, StepPolicy):
        return _stepped(signal, signal.policy, capacity, out_base)
    return _tracked(signal, signal.policy, capacity, out_base)


def _tracked(signal: Signal, policy: TrackingPolicy, capacity: Capacity, out_base: int) -> _Proposal | None:
    if signal.direction is Direction.OUT:
        wanted = tracked_out(out_base, signal.values, policy.target_value)
        return _Proposal(capacity=wanted, direction=Direction.OUT, cooldown_s=policy.out_cooldown_s, signal=signal)
    if not policy.scales_in:
        return None
    wanted = tracked_in(capacity.running, signal.values, policy.target_value)
    return _Proposal(capacity=wanted, direction=Direction.IN, cooldown_s=policy.in_cooldown_s, signal=signal)


def _stepped(signal: Signal, policy: StepPolicy, capacity: Capacity, out_base: int) -> _Proposal | None:
    step = matching_step(policy, signal.values, signal.threshold)
    if step is None:
        return None
    is_exact = policy.adjustment_type is AdjustmentType.EXACT
    if step.adjustment == 0 and not is_exact:
        return None
    reference = capacity.desired if is_exact else 0
    direction = Direction.OUT if step.adjustment >= reference else Direction.IN
    # In from the larger of both: a task that still starts is not counted as gone.
    base = out_base if direction is Direction.OUT else max(capacity.running, capacity.desired)
    wanted = stepped(policy, step, base)
    return _Proposal(capacity=wanted, direction=direction, cooldown_s=policy.cooldown_s, signal=signal)

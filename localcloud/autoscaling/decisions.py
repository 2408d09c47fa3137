"""Decides the new capacity of one target from its alarms' signals. Pure; the engine queries and acts.

Scales out when any policy requests it. Scales in when all target tracking policies that scale in agree, or a step
policy requests it. Of several proposals the largest capacity wins. Sources: the Application Auto Scaling and ECS
guides.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from localcloud.autoscaling.model import AdjustmentType, Capacity, Direction, Signal, StepPolicy, Target, TrackingPolicy
from localcloud.autoscaling.policies import matching_step, stepped, tracked_in, tracked_out


class NotScaled(StrEnum):
    """The reason why nothing changes: the code of a NotScaledReason."""

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
    """Change nothing. `reason` is None while a cooldown lasts or scaling is suspended."""

    signal: Signal
    reason: NotScaled | None = None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The waits after the last activities, in clock seconds; infinite while an activity is not fulfilled.

    `out_base`: tasks that ran before the first scale-out of a chain with overlapping cooldowns. Tasks that the chain
    added count: during the cooldown, a proposal computed from this base must exceed the desired count.
    """

    out_until: float = -math.inf
    out_base: int = 0
    in_until: float = -math.inf

    def base(self, running: int, now: float) -> int:
        """Return the number of tasks from which a scale-out is computed."""
        return min(self.out_base, running) if now < self.out_until else running

    def begun(self, direction: Direction, running: int, now: float) -> "Pace":
        """Begin an activity; the previous one has ended. A scale-out ends the cooldown of a scale-in."""
        if direction is Direction.OUT:
            return Pace(out_until=math.inf, out_base=self.base(running, now))
        return replace(self, in_until=math.inf)

    def ended(self, direction: Direction, cooldown_s: float, now: float) -> "Pace":
        """End an activity, fulfilled or overridden: its cooldown begins."""
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
    """Make one decision; None when no signal requests a change.

    tracking: all target tracking policies of the target. signals: the new notifications, with earlier ones from low
    alarms of the other policies that are still valid.
    """
    # A deployment runs both versions: tasks beyond the desired count are not a base to add to.
    base = pace.base(min(capacity.running, capacity.desired), now)
    proposals = [proposal for signal in signals if (proposal := _proposal(signal, capacity, base))]
    outs = [proposal for proposal in proposals if proposal.direction is Direction.OUT and not target.out_suspended]
    if outs:
        return _out(target, max(outs, key=_size), capacity, is_cooling=now < pace.out_until)
    ins = [proposal for proposal in proposals if proposal.direction is Direction.IN]
    agreeing = {proposal.signal.policy for proposal in ins}
    if not all(policy in agreeing for policy in tracking if policy.scales_in):
        ins = [proposal for proposal in ins if isinstance(proposal.signal.policy, StepPolicy)]
    if not ins:
        return None
    proposal = max(ins, key=_size)
    if target.in_suspended or now < pace.in_until:
        return Stay(signal=proposal.signal)
    return _in(target, proposal, capacity)


def within(target: Target, desired: int) -> int:
    """Return the desired count within the target's range, as registering the target sets it."""
    return min(max(desired, target.minimum), target.maximum)


def _size(proposal: _Proposal) -> int:
    return proposal.capacity


def _out(target: Target, proposal: _Proposal, capacity: Capacity, *, is_cooling: bool) -> Change | Stay:
    """Scale out: from below the minimum first to the minimum; never from above the maximum."""
    below = capacity.desired < target.minimum
    goal = target.minimum if below else min(proposal.capacity, target.maximum)
    if goal > capacity.desired:
        return _change(goal, proposal)
    if proposal.capacity > capacity.desired:
        return Stay(signal=proposal.signal, reason=NotScaled.AT_MAXIMUM)
    return Stay(signal=proposal.signal, reason=None if is_cooling else NotScaled.AT_DESIRED)


def _in(target: Target, proposal: _Proposal, capacity: Capacity) -> Change | Stay:
    """Scale in: from above the maximum first to the maximum; never from below the minimum or in a deployment."""
    above = capacity.desired > target.maximum
    goal = target.maximum if above else max(proposal.capacity, target.minimum)
    if proposal.capacity >= capacity.desired:
        return Stay(signal=proposal.signal, reason=NotScaled.AT_DESIRED)
    if goal >= capacity.desired:
        return Stay(signal=proposal.signal, reason=NotScaled.AT_MINIMUM)
    if capacity.is_deploying:
        return Stay(signal=proposal.signal, reason=NotScaled.UNSCALABLE)
    return _change(goal, proposal)


def _change(capacity: int, proposal: _Proposal) -> Change:
    return Change(
        capacity=capacity, direction=proposal.direction, cooldown_s=proposal.cooldown_s, signal=proposal.signal
    )


def _proposal(signal: Signal, capacity: Capacity, out_base: int) -> _Proposal | None:
    """Return the proposal of one signal; None on insufficient data, or when no step matches."""
    if not signal.values:
        return None
    if isinstance(signal.policy, StepPolicy):
        return _stepped(signal, signal.policy, capacity, out_base)
    return _tracked(signal, signal.policy, capacity, out_base)


def _tracked(signal: Signal, policy: TrackingPolicy, capacity: Capacity, out_base: int) -> _Proposal | None:
    if signal.direction is Direction.OUT:
        count = tracked_out(out_base, signal.values, policy.target_value)
        return _Proposal(capacity=count, direction=Direction.OUT, cooldown_s=policy.out_cooldown_s, signal=signal)
    if not policy.scales_in:
        return None
    count = tracked_in(capacity.running, signal.values, policy.target_value)
    return _Proposal(capacity=count, direction=Direction.IN, cooldown_s=policy.in_cooldown_s, signal=signal)


def _stepped(signal: Signal, policy: StepPolicy, capacity: Capacity, out_base: int) -> _Proposal | None:
    step = matching_step(policy, signal.values, signal.threshold)
    if step is None:
        return None
    is_exact = policy.adjustment_type is AdjustmentType.EXACT
    if step.adjustment == 0 and not is_exact:
        return None
    reference = capacity.desired if is_exact else 0
    direction = Direction.OUT if step.adjustment >= reference else Direction.IN
    # Scale in from the larger of both: a task that is still starting does not count as gone.
    base = out_base if direction is Direction.OUT else max(capacity.running, capacity.desired)
    count = stepped(policy, step, base)
    return _Proposal(capacity=count, direction=direction, cooldown_s=policy.cooldown_s, signal=signal)

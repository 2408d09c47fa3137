"""Advances a deployment that shifts traffic: passes its progress to `lifecycle.py` and carries out the steps."""

import logging
import math
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from localcloud.ecs.model import lifecycle
from localcloud.ecs.model.lifecycle import STAGES
from localcloud.ecs.model.services import Deployment, HookRun, Service, ServiceDeployment
from localcloud.ecs.model.states import HookStatus, LifecycleStage, ServiceDeploymentStatus, Strategy
from localcloud.ecs.shifting import rollout
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

MINUTE_S = 60.0
PAUSE_TIMEOUT_MINUTES = 1440
REFUSED_AGAIN_S = 5.0
"""AWS seconds before a refused shift is retried while traffic goes back."""
KNOWN_FAULTS = (rollout.CIRCUIT_BREAKER, rollout.ALARM)
NOT_ASSOCIATED = (
    "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule."
)


class Traffic(Protocol):
    """The load balancer's rules. Weights are by target group; `done` gets the problem, empty on success."""

    def shift(
        self, rule_arn: str, weights: Mapping[str, int], role: str, done: Callable[[str], None], *, service_arn: str
    ) -> None:
        """Start to route by the weights, as a role that is named by its ARN."""

    def groups_of_rule(self, rule_arn: str) -> frozenset[str]:
        """Return the target groups that a rule forwards to; empty when there is no such rule."""


class HookCaller(Protocol):
    """Lambda functions by ARN. `done` gets SUCCEEDED, FAILED or IN_PROGRESS (call again).

    Each call has its own 15 minutes; the stage's 24 hours limit how often a function can request another call.
    """

    def call(self, function_arn: str, event: Mapping[str, object], done: Callable[[HookStatus], None]) -> None: ...


class Shifting:
    """Advances the deployments of services whose strategy is not ROLLING."""

    def __init__(self, clock: Clock, traffic: Traffic, hooks: HookCaller, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._traffic = traffic
        self._hooks = hooks
        self._changed = changed

    def enter_first_stage(self, service: Service, current: ServiceDeployment) -> None:
        """Enter the first stage. Older revisions or leftover traffic are reconciled first (aws-facts 1.9)."""
        older = [d for d in service.deployments if d.id != current.deployment_id]
        reconciles = len(older) > 1 or current.has_traffic
        first = LifecycleStage.RECONCILE_SERVICE if reconciles else LifecycleStage.PRE_SCALE_UP
        self._enter(service, current, first)
        if not self._groups_are_associated(service):
            current.fault = NOT_ASSOCIATED

    def restore(self, service: Service) -> None:
        """Resume the deployment that an earlier run of the local cloud had in progress.

        Its calls and shifts are lost and are repeated. Its clock was another one, so waits start again, except for
        pauses, whose end is a time of day.
        """
        current = service.current
        if current is None:
            return
        now = self._clock.now()
        current.stage_since = current.shifted_at = now
        if current.shifting:  # it is not known whether the load balancer received the shift
            self._shift(service, current, production=current.production_percent, test=current.test_percent)
        for run in current.hooks:
            if run.status is HookStatus.IN_PROGRESS:
                run.status = None
            if run.expires_at is not None:
                left_s = (run.expires_at - self._clock.wall()).total_seconds()
                run.expires_clock = now + max(0.0, left_s) * self._clock.speed

    def want(self, service: Service) -> None:
        """Set how many tasks each deployment should have in the current stage."""
        current = service.current
        for deployment in service.deployments:
            deployment.desired_count = self._expected(service, current, deployment)

    def is_giving_back(self, service: Service) -> bool:
        """Return whether a rolling deployment has to wait because tasks that it would stop still get traffic."""
        current = service.current
        return current is not None and current.strategy is Strategy.ROLLING and current.has_traffic

    def advance(self, service: Service, healthy_counts: Mapping[str, int]) -> bool:
        """Take the next steps; return whether there were any. `healthy_counts`: deployment id -> healthy tasks."""
        current = service.current
        if current is None:
            return False
        if current.strategy is Strategy.ROLLING:  # the superseded deployment may have had part of the traffic
            return self._give_traffic_back(service, current)
        if current.status is ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
            return self._give_traffic_back(service, current)
        if current.status is not ServiceDeploymentStatus.IN_PROGRESS:
            return False
        steps = lifecycle.advance(
            _settings(service, current), self._progress(service, current, healthy_counts), self._clock.now()
        )
        for step in steps:
            self._take(service, current, step)
        return bool(steps)

    # --- the current state ---

    def _expected(self, service: Service, current: ServiceDeployment | None, deployment: Deployment) -> int:
        if current is None:
            # Left by a superseding deployment that was aborted: it goes unless it has the traffic.
            newest = service.service_deployments[0]
            is_left = deployment is not service.primary and not deployment.was_completed
            return 0 if is_left and not _may_serve(deployment, newest) else service.desired_count
        if deployment.id == current.deployment_id:
            if current.status is ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
                return service.desired_count if current.has_traffic else 0
            started = current.stage is not None and STAGES.index(current.stage) >= STAGES.index(LifecycleStage.SCALE_UP)
            deployment.scaled_up = deployment.scaled_up or started
            return service.desired_count if started else 0
        if deployment.revision_arn == current.source_revision:
            return (
                0 if current.stage is LifecycleStage.CLEAN_UP and not current.rollback_reason else service.desired_count
            )
        # A deployment that this one superseded goes as soon as it has no traffic.
        return service.desired_count if _may_serve(deployment, current) else 0

    def _progress(
        self, service: Service, current: ServiceDeployment, healthy_counts: Mapping[str, int]
    ) -> lifecycle.Progress:
        assert current.stage is not None  # noqa: S101 - entered when the deployment began
        known = {current.target_revision, current.source_revision}
        others = [d for d in service.deployments if d.revision_arn != current.target_revision]
        now = self._clock.now()
        return lifecycle.Progress(
            stage=current.stage,
            stage_since=current.stage_since,
            hooks=[_hook(run, now) for run in current.hooks if run.stage is current.stage],
            green_healthy=healthy_counts.get(current.deployment_id, 0) >= service.desired_count,
            only_blue_and_green=all(d.revision_arn in known for d in others),
            blue_gone=not others,
            traffic_percent=current.production_percent,
            test_traffic_percent=current.test_percent,
            traffic_settled=not current.shifting,
            shifted_at=current.shifted_at,
            fault=current.fault,
        )

    def _groups_are_associated(self, service: Service) -> bool:
        """Return whether each target group gets requests through a rule that may be shifted."""
        rules = _rules(service, test=False) + _rules(service, test=True)
        expected = {group for _, *groups, _ in rules for group in groups}
        return expected <= frozenset().union(*(self._traffic.groups_of_rule(rule) for rule, *_ in rules))

    # --- actions ---

    def _take(self, service: Service, current: ServiceDeployment, step: lifecycle.Step) -> None:
        match step:
            case lifecycle.EnterStage(stage):
                self._enter(service, current, stage)
            case lifecycle.BeginHook(hook_id):
                self._begin_hook(service, current, next(run for run in current.hooks if run.id == hook_id))
            case lifecycle.ExpireHook(hook_id):
                run = next(run for run in current.hooks if run.id == hook_id)
                continues = run.wire.get("timeoutConfiguration", {}).get("action") == "CONTINUE"
                run.status = HookStatus.SUCCEEDED if continues else HookStatus.TIMED_OUT
            case lifecycle.ShiftTraffic(percent, test=False):
                self._shift(service, current, production=percent)
            case lifecycle.ShiftTraffic(percent, test=True):
                self._shift(service, current, test=percent)
            case lifecycle.RollBack(reason):
                self._roll_back(service, current, reason)
            case lifecycle.Finish():
                rollout.complete(service, service.deployment(current.deployment_id), self._clock.wall())

    def _enter(self, service: Service, current: ServiceDeployment, stage: LifecycleStage) -> None:
        current.stage = stage
        current.stage_since = self._clock.now()
        current.updated_at = self._clock.wall()
        hooks = current.configuration.get("lifecycleHooks", [])
        current.hooks += [
            HookRun(id=uuid.uuid4().hex[:12], stage=stage, wire=wire)
            for wire in hooks
            if stage in wire.get("lifecycleStages", [])
        ]
        fields = {"action": "stage", "deployment": current.deployment_id, "service": service.name}
        log.info("Deployment enters %s", stage, extra=fields)

    def _begin_hook(self, service: Service, current: ServiceDeployment, run: HookRun) -> None:
        if run.wire.get("targetType") == "PAUSE":
            minutes = run.wire.get("timeoutConfiguration", {}).get("timeoutInMinutes", PAUSE_TIMEOUT_MINUTES)
            run.status = HookStatus.AWAITING_ACTION
            run.expires_clock = self._clock.now() + minutes * MINUTE_S
            run.expires_at = self._clock.wall() + timedelta(seconds=self._clock.real_s(minutes * MINUTE_S))
            return
        run.status = HookStatus.IN_PROGRESS
        event = {
            "executionId": run.id,
            "lifecycleStage": run.stage.value,
            "resourceArn": current.arn,
            "serviceArn": service.arn,
            "targetServiceRevisionArn": current.target_revision,
            "hookDetails": run.wire.get("hookDetails", {}),
        }

        def done(status: HookStatus) -> None:
            if run.status is not HookStatus.IN_PROGRESS:  # the deployment has ended meanwhile
                return
            # IN_PROGRESS is a valid response: the function requests another call.
            run.status = None if status is HookStatus.IN_PROGRESS else status
            self._changed()

        self._hooks.call(run.wire["hookTargetArn"], event, done)

    def _shift(
        self,
        service: Service,
        current: ServiceDeployment,
        *,
        production: float | None = None,
        test: float | None = None,
    ) -> None:
        """Request percentages of green's traffic; the deployment continues once every rule routes that way."""
        green = next((d for d in service.deployments if d.id == current.deployment_id), None)
        alternate = green.alternate if green is not None else False
        if current.strategy is Strategy.ROLLING:  # the deployment itself is on blue's side
            alternate = not alternate
        kinds = [(production, False), (test, True)]
        routes = [(percent, _rules(service, test=kind)) for percent, kind in kinds if percent is not None]
        waiting = sum(len(rules) for _, rules in routes)
        before = current.production_percent, current.test_percent

        def settled(problem: str = "") -> None:
            nonlocal waiting
            waiting -= 1
            if problem:
                current.fault = problem
                # Some rules may route as requested, others as before: assume the higher share where it is uncertain.
                current.production_percent = max(current.production_percent, before[0])
                current.test_percent = max(current.test_percent, before[1])
            if waiting <= 0:
                current.shifting = False
                current.shifted_at = self._clock.now()
            self._changed()

        # Recorded before the request, so that a restart in between knows what may have been done.
        current.shifting = True
        current.production_percent = before[0] if production is None else production
        current.test_percent = before[1] if test is None else test
        if not waiting:
            settled()
        for percent, rules in routes:
            for rule, group, other, role in rules:
                green_group, blue_group = (other, group) if alternate else (group, other)
                green_weight, blue_weight = _weights(percent)
                weights = {green_group: green_weight, blue_group: blue_weight}
                self._traffic.shift(rule, weights, role, settled, service_arn=service.arn)
        if production is not None:
            message = (
                f"(service {service.name}) shifting {production:g} % of production traffic to {current.deployment_id}."
            )
            service.add_event(message, self._clock.wall())

    def _roll_back(self, service: Service, current: ServiceDeployment, reason: str) -> None:
        rollout.fail(
            service,
            service.deployment(current.deployment_id),
            rollout.rollback_target(service, current.deployment_id),
            self._clock.wall(),
            next((f for f in KNOWN_FAULTS if f.reason == reason), rollout.FailureCause("deployment lifecycle", reason)),
        )
        current.fault = ""
        log.warning("Deployment rolls back: %s", reason, extra={"deployment": current.deployment_id})

    def _give_traffic_back(self, service: Service, current: ServiceDeployment) -> bool:
        """Roll back: first the traffic, then the tasks (`_wanted`)."""
        if current.shifting:
            return False
        if current.fault:  # the balancer refused a shift; it is retried until it succeeds
            if self._clock.now() - current.shifted_at < REFUSED_AGAIN_S:
                return False
            current.fault = ""
        if current.production_percent > 0:
            self._shift(service, current, production=0.0)
            return True
        if current.test_percent > 0:
            self._shift(service, current, test=0.0)
            return True
        return False


def _settings(service: Service, current: ServiceDeployment) -> lifecycle.Settings:
    wire = current.configuration
    linear, canary = wire.get("linearConfiguration", {}), wire.get("canaryConfiguration", {})
    return lifecycle.Settings(
        strategy=current.strategy,
        bake_s=wire.get("bakeTimeInMinutes", 0) * MINUTE_S,
        step_percent=linear.get("stepPercent", 10.0),
        step_bake_s=linear.get("stepBakeTimeInMinutes", 6) * MINUTE_S,
        canary_percent=canary.get("canaryPercent", 5.0),
        canary_bake_s=canary.get("canaryBakeTimeInMinutes", 10) * MINUTE_S,
        has_test_rule=bool(_rules(service, test=True)),
    )


def _rules(service: Service, *, test: bool) -> list[tuple[str, str, str, str]]:
    """Return (rule, target group, alternate target group, role), by ARN, of each load balancer that has such a rule."""
    name = "testListenerRule" if test else "productionListenerRule"
    return [
        (advanced[name], balancer["targetGroupArn"], advanced["alternateTargetGroupArn"], advanced.get("roleArn", ""))
        for balancer in service.wire.get("loadBalancers", [])
        if (advanced := balancer.get("advancedConfiguration")) and advanced.get(name)
    ]


def _weights(percent: float) -> tuple[int, int]:
    """Return (green, blue): whole percents out of 100, tenths out of 1000; a weight is at most 999."""
    scale = 1 if math.isclose(percent, round(percent)) else 10
    green = round(percent * scale)
    return green, 100 * scale - green


def _may_serve(superseded: Deployment, newest: ServiceDeployment) -> bool:
    """Return whether it may have traffic: not if it never scaled up, or if its tasks consistently fail to start."""
    starts = superseded.scaled_up and superseded.failed_tasks < rollout.INCONSISTENT_STARTS
    return starts and newest.has_traffic


def _hook(run: HookRun, now: float) -> lifecycle.Hook:
    return lifecycle.Hook(
        id=run.id,
        status=run.status,
        expired=run.expires_clock is not None and now >= run.expires_clock,
        rolls_back_on_timeout=run.wire.get("timeoutConfiguration", {}).get("action", "ROLLBACK") == "ROLLBACK",
    )

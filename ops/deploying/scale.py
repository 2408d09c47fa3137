"""`spendsense scale`: shows or changes the number of tasks and the bounds of scaling."""

from dataclasses import dataclass, replace

from ops.aws.clients import Aws
from ops.aws.scalable_target import ScalableTarget, find_scalable_target
from ops.aws.service import Service, describe_service
from ops.console import Console
from ops.deploying.scale_change import Change, Watched, carry_out
from ops.deploying.scale_limits import changed_meanwhile, over_quota
from ops.environment import Environment, EnvironmentName
from ops.errors import Misuse, NotFound
from ops.guide import command_for, command_in
from ops.log_text import count_of
from ops.parameters import deployed
from ops.rollout.admission import check_active, check_no_recovery
from ops.rollout.deployment_state import after_failure, failure_of
from ops.rollout.follow import Outcome, default_timeout_s
from ops.verifying import verify
from ops.verifying.subject import Subject
from ops.waiter import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The requested values; None leaves a value as it is."""

    minimum: int | None = None
    maximum: int | None = None
    desired: int | None = None
    suspended: bool | None = None
    timeout_s: float | None = None
    dry_run: bool = False

    @property
    def is_empty(self) -> bool:
        return (self.minimum, self.maximum, self.desired, self.suspended) == (None, None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The desired state, and the changes that lead to it."""

    target: ScalableTarget | None  # None: nothing scales the service
    desired: int
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """The numbers of running and desired tasks. The JSON form is a contract for scripts."""

    environment: str
    target: ScalableTarget | None
    desired: int
    running: int
    message: str
    ok: bool = True
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outcome: Outcome | None = None

    @property
    def exit_code(self) -> int:
        return 0 if self.ok else 1

    def as_json(self) -> dict[str, object]:
        target = self.target
        return {
            "env": self.environment,
            "ok": self.ok,
            "message": self.message,
            "minimum": target.minimum if target else None,
            "maximum": target.maximum if target else None,
            "suspended": target.suspended if target else None,
            "desired": self.desired,
            "running": self.running,
            "changes": list(self.changes),
            "failures": [failure.as_json() for failure in self.outcome.failures] if self.outcome else [],
            "notes": list(self.notes),
        }

    def show(self, console: Console) -> None:
        if self.outcome is None:  # otherwise they were printed before they were applied
            for change in self.changes:
                console.result(change)
        console.result(self.message, style="bold green" if self.ok else "bold red")
        for note in self.notes:
            console.result(f"  {note}")


def check(name: EnvironmentName, options: Options) -> None:
    """Check the numbers, before any request. Errors: Misuse."""
    minimum, maximum, desired = options.minimum, options.maximum, options.desired
    if minimum is not None and maximum is not None and minimum > maximum:
        raise inverted(name, minimum, maximum)
    if desired is None:
        return
    for option, bound, is_outside in (
        ("--min", minimum, minimum is not None and desired < minimum),
        ("--max", maximum, maximum is not None and desired > maximum),
    ):
        if is_outside:
            raise Misuse(
                f"--desired {desired} is outside the requested bounds: {option} {bound}",
                next_step=f"make both equal: `{command_for(name, f'scale {option} {desired} --desired {desired}')}`",
            )


def inverted(name: EnvironmentName, minimum: int, maximum: int) -> Misuse:
    """Return the error for a minimum above the maximum."""
    higher, lower = (command_for(name, f"scale --min {each} --max {each}") for each in (minimum, maximum))
    return Misuse(
        f"scale: the minimum of {count_of(minimum, 'task')} is above the maximum of {maximum}",
        next_step=f"raise the maximum: `{higher}`, or lower the minimum: `{lower}`",
    )


def run(aws: Aws, options: Options, console: Console) -> Scaled:
    """Show the state, or change bounds and desired count and watch until the service is steady.

    Errors: NotFound, Misuse, DeployRefused. The result says how it ended.
    """
    where = aws.environment
    check(where.name, options)
    service, target = describe_service(aws), find_scalable_target(aws)
    if not options.dry_run:
        deployed.settle(aws, service, console.say)
    if options.is_empty:
        return shown(where, service, target)
    planned = plan(service, target, options, where)
    if options.dry_run or not planned.changes:
        refused = over_quota(planned.desired)
        message = (
            f"Dry run: {refused}; nothing was changed."
            if refused
            else "Dry run: nothing was changed."
            if planned.changes
            else "The numbers are already as requested: nothing was changed."
        )
        return replace(shown(where, service, target), ok=not refused, message=message, changes=planned.changes)
    check_no_recovery(aws)
    check_active(service)
    if planned.desired > service.desired:
        check_new_tasks(aws, service, console)
    for change in planned.changes:
        console.say(change)
    deadline = Deadline(options.timeout_s or default_timeout_s(where, {}))
    with console.phase("scale"):
        changing = Change(before=target, target=planned.target, desired=planned.desired)
        watched = carry_out(aws, service, changing, deadline, console)
    return concluded(aws, planned, target, watched, deadline, requested=options.desired)


def check_new_tasks(aws: Aws, service: Service, console: Console) -> None:
    """Check that further tasks can start. ECS DescribeTaskDefinition, and the checks' calls. Errors: DeployRefused."""
    definition = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    checks = verify.of_starting_tasks(Subject(aws=aws, service=service, definition=definition))
    verify.admit(checks, console, what="more tasks", next_step="nothing was changed; correct this and scale again")


def shown(where: Environment, service: Service, target: ScalableTarget | None) -> Scaled:
    """Return the current state as a result."""
    scaling = "automatic scaling is not set up"
    if target is not None:
        suspended = ", but is suspended" if target.suspended else ""
        scaling = f"scaling keeps {target.minimum} to {target.maximum} tasks{suspended}"
    return Scaled(
        environment=where.name.value,
        target=target,
        desired=service.desired,
        running=service.running,
        message=f"{service.running} of {service.desired} desired tasks are running; {scaling}",
    )


def plan(service: Service, target: ScalableTarget | None, options: Options, where: Environment) -> Plan:
    """Decide what changes. Pure. Errors: NotFound when nothing scales the service, Misuse for impossible numbers."""
    requested = target
    if (options.minimum, options.maximum, options.suspended) != (None, None, None):
        if target is None:
            raise NotFound(
                f"the service in {where.name} has no automatic scaling, and so no bounds to change",
                next_step=f"set the number of tasks: `{command_in(where, 'scale --desired N')}`"
                if where.local
                else "apply the environment's Terraform, which sets up scaling",
            )
        requested = ScalableTarget(
            minimum=target.minimum if options.minimum is None else options.minimum,
            maximum=target.maximum if options.maximum is None else options.maximum,
            suspended=target.suspended if options.suspended is None else options.suspended,
        )
        if requested.minimum > requested.maximum:
            raise inverted(where.name, requested.minimum, requested.maximum)
    desired = service.desired if options.desired is None else options.desired
    if requested is not None:
        nearest = min(max(desired, requested.minimum), requested.maximum)
        if options.desired is not None and nearest != desired:
            bound = f"--min {desired}" if desired < nearest else f"--max {desired}"
            raise Misuse(
                f"--desired {desired}: scaling keeps {requested.minimum} to {requested.maximum} tasks, and would set "
                f"the number back to {nearest}",
                next_step=f"change the bound as well: `{command_in(where, f'scale {bound} --desired {desired}')}`",
            )
        if requested != target and options.desired is None:
            desired = nearest
    return Plan(target=requested, desired=desired, changes=tuple(differences(service, target, requested, desired)))


def differences(
    service: Service, target: ScalableTarget | None, requested: ScalableTarget | None, desired: int
) -> list[str]:
    """Return the changes, one per line."""
    pairs = [("desired", service.desired, desired)]
    if target is not None and requested is not None:
        pairs += [
            ("minimum", target.minimum, requested.minimum),
            ("maximum", target.maximum, requested.maximum),
            ("suspended", target.suspended, requested.suspended),
        ]
    return [f"~ {name}: {before} -> {after}" for name, before, after in pairs if before != after]


def not_steady(result: Scaled, where: Environment, watched: Watched, deadline: Deadline) -> Scaled:
    """Explain why the service is not steady, and what to do."""
    outcome = watched.outcome
    service, failed = outcome.service, failure_of(outcome.service)
    why = f"within {deadline.timeout_s:g} s: waited for {outcome.waited_for}"
    steps = [command_in(where, "status"), command_in(where, "logs --since 10m")]
    if failed:
        why = f"because {failed.rstrip('.')}"
        steps.insert(0, after_failure(where.name))
    last = outcome.events[-1].message if outcome.events else "none"
    return replace(
        result,
        ok=False,
        message=f"Not steady {why}; {service.running} of {service.desired} desired tasks are running\n"
        f"last event: {last}",
        notes=(*watched.remarks, *steps),
    )


def concluded(
    aws: Aws,
    planned: Plan,
    before: ScalableTarget | None,
    watched: Watched,
    deadline: Deadline,
    *,
    requested: int | None,
) -> Scaled:
    """Describe how it ended, and what may undo it. requested: the value of --desired."""
    where, outcome = aws.environment, watched.outcome
    service = outcome.service
    result = replace(shown(where, service, planned.target), outcome=outcome, changes=planned.changes)
    if not watched.is_steady:
        return not_steady(result, where, watched, deadline)
    target = planned.target
    if requested is not None and service.desired != requested:
        changed, steps = changed_meanwhile(aws, requested, service.desired, has_scaling=target is not None)
        return replace(result, ok=False, message=f"{changed}: {result.message}", notes=(*watched.remarks, *steps))
    notes = list(watched.remarks)
    if before is not None and target is not None:
        if (before.minimum, before.maximum) != (target.minimum, target.maximum) and not where.local:
            notes.append(
                "the next `terraform apply` resets the bounds; to keep these, change min_capacity and max_capacity "
                f"in infrastructure/terraform/environments/{where.name}.tfvars"
            )
        if target.suspended:
            notes.append(f"scaling is suspended until `{command_in(where, 'scale --resume')}`")
        elif target.minimum < target.maximum:
            notes.append(f"scaling may change this number; to keep it: `{command_in(where, 'scale --suspend')}`")
    return replace(result, message=f"Steady: {result.message} ({deadline.elapsed_s:.1f} s)", notes=tuple(notes))

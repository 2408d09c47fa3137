"""`spendsense rollback`: returns to what served before, and reports what actually serves afterwards."""

from dataclasses import dataclass, replace

from ops.aws import once
from ops.aws.clients import Aws, Wire, error_code
from ops.aws.service import Service, describe_service, revision_of
from ops.aws.service_deployment import ServiceDeployment
from ops.console import Console
from ops.deploying.record import record_outcome
from ops.deploying.result import DeployResult
from ops.deploying.rollback_plan import Request, RollbackPlan, make_plan
from ops.environment import Environment
from ops.guide import command_in
from ops.locking.held import held
from ops.parameters import deployed
from ops.rollout import strategy, trickle
from ops.rollout.admission import check_deployable
from ops.rollout.begin import already_seen
from ops.rollout.cause import cause_of, with_first_step
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Outcome, default_timeout_s, follow
from ops.rollout.proof import Phase
from ops.rollout.strategy import UNCHANGED, StrategyOptions, strategy_of, update_settings, updated_configuration
from ops.rollout.traffic import updated_load_balancers
from ops.rollout.update import roll_out
from ops.rollout.verdict import ExpectedDeployment, Verdict
from ops.signals import from_now_on
from ops.verifying import verify
from ops.verifying.check import Check
from ops.verifying.subject import Subject
from ops.waiter import Deadline

TAKEN_OVER = "a rollback ends the deploy in progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    to: int | None = None  # a revision; None: what served before
    timeout_s: float | None = None
    dry_run: bool = False
    strategy: StrategyOptions = UNCHANGED  # how tasks are replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult(DeployResult):
    """The result of a rollback: that of a deploy, with its plan."""

    plan: RollbackPlan

    def as_json(self) -> dict[str, object]:
        plan = self.plan
        return DeployResult.as_json(self) | {
            "from": plan.before.as_json() if plan.before else None,
            "to": plan.to.as_json(),
            "stopped_deployment": plan.in_progress.id if plan.in_progress else None,
            "left_out": [revision_of(each.task_definition or "") for each in plan.left_out],
        }


def check(options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    strategy.check(options.strategy)


def run(aws: Aws, options: Options, console: Console) -> RollbackResult:
    """Roll back the deployment in progress, or deploy what served before; follow, assess, record.

    Errors: DeployRefused, also for tasks that could not start; NotFound, Misuse. The result says how it ended.
    """
    service = check_deployable(aws, describe_service(aws), force=True)
    if not options.dry_run:
        deployed.settle(aws, service, console.say)
    configuration = updated_configuration(options.strategy, service)
    in_effect = configuration or service.deployment_configuration
    deadline = Deadline(options.timeout_s or default_timeout_s(aws.environment, in_effect))
    request = Request(to=options.to, strategy=options.strategy, configuration=in_effect)
    plan = make_plan(aws, service, request)
    if not options.dry_run:
        show(plan, console)
    remarks = check_new_tasks(aws, service, plan, console)
    if options.dry_run:
        return replace(result_of(service, plan, request, deadline, console), checks=remarks)
    # It takes the lock of the deploy that it ends, instead of waiting for it.
    lock = held(aws, f"revision {plan.to.revision}", console, force=True, why_forced=TAKEN_OVER)
    with lock, trickle.sent(aws) as traffic:
        traffic.turn_to(Phase.DURING)
        with console.phase("roll_back"):
            plan, outcome = carry_out(aws, service, plan, request, configuration, deadline, console)
        traffic.turn_to(Phase.AFTER)
        record_outcome(aws, outcome, plan.to.image, plan.to.text, console)
        traffic.await_answers()
    outcome = replace(outcome, proof=traffic.proof)
    result = replace(result_of(service, plan, request, deadline, console), checks=remarks)
    return concluded(result, outcome, deadline, aws.environment)


def carry_out(
    aws: Aws,
    service: Service,
    plan: RollbackPlan,
    request: Request,
    configuration: Wire | None,
    deadline: Deadline,
    console: Console,
) -> tuple[RollbackPlan, Outcome]:
    """Have ECS roll back the deployment in progress; if there is none, or ECS cannot, deploy the plan's revision.

    configuration: `deploymentConfiguration` of UpdateService, when it changes. Return the plan that was carried out.
    """
    if plan.in_progress is not None:
        outcome = roll_back_deployment(aws, plan, plan.in_progress, deadline, console)
        if outcome is not None:
            return plan, outcome
        service = describe_service(aws)  # the deployment has just ended, or ECS does not roll it back
        plan = make_plan(aws, service, replace(request, may_stop=False))
        show(plan, console)
        check_new_tasks(aws, service, plan, console)
    return plan, deploy_revision(aws, service, plan, configuration, deadline, console)


def check_new_tasks(aws: Aws, service: Service, plan: RollbackPlan, console: Console) -> tuple[Check, ...]:
    """Check that tasks of the plan's revision can start, before ECS stops any. Errors: DeployRefused.

    Returns what is not OK.

    Not while ECS rolls a deployment back: the old tasks still run, and a refusal would leave the new ones in place.
    """
    if plan.in_progress is not None:
        return ()
    with console.phase("verify"):
        return verify.admit(
            verify.of_starting_tasks(Subject(aws=aws, service=service, definition=plan.to.definition)),
            console,
            what=f"the rollback to revision {plan.to.revision}",
            next_step="nothing was changed; correct this and roll back again, or choose another revision from "
            f"`{command_in(aws.environment, 'history')}`: `{command_in(aws.environment, 'rollback --to REVISION')}`",
        )


def show(plan: RollbackPlan, console: Console) -> None:
    for line in plan.lines:
        console.say(line)


def roll_back_deployment(
    aws: Aws, plan: RollbackPlan, in_progress: ServiceDeployment, deadline: Deadline, console: Console
) -> Outcome | None:
    """Have ECS roll a deployment back, and watch until the previous revision serves steadily.

    None when it can no longer be rolled back. ECS StopServiceDeployment. A signal leaves the rollback running.
    """
    service = describe_service(aws)
    seen = already_seen(aws, service)
    if in_progress.status.can_be_stopped and not stop(aws, in_progress, console):
        return None
    left = service.primary
    expected = ExpectedDeployment(
        deployment=left.id if left else "",
        task_definition=plan.present,
        image=plan.before.image if plan.before else "",
        service_deployment=in_progress.arn,
    )
    failing = plan.before.definition if plan.before else plan.to.definition
    from_now_on(f"deployment {in_progress.id} is being rolled back", look_at(aws))
    stopped = follow(aws, expected, failing, seen, deadline, console)
    if stopped.verdict is Verdict.DEPLOYED:  # it was completed before ECS could stop it
        return replace(stopped, verdict=Verdict.FAILED)
    primary = stopped.service.primary
    if stopped.verdict is not Verdict.ROLLED_BACK or primary is None:
        return stopped
    if primary.task_definition != plan.to.task_definition:
        return replace(stopped, verdict=Verdict.SUPERSEDED)
    expected = ExpectedDeployment(deployment=primary.id, task_definition=plan.to.task_definition, image=plan.to.image)
    seen = replace(seen, events=seen.events | {event.id for event in stopped.events})
    back = follow(aws, expected, plan.to.definition, seen, deadline, console)
    return replace(back, failures=stopped.failures + back.failures, events=stopped.events + back.events)


def stop(aws: Aws, in_progress: ServiceDeployment, console: Console) -> bool:
    """Request the rollback of a deployment; return False when it is too late."""
    from_now_on(f"the rollback of deployment {in_progress.id} may have begun", look_at(aws))
    try:
        once.roll_back(aws, in_progress.arn)
    except aws.ecs.exceptions.ClientError as exc:
        if error_code(exc) not in once.TOO_LATE:
            raise
        console.say(f"ECS can no longer roll back deployment {in_progress.id}: {exc}", style="yellow")
        from_now_on()
        return False
    return True


def look_at(aws: Aws) -> str:
    return f"look at it: {command_in(aws.environment, 'status')}"


def deploy_revision(
    aws: Aws, service: Service, plan: RollbackPlan, configuration: Wire | None, deadline: Deadline, console: Console
) -> Outcome:
    """Deploy the plan's revision, even when the service is already set to it. Errors: those of `roll_out`."""
    load_balancers = updated_load_balancers(aws, configuration, service.load_balancers)
    settings = update_settings(configuration, load_balancers)
    if plan.to.task_definition == service.task_definition:
        settings["forceNewDeployment"] = True
    return roll_out(aws, plan.to.definition, plan.to.image, settings, deadline, console, force=True)


def result_of(
    service: Service, plan: RollbackPlan, request: Request, deadline: Deadline, console: Console
) -> RollbackResult:
    """Return the result of a dry run, from which that of a rollback is derived."""
    return RollbackResult(
        verdict=Verdict.DRY_RUN,
        message="Dry run: nothing was changed.",
        image=plan.to.image,
        revision=plan.to.revision,
        previous_revision=revision_of(plan.present),
        duration_s=deadline.elapsed_s,
        phases_s=console.phases_s,
        changes=plan.lines,
        strategy=strategy_of(request.configuration),
        plan=plan,
    )


def concluded(result: RollbackResult, outcome: Outcome, deadline: Deadline, where: Environment) -> RollbackResult:
    """Return the result of a rollback that has ended or was watched until the deadline."""
    message, next_steps = conclusion(
        outcome, result.plan.to.revision, deadline, where, verb="rollback", done="rolled back"
    )
    from_now_on(message.partition("\n")[0])
    cause = cause_of(outcome)
    return replace(
        result,
        verdict=outcome.final_verdict,
        cause=cause,
        message=message,
        next_steps=with_first_step(cause, outcome.failures, next_steps),
        outcome=outcome,
        changes=(),
    )

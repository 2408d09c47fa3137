"""`spendsense restart`: replaces every task with a new one of the same revision, watched like a deploy."""

from dataclasses import dataclass, replace

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.aws.service import describe_service
from ops.console import Console
from ops.deploying.result import DeployResult
from ops.errors import DeployRefused
from ops.guide import command_in
from ops.locking.held import held
from ops.log_text import count_of
from ops.parameters import deployed
from ops.rollout import trickle
from ops.rollout.admission import check_deployable
from ops.rollout.cause import cause_of, with_first_step
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import default_timeout_s
from ops.rollout.proof import Phase
from ops.rollout.strategy import UNCHANGED, strategy_of, update_settings, updated_configuration
from ops.rollout.update import roll_out
from ops.rollout.verdict import Verdict
from ops.signals import from_now_on
from ops.verifying import verify
from ops.verifying.subject import Subject
from ops.waiter import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    timeout_s: float | None = None
    dry_run: bool = False
    force: bool = False  # also while another deployment is in progress


def run(aws: Aws, options: Options, console: Console) -> DeployResult:
    """Verify that new tasks can start; start a new deployment of the current revision; follow and assess it.

    Errors: DeployRefused, NotFound.
    """
    where = aws.environment
    service = check_deployable(aws, describe_service(aws), force=options.force)
    if service.desired == 0:
        raise DeployRefused(
            f"{service.name} has no tasks to replace: its desired number is 0",
            next_step=f"start some: `{command_in(where, 'scale --desired 2')}`",
        )
    definition = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    with console.phase("verify"):
        checks = verify.of_starting_tasks(Subject(aws=aws, service=service, definition=definition))
        again = "no task was replaced; correct this and restart again"
        remarks = verify.admit(checks, console, what="the restart", next_step=again)
    image = task_definition.container_of(definition, where.container)["image"]
    # The percentages were computed for the count of the last deploy, and may leave no room at the current one.
    settings = {"forceNewDeployment": True, **update_settings(updated_configuration(UNCHANGED, service), None)}
    deadline = Deadline(options.timeout_s or default_timeout_s(where, service.deployment_configuration))
    result = DeployResult(
        verdict=Verdict.DRY_RUN,
        message=f"Dry run: a restart would replace {count_of(service.desired, 'task')} of revision {service.revision}. "
        "Nothing was changed.",
        image=image,
        revision=service.revision,
        previous_revision=service.revision,
        phases_s=console.phases_s,
        strategy=strategy_of(service.deployment_configuration),
        checks=remarks,
    )
    if options.dry_run:
        return replace(result, duration_s=deadline.elapsed_s)
    deployed.settle(aws, service, console.say)
    what = f"a restart of revision {service.revision}"
    with held(aws, what, console, force=options.force), trickle.sent(aws) as traffic:
        traffic.turn_to(Phase.DURING)
        with console.phase("roll_out"):
            outcome = roll_out(aws, definition, image, settings, deadline, console, force=options.force)
        traffic.turn_to(Phase.AFTER)
        deployed.settle(aws, outcome.service, console.say)
        traffic.await_answers()
    outcome = replace(outcome, proof=traffic.proof)
    message, next_steps = conclusion(outcome, service.revision, deadline, where, verb="restart", done="restarted")
    from_now_on(message.partition("\n")[0])
    cause = cause_of(outcome)
    return replace(
        result,
        verdict=outcome.final_verdict,
        cause=cause,
        message=message,
        next_steps=with_first_step(cause, outcome.failures, next_steps),
        duration_s=deadline.elapsed_s,
        outcome=outcome,
    )
